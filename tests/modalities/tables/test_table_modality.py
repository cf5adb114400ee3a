"""Tables as a kind of data: round trips, the rows T1-T20 of the fault matrix, networks and documents."""

import datetime
import decimal
import json
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gausscape as gs
from gausscape.configuration import Settings
from gausscape.errors import ConfigurationError, DamagedFileError, DataError, SchemaError, ShapeError
from gausscape.modalities.tables import MODALITY, PrecisionWarning, TableModality
from gausscape.modalities.tables.example import example_items


def saved(tables: TableModality) -> TableModality:
    return TableModality.from_document(json.loads(json.dumps(tables.document())))


def cells_of(tables, values):
    return tables.present(tables.to_tensors(values), None)[1]


def round_trip(values, **options):
    tables = saved(TableModality.infer(values, **options))
    return tables.to_items(cells_of(tables, values)["cells"])


def check_round_trip(frame: pd.DataFrame, *, rtol=1e-4, **options):
    back = round_trip(frame, **options)
    pd.testing.assert_frame_equal(back, frame.reset_index(drop=True), rtol=rtol, atol=0)


def numbers(n=40, seed=0):
    return np.random.default_rng(seed).normal(size=n)


# ---------------------------------------------------------------------------------------------------------------------
# Round trips.


def test_modality_is_exported():
    assert MODALITY is TableModality
    assert MODALITY.name == "tables"


def test_values_come_back_in_their_own_types():
    frame = example_items(200)
    back = round_trip(frame)
    pd.testing.assert_frame_equal(back, frame, rtol=1e-4)
    assert list(back.dtypes) == list(frame.dtypes)


def test_cells_items_cells_is_exact_where_observed():
    frame = example_items(300, seed=2)
    tables = TableModality.infer(frame)
    first = cells_of(tables, frame)
    second = cells_of(tables, tables.to_items(first["cells"]))
    assert torch.equal(first["observed"], second["observed"])
    assert float(((first["cells"] - second["cells"]) * first["observed"]).abs().max()) < 1e-5


PANDAS_COLUMNS = {
    "int8": pd.Series(np.arange(30) % 7, dtype="int8"),
    "uint64": pd.Series(np.arange(30), dtype="uint64"),
    "Int64 with NA": pd.Series([None, *range(29)], dtype="Int64"),
    "Int64[pyarrow]": pd.Series([None, *range(29)], dtype="int64[pyarrow]"),
    "float32": pd.Series(numbers(30), dtype="float32"),
    "Float64": pd.Series([None, *numbers(29)], dtype="Float64"),
    "bool": pd.Series([True, False, True] * 10),
    "boolean with NA": pd.Series([True, False, None] * 10, dtype="boolean"),
    "object booleans": pd.Series([True, False, None] * 10, dtype=object),
    "text": pd.Series(["a", "b", None] * 10),
    "object text": pd.Series(["a", "b", "c"] * 10, dtype=object),
    "string[python]": pd.Series(["a", None, "c"] * 10, dtype="string[python]"),
    "category": pd.Series(pd.Categorical(["lo", "hi", None] * 10, categories=["lo", "mid", "hi"], ordered=True)),
    "category of ints": pd.Series(pd.Categorical([3, 1, 2] * 10)),
    "durations": pd.Series(pd.to_timedelta([None, *range(29)], unit="min")),
    "durations in ms": pd.Series(pd.to_timedelta(np.arange(30) ** 2, unit="ms")).astype("timedelta64[ms]"),
    "time stamps": pd.Series(pd.date_range("2020-01-01", periods=30, freq="37h", unit="ns")),
    "time zone, NaT": pd.Series([pd.NaT, *pd.date_range("2020-03-20", periods=29, freq="D", tz="Europe/Berlin")]),
    "dates[pyarrow]": pd.Series(pd.date_range("2020-01-01", periods=30, unit="s")).astype("date32[day][pyarrow]"),
}


