"""Where do workers find the space? In a folder: the one that was given, or a copy that the run keeps."""

__all__ = ["KeptSpace", "keep_space", "place_space"]

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import final

from gausscape.errors import DataError
from gausscape.scale.run_folder import RUN
from gausscape.space.manifest import MANIFEST
from gausscape.space.saving import load_space
from gausscape.space.space import Space


@final
@dataclass(frozen=True)
class KeptSpace:
    """A space in a folder.

    Args:
        folder: Where.
        digest: Of its manifest, which seals all of it.
    """

    folder: Path
    digest: str

    def load(self) -> Space:
        """The space, checked to be the one that the run began with.

        Raises:
            DataError: If it is another one by now.
        """
        space = load_space(self.folder)
        if _digest(self.folder) != self.digest:
            raise DataError(f"A run over shards needs one space throughout, but {self.folder} was changed. Put the first one back.")
        return space


def place_space(space: Space | str | Path, out: Path) -> tuple[KeptSpace, Space]:
    """(where the space is or will be kept, the space); nothing is written into the run's folder yet."""
    if not isinstance(space, Space):
        folder = Path(space).absolute()
        loaded = load_space(folder)
        return KeptSpace(folder, _digest(folder)), loaded
    with tempfile.TemporaryDirectory() as place:
        digest = _digest(space.save(Path(place) / "space"))
    return KeptSpace(out / RUN / f"space-{digest[:16]}", digest), space


def keep_space(kept: KeptSpace, space: Space) -> None:
    """Write the space where the workers will look for it, if it is not there."""
    if not (kept.folder / MANIFEST).is_file():
        space.save(kept.folder)


def _digest(folder: Path) -> str:
    return json.loads((folder / MANIFEST).read_bytes())["sha256"]
