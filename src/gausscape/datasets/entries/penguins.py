"""The Palmer penguins: a small table of numbers, categories and missing cells."""

__all__ = ["ENTRIES"]

from pathlib import Path

import numpy as np

from gausscape.datasets.entry import Entry
from gausscape.errors import MissingExtraError
from gausscape.items import Items


def read(split: str | None, data_dir: Path | None) -> Items:
    """A pandas frame of seven columns; the species is the label and no column."""
    try:
        from palmerpenguins import load_penguins
    except ImportError as error:
        raise MissingExtraError(
            "The data set 'penguins' comes with the package palmerpenguins, which is not installed. "
            "Run: pip install palmerpenguins"
        ) from error
    frame = load_penguins()
    labels = frame["species"].to_numpy(dtype=str)
    ids = np.arange(len(frame)).astype(str)
    return Items(frame.drop(columns="species"), ids, labels, name="penguins", modality="tables")


ENTRIES = (
    Entry(
        name="penguins",
        kind="tables",
        objects=344,
        summary="Penguins of three species: four measures, island, sex and year, some missing; labels: species.",
        licence="CC0 1.0",
        source="Palmer Station LTER (Gorman, Williams, Fraser 2014; Horst, Hill, Gorman 2020), in palmerpenguins",
        bundled=True,
        read=read,
    ),
)