@pytest.mark.parametrize("kind", PANDAS_COLUMNS)
def test_T12_pandas_types_come_back(kind):
    frame = pd.DataFrame({"column": PANDAS_COLUMNS[kind], "other": numbers(30)})
    check_round_trip(frame)


def test_T12_polars_types_come_back():
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(3 * i) for i in range(29)]
    frame = pl.DataFrame(
        {
            "i": pl.Series([None, *range(29)], dtype=pl.UInt8),
            "f": pl.Series(numbers(30), dtype=pl.Float32),
            "b": [True, False, None] * 10,
            "s": ["a", "", "NA"] * 10,
            "c": pl.Series(["x", "y", None] * 10, dtype=pl.Categorical),
            "e": pl.Series(["x", "y", None] * 10, dtype=pl.Enum(["y", "x", "z"])),
            "d": pl.Series([None, *days]),
            "w": pl.Series([None, *range(29)]).cast(pl.Duration("ms")),
            "t": pl.Series([None, *days]).cast(pl.Datetime("ms")).dt.replace_time_zone("Asia/Tokyo"),
        }
    )
    back = round_trip(frame)
    assert back.schema == frame.schema
    assert back.drop("f").equals(frame.drop("f"))
    np.testing.assert_allclose(back["f"], frame["f"], rtol=1e-4)


def test_T12_pyarrow_types_come_back():
    table = pa.table(
        {
            "i": pa.array([None, *range(29)], pa.int16()),
            "s": pa.array(["a", None, "c"] * 10, pa.large_string()),
            "k": pa.array(["a", None, "c"] * 10).dictionary_encode(),
            "b": pa.array([True, False, None] * 10),
            "d": pa.array([datetime.date(2020, 1, 1) + datetime.timedelta(i) for i in range(30)]),
            "w": pa.array([None, *range(29)], pa.duration("s")),
            "t": pa.array(
                [datetime.datetime(9999, 1, 1) - datetime.timedelta(i) for i in range(30)], pa.timestamp("s", "UTC")
            ),
        }
    )
    back = round_trip(table)
    assert back.schema == table.schema
    assert back.to_pylist() == table.to_pylist()


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "bool"])
def test_arrays_come_back_as_arrays(dtype):
    array = (10 * np.random.default_rng(0).normal(size=(50, 3))).round().clip(0).astype(dtype)
    back = round_trip(array)
    assert isinstance(back, np.ndarray)
    assert back.dtype == array.dtype
    np.testing.assert_allclose(back.astype(float), array.astype(float), rtol=1e-4, atol=1e-5)


def test_accepts_two_dimensional_numbers_only():
    assert TableModality.accepts(np.zeros((3, 2)))
    assert TableModality.accepts(example_items(3))
    for other in (np.zeros((3, 2, 2)), np.zeros(3), np.array([["a"]]), [1, 2], "text", {"a": 1}, None):
        assert not TableModality.accepts(other)


def test_draws_are_legal_and_the_right_share_is_missing():
    frame = example_items(500)
    tables = TableModality.infer(frame)
    law = tables.likelihood()
    typical = law.initial_output(cells_of(tables, frame)["cells"]).expand(4000, -1)
    drawn = tables.to_items(law.sample(typical, torch.Generator().manual_seed(0)))
    assert list(drawn.dtypes) == list(frame.dtypes)
    assert set(drawn["city"].unique()) <= set(frame["city"].unique())
    assert drawn["items"].min() >= 0
    assert not drawn["amount"].isna().any()
    # 5 standard errors of 4,000 draws: false alarms below 1e-6.
    share = frame["rating"].isna().mean()
    assert abs(drawn["rating"].isna().mean() - share) < 5 * (share * (1 - share) / 4000) ** 0.5


