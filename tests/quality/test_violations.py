"""Breaks of constraints are counted in objects as they are written, not in what cells give back."""

import numpy as np

from gausscape.modalities.tables import TableModality
from gausscape.modalities.tables.example import example_items
from gausscape.quality.violations import measure_violations


def test_rows_are_counted_as_they_came():
    frame = example_items(120)
    limit = float(frame["amount"].sort_values().iloc[60])
    tables = TableModality.infer(frame).constrained([f"amount <= {limit!r}", "items >= 0"])
    first, second = measure_violations(tables, frame, frame[frame["amount"] <= limit])
    assert first.real == np.mean(frame["amount"] > limit)
    assert first.generated == second.generated == second.real == 0


def test_without_constraints_there_is_nothing_to_break():
    frame = example_items(40)
    assert measure_violations(TableModality.infer(frame), frame, frame) == ()
