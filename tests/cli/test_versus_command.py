"""versus writes a comparison and its picture; fit --method gan reads a file of settings; wrong calls are one sentence."""

import json
import sys

import numpy as np
import pytest

from gausscape.cli import main
from gausscape.modalities.images.example import example_items

pytestmark = pytest.mark.filterwarnings("ignore::gausscape.training.gan.guard.CollapseWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("versus")
    np.savez(place / "spots.npz", items=example_items(160, seed=3))
    np.save(place / "spots.npy", example_items(160, seed=3))
    objective = "objective:\n  penalty: 1.0\n  inversion_steps: 5\n"
    (place / "gan.yaml").write_text(f"method: gan\nlatent: 2\n{objective}schedule:\n  steps: 20\n")
    (place / "bad.yaml").write_text("method: gan\nobjective:\n  kl_weight: 1.0\n")
    return place


def run(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["gausscape", *map(str, words)])
    try:
        main()
    except SystemExit as end:
        return end.code
    return 0


def test_it_tells_and_writes_a_comparison_and_a_picture(folder, monkeypatch, capsys):
    out = folder / "both"
    words = (
        "versus",
        folder / "spots.npy",
        "--methods",
        "vae,pca",
        "--seeds",
        "2",
        "--latent",
        "2",
        "--steps",
        "20",
        "--out",
        out,
    )
    assert run(monkeypatch, *words) in (0, None)
    said = capsys.readouterr()
    assert "coverage of unseen objects" in said.out
    assert said.err.count("seed 1") == 2
    document = json.loads((out / "comparison.json").read_text())
    assert document["methods"] == ["vae", "pca"]
    assert (out / "comparison.png").stat().st_size > 1000
    assert run(monkeypatch, *words) == 1
    assert "exists" in capsys.readouterr().err


def test_a_file_of_settings_fits_a_generator(folder, monkeypatch, capsys):
    words = ("fit", folder / "spots.npy", "--config", folder / "gan.yaml", "--out", folder / "gan.space")
    assert run(monkeypatch, *words) in (0, None)
    capsys.readouterr()
    assert run(monkeypatch, "info", folder / "gan.space", "--json") in (0, None)
    assert json.loads(capsys.readouterr().out)["latent"] == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["versus", "spots.npy", "--methods", "vae,gna"], "'gna'"),
        (["versus", "spots.npy", "--methods", ","], "is empty"),
        (["fit", "spots.npy", "--config", "bad.yaml"], "objective.kl_weight on line 3 is unknown"),
        (["fit", "spots.npy", "--method", "gan", "--resume"], "--resume needs --method vae"),
    ],
)
def test_wrong_calls_are_one_sentence(folder, monkeypatch, capsys, words, message):
    words = [folder / word if (folder / word).exists() and "." in word else word for word in words]
    assert run(monkeypatch, *words, "--out", folder / "none") == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
