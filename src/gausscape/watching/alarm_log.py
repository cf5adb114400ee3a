"""A file with one line of JSON for each alarm, each exactly once, however often the watch is killed and goes on."""

__all__ = ["AlarmLog"]

import json
import os
from pathlib import Path
from typing import Any

from gausscape.errors import DamagedFileError, StorageError
from gausscape.space.durable import fault_point
from gausscape.space.safe_json import finite

PIECE = 1 << 16


class AlarmLog:
    """Appends lines behind a position that the state of the watch remembers.

    A line is on the disk before the state that knows of it. After a crash the watch goes on from the older state and comes to
    the same line again: if the file already holds it, it is left as it is; if the file holds a torn piece of it, that is
    written anew. So whoever reads along sees each alarm once.

    Args:
        path: The file; made when the first alarm comes.
        position: Bytes of it that the state knows of.

    Raises:
        DamagedFileError: If the file is shorter than that.
        StorageError: If a new log is asked for where a file with content stands.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log = AlarmLog(Path(folder) / "alarms.jsonl", position=0, fresh=True)
        ...     log.append({"window": 3})
        ...     again = AlarmLog(log.path, position=0, fresh=False)
        ...     again.append({"window": 3})
        ...     log.path.read_text()
        '{"window": 3}\\n'
    """

    def __init__(self, path: Path, *, position: int, fresh: bool):
        self.path, self.position = path, position
        size = path.stat().st_size if path.exists() else 0
        if fresh and size:
            raise StorageError(
                f"The alarms of a new watch need a new file, but {path} holds {size:,} bytes. Choose another name, or move it away."
            )
        if size < position:
            raise DamagedFileError(
                f"{path} needs the {position:,} bytes of alarms that the watch wrote, but has {size:,}. Put it back, or begin "
                "anew in another folder."
            )

    def append(self, document: dict[str, Any]) -> None:
        """Write one more line durably, unless it already stands there."""
        line = (json.dumps(finite(document), sort_keys=True, allow_nan=False) + "\n").encode("ascii")
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StorageError(
                f"Alarms need to be written to {self.path}, but {error.strerror}. Choose another place."
            ) from error
        try:
            if os.pread(descriptor, len(line), self.position) != line:
                os.ftruncate(descriptor, self.position)
                fault_point("write")
                written = 0
                while written < len(line):
                    written += os.pwrite(descriptor, line[written : written + PIECE], self.position + written)
            fault_point("fsync")
            os.fsync(descriptor)
        except OSError as error:
            raise StorageError(
                f"Writing alarms to {self.path} failed: {error.strerror or error}. Make room and go on."
            ) from error
        finally:
            os.close(descriptor)
        self.position += len(line)