def test_masked_presentation_hides_inputs_and_keeps_the_score():
    frame = example_items(2000)
    tables = TableModality.infer(frame)
    tensors = tables.to_tensors(frame)
    inputs, target = tables.present(tensors, torch.Generator().manual_seed(0))
    again, _ = tables.present(tensors, torch.Generator().manual_seed(0))
    plain, plain_target = tables.present(tensors, None)
    assert torch.equal(inputs["values"], again["values"])
    assert torch.equal(target["cells"], plain_target["cells"])
    assert torch.equal(target["observed"] > 0, plain_target["observed"] > 0)
    hidden = 1 - (inputs["mask"].sum() / plain["mask"].sum()).item()
    assert 0.09 < hidden < 0.16  # expected 1/2 of the rows times 1/4 of the cells
    assert (inputs["values"][:, 0][inputs["mask"][:, 0] == 0] == 0).all()


def test_date_keeps_its_day_of_the_week():
    frame = pd.DataFrame({"day": pd.bdate_range("2020-01-01", periods=400), "x": numbers(400)})
    tables = TableModality.infer(frame)
    cells = cells_of(tables, frame)["cells"]
    noisy = cells + 0.01 * torch.randn(cells.shape, generator=torch.Generator().manual_seed(0))
    back = tables.to_items(noisy)
    assert (back["day"].dt.day_of_week < 5).all()
    assert (back["day"] - frame["day"]).abs().max() < pd.Timedelta(days=30)


# ---------------------------------------------------------------------------------------------------------------------
# The fault matrix.


@pytest.mark.parametrize("rows", [0, 1, 2, 9])
def test_T1_T2_too_few_rows(rows):
    with pytest.raises(DataError, match=rf"{rows} rows in the table; need >= 10"):
        TableModality.infer(example_items(20).head(rows))


def test_T1_no_columns():
    with pytest.raises(DataError, match=r"0 columns in the table"):
        TableModality.infer(pd.DataFrame(index=range(20)))


def test_T2_small_tables_work():
    check_round_trip(example_items(10).drop(columns="rating"), rtol=1e-3)


def test_T3_all_rows_the_same():
    with pytest.raises(DataError, match=r"all 20 rows are the same in 2 columns"):
        TableModality.infer(pd.DataFrame({"a": [1] * 20, "b": ["x"] * 20}))


def test_T3_nearly_all_rows_the_same():
    check_round_trip(pd.DataFrame({"a": [1.5] * 198 + [2.5, 7.25], "b": ["x"] * 199 + ["y"]}))


@pytest.mark.parametrize("value", [3, -2.5, "same", True, pd.Timestamp("2020-01-01 10:00"), 2**60])
def test_T4_constant_is_kept_exactly(value):
    frame = pd.DataFrame({"c": [value] * 40, "x": numbers(40)})
    check_round_trip(frame)
    tables = TableModality.infer(frame)
    assert any("'c'" in note and "constant" in note for note in tables.notes)
    other = frame.assign(c=[value] * 39 + [type(value)(0) if not isinstance(value, pd.Timestamp) else pd.Timestamp(0)])
    with pytest.raises(SchemaError, match=r"row 39"):
        tables.to_tensors(other)


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, lambda f: pa.Table.from_pandas(f, preserve_index=False)])
def test_T5_empty_column(make):
    frame = make(pd.DataFrame({"x": numbers(20), "gone": pd.Series([np.nan] * 20)}))
    with pytest.raises(DataError, match=r"'gone' needs at least one value.*drop_empty=True"):
        TableModality.infer(frame)
    back = round_trip(frame, drop_empty=True)
    assert list(getattr(back, "column_names", getattr(back, "columns", None))) == ["x", "gone"]
    assert any("'gone'" in note for note in TableModality.infer(frame, drop_empty=True).notes)


def test_T6_missing_values_are_modelled():
    frame = example_items(300)
    tables = TableModality.infer(frame)
    back = tables.to_items(cells_of(tables, frame)["cells"])
    assert (back["rating"].isna() == frame["rating"].isna()).all()


