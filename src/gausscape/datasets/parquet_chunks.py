"""Parquet files as chunks: any of them again, in any order, with no more than a chunk in memory."""

__all__ = ["ParquetChunks"]

import bisect
import hashlib
import itertools
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscape.chunks import CHUNK, Chunks, checked_size, refuse_other_numbers
from gausscape.datasets.columns import split_columns
from gausscape.datasets.file_state import fingerprint
from gausscape.datasets.frames import to_frame
from gausscape.datasets.parquet_footers import Footer, agreed_schema, frame_types, read_footer, told_as_damaged
from gausscape.errors import DataError
from gausscape.items import Items

if TYPE_CHECKING:
    import pyarrow as pa

LARGEST = 64_000_000
"""Bytes that a chunk may take when decoded, about: wide rows make smaller chunks."""
FEWEST = 64
BATCH = 16_384
BUFFER = 1 << 20


class ParquetChunks(Chunks):
    """Rows of Parquet files, cut every so many rows through files and row groups alike.

    Reading a chunk after the one before it goes on where that ended; any other is sought from the start of its row group, whose
    rows before it are decoded and dropped. Check sums of pages are verified where the writer left any. Each file is compared
    with what the scan saw of it (size, time of change, inode) before and after each read.

    Args:
        files: The files with their names, in order.
        name: What they are together.
        size: Most rows of a chunk; fewer where rows are so wide that these would take more than 64 MB.
        id_column: Column that names the objects; it leaves the table. None for the row number, counted within each file and put
            after its name where there are several.
        label_column: Column with each object's class or group; it leaves the table.

    Raises:
        DamagedFileError: If a file is no whole Parquet file.
        SchemaError: If the files' columns differ, or lack one that is asked for.
        DataError: If there is no row.
    """

    def __init__(
        self,
        files: Sequence[tuple[Path, str]],
        *,
        name: str,
        size: int = CHUNK,
        id_column: str | None = None,
        label_column: str | None = None,
    ):
        self.name = name
        self.footers = tuple(read_footer(path, short) for path, short in files)
        self.schema = agreed_schema(self.footers)
        self.id_column, self.label_column = id_column, label_column
        rows = sum(footer.rows for footer in self.footers)
        if not rows or not len(self.schema):
            raise DataError(
                f"{name} should hold at least 1 object, but has {rows:,} rows and {len(self.schema)} columns. Check how it was made."
            )
        self._types = frame_types(self.footers, self.schema)
        self.width = max(footer.width for footer in self.footers)
        self._size = max(min(checked_size(size), max(FEWEST, int(LARGEST / self.width))), 1)
        self.sizes = tuple(min(self._size, rows - start) for start in range(0, rows, self._size))
        self._ends = list(itertools.accumulate(footer.rows for footer in self.footers))
        # Refuses columns that are not there, before anything is read.
        split_columns(self._frame(self.schema.empty_table()), name, id_column=id_column, label_column=label_column)
        self._reading, self._place = threading.Lock(), _Place(self._size)

    @property
    def digest(self) -> str:
        """Of the files' names, sizes and footers, of the chunks' size, and of the columns that were set apart."""
        told = [(footer.name, footer.state[0], footer.digest) for footer in self.footers]
        return hashlib.sha256(repr((told, self._size, self.id_column, self.label_column)).encode()).hexdigest()

    def read(self, number: int) -> Items:
        refuse_other_numbers(number, self)
        start, pieces, ids = number * self._size, [], []
        end = start + self.sizes[number]
        with self._reading:
            while start < end:
                which = bisect.bisect_right(self._ends, start)
                footer, before = self.footers[which], self._ends[which] - self.footers[which].rows
                first, count = start - before, min(end, self._ends[which]) - start
                pieces.append(self._rows(footer, first, count))
                ids.append(self._ids(footer, first, count))
                start += count
        import pyarrow as pa

        frame = self._frame(pa.concat_tables(pieces))
        if self.id_column is None and self.label_column is None:
            return Items(frame, np.concatenate(ids), name=self.name)
        items = split_columns(frame, self.name, id_column=self.id_column, label_column=self.label_column)
        return items if self.id_column else replace(items, ids=np.concatenate(ids))

    def _rows(self, footer: Footer, first: int, count: int) -> "pa.Table":
        told = f" its rows {first:,} to {first + count - 1:,} cannot be read"
        self._refuse_changed(footer)
        try:
            with told_as_damaged(footer.path, told):
                table = self._place.take(footer, first, count)
                table.validate(full=True)
                table = table.select(self.schema.names).cast(self.schema)
        except Exception:
            self._place.close()
            self._refuse_changed(footer)  # a change explains what the reader found better than its own words
            raise
        self._refuse_changed(footer)
        return table

    def _refuse_changed(self, footer: Footer) -> None:
        now = fingerprint(footer.path)
        if now != footer.state:
            self._place.close()
            raise DataError(
                f"{footer.path} should stay as it was when it was scanned ({footer.state[0]:,} bytes), but it changed since "
                f"({now[0]:,} bytes now). Scan it again once it is complete."
            )

    def _ids(self, footer: Footer, first: int, count: int) -> np.ndarray:
        rows = np.arange(first, first + count).astype(str)
        return rows if len(self.footers) == 1 else np.char.add(f"{footer.name}:", rows)

    def _frame(self, table: "pa.Table") -> Any:
        return to_frame(table, self.name, types=self._types)

    def __getstate__(self) -> dict[str, Any]:
        # An open file goes to no other process: that one opens its own.
        return {name: value for name, value in vars(self).items() if name not in ("_reading", "_place")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._reading, self._place = threading.Lock(), _Place(self._size)


class _Place:
    """Where in which file the reading stands."""

    def __init__(self, size: int):
        # Never more than a chunk at once: what is damaged beyond it shall not stop this one.
        self._batch = min(BATCH, size)
        self._file: Any = None
        self._batches: Any = iter(())
        self._footer: Footer | None = None
        self._row = 0
        self._rest: Any = None

    def take(self, footer: Footer, first: int, count: int) -> "pa.Table":
        """`count` rows from row `first` of that file on."""
        import pyarrow as pa

        group, start = _group_of(footer, first)
        if footer is not self._footer or not max(start, 0) <= self._row <= first:
            self._open(footer, group, start)
        pieces, wanted = [], count
        while wanted:
            batch = self._rest if self._rest is not None else next(self._batches, None)
            if batch is None:
                raise ValueError(f"it ends after {self._row:,} of {footer.rows:,} rows.")
            skipped = min(first - self._row, len(batch)) if self._row < first else 0
            taken = min(wanted, len(batch) - skipped)
            if taken:
                pieces.append(batch.slice(skipped, taken))
            self._rest = batch.slice(skipped + taken) if skipped + taken < len(batch) else None
            self._row += skipped + taken
            wanted -= taken
        return pa.Table.from_batches(pieces)

    def _open(self, footer: Footer, group: int, start: int) -> None:
        import pyarrow.parquet as pq

        if footer is not self._footer or self._file is None:
            self.close()
            # Nothing is read ahead, nor column by column at once: the buffer is all that a giant row group may take.
            self._file = pq.ParquetFile(
                footer.path, pre_buffer=False, buffer_size=BUFFER, page_checksum_verification=True
            )
            self._footer = footer
        groups = list(range(group, len(footer.groups)))
        self._batches = self._file.iter_batches(self._batch, row_groups=groups, use_threads=False)
        self._row, self._rest = start, None

    def close(self) -> None:
        """Forget the file."""
        if self._file is not None:
            self._file.close()
        self.__init__(self._batch)


def _group_of(footer: Footer, row: int) -> tuple[int, int]:
    """The row group that holds a row, and the first row of that group."""
    ends = list(itertools.accumulate(footer.groups))
    group = bisect.bisect_right(ends, row)
    return group, ends[group] - footer.groups[group]
