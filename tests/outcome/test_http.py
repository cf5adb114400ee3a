"""A model behind an address: waited for where that helps, never paid twice for an answer that came."""

import http.server
import json
import socket
import threading
import time
from dataclasses import replace
from email.utils import formatdate

import numpy as np
import pandas as pd
import polars as pl
import pytest

from gausscape.errors import ConfigurationError, DataError
from gausscape.outcome import Outcome
from gausscape.outcome.sources import HttpEndpoint
from gausscape.outcome.sources.instances import instances
from gausscape.outcome.sources.source import Patience


class Stub(http.server.ThreadingHTTPServer):
    """A server on the loopback that plays a list of replies, then answers properly."""

    daemon_threads = True

    def __init__(self, replies):
        super().__init__(("127.0.0.1", 0), StubHandler)
        self.replies = list(replies)
        self.requests = []
        self.answered = 0

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/v1/models/m:predict?key=secret"


class StubHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)["instances"]
        self.server.requests.append((time.monotonic(), asked, dict(self.headers)))
        reply = self.server.replies.pop(0) if self.server.replies else proper
        reply(self, asked)

    def reply(self, status, body, kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def mean_of(instance):
    return float(np.mean(instance))


def proper(handler, asked):
    handler.server.answered += len(asked)
    handler.reply(200, json.dumps({"predictions": [mean_of(x) for x in asked]}).encode())


def bare_list(handler, asked):
    handler.reply(200, json.dumps([mean_of(x) for x in asked]).encode())


def status(code, body=b"trouble", **headers):
    return lambda handler, asked: handler.reply(code, body, "text/plain", **headers)


def reset(handler, asked):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


def cut(handler, asked):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"predictions"')


def slow_body(handler, asked):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


@pytest.fixture
def serve():
    """Starts servers and makes outcomes that are patient for milliseconds."""
    servers = []

    def start(*replies, tries=5, timeout=5.0, **settings):
        server = Stub(replies)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        source = HttpEndpoint(
            server.address, timeout=timeout, patience=Patience(tries, first_wait=0.01, longest_wait=3.0)
        )
        return server, Outcome.of(source, **settings)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def images():
    return np.random.default_rng(0).random((20, 3, 3))


def test_P11_arrays_go_as_nested_lists_and_numbers_come_back(images, serve):
    server, outcome = serve()
    np.testing.assert_allclose(outcome(images).values, images.mean(axis=(1, 2)))
    np.testing.assert_allclose(server.requests[0][1], images)
    assert server.requests[0][2]["Content-Type"] == "application/json"
    _, outcome = serve(bare_list)
    np.testing.assert_allclose(outcome(images).values, images.mean(axis=(1, 2)))


def test_P11_an_address_alone_will_do_and_its_secrets_are_not_shown(images, serve):
    server, _ = serve()
    outcome = Outcome.of(server.address, timeout=3.0)
    assert outcome.source.timeout == 3.0
    assert not outcome(images).failed.any()
    assert "secret" not in repr(outcome)
    assert "secret" not in str(outcome.check(images))


@pytest.mark.parametrize("trouble", [status(500), status(503), status(429), status(408), reset, cut])
def test_P11_trouble_that_passes_is_waited_for_and_no_answer_is_paid_twice(images, serve, trouble):
    server, outcome = serve(trouble, trouble)
    answers = outcome(images)
    assert not answers.failed.any()
    assert len(server.requests) == 3
    assert server.answered == len(images)
    assert outcome.calls == 3 * len(images)


def test_P11_waits_grow_and_retry_after_is_obeyed(images, serve):
    server, outcome = serve(
        status(429, Retry_After="1"), status(503, Retry_After=formatdate(time.time() + 3, usegmt=True))
    )
    outcome(images)
    times = [moment for moment, *_ in server.requests]
    assert times[1] - times[0] >= 1
    assert times[2] - times[1] >= 0.5
    server, outcome = serve(*[status(500)] * 4)
    outcome(images)
    times = [moment for moment, *_ in server.requests]
    assert len(times) == 5
    assert times[-1] - times[0] >= 0.01 + 0.02 + 0.04 + 0.08


def test_P11_tries_are_capped_and_a_server_that_asks_for_too_long_a_wait_is_left(images, serve):
    server, outcome = serve(*[status(429)] * 50, tries=3)
    with pytest.raises(ConfigurationError, match=r"after 3 tries: .*429.*too often"):
        outcome(images)
    assert len(server.requests) == 3
    server, outcome = serve(status(429, Retry_After="3600"))
    with pytest.raises(ConfigurationError, match="after 1 try"):
        outcome(images)
    assert len(server.requests) == 1


def test_P11_tries_keep_to_the_budget(images, serve):
    server, outcome = serve(*[status(500)] * 50, budget=50)
    with pytest.raises(ConfigurationError, match="budget of 50, 40 are used"):
        outcome(images)
    assert sum(len(asked) for _, asked, _ in server.requests) == 40


def test_P11_a_case_that_the_server_cannot_bear_is_a_case(images, serve):
    for code in (400, 422, 500):
        server, outcome = serve(tries=2)

        def poisoned(handler, asked, code=code):
            if any(x[0][0] == 99 for x in asked):
                handler.reply(code, b"bad pixel", "text/plain")
            else:
                proper(handler, asked)

        server.replies = [poisoned] * 1000
        images[7, 0, 0] = 99
        answers = outcome(images)
        assert [(f.row, f.kind) for f in answers.failures] == [(7, "error")]
        assert f"status {code}: bad pixel" in answers.failures[0].message


def test_P11_a_slow_body_is_a_timeout_even_if_it_drips(images, serve):
    _, outcome = serve(*[slow_body] * 50, timeout=0.2, tries=2)
    start = time.monotonic()
    answers = outcome(images[:1])
    assert answers.failures[0].kind == "timeout"
    assert "within 0.2 s" in answers.failures[0].message
    assert time.monotonic() - start < 4


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (lambda handler, asked: handler.reply(200, b"<html>Please log in</html>", "text/html"), "HTML.*Please log in"),
        (lambda handler, asked: handler.reply(200, b"<!doctype html>", "application/json"), "HTML"),
        (lambda handler, asked: handler.reply(200, b"Hello"), "no JSON: 'Hello'"),
        (lambda handler, asked: handler.reply(200, b"[" * 100_000), "no JSON"),
        (lambda handler, asked: handler.reply(200, b'{"outputs": [1]}'), 'list of "predictions"'),
        (lambda handler, asked: handler.reply(200, b'{"predictions": [1, 2]}'), "20 objects with 2 predictions"),
        (status(401), "status 401"),
        (status(404), "status 404"),
        (status(302, Location="http://127.0.0.1:1/other"), "has moved to http://127.0.0.1:1/other"),
    ],
)
def test_P11_an_endpoint_that_is_none_is_named_after_one_request(images, serve, reply, words):
    server, outcome = serve(reply)
    with pytest.raises(ConfigurationError, match=words):
        outcome(images)
    assert len(server.requests) == 1


