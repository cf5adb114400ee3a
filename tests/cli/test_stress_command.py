"""stress: on a real table and small pictures, in CI, and what it says when it is used wrongly or the model misbehaves."""

import json
import sys
from xml.etree import ElementTree

import numpy as np
import pandas
import pytest

from gausscape.cli import main
from gausscape.datasets import load
from gausscape.training.fitting import fit

MODELS = """
import os
import time
import numpy as np

calls = 0

def mass(frame): return frame["body_mass_g"].to_numpy(float)
def heavier(frame): return mass(frame) + 400
def talks(frame):
    print("a model that talks")
    return mass(frame)
def species(frame):
    flipper, bill = (frame[name].to_numpy(float) for name in ("flipper_length_mm", "bill_length_mm"))
    return np.where(flipper > 206, "Gentoo", np.where(bill > 43, "Chinstrap", "Adelie"))
def raises(frame): raise ValueError("no such layer")
def sometimes(frame):
    if (mass(frame) > 5800).any():
        raise ValueError("too heavy")
    return mass(frame)
def crashes(frame):
    if (mass(frame) > 6000).any():
        os._exit(7)
    return mass(frame)
def hangs(frame):
    if (mass(frame) > 6000).any():
        time.sleep(60)
    return mass(frame)
def noisy(frame):
    global calls
    calls += 1
    return mass(frame) + 100 * (-1) ** calls
def lost(frame): return np.where(mass(frame) > 5800, np.nan, mass(frame))
def balance(x):
    x = np.asarray(x, float)
    return x[:, :, :4].mean((1, 2)) - x[:, :, 4:].mean((1, 2))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two spaces, a module of models, settings, and an earlier test."""
    place = tmp_path_factory.mktemp("stress")
    fit(load("penguins"), latent=4, method="pca").save(place / "penguins.space")
    fit(load("digits"), latent=4, method="pca").save(place / "digits.space")
    (place / "our_stress_models.py").write_text(MODELS)
    settings = {
        "quick": "each: 20\nrays: 4", "few": "each: 8\nrays: 0",
        "unknown": "each: 20\neahc: 30", "text": "each: many", "half": "each: 2.5",
        "yes": "rays: true", "list": "- 3", "goal": "goal: sideways", "beyond": "beyond: .nan",
    }  # fmt: skip
    for name, text in settings.items():
        (place / f"{name}.yaml").write_text(text + "\n")
    (place / "empty").mkdir()
    return place


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """Run one command in this process and in that folder: (exit code, standard output, standard error)."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["gausscape", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        assert "gausscape/cli" not in printed.err, "a traceback of our own"
        return code, printed.out, printed.err

    return call


@pytest.fixture
def earlier(run, folder):
    """An earlier test of the mass, in the folder `earlier`."""
    if not (folder / "earlier").exists():
        code, _, error = run(*of("mass"), *QUICK, *HEAVY, "--calls", 0, "--out", "earlier")
        assert code == 0, error
    return "earlier"


def of(model):
    return ("stress", "penguins.space", "penguins", "--outcome", f"our_stress_models:{model}")


QUICK = ("--config", "quick.yaml")
HEAVY = ("--fails", "y > 5800")


def strict(text):
    """One document, without NaN or Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


# --- what it answers ------------------------------------------------------------------------------------------------


