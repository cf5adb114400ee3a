"""Counts, orders, dates with hours, durations, rare and unseen levels: what is generated, and what comes back."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import torch

import gausscape as gs
from gausscape.errors import ConfigurationError, DataError, SchemaError
from gausscape.modalities.tables import TableModality
from gausscape.modalities.tables.checks import UnseenLevelWarning, parse_numbers
from gausscape.modalities.tables.constraints import Constraints
from gausscape.modalities.tables.frames import Column, Family, FrameLibrary, Pandas

SIGMAS = 5.1  # two-sided false alarms of 3e-7


def saved(tables):
    return TableModality.from_document(json.loads(json.dumps(tables.document())))


def cells_of(tables, values):
    return tables.present(tables.to_tensors(values), None)[1]["cells"]


def drawn(tables, frame, n, seed=0):
    """Rows drawn from the law that a decoder without any code would have: scores as normal as the columns' own."""
    law = tables.likelihood()
    output = law.initial_output(cells_of(tables, frame)).expand(n, -1)
    return tables.to_items(law.sample(output, torch.Generator().manual_seed(seed)))


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


# --- counts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [0.0, 0.4])
def test_counts_are_whole_non_negative_and_reach_beyond_the_largest_seen(zeros):
    rng = np.random.default_rng(0)
    counts = rng.negative_binomial(1.2, 0.12, size=2000) * (rng.random(2000) >= zeros)
    frame = pd.DataFrame({"visits": counts, "x": normal(2000)})
    tables = saved(TableModality.infer(frame))
    # A perfect decoder: the score of a row is standard normal, over 20,000 rows.
    rows = drawn(tables, frame, 20_000)["visits"]
    assert rows.dtype == frame["visits"].dtype
    assert rows.min() >= 0
    assert rows.max() > counts.max()
    share = (counts == 0).mean()
    assert abs((rows == 0).mean() - share) < SIGMAS * (share * (1 - share) * (1 / 2000 + 1 / 20_000)) ** 0.5 + 0.02
    # Far out in a code the expected count goes on, and never below zero.
    cells = cells_of(tables, frame)[:2].clone()
    cells[:, :] = torch.where(cells.abs() >= 0, torch.tensor([[9.0], [-9.0]]), cells)
    far = tables.to_items(cells)["visits"]
    assert far.min() >= 0


def test_counts_without_a_zero_atom_never_fall_below_zero():
    frame = pd.DataFrame({"n": np.random.default_rng(1).poisson(4, size=500), "x": normal(500)})
    tables = TableModality.infer(frame)
    cells = cells_of(tables, frame)[:1].repeat(3, 1)
    cells[:, :] = torch.tensor([[-30.0], [-8.0], [30.0]])
    back = tables.to_items(cells)["n"]
    assert back.tolist()[:2] == [0, 0]
    assert back[2] > frame["n"].max()


# --- orders ---------------------------------------------------------------------------------------------------------

SIZES = ["small", "medium", "large", "huge"]


def sized(n=400):
    size = normal(n)
    text = np.array(SIZES)[np.digitize(size + 0.3 * normal(n, 1), [-0.5, 0.7, 1.6])]
    return pd.DataFrame({"size": text, "x": size})


def test_a_stated_order_is_one_cell_and_comes_back():
    frame = sized()
    tables = saved(TableModality.infer(frame, ordinal={"size": SIZES}))
    assert tables.likelihood().cells == 2
    pd.testing.assert_frame_equal(tables.to_items(cells_of(tables, frame))[["size"]], frame[["size"]])
    cells = cells_of(tables, frame)
    told = tables.features(cells)
    assert told.names[0] == "size (small = 1 to huge = 4)"
    place = frame["size"].map(SIZES.index).to_numpy() + 1
    np.testing.assert_allclose(told.values[:, 0], place, atol=1e-4)
    scores = cells[:, tables.parts()[1] == 0][:, 0].numpy()
    assert np.corrcoef(scores, frame["x"])[0, 1] > 0.8


def test_an_ordered_categorical_needs_no_option_and_its_shares_are_kept():
    frame = sized(2000)
    frame["size"] = pd.Categorical(frame["size"], categories=["tiny", *SIZES], ordered=True)
    tables = TableModality.infer(frame)
    assert tables.columns[0].kind.name == "ordinal"
    rows = drawn(tables, frame, 4000)
    assert rows["size"].dtype == frame["size"].dtype
    for level in SIZES:
        share = (frame["size"] == level).mean()
        assert abs((rows["size"] == level).mean() - share) < SIGMAS * (share * (1 - share) * (1 / 2000 + 1 / 4000)) ** 0.5 + 0.01
    assert TableModality.infer(frame, categorical=["size"]).columns[0].kind.name == "categorical"


