"""Arrow files, which are Feather files of version 2."""

__all__ = ["MAGIC", "SUFFIXES", "read"]

from pathlib import Path

from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.frames import to_frame
from gausscape.errors import DamagedFileError, DataError
from gausscape.items import Items

SUFFIXES = (".arrow", ".feather", ".ipc")
MAGIC = (b"ARROW1",)


def read(path: Path, *, id_column: str | None = None, resize: tuple[int, int] | None = None) -> Items:
    """A pandas frame of all columns.

    The format has no check sums: cut files and impossible offsets are found, a changed number is not.

    Raises:
        DamagedFileError: If the file is cut, altered or no Arrow file.
    """
    import pyarrow as pa

    content = whole_bytes(path)
    try:
        with pa.ipc.open_file(pa.BufferReader(content)) as reader:
            table = reader.read_all()
        table.validate(full=True)
        frame = to_frame(table, str(path))
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DamagedFileError(
            f"{path} should be a whole Arrow (Feather 2) file, but: {reason} Fetch or write it anew."
        ) from error
    return Items.of(frame, name=path.name)