def test_a_test_tells_levels_failures_and_probability_and_writes_what_is_asked(run, tmp_path):
    written = {"--out": "test", "--table": "rows.csv", "--figures": "figures", "--junit": "limits.xml"}
    paths = [word for option, name in written.items() for word in (option, tmp_path / name)]
    code, out, error = run(*of("mass"), *QUICK, *HEAVY, "--calls", 200, "--around", 7, "--where", "sex == 'male'",
                           "--tail", "radial", "--tail", "up bill_length_mm", "--tolerance", "errors <= 0", *paths)  # fmt: skip
    assert code == 0, error
    for words in ("P (90% interval)", "up bill_length_mm\n", "Probability of failure:", "Worst cases nearby:",
                  "Along radial:", "HOLDS: errors <= 0", f"The test: {tmp_path / 'test'}"):  # fmt: skip
        assert words in out
    table = out[out.index("  P (90%") : out.index("\nkept:")].splitlines()
    assert max(map(len, table)) <= 120
    assert "nan" not in out
    rows = pandas.read_csv(tmp_path / "rows.csv")
    assert len(rows) == 7 * 20
    assert set(rows["tail"]) == {"radial", "up bill_length_mm", "where sex == 'male'"}
    assert (tmp_path / "test" / "stress.json").is_file()
    assert list((tmp_path / "figures").glob("*.png"))
    assert ElementTree.parse(tmp_path / "limits.xml").getroot().get("failures") == "0"


def test_json_is_one_document_whatever_the_model_prints(run):
    code, out, error = run(*of("talks"), *QUICK, *HEAVY, "--calls", 100, "--tolerance", "failures <= 90%", "--json")
    assert code == 0, error
    answer = strict(out)
    assert [row["asked"] for row in answer["levels"]] == [0.1, 0.01, 0.001]
    assert answer["tolerances"][0]["state"] == "holds"
    assert answer["comparison"] is None
    assert "a model that talks" in error


def test_without_a_rule_the_next_command_has_one_that_can_be_typed(run):
    import shlex

    _, out, _ = run(*of("mass"), *QUICK, "--name", "grams")
    words = shlex.split(out[out.index("Next:") + 5 :])
    rule = words[words.index("--fails") + 1]
    code, out, error = run(*of("mass"), *QUICK, "--fails", rule, "--calls", 0)
    assert code == 0, error
    assert "No scenario hits" not in out


def test_labels_need_a_target_and_keep_it_in_the_next_command(run):
    code, out, error = run(*of("species"), *QUICK, "--target", "Gentoo", "--fails", "wrong label", "--calls", 0)
    assert code == 0, error
    assert "--target Gentoo" in out
    assert "nearest of 344 labelled objects" in out
    code, _, error = run(*of("species"), *QUICK, "--target", "Gentoo", "--fails", "label == Gentu")
    assert code == 2
    assert "Gentoo" in error


def test_options_that_are_repeated_count_once(run):
    code, out, error = run(*of("mass"), *QUICK, *HEAVY, "--calls", 0, "--tail", "radial", "--tail", "radial", "--exceedance", 0.1,
                           "--exceedance", 0.1, "--around", 7, "--around", 7, "--json")  # fmt: skip
    assert code == 0, error
    answer = strict(out)
    assert len(answer["levels"]) == len(answer["worst"]) == 1


# --- in CI ----------------------------------------------------------------------------------------------------------


def test_a_worse_model_breaks_the_limit_and_the_same_one_holds_it(run, earlier, tmp_path):
    limits = ("--tolerance", "worse <= 0", "--against", earlier)
    code, out, error = run(*of("heavier"), *limits, "--junit", tmp_path / "x.xml", "--table", tmp_path / "rows.parquet")
    assert code == 3, error
    assert "BROKEN: worse <= 0" in out
    assert "Got worse: " in out
    assert ElementTree.parse(tmp_path / "x.xml").getroot().get("failures") == "1"
    assert len(pandas.read_parquet(tmp_path / "rows.parquet")) == 60
    code, out, error = run(*of("mass"), *limits, "--json")
    assert code == 0, error
    answer = strict(out)
    assert answer["comparison"]["got_worse"] == answer["comparison"]["got_better"] == []
    assert answer["tolerances"][0]["state"] == "holds"


