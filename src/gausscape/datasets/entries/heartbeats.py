"""Heartbeats that are made when they are asked for: 2,000 beats, four of five normal."""

__all__ = ["ENTRIES"]

from pathlib import Path

import numpy as np

from gausscape.datasets.entry import Entry
from gausscape.items import Items

BEATS, SEED = 2_000, 2000


def read(split: str | None, data_dir: Path | None) -> Items:
    """Voltages float32 (2000, 140), the normal ones first; labels are the kinds."""
    from gausscape.datasets.heartbeat_twin import draw_heartbeats

    voltages, kinds = draw_heartbeats(BEATS, SEED)
    return Items(voltages, np.arange(BEATS).astype(str), kinds, name="heartbeats", modality="sequences")


ENTRIES = (
    Entry(
        name="heartbeats",
        kind="sequences",
        objects=BEATS,
        summary="Made-up heartbeats of 140 steps; labels: normal or one of three kinds that are not. No download.",
        licence="Apache-2.0, as gausscape",
        source="Generated from a seed after McSharry et al. 2003, A dynamical model for generating ECG signals",
        bundled=True,
        read=read,
    ),
)
