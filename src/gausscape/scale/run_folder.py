"""The folder of a run over shards: which are done, and are they this run's?

    part-00000.parquet ...   one file a shard, its pages with check sums, its footer with the digest of the run
    _run/run.json            what the run is: source, space, settings; a folder of another run is refused
    _run/part-00000.json     one line a shard, written after it: SHA-256, size, rows, and its part of the summary
    _summary.json            written last: all lines and the summary of all shards

Everything is written beside its name and renamed (`gausscape.space.durable`), so a shard is there whole or not at all. A shard
counts as done when its line is there and its bytes have the line's SHA-256. Readers of Parquet folders pass over what begins
with "_".
"""

__all__ = ["RUN", "RunFolder", "Shard", "digest_of", "start_run"]

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from gausscape.errors import ConfigurationError, DamagedFileError, StorageError
from gausscape.space.durable import fault_point, write_bytes
from gausscape.space.safe_json import json_bytes

RUN = "_run"
SUMMARY = "_summary.json"
SHOWN = 8


@final
@dataclass(frozen=True)
class Shard:
    """What was made of one shard.

    Args:
        data: The bytes of its file; None where the summary is all there is.
        rows: Objects in it.
        summary: Its part of the summary, JSON-able.
    """

    data: bytes | None
    rows: int
    summary: dict[str, Any]


@final
class RunFolder:
    """Shards of one run on disk.

    Args:
        folder: Where.
        run: Digest of what the run is.
    """

    def __init__(self, folder: Path, run: str):
        self.folder = folder
        self.run = run

    def put(self, number: int, shard: Shard) -> None:
        """Put a shard on disk, durably: first its file, then the line that says it is done."""
        line: dict[str, Any] = {"run": self.run, "shard": number, "rows": shard.rows, "summary": shard.summary}
        # Computed, but not yet told to anybody: a worker that dies here must not be counted, nor counted twice later.
        fault_point("score")
        if shard.data is not None:
            write_bytes(self.folder / part_name(number), shard.data)
            line |= {"size": len(shard.data), "sha256": hashlib.sha256(shard.data).hexdigest()}
        write_bytes(self._line(number), _sealed(line))

    def done(self, number: int) -> dict[str, Any] | None:
        """The line of a shard, None where it is not done: no line, a damaged one, or other bytes than it says."""
        line = _unsealed(self._line(number))
        if line is None or line["run"] != self.run or line["shard"] != number:
            return None
        if "sha256" in line:
            try:
                with open(self.folder / part_name(number), "rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:
                return None
            if digest != line["sha256"]:
                return None
        return line

    def was_written(self, number: int) -> bool:
        """Whether this run has written a shard, be it whole or not."""
        line = _unsealed(self._line(number))
        return line is not None and line["run"] == self.run

    def close(self, lines: Sequence[dict[str, Any]], summary: dict[str, Any], told: dict[str, Any]) -> None:
        """Write the summary, last: where it stands, the run is whole."""
        kept = [{key: line[key] for key in ("shard", "rows", "size", "sha256") if key in line} for line in lines]
        write_bytes(self.folder / SUMMARY, json_bytes({"run": told, "summary": summary, "shards": kept}))

    def _line(self, number: int) -> Path:
        return self.folder / RUN / f"{part_stem(number)}.json"


def start_run(folder: Path, told: dict[str, Any]) -> RunFolder:
    """The folder for a run, new or begun by the same run before.

    Args:
        folder: Where; its parent must exist.
        told: What the run is, JSON-able.

    Raises:
        ConfigurationError: If the folder holds another run; the differences are named.
        StorageError: If something else stands there.
        DamagedFileError: If what it says of its run cannot be read.
    """
    card = folder / RUN / "run.json"
    if card.is_file():
        before = _unsealed(card)
        if before is None:
            raise DamagedFileError(
                f"{card} needs to say what was begun here, but it is damaged. Give another folder, or remove this one."
            )
        if before != json.loads(json_bytes(told)):
            raise ConfigurationError(
                f"{folder} holds a run that began otherwise: {_differences(before, told)}. "
                "Give the same data, space and settings to finish it, or another folder."
            )
    else:
        if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or _foreign(folder))):
            raise StorageError(
                f"Shards need a new or empty folder, or one that the same run began, but {folder} is something else. "
                "Choose another name."
            )
        (folder / RUN).mkdir(parents=True, exist_ok=True)
        write_bytes(card, _sealed(told))
    return RunFolder(folder, digest_of(told))


def _foreign(folder: Path) -> bool:
    """Whether the folder holds anything but the beginning of a run that was killed before it had written what it is."""
    found = [each for each in (*folder.glob("*"), *folder.glob(f"{RUN}/*")) if not each.name.startswith(".gausscape-")]
    return any(each != folder / RUN for each in found)


def digest_of(told: dict[str, Any]) -> str:
    """SHA-256 of a JSON document.

    Example:
        >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
        True
    """
    return hashlib.sha256(json_bytes(told)).hexdigest()


def part_stem(number: int) -> str:
    """Name of a shard; more than 100,000 have longer ones."""
    return f"part-{number:05d}"


def part_name(number: int) -> str:
    """Name of a shard's file."""
    return f"{part_stem(number)}.parquet"


def _differences(before: dict[str, Any], now: dict[str, Any]) -> str:
    now = json.loads(json_bytes(now))
    names = [name for name in dict.fromkeys([*before, *now]) if before.get(name) != now.get(name)]
    shown = [f"{name} was {_short(before.get(name))} and is {_short(now.get(name))}" for name in names[:SHOWN]]
    return "; ".join(shown) + (f"; and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _sealed(document: dict[str, Any]) -> bytes:
    return json_bytes({"document": document, "sha256": digest_of(document)})


def _unsealed(path: Path) -> dict[str, Any] | None:
    try:
        sealed = json.loads(path.read_bytes())
        document = sealed["document"]
        return document if digest_of(document) == sealed["sha256"] else None
    except (FileNotFoundError, ValueError, TypeError, KeyError, RecursionError):
        return None
