"""Parquet files, with the check sums of their pages verified where the writer left any."""

__all__ = ["MAGIC", "SUFFIXES", "read"]

from pathlib import Path
from typing import TYPE_CHECKING

from gausscape.datasets.arrow_sizes import frame_floor, text_bytes
from gausscape.datasets.file_state import unchanged
from gausscape.datasets.frames import to_frame
from gausscape.datasets.memory import refuse_too_large
from gausscape.errors import DamagedFileError, DataError
from gausscape.items import Items

if TYPE_CHECKING:
    import pyarrow as pa

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
            refuse_too_large(str(path), max(groups, frame_floor(file.schema_arrow, metadata.num_rows)))
            table = _whole(path, file.schema_arrow)
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


def _whole(path: Path, schema: "pa.Schema") -> "pa.Table":
    """All row groups. Texts are read as the file keeps them, each once, and spread over the rows only if they then fit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [field.name for field in schema if _is_text(field.type)]
    file = pq.ParquetFile(path, page_checksum_verification=True, read_dictionary=texts)
    pieces, needed = [], 0
    for group in range(file.num_row_groups):
        piece = file.read_row_group(group)
        kept = [place for place, field in enumerate(piece.schema) if field.name in texts]
        needed += sum(text_bytes(piece.column(place)) for place in kept)
        refuse_too_large(str(path), needed)
        for place in kept:
            cells = piece.column(place)
            if pa.types.is_dictionary(cells.type):
                cells = pa.chunked_array([chunk.dictionary_decode() for chunk in cells.chunks], cells.type.value_type)
            piece = piece.set_column(place, schema.field(place).name, cells.cast(schema.field(place).type))
        pieces.append(piece)
    return pa.concat_tables(pieces) if pieces else schema.empty_table()


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return any(
        check(kind)
        for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary,
                      pa.types.is_string_view, pa.types.is_binary_view)
    )  # fmt: skip
