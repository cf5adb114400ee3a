"""Who may ask? Every request passes here first: its host, its origin, its token and its size.

A server on loopback can be reached by any page that the user's browser shows. So the name in Host must be one of this machine (a
foreign name that resolves to 127.0.0.1 is the way in of DNS rebinding), a request that computes something must come from this server's
own page, and the browser must hold the cookie that the printed link, which works once, has given it.

References:
    Jackson et al. 2007, Protecting browsers from DNS rebinding attacks, section 5 (checking Host).
    Barth, Jackson & Mitchell 2008, Robust defenses for cross-site request forgery, section 4 (checking Origin).
"""

__all__ = ["Gate", "host_of"]

import ipaddress
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1024 * 1024
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
ALWAYS = (
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def host_of(header: str) -> tuple[str, int | None] | None:
    """(name in lower case without a last dot, port) of a Host header; None if it is none.

    Example:
        >>> host_of("[::1]:8421"), host_of("LocalHost.:80"), host_of("127.0.0.1.evil.com"), host_of("a b")
        (('::1', 8421), ('localhost', 80), ('127.0.0.1.evil.com', None), None)
    """
    if not header or any(sign in header for sign in " \t/@\\?#,%") or not header.isascii():
        return None
    try:
        parts = urlsplit(f"//{header}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not name:
        return None
    if header.startswith("["):
        try:
            name = str(ipaddress.IPv6Address(name))
        except ValueError:
            return None
    return name.removesuffix("."), port


class Gate:
    """An ASGI application around another that lets through only what the owner of the printed link asks.

    Args:
        application: What is guarded.
        token: Of the printed link; works once.
        port: On which the server listens.
        names: Names by which this machine may be called, beside the local ones.
        largest_body: In bytes.
    """

    def __init__(
        self,
        application: Application,
        *,
        token: str,
        port: int,
        names: frozenset[str] = frozenset(),
        largest_body: int = LARGEST_BODY,
    ):
        self.application = application
        self.port = port
        self.names = LOCAL_NAMES | {name.lower() for name in names}
        self.largest_body = largest_body
        self.cookie_name = f"gausscape-{port}"
        self._token: str | None = token
        self._session = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name, []).append(value)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _answer(send, *refusal)
            return
        if self._has_token(scope):
            cookie = f"{self.cookie_name}={self._session}; HttpOnly; SameSite=Strict; Path=/".encode()
            await _answer(send, 303, "", (b"location", b"/"), (b"set-cookie", cookie))
            return
        if not self._has_cookie(headers):
            await _answer(
                send,
                401,
                "This page needs the link that `gausscape serve` printed; it works once, in one browser. "
                "Start the server again for a new one.\n",
            )
            return
        await self._with_body(scope, headers, receive, send)

    def _refusal(self, scope: Scope, headers: dict[bytes, list[bytes]]) -> tuple[int, str] | None:
        hosts = headers.get(b"host", [])
        host = host_of(hosts[0].decode("latin-1")) if len(hosts) == 1 else None
        if host is None or host[0] not in self.names or host[1] not in (None, self.port):
            return 421, "This server answers to names of this machine only. Use the address that it printed.\n"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "This server knows GET and POST only.\n"
        if scope["method"] == "POST":
            origin = headers.get(b"origin", [b""])[0].decode("latin-1")
            site = headers.get(b"sec-fetch-site", [b"same-origin"])[0]
            told = urlsplit(origin) if origin else None
            if site != b"same-origin" or (
                told is not None and (told.scheme != "http" or host_of(told.netloc) != (host[0], host[1] or 80))
            ):
                return 403, "This server answers its own page only, and this request came from another.\n"
            if headers.get(b"content-type", [b""])[0].split(b";")[0].strip() != b"application/json":
                return 415, "This server reads application/json only.\n"
            length = headers.get(b"content-length", [b"0"])[0]
            if not length.isdigit() or int(length) > self.largest_body:
                return 413, f"A request may have {self.largest_body:,} bytes, but more were announced. Ask for fewer places.\n"
        return None

    def _has_token(self, scope: Scope) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] != "/" or self._token is None or not secrets.compare_digest(given.encode(), self._token.encode()):
            return False
        self._token = None
        return True

    def _has_cookie(self, headers: dict[bytes, list[bytes]]) -> bool:
        pairs = [pair.strip().partition("=") for line in headers.get(b"cookie", []) for pair in line.decode("latin-1").split(";")]
        given = [value for name, _, value in pairs if name == self.cookie_name]
        return any(secrets.compare_digest(value.encode(), self._session.encode()) for value in given)

    async def _with_body(self, scope: Scope, headers: dict[bytes, list[bytes]], receive: Receive, send: Send) -> None:
        body, more = b"", scope["method"] == "POST"
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.largest_body:
                told = f"A request may have {self.largest_body:,} bytes, but more came. Ask for fewer places.\n"
                await _answer(send, 413, told)
                return

        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *ALWAYS]
            await send(message)

        await self.application(scope, again, guarded)


async def _answer(send: Send, status: int, words: str, *more: tuple[bytes, bytes]) -> None:
    body = words.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        # What was refused may still be sending: the connection is not used again.
        *([(b"connection", b"close")] if status >= 400 else []),
        *ALWAYS,
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
