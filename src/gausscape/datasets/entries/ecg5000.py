"""ECG5000 of the UCR archive: 5,000 heartbeats of 140 steps, from a folder of the user's."""

__all__ = ["ENTRIES"]

import os
import warnings
from pathlib import Path

import numpy as np

from gausscape.datasets.entry import Entry
from gausscape.errors import DataError, MissingFileError
from gausscape.items import Items

COUNTS = {"train": 500, "test": 4_500}
STEPS, CLASSES = 140, 5
ENDINGS = (".tsv", ".txt", ".ts", ".npy")


def read(split: str | None, data_dir: Path | None) -> Items:
    """Voltages float32 (n, 140) of one split, and its classes 1 (normal) to 5.

    The file ECG5000_TRAIN or ECG5000_TEST is taken as .tsv, .txt, .ts, or .npy with the class in its first column;
    from `data_dir`, or from the folder that GAUSSCAPE_DATA_DIR names, or their subfolder ecg5000. Nothing is
    downloaded.

    Raises:
        MissingFileError: If it is not there.
        DataError: If it holds anything else.
    """
    part = split or "train"
    path = locate(part, data_dir)
    series, labels = series_and_labels(path)
    if series.shape[1] != STEPS or not np.isin(labels, np.arange(1, CLASSES + 1)).all():
        raise DataError(
            f"{path} should hold beats of {STEPS} steps with classes 1 to {CLASSES}, but holds {series.shape[1]} steps and classes "
            f"{labels.min()} to {labels.max()}. Use the published file, or load it under its own path."
        )
    if len(series) != COUNTS[part]:
        warnings.warn(
            f"{path} should hold {COUNTS[part]:,} beats, but holds {len(series):,}. It is used as it is.", stacklevel=5
        )
    ids = np.char.add(f"{part}-", np.arange(len(series)).astype(str))
    return Items(
        series.astype(np.float32), ids, labels.astype(np.int64), name=f"ecg5000 ({part})", modality="sequences"
    )


def locate(part: str, data_dir: Path | None) -> Path:
    named = os.environ.get("GAUSSCAPE_DATA_DIR")
    folder = data_dir or (Path(named).expanduser() if named else None)
    stem = f"ECG5000_{part.upper()}"
    places = [] if folder is None else [folder / "ecg5000", folder]
    for path in (place / f"{stem}{ending}" for place in places for ending in ENDINGS):
        if path.is_file():
            return path
    where = "a folder given by data_dir or GAUSSCAPE_DATA_DIR" if folder is None else str(folder)
    raise MissingFileError(
        f"{stem} ({', '.join(ENDINGS)}) was needed in {where}, or in its subfolder ecg5000, but is not there. "
        "Fetch ECG5000 from timeseriesclassification.com, or take the bundled 'heartbeats'."
    )


def series_and_labels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    from gausscape.datasets.file_state import whole_bytes
    from gausscape.datasets.readers import arrays, series_ts
    from gausscape.datasets.ucr_text import parse_ucr

    if path.suffix == ".npy":
        table = np.asarray(arrays.read(path).values, dtype=np.float64)
        if table.ndim != 2:
            raise DataError(
                f"{path} should hold a table with the class first, but has shape {table.shape}. Use another copy."
            )
        return table[:, 1:], np.rint(table[:, 0])
    if path.suffix == ".ts":
        items = series_ts.read(path)
        series, labels = list(items.values), np.asarray(items.labels, dtype=np.float64)
    else:
        series, labels = parse_ucr(whole_bytes(path), str(path))
    if len({len(each) for each in series}) != 1:
        raise DataError(f"{path} should hold beats of one length, but they differ. Use the published file.")
    return np.stack(series), np.rint(labels)


ENTRIES = (
    Entry(
        name="ecg5000",
        kind="sequences",
        objects=5_000,
        summary="Heartbeats of one patient, 140 steps; labels 1 (normal) to 5; 500 train, 4,500 test. Bring the files: --data-dir.",
        licence="UCR archive: free with citation",
        source="Goldberger et al. 2000 (BIDMC chf07), prepared by Chen, Hao et al. 2015; UCR archive (Dau et al. 2018)",
        bundled=False,
        splits=("train", "test"),
        read=read,
    ),
)
