"""The engine ray: the bytes of the local engine, also when actors are killed; one session for all tests."""

import contextlib
import os
import signal
import threading
import time
import warnings

import pandas as pd
import pytest

from gausscape.errors import DataError, StoppedError
from gausscape.outcome import Outcome
from gausscape.scale.counting import count_failures
from gausscape.scale.scoring import score_data

pytest.importorskip("ray.data", reason="needs the extra ray", exc_type=ImportError)

MODEL = """
import os
import numpy as np

def deadly(rows):
    if (rows["amount"] == 22222.22).any():
        os.kill(os.getpid(), 9)
    return np.zeros(len(rows))

def ordered(rows):
    return rows["items"].to_numpy(dtype=float)

def says(rows):
    return np.where(rows["items"] > 4, "many", "few")
"""

# Ray's own modules use what Ray itself has deprecated, and leave files to the collector.
pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A session as the engine starts it (with nearly the smallest object store that Ray takes, row D6); a module for its actors."""
    import ray

    from gausscape.scale.ray_session import ray_session

    folder = tmp_path_factory.mktemp("modules")
    (folder / "ray_models.py").write_text(MODEL)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", str(folder))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with ray_session(ray, 2, shows_workers=False):
                yield


def kill_an_actor(folder, killed, over):
    """Kill one in the middle of a shard, once the first is done."""
    while not killed and not over.is_set():
        time.sleep(0.01)
        if list(folder.glob("_run/part-*.json")):
            for each in folder.glob("_run/tries-*"):
                with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
                    os.kill(int(each.read_text().split()[-1]), signal.SIGKILL)
                    killed.append(each.name)
                    break


def test_D1_D4_ray_gives_the_bytes_of_the_local_engine_also_when_an_actor_is_killed(
    session, space_folder, chunks, digest, tmp_path
):
    settings = {"columns": ("exceedance", "support", "log_likelihood_bound"), "draws": 200}
    score_data(space_folder, chunks, tmp_path / "local", **settings)
    folder, killed, over = tmp_path / "ray", [], threading.Event()

    killer = threading.Thread(target=kill_an_actor, args=(folder, killed, over))
    killer.start()
    try:
        score_data(space_folder, chunks, folder, engine="ray", workers=2, **settings)
    finally:
        over.set()
        killer.join()
    assert killed
    assert digest(folder) == digest(tmp_path / "local")
    assert pd.read_parquet(folder)["id"].is_unique


def test_a_poison_is_named_and_the_others_go_on(session, space_folder, chunks, tmp_path):
    with pytest.raises(StoppedError, match="shard 2: 2 actors ended while they did it"):
        score_data(space_folder, chunks, tmp_path / "out", outcome="ray_models:deadly", engine="ray")
    assert len(list((tmp_path / "out").glob("part-*.parquet"))) == 7


def test_a_refusal_comes_back_as_it_was(session, space_folder, chunks, tmp_path):
    y = Outcome.of("ray_models:says", target="many")
    with pytest.raises(DataError, match="Name the label column"):
        count_failures(space_folder, y, chunks, out=tmp_path / "out", fails="wrong label", engine="ray")


def test_failures_are_counted_alike(session, space_folder, chunks, tmp_path):
    found = [
        count_failures(space_folder, "ray_models:ordered", chunks, out=tmp_path / name, fails="y > 3", scenarios=100, engine=name)
        for name in ("local", "ray")
    ]
    assert found[0].document() == found[1].document()
