"""change, patch, explain: each on small real pictures and on a table, and what they say when they are used wrongly."""

import json
import subprocess
import sys

import numpy as np
import pandas
import pytest

from gausscape.cli import main
from gausscape.datasets import load
from gausscape.training.fitting import fit

MODELS = """
import time
import numpy as np

def bright(x):
    print("a model that talks")
    return x.reshape(len(x), -1).mean(1)
def stubborn(x): raise ValueError("no such layer")
def short(x): return np.zeros(max(len(x) - 1, 1))
def lost(x): return np.full(len(x), np.nan)
def constant(x): return np.ones(len(x))
def many(x):
    p = np.zeros((len(x), 2000))
    p[:, 0] = 1
    return p
def two_columns(x):
    p = np.clip(bright(x) / 255, 0, 1)
    return np.stack([p, 1 - p], 1)
def shade(x): return np.where(bright(x) > np.median(bright(x)), "dark", "light")
def slow(x):
    time.sleep(20)
    return np.zeros(len(x))
def churn(frame): return frame["tenure"].to_numpy(float) / 100 + frame["charge"].to_numpy(float) / 200
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two spaces, their sources, and a module of models."""
    place = tmp_path_factory.mktemp("local")
    digits = load("digits").values[:400]
    np.save(place / "digits.npy", digits)
    np.save(place / "wide.npy", np.zeros((20, 9, 9), dtype=np.uint8))
    for seed, name in ((0, "digits.space"), (1, "again.space")):
        fit(load(str(place / "digits.npy")), latent=6, method="pca", seed=seed).save(place / name)
    rng, n = np.random.default_rng(0), 160
    tenure = rng.integers(1, 72, n)
    rows = pandas.DataFrame(
        {
            "customer": [f"=c{i}" if i % 2 else f"c {i}" for i in range(n)],
            "tenure": tenure,
            "charge": np.round(20 + 0.3 * tenure + rng.normal(0, 5, n), 2),
            "contract": np.where(rng.random(n) < tenure / 90, "Two year", "Month"),
            "churn": np.where(rng.random(n) < 0.3, "Yes", "No"),
        }
    )
    rows.to_csv(place / "rows.csv", index=False)
    rows.head(5).to_csv(place / "few.csv", index=False)
    rows.rename(columns={"charge": "fee"}).to_csv(place / "other.csv", index=False)
    rows.assign(contract="Weekly").to_csv(place / "level.csv", index=False)
    rows.assign(churn="Yes", contract="Month").to_csv(place / "one-class.csv", index=False)
    given = load(str(place / "rows.csv"), id_column="customer", label_column="churn")
    fit(given, latent=2, method="pca").save(place / "rows.space")
    (place / "our_models.py").write_text(MODELS)
    (place / "model.pkl").write_bytes(b"\x80\x04N.")
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


TABLE = ("--id-column", "customer", "--label-column", "churn")
PICTURES = ("digits.space", "digits.npy")
EXPLAIN = ("explain", *PICTURES, "--outcome", "our_models:bright")


