"""Scores in shards: those of the space itself, the same bytes whoever made them, and a run that can be cut off anywhere."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest

import gausscape as gs
from gausscape.chunks import Chunks
from gausscape.errors import ConfigurationError, DataError, LockedError, MissingExtraError, StoppedError, StorageError
from gausscape.scale.columns import COLUMNS
from gausscape.scale.scoring import score_data
from gausscape.space.durable import RunLock
from gausscape.summaries import Exceedances, Moments

ALL = tuple(name for name in COLUMNS if name != "spread")


@pytest.fixture(scope="session")
def serial(space_folder, chunks, tmp_path_factory):
    """The run that all others are held against: one worker, nothing goes wrong."""
    folder = tmp_path_factory.mktemp("serial") / "out"
    score_data(space_folder, chunks, folder)
    return folder


def test_the_scores_are_those_of_the_space_with_each_object_once(space, chunks, tmp_path):
    scored = score_data(space, chunks, tmp_path / "out", columns=ALL, draws=3)
    frame = pd.read_parquet(scored.folder)
    whole = chunks.items
    assert frame["id"].tolist() == whole.ids.tolist()
    told = space.assess(whole) | {"log_likelihood_bound": space.score_samples(whole, draws=3)}
    assert list(frame.columns) == ["id", *ALL]
    for name in ALL:
        if told[name].dtype.kind == "f":
            np.testing.assert_allclose(frame[name], told[name], rtol=1e-4, atol=1e-6, err_msg=name)
        else:
            assert (frame[name] == told[name]).mean() > 0.999, name
    # What the summary says is what stands in the files.
    assert len(scored) == len(frame)
    assert scored.support == frame["support"].value_counts().to_dict()
    assert scored.shares == {level: (frame["exceedance"] <= level).mean() for level in scored.shares}
    assert scored.mean_bound == pytest.approx(frame["log_likelihood_bound"].mean())
    seen = Exceedances.from_document(scored.summary["exceedances"])
    assert seen.total == len(frame)
    assert seen.at_most(0.01) == (frame["exceedance"] <= 0.01).sum()
    bound = Moments.from_document(scored.summary["log_likelihood_bound"])
    assert bound.variance == pytest.approx(frame["log_likelihood_bound"].var())
    assert scored.summary["most_unusual"][0][0] == frame["exceedance"].min()


def test_only_the_columns_that_were_asked_for_are_paid_for(space_folder, chunks, tmp_path, monkeypatch):
    monkeypatch.setattr(gs.Space, "assess", lambda *_: pytest.fail("the decoder was asked"))
    scored = score_data(space_folder, chunks, tmp_path / "out", columns=["exceedance", "upper"])
    assert list(pd.read_parquet(scored.folder).columns) == ["id", "exceedance", "upper"]


def test_a_bound_does_not_depend_on_the_company(space, chunks):
    whole = chunks.items
    bound = space.score_samples(whole, draws=4, seed=5)
    order = np.random.default_rng(0).permutation(len(whole))
    np.testing.assert_allclose(space.score_samples(whole.take(order), draws=4, seed=5), bound[order], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(space.score_samples(whole.take([17]), draws=4, seed=5), bound[17:18], rtol=1e-4, atol=1e-4)


def test_D1_D4_killed_workers_leave_the_bytes_of_a_serial_run(space_folder, chunks, serial, digest, tmp_path):
    """Three kill -9 at random moments of a run by two processes; each after the one before it was made good."""
    folder, killed, over = tmp_path / "out", [], threading.Event()

    def kill():
        random = np.random.default_rng()
        while len(killed) < 3 and not over.is_set():
            done = len(list((folder / "_run").glob("part-*.json"))) if folder.exists() else 0
            if done < 2 * len(killed) + 1:
                time.sleep(0.005)
                continue
            time.sleep(random.uniform(0, 0.05))
            alive = multiprocessing.active_children()
            if alive:
                victim = alive[random.integers(len(alive))]
                os.kill(victim.pid, signal.SIGKILL)
                killed.append(victim.pid)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        scored = score_data(space_folder, chunks, folder, workers=2)
    finally:
        over.set()
        killer.join()
    assert killed
    assert digest(folder) == digest(serial)
    assert pd.read_parquet(folder)["id"].is_unique
    assert len(scored) == len(chunks)


def test_D2_D3_what_died_before_it_reported_is_asked_again_and_counted_once(
    space_folder, chunks, digest, tmp_path, model, monkeypatch
):
    whole = score_data(space_folder, chunks, tmp_path / "whole", outcome="models:price")
    once, tried = model(), len(chunks.read(0).take(range(64)))
    script = tmp_path / "drive.py"
    script.write_text(
        "import pickle, sys, pathlib\n"
        "from gausscape.scale.scoring import score_data\n"
        "here = pathlib.Path(__file__).parent\n"
        "chunks = pickle.loads((here / 'chunks').read_bytes())\n"
        "score_data(sys.argv[1], chunks, here / 'out', outcome='models:price')\n"
    )
    (tmp_path / "chunks").write_bytes(pickle.dumps(chunks))
    environment = os.environ | {"GAUSSCAPE_FAULT": "kill@score:4", "PYTHONPATH": str(tmp_path)}
    killed = subprocess.run([sys.executable, str(script), str(space_folder)], env=environment, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "out" / "_summary.json").exists()
    assert len(list((tmp_path / "out").glob("part-*.parquet"))) == 3
    before = model()
    again = score_data(space_folder, chunks, tmp_path / "out", outcome="models:price")
    # The fourth shard was computed and lost: it is asked again, the first three are not. The check of y costs some calls anew.
    assert again.redone == len(chunks.sizes) - 3
    assert 0 <= model() - before - 5 * chunks.sizes[0] <= 4 * tried
    assert once > len(chunks)
    assert again.summary == whole.summary
    assert digest(tmp_path / "out") == digest(tmp_path / "whole")
    asked = model()
    assert score_data(space_folder, chunks, tmp_path / "out", outcome="models:price").redone == 0
    assert model() - asked <= 4 * tried


def test_D5_a_poison_is_named_and_a_straggler_holds_nobody_up(space_folder, chunks, tmp_path, model):
    with pytest.raises(StoppedError, match=r"shard 2: 2 workers ended while they did it, the last with signal 9"):
        score_data(space_folder, chunks, tmp_path / "out", outcome="models:crooked", workers=2)
    done = sorted(path.stem for path in (tmp_path / "out" / "_run").glob("part-*.json"))
    assert done == [f"part-{number:05d}" for number in range(8) if number != 2]
    frame = pd.read_parquet(tmp_path / "out" / "part-00000.parquet")
    assert frame["y"].notna().all(), "the straggler waited for others in vain"


def test_a_flipped_bit_is_noticed_and_that_shard_alone_made_anew(space_folder, chunks, serial, digest, tmp_path):
    folder = tmp_path / "out"
    score_data(space_folder, chunks, folder)
    part = folder / "part-00003.parquet"
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 4
    part.write_bytes(data)
    (folder / "part-00005.parquet").unlink()
    scored = score_data(space_folder, chunks, folder)
    assert (scored.redone, scored.damaged) == (2, 2)
    assert "2 shards stood there damaged" in str(scored)
    assert digest(folder) == digest(serial)


def test_a_folder_of_another_run_is_refused_with_the_differences(space_folder, chunks, serial, digest, tmp_path):
    before = digest(serial)
    with pytest.raises(ConfigurationError, match=r'columns was .* and is \["exceedance"\]'):
        score_data(space_folder, chunks, serial, columns=["exceedance"])
    with pytest.raises(ConfigurationError, match="source was"):
        score_data(space_folder, Chunks.of(chunks.items, size=500), serial)
    assert digest(serial) == before
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("mine")
    with pytest.raises(StorageError, match="new or empty folder"):
        score_data(space_folder, chunks, tmp_path / "taken")


def test_two_runs_at_once_in_one_folder_are_refused(space_folder, chunks, serial):
    with RunLock(serial / "_run"), pytest.raises(LockedError, match="run held by"):
        score_data(space_folder, chunks, serial)


def test_a_run_that_keeps_its_space_is_the_run_of_that_space(space, space_folder, chunks, serial, digest, tmp_path):
    score_data(space, chunks, tmp_path / "out")
    assert digest(tmp_path / "out") == digest(serial)
    assert score_data(space, chunks, tmp_path / "out").redone == 0
    with pytest.raises(ConfigurationError, match="space was"):
        score_data(space.constrained(["items >= 0"]), chunks, tmp_path / "out")


def test_objects_that_y_fails_on_are_kept_as_cases(space_folder, chunks, tmp_path):
    few = Chunks.of(chunks.items.take(range(500)), size=200)

    def fussy(rows):
        return np.where(rows["items"] > 3, np.nan, rows["items"])

    scored = score_data(space_folder, few, tmp_path / "out", outcome=fussy, columns=["exceedance"])
    frame, asked = pd.read_parquet(scored.folder), few.items.values
    assert (frame["y"].isna() == (asked["items"] > 3)).all()
    assert set(frame["y_failure"].dropna()) == {"not finite"}
    assert scored.summary["y_failures"] == {"not finite": int((asked["items"] > 3).sum())}
    assert scored.summary["y"]["mean"] == pytest.approx(asked["items"][asked["items"] <= 3].mean())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"columns": ["exceedence"]}, "Did you mean 'exceedance'"),
        ({"columns": []}, "at least one column"),
        ({"columns": ["spread"]}, "spread"),
        ({"draws": 0}, "at least 1 draw"),
        ({"workers": 0}, "workers needs to be 1 or more"),
        ({"engine": "spark"}, "local, ray"),
        ({"outcome": lambda rows: rows["items"].to_numpy(), "workers": 2}, "module:function"),
        ({"outcome": gs.Outcome.of(len, budget=9)}, "no budget"),
    ],
)
def test_wrong_settings_are_refused_before_any_work(space_folder, chunks, tmp_path, settings, words):
    with pytest.raises(ConfigurationError, match=words):
        score_data(space_folder, chunks, tmp_path / "out", **settings)
    assert not list(tmp_path.glob("out/part-*"))


def test_an_object_of_another_kind_is_named_and_finished_shards_are_kept(space_folder, chunks, tmp_path):
    rows = chunks.items.values.copy()
    rows["city"] = rows["city"].astype(str)
    rows.loc[1000, "city"] = "Atlantis"
    with pytest.raises(DataError, match="Atlantis"):
        score_data(space_folder, Chunks.of(rows, size=300), tmp_path / "out")
    assert len(list((tmp_path / "out").glob("part-*.parquet"))) == 3


def test_D7_without_ray_the_refusal_says_what_to_install(space_folder, chunks, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'gausscape\[ray\]'"):
        score_data(space_folder, chunks, tmp_path / "out", engine="ray")
    monkeypatch.delitem(sys.modules, "ray")
    assert not list(tmp_path.glob("out/part-*"))
