"""Events in a folder of files, read one after the other in the order of their names."""

__all__ = ["FolderEvents", "event_files"]

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from gausscape.datasets.streams.faults import BadEvent
from gausscape.datasets.streams.sources.event_source import EventSource
from gausscape.datasets.streams.sources.file_lines import opened
from gausscape.errors import DataError, MissingFileError

ENDS = 65_536
POLL = 0.2  # seconds between two looks at a folder that may get files


class FolderEvents(EventSource):
    """The events of all files of a folder, as if they stood in one; one file is open at a time.

    Files are complete when they get their names: write a file under a name that begins with . or _ and rename it. New ones must come
    after those that were read, in the order of names. The place names the files that were read with their size and a hash
    of their last bytes (about 100 bytes a file), so that one that was changed or removed since is told.

    Args:
        folder: The folder; folders in it are not looked at.
        make: From a file to its events.
        endings: Of the files that count, in small letters; None for any.
        poll: Seconds between two looks for new files, where more is waited for.
    """

    def __init__(
        self, folder: Path, make: Callable[[Path], EventSource], *, endings: Collection[str] | None, poll: float = POLL
    ):
        self.folder, self.make, self.endings, self.poll = folder, make, endings, poll
        self.name = str(folder)
        self._read: list[list] = []
        self._open: tuple[str, EventSource] | None = None
        self._files()

    def position(self) -> dict:
        at = None if self._open is None else {"file": self._open[0], "position": self._open[1].position()}
        return {"read": list(self._read), "at": at}

    def where(self) -> str:
        return "its end" if self._open is None else f"{self._open[0]}, {self._open[1].where()}"

    def events(
        self, columns: Sequence[str], *, position: dict | None = None, wait: bool = False
    ) -> Iterator[tuple | BadEvent]:
        self._read, self._open = [], None
        at = None
        if position is not None:
            self._read, at = [list(each) for each in position["read"]], position["at"]
        names = self._refuse_changed(at)
        while True:
            for name in names:
                source = self.make(self.folder / name)
                self._open = (name, source)
                yield from source.events(columns, position=at["position"] if at else None)
                at = None
                self._read.append([name, *identity(self.folder / name)])
                self._open = None
            if not wait:
                return
            time.sleep(self.poll)
            names = self._left()

    def _files(self) -> list[str]:
        names = event_files(self.folder, self.endings)
        if not names:
            known = "" if self.endings is None else f" that end in one of {' '.join(self.endings)}"
            raise DataError(
                f"A stream needs files of events{known}, but the folder {self.folder} has none. Put them in it."
            )
        return names

    def _left(self) -> list[str]:
        """The files that come after those read.

        Raises:
            DataError: If a file came before one that was read.
        """
        names = self._files()
        if not self._read:
            return names
        read = {name for name, *_ in self._read}
        last = self._read[-1][0]
        if early := next((name for name in names if name <= last and name not in read), None):
            raise DataError(
                f"{self.name} should get new files with names after {last}, which was read, but {early} comes before it. Rename it, "
                "or begin without a cursor."
            )
        return [name for name in names if name > last]

    def _refuse_changed(self, at: dict | None) -> list[str]:
        """The files left, once it is sure that those read are what they were."""
        for name, *told in self._read:
            try:
                now = identity(self.folder / name)
            except MissingFileError:
                now = None
            if now != told:
                what = "is gone" if now is None else "was changed"
                raise DataError(
                    f"{self.name} should hold the files that were read before, but {name} {what}. Put it back as it was, or begin "
                    "without a cursor."
                )
        names = self._left()
        if at is not None and names[:1] != [at["file"]]:
            there = at["file"] in names
            what = f"{names[0]} comes before it" if there else "it is gone"
            raise DataError(
                f"{self.name} should go on in {at['file']}, which was being read, but {what}. Put the files back as they were, "
                "or begin without a cursor."
            )
        return names


def event_files(folder: Path, endings: Collection[str] | None) -> list[str]:
    """Names of the files of events in a folder, in order; those that begin with . or _ are left out."""
    return sorted(
        path.name
        for path in folder.iterdir()
        if not path.name.startswith((".", "_"))
        and path.is_file()
        and (endings is None or path.suffix.lower() in endings)
    )


def identity(path: Path) -> list:
    """[size, hash of the last bytes]."""
    with opened(path) as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - ENDS))
        return [size, hashlib.sha256(file.read()).hexdigest()]