def strict(text):
    """One document, without NaN or Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def is_picture(path):
    head = path.read_bytes()[:400]
    return head[:4] == b"\x89PNG" or b"<svg" in head


# --- change ---------------------------------------------------------------------------------------------------------


def test_change_tells_distance_landmarks_and_what_is_next(run):
    code, out, error = run("change", *PICTURES, 0, 7)
    assert code == 0, error
    assert "from 0 to 7 measures" in out
    assert "--refit" in out
    assert "refits=" not in out
    assert "Next:\n  gausscape patch digits.space digits.npy 0 --out patch.png" in out


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_change_draws_and_answers_in_json(run, tmp_path, ending):
    out = tmp_path / f"change{ending}"
    code, printed, error = run("change", *PICTURES, 0, 7, "--path", "geodesic", "--steps", 5, "--out", out, "--json")
    assert code == 0, error
    answer = strict(printed)
    assert answer["a_id"] == "0"
    assert answer["out"] == str(out)
    assert is_picture(out)


def test_change_to_itself_is_the_same(run):
    assert strict(run("change", *PICTURES, 3, 3, "--json")[1])["verdict"] == "SAME"


def test_change_with_another_fit_tells_whether_it_agrees(run):
    answer = strict(run("change", *PICTURES, 0, 7, "--refit", "again.space", "--json")[1])
    assert answer["stable"] in (True, False)


def test_a_space_is_no_refit_of_itself(run):
    code, _, error = run("change", *PICTURES, 0, 7, "--refit", "digits.space")
    assert code == 2
    assert "the same fit" in error


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_change_to_all_writes_one_row_each_the_nearest_first(run, tmp_path, ending):
    out = tmp_path / f"all{ending}"
    code, printed, error = run("change", *PICTURES, 5, "--to-all", "--out", out)
    assert code == 0, error
    found = pandas.read_csv(out) if ending == ".csv" else pandas.read_parquet(out)
    assert len(found) == 399
    assert "5" not in set(found.id.astype(str))
    assert found.distance.is_monotonic_increasing
    assert (found.percentile_low <= found.percentile).all()
    assert set(found.verdict) <= {"SAME", "NOISE", "CHANGED", "WITHHELD"}
    nearest = found.id.astype(str)[0]
    assert f"change digits.space digits.npy 5 {nearest}" in printed


def test_change_to_all_agrees_with_the_change_to_one(run):
    columns = strict(run("change", *PICTURES, 5, "--to-all", "--json")[1])["columns"]
    one = strict(run("change", *PICTURES, 5, columns["id"][7], "--json")[1])
    assert columns["distance"][7] == pytest.approx(one["distance"], rel=1e-5)
    assert columns["verdict"][7] == one["verdict"]


def test_b_may_come_from_another_file(run):
    code, out, error = run("change", "rows.space", "rows.csv", "=c1", "c 2", "--b-source", "few.csv", *TABLE, "--json")
    assert code == 0, error
    assert strict(out)["b_id"] == "c 2"
    code, out, _ = run("change", "rows.space", "rows.csv", "=c1", "--to-all", "--b-source", "few.csv", *TABLE, "--json")
    assert code == 0
    assert strict(out)["columns"]["id"][0] == "=c1"


def test_S8_ids_that_a_spreadsheet_would_run_are_quoted(run, tmp_path):
    out = tmp_path / "all.csv"
    assert run("change", "rows.space", "rows.csv", "c 0", "--to-all", *TABLE, "--out", out)[0] == 0
    assert "'=c1" in out.read_text()
    assert '"=c1' not in out.read_text()


def test_the_next_command_can_be_typed_as_it_stands(run):
    _, out, _ = run("change", "rows.space", "rows.csv", "c 0", "=c1", *TABLE)
    assert "rows.csv --id-column customer --label-column churn 'c 0' --out patch.png" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((*PICTURES, 0), 2, "--to-all"),
        ((*PICTURES, 0, 1, "--to-all"), 2, "got both"),
        ((*PICTURES, 0, "--to-all", "--steps", 4), 2, "--steps"),
        ((*PICTURES, 0, "--to-all", "--out", "x.png"), 2, ".csv or .parquet"),
        ((*PICTURES, 0, 1, "--out", "x.pdf"), 2, ".png or .svg"),
        ((*PICTURES, 0, 1, "--out", "nowhere/x.png"), 1, "nowhere"),
        (("rows.space", "-", "c 0", "c 2", "--b-source", "-"), 2, "read once"),
        ((*PICTURES, 0, 1, "--path", "curly"), 2, "--path needs"),
        ((*PICTURES, 0, 400), 1, "from 0 to 399"),
        (("nowhere.space", "digits.npy", 0, 1), 1, "nowhere.space"),
        ((".", "digits.npy", 0, 1), 1, "gausscape fit"),
        (("digits.npy", "digits.npy", 0, 1), 1, "gausscape fit"),
        (("digits.space", "digitz.npy", 0, 1), 1, "digits.npy"),
        (("digits.space", "wide.npy", 0, 1), 1, "In A: This space needs images of shape"),
        (("digits.space", "penguins", 0, 1), 1, "fitted on images"),
        (("rows.space", "rows.csv", 0, 1), 1, "'customer'"),
        (("rows.space", "rows.csv", "c 1", "c 2", *TABLE), 1, "ids like c 1"),
        (("rows.space", "other.csv", "c 0", "c 2", *TABLE), 1, "'charge' is missing"),
        (("rows.space", "rows.csv", "c 0", "c 2", "--b-source", "level.csv", *TABLE), 1, "In B: Column 'contract'"),
        (("rows.space", "rows.csv", "c 0", "c 2", "--id-column", "custmer"), 1, "'custmer'"),
        (("digits.space", "digits", 0, 1, "--id-column", "x"), 2, "--data-dir, --split; --id-column came"),
        ((*PICTURES, 0, 7, "--refit", "rows.space"), 1, "In --refit 1"),
    ],
)
def test_W12_a_wrong_change_is_named(run, folder, arguments, code, words):
    before = sorted(folder.iterdir())
    found, out, error = run("change", *arguments)
    assert found == code, error
    assert words in error
    assert out == ""
    assert sorted(folder.iterdir()) == before


def test_W12_nothing_is_overwritten_unasked(run, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text("mine")
    (tmp_path / "mine.png").write_text("mine")
    for arguments in (
        ("change", *PICTURES, 0, "--to-all", "--out", mine),
        ("change", *PICTURES, 0, 1, "--out", tmp_path / "mine.png"),
        ("patch", *PICTURES, 0, "--out", tmp_path / "mine.png"),
        (*EXPLAIN, "--between", 0, 1, "--out", tmp_path / "mine.png"),
        (*EXPLAIN, "--around", 0, "--table", mine),
    ):
        code, _, error = run(*arguments)
        assert code == 1
        assert "--overwrite" in error
    assert {path.read_text() for path in tmp_path.iterdir()} == {"mine"}
    assert run("change", *PICTURES, 0, "--to-all", "--out", mine, "--overwrite")[0] == 0
    assert mine.read_text() != "mine"


# --- patch ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [(), ("--radius", 1), ("--percentile", 50)])
def test_patch_tells_who_lives_there_and_what_moves(run, where):
    code, out, error = run("patch", *PICTURES, 4, *where)
    assert code == 0, error
    assert "around object 4" in out
    assert "of the given objects" in out
    assert "gausscape explain digits.space digits.npy --around 4 --outcome module:function" in out


def test_patch_of_a_table_row_draws_and_answers_in_json(run, tmp_path):
    out = tmp_path / "patch.svg"
    code, printed, error = run("patch", "rows.space", "rows.csv", "=c1", *TABLE, "--out", out, "--json")
    assert code == 0, error
    answer = strict(printed)
    assert answer["id"] == "=c1"
    assert answer["unusual"]["from_data"]
    assert is_picture(out)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--radius", 0), 2, "Pass --radius 1, or --percentile 50"),
        (("--radius", "nan"), 2, "--radius 1"),
        (("--radius", 1000), 2, "--percentile 50"),
        (("--radius", 1, "--percentile", 5), 2, "got both"),
        (("--percentile", 101), 2, "--percentile 50"),
        (("--radius", "wide"), 2, "--radius"),
        (("--out", "patch.csv"), 2, ".png or .svg"),
    ],
)
def test_W12_a_wrong_patch_is_named(run, arguments, code, words):
    found, out, error = run("patch", *PICTURES, 0, *arguments)
    assert found == code, error
    assert words in error
    assert out == ""


# --- explain --------------------------------------------------------------------------------------------------------


def test_explain_around_an_object_finds_what_moves_brightness(run, tmp_path):
    out, table = tmp_path / "why.png", tmp_path / "why.csv"
    where = ("--around", 0, "--around", 9, "--radius", 1, "--calls", 256, "--least-fidelity", 0)
    code, printed, error = run(*EXPLAIN, *where, "--name", "ink", "--out", out, "--table", table)
    assert code == 0, error
    assert "ink, our_models:bright, tried on" in printed
    assert "512 calls take about" in printed
    assert is_picture(out)
    rows = pandas.read_csv(table)
    assert set(rows.patch) == {0, 1}
    assert {"id", "feature", "on_manifold", "on_manifold_low", "withheld"} <= set(rows.columns)
    moves = rows[(rows.patch == 0) & (rows.feature == "brightness")]
    assert (moves.on_manifold > 0).all()


def test_explain_in_many_patches_makes_a_ledger_in_the_callers_words(run, tmp_path):
    table = tmp_path / "why.parquet"
    arguments = (*EXPLAIN, "--patches", 20, "--calls", 160, "--least-fidelity", 0, "--population", "digits", "--name", "ink",
                 "--phrase", "brightness=a brighter picture")  # fmt: skip
    code, out, error = run(*arguments, "--table", table)
    assert code == 0, error
    assert "In words, " in out
    assert "a brighter picture" in out
    assert "of digits lie in" in out
    ledger = pandas.read_parquet(tmp_path / "why-ledger.parquet")
    assert "brightness" in set(ledger.feature)
    assert set(pandas.read_parquet(table).patch) == set(range(20))
    code, _, error = run(*arguments, "--table", tmp_path / "why.csv", "--json")
    assert code == 0, error
    (tmp_path / "why.parquet").unlink()
    assert run(*arguments, "--table", table)[0] == 1, "the ledger of the first run is kept"


def test_explain_in_json_is_one_document_whatever_the_model_prints(run):
    code, out, error = run(*EXPLAIN, "--patches", 20, "--calls", 160, "--json")
    assert code == 0, error
    answer = strict(out)
    assert answer["ledger"]["patches"] == 20
    assert answer["check"]["rows"] == 32
    assert "a model that talks" in error


def test_explain_in_json_stays_one_document_with_a_process_of_its_own(folder):
    command = [sys.executable, "-m", "gausscape", *EXPLAIN, "--between", "0", "7", "--timeout", "60", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert strict(done.stdout)["a_id"] == "0"
    assert "a model that talks" in done.stderr


@pytest.mark.parametrize(
    "asked",
    [
        ("--between", 0, 7),
        ("--inputs-of", 3, "--calls", 300),
        ("--overlay",),
        ("--overlay", "--around", 3, "--radius", 1),
    ],
)
def test_explain_answers_each_question_with_a_picture(run, tmp_path, asked):
    out = tmp_path / "why.svg"
    code, printed, error = run(*EXPLAIN, *asked, "--out", out, "--json")
    assert code == 0, error
    assert strict(printed)["outcome"] == "y"
    assert is_picture(out)


def test_contributions_sum_to_the_difference(run):
    answer = strict(run(*EXPLAIN, "--between", 0, 7, "--json")[1])
    assert sum(each["amount"] for each in answer["contributions"]) == pytest.approx(answer["difference"], abs=1e-9)


def test_explain_leaves_the_label_column_out(run, tmp_path):
    table = tmp_path / "why.csv"
    code, out, error = run("explain", "rows.space", "rows.csv", *TABLE, "--outcome", "our_models:churn", "--around", "=c1",
                           "--least-fidelity", 0, "--calls", 256, "--table", table, "--json")  # fmt: skip
    assert code == 0, error
    assert not any("churn" in feature for feature in strict(out)["features"])
    assert "'=c1" in table.read_text()


def test_a_phrase_may_name_a_feature_that_holds_an_equals_sign(run):
    code, out, error = run("explain", "rows.space", "rows.csv", *TABLE, "--outcome", "our_models:churn", "--patches", 2,
                           "--phrase", "contract = Two year=a two-year contract", "--calls", 256)  # fmt: skip
    assert code == 0, error
    assert "Why y: 2 patches" in out


@pytest.mark.parametrize(
    ("model", "target"), [("two_columns", "1"), ("two_columns", "0"), ("two_columns", None), ("shade", "dark")]
)
def test_a_class_is_chosen_by_name_or_position(run, target, model):
    chosen = () if target is None else ("--target", target)
    code, out, error = run(
        "explain", *PICTURES, "--outcome", f"our_models:{model}", "--between", 0, 7, *chosen, "--json"
    )
    assert code == 0, error
    assert str(strict(out)["check"]["target"]) == (target or "1")


def test_a_constant_or_lost_y_is_withheld_with_a_reason(run):
    for model, words in (("constant", "constant"), ("lost", "not finite")):
        code, out, error = run("explain", *PICTURES, "--outcome", f"our_models:{model}", "--around", 0)
        assert code == 0, error
        assert "Withheld" in out
        assert words in out


def test_rows_of_one_class_are_explained_too(run):
    code, _, error = run("explain", "rows.space", "one-class.csv", *TABLE, "--outcome", "our_models:churn",
                         "--around", "c 0", "--calls", 256)  # fmt: skip
    assert code == 0, error


@pytest.mark.parametrize(
    ("outcome", "options", "code", "words"),
    [
        ("no_such_module:bright", (), 2, "no_such_module"),
        ("our_models:bride", (), 2, "'bride'"),
        ("our_models", (), 1, "our_models"),
        ("our_models:stubborn", (), 2, "no such layer"),
        ("our_models:short", (), 1, "expected (32,) or (32, k), got (31,)"),
        ("our_models:many", (), 2, "2,000 classes"),
        ("our_models:many", (), 2, "--target 1999"),
        ("our_models:many", ("--target", 2000), 2, "2000"),
        ("our_models:two_columns", ("--target", "cat"), 2, "'cat'"),
        ("our_models:bright", ("--target", "1"), 2, "Leave --target away"),
        ("our_models:shade", (), 2, "--target"),
        ("our_models:slow", ("--timeout", 0.5), 2, "no answer within 0.5 s"),
        ("our_models:bright", ("--timeout", 0), 2, "timeout"),
        ("our_models:bright", ("--budget", 300), 2, "--budget"),
        ("nothing.onnx", (), 1, "nothing.onnx"),
        ("model.pkl", (), 2, "--trust"),
        ("our_models.py", (), 2, "module:function"),
    ],
)
def test_a_wrong_outcome_is_named(run, outcome, options, code, words):
    found, _, error = run("explain", *PICTURES, "--outcome", outcome, "--around", 0, *options)
    assert found == code, error
    assert words in error


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "none of them"),
        (("--around", 0, "--patches", 3), 2, "--around and --patches"),
        (("--overlay", "--around", 0, "--around", 1), 2, "one place"),
        (("--between", 0, 1, "--radius", 1, "--table", "t.csv"), 2, "--radius and --table"),
        (("--inputs-of", 0, "--phrase", "a=b"), 2, "--phrase"),
        (("--around", 0, "--calls", 64), 2, "Pass --calls"),
        (("--around", 400), 1, "from 0 to 399"),
        (("--patches", 4000, "--calls", 256), 2, "objects of SOURCE"),
        (("--patches", 2, "--phrase", "brihgtness=more light"), 2, "brightness"),
        (("--patches", 2, "--phrase", "brightness="), 2, "FEATURE=TEXT"),
        (("--around", 0, "--rendering", "oil"), 2, "leave --rendering away"),
        (("--around", 0, "--least-fidelity", 2), 2, "--least-fidelity"),
        (("--around", 0, "--table", "t.txt"), 2, ".csv or .parquet"),
        (("--around", 0, "--radius", 1, "--percentile", 3), 2, "got both"),
    ],
)
def test_W12_a_wrong_question_is_named(run, folder, arguments, code, words):
    before = sorted(path for path in folder.iterdir() if path.name != "__pycache__")
    found, _, error = run(*EXPLAIN, *arguments)
    assert found == code, error
    assert words in error
    assert sorted(path for path in folder.iterdir() if path.name != "__pycache__") == before


@pytest.mark.parametrize(
    ("source", "words"),
    [("few.csv", "Give a SOURCE with more"), ("other.csv", "'charge' is missing"), ("level.csv", "'Weekly'")],
)
def test_wrong_rows_are_named(run, source, words):
    found, _, error = run("explain", "rows.space", source, *TABLE, "--outcome", "our_models:churn", "--around", "c 0")
    assert found == 1, error
    assert words in error


# --- help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["change", "patch", "explain"])
@pytest.mark.parametrize("columns", [80, 40])
def test_help_fits_and_names_every_option(run, monkeypatch, command, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(command, "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= max(columns, 50)
    assert "<list" not in out
    assert "--json" in out
