"""A real server on a free port, with a model that can be made slow."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("uvicorn", reason="the server is an extra: pip install 'gausscape[serve]'")

TOKEN = "right-token-of-the-test"
PAGE = "<!doctype html><title>page of the test</title>"


class Served:
    """Where the server listens, and what it was asked."""

    def __init__(self) -> None:
        self.port = 0
        self.delay = 0.0
        self.body = b"answer"
        self.asked: list[dict] = []
        self.cookie = ""

    def answer(self, question: dict) -> bytes:
        time.sleep(self.delay)
        self.asked.append(question)
        return self.body

    def raw(self, request: bytes, *, wait: float = 5.0) -> bytes:
        """What comes back for these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as sock:
            found = b""
            try:
                sock.sendall(request)
                while part := sock.recv(65536):
                    found += part
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                pass
            return found

    def status(self, request: bytes) -> int:
        """Status code of the first answer; 0 for a connection that was closed without one."""
        found = self.raw(request)
        return int(found.split(b" ", 2)[1]) if found.startswith(b"HTTP/") else 0


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    import uvicorn

    from gausscape.page.server.application import build_application
    from gausscape.page.server.gate import Gate
    from gausscape.page.server.guarded_protocol import LARGEST_HEAD, GuardedProtocol

    state = Served()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(256)
    state.port = sock.getsockname()[1]
    gate = Gate(build_application(PAGE, state.answer, most_waiting=8), token=TOKEN, port=state.port)
    config = uvicorn.Config(
        gate, http=GuardedProtocol, ws="none", lifespan="off", access_log=False, log_level="critical",
        h11_max_incomplete_event_size=LARGEST_HEAD, timeout_keep_alive=5, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.02)
    found = state.raw(f"GET /?token={TOKEN} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    state.cookie = found.split(b"set-cookie: ")[1].split(b";")[0].decode()
    yield state
    server.should_exit = True
    thread.join(10)