def test_T6_new_pattern_of_missing_values_is_allowed():
    frame = example_items(100)
    tables = TableModality.infer(frame)
    frame.loc[3, "amount"] = np.nan
    frame.loc[4, "city"] = None
    holes = frame.astype({"items": float})
    holes.loc[5, "items"] = np.nan
    inputs, _ = tables.present(tables.to_tensors(holes), None)
    assert torch.isfinite(inputs["values"]).all()
    hidden = (1 - inputs["mask"][3:6]).sum(1).numpy() - frame["rating"][3:6].isna().to_numpy()
    assert hidden.tolist() == [1, 1, 1]
    assert (
        TableModality.infer(example_items(100)).to_tensors(frame.head(1).assign(rating=[None]))["values"].shape[0] == 1
    )


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_T7_infinite_is_refused_with_its_row(bad):
    frame = pd.DataFrame({"ok": numbers(20), "x": numbers(20)})
    tables = TableModality.infer(frame)
    frame.loc[7, "x"] = bad
    for attempt in (TableModality.infer, tables.to_tensors):
        with pytest.raises(DataError, match=r"'x' needs finite numbers.*row 7"):
            attempt(frame)


def test_T7_extreme_floats_beside_each_other():
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "huge": 1e308 * random.uniform(-1, 1, 40),
            "subnormal": 1e-320 * random.integers(1, 100, 40),
            "zero": np.where(random.random(40) < 0.5, -0.0, 1.5),
        }
    )
    tables = saved(TableModality.infer(frame))
    tensors = tables.to_tensors(frame)
    assert torch.isfinite(tensors["values"]).all()
    back = tables.to_items(tables.present(tensors, None)[1]["cells"])
    np.testing.assert_allclose(back["huge"] / 1e308, frame["huge"] / 1e308, rtol=1e-4)
    np.testing.assert_allclose(back["subnormal"] * 1e300, frame["subnormal"] * 1e300, rtol=0, atol=1e-22)
    np.testing.assert_allclose(back["zero"], frame["zero"], rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_infinity=False), min_size=10, max_size=40))
def test_T7_any_floats(values):
    frame = pd.DataFrame({"x": values, "other": np.arange(len(values)) / 3})
    if frame["x"].isna().all():
        return
    tables = saved(TableModality.infer(frame))
    target = cells_of(tables, frame)
    assert torch.isfinite(target["cells"]).all()
    back = tables.to_items(target["cells"])["x"].to_numpy()
    x = frame["x"].to_numpy()
    assert (np.isnan(back) == np.isnan(x)).all()
    seen = ~np.isnan(x)
    assert (np.abs(back[seen] / 2 - x[seen] / 2) <= 1e-4 * np.abs(x[seen]).max() + 1e-300).all()


