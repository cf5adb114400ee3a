"""Events in a Parquet file, read row group by row group."""

__all__ = ["ParquetEvents"]

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gausscape.datasets.streams.faults import BadEvent
from gausscape.datasets.streams.sources.cells import cell_of
from gausscape.datasets.streams.sources.event_source import EventSource, refuse_missing_columns
from gausscape.datasets.streams.sources.file_lines import opened
from gausscape.errors import DamagedFileError, DataError

BATCH = 8192
FOOTER = 65_536
BUFFER = 1 << 20


class ParquetEvents(EventSource):
    """Rows of a Parquet file; no more than a batch of a row group is in memory.

    Args:
        path: The file, complete: Parquet cannot grow.
    """

    def __init__(self, path: Path):
        self.path, self.name, self.row = path, str(path), 0
        with opened(path) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - FOOTER))
            self._end = hashlib.sha256(file.read()).hexdigest()

    def position(self) -> dict:
        return {"rows": self.row, "end": self._end}

    def where(self) -> str:
        return f"row {self.row:,}"

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.row = 0
        if position is not None:
            if position["end"] != self._end:
                raise DataError(
                    f"{self.name} should be the file that {position['rows']:,} rows were read from, but is another. "
                    "Follow that file to its end first, or begin without a cursor."
                )
            self.row = position["rows"]
        try:
            # Nothing is read ahead: with the default, a whole row group would be in memory.
            with pq.ParquetFile(
                self.path, pre_buffer=False, buffer_size=BUFFER, page_checksum_verification=True
            ) as file:
                refuse_missing_columns(self.name, columns, file.schema_arrow.names)
                for batch in self._batches(file, columns):
                    chosen = [cells_of(batch.column(column)) for column in columns]
                    for cells in zip(*chosen, strict=True):
                        self.row += 1
                        yield cells
        except (pa.ArrowException, OSError) as error:
            raise DamagedFileError(
                f"{self.name} should be a whole Parquet file, but cannot be read after row {self.row:,}: "
                f"{str(error)[:150]}. Make or copy it again."
            ) from error

    def _batches(self, file: Any, columns: Sequence[str]) -> Iterator[Any]:
        """Batches from the row on that is to come next."""
        began = 0
        for group in range(file.metadata.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if began + rows > self.row:
                wanted = list(dict.fromkeys(columns))
                for batch in file.iter_batches(BATCH, row_groups=[group], columns=wanted, use_threads=False):
                    passed = max(0, self.row - began)
                    began += batch.num_rows
                    if passed < batch.num_rows:
                        yield batch.slice(passed)
            else:
                began += rows


def cells_of(array: Any) -> list:
    """A column of a batch as cells; moments to the microsecond."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    listed = array.to_pylist()
    plain = pa.types.is_string(array.type) or pa.types.is_integer(array.type) or pa.types.is_timestamp(array.type)
    return listed if plain else [cell_of(cell) for cell in listed]
