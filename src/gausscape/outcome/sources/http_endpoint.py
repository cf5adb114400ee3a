"""y as an HTTP endpoint: POST {"instances": [...]}, answered by {"predictions": [...]} or by a list."""

__all__ = ["SOURCE", "HttpEndpoint"]

import email.utils
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from gausscape.errors import ConfigurationError
from gausscape.outcome.faults import Fault, FaultError, one_line
from gausscape.outcome.sources.instances import instances
from gausscape.outcome.sources.source import Model, Patience, Source

LARGEST_RESPONSE = 64 << 20
CHUNK = 1 << 16
BUSY = 429
TOO_LARGE = 413
NOT_OF_THE_OBJECTS = (401, 402, 403, 404, 405, 406, 407, 410, 415, 426, 451)


@dataclass(frozen=True)
class HttpEndpoint(Source):
    """A model behind an address, in the form of TensorFlow Serving, MLflow and others.

    A frame is sent as records, an array as nested lists; numbers that are not finite as null. What came back with
    status 200 is never asked for again. Redirects are not followed. Proxies of the environment are used, but not for
    addresses of this machine.

    Args:
        address: Begins with http:// or https://.
        headers: Sent along, such as an authorisation. Never shown.
        timeout: Seconds until the whole answer must be there.
        patience: How often a busy or failing server is asked.
    """

    address: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    patience: Patience = field(default_factory=lambda: Patience(tries=5))
    is_remote: ClassVar[bool] = True

    @classmethod
    def accepts(cls, given: Any) -> bool:
        return isinstance(given, str) and given.lower().startswith(("http://", "https://"))

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "HttpEndpoint":
        try:
            parts = urlsplit(given)
            is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            is_whole = False
        if not is_whole or any(c <= " " for c in given):
            raise ConfigurationError(f"y needs a whole address, but {given!r} is none. Pass 'https://host/path', say.")
        return cls(given)

    @property
    def described(self) -> str:
        parts = urlsplit(self.address)
        # Without user, password and query, which may be secrets.
        return f"the endpoint {parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"

    def limited(self, seconds: float) -> "HttpEndpoint":
        return replace(self, timeout=seconds)

    def open(self) -> Model:
        host = urlsplit(self.address).hostname or ""
        is_here = host in ("localhost", "::1") or host.startswith("127.")
        handlers: list[Any] = [_NoRedirects()] + ([urllib.request.ProxyHandler({})] if is_here else [])
        return Model(_Caller(self, urllib.request.build_opener(*handlers)))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A moved address is told, not followed: the data may not be meant for the other one."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
        return None


@dataclass(frozen=True)
class _Caller:
    """One request a batch. Whatever goes wrong is told apart: the objects, a moment, or the endpoint itself."""

    endpoint: HttpEndpoint
    opener: urllib.request.OpenerDirector

    def __call__(self, batch: Any) -> Any:
        body = json.dumps({"instances": instances(batch)}, allow_nan=False).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", **self.endpoint.headers}
        request = urllib.request.Request(self.endpoint.address, data=body, headers=headers, method="POST")
        deadline = time.monotonic() + self.endpoint.timeout
        try:
            with self.opener.open(request, timeout=self.endpoint.timeout) as response:
                return self._predictions(
                    self._body(response, deadline), response.headers.get_content_type(), len(batch)
                )
        except urllib.error.HTTPError as error:
            with error:
                raise FaultError(self._of_status(error)) from None
        except (TimeoutError, urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise FaultError(self._of_connection(error)) from None

    def _body(self, response: Any, deadline: float) -> bytes:
        chunks, size = [], 0
        while chunk := response.read1(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST_RESPONSE:
                raise FaultError(
                    self._general(f"answered with more than {LARGEST_RESPONSE:,} bytes. Ask with a smaller batch.")
                )
            if time.monotonic() > deadline:  # a body that drips keeps every single read in time
                raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(chunks)

    def _predictions(self, body: bytes, kind: str, n: int) -> Any:
        shown = one_line(body[:120].decode("utf-8", "replace"))
        if kind == "text/html" or body.lstrip()[:1] == b"<":
            raise FaultError(
                self._general(f"answered with a page of HTML, not JSON: {shown!r}. Is it the right address?")
            )
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise FaultError(
                self._general(f"answered with what is no JSON: {shown!r}. Is it the right address?")
            ) from None
        found = answer.get("predictions") if isinstance(answer, dict) else answer
        if not isinstance(found, list):
            raise FaultError(self._general(f'answered without a list of "predictions": {shown!r}. Let it return one.'))
        if len(found) != n:
            raise FaultError(
                self._general(f"answered {n} objects with {len(found)} predictions. Let it return one for each.")
            )
        return found

    def _of_status(self, error: urllib.error.HTTPError) -> Fault:
        try:
            told = one_line(error.read(400).decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException):
            told = ""
        said = f"answered with status {error.code}{f': {told}' if told else ''}"
        wait = _seconds(error.headers.get("Retry-After"))
        if error.code == BUSY:
            return replace(self._general(f"{said}. It is asked too often: try later, or with a larger batch."),
                           may_pass=True, wait=wait)  # fmt: skip
        if error.code >= 500 or error.code == 408:
            return Fault("error", said, may_pass=True, wait=wait)
        if 300 <= error.code < 400:
            return self._general(f"has moved to {error.headers.get('Location')}. Pass that address if it is right.")
        if error.code in NOT_OF_THE_OBJECTS:
            return self._general(f"{said}. Check the address and the headers.")
        return Fault("error", said)

    def _of_connection(self, error: BaseException) -> Fault:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(reason, TimeoutError):
            return Fault("timeout", f"no whole answer within {self.endpoint.timeout:g} s", may_pass=True)
        if isinstance(reason, ConnectionResetError | http.client.HTTPException | BrokenPipeError):
            return Fault("error", f"the connection broke: {type(reason).__name__}", may_pass=True)
        return replace(self._general(f"cannot be reached: {reason}. Is it running?"), may_pass=True)

    def _general(self, what: str) -> Fault:
        return Fault("error", f"{self.endpoint.described} {what}", is_general=True)


def _seconds(text: str | None) -> float | None:
    """Seconds to wait as a Retry-After header says, which holds a number or a date (RFC 9110, section 10.2.3)."""
    if text is None:
        return None
    try:
        return max(0.0, float(int(text)))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


SOURCE = HttpEndpoint
