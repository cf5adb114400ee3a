"""Recipes of rows: what they show is what Python shows, also for values between two texts."""

import numpy as np
import pandas

from gausscape.modalities.tables.modality import TableModality
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
