"""How is one file of an open folder read, once and whole, and refused by name if it is not what it should be?"""

__all__ = ["HOSTILE", "RESTORE", "FolderReader"]

import os
import stat
from typing import NoReturn

from gausscape.errors import DamagedFileError

RESTORE = "The file was cut or altered: restore the folder from a copy, or use an earlier one."
HOSTILE = "No version of gausscape writes this: use the folder only if you trust its source, and have it saved anew."


class FolderReader:
    """An open folder, with refusals that name the file in it.

    Example:
        >>> FolderReader("one", -1).refuse("a.json", "UTF-8", "byte 7 is not")
        Traceback (most recent call last):
            ...
        gausscape.errors.DamagedFileError: one/a.json: needed UTF-8, but byte 7 is not. The file was cut or altered: \
restore the folder from a copy, or use an earlier one.
    """

    def __init__(self, folder: str, descriptor: int):
        self.folder = folder
        self.descriptor = descriptor

    def refuse(self, name: str, needed: str, came: str, mend: str = RESTORE) -> NoReturn:
        """Raises a DamagedFileError that names the file, or the folder if `name` is empty."""
        place = os.path.join(self.folder, name) if name else self.folder
        # A stranger's file name must not speak to the terminal.
        place = place if place.isprintable() else ascii(place)
        raise DamagedFileError(f"{place}: needed {needed}, but {came}. {mend}")

    def read(self, name: str, size: int | None, largest: int) -> bytes:
        """Reads a file once; ``size`` is what it must have, and is checked before the first byte is read."""
        # Not to be followed if it is a link, and not to be waited for if it is a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = -1
        try:
            mode = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_mode
            if not stat.S_ISREG(mode):
                what = "a symbolic link" if stat.S_ISLNK(mode) else "something else"
                self.refuse(name, "a plain file", f"came {what}", HOSTILE)
            descriptor = os.open(name, flags, dir_fd=self.descriptor)
            found = os.fstat(descriptor).st_size
            if size is not None and found != size:
                self.refuse(name, f"{size:,} bytes, as the manifest says", f"came {found:,}")
            if found > largest:
                self.refuse(name, f"at most {largest:,} bytes", f"came {found:,}", HOSTILE)
            data = bytearray()
            while piece := os.read(descriptor, min(found + 1 - len(data), 64 << 20)):
                data += piece
                if len(data) > found:
                    break
        except FileNotFoundError:
            self.refuse(name, "this file", "it is missing", "Restore the folder from a copy, or use an earlier one.")
        except OSError as problem:
            self.refuse(name, "to read this file", f"it failed: {problem.strerror}", "Check its permissions and disk.")
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if len(data) != found:
            self.refuse(name, f"{found:,} bytes", f"came {len(data):,}", "It changed while it was read: read it again.")
        return bytes(data)
