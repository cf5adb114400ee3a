"""The command score into a folder, gone on with by the same call, and other commands with a source larger than memory."""

import json

import pandas as pd
import pytest

from gausscape.datasets import scan
from gausscape.modalities.tables.example import example_items
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A space, a folder of two Parquet files, and a model."""
    folder = tmp_path_factory.mktemp("place")
    fit(example_items(300), method="pca", latent=2).save(folder / "orders.space")
    (folder / "rows").mkdir()
    for name, seed in (("a", 1), ("b", 2)):
        example_items(400, seed=seed).to_parquet(folder / "rows" / f"{name}.parquet")
    (folder / "y_of_orders.py").write_text("def items(rows):\n    return rows['items'].to_numpy(dtype=float)\n")
    return folder


def test_a_folder_of_parquet_is_scored_into_a_folder_and_gone_on_with(run, place, tmp_path):
    out = tmp_path / "scores"
    code, printed, error = run("score", place / "orders.space", place / "rows", "--out", out)
    assert code == 0, error
    assert "800 objects in 1 shards" in printed
    assert "Next:" in printed
    frame = pd.read_parquet(out)
    assert list(frame.columns) == ["id", "exceedance", "lower", "upper", "support"]
    assert frame["id"].is_unique
    code, printed, error = run("score", place / "orders.space", place / "rows", "--out", out)
    assert code == 0, error
    assert "1 of which were done before" in printed
    code, _, error = run("score", place / "orders.space", place / "rows", "--out", out, "--columns", "exceedance")
    assert code == 2
    assert "columns was" in error


def test_y_is_asked_about_each_object(run, place, tmp_path, monkeypatch):
    monkeypatch.chdir(place)
    code, printed, error = run(
        "score", "orders.space", "rows", "--out", tmp_path / "scores", "--outcome", "y_of_orders:items", "--json",
        "--columns", "exceedance, log_likelihood_bound", "--draws", 2,
    )  # fmt: skip
    assert code == 0, error
    summary = json.loads(printed)["summary"]
    frame = pd.read_parquet(tmp_path / "scores")
    assert summary["y"]["count"] == 800
    assert summary["y"]["mean"] == pytest.approx(frame["y"].mean())
    assert (summary["y"]["low"], summary["y"]["high"]) == (frame["y"].min(), frame["y"].max())
    assert list(frame.columns) == ["id", "exceedance", "log_likelihood_bound", "y", "y_failure"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--out", "scores.parquet", "--workers", "2"), 2, "--workers"),
        (("--out", "scores.csv", "--columns", "support"), 2, "Give --out a folder: --out scores"),
        (("--out", "scores", "--columns", "suport"), 2, "'support'"),
        (("--out", "scores", "--engine", "spark"), 2, "spark"),
        (("--out", "nowhere/scores"), 1, "nowhere"),
        (("--out", "scores.txt"), 2, "folder of shards"),
    ],
)
def test_wrong_calls_are_one_sentence(run, place, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    found, out, error = run("score", place / "orders.space", place / "rows", *arguments)
    assert found == code, error
    assert words in error
    assert "Traceback" not in out + error


def test_stress_counts_failures_over_all_objects_in_shards(run, place, tmp_path, monkeypatch):
    monkeypatch.chdir(place)
    command = ("stress", "orders.space", "rows", "--outcome", "y_of_orders:items", "--exceedance", 0.1, "--calls", 0)
    counting = ("--fails", "y > 3", "--counts", tmp_path / "counts", "--scenarios", 50)
    code, printed, error = run(*command, *counting, "--json")
    assert code == 0, error
    rows = json.loads(printed)["failure_counts"]["rows"]
    everything = next(row for row in rows["real"] if row["band"] == "all")
    items = pd.concat([pd.read_parquet(place / "rows" / f"{name}.parquet") for name in "ab"])["items"]
    assert (everything["objects"], everything["failures"]) == (800, int((items > 3).sum()))
    assert next(row for row in rows["drawn"] if row["band"] == "all")["objects"] == 50
    assert (tmp_path / "counts" / "failures.json").is_file()
    assert run(*command, "--workers", 2)[0] == 2
    code, _, error = run(*command, "--counts", tmp_path / "others")
    assert code == 2
    assert "--fails" in error


def test_one_file_takes_columns_and_refuses_a_folder_of_rows(run, place, tmp_path):
    out = tmp_path / "scores.parquet"
    code, _, error = run("score", place / "orders.space", place / "rows", "--out", out)
    assert code == 2
    assert "Give --out a folder" in error
    assert not out.exists()
    code, _, error = run("score", place / "orders.space", place / "rows" / "a.parquet", "--out", out, "--columns", "upper, support")
    assert code == 0, error
    assert list(pd.read_parquet(out).columns) == ["id", "upper", "support"]


def test_a_folder_of_rows_is_sampled_by_commands_that_need_objects_at_hand(run, place, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(place)
    monkeypatch.setattr("gausscape.cli.given.SAMPLED", 300)
    outcome = ("--outcome", "y_of_orders:items", "--batch", "100")
    code, _, error = run("stress", place / "orders.space", place / "rows", *outcome)
    assert code == 0, error
    assert "uniform sample of 300 of 800" in error
    code, _, error = run("map", place / "orders.space", "--data", place / "rows", "--side", 2, "--out", tmp_path / "map.png")
    assert code == 0, error
    assert "uniform sample of 300 of 800" in error


@pytest.mark.parametrize(
    ("words", "samples"),
    [
        (("refresh", "SPACE", "ROWS", "--out", "new.space"), 1),
        (("quality", "SPACE", "ROWS", "--held-out", "ROWS", "--count", "50"), 2),
        (("change", "SPACE", "ROWS", "A", "B", "--b-source", "ROWS"), 2),
    ],
)
def test_every_source_of_a_command_may_be_larger_than_memory(run, place, tmp_path, monkeypatch, words, samples):
    monkeypatch.setattr("gausscape.cli.given.SAMPLED", 300)
    monkeypatch.chdir(tmp_path)
    some = scan(place / "rows").sample(300, seed=0).ids.astype(str)
    real = {"SPACE": place / "orders.space", "ROWS": place / "rows", "A": some[0], "B": some[-1]}
    code, _, error = run(*(real.get(word, word) for word in words))
    assert code == 0, error
    assert error.count("uniform sample of 300 of 800") == samples


def test_a_schema_is_drafted_from_a_sample_and_from_all_rows_that_show_something_new(run, place, tmp_path, monkeypatch):
    rows = tmp_path / "rows"
    rows.mkdir()
    frame = example_items(3000, seed=3)
    frame["city"] = frame["city"].astype(object)
    frame.loc[2999, "city"] = "Oslo"  # in a row that a sample would hardly hold
    for number in range(3):
        frame[number * 1000 : (number + 1) * 1000].to_parquet(rows / f"{number}.parquet")
    code, drafted, error = run("schema", rows)
    assert code == 0, error
    frame.to_parquet(tmp_path / "whole.parquet")
    assert drafted == run("schema", tmp_path / "whole.parquet")[1]
    monkeypatch.setattr("gausscape.training.streaming.learning_sample.__kwdefaults__", {"size": 200, "seed": 0})
    assert "4 levels" in run("schema", rows)[1]
