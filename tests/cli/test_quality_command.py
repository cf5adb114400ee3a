"""quality: on a small table, as text, as JSON and as a file, and what it says when it is used wrongly."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from gausscape.cli import main
from gausscape.datasets import load
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("quality")
    rng, n = np.random.default_rng(0), 240
    tenure = rng.gamma(2.0, 10.0, n)
    rows = pd.DataFrame({"tenure": tenure, "paid": tenure * rng.uniform(0.9, 1.1, n)})
    rows["stays"] = np.where(rng.random(n) < tenure / 60, "yes", "no")
    rows.to_csv(place / "rows.csv", index=False)
    rows[:100].to_csv(place / "unseen.csv", index=False)
    fit(load(str(place / "rows.csv")), latent=2, method="pca", seed=0).save(place / "rows.space")
    return place


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["gausscape", "quality", *map(str, words)])
    try:
        main()
    except SystemExit as end:
        return end.code
    return 0


def test_it_tells_and_writes_a_report(folder, monkeypatch, capsys):
    out = folder / "report.json"
    assert run(monkeypatch, folder / "rows.space", folder / "rows.csv", "--target", "stays", "--out", out) in (0, None)
    said = capsys.readouterr().out
    assert "learning stays" in said
    assert str(out) in said
    document = json.loads(out.read_text())
    assert document["usefulness"]["measure"] == "AUC"
    assert run(monkeypatch, folder / "rows.space", folder / "rows.csv", "--out", out) == 1
    assert "exists" in capsys.readouterr().err


def test_json_is_one_document_and_unseen_rows_may_be_given(folder, monkeypatch, capsys):
    words = (folder / "rows.space", folder / "rows.csv", "--held-out", folder / "unseen.csv", "--count", "60", "--json")
    assert run(monkeypatch, *words) in (0, None)
    document = json.loads(capsys.readouterr().out)
    assert document["objects"] == {"fitted": 240, "held out": 100, "generated": 60}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["rows.csv", "--target", "nothing"], 2, "target"),
        (["rows.csv", "--target", "tenur"], 2, "Near ones: tenure"),
        (["unseen.csv"], 1, "objects of the fit"),
        (["rows.csv", "--out", "report.png"], 2, ".json"),
    ],
)
def test_wrong_calls_are_refused_in_one_sentence(folder, monkeypatch, capsys, words, code, message):
    places = [str(folder / word) if "." in word else word for word in words]
    assert run(monkeypatch, folder / "rows.space", *places) == code
    assert message in capsys.readouterr().err
