"""The 8x8 handwritten digits that scikit-learn ships."""

__all__ = ["ENTRIES"]

from pathlib import Path

import numpy as np

from gausscape.datasets.entry import Entry
from gausscape.items import Items


def read(split: str | None, data_dir: Path | None) -> Items:
    """The grey levels 0..16 become uint8 0..255, rounded, so that white is white as in every other picture."""
    from sklearn.datasets import load_digits

    grey, labels = load_digits(return_X_y=True)
    images = np.rint(np.asarray(grey).reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return Items(images, np.arange(len(images)).astype(str), np.asarray(labels), name="digits", modality="images")


ENTRIES = (
    Entry(
        name="digits",
        kind="images",
        objects=1797,
        summary="Handwritten digits, 8x8 grey pixels; labels 0-9. The smallest set, for a first try.",
        licence="CC BY 4.0 (UCI)",
        source="Optical Recognition of Handwritten Digits (UCI, Alpaydin and Kaynak 1998), test part, in scikit-learn",
        bundled=True,
        read=read,
    ),
)
