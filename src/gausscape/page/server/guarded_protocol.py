"""Who may hold a connection open, and for how long? HTTP/1.1 with deadlines, a cap for each address, and strict headers.

uvicorn itself waits for ever for the rest of a half-sent request and counts such a connection like any other, so two hundred of
them shut everybody out. Here a request has a deadline for its head, one for its body and one for a reader that stopped reading; and
where an address holds too many connections the oldest that waits for nothing but more bytes makes room for the newest.
"""

__all__ = ["GuardedProtocol"]

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 8.0
BODY_SECONDS = 8.0
READER_SECONDS = 20.0
MOST_OF_AN_ADDRESS = 32
LARGEST_HEAD = 16 * 1024


class GuardedProtocol(H11Protocol):
    """One connection. What uvicorn calls on it is in its own documentation; the additions are deadlines and refusals."""

    open_connections: ClassVar[dict[str, list["GuardedProtocol"]]] = {}

    def __init__(self, *arguments: Any, **settings: Any):
        super().__init__(*arguments, **settings)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._head = b""
        self._head_complete = False
        self._address = ""
        self.since = time.monotonic()

    @property
    def waits_for_bytes(self) -> bool:
        """Whether nothing is being answered on this connection."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        company = self.open_connections.setdefault(self._address, [])
        company.append(self)
        if len(company) > MOST_OF_AN_ADDRESS:
            idle = [each for each in company if each is not self and each.waits_for_bytes]
            (min(idle, key=lambda each: each.since) if idle else self).drop()
        self._start("head", HEAD_SECONDS, self.drop)

    def connection_lost(self, exc: Exception | None) -> None:
        for name in tuple(self._timers):
            self._stop(name)
        company = self.open_connections.get(self._address, [])
        if self in company:
            company.remove(self)
        if not company:
            self.open_connections.pop(self._address, None)
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close at once, unread and unanswered; also where a polite close waits for a reader to take what is left."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self._head_complete:
            self._head += data
            head, end, _ = self._head.partition(b"\r\n\r\n")
            if not _is_strict(head, complete=bool(end)) or len(head) > LARGEST_HEAD:
                self._refuse()
                return
            if end:
                self._head, self._head_complete = b"", True
        super().data_received(data)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is None or self.cycle.response_complete:
            return
        self._stop("head")
        if self.cycle.more_body:
            if "body" not in self._timers:
                self._start("body", BODY_SECONDS, self.drop)
        else:
            self._stop("body")

    def on_response_complete(self) -> None:
        self._stop("body")
        self._head, self._head_complete = b"", False
        self.since = time.monotonic()
        if not self.transport.is_closing():
            self._start("head", HEAD_SECONDS, self.drop)
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._start("reader", READER_SECONDS, self.drop)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stop("reader")
        super().resume_writing()

    def _refuse(self) -> None:
        if not self.transport.is_closing():
            body = b"This is not a well-formed HTTP/1.1 request.\n"
            self.transport.write(
                b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
                b"content-length: %d\r\n\r\n%s" % (len(body), body)
            )
            self.transport.close()

    def _start(self, name: str, seconds: float, then: Callable[[], None]) -> None:
        self._stop(name)
        self._timers[name] = self.loop.call_later(seconds, then)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


def _is_strict(head: bytes, *, complete: bool) -> bool:
    """Whether a head has none of the forms on which servers and proxies disagree: request smuggling lives on these.

    No line feed without its carriage return, no folded header, not both a length and a transfer encoding, no second length.
    """
    whole = head if complete else head.rpartition(b"\r\n")[0]
    if b"\n" in whole.replace(b"\r\n", b"") or (not complete and head.endswith(b"\n") and not head.endswith(b"\r\n")):
        return False
    lines = whole.split(b"\r\n")[1:]
    if any(line[:1] in (b" ", b"\t") for line in lines):
        return False
    names = [line.partition(b":")[0].strip().lower() for line in lines]
    return names.count(b"content-length") + names.count(b"transfer-encoding") <= 1