def test_T8_big_integers_warn():
    frame = pd.DataFrame({"id": 2**60 + np.arange(40) * 7, "x": numbers(40)})
    with pytest.warns(PrecisionWarning, match=r"'id' has integers above 2\^53"):
        tables = TableModality.infer(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert tables.to_items(cells_of(tables, frame)["cells"])["id"].dtype == np.int64
        assert saved(TableModality.infer(frame, ignore=["id"])).to_tensors(frame)["values"].shape == (40, 1)


def test_T8_uint64_stays_in_range():
    frame = pd.DataFrame(
        {"big": np.array([2**64 - 1 - i * 2**58 for i in range(40)], dtype=np.uint64), "x": numbers(40)}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrecisionWarning)
        tables = TableModality.infer(frame)
        cells = cells_of(tables, frame)["cells"]
        back = tables.to_items(torch.cat([cells, torch.full_like(cells[:1], 29), torch.full_like(cells[:1], -29)]))
    assert back["big"].dtype == np.uint64
    np.testing.assert_allclose(back["big"][:40].astype(float), frame["big"].astype(float), rtol=1e-6)


def test_T8_identifiers_as_categories_are_exact():
    frame = pd.DataFrame({"id": 2**60 + np.arange(40) % 4, "x": numbers(40)})
    check_round_trip(frame, categorical=["id"])


def test_T9_unseen_category():
    frame = example_items(100)
    frame["city"] = frame["city"].astype(str)
    tables = TableModality.infer(frame)
    frame.loc[[4, 9], "city"] = "Lima"
    with pytest.raises(SchemaError, match=r"'city'.*'Lima' came in 2 rows, first at row 4"):
        tables.to_tensors(frame)
    frame.loc[1, "city"] = None
    with pytest.raises(SchemaError, match=r"first at row 4"):
        tables.to_tensors(frame)


def test_T10_level_cap():
    frame = pd.DataFrame({"who": [f"user{i}" for i in range(100_000)], "x": numbers(100_000)})
    with pytest.raises(
        DataError, match=r"'who' needs at most 1,000 levels, but has 100,000.*identifiers.*ignore=\['who'\]"
    ):
        TableModality.infer(frame)


def test_T10_text_that_looks_numeric():
    text = [f"{i / 4}" for i in range(3000)]
    text[488] = text[753] = " "
    frame = pd.DataFrame({"total": text, "x": numbers(3000)})
    with pytest.raises(
        DataError, match=r"looks numeric but for 2 rows \(' ' at row 488 .*numeric=\['total'\].*blank text as missing"
    ):
        TableModality.infer(frame)
    back = round_trip(frame, numeric=["total"])
    assert back["total"].dtype == frame["total"].dtype
    assert (back["total"][[488, 753]] == " ").all()
    given = pd.to_numeric(frame["total"], errors="coerce")
    np.testing.assert_allclose(pd.to_numeric(back["total"], errors="coerce"), given, atol=0.02, rtol=1e-4)
    with pytest.raises(DataError, match=r"row 2 .*holds 'n/a'"):
        TableModality.infer(frame.assign(total=["1", "2", "n/a"] * 1000), numeric=["total"])


def test_T10_empty_text_and_missing_and_NA_stay_distinct():
    frame = pl.DataFrame({"s": ["", None, "NA", "a"] * 10, "x": numbers(40)})
    assert round_trip(frame)["s"].to_list() == frame["s"].to_list()


def test_T10_level_seen_once_and_rare_levels_pooled():
    often = [f"city{i:02d}" for i in range(49)] * 50
    frame = pd.DataFrame({"city": [*often, "solo", "duo", "duo"], "x": numbers(len(often) + 3)})
    tables = TableModality.infer(frame)
    assert any("2 rare levels ('duo', 'solo') share one cell, (rare)" in note for note in tables.notes)
    assert tables.likelihood().cells == 49 + 1 + 1 + 1
    # A real row keeps its level, however rare.
    assert round_trip(frame)["city"].equals(frame["city"])
    few = pd.DataFrame({"city": ["a"] * 500 + ["b"] * 500 + ["once"], "x": numbers(1001)})
    assert round_trip(few)["city"].equals(few["city"])


@pytest.mark.parametrize("values", [[1, "1"], ["a", [1]], [None, 1.5, "x"], [True, 1, 0]])
def test_T11_mixed_types(values):
    column = pd.Series([*values, *([values[-1]] * 20)], dtype=object)
    with pytest.raises(DataError, match=r"'mixed' needs values of one type.* at row \d.* at row \d"):
        TableModality.infer(pd.DataFrame({"mixed": column, "x": numbers(len(column))}))


UNSUPPORTED = {
    "complex": pd.Series([1j, 2j] * 10),
    "bytes": pd.Series([b"a", b"b"] * 10),
    "decimal": pd.Series([decimal.Decimal(1), decimal.Decimal(2)] * 10),
    "periods": pd.Series(pd.period_range("2020", periods=20)),
    "lists": pd.Series([[1], [2]] * 10),
    "intervals": pd.Series(pd.cut(np.arange(20), 3)),
    "dates as objects": pd.Series([datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)] * 10),
}


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_T12_unsupported_types_in_pandas(kind):
    with pytest.raises(DataError, match=r"'odd' needs a supported type.*Supported: integers"):
        TableModality.infer(pd.DataFrame({"odd": UNSUPPORTED[kind], "x": numbers(20)}))


