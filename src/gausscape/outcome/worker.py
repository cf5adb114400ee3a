"""How does a model run in a process of its own, so that what hangs or crashes takes nothing along?"""

__all__ = ["Isolated"]

import multiprocessing
import pickle
import signal
from multiprocessing.connection import Connection, wait
from typing import Any

from gausscape.errors import ConfigurationError, GausscapeError
from gausscape.outcome.asking import Opened, Runner, ask, open_model
from gausscape.outcome.faults import Fault, fault_of
from gausscape.outcome.reading import Reading
from gausscape.outcome.sources.source import Model, Source

OPENING_TIME = 120.0
"""Seconds that a model may take to load, at least: large libraries are slow to import on a busy machine."""


class Isolated(Runner):
    """A model in a worker process, replaced whenever it hangs or dies.

    Args:
        source: What to open there.
        timeout: Seconds that one call may take, None for no limit.

    Raises:
        ConfigurationError: If the source cannot be sent to another process.
    """

    def __init__(self, source: Source, *, timeout: float | None = None):
        self._source = source
        self._timeout = timeout
        self._process: Any = None
        self._connection: Connection | None = None
        self._opened: Opened | None = None
        try:
            self._pickled = pickle.dumps(source)
        except Exception as error:
            raise ConfigurationError(
                f"A model in a process of its own needs to be sent there, but {source.described} cannot be: "
                f"{fault_of(error).message}. Pass 'module:function' instead, or leave isolate and timeout away."
            ) from None

    def open(self) -> Opened:
        if self._opened is None:
            self._opened = self._start()
        return self._opened

    def ask(self, batch: Any) -> Reading | Fault:
        self.open()
        if self._connection is None:
            self._start()
        if self._connection is None:
            raise RuntimeError("a worker that was started has a connection")
        try:
            self._connection.send(batch)
        except (BrokenPipeError, ConnectionError):
            return self._buried()
        except Exception as error:
            # Nothing was sent: objects are pickled before the first byte leaves.
            return fault_of(error)
        return self._reply(self._timeout)

    def close(self) -> None:
        """End the worker. The next call starts another."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.join()
            process.close()

    def __del__(self):
        if getattr(self, "_process", None) is not None:
            self.close()

    def _start(self) -> Opened:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        # A daemon ends with this process, whatever it is doing.
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        try:
            self._process.start()
        except Exception as error:
            self._process = None
            self.close()
            raise ConfigurationError(
                f"A model in a process of its own needs one, but none could be started ({fault_of(error).message}). "
                "Leave isolate and timeout away, or put if __name__ == '__main__': around the main part of the script."
            ) from error
        theirs.close()
        try:
            self._connection.send_bytes(self._pickled)
            reply = self._reply(max(OPENING_TIME, self._timeout or 0))
        except (BrokenPipeError, ConnectionError):
            reply = self._buried()
        if isinstance(reply, Opened):
            return reply
        self.close()
        if reply.kind == "error" and not reply.traceback:  # a refusal in its own words
            raise reply.error(reply.message)
        raise reply.error(
            f"A model needs to load in a process of its own, but {self._source.described} did not: {reply.message}. "
            "Pass 'module:function' or a file that a fresh Python can open; a script that starts processes needs "
            f"if __name__ == '__main__': around its main part.\n{reply.traceback}".rstrip()
        )

    def _reply(self, seconds: float | None) -> Any:
        """What the worker says, or the fault that its silence or end stands for."""
        if self._connection is None:
            raise RuntimeError("only a worker that was started is waited for")
        try:
            # The end of the process is watched too: its children may hold the other end of the pipe.
            if not wait([self._connection, self._process.sentinel], seconds):
                self.close()
                return Fault("timeout", f"no answer within {seconds:g} s")
            if not self._connection.poll():
                return self._buried()
            return self._connection.recv()
        except (EOFError, ConnectionError):
            return self._buried()
        except BaseException:
            # Interrupted here: a worker that still computes would answer the next question with this one's answer.
            self.close()
            raise

    def _buried(self) -> Fault:
        process = self._process
        process.join(5)
        code = process.exitcode
        self.close()
        if code is not None and code < 0:
            return Fault("crash", f"crash (signal {-code}, {_signal_name(-code)})")
        return Fault("crash", f"crash (exit code {code})")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _serve(connection: Connection) -> None:
    """The worker's life: load the model, then answer batch by batch until the other side is gone."""
    # Ctrl-C in a terminal reaches every process; the caller's own decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    model: Model | None = None
    try:
        model = open_model(pickle.loads(connection.recv_bytes()))
        connection.send(Opened(model.kind, model.classes, model.note))
    except GausscapeError as error:
        connection.send(Fault("error", str(error), error=type(error)))
        return
    except BaseException as error:
        connection.send(fault_of(error))
        return
    while True:
        try:
            batch = connection.recv()
        except EOFError:
            return
        except Exception as error:
            connection.send(fault_of(error))
            continue
        connection.send(ask(model, batch))
