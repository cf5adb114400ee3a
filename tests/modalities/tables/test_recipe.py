"""Recipes of rows: what they show is what Python shows, also for values between two texts."""

import numpy as np
import pandas

from gausscape.modalities.tables.modality import TableModality
from gausscape.modalities.tables.recipe import _needed as needed
from gausscape.page.program.showing import show_cells


def test_a_column_measured_to_a_decimal_more_than_texts_have_is_told_alike():
    """Values such as -118.45 lie between two texts of four digits: single precision would tell half of them otherwise."""
    rng = np.random.default_rng(0)
    place = np.round(rng.choice(np.arange(-120, -117, 0.05), 800) + 0.0, 2)
    other = np.append(rng.normal(size=799), 0.123456789)
    place[0] += 1e-7  # so that no number of decimals is kept
    rows = pandas.DataFrame({"place": place, "other": other})
    modality = TableModality.infer(rows)
    _, targets = modality.present(modality.to_tensors(rows), None)
    cells = targets["cells"]
    shown, own = show_cells(modality.picture_recipe(), cells.numpy()), modality.pictures(modality.to_items(cells))
    differ = np.mean([dict(a.data)["place"] != dict(b.data)["place"] for a, b in zip(own, shown, strict=True)])
    assert differ < 0.005


def test_knots_that_are_kept_tell_all_others_within_their_tolerance():
    rng = np.random.default_rng(1)
    knots = np.unique(rng.normal(size=3000))
    for values in (
        np.sort(np.exp(2 * rng.normal(size=len(knots)))),
        np.round(np.sort(rng.normal(size=len(knots))) * 9),
        np.zeros(len(knots)),
        3 * knots,
        np.sort(rng.normal(size=len(knots))) * 1e38,
    ):
        for tolerance in (np.zeros(len(knots)), np.full(len(knots), 0.01) * np.maximum(np.abs(values), 1e-3)):
            kept = needed(knots, values, tolerance)
            assert kept[0] == 0
            assert kept[-1] == len(knots) - 1
            assert (np.diff(kept) > 0).all()
            line = np.interp(knots, knots[kept], values[kept])
            assert (np.abs(line - values) <= tolerance + 1e-15 * np.abs(values)).all()
    assert needed(knots, 3 * knots, np.full(len(knots), 1e-9)).tolist() == [0, len(knots) - 1]