@pytest.mark.parametrize(
    "column",
    [pl.Series([[1]] * 20), pl.Series([{"a": 1}] * 20), pl.Series([b"a"] * 20), pl.Series([decimal.Decimal(1)] * 20)],
)
def test_T12_unsupported_types_in_polars(column):
    for frame in (
        pl.DataFrame({"odd": column, "x": numbers(20)}),
        pl.DataFrame({"odd": column, "x": numbers(20)}).to_arrow(),
    ):
        with pytest.raises(DataError, match=r"'odd' needs a supported type.*Supported: integers"):
            TableModality.infer(frame)


def test_T13_reordered_columns():
    frame = example_items(60)
    tables = TableModality.infer(frame)
    assert torch.equal(tables.to_tensors(frame)["values"], tables.to_tensors(frame[frame.columns[::-1]])["values"])


def test_T13_another_library():
    frame = example_items(60)
    tables = TableModality.infer(frame)
    expected = tables.to_tensors(frame)["values"]
    assert torch.equal(tables.to_tensors(pl.from_pandas(frame))["values"], expected)
    assert torch.equal(tables.to_tensors(pl.from_pandas(frame).to_arrow())["values"], expected)


def test_T13_missing_extra_double_and_changed():
    frame = example_items(60)
    tables = TableModality.infer(frame)
    with pytest.raises(SchemaError, match=r"'city' is missing"):
        tables.to_tensors(frame.drop(columns="city"))
    with pytest.raises(SchemaError, match=r"'more' was not in the fit"):
        tables.to_tensors(frame.assign(more=1))
    with pytest.raises(SchemaError, match=r"'City' was not in the fit"):
        tables.to_tensors(frame.rename(columns={"city": "City"}))
    double = pd.concat([frame, frame[["city"]]], axis=1)
    for attempt in (tables.to_tensors, TableModality.infer):
        with pytest.raises(SchemaError, match=r"'city' stands 2 times"):
            attempt(double)
    with pytest.raises(SchemaError, match=r"'amount' held numbers in the fit, but came with text"):
        tables.to_tensors(frame.assign(amount=frame["amount"].astype(str)))
    with pytest.raises(
        SchemaError, match=r"'items' held integers in the fit, but 60 values have a fraction, first .* at row 0"
    ):
        tables.to_tensors(frame.assign(items=frame["items"] + 0.5))
    with pytest.raises(SchemaError, match=r"fitted on 3 columns, but an array with 2"):
        TableModality.infer(numbers(60).reshape(20, 3)).to_tensors(numbers(40).reshape(20, 2))
    with pytest.raises(SchemaError, match=r"2-D array"):
        tables.to_tensors(numbers(60))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("frame", [False, True])
def test_T14_a_million_columns_are_refused_at_once(frame):
    wide = np.zeros((10, 1_000_000))
    values = pd.DataFrame(wide) if frame else wide
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(DataError, match=r"1,000,000 columns.*would need about .* GB"):
        TableModality.infer(values)
    elapsed, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert elapsed < 2
    assert peak < 500e6


def test_T14_too_many_cells_from_levels():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{i}": np.char.add("v", random.integers(0, 900, 40_000).astype(str)) for i in range(2)})
    assert TableModality.infer(frame.head(2000)).likelihood().cells < 20_000


def test_T19_scales_far_apart():
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"small": 1e-12 * random.normal(size=500), "large": 1e12 * random.normal(size=500)})
    back = round_trip(frame)
    for name in frame:
        spread = frame[name].std()
        assert float((back[name] - frame[name]).abs().max()) < 1e-5 * spread
    tables = TableModality.infer(frame)
    double = tables.columns[0].store(tables.library.read(frame, "small"))[0][:, 0]
    np.testing.assert_allclose(tables.to_tensors(frame)["values"][:, 0].numpy(), double, atol=1e-6)


def test_T20_row_order_changes_nothing():
    frame = example_items(300)
    order = np.random.default_rng(0).permutation(300)
    one, two = TableModality.infer(frame), TableModality.infer(frame.iloc[order])
    assert one.document() == two.document()
    assert torch.equal(one.to_tensors(frame)["values"][order], two.to_tensors(frame.iloc[order])["values"])


