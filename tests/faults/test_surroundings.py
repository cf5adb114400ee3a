"""The clock may jump and the surroundings may hold secrets: neither is found in what is written."""

import getpass
import itertools
import os
import socket
import time
from pathlib import Path

import numpy as np
import pandas
import pytest

import gausscape as gs
from gausscape.page.pack import pack, unpack
from gausscape.page.write import build_page
from gausscape.space.durable import RunLock
from gausscape.stress_testing import Design

SECRET = "sk-test-5c9f1e7a-do-not-tell"


@pytest.fixture(scope="module")
def frame() -> pandas.DataFrame:
    draw = np.random.default_rng(0)
    return pandas.DataFrame(draw.normal(size=(300, 2)) @ draw.normal(size=(2, 4)), columns=list("abcd"))


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def fit(frame: pandas.DataFrame, folder: Path | None = None, **options) -> gs.Space:
    checkpoints = None if folder is None else gs.Checkpoints(folder, interval=0.0, **options)
    return gs.fit(frame, latent=2, schedule=gs.Schedule(steps=6), checkpoints=checkpoints)


def test_C20_a_clock_that_jumps_back_changes_no_byte_and_loses_no_checkpoint(frame, tmp_path, monkeypatch):
    fit(frame).save(tmp_path / "steady")
    back = itertools.count(1_700_000_000, -3600)  # every look at the clock is an hour before the last one
    monkeypatch.setattr(time, "time", lambda: float(next(back)))
    monkeypatch.setattr(time, "time_ns", lambda: next(back) * 10**9)
    space = fit(frame, tmp_path / "run")
    space.save(tmp_path / "jumping")
    assert written(tmp_path / "jumping") == written(tmp_path / "steady")
    # And a finished run goes on from its newest checkpoint, not from one that the clock calls newer.
    again = fit(frame, tmp_path / "run", resume=True)
    assert again.record["training"]["warnings"] == []
    again.save(tmp_path / "resumed")
    assert written(tmp_path / "resumed") == written(tmp_path / "steady")


def test_C20_runs_of_the_same_second_do_not_meet(frame, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with RunLock(tmp_path / "one"), RunLock(tmp_path / "two"):
        pass
    for name in ("a.space", "b.space"):  # what is written beside the target is named after it, not after the time
        gs.fit(frame, latent=2, method="pca").save(tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two", "a.space", "b.space"}


def test_S9_no_secret_of_the_surroundings_is_in_what_is_handed_on(frame, tmp_path, monkeypatch):
    monkeypatch.setenv("GAUSSCAPE_TEST_API_KEY", SECRET)
    home = tmp_path / "home-of-somebody"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    frame.to_csv(home / "rows.csv", index=False)
    items = gs.load_data(home / "rows.csv")
    space = fit(items, home / "run")
    space.save(home / "it.space")
    test = gs.stress_test(space, lambda rows: rows["a"].to_numpy(), exceedance=(0.1,), design=Design(each=20, rays=2))
    test.save(home / "stress")
    built = build_page([space, test])
    told = {
        **{f"space/{name}": data for name, data in written(home / "it.space").items()},
        **{f"stress/{name}": data for name, data in written(home / "stress").items()},
        **{f"checkpoint/{name}": data for name, data in written(home / "run" / "checkpoint").items()},
        "page": built.html.encode(),
        # The payload of the page is packed; this is what it says.
        "payload": repr(unpack(pack(built.document))).encode(),
        "answer": str(test).encode() + str(space).encode() + repr(space.record).encode(),
    }
    private = {"a secret": SECRET, "the home folder": str(home), "the folder": str(tmp_path)}
    for what, name in (("the user", getpass.getuser()), ("the host", socket.gethostname())):
        if len(name) > 5:  # a short name could be a part of any word
            private[what] = name
    for place, data in told.items():
        for what, text in private.items():
            assert os.fsencode(text) not in data, f"{what} stands in {place}"
