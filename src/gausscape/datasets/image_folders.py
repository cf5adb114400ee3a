"""A folder of pictures, or one subfolder of pictures for each label."""

__all__ = ["read_folder"]

import os
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.memory import refuse_too_large
from gausscape.datasets.pictures import LARGEST_FILE, SUFFIXES, PictureError, decode
from gausscape.errors import DataError, GausscapeError, MissingFileError
from gausscape.items import Items

MOST_SKIPPED = 0.01
"""Largest share of the files that `skip_bad` passes over; more is no accident."""


def read_folder(folder: Path, *, resize: tuple[int, int] | None = None, skip_bad: bool = False) -> Items:
    """All pictures as one array, uint8, (n, h, w) if all are grey and (n, h, w, 3) if any has colour.

    The pictures lie in the folder, or all of them in its direct subfolders, whose names are then the labels. Ids are
    the names relative to the folder, with `/`, and sorted. Names that begin with a dot and names without one of the
    usual endings are passed over. How pixels are read is said at `pictures.decode`; where grey and coloured pictures
    stand together, the grey ones are repeated in three channels, under a warning that counts them.

    Args:
        folder: Where they lie.
        resize: Height and width to stretch each picture to; without it all must be of one size.
        skip_bad: Whether to leave out files that cannot be used, up to 1 % of all, under a warning that counts them.

    Raises:
        DataError: If files cannot be used (the first are named, with the reasons), or sizes differ.
        MissingFileError: If there is no picture.
    """
    names, bad = list_pictures(folder)
    if not names and not bad:
        held = ", ".join(sorted(entry.name for entry in folder.iterdir())[:5]) or "nothing"
        raise MissingFileError(
            f"{folder} should hold pictures ({', '.join(SUFFIXES)}), or subfolders with pictures, but holds {held}. "
            "Check the path."
        )
    total = len(names) + len(bad)
    pictures: dict[str, np.ndarray] = {}
    for name in names:
        try:
            if (folder / name).stat().st_size > LARGEST_FILE:
                raise PictureError(f"has more than {LARGEST_FILE >> 20} MiB")
            pixels = decode(whole_bytes(folder / name), resize=resize)
        except (PictureError, GausscapeError, OSError) as error:
            bad[name] = reason(error, folder / name)
            continue
        if not pictures:
            refuse_too_large(f"{folder} with {len(names):,} pictures", len(names) * pixels.nbytes)
        if skip_bad or not bad:
            pictures[name] = pixels
    judge_bad(folder, bad, total, skip_bad=skip_bad)
    refuse_mixed_sizes(folder, pictures)
    kept = list(pictures)
    labels = np.asarray([name.split("/")[0] for name in kept]) if "/" in kept[0] else None
    return Items(stack(folder, pictures), np.asarray(kept), labels, name=folder.name or str(folder), modality="images")


def list_pictures(folder: Path) -> tuple[list[str], dict[str, str]]:
    """Sorted relative names of the picture files, and those that are none, with the reason."""
    names: list[str] = []
    bad: dict[str, str] = {}
    depths: dict[int, str] = {}
    for where, subfolders, files in os.walk(folder):
        relative = Path(where).relative_to(folder)
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        for name in [*subfolders]:
            if name.lower().endswith(SUFFIXES):
                bad[(relative / name).as_posix()] = "is a folder"
                subfolders.remove(name)
        for name in files:
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            path = (relative / name).as_posix()
            depths.setdefault(len(relative.parts), path)
            if not (folder / path).exists():
                bad[path] = "is a link whose target is gone"
            elif not (folder / path).is_file():
                bad[path] = "is no regular file"
            else:
                names.append(path)
    if len(depths) > 1 or max(depths, default=0) > 1:
        shown = " and ".join(repr(depths[depth]) for depth in sorted(depths)[-2:])
        raise DataError(
            f"{folder} should hold its pictures either directly or in one subfolder for each label, but holds {shown}. "
            "Name the folder that is meant, or move the others away."
        )
    return sorted(names), bad


def reason(error: BaseException, path: Path) -> str:
    if isinstance(error, OSError) and not isinstance(error, GausscapeError):
        return f"could not be read ({error.strerror})"
    return str(error).removeprefix(f"{path} ")


def judge_bad(folder: Path, bad: dict[str, str], total: int, *, skip_bad: bool) -> None:
    """Stop with the names of the first bad files, or say how many are left out."""
    if not bad:
        return
    shown = "; ".join(f"{name} {why}" for name, why in sorted(bad.items())[:5])
    more = f"; and {len(bad) - 5:,} more" if len(bad) > 5 else ""
    if skip_bad and len(bad) <= MOST_SKIPPED * total:
        warnings.warn(f"{folder}: {len(bad):,} of {total:,} pictures were left out: {shown}{more}", stacklevel=5)
        return
    mend = (
        f"That is more than the {MOST_SKIPPED:.0%} that may be skipped; mend or remove them."
        if skip_bad
        else "Mend or remove them, or pass skip_bad=True (--skip-bad) to leave out up to 1 %."
    )
    raise DataError(f"{folder}: {len(bad):,} of {total:,} pictures cannot be used: {shown}{more}. {mend}")


def refuse_mixed_sizes(folder: Path, pictures: dict[str, np.ndarray]) -> None:
    sizes = Counter(pixels.shape[:2] for pixels in pictures.values())
    if len(sizes) < 2:
        return
    (usual, times), *_ = sizes.most_common(1)
    odd = next(name for name, pixels in pictures.items() if pixels.shape[:2] != usual)
    shape = pictures[odd].shape
    raise DataError(
        f"{folder}: all pictures should be of one size, but {times:,} are {usual[0]} x {usual[1]} pixels (height x "
        f"width) and {odd} is {shape[0]} x {shape[1]}. Pass resize={usual} (--resize {usual[0]}x{usual[1]}) to stretch "
        "them all to one."
    )


def stack(folder: Path, pictures: dict[str, np.ndarray]) -> np.ndarray:
    """One array; each picture is let go once it is copied."""
    grey = sum(pixels.ndim == 2 for pixels in pictures.values())
    height, width = next(iter(pictures.values())).shape[:2]
    if grey == len(pictures):
        stacked = np.empty((len(pictures), height, width), np.uint8)
    else:
        stacked = np.empty((len(pictures), height, width, 3), np.uint8)
        if grey:
            warnings.warn(
                f"{folder}: {grey:,} of {len(pictures):,} pictures are grey and were repeated in three channels.",
                stacklevel=5,
            )
    for row, name in enumerate(list(pictures)):
        pixels = pictures.pop(name)
        stacked[row] = pixels[..., np.newaxis] if pixels.ndim < stacked.ndim - 1 else pixels
    return stacked
