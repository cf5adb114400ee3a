"""gausscape watch and refresh: a stream is followed, stopped and gone on with; a space is brought up to date."""

import json

import numpy as np
import pandas
import pytest
from typer.testing import CliRunner

from gausscape.cli import watch_command  # noqa: F401  (registers itself)
from gausscape.cli.app import app
from gausscape.errors import ConfigurationError
from gausscape.space.saving import load_space
from gausscape.training.fitting import fit

RULE = """\
time: {column: at, unit: s}
window: {every: 10s}
objects:
  rows:
    by: user
    columns: {a: {mean: a}, b: {mean: b}, c: {mean: c}}
"""


def rows(n: int, seed: int) -> pandas.DataFrame:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    return pandas.DataFrame({"a": z + 0.2 * rng.normal(size=n), "b": rng.normal(size=n), "c": rng.normal(size=n) - z})


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watch") / "rows.space"
    fit(rows(1500, 0), latent=2, method="pca").save(folder)
    return folder


def events(windows: int, changed_from: int) -> pandas.DataFrame:
    """Five users, each with one event a window; the first number moves at last."""
    table = rows(5 * windows, 2)
    window = np.repeat(np.arange(windows), 5)
    table["a"] += 6.0 * (window >= changed_from)
    users = np.tile([f"user {number}" for number in range(5)], windows)
    return table.assign(at=10 * window + np.tile(np.arange(5), windows), user=users)


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_refresh_writes_a_space_that_says_what_moved(space, tmp_path):
    (rows(600, 1) + 0.3).to_csv(tmp_path / "new.csv", index=False)
    done = run("refresh", space, tmp_path / "new.csv", "--out", tmp_path / "new.space", "--json")
    assert json.loads(done.stdout)["refreshed"]["objects"] == 600
    assert load_space(tmp_path / "new.space").record["refreshed"]["times"] == 1
    done = run("refresh", space, tmp_path / "new.csv", "--out", tmp_path / "new.space", "--overwrite", "--keep", "0.5")
    assert "the law moved by" in done.stdout


def test_a_wrong_ending_is_refused_before_anything_is_read(space, tmp_path):
    with pytest.raises(ConfigurationError, match="jsonl"):
        run("watch", space, "none.csv", "--rule", "none.yaml", "--state", tmp_path / "s", "--out", tmp_path / "a.txt")


def test_a_stream_is_watched_stopped_and_gone_on_with(space, tmp_path):
    (tmp_path / "rule.yaml").write_text(RULE)
    whole = events(40, 30)
    whole.to_csv(tmp_path / "whole.csv", index=False)
    options = ("--rule", tmp_path / "rule.yaml", "--false-alarms", "1 in 100 windows")
    done = run(
        "watch", space, tmp_path / "whole.csv", *options, "--state", tmp_path / "one", "--picture", tmp_path / "one.png"
    )
    assert "ALARM (episode 1)" in done.stdout
    assert "a higher" in done.stdout
    assert (tmp_path / "one.png").stat().st_size > 10_000

    growing = tmp_path / "growing.csv"
    whole.iloc[:103].to_csv(growing, index=False)
    first = run("watch", space, growing, *options, "--state", tmp_path / "two", "--json")
    assert json.loads(first.stdout)["counts"]["windows"] == 20
    whole.to_csv(growing, index=False)
    then = run("watch", space, growing, *options, "--state", tmp_path / "two")
    assert "Going on after window 19" in then.stdout
    assert (tmp_path / "two" / "alarms.jsonl").read_bytes() == (tmp_path / "one" / "alarms.jsonl").read_bytes()
    assert list((tmp_path / "two" / "alarms").iterdir())


def test_another_stream_can_say_what_is_usual(space, tmp_path):
    (tmp_path / "rule.yaml").write_text(RULE)
    events(40, 99).to_csv(tmp_path / "usual.csv", index=False)
    events(10, 99).to_csv(tmp_path / "late.csv", index=False)
    words = ("watch", space, tmp_path / "late.csv", "--rule", tmp_path / "rule.yaml", "--state", tmp_path / "s")
    done = run(*words, "--reference", tmp_path / "usual.csv", "--json")
    assert json.loads(done.stdout)["counts"]["windows"] == 9
    with pytest.raises(ConfigurationError, match="reference"):
        run(*words)


def test_a_folder_of_files_gives_the_alarms_of_one_file_however_often_it_was_stopped(space, tmp_path):
    (tmp_path / "rule.yaml").write_text(RULE)
    whole = events(40, 30)
    whole.to_csv(tmp_path / "whole.csv", index=False)
    (tmp_path / "days").mkdir()
    options = ("--rule", tmp_path / "rule.yaml", "--false-alarms", "1 in 100 windows")
    run("watch", space, tmp_path / "whole.csv", *options, "--state", tmp_path / "one")
    for number, start in enumerate(range(0, len(whole), 80)):
        whole[start : start + 80].to_parquet(tmp_path / "days" / f"{number}.parquet")
    run("watch", space, tmp_path / "days", *options, "--state", tmp_path / "many")
    alarms = (tmp_path / "one" / "alarms.jsonl").read_bytes()
    assert alarms
    assert (tmp_path / "many" / "alarms.jsonl").read_bytes() == alarms
    assert "Going on after" in run("watch", space, tmp_path / "days", *options, "--state", tmp_path / "many").stdout
    assert (tmp_path / "many" / "alarms.jsonl").read_bytes() == alarms
