"""Slow and many clients (rows W6, W7): honest ones are answered meanwhile."""

import contextlib
import socket
import threading
import time

from gausscape.page.server import guarded_protocol

from .test_gate import get, post


def test_W6_two_hundred_half_sent_requests_shut_nobody_out(served, monkeypatch):
    monkeypatch.setattr(guarded_protocol, "HEAD_SECONDS", 1.0)
    held = []
    for _ in range(200):
        sock = socket.create_connection(("127.0.0.1", served.port))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        held.append(sock)
    began = time.monotonic()
    assert served.raw(get(served)).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 1.0
    time.sleep(1.6)
    assert sum(_is_open(sock) for sock in held) == 0
    for sock in held:
        sock.close()


def test_W6_a_slow_body_is_dropped(served, monkeypatch):
    monkeypatch.setattr(guarded_protocol, "BODY_SECONDS", 0.5)
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as sock:
        sock.sendall(post(served, b"", "Content-Length: 100", length=False) + b"{")
        began = time.monotonic()
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1000) == b""
        assert time.monotonic() - began < 3


def test_W6_a_reader_that_stops_reading_is_dropped(served, monkeypatch):
    monkeypatch.setattr(guarded_protocol, "READER_SECONDS", 0.5)
    monkeypatch.setattr(served, "body", bytes(64 << 20))  # more than the buffers between them hold
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as sock:
        sock.sendall(post(served, b'{"k": 1}'))
        assert sock.recv(12).startswith(b"HTTP/1.1 200")
        time.sleep(2)
        monkeypatch.setattr(served, "body", b"answer")
        assert served.raw(get(served)).startswith(b"HTTP/1.1 200")
        came = 0
        with contextlib.suppress(ConnectionResetError):
            while part := sock.recv(1 << 20):
                came += len(part)
    assert came < 64 << 20


def test_W6_deadlines_are_at_most_ten_seconds():
    assert max(guarded_protocol.HEAD_SECONDS, guarded_protocol.BODY_SECONDS) <= 10


def test_W7_of_many_at_once_none_is_lost_and_too_many_are_told_to_come_again(served):
    served.delay = 0.05
    before, statuses = len(served.asked), []

    def ask() -> None:
        statuses.append(served.status(post(served, b'{"k": 1}')))

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    served.delay = 0.0
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) >= 8
    assert 429 in statuses
    assert len(served.asked) - before == statuses.count(200)


def _is_open(sock: socket.socket) -> bool:
    sock.settimeout(0.01)
    try:
        return sock.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False
