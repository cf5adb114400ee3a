"""The command page: spaces, stress tests and JSON of other commands on one page, and refusals that say what to do."""

import base64
import json
import re
import sys

import numpy as np
import pytest

from gausscape.cli import main
from gausscape.datasets import load
from gausscape.page.pack import unpack
from gausscape.training.fitting import fit

MODEL = """
def bright(x):
    print("a model that talks")
    return x.reshape(len(x), -1).mean(1) / 16
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("page")
    digits = load("digits").values
    np.save(place / "digits.npy", digits[:400])
    np.save(place / "unseen.npy", digits[400:500])
    np.save(place / "wide.npy", np.zeros((20, 9, 9), dtype=np.uint8))
    for name, latent, seed in (("map.space", 2, 0), ("deep.space", 5, 0), ("foreign.space", 5, 1)):
        fit(load(str(place / "digits.npy")), latent=latent, method="pca", seed=seed).save(place / name)
    (place / "page_models.py").write_text(MODEL)
    return place


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Run a command in the folder: (exit code, standard output, standard error)."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))

    def go(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gausscape", *words])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return go


def document_of(path):
    found = re.search(r'id="gausscape-data">([^<]*)<', path.read_text())
    assert found is not None
    return unpack(base64.b64decode(found[1]))


@pytest.fixture
def written(run, folder):
    """JSON of change and explain, and a stress test, all of deep.space."""
    y = ("--outcome", "page_models:bright", "--name", "ink")
    for name, words in (
        ("change.json", ("change", "deep.space", "unseen.npy", "3", "4", "--json")),
        ("explain.json", ("explain", "deep.space", "unseen.npy", *y, "--around", "5", "--calls", "160", "--json")),
    ):
        if not (folder / name).exists():
            code, out, err = run(*words)
            assert code == 0, err
            (folder / name).write_text(out)
    if not (folder / "stress").exists():
        code, _, err = run(
            "stress", "deep.space", "unseen.npy", *y, "--calls", "0", "--fails", "y > 5.5", "--out", "stress"
        )
        assert code == 0, err
    return folder


def test_everything_that_commands_wrote_comes_together(run, written):
    code, out, err = run(
        "page", "map.space", "deep.space", "change.json", "explain.json", "stress", "--out", "site", "--data", "unseen.npy",
        "--outcome", "page_models:bright", "--name", "ink", "--change", "3,9", "--calls", "3000", "--title", "Ink",
    )  # fmt: skip
    assert code == 0, err
    assert re.search(r"The page: site/index.html \(.* [kM]B\)", out)
    told = document_of(written / "site" / "index.html")
    assert told["title"] == "Ink"
    assert [len(told[part]) for part in ("spaces", "changes", "patches", "stress")] == [2, 2, 1, 1]
    assert [change["space"] for change in told["changes"]] == ["s2", "s2"]
    assert told["patches"][0]["id"] == "5"
    assert told["stress"][0]["space"] == "s2"
    assert str(written) not in json.dumps(told["made"])


def test_what_is_read_back_is_what_was_answered(run, written):
    assert run("page", "deep.space", "change.json", "--out", "read.html", "--date", "2026-01-01")[0] == 0
    assert (
        run(
            "page", "deep.space", "--data", "unseen.npy", "--change", "3,4", "--out", "own.html", "--date", "2026-01-01"
        )[0]
        == 0
    )
    read, own = (document_of(written / name)["changes"][0] for name in ("read.html", "own.html"))
    for name in ("distance", "percentile", "verdict", "words", "features", "interval"):
        assert read[name] == own[name]
    np.testing.assert_array_equal(read["path"]["exceedance"], own["path"]["exceedance"])


def test_a_space_alone_is_enough_and_json_is_one_document(run, folder):
    code, out, err = run("page", "map.space", "--out", "alone", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["bytes"]["all"] == (folder / "alone" / "index.html").stat().st_size
    assert told["notes"] == []


def edited(file, /, **changes):
    document = json.loads(file.read_text())
    return json.dumps({**document, **changes})


REFUSED = {
    "no answer": (lambda folder: '{"a": 1}', 1, "is none of these"),
    "no object": (lambda folder: "[1]", 1, "holds a list"),
    "no JSON": (lambda folder: "{", 1, "write it again with --json"),
    "repeated keys": (lambda folder: '{"answer": "change", "answer": "change"}', 1, "repeated"),
    "deep": (lambda folder: "[" * 5000, 1, "levels of nesting"),
    "foreign": (
        lambda folder: edited(folder / "change.json", space={"name": "b", "digest": "0"}),
        2,
        "another one came",
    ),
    "no space": (lambda folder: edited(folder / "change.json", space=None), 2, "another one came"),
    "newer": (lambda folder: edited(folder / "change.json", schema=2), 1, "Upgrade gausscape"),
    "odd schema": (lambda folder: edited(folder / "change.json", schema="x"), 1, "Upgrade gausscape"),
    "no path": (lambda folder: edited(folder / "change.json", path={}), 1, "Write it again"),
    "other path": (lambda folder: edited(folder / "change.json", path={"codes": [[0.0]]}), 1, ""),
    "no patches": (lambda folder: edited(folder / "explain.json", patches=[{}]), 1, "Write it again"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_files_that_are_no_sound_answers_are_refused_by_name(run, written, kind):
    content, code, words = REFUSED[kind]
    (written / "odd.json").write_text(content(written))
    told = run("page", "deep.space", "odd.json", "--out", "odd")
    assert told[0] == code
    assert words in told[2]
    assert told[2].startswith("gausscape: ")
    assert told[2].count("\n") == 1
    assert not (written / "odd" / "index.html").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("page", "change.json", "--out", "x"), 2, "needs a fitted space"),
        (("page", "deep.space", "missing.json", "--out", "x"), 1, "there is no missing.json"),
        (("page", "nothere.space", "--out", "x"), 1, "there is no nothere.space"),
        (("page", ".", "--out", "x"), 1, "gausscape fit SOURCE"),
        (("page", "deep.space", "wide.npy", "--out", "x"), 1, "--data wide.npy"),
        (("page", "deep.space", "--outcome", "page_models:bright", "--out", "x"), 2, "Add --data SOURCE"),
        (("page", "foreign.space", "change.json", "--out", "x"), 2, "another one came"),
        (("page", "foreign.space", "stress", "--out", "x"), 2, "another one came"),
        (("page", "deep.space", ".", "--out", "x"), 1, "is neither"),
        (("page", "deep.space", "--data", "wide.npy", "--out", "x"), 1, ""),
        (("page", "deep.space", "--change", "1,2", "--out", "x"), 2, "--change came"),
        (("page", "deep.space", "--calls", "9", "--out", "x"), 2, "--calls came"),
        (("page", "deep.space", "--data", "unseen.npy", "--change", "1", "--out", "x"), 2, "two ids"),
        (("page", "deep.space", "--data", "unseen.npy", "--change", "1,none", "--out", "x"), 1, "none is called"),
        (("page", "deep.space", "--out", "nowhere/page.html"), 1, "Make it first"),
        (("page", "deep.space", "--out", "x", "--date", "today"), 2, "a date like"),
    ],
)
def test_wrong_calls_are_refused(run, written, words, code, said):
    told = run(*words)
    assert told[0] == code, told[2]
    assert said in told[2]
    assert not (written / "x" / "index.html").exists()


def test_only_a_page_is_replaced(run, folder):
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "mine" / "index.html").write_text("my own words")
    code, _, err = run("page", "map.space", "--out", "mine")
    assert code == 1
    assert "something else" in err
    assert (folder / "mine" / "index.html").read_text() == "my own words"
    assert run("page", "map.space", "--out", "mine", "--overwrite")[0] == 0
    assert run("page", "map.space", "--out", "mine")[0] == 0


@pytest.mark.parametrize("name", ["change.json", "explain.json"])
def test_no_entry_that_is_gone_or_odd_becomes_a_traceback(written, name):
    from gausscape.errors import GausscapeError
    from gausscape.page.files import read_answer
    from gausscape.space.saving import load_space

    space = load_space(written / "deep.space")
    document = json.loads((written / name).read_text())
    told = document if name == "change.json" else document["patches"][0]
    assert len(read_answer(written / name, [space])) == 1
    refused = 0
    for key in list(told):
        for odd in (None, "odd", [], {"a": 1}, -1, "gone"):
            kept = told.pop(key)
            if odd != "gone":
                told[key] = odd
            (written / "odd.json").write_text(json.dumps(document))
            try:
                read_answer(written / "odd.json", [space])
            except GausscapeError:
                refused += 1
            told[key] = kept
    assert refused > len(told)
