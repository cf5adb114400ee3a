"""A run over shards: what is missing is done by an engine, the lines of all shards come back in their order."""

__all__ = ["Ran", "about_source", "as_chunks", "few_of", "run_shards"]

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from gausscape.chunks import Chunks
from gausscape.errors import DataError, StoppedError
from gausscape.items import Items
from gausscape.scale.engine import Engine
from gausscape.scale.run_folder import RUN, RunFolder, digest_of
from gausscape.scale.work import Task, Work
from gausscape.space.durable import RunLock

SHOWN = 5
TRIED = 64


@final
@dataclass(frozen=True)
class Ran:
    """A run that is complete.

    Args:
        lines: One for each shard, in their order.
        missing: Shards that this call did.
        damaged: Those of them that stood there with other bytes than they were written with.
    """

    lines: list[dict[str, Any]]
    missing: int
    damaged: int


def run_shards(
    work: Work,
    run: RunFolder,
    sizes: Sequence[int],
    *,
    engine: Engine,
    progress: bool,
) -> Ran:
    """Do the shards that are not done yet.

    Args:
        work: What to do with each.
        run: Where the shards go.
        sizes: Objects in each shard.
        engine: Who does them.
        progress: Whether to tell how far it is.

    Raises:
        LockedError: If another process is at it.
        StoppedError: If shards were given up; the others are done.
    """
    with RunLock(run.folder / RUN):
        lines = {number: run.done(number) for number in range(len(sizes))}
        missing = [number for number, line in lines.items() if line is None]
        damaged = sum(run.was_written(number) for number in missing)
        telling = Progress(sizes, missing) if progress else None
        poison = {}
        for report in engine.run(Task(work, run.folder, run.run), missing) if missing else ():
            if report.poison:
                poison[report.number] = report.poison
            if telling:
                telling.tell(report.number)
        if poison:
            shown = "; ".join(f"shard {number}: {why}" for number, why in sorted(poison.items())[:SHOWN])
            more = f"; and {len(poison) - SHOWN} more" if len(poison) > SHOWN else ""
            raise StoppedError(
                f"All {len(sizes):,} shards are needed, but {len(poison):,} were given up ({shown}{more}). The others are kept in "
                f"{run.folder}: mend what ends the workers (memory, most often), then run the same again.",
                exit_code=1,
            )
        found = [lines[number] or run.done(number) for number in range(len(sizes))]
        for number, line in enumerate(found):
            if line is None or line["rows"] != sizes[number]:
                raise DataError(
                    f"Shard {number} needs {sizes[number]:,} objects, but {'none' if line is None else line['rows']} came back. "
                    "Does something else write in that folder? Run the same again."
                )
        return Ran([line for line in found if line is not None], len(missing), damaged)


def as_chunks(data: Any) -> Chunks:
    """Chunks as they are; else what `gausscape.datasets.scan` makes of it."""
    if isinstance(data, Chunks):
        return data
    from gausscape.datasets import scan

    return scan(data)


def about_source(chunks: Chunks) -> dict[str, Any]:
    """What a run records of its source."""
    return {
        "name": chunks.name,
        "digest": chunks.digest,
        "objects": len(chunks),
        "chunks": len(chunks.sizes),
        "sizes": digest_of({"sizes": list(chunks.sizes)}),
    }


def few_of(chunks: Chunks) -> Items:
    """A few of the first objects.

    Raises:
        DataError: If there are none.
    """
    if not len(chunks):
        raise DataError(f"Work over shards needs objects, but {chunks.name} has none. Give a source that has some.")
    first = chunks.read(0)
    return first.take(range(min(TRIED, len(first))))


class Progress:
    """Tells on standard error how many objects are done, how fast it goes and how long it will take, at most once a second."""

    def __init__(self, sizes: Sequence[int], missing: Sequence[int]):
        self._sizes = sizes
        self._all = sum(sizes[number] for number in missing)
        self._done = 0
        self._began = self._told = time.monotonic()

    def tell(self, number: int) -> None:
        """One more shard is done."""
        self._done += self._sizes[number]
        now = time.monotonic()
        if now - self._told < 1 and self._done < self._all:
            return
        self._told = now
        rate = self._done / max(now - self._began, 1e-9)
        left = (self._all - self._done) / max(rate, 1e-9)
        print(f"{self._done:,} of {self._all:,} objects, {rate:,.0f} a second, about {left:,.0f} s left", file=sys.stderr, flush=True)