def test_N8_no_global_random_state():
    frame = example_items(100)
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    tables = TableModality.infer(frame)
    tables.present(tables.to_tensors(frame), torch.Generator().manual_seed(0))
    assert torch.equal(torch_state, torch.get_rng_state())
    assert (numpy_state == np.random.get_state()[1]).all()  # noqa: NPY002


def test_data_are_not_changed():
    frame = example_items(100)
    copy = frame.copy(deep=True)
    TableModality.infer(frame).to_tensors(frame)
    pd.testing.assert_frame_equal(frame, copy)


# ---------------------------------------------------------------------------------------------------------------------
# Options, networks, pictures, documents.


def test_options_are_checked():
    frame = example_items(60)
    for options, message in (
        ({"colums": []}, "'colums'"),
        ({"columns": ["nope"]}, "'nope'"),
        ({"columns": "city"}, "list of column names"),
        ({"columns": []}, "at least one column"),
        ({"columns": ["city"], "ignore": ["items"]}, "got both"),
        ({"drop_empty": "yes"}, "true or false"),
        ({"numeric": ["items"], "categorical": ["items"]}, "'items' is in both"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            TableModality.infer(frame, **options)


def test_ignored_columns_are_neither_needed_nor_refused():
    frame = example_items(60)
    tables = saved(TableModality.infer(frame, columns=["city", "amount"]))
    assert [column.name for column in tables.columns] == ["amount", "city"]
    assert torch.equal(tables.to_tensors(frame)["values"], tables.to_tensors(frame[["amount", "city"]])["values"])
    assert list(tables.to_items(cells_of(tables, frame)["cells"]).columns) == ["amount", "city"]


def test_column_names_need_to_be_plain():
    frame = pd.DataFrame({("a", 1): numbers(20), ("b", 2): numbers(20)})
    with pytest.raises(DataError, match=r"text or whole numbers"):
        TableModality.infer(frame)
    check_round_trip(pd.DataFrame(np.random.default_rng(0).normal(size=(30, 2))))


def test_networks_and_their_document():
    frame = example_items(60)
    tables = TableModality.infer(frame)
    tensors = tables.to_tensors(frame)
    net = tables.networks(3, size=60, tensors=tensors)
    again = saved(tables).networks(3, **json.loads(json.dumps(net.document)))
    again.load_state_dict(net.state_dict())
    inputs, target = tables.present(tensors, None)
    assert torch.equal(net.encode(inputs).mean, again.encode(inputs).mean)
    output = net.decoder(net.encode(inputs).mean)
    assert torch.isfinite(net.likelihood.log_likelihood(output, target["cells"], target["observed"])).all()
    assert [tables.networks(2, size=n).document["architecture"]["width"] for n in (100, 2000, 9000)] == [64, 96, 128]
    assert tables.networks(2, size=9, architecture={"width": 8, "blocks": 0}).document["architecture"]["width"] == 8
    for bad, message in (
        ({"depth": 3}, "'depth'"),
        (Settings({"depth": 3}, {"depth": 7}), "line 7"),
        (Settings({"width": -1}, {"width": 7}), "width .*line 7"),
        ({"blocks": True}, "blocks"),
        ("deep", "'deep'"),
        ({"own": True}, "takes width, blocks, coupled, but got 'own'"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            tables.networks(2, size=60, architecture=bad)


class OwnEncoder(torch.nn.Module):
    def __init__(self, inputs, latent):
        super().__init__()
        self.layer = torch.nn.Linear(inputs, latent)

    def forward(self, inputs):
        mean = self.layer(inputs["values"])
        return mean, torch.zeros_like(mean)


def test_own_networks():
    tables = TableModality.infer(example_items(60))
    tensors = tables.to_tensors(example_items(60))
    law = tables.likelihood()
    encoder, decoder = OwnEncoder(law.cells, 2), torch.nn.Linear(2, law.outputs)
    net = tables.networks(2, size=60, architecture=(encoder, decoder), tensors=tensors)
    assert net.document["architecture"] == {"own": ["OwnEncoder", "Linear"]}
    for pair, message in (
        ((encoder,), "pair of torch modules"),
        ((encoder, 3), "pair of torch modules"),
        ((OwnEncoder(law.cells, 3), decoder), "Mend its last layer"),
        ((OwnEncoder(3, 2), decoder), "it failed"),
        ((encoder, torch.nn.Linear(2, 4)), "gave"),
        ((encoder, torch.nn.Linear(5, 4)), "it failed"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            tables.networks(2, size=60, architecture=pair, tensors=tensors)


def test_a_space_with_own_networks_names_them_when_it_is_loaded_without(tmp_path):
    frame = example_items(60)
    law = TableModality.infer(frame).likelihood()
    pair = OwnEncoder(law.cells, 2), torch.nn.Linear(2, law.outputs)
    space = gs.fit(frame, latent=2, architecture=pair, schedule=gs.Schedule(steps=3))
    space.save(tmp_path / "space")
    with pytest.raises(ConfigurationError, match=r"own modules \(OwnEncoder, Linear\)"):
        gs.load(tmp_path / "space")
    assert np.array_equal(gs.load(tmp_path / "space", networks=pair).embed(frame).mean, space.embed(frame).mean)


def test_pictures_are_rows():
    frame = example_items(3)
    frame.loc[0, "rating"] = np.nan
    first = TableModality.infer(example_items(60)).pictures(frame)[0]
    assert first.kind == "rows"
    assert [name for name, _ in first.data] == list(frame.columns)
    shown = dict(first.data)
    assert shown["rating"] == "missing"
    assert shown["items"] == str(frame["items"][0])
    assert shown["ordered"] == str(frame["ordered"][0].date())


def test_shape_of_cells_is_checked():
    tables = TableModality.infer(example_items(60))
    with pytest.raises(ShapeError, match=r"needs cells of shape \(n, \d+\)"):
        tables.to_items(torch.zeros(3, 2))


def test_damaged_document():
    document = TableModality.infer(example_items(60)).document()
    for broken in ({}, document | {"columns": [{}]}, document | {"library": "excel"}, document | {"columns": 3}):
        with pytest.raises(DamagedFileError):
            TableModality.from_document(broken)


def test_suggested_latent():
    assert TableModality.infer(numbers(40).reshape(20, 2)).suggested_latent() == 2
    assert TableModality.infer(np.random.default_rng(0).normal(size=(20, 50))).suggested_latent() == 16


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_of_generated_rows_are_read_back(tmp_path, ending):
    frame = example_items(60).drop(columns="ordered")
    tables = TableModality.infer(frame)
    told = {name: np.linspace(0, 1, 60) for name in ("exceedance", "lower", "upper")}
    told |= {"id": np.arange(60).astype(str), "support": np.full(60, "DENSE"), "nearest": np.arange(60).astype(str)}
    path = tmp_path / f"rows{ending}"
    path.write_bytes(tables.to_file(frame, told, ending))
    back = pd.read_csv(path) if ending == ".csv" else pd.read_parquet(path)
    assert set(back) - set(frame) == {f"_{name}" for name in told}
    assert torch.equal(tables.to_tensors(back)["values"], tables.to_tensors(frame)["values"])
    with pytest.raises(SchemaError, match="'_other' was not in the fit"):
        tables.to_tensors(back.assign(_other=1))
    # A column of that name in the fit is a column like any other.
    own = frame.assign(_lower=np.arange(60) / 7)
    fitted = TableModality.infer(own, identifiers="keep")
    with pytest.raises(SchemaError, match="'_lower' is missing"):
        fitted.to_tensors(frame)
    path.write_bytes(fitted.to_file(own, told, ending))
    again = pd.read_csv(path) if ending == ".csv" else pd.read_parquet(path)
    np.testing.assert_allclose(again["_lower"], own["_lower"])