def test_P11_what_was_answered_before_is_kept(images, serve):
    server, outcome = serve(proper, status(404), batch=10)
    with pytest.raises(ConfigurationError, match="404"):
        outcome(images)
    assert outcome.calls == 20
    assert not outcome(images).failed.any()
    assert server.answered == len(images)


def test_P11_a_response_without_end_is_cut_off(images, serve, monkeypatch):
    monkeypatch.setattr("gausscape.outcome.sources.http_endpoint.LARGEST_RESPONSE", 1000)
    _, outcome = serve(lambda handler, asked: handler.reply(200, b" " * 200_000))
    with pytest.raises(ConfigurationError, match="more than 1,000 bytes"):
        outcome(images)


def test_P11_nobody_there_is_said(images):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = HttpEndpoint(f"http://127.0.0.1:{port}/", patience=Patience(2, first_wait=0.01))
    with pytest.raises(ConfigurationError, match=r"after 2 tries: .* cannot be reached"):
        Outcome.of(source)(images)


@pytest.mark.parametrize("address", ["http://", "https:///path", "http://host:nine/", "http://a b/"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ConfigurationError, match="whole address"):
        Outcome.of(address)


def test_headers_are_sent_and_never_shown(images, serve):
    server, outcome = serve()
    source = replace(outcome.source, headers={"Authorization": "Bearer hidden"})
    Outcome.of(source)(images)
    assert server.requests[-1][2]["Authorization"] == "Bearer hidden"
    assert "hidden" not in repr(source)


def test_instances_hold_what_the_objects_hold():
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "x": [0.5, np.nan],
            "t": ["a", None],
            "d": pd.to_datetime(["2020-01-02", None]),
            "c": pd.Categorical(["u", "v"]),
            "i": pd.array([1, None], dtype="Int64"),
        }
    )
    records = instances(frame)
    assert records == [
        {"n": 1, "x": 0.5, "t": "a", "d": "2020-01-02T00:00:00", "c": "u", "i": 1},
        {"n": 2, "x": None, "t": None, "d": None, "c": "v", "i": None},
    ]
    json.dumps(records, allow_nan=False)
    assert instances(pl.DataFrame({"a": [1], "b": ["x"]})) == [{"a": 1, "b": "x"}]
    assert instances([{"nodes": (1, 2)}, np.float32(0.5)]) == [{"nodes": [1, 2]}, 0.5]
    with pytest.raises(DataError, match="form in JSON"):
        instances([object()])
    with pytest.raises(DataError, match="two share one"):
        instances(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_P11_an_answer_that_cannot_be_used_is_not_asked_for_again(images, serve):
    def ragged(handler, asked):
        handler.reply(200, json.dumps({"predictions": [[0.5, 0.5]] * (len(asked) - 1) + [[1]]}).encode())

    server, outcome = serve(ragged)
    answers = outcome(images)
    assert answers.failed.all()
    assert len(server.requests) == 1


def test_P11_a_failure_that_may_pass_is_asked_about_again_at_the_next_call(images, serve):
    server, outcome = serve(status(500), status(500), tries=2)
    assert outcome(images[:1]).failures[0].kind == "error"
    assert not outcome(images[:1]).failed.any()
    assert len(server.requests) == 3
