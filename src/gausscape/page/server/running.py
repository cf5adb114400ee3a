"""Serves the page on this machine: binds, prints the link that works once, and runs until it is stopped."""

__all__ = ["refuse_remote", "serve"]

import errno
import secrets
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import uvicorn

from gausscape.errors import ConfigurationError, StorageError
from gausscape.page.server.gate import LOCAL_NAMES, Gate
from gausscape.page.server.guarded_protocol import LARGEST_HEAD, GuardedProtocol

PORT = 8421
PORTS_TRIED = 50


def serve(
    application: Any,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    allow_remote: bool = False,
    token: str | None = None,
    announce: Callable[[str], None] = print,
) -> None:
    """Run an application (see `build_application`) behind the gate until Ctrl-C.

    Args:
        application: ASGI.
        host: Address to bind; loopback unless `allow_remote`.
        port: To listen on; 0 for any that is free.
        allow_remote: Whether addresses that other machines can reach may be bound. The link's token still guards it, but the
            connection is not encrypted.
        token: Of the link; None for a fresh one.
        announce: Called with the link once the server listens.

    Raises:
        ConfigurationError: If the address is not loopback and that was not allowed, or is none of this machine.
        StorageError: If the port is taken; names who holds it and the next free one.
    """
    refuse_remote(host, allow_remote=allow_remote)
    sock = _bind(host, port)
    bound = sock.getsockname()[1]
    token = token or secrets.token_urlsafe(24)
    names = frozenset() if _is_loopback(host) else frozenset({host, socket.gethostname(), socket.getfqdn()})
    gate = Gate(application, token=token, port=bound, names=names)
    config = uvicorn.Config(
        gate,
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
    )
    shown = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host
    announce(f"http://{shown}:{bound}/?token={token}")
    uvicorn.Server(config).run(sockets=[sock])


def refuse_remote(host: str, *, allow_remote: bool) -> None:
    """Refuse an address that other machines can reach, unless that was asked for.

    Raises:
        ConfigurationError: If it is one.
    """
    if not allow_remote and not _is_loopback(host):
        raise ConfigurationError(
            f"The server needs a loopback address (127.0.0.1, ::1, localhost), but got {host!r}, which other machines can reach. "
            "Use ssh -L to look from elsewhere, or pass --allow-remote if you mean it: the connection is not encrypted."
        )


def _is_loopback(host: str) -> bool:
    return host.lower().strip("[]") in LOCAL_NAMES or host.startswith("127.")


def _bind(host: str, port: int) -> socket.socket:
    name = host.strip("[]")
    try:
        if not 0 <= port <= 65535:  # getaddrinfo would take it modulo 65,536
            raise OverflowError
        family, _, _, _, address = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0]
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"The server needs an address of this machine and a port from 0 to 65535, but got {host!r} and {port}. "
            "Pass --host 127.0.0.1 --port 8421, say."
        ) from error
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(256)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            free = _next_free(family, name, port)
            raise StorageError(
                f"The server needs port {port}, but {_holder(port)} holds it. "
                + (f"Pass --port {free}, which is free, or --port 0 for any." if free else "Pass --port 0 for any that is free.")
            ) from error
        raise ConfigurationError(
            f"The server needs an address of this machine that it may bind, but {host!r} port {port} gave: {error.strerror}. "
            "Pass --host 127.0.0.1 --port 8421, say."
        ) from error
    return sock


def _next_free(family: int, host: str, port: int) -> int | None:
    for candidate in range(port + 1, min(port + PORTS_TRIED, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return None


def _holder(port: int) -> str:
    """Who listens on a port, in words; best effort, by what the machine has for asking."""
    for command in (["ss", "-Hltnp", f"sport = :{port}"], ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]):
        try:
            told = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False).stdout
        except (OSError, subprocess.SubprocessError):
            continue
        if 'users:(("' in told:
            name, _, rest = told.split('users:(("')[1].partition('"')
            return f"{name} (process {rest.partition('pid=')[2].partition(',')[0]})"
        lines = dict((line[0], line[1:]) for line in told.splitlines() if line)
        if "p" in lines:
            return f"{lines.get('c', 'a program')} (process {lines['p']})"
    return "another program"
