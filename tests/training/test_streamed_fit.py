"""A fit of chunks: each row once an epoch, groups without leaks, equal bytes after a kill, and the quality of a fit in memory."""

import hashlib
import multiprocessing
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gausscape.chunks import Chunks
from gausscape.datasets import scan
from gausscape.errors import ConfigurationError, DataError, SchemaError
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule
from gausscape.training.stream_feed import StreamFeed
from gausscape.training.streamed_split import AUDIT, CALIBRATION, FIT, VALIDATION, StreamedSplit, content_hashes

sys.path.insert(0, str(Path(__file__).parent))
import run_fit

SHORT = Schedule(steps=60)


def rows(n=1500, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=n)
    return pd.DataFrame({"x": x, "y": x + 0.3 * random.normal(size=n), "c": random.choice(["a", "b", "c"], n)})


def feed_of(counts, *, window=2, seed=0):
    starts = np.cumsum([0, *counts])
    read = []

    def tensors(number):
        read.append(number)
        return {"cells": torch.arange(starts[number], starts[number + 1])[:, None]}

    return StreamFeed(tensors, tuple(counts), tensors(0), seed=seed, window=window), read


def cells(feed, step, size):
    return feed.batch(step, size)["cells"].flatten().tolist()


COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=9).filter(lambda counts: sum(counts) > 0)


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.integers(1, 4), st.integers(1, 5), st.integers(0, 99))
def test_every_row_comes_at_most_once_an_epoch_and_all_but_a_rest_do(counts, window, size, seed):
    feed, _ = feed_of(counts, window=window, seed=seed)
    size = min(size, feed.objects)
    steps = feed.objects // size
    for epoch in range(3):
        seen = [row for step in range(steps) for row in cells(feed, epoch * steps + step, size)]
        assert len(seen) == len(set(seen)) == steps * size
        assert set(seen) <= set(range(feed.objects))


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.integers(1, 4), st.integers(1, 5), st.randoms(use_true_random=False))
def test_any_step_can_be_sought(counts, window, size, random):
    feed, _ = feed_of(counts, window=window)
    size = min(size, feed.objects)
    steps = list(range(3 * (feed.objects // size)))
    in_order = {step: cells(feed, step, size) for step in steps}
    other, _ = feed_of(counts, window=window)
    random.shuffle(steps)
    for step in steps:
        assert cells(other, step, size) == in_order[step]


def test_seeking_reads_the_window_and_the_next_alone():
    feed, read = feed_of([10] * 40, window=2)
    read.clear()
    cells(feed, 25, 10)
    feed._ahead.shutdown()
    assert len(read) == 4


def test_two_seeds_give_two_orders_and_neighbours_are_mixed():
    feed, _ = feed_of([50] * 8, window=4)
    first, second = cells(feed, 0, 200), cells(feed.reordered(1), 0, 200)
    assert first != second
    assert len({row // 50 for row in first}) == 4
    # Shuffled as a whole: 200 rows in a uniformly random order, Kendall's tau within 5 standard errors (false alarms 6e-7).
    tau = stats.kendalltau(first, np.arange(200)).statistic
    assert abs(tau) < 5 * np.sqrt(2 * (2 * 200 + 5) / (9 * 200 * 199))


def test_equal_rows_share_a_group_whichever_chunk_they_stand_in():
    random = np.random.default_rng(0)
    values = random.integers(0, 40, size=(5000, 2)).astype(np.float32)
    split = StreamedSplit(5000, seed=3)
    groups = np.concatenate([split.groups(content_hashes({"values": part})) for part in np.array_split(values, 7)])
    by_content = (
        pd.DataFrame({"row": list(map(tuple, values.tolist())), "group": groups}).groupby("row")["group"].nunique()
    )
    assert (by_content == 1).all()


def test_groups_have_their_shares():
    # Binomial counts of a million objects, 6 standard errors each: false-alarm rate 2e-9.
    split = StreamedSplit(1_000_000, seed=0)
    groups = split.groups(content_hashes({"x": np.arange(1_000_000.0)}))
    for group, share in ((AUDIT, 0.02), (CALIBRATION, 0.04), (VALIDATION, 0.002), (FIT, 0.938)):
        assert abs((groups == group).sum() - share * 1e6) < 6 * np.sqrt(1e6 * share * (1 - share))
    assert (split.groups(content_hashes({"x": np.arange(10.0)})) == groups[:10]).all()
    assert (StreamedSplit(1_000_000, seed=1).groups(content_hashes({"x": np.arange(1000.0)})) != groups[:1000]).any()


def test_hashes_differ_where_objects_do():
    cells = np.random.default_rng(0).integers(0, 2, size=(50_000, 20)).astype(np.uint8)
    distinct = len(np.unique(cells, axis=0))
    assert len(np.unique(content_hashes({"cells": cells, "seen": cells > 0}))) == distinct


def test_a_fit_of_chunks_is_as_good_as_one_in_memory(untouched_randomness):
    table = rows(6000)
    held = fit(table, latent=2, seed=0, schedule=Schedule(steps=200))
    streamed = fit(Chunks.of(table, size=1000), latent=2, seed=0, schedule=Schedule(steps=200))
    fresh = rows(3000, seed=9)
    one, other = (space.score_samples(fresh, draws=20, seed=0) for space in (held, streamed))
    # The same objects under both: a difference of nets of two seeds, far below the bound's own spread over objects.
    assert abs(one.mean() - other.mean()) < 0.15
    assert streamed.record["counts"]["all"] == 6000
    assert streamed.record["counts"]["fit"] > 3600
    assert streamed.record["streamed"]["chunks"] == 6
    # Claims on fresh rows hold: binomial with calibration error, 6 standard errors.
    for level in (0.5, 0.1):
        actual = (streamed.exceedance(fresh).probability <= level).mean()
        assert abs(actual - level) < 6 * np.sqrt(level * (1 - level) * (1 / 3000 + 1 / 1200))


def test_what_only_a_late_row_shows_is_learned():
    table = rows(30_000)
    table["flag"], table["count"], table["money"] = 0, 7, 0.25 * np.arange(30_000) % 10
    table["late"] = 1.0 * (np.arange(30_000) % 3)
    place = 29_998
    table.loc[place, ["flag", "count"]] = 1, 8
    table.loc[place - 5, "flag"] = 1
    table.loc[place, "money"], table.loc[place, "c"], table.loc[place, "late"] = 0.125, "seldom", np.nan
    space = fit(Chunks.of(table, size=2500), latent=2, seed=1, schedule=Schedule(steps=5), modality="tables")
    columns = {column.name: column for column in space.modality.columns}
    assert columns["flag"].kind.name == "two-level"
    assert columns["count"].kind.parts
    assert columns["money"].kind.document()["decimals"] == 3
    assert "seldom" in columns["c"].kind.legal
    assert columns["late"].gaps
    space.embed(table.iloc[[place]])


def test_a_bad_row_is_told_by_its_chunk(monkeypatch):
    table = rows()
    table.loc[1234, "x"] = np.inf
    with pytest.raises(DataError, match=r"in a sample of .* needs finite numbers"):
        fit(Chunks.of(table, size=500), latent=2, schedule=SHORT)
    monkeypatch.setattr("gausscape.training.streaming.LEARNED", 100)  # so that the sample does not have it
    with pytest.raises(DataError, match=r"from object '1000' \(row 0\) to '1499'.*row 234"):
        fit(Chunks.of(table, size=500), latent=2, schedule=SHORT)
    whole = fit(Chunks.of(table, size=500), latent=1, schedule=SHORT, modality={"name": "tables", "ignore": ["x"]})
    assert [column.name for column in whole.modality.columns] == ["y", "c"]


def test_too_few_distinct_rows_are_refused():
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0] * 400})
    with pytest.raises(DataError, match="distinct"):
        fit(Chunks.of(table, size=100), latent=1, schedule=SHORT)


def test_methods_and_chunks():
    chunks = Chunks.of(rows(), size=500)
    assert fit(chunks, latent=2, method="pca").record["counts"]["all"] == 1500
    with pytest.raises(ConfigurationError, match="memory"):
        fit(chunks, latent=2, method="gan")


def test_T13_a_folder_with_other_columns_is_no_source_of_scores(tmp_path):
    space = fit(Chunks.of(rows(), size=500), latent=2, schedule=SHORT)
    pq.write_table(pa.Table.from_pandas(rows(100).rename(columns={"x": "z"})), tmp_path / "t.parquet")
    with pytest.raises(SchemaError, match="'x' is missing"):
        space.embed(scan(tmp_path / "t.parquet").read(0))


def test_each_row_is_presented_at_least_once_unless_steps_are_given(monkeypatch):
    monkeypatch.setattr("gausscape.training.schedule.EPOCHS", 0.1)
    space = fit(
        Chunks.of(rows(9000), size=3000), latent=1, architecture={"width": 8, "blocks": 1}, schedule=Schedule(batch=16)
    )
    training = space.record["training"]
    assert training["planned_steps"] * training["batch"] >= space.record["counts"]["fit"]


SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    ["gausscape.space.building", "gausscape.training.fitting", "gausscape.modalities.tables.modality"]
)


def run(parent, **options):
    process = SERVER.Process(target=run_fit.main, args=(str(parent), options), daemon=True)
    process.start()
    process.join(120)
    return process.exitcode, (parent / "out.txt").read_text()


def test_a_killed_fit_of_chunks_goes_on_with_the_same_bytes(tmp_path):
    pq.write_table(pa.Table.from_pandas(rows(700)), tmp_path / "t.parquet", row_group_size=200)
    digests = []
    for name, faults in (("unbroken", [None]), ("killed", ["kill@step:17", None])):
        (tmp_path / name).mkdir()
        for fault in faults:
            code, out = run(tmp_path / name, scan=str(tmp_path / "t.parquet"), interval=0.0, fault=fault)
            assert (code == 0) == (fault is None), out
        files = sorted((tmp_path / name / "space").iterdir())
        digests.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
    assert digests[0] == digests[1]


CHILD = """
import resource, sys
import gausscape as gs
from gausscape.training.schedule import Schedule
gs.fit(gs.scan_data(sys.argv[1], chunk=8192), latent=1, schedule=Schedule(steps=30), architecture={"width": 8, "blocks": 1})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_T15_memory_is_flat_in_the_number_of_rows(tmp_path):
    peaks = []
    for n in (200_000, 1_000_000):
        with pq.ParquetWriter(tmp_path / f"{n}.parquet", pa.Table.from_pandas(rows(1)).schema) as writer:
            for part in range(n // 100_000):
                writer.write_table(pa.Table.from_pandas(rows(100_000, seed=part)))
        out = subprocess.run(
            [sys.executable, "-c", CHILD, tmp_path / f"{n}.parquet"], capture_output=True, text=True, check=True
        )
        peaks.append(int(out.stdout))
    assert peaks[1] < 1.1 * peaks[0]
