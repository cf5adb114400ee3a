"""Events of a Redis stream, the fields of its entries being the columns."""

__all__ = ["RedisEvents"]

import time
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit, urlunsplit

from gausscape.datasets.streams.faults import BadEvent
from gausscape.datasets.streams.sources.event_source import EventSource
from gausscape.errors import ConfigurationError, DataError, MissingExtraError

BATCH = 1000
PATIENCE = 1000  # milliseconds that one question to the server waits for more entries
TRIES = 5


class RedisEvents(EventSource):
    """Entries of a Redis stream, in the order of their ids.

    Besides its fields an entry has the columns `redis_id` and `redis_time` (milliseconds since 1970, from the id). The
    place is the id of the last entry, with how many entries the stream had had by then; so entries that were trimmed
    away before they were read are noticed (by Redis 7 and later).

    Args:
        address: "redis://host:port/db?stream=name", or rediss:// for TLS.
    """

    def __init__(self, address: str):
        parts = urlsplit(address)
        asked = parse_qs(parts.query)
        if list(asked) != ["stream"] or len(asked["stream"]) != 1:
            raise ConfigurationError(
                "A Redis stream needs an address such as redis://localhost:6379/0?stream=events, with nothing but the stream "
                f"after the question mark, but {parts.query!r} came. Change it."
            )
        self.key = asked["stream"][0]
        self._address = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        self._server = f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
        self.name = f"Redis stream {self.key!r} on {self._server}"  # without the password
        self._id, self._ordinal = "0-0", -1

    def position(self) -> dict:
        return {"id": self._id, "read": self._ordinal}

    def where(self) -> str:
        return f"entry {self._id}"

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        self._id, self._ordinal = ("0-0", -1) if position is None else (position["id"], position["read"])
        client = self._client()
        try:
            while True:
                entries = self._next(client)
                for identifier, fields in entries:
                    self._id = identifier.decode()
                    self._ordinal += 1
                    yield event_of(self._id, fields, columns)
                if not entries:
                    if not wait:
                        return
                    self._asked(client.xread, {self.key: self._id}, 1, PATIENCE)
        finally:
            client.close()

    def _next(self, client: Any) -> list:
        """The next entries, once it is sure that none before them was lost."""
        # One transaction, for a trimming between two questions would be taken for a loss, or hide one.
        together = client.pipeline(transaction=True)
        together.exists(self.key)
        together.xread({self.key: self._id}, count=BATCH)
        together.xinfo_stream(self.key)
        there, found, about = self._asked(together.execute, False)
        for answer in (there, found):
            if isinstance(answer, Exception):
                self._refuse(answer)
        if not there:
            if self._ordinal > 0:
                raise DataError(
                    f"{self.name} should have had {self._ordinal:,} entries up to {self._id}, but there is no such stream now. "
                    "Check its name and the number of the database, or begin without a cursor."
                )
            return []
        self._refuse_lost(about if isinstance(about, dict) else self._refuse(about))
        return entries_of(found)

    def _refuse_lost(self, about: dict) -> None:
        """Refuse if entries after the last one read are gone, by the counters of the stream."""
        added, length = about.get("entries-added"), about["length"]
        if added is None:  # before Redis 7 there is no counter
            self._ordinal = max(self._ordinal, 0)
            return
        trimmed = added - length
        if self._ordinal < 0:
            self._ordinal = trimmed
        elif added < self._ordinal or trimmed > self._ordinal:
            lost = trimmed - self._ordinal
            what = (
                f"{lost:,} of the next were trimmed away"
                if lost > 0
                else f"it has had only {added:,}: it was made anew"
            )
            raise DataError(
                f"{self.name} should still have the entries after {self._id} ({self._ordinal:,} read), but {what}. Trim it "
                "less (MAXLEN, MINID), or begin without a cursor and accept the gap."
            )

    def _client(self) -> Any:
        try:
            import redis
        except ImportError as error:
            raise MissingExtraError(
                "A Redis stream needs the package redis, which is not installed. Run: pip install 'gausscape[redis]'"
            ) from error
        return redis.Redis.from_url(self._address, socket_connect_timeout=5)

    def _asked(self, question: Any, *arguments: Any) -> Any:
        """The answer of the server, asked again a few times if the connection breaks."""
        from redis import exceptions

        for attempt in range(TRIES):
            try:
                return question(*arguments)
            except exceptions.AuthenticationError as error:
                raise DataError(
                    f"{self.name} needs a user and password that the server takes, but: {error}. Mend the address."
                ) from error
            except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
                if attempt == TRIES - 1:
                    raise DataError(
                        f"{self.name} needs a Redis server, but {self._server} does not answer: {str(error)[:150]}. Start it, or "
                        "mend the address; then go on with the cursor of the last window."
                    ) from error
                time.sleep(0.1 * 2**attempt)
            except exceptions.RedisError as error:
                self._refuse(error)
        return None

    def _refuse(self, error: Exception) -> NoReturn:
        if "WRONGTYPE" in str(error):
            raise DataError(
                f"{self.name} should be a stream (made with XADD), but the key holds another type. Check the name."
            ) from error
        raise DataError(
            f"{self.name} should answer, but: {str(error)[:150]}. Check the address and the rights."
        ) from error


def entries_of(found: Any) -> list:
    """The entries of the only stream asked for: a list by protocol 2, a mapping by protocol 3."""
    if not found:
        return []
    return found[0][1] if isinstance(found, list) else next(iter(found.values()))[0]


def event_of(identifier: str, fields: dict | None, columns: Sequence[str]) -> tuple | BadEvent:
    if fields is None:
        return BadEvent("needs fields, but the entry was deleted")
    own: dict[bytes, Any] = {
        b"redis_id": identifier.encode(),
        b"redis_time": identifier.split("-")[0].encode(),
        **fields,
    }
    cells = []
    for column in columns:
        cell = own.get(column.encode())
        try:
            cells.append(None if cell is None else cell.decode())
        except UnicodeDecodeError:
            return BadEvent(f"needs UTF-8 text in {column!r}, but has {cell!r:.60}")
    return tuple(cells)