def test_strict_breaks_what_is_only_open(run, earlier):
    # 0 of 60 may be up to 4.9% with 95% confidence.
    open_limit = (*of("mass"), "--against", earlier, "--tolerance", "worse <= 1%")
    assert run(*open_limit)[0] == 0
    code, out, _ = run(*open_limit, "--strict")
    assert code == 3
    assert "OPEN: worse <= 1%" in out


def test_a_test_judged_by_a_second_model_is_met_again_with_one(run, tmp_path):
    second = ("--referee", "our_stress_models:species")
    rule = ("--target", "Gentoo", "--fails", "label == Gentoo")
    code, _, error = run(*of("species"), *QUICK, *second, *rule, "--calls", 0, "--out", tmp_path / "judged")
    assert code == 0, error
    again = (*of("species"), "--target", "Gentoo", "--against", tmp_path / "judged")
    code, _, error = run(*again)
    assert code == 2
    assert "--referee" in error
    code, _, error = run(*again, *second)
    assert code == 0, error


# --- models that misbehave ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("sometimes", (), "ValueError: too heavy"),
        ("lost", (), "not finite"),
        ("crashes", ("--timeout", 30, "--batch", 2), "crash (exit code 7)"),
        ("hangs", ("--timeout", 3, "--batch", 2), "timeout"),
    ],
)
def test_P2_P9_what_is_not_answered_is_told_and_breaks_a_limit(run, model, options, words):
    code, out, error = run(*of(model), "--config", "few.yaml", *HEAVY, *options, "--exceedance", 0.01, "--calls", 0,
                           "--tolerance", "errors <= 0")  # fmt: skip
    assert code == 3, error
    assert "y failed on" in out
    assert words in out
    assert "BROKEN: errors <= 0" in out


def test_P6_a_model_that_changes_its_mind_is_told(run):
    code, out, error = run(*of("noisy"), *QUICK, "--exceedance", 0.1)
    assert code == 0, error
    assert "other answers" in out


def test_P1_a_model_that_never_answers_is_refused_with_its_own_traceback(run):
    code, _, error = run(*of("raises"), *QUICK)
    assert code == 2
    assert "no such layer" in error


