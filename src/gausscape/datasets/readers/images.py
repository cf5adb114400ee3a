"""A single picture file, as one object."""

__all__ = ["MAGIC", "SUFFIXES", "read"]

from pathlib import Path

import numpy as np

from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.pictures import LARGEST_FILE, SUFFIXES, PictureError, decode
from gausscape.errors import DataError
from gausscape.items import Items

MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")


def read(path: Path, *, id_column: str | None = None, resize: tuple[int, int] | None = None) -> Items:
    """One picture, uint8 (1, h, w[, 3]), its id the name of the file.

    Raises:
        DataError: If it cannot be used.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PictureError(f"has more than {LARGEST_FILE >> 20} MiB")
        pixels = decode(whole_bytes(path), resize=resize)
    except PictureError as error:
        raise DataError(f"{path} should be a picture, but {error}. Fetch or export it anew.") from error
    return Items(pixels[np.newaxis], np.asarray([path.name]), name=path.name, modality="images")
