"""Hosts, tokens, origins, paths, sizes: what the gate lets through, asked over a real socket (rows W1 to W5, W8, W13)."""

import resource

import pytest

from gausscape.page.server.gate import host_of

from .conftest import PAGE, TOKEN

LOCAL = ("127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "localhost.:{port}", "[::1]:{port}", "127.0.0.1")
FOREIGN = (
    "evil.example", "127.0.0.1.evil.com", "127.0.0.1.evil.com:{port}", "localhost.evil.com", "evil@127.0.0.1", "127.0.0.1:1",
    "127.0.0.1:{port}@evil",
    "[::2]:{port}", "[::1", "", "127.0.0.1:{port}, evil.example", "0.0.0.0", "127.0.0.1:99999999", "127.1/..", "%31",
)  # fmt: skip
TRAVERSAL = (
    "/../etc/passwd", "/%2e%2e/etc/passwd", "/..%2fetc/passwd", "/%252e%252e/etc/passwd", "/..\\etc\\passwd", "/%00", "//etc/passwd",
    "/etc/passwd#a", "/api/../../etc/passwd", "/site/app.js", "/index.html", "/api/places/", "file:///etc/passwd",
)  # fmt: skip


def get(served, path="/", host=None, *lines: str, cookie: bool = True) -> bytes:
    host = f"127.0.0.1:{served.port}" if host is None else host.format(port=served.port)
    more = [*lines, *([f"Cookie: a=b; {served.cookie}"] if cookie else [])]
    head = "".join(f"{line}\r\n" for line in [f"GET {path} HTTP/1.1", f"Host: {host}", *more, "Connection: close"])
    return head.encode() + b"\r\n"


def post(served, body: bytes, *lines: str, kind: str = "application/json", length: bool = True) -> bytes:
    more = [f"Content-Length: {len(body)}"] if length else []
    head = [f"POST /api/places HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nCookie: {served.cookie}", f"Content-Type: {kind}"]
    return "\r\n".join([*head, *more, *lines, "Connection: close", "", ""]).encode() + body


@pytest.mark.parametrize("host", LOCAL)
def test_W1_names_of_this_machine_are_answered(served, host):
    found = served.raw(get(served, host=host))
    assert found.startswith(b"HTTP/1.1 200")
    assert PAGE.encode() in found


@pytest.mark.parametrize("path", ["/", "/api/places", "/no/such", f"/?token={TOKEN}"])
@pytest.mark.parametrize("host", FOREIGN)
def test_W1_foreign_names_are_refused_on_every_route(served, host, path):
    assert 400 <= served.status(get(served, path, host)) < 500


def test_W1_no_host_or_two_hosts_are_refused(served):
    assert served.status(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n") == 400
    assert served.status(b"GET / HTTP/1.0\r\n\r\n") == 421
    twice = f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nCookie: {served.cookie}\r\n\r\n".encode()
    assert served.status(twice) == 400


def test_W1_a_websocket_is_never_opened(served):
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    assert b" 101 " not in served.raw(get(served, "/", None, *upgrade))[:40]


def test_host_of_takes_a_header_apart():
    assert host_of("[::1]:80") == ("::1", 80)
    assert host_of("localhost.") == ("localhost", None)
    assert host_of("[::1%eth0]:80") is None


def test_W2_without_a_right_token_nothing_is_answered(served):
    assert served.status(get(served, cookie=False)) == 401
    assert served.status(get(served, "/?token=wrong", cookie=False)) == 401
    assert served.status(get(served, "/", None, "Cookie: gausscape=wrong", cookie=False)) == 401


def test_W2_the_link_works_once(served):
    assert served.status(get(served, f"/?token={TOKEN}", cookie=False)) == 401


def test_W2_nothing_tells_the_token_on(served, capfd):
    found = served.raw(get(served, f"/?token={TOKEN}"))
    assert TOKEN.encode() not in found
    assert b"referrer-policy: no-referrer" in found
    out, err = capfd.readouterr()
    assert TOKEN not in out + err


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("Origin: http://evil.example",), "application/json"),
        (("Origin: null",), "application/json"),
        (("Origin: http://127.0.0.1:1",), "application/json"),
        (("Sec-Fetch-Site: cross-site",), "application/json"),
        (("Sec-Fetch-Site: same-site",), "application/json"),
        ((), "text/plain"),
        ((), "application/x-www-form-urlencoded"),
    ],
)
def test_W3_what_other_pages_send_is_refused(served, lines, kind):
    before = len(served.asked)
    assert served.status(post(served, b"{}", *lines, kind=kind)) in (403, 415)
    assert len(served.asked) == before


def test_W3_no_other_page_may_read(served):
    preflight = f"OPTIONS /api/places HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nOrigin: http://evil.example\r\n\r\n".encode()
    found = served.raw(preflight)
    assert found.startswith(b"HTTP/1.1 405")
    assert b"access-control-allow-origin" not in found.lower()


def test_the_own_page_is_answered(served):
    found = served.raw(post(served, b'{"space": "s"}', f"Origin: http://127.0.0.1:{served.port}", "Sec-Fetch-Site: same-origin"))
    assert found.startswith(b"HTTP/1.1 200")
    assert found.endswith(b"answer")
    assert served.asked[-1] == {"space": "s"}


@pytest.mark.parametrize("path", TRAVERSAL)
def test_W4_no_path_leads_to_a_file(served, path):
    found = served.raw(get(served, path))
    assert found.split(b" ")[1] in (b"400", b"404", b"405", b"307")
    assert b"root:" not in found


def test_W5_a_body_beyond_the_cap_is_refused_before_it_is_read(served):
    assert served.status(post(served, b"", "Content-Length: 2000000", length=False)) == 413
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    chunks = b"".join(b"10000\r\n" + b" " * 65536 + b"\r\n" for _ in range(200))
    assert served.status(post(served, chunks, "Transfer-Encoding: chunked", length=False)) in (413, 0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert served.status(post(served, b"{}", "Content-Length: -1", length=False)) in (400, 413)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_question_that_is_none_is_told_so(served, body):
    assert served.status(post(served, body)) == 400


def test_W8_ranges_and_long_heads_cost_nothing(served):
    ranges = "Range: bytes=" + ",".join(f"{k}-{k}" for k in range(1500))
    found = served.raw(get(served, "/", None, ranges))
    assert found.startswith(b"HTTP/1.1 200")
    assert served.status(get(served, "/", None, "X: " + "a" * 65536)) == 400


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Content-Length: 2\r\nContent-Length: 3",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "X: a\r\n folded: b\r\nContent-Length: 2",
        "X: a\nContent-Length: 2",
        "Content-Length : 2",
        "Transfer-Encoding: xchunked",
        "Content-Length: +2",
    ],
)
def test_W13_heads_on_which_servers_disagree_are_refused(served, head):
    before = len(served.asked)
    head = f"Content-Type: application/json\r\n{head}"
    request = f"POST /api/places HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {served.cookie}\r\n{head}\r\n\r\n{{}}"
    assert served.status(request.encode()) in (400, 413, 501)
    assert len(served.asked) == before
