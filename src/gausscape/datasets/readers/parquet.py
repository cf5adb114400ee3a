"""Parquet files, with the check sums of their pages verified where the writer left any."""

__all__ = ["MAGIC", "SUFFIXES", "read"]

from pathlib import Path

from gausscape.datasets.file_state import unchanged
from gausscape.datasets.frames import to_frame
from gausscape.datasets.memory import refuse_too_large
from gausscape.errors import DamagedFileError, DataError
from gausscape.items import Items

SUFFIXES = (".parquet", ".pq")
MAGIC = (b"PAR1",)


def read(path: Path, *, id_column: str | None = None, resize: tuple[int, int] | None = None) -> Items:
    """A pandas frame of all columns.

    A flipped bit is found only in files whose pages carry check sums (`write_page_checksum=True`); most writers leave
    them out, and then a changed number cannot be told from a true one. A cut file is always found.

    Raises:
        DamagedFileError: If the file is cut, altered or no Parquet.
        DataError: If it would not fit into memory.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with unchanged(path):
        try:
            file = pq.ParquetFile(path, page_checksum_verification=True)
            metadata = file.metadata
            groups = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
            refuse_too_large(str(path), max(groups, metadata.num_rows * max(metadata.num_columns, 1)))
            table = file.read()
            table.validate(full=True)
            frame = to_frame(table, str(path))
        except DataError:
            raise
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
            raise DamagedFileError(
                f"{path} should be a whole Parquet file, but: {reason} It is cut or altered; fetch or write it anew."
            ) from error
    return Items.of(frame, name=path.name)
