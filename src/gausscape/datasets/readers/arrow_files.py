"""Arrow files, which are Feather files of version 2."""

__all__ = ["MAGIC", "SUFFIXES", "read"]

from pathlib import Path

from gausscape.datasets.arrow_sizes import frame_floor, text_bytes, unpacked_bytes
from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.frames import to_frame
from gausscape.datasets.memory import refuse_too_large
from gausscape.errors import DamagedFileError, DataError
from gausscape.items import Items

SUFFIXES = (".arrow", ".feather", ".ipc")
MAGIC = (b"ARROW1",)


def read(path: Path, *, id_column: str | None = None, resize: tuple[int, int] | None = None) -> Items:
    """A pandas frame of all columns.

    The format has no check sums: cut files and impossible offsets are found, a changed number is not.

    Raises:
        DamagedFileError: If the file is cut, altered or no Arrow file.
        DataError: If it would not fit into memory once unpacked.
    """
    import pyarrow as pa

    content = whole_bytes(path)
    try:
        refuse_too_large(str(path), unpacked_bytes(content))
        with pa.ipc.open_file(pa.BufferReader(content)) as reader:
            table = reader.read_all()
        table.validate()
        # Texts of these types may all point to one, and a look at each of them is what full validation takes.
        shared = (cells for cells in table.columns if pa.types.is_string_view(cells.type) or pa.types.is_binary_view(cells.type))
        refuse_too_large(str(path), frame_floor(table.schema, table.num_rows) + sum(map(text_bytes, shared)))
        table.validate(full=True)
        frame = to_frame(table, str(path))
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DamagedFileError(
            f"{path} should be a whole Arrow (Feather 2) file, but: {reason} Fetch or write it anew."
        ) from error
    return Items.of(frame, name=path.name)