@pytest.mark.parametrize("second", ["raises", "nowhere"])
def test_a_second_model_that_cannot_judge_is_named(run, second):
    code, _, error = run(*of("mass"), *QUICK, *HEAVY, "--calls", 0, "--referee", f"our_stress_models:{second}")
    assert code == 2, error
    assert second in error or "no such layer" in error


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--fails", "y is"), 2, "'y < 0.2'"),
        (("--fails", "wrong label"), 2, "gives numbers"),
        (("--tail", "towards 77"), 2, "Adelie, Chinstrap, Gentoo"),
        (("--tail", "up body_mas"), 2, "body_mass_g"),
        (("--tail", "axis 9"), 2, "axes 1 to 4"),
        (("--where", "body_mass_g > 90000"), 1, "Ask for"),
        (("--where", "body_mas > 3"), 2, "body_mass_g"),
        (("--constraint", "body_mass_g > 5000", "--constraint", "body_mass_g < 4000"), 2, "contradicts"),
        (("--exceedance", "1e-9"), 1, "beyond: 8 in a --config file"),
        (("--exceedance", 2), 1, "(0, 1]"),
        (("--tolerance", "failures < lots"), 2, "needs a form like"),
        (("--tolerance", "failures <= 5%"), 2, "--fails 'y < 0.2'"),
        (("--tolerance", "worse <= 2%", *HEAVY), 2, "--against"),
        (("--tolerance", "failures <= 5% at 2%", *HEAVY), 2, "0.1, 0.01, 0.001"),
        (("--tolerance", "probability <= 1%", *HEAVY, "--calls", 0), 2, "--calls is 0"),
        (("--calls", 5, *HEAVY), 2, "--calls needs 100"),
        (("--calls", 500), 2, "without --fails"),
        (("--referee", "nowhere:nothing"), 2, "--referee"),
        (("--radius", 1), 2, "without --around"),
        (("--around", 7, "--radius", -1), 2, "--radius 1"),
        (("--around", 7777), 1, "from 0 to 343"),
        (("--strict", "--junit", "x.xml"), 2, "--junit and --strict"),
        (("--tolerance", "errors <= 0", "--junit", "x.txt"), 2, ".xml"),
        (("--budget", 20), 2, "--budget 20"),
        (("--out", "penguins.space"), 1, "--out needs a free name"),
        (("--out", "our_stress_models.py", "--overwrite"), 1, "--out needs a free name"),
        (("--figures", "empty"), 1, "--figures needs a free name"),
        (("--figures", "nowhere/at/all"), 1, "--figures needs an existing parent"),
        (("--figures", "both", "--out", "both"), 2, "--out and --figures"),
        (("--table", "rows.xls"), 2, ".csv or .parquet"),
        (("--against", "nowhere"), 1, "--against needs"),
        (("--against", "penguins.space"), 1, "--against needs"),
        (("--against", "empty"), 1, "--against needs"),
    ],
)
def test_W12_a_wrong_call_is_named_before_the_model_has_worked(run, folder, options, code, words):
    before = {path.name for path in folder.iterdir()} | {"__pycache__"}
    given = QUICK if "--against" not in options else ()
    found, out, error = run(*of("mass"), *given, *options)
    assert found == code, error
    assert words in error
    assert "Stress test of" not in out
    assert len(error.splitlines()) == 1
    assert {path.name for path in folder.iterdir()} <= before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unknown", "'eahc' on line 2"),
        ("text", "a whole number as each"),
        ("half", "a whole number as each"),
        ("yes", "a whole number as rays"),
        ("list", "holds a list"),
        ("goal", "goal"),
        ("beyond", "Write beyond: 8"),
    ],
)
def test_wrong_settings_are_named(run, name, words):
    code, _, error = run(*of("mass"), "--config", f"{name}.yaml", "--around", 7, *HEAVY, "--calls", 0)
    assert code == 2, error
    assert words in error


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--seed", 3, *HEAVY), "--fails and --seed came"),
        (("--exceedance", 0.1), "Leave it away"),
        (("--constraint", "body_mass_g > 3"), "Leave --constraint away"),
    ],
)
def test_an_earlier_test_is_met_as_it_was(run, earlier, options, words):
    code, _, error = run(*of("mass"), "--against", earlier, *options)
    assert code == 2
    assert words in error


def test_an_earlier_test_belongs_to_its_space(run, earlier):
    code, _, error = run(
        "stress", "digits.space", "digits", "--outcome", "our_stress_models:balance", "--against", earlier
    )
    assert code == 2
    assert "needs the space that made its scenarios" in error


def test_figures_and_tests_are_replaced_only_when_asked(run, tmp_path):
    asked = (*of("mass"), *QUICK, "--exceedance", 0.1, "--figures", tmp_path / "figures", "--out", tmp_path / "test")
    assert run(*asked)[0] == 0
    kept = tmp_path / "figures" / "mine.txt"
    kept.write_text("mine")
    code, _, error = run(*asked)
    assert code == 1
    assert "--overwrite" in error
    assert run(*asked, "--overwrite")[0] == 0
    assert kept.read_text() == "mine"


@pytest.mark.parametrize("columns", [80, 40])
def test_help_fits_and_names_every_option(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run("stress", "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= max(columns, 50)
    assert "--tolerance" in out


def test_pictures_are_stressed_towards_a_label(run):
    code, out, error = run("stress", "digits.space", "digits", "--outcome", "our_stress_models:balance", *QUICK, "--tail", "towards 7",
                           "--fails", "y < -40", "--calls", 0, "--json")  # fmt: skip
    assert code == 0, error
    assert {row["tail"] for row in strict(out)["levels"]} == {"towards 7"}
    assert np.isfinite(strict(out)["centre_y"])
