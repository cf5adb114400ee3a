"""Items keep values, ids and labels together, and refuse what does not belong together."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gausscape.errors import DataError, GausscapeError, ShapeError
from gausscape.items import Items, take

ROWS = [3, 0, 3, 1]


def as_list(values):
    if isinstance(values, pd.DataFrame | pl.DataFrame | pa.Table):
        column = values["a"]
        return column.to_pylist() if isinstance(column, pa.ChunkedArray) else column.to_list()
    return [int(value) for value in values]


@pytest.mark.parametrize(
    "values",
    [
        np.arange(4),
        [0, 1, 2, 3],
        pd.DataFrame({"a": [0, 1, 2, 3]}, index=[9, 8, 7, 6]),
        pl.DataFrame({"a": [0, 1, 2, 3]}),
        pa.table({"a": [0, 1, 2, 3]}),
    ],
    ids=["array", "list", "pandas", "polars", "arrow"],
)
def test_rows_are_taken_in_order_and_stay_of_their_type(values):
    taken = take(values, np.array(ROWS))
    assert type(taken) is type(values)
    assert as_list(taken) == ROWS
    items = Items.of(values, labels=np.array(list("wxyz"))).take([2, 1])
    assert as_list(items.values) == [2, 1]
    assert items.ids.tolist() == ["2", "1"]
    assert items.labels.tolist() == ["y", "x"]


def test_taking_keeps_name_and_kind_and_leaves_the_original():
    values = np.arange(6.0).reshape(3, 2)
    items = Items(values, np.array(["a", "b", "c"]), name="three", modality="tables")
    some = items.take(np.array([1]))
    some.values[:] = -1
    assert (some.name, some.modality, len(some)) == ("three", "tables", 1)
    assert values.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_taking_nothing_gives_nothing():
    assert len(Items.of(np.zeros((3, 2))).take([])) == 0


def test_items_pass_through_of_unchanged():
    items = Items.of([1, 2])
    assert Items.of(items, name="other") is items


@pytest.mark.parametrize(("ids", "labels", "what"), [(["a"], None, "ids"), (["a", "b"], [1, 2, 3], "labels")])
def test_a_wrong_number_of_ids_or_labels_is_refused(ids, labels, what):
    with pytest.raises(ShapeError, match=rf"2 objects need 2 {what}"):
        Items([1, 2], np.array(ids), None if labels is None else np.array(labels))


def test_repeated_ids_are_refused_with_the_commonest_named():
    with pytest.raises(DataError, match=r"'b' stands 3 times"):
        Items(list(range(5)), np.array(["a", "b", "a", "b", "b"]))


@pytest.mark.parametrize("data", [3, None, (value for value in range(3))])
def test_data_without_a_length_are_refused(data):
    with pytest.raises(GausscapeError, match="need a length"):
        Items.of(data)
