"""Failures over all objects and over scenarios: counts that are right, and the same whoever counted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import gausscape as gs
from gausscape.chunks import Chunks
from gausscape.errors import ConfigurationError, DamagedFileError, DataError
from gausscape.items import Items
from gausscape.scale.band_counts import EDGES, BandCounts
from gausscape.scale.counting import count_failures
from gausscape.scale.failure_counts import FailureCounts
from gausscape.scale.scoring import score_data


def items_ordered(rows):
    return rows["items"].to_numpy(dtype=float)


def test_the_counts_are_those_of_the_rows(space_folder, chunks, tmp_path):
    answer = count_failures(space_folder, items_ordered, chunks, out=tmp_path / "count", fails="y > 3")
    scored = pd.read_parquet(score_data(space_folder, chunks, tmp_path / "scores").folder)
    fails = (chunks.items.values["items"] > 3).to_numpy()
    for row in answer.real.rows():
        rows = np.ones(len(fails), dtype=bool)
        if " to " in row["band"]:
            low, high = map(float, row["band"].split(" to "))
            rows = ((scored["exceedance"] > low) & (scored["exceedance"] <= high)).to_numpy()
        elif row["band"] == "supported only":
            rows = (scored["support"] == "SUPPORTED").to_numpy()
        assert (row["objects"], row["failures"]) == (rows.sum(), fails[rows].sum())
        exact = stats.binomtest(row["failures"], row["objects"]).proportion_ci(0.9, method="exact")
        assert (row["lower"], row["upper"]) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert answer.drawn is None
    assert FailureCounts.load(tmp_path / "count" / "failures.json").real == answer.real


def test_counts_of_shards_add_up_in_any_order_and_cut(space_folder, chunks, tmp_path):
    whole = count_failures(space_folder, items_ordered, chunks, out=tmp_path / "a", fails="y > 3")
    other = Chunks.of(chunks.items, size=777)
    assert count_failures(space_folder, items_ordered, other, out=tmp_path / "b", fails="y > 3").real == whole.real


def test_scenarios_follow_the_calibrated_law_and_the_seed(space, chunks, tmp_path, monkeypatch):
    monkeypatch.setattr("gausscape.scale.counting.SHARD", 900)
    few = Chunks.of(chunks.items.take(range(50)))
    n = 2_500
    first = count_failures(space, items_ordered, few, out=tmp_path / "a", fails="y > 3", scenarios=n)
    table = first.drawn.table[..., 0].sum(1)
    assert table.sum() == n
    # Exceedance is uniform on (floor, 1): each band holds its width; alarm at 2 in 10^9, five bands.
    for count, high, low in zip(table, EDGES[:-1], EDGES[1:], strict=True):
        share = max(high - max(low, space.of_codes.floor), 0) / (1 - space.of_codes.floor)
        assert abs(count - n * share) <= 6 * np.sqrt(n * share * (1 - share)) + 1e-6 * n
    again = count_failures(space, items_ordered, few, out=tmp_path / "b", fails="y > 3", scenarios=n)
    assert (tmp_path / "a" / "failures.json").read_bytes() == (tmp_path / "b" / "failures.json").read_bytes()
    assert again.drawn == first.drawn
    other = count_failures(space, items_ordered, few, out=tmp_path / "c", fails="y > 3", scenarios=n, seed=1)
    assert other.drawn != first.drawn
    assert other.real == first.real


def test_an_object_without_an_answer_is_a_failure(space_folder, chunks, tmp_path):
    few = Chunks.of(chunks.items.take(range(300)), size=100)

    def fussy(rows):
        return np.where(rows["items"] > 3, np.nan, 1.0)

    answer = count_failures(space_folder, fussy, few, out=tmp_path / "out", fails="y < 0")
    lost = int((few.items.values["items"] > 3).sum())
    row = next(row for row in answer.real.rows() if row["band"] == "all")
    assert (row["failures"], row["without_answer"]) == (lost, lost)
    assert f"{lost} objects without an answer count as failures" in str(answer)


def test_wrong_label_goes_by_the_objects_own_labels(space_folder, chunks, tmp_path):
    values = chunks.items.values.iloc[:600]
    own = np.where(values["items"] > 3, "many", "few")
    labelled = Chunks.of(Items.of(values, labels=own), size=250)

    def says(rows):
        return np.where(rows["items"] > 4, "many", "few")

    y = gs.Outcome.of(says, target="many")
    answer = count_failures(space_folder, y, labelled, out=tmp_path / "out", fails="wrong label")
    row = next(row for row in answer.real.rows() if row["band"] == "all")
    assert row["failures"] == int((values["items"] == 4).sum())
    with pytest.raises(ConfigurationError, match="no label of their own"):
        count_failures(space_folder, y, labelled, out=tmp_path / "b", fails="wrong label", scenarios=10)
    with pytest.raises(DataError, match="Name the label column"):
        count_failures(space_folder, y, Chunks.of(values), out=tmp_path / "c", fails="wrong label")


def test_wrong_calls_are_told_before_the_work(space_folder, chunks, tmp_path):
    with pytest.raises(ConfigurationError, match="got 'y => 3"):
        count_failures(space_folder, items_ordered, chunks, out=tmp_path / "out", fails="y => 3 or so")
    with pytest.raises(ConfigurationError, match="labels"):
        count_failures(space_folder, items_ordered, chunks, out=tmp_path / "out", fails="label != 7")
    with pytest.raises(ConfigurationError, match="0 or more"):
        count_failures(space_folder, items_ordered, chunks, out=tmp_path / "out", fails="y > 3", scenarios=-1)
    (tmp_path / "failures.json").write_text("{}")
    with pytest.raises(DamagedFileError):
        FailureCounts.load(tmp_path / "failures.json")


def test_a_band_holds_its_upper_edge():
    one = np.ones(1, dtype=bool)
    for place, edge in enumerate(EDGES[:-1]):
        counts = BandCounts.of(np.array([edge]), np.array(["SUPPORTED"]), one, ~one)
        assert counts.table[place, 0].tolist() == [1, 1, 0]