def test_constraints_know_the_order():
    frame = sized()
    tables = TableModality.infer(frame, ordinal={"size": SIZES})
    constraints = Constraints.of(["size <= medium"], tables.columns)
    assert int(constraints.broken(frame)["size <= 'medium'"].sum()) == int(frame["size"].isin(["large", "huge"]).sum())
    mended = constraints.mend(frame)["size"]
    assert (mended[frame["size"].isin(["large", "huge"])] == "medium").all()


def test_wrong_orders_are_refused():
    frame = sized()
    for wrong, message in (
        ({"sise": SIZES}, "'sise'"),
        ({"size": "small"}, "two or more distinct levels"),
        ({"size": ["small", "small"]}, "two or more distinct levels"),
        (["size"], "levels in order"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            TableModality.infer(frame, ordinal=wrong)
    with pytest.raises(DataError, match=r"'huge' stands at row \d+"):
        TableModality.infer(frame, ordinal={"size": SIZES[:3]})
    with pytest.raises(ConfigurationError, match="both of two"):
        TableModality.infer(frame, ordinal={"size": SIZES}, categorical=["size"])


# --- dates ----------------------------------------------------------------------------------------------------------


def logins(n=1500):
    """Time stamps on working days from 8 to 17, mostly at 9."""
    rng = np.random.default_rng(3)
    day = pd.bdate_range("2021-03-01", periods=260)[rng.integers(0, 260, n)]
    hour = np.where(rng.random(n) < 0.6, 9, rng.integers(8, 18, n))
    return pd.DataFrame({"at": day + pd.to_timedelta(hour * 3600 + rng.integers(0, 3600, n), unit="s"), "x": rng.normal(size=n)})


def test_time_stamps_come_back_to_the_second():
    frame = logins()
    tables = saved(TableModality.infer(frame))
    pd.testing.assert_series_equal(tables.to_items(cells_of(tables, frame))["at"], frame["at"])
    half_past = frame.assign(at=frame["at"].dt.floor("h") + pd.Timedelta(minutes=30))
    tables = saved(TableModality.infer(half_past))
    pd.testing.assert_series_equal(tables.to_items(cells_of(tables, half_past))["at"], half_past["at"])


def test_generated_time_stamps_keep_weekdays_and_hours():
    frame = logins()
    rows = drawn(TableModality.infer(frame), frame, 5000)["at"]
    assert (rows.dt.day_of_week < 5).mean() > 0.97  # the initial output leaves each absent level a thousandth
    hours = rows.dt.hour
    assert hours.between(8, 17).mean() > 0.95
    share = (frame["at"].dt.hour == 9).mean()
    assert abs((hours == 9).mean() - share) < SIGMAS * (share * (1 - share) * (1 / 1500 + 1 / 5000)) ** 0.5 + 0.02
    # Minutes are spread over the hour: no quarter has more than its share.
    quarters = np.bincount(rows.dt.minute // 15, minlength=4) / 5000
    assert np.abs(quarters - 0.25).max() < SIGMAS * (0.25 * 0.75 * (1 / 1500 + 1 / 5000)) ** 0.5 + 0.01


def test_a_few_days_keep_the_elapsed_time_alone():
    at = pd.Timestamp("2024-05-01 10:00") + pd.to_timedelta(np.random.default_rng(0).uniform(0, 2 * 86400, 200).round(), unit="s")
    frame = pd.DataFrame({"at": at, "x": normal(200)})
    tables = TableModality.infer(frame)
    assert not tables.columns[0].kind.hour
    assert (tables.to_items(cells_of(tables, frame))["at"] - frame["at"]).abs().max() <= pd.Timedelta(seconds=1)


# --- durations ------------------------------------------------------------------------------------------------------


def test_durations_have_tails_and_stay_positive():
    wait = pd.to_timedelta(np.random.default_rng(0).exponential(300, 1000).round() + 1, unit="s")
    frame = pd.DataFrame({"wait": wait, "x": normal(1000)})
    tables = saved(TableModality.infer(frame))
    rows = drawn(tables, frame, 5000)["wait"]
    assert rows.dtype == frame["wait"].dtype
    assert rows.min() >= pd.Timedelta(0)
    assert rows.max() > wait.max()
    assert (rows.dt.microseconds == 0).all()
    assert tables.features(cells_of(tables, frame)).names[0] == "wait (seconds)"
    constraints = Constraints.of(["wait <= 600"], tables.columns)
    assert constraints.mend(frame)["wait"].max() == pd.Timedelta(minutes=10)
    assert tables.columns_of(frame)["wait"].max() == wait.max().total_seconds()


# --- rare and unseen levels -----------------------------------------------------------------------------------------


def towns(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    share = np.array([0.5, 0.3, 0.19, 0.004, 0.003, 0.002, 0.001])
    return pd.DataFrame({"town": rng.choice(["Wien", "Graz", "Linz", "d", "a", "c", "b"], n, p=share), "x": rng.normal(size=n)})


def test_rare_levels_come_back_and_are_drawn_as_often_as_they_came():
    frame = towns()
    tables = saved(TableModality.infer(frame))
    assert tables.columns[0].kind.rare == ("a", "b", "c", "d")
    assert tables.to_items(cells_of(tables, frame))["town"].equals(frame["town"])
    rows = drawn(tables, frame, 60_000)["town"]
    for level in "abcd":
        share = (frame["town"] == level).mean()
        given = (rows == level).sum() / rows.isin(list("abcd")).sum()
        asked = share / frame["town"].isin(list("abcd")).mean()
        assert abs(given - asked) < SIGMAS * (asked * (1 - asked) / (60_000 * 0.01)) ** 0.5 + 0.1
    features = tables.features(cells_of(tables, frame))
    assert "town = (rare)" in features.names


def test_the_share_of_rare_levels_is_an_option():
    frame = towns()
    assert TableModality.infer(frame, rare=0).columns[0].kind.rare == ()
    assert len(TableModality.infer(frame, rare={"town": 0.25}).columns[0].kind.rare) == 5
    for wrong in (-0.1, 0.5, "many", True):
        with pytest.raises(ConfigurationError, match="Option rare"):
            TableModality.infer(frame, rare=wrong)
    with pytest.raises(ConfigurationError, match="'city'"):
        TableModality.infer(frame, rare={"city": 0.1})
    # In small tables a level of one or two rows is rare, whatever its share.
    small = pd.DataFrame({"town": ["Wien"] * 20 + ["Graz"] * 10 + ["a", "b", "b"], "x": normal(33)})
    assert TableModality.infer(small).columns[0].kind.rare == ("a", "b")


def test_T9_unseen_levels_are_an_error_or_rare_ones_with_their_count():
    frame = towns()
    new = frame.head(50).copy()
    new.loc[[4, 9], "town"] = ["Lima", "Quito"]
    with pytest.raises(SchemaError, match=r"'town'.*'Lima' came in 1 rows, first at row 4 .*1 other unseen"):
        TableModality.infer(frame).to_tensors(new)
    tables = saved(TableModality.infer(frame, unseen="rare"))
    with pytest.warns(UnseenLevelWarning, match=r"2 rows hold 2 levels .*'Lima', 'Quito'.* first at row 4 .*taken as \(rare\)"):
        tensors = tables.to_tensors(new)
    cells, observed = tables.present(tensors, None)[1].values()
    rare = tables.parts()[1] == 0
    assert tables.features(cells).values[4, list(tables.features(cells).names).index("town = (rare)")] == 1
    assert observed[4][rare].tolist()[-1] == 0 or observed[4][rare].tolist()[0] == 0  # which rare one is not known
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables.to_tensors(frame)


def test_T9_unseen_levels_without_rare_ones_count_as_missing():
    frame = pd.DataFrame({"town": ["Wien", "Graz", "Linz"] * 30, "yes": ["y", "n"] * 45, "x": normal(90)})
    tables = TableModality.infer(frame, unseen="rare")
    new = frame.head(10).copy()
    new.loc[3, ["town", "yes"]] = ["Lima", "perhaps"]
    with pytest.warns(UnseenLevelWarning, match="count as missing"):
        observed = tables.to_tensors(new)["observed"]
    assert observed[3].sum() == 1
    assert observed.sum() == 30 - 2
    with pytest.raises(ConfigurationError, match="unseen"):
        TableModality.infer(frame, unseen="ignore")


def test_T9_a_space_scores_rows_with_unseen_levels():
    frame = towns(600)
    space = gs.fit(frame, latent=1, method="pca", modality={"name": "tables", "unseen": "rare"})
    new = frame.head(20).assign(town=["Lima", *frame["town"][1:20]])
    with pytest.warns(UnseenLevelWarning, match="1 rows hold 1 levels"):
        assert np.isfinite(space.exceedance(new).probability).all()


def test_old_documents_with_pooled_levels_are_read():
    frame = towns()
    document = json.loads(json.dumps(TableModality.infer(frame).document()))
    kind = document["columns"][0]["kind"]
    document["columns"][0]["kind"] = {"kind": "categorical", "levels": kind["levels"], "pooled": ["d", "a", "c", "b"]}
    tables = TableModality.from_document(document)
    back = tables.to_items(cells_of(tables, frame))["town"]
    assert set(back[frame["town"].isin(list("abcd"))]) == {"d"}


# --- decimals, and numbers in text that come as numbers ---------------------------------------------------------------


@pytest.mark.parametrize(("decimals", "dtype"), [(1, "float64"), (2, "float64"), (2, "float32"), (4, "float64")])
def test_generated_numbers_have_no_more_decimals_than_the_data(decimals, dtype):
    values = np.round(np.exp(normal(900) / 2) + 3 * 10.0**-decimals, decimals).astype(dtype)
    frame = pd.DataFrame({"price": values, "free": normal(900, 1)})
    tables = saved(TableModality.infer(frame))
    rows = drawn(tables, frame, 2000)
    assert (rows["price"] == rows["price"].astype(float).round(decimals).astype(dtype)).all()
    assert (rows["price"] > 0).all()  # not even rounding brings a column that keeps its sign to zero
    assert rows["price"].nunique() > 30
    assert (rows["free"] != rows["free"].round(6)).any()
    np.testing.assert_array_equal(tables.to_items(cells_of(tables, frame))["price"], frame["price"])


def test_numbers_in_text_may_come_as_numbers_later():
    text = [f"{value:.2f}" if value > 0.3 else " " for value in np.random.default_rng(0).gamma(2, 9, 300)]
    frame = pd.DataFrame({"total": text, "x": normal(300)})
    tables = saved(TableModality.infer(frame, numeric=["total"], constraints=["total <= 60"]))
    numbers = frame.assign(total=pd.to_numeric(frame["total"], errors="coerce"))
    one, two = tables.to_tensors(frame), tables.to_tensors(numbers)
    for name in one:
        assert torch.equal(one[name], two[name])
    whole = frame[frame["total"] != " "].assign(total=lambda rows: rows["total"].astype(float).round().astype(int))
    assert tables.to_tensors(whole)["observed"].all()
    assert (tables.columns_of(whole)["total"] == whole["total"]).all()
    filled = tables.filled(numbers, cells_of(tables, frame))
    assert filled["total"].dtype == float
    assert filled["total"].notna().all()
    known = numbers["total"].notna()
    assert (filled["total"][known] == numbers["total"][known]).all()
    gappy = whole.assign(total=whole["total"].astype("Int64").mask(np.arange(len(whole)) < 5))
    assert tables.filled(gappy, cells_of(tables, gappy))["total"].dtype == "Int64"
    with pytest.raises(SchemaError, match="true/false"):
        tables.to_tensors(frame.assign(total=True))


def test_the_short_way_to_read_pandas_reads_what_the_long_way_does():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "text": pd.Series(rng.choice(["a", "b"], 40)).mask(rng.random(40) < 0.2),
        "string": pd.Series(rng.choice(["a", "b"], 40), dtype="string"),
        "none": pd.Series([None] * 40, dtype="string"),
        "single": rng.normal(size=40).astype("float32"),
        "gaps": np.where(rng.random(40) < 0.2, np.nan, 1.5),
        "empty": np.full(40, np.nan),
        "small": rng.integers(-9, 9, 40).astype("int8"),
        "unsigned": rng.integers(0, 9, 40).astype("uint64"),
        "flag": rng.random(40) < 0.5,
    })  # fmt: skip
    for name in frame:
        short, long = Pandas.read(frame, name), FrameLibrary.read.__func__(Pandas, frame, name)
        assert (short.name, short.family, short.dtype) == (long.name, long.family, long.dtype)
        assert np.array_equal(short.missing, long.missing)
        assert short.present.tolist() == long.present.tolist()
        assert short.family is Family.NOTHING or short.values.dtype == long.values.dtype


def test_numbers_in_text_are_refused_by_row_also_among_good_ones():
    column = Column("a", Family.TEXT, np.array(["1", " 2.5 ", "", "x"], dtype=object), np.zeros(4, dtype=bool), {})
    with pytest.raises(DataError, match="row 3"):
        parse_numbers(column)
    read = parse_numbers(column.at(np.array([True, True, True, False])))
    assert read.values.tolist() == [1.0, 2.5, 0.0]
    assert read.missing.tolist() == [False, False, True]
    with pytest.raises(DataError, match="row 0"):
        parse_numbers(Column("a", Family.TEXT, np.array(["nan"], dtype=object), np.zeros(1, dtype=bool), {}))
