"""Scoring one shard: objects in, a Parquet file and its part of the summary out."""

__all__ = ["ROWS_AT_ONCE", "ScoreWork", "batches"]

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from gausscape.chunks import Chunks
from gausscape.items import Items, take
from gausscape.scale.asked_outcome import AskedOutcome
from gausscape.scale.columns import compute_columns
from gausscape.scale.kept_space import KeptSpace
from gausscape.scale.score_summary import summarise
from gausscape.scale.work import Bench, Shard, Work

if TYPE_CHECKING:
    import pyarrow

    from gausscape.outcome import Outcome
    from gausscape.space.space import Space

ROWS_AT_ONCE = 4096
"""Objects that go through the networks together. Fixed, and counted from the start of a shard: a product of another shape may
round its last bit otherwise, and then the bytes would depend on who scored."""


@final
@dataclass(frozen=True)
class ScoreWork(Work):
    """What a worker is told of a scoring.

    Args:
        chunks: The objects, by chunks.
        space: The space, in a folder.
        columns: Names.
        draws: Of the bound.
        seed: Of the draws.
        outcome: y, or None.
    """

    chunks: Chunks
    space: KeptSpace
    columns: tuple[str, ...]
    draws: int
    seed: int
    outcome: AskedOutcome | None

    def open(self) -> "ScoreBench":
        outcome = None if self.outcome is None else self.outcome.outcome
        return ScoreBench(self, self.space.load(), outcome)


@final
class ScoreBench(Bench):
    """The work with its space loaded and y open."""

    def __init__(self, work: ScoreWork, space: "Space", outcome: "Outcome | None"):
        self._work = work
        self._space = space
        self._outcome = outcome

    def read(self, number: int) -> Items:
        return self._work.chunks.read(number)

    def make(self, number: int, objects: Items) -> Shard:
        work, parts = self._work, []
        for few in batches(objects.values):
            parts.append(compute_columns(self._space, few, work.columns, draws=work.draws, seed=work.seed))
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
        if self._outcome is not None:
            # With nothing remembered of other shards: what is known would grow with the data.
            answers = self._outcome.afresh()(objects)
            columns["y"] = answers.values
            columns["y_failure"] = np.full(len(objects), "", dtype=object)
            for failure in answers.failures:
                columns["y_failure"][failure.row] = failure.kind
        ids = objects.ids.astype(str)
        return Shard(_file(ids, columns), len(objects), summarise(ids, columns))


def batches(values: Any) -> Iterator[Any]:
    """Objects in native form, as many as go through the networks together."""
    for start in range(0, len(values), ROWS_AT_ONCE):
        yield take(values, np.arange(start, min(start + ROWS_AT_ONCE, len(values))))


def _file(ids: np.ndarray, columns: dict[str, np.ndarray]) -> bytes:
    """Parquet with a check sum on every page."""
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"id": pyarrow.array(ids)} | {name: _arrow(values) for name, values in columns.items()})
    buffer = io.BytesIO()
    # Only words repeat: to look for repeated numbers would cost more than all the rest of the writing.
    words = [name for name, values in columns.items() if values.dtype.kind != "f"]
    parquet: Any = pyarrow.parquet  # its type hints know no list of columns
    parquet.write_table(table, buffer, write_page_checksum=True, use_dictionary=words)
    return buffer.getvalue()


def _arrow(values: np.ndarray) -> "pyarrow.Array":
    """Numbers with NaN as null; texts with "" as null."""
    import pyarrow

    if values.dtype.kind == "f":
        return pyarrow.array(values, from_pandas=True)
    texts = values.astype(str)
    return pyarrow.array(texts, mask=texts == "")
