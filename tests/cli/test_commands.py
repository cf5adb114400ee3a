"""The command line: every command on small real data, and what it says when it is used wrongly."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    path = tmp_path_factory.mktemp("settings") / "quick.yaml"
    path.write_text("latent: 2\nschedule:\n  steps: 60\n")
    return path


@pytest.fixture(scope="module")
def space(tmp_path_factory, settings):
    folder = tmp_path_factory.mktemp("spaces") / "digits.space"
    command = [sys.executable, "-m", "gausscape", "fit", "digits", "--out", str(folder), "--config", str(settings)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return folder


def test_fit_writes_a_space_and_leaves_no_run_folder(space):
    assert (space / "space.json").is_file()
    assert not space.with_name(space.name + ".run").exists()


def test_info_tells_bound_axes_and_audit(run, space):
    code, out, _ = run("info", space, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["held_out_bound"] < 1e6
    assert answer["live_axes"]
    assert [row["claimed"] for row in answer["audit"]] == [0.5, 0.1, 0.01, 0.001]
    code, out, _ = run("info", space)
    assert code == 0
    assert "Claimed against actual" in out
    # A bound without its likelihood invites a comparison that means nothing.
    assert f"{answer['held_out_bound_likelihood']} likelihood: it compares only with" in out
    assert "Of 100 spaces whose claims are all right" in out
    assert "Next:" in out


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_score_keeps_ids_and_every_measure(run, space, tmp_path, ending):
    import pandas

    out = tmp_path / f"scores{ending}"
    code, _, error = run("score", space, "digits", "--out", out, "--draws", 5)
    assert code == 0, error
    frame = pandas.read_parquet(out) if ending == ".parquet" else pandas.read_csv(out)
    assert len(frame) == 1797
    assert {"id", "exceedance", "lower", "upper", "support", "log_likelihood_bound"} <= set(frame.columns)
    assert frame.exceedance.between(0, 1).all()
    assert (frame.lower <= frame.exceedance).all()
    assert (frame.exceedance <= frame.upper).all()


def test_sample_draws_at_the_stated_exceedance(run, space, tmp_path):
    out = tmp_path / "rare.npz"
    code, printed, error = run("sample", space, "--out", out, "-n", 6, "--exceedance", 0.05, "--json")
    assert code == 0, error
    answer = json.loads(printed)
    assert [row["exceedance"] for row in answer["samples"]] == pytest.approx([0.05] * 6, rel=1e-6)
    with np.load(out) as archive:
        assert archive["items"].shape == (6, 8, 8)


def test_sample_refuses_what_the_data_cannot_certify(run, space, tmp_path):
    code, _, error = run("sample", space, "--out", tmp_path / "rare.txt")
    assert code == 2
    assert ".npz" in error
    code, _, error = run("sample", space, "--out", tmp_path / "x.npz", "--exceedance", 1e-9)
    assert code == 1
    assert "calibration objects" in error


def test_map_writes_a_picture(run, space, tmp_path):
    code, _, error = run("map", space, "--out", tmp_path / "map.png", "--side", 4, "--data", "digits")
    assert code == 0, error
    assert (tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "map-objects.png").read_bytes()[:4] == b"\x89PNG"


def test_data_lists_the_catalogue(run):
    code, out, _ = run("data", "--json")
    assert code == 0
    assert {"digits", "mnist-5k", "mnist", "fashion-mnist", "penguins"} <= {entry["name"] for entry in json.loads(out)}
    assert run("data", "digits")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("fit", "digits"), 2, "--out"),
        (("fit", "digits", "--out", "x", "--latnt", "2"), 2, "--latnt"),
        (("nonsense",), 2, "nonsense"),
        (("data", "cifar"), 2, "cifar"),
        (("info", "nowhere.space"), 1, "nowhere.space"),
        (("fit", "no-such-file.csv", "--out", "x"), 1, "no-such-file.csv"),
        (("fit", "digits", "--out", "nowhere/x"), 1, "nowhere"),
        (("fit", "digits", "--out", "x", "--method", "umap"), 2, "umap"),
        (("fit", "digits", "--out", "x", "--modality", "smells"), 2, "smells"),
        (("fit", "digits", "--out", "x", "--latent", "0"), 2, "latent"),
    ],
)
def test_wrong_calls_are_one_sentence_without_a_traceback(run, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    found, out, error = run(*arguments)
    assert found == code, error
    assert words in error
    assert "Traceback" not in out + error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("latent: 2\nlayers: 3\n", "'layers' on line 2"),
        ("schedule:\n  stpes: 3\n", "line 2"),
        ("schedule:\n  steps: -3\n", "steps"),
        ("objective: 3\n", "line 1"),
        ("latent: [\n", "line"),
        ("latent: 2\nlatent: 3\n", "line 2"),
        ("architecture:\n  encoder:\n    filters: [8]\n    kernel: [3]\n  decoder: {}\n", "'kernel'"),
    ],
)
def test_W12_a_wrong_configuration_is_named_with_its_line(run, tmp_path, text, words):
    (tmp_path / "wrong.yaml").write_text(text)
    code, _, error = run("fit", "digits", "--out", tmp_path / "x", "--config", tmp_path / "wrong.yaml")
    assert code == 2, error
    assert words in error
    assert not (tmp_path / "x").exists()


def test_an_existing_space_is_not_replaced_unasked(run, space, settings):
    before = (space / "manifest.json").read_bytes()
    code, _, error = run("fit", "digits", "--out", space, "--config", settings)
    assert code == 1
    assert "--overwrite" in error
    assert (space / "manifest.json").read_bytes() == before


def test_a_table_goes_from_csv_to_scores(run, tmp_path, settings):
    code, _, error = run("fit", "penguins", "--out", tmp_path / "penguins.space", "--config", settings)
    assert code == 0, error
    code, _, error = run("score", tmp_path / "penguins.space", "penguins", "--out", tmp_path / "s.parquet", "--draws", 5)
    assert code == 0, error
    code, _, error = run("sample", tmp_path / "penguins.space", "--out", tmp_path / "new.csv", "-n", 5)
    assert code == 0, error
    assert len((tmp_path / "new.csv").read_text().splitlines()) == 6


def test_S8_text_that_a_spreadsheet_would_run_is_quoted(tmp_path):
    from gausscape.cli.tables import write_table

    write_table({"id": np.array(["=cmd()", "+1", "plain"]), "p": np.array([0.1, -0.2, 0.3])}, tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text()
    assert "'=cmd()" in text
    assert "'+1" in text
    assert "-0.2" in text


def test_W12_a_closed_pipe_is_no_error():
    command = f"{sys.executable} -m gausscape data --json | head -n 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_help_and_version_do_not_import_torch():
    code = (
        "import sys; sys.argv = ['gausscape', {!r}]\n"
        "from gausscape.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = [name for name in ('torch', 'pandas', 'matplotlib', 'sklearn', 'pyarrow') if name in sys.modules]\n"
        "sys.exit(f'imported {{heavy}}' if heavy else 0)"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code.format(option)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def test_C4_ctrl_c_saves_and_resume_ends_the_fit(tmp_path):
    (tmp_path / "long.yaml").write_text("latent: 2\nschedule:\n  steps: 3000\n")
    command = [sys.executable, "-m", "gausscape", "fit", "digits", "--out", "d.space", "--config", "long.yaml"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=environment)
    deadline = time.monotonic() + 120
    while not (tmp_path / "d.space.run" / "run.lock").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(2)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 130, error
    assert "--resume" in error
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=120)
    assert refused.returncode == 1
    assert "--resume" in refused.stderr
    done = subprocess.run([*command, "--resume"], cwd=tmp_path, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "d.space" / "space.json").is_file()
    assert not (tmp_path / "d.space.run").exists()
