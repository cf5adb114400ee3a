"""Long tables become series: equal steps, stated resampling, and rows that are refused by their number."""

import numpy as np
import pandas as pd
import pytest

import gausscape as gs
from gausscape.datasets.resampling import Resampling
from gausscape.errors import ConfigurationError, DataError, SchemaError

READ = {"time_column": "time"}


def table(**columns):
    made = {"id": ["a"] * 4 + ["b"] * 4, "time": [0, 1, 2, 3] * 2, "x": np.arange(8.0), "y": -np.arange(8.0)}
    return pd.DataFrame(made | columns)


def load(frame, read=READ, **options):
    return gs.load_data(frame, id_column="id", read=read, **options)


def test_rows_become_series_in_the_order_of_their_ids():
    mixed = table().iloc[[4, 0, 5, 1, 2, 6, 3, 7]]
    items = load(mixed)
    assert items.modality == "sequences"
    assert items.ids.tolist() == ["b", "a"]
    assert items.values[1].tolist() == [[0, 0], [1, -1], [2, -2], [3, -3]]
    assert load(mixed, READ | {"value_columns": "y"}).values[0].tolist() == [-4, -5, -6, -7]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_and_dates_are_read_alike(tmp_path, ending):
    frame = table(time=list(pd.date_range("2024-03-01", periods=4, freq="h")) * 2)
    path = tmp_path / f"long{ending}"
    frame.to_csv(path, index=False) if ending == ".csv" else frame.to_parquet(path)
    items = load(path, READ | {"value_columns": ["x"]})
    assert [each.tolist() for each in items.values] == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_labels_are_those_of_the_series():
    assert load(table(kind=["p"] * 4 + ["q"] * 4), label_column="kind").labels.tolist() == ["p", "q"]
    with pytest.raises(DataError, match="series 'b' has 'q' in data row 5 and 'p' in data row 8"):
        load(table(kind=["p"] * 4 + ["q"] * 3 + ["p"]), label_column="kind")


def test_a_missing_value_stays_missing():
    x = np.arange(8.0)
    x[2] = np.nan
    assert np.isnan(load(table(x=x), READ | {"value_columns": "x"}).values[0][2])


def test_Q3_times_that_go_back_are_named_by_their_row():
    with pytest.raises(DataError, match="series 'b' goes back in time at data row 7"):
        load(table(time=[0, 1, 2, 3, 0, 2, 1, 3]))


def test_Q3_repeated_times_are_named_by_their_row():
    with pytest.raises(DataError, match="series 'a' repeats the time before it at data row 3"):
        load(table(time=[0, 1, 1, 2, 0, 1, 2, 3]))


@pytest.mark.parametrize("odd", [None, "never"])
def test_Q3_times_that_are_none_are_named_by_their_row(odd):
    stamps = [str(day.date()) for day in pd.date_range("2024-01-01", periods=4)] * 2
    with pytest.raises(DataError, match="data row 6"):
        load(table(time=[*stamps[:5], odd, *stamps[6:]]))
    with pytest.raises(DataError, match="data row 6"):
        load(table(time=[0, 1, 2, 3, 0, np.nan, 2, 3]))


def test_Q3_uneven_steps_are_named_or_resampled_by_a_stated_rule():
    frame = table(time=[0, 1, 2, 3, 0, 1, 2.5, 3], x=[0.0, 1, 2, 3, 0, 1, 2.5, 3])
    with pytest.raises(DataError, match=r"series 'b' has a step of 1.5 at data row 7 .* usual one is 1.*resample"):
        load(frame)
    read = READ | {"value_columns": "x"}
    assert load(frame, read | {"resample": "linear"}).values[1].tolist() == [0, 1, 2, 3]
    assert load(frame, read | {"resample": "linear:0.5"}).values[1].tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    np.testing.assert_array_equal(load(frame, read | {"resample": "mean:1"}).values[1], [0, 1, 2.5, 3])
    np.testing.assert_array_equal(
        load(frame, read | {"resample": "mean:0.5"}).values[0], [0, np.nan, 1, np.nan, 2, np.nan, 3]
    )


def test_steps_are_told_in_time():
    stamps = list(pd.to_datetime(["2024-01-01 00:00", "2024-01-01 00:20", "2024-01-01 01:10", "2024-01-01 02:00"])) * 2
    found = load(table(time=stamps), READ | {"value_columns": "x", "resample": "mean:1h"}).values[0]
    np.testing.assert_array_equal(found, [0.5, 2, 3])


def test_linear_interpolation_is_exact_on_lines_and_bridges_missing_values():
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0, 10, 50))
    values = np.stack([2 * times + 1, times], -1)
    values[7, 0] = np.nan
    (found,) = Resampling.read({"resample": "linear:0.25"}).apply(
        [times], [values], np.array(["s"]), [np.arange(50)], "t"
    )
    grid = times[0] + 0.25 * np.arange(len(found))
    np.testing.assert_allclose(found, np.stack([2 * grid + 1, grid], -1))


@pytest.mark.parametrize(
    "asked", ["cubic", "linear:", "linear:0", "mean:-1", "mean:1week", "linear:nan", "mean:1.2.3", 5]
)
def test_other_rules_are_refused(asked):
    if asked == "linear:":
        assert Resampling.read({"resample": asked}).step is None
        return
    with pytest.raises(ConfigurationError, match="resample"):
        Resampling.read({"resample": asked})


def test_what_is_lacking_is_named():
    with pytest.raises(ConfigurationError, match="id_column did not come"):
        gs.load_data(table(), read=READ)
    with pytest.raises(ConfigurationError, match="time_column did not come"):
        load(table(), {"value_columns": "x"})
    with pytest.raises(SchemaError, match="'z'"):
        load(table(), READ | {"value_columns": "z"})
    with pytest.raises(DataError, match="column 'x' has 'three' in data row 3"):
        load(table(x=["0", "1", "three", "3", "4", "5", "6", "7"]))
    with pytest.raises(DataError, match="missing in data row 2"):
        load(table(id=["a", None, "a", "a", *"bbbb"]))
    with pytest.raises(DataError, match="two rows"):
        load(table(id=list("abcdefgh")))


def test_a_grid_beyond_all_reason_is_refused():
    with pytest.raises(DataError, match="Choose a longer step"):
        load(table(), READ | {"value_columns": "x", "resample": "linear:0.0000001"})


def test_names_and_steps_of_the_table_go_along():
    import pandas as pd

    times = np.tile(np.arange(4) * 0.5 + 2, 3)
    frame = pd.DataFrame({"id": np.repeat(["a", "b", "c"], 4), "t": times, "x": 1.0, "y": 2.0})
    items = load(frame, {"time_column": "t", "value_columns": "y,x"})
    for values in (items.values, items.take([2, 0]).values):
        assert (values.channels, values.step, values.start) == (("y", "x"), 0.5, 2.0)
    items = load(frame, {"time_column": "t", "resample": "mean:1"})
    assert items.values.step == 1.0
