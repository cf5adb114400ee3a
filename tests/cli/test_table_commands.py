"""schema and complete, as they are typed: a schema is written, edited, fitted with; gaps are filled into a file."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from gausscape.cli import main
from gausscape.modalities.tables.example import example_items
from gausscape.training.fitting import fit


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("tables")
    frame = example_items(120).assign(ordered=lambda rows: rows["ordered"].astype(str))
    frame = frame.drop(columns="ordered").assign(size=np.resize(["small", "large", "medium"], 120))
    frame.to_csv(place / "orders.csv", index=False)
    gappy = frame.head(30).copy()
    gappy.loc[::3, "amount"] = np.nan
    gappy.loc[1::4, "city"] = None
    gappy.to_csv(place / "gappy.csv", index=False)
    fit(pd.read_csv(place / "orders.csv"), latent=2, method="pca", seed=0).save(place / "orders.space")
    fit(np.random.default_rng(0).uniform(size=(40, 5, 5)).astype("float32"), latent=2, method="pca").save(place / "pictures.space")
    return place


def run(capsys, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["gausscape", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    return stopped.value.code or 0, said.out, said.err


def test_a_schema_is_printed_edited_and_fitted_with(folder, tmp_path, capsys, monkeypatch):
    code, text, _ = run(capsys, monkeypatch, "schema", folder / "orders.csv")
    assert code == 0
    assert "size: {kind: categorical}" in text
    code, out, _ = run(capsys, monkeypatch, "schema", folder / "orders.csv", "--out", tmp_path / "schema.yaml")
    assert code == 0
    assert (tmp_path / "schema.yaml").read_text() == text
    assert "gausscape fit" in out
    edited = text.replace("size: {kind: categorical}", "size: {kind: ordinal, order: [small, medium, large]}")
    (tmp_path / "schema.yaml").write_text(edited.replace("constraints: []", "constraints: [amount <= 50]"))
    (tmp_path / "fit.yaml").write_text(f"method: pca\nlatent: 2\nmodality: {{name: tables, schema: {tmp_path / 'schema.yaml'}}}\n")
    space = tmp_path / "orders.space"
    code, out, _ = run(capsys, monkeypatch, "fit", folder / "orders.csv", "--out", space, "--config", tmp_path / "fit.yaml")
    assert code == 0
    assert "ordinal, small < medium < large" in out
    code, out, _ = run(capsys, monkeypatch, "schema", space)
    assert "order: [small, medium, large]" in out
    assert "- \"amount <= 50\"" in out
    code, out, _ = run(capsys, monkeypatch, "schema", folder / "orders.csv", "--config", tmp_path / "fit.yaml", "--json")
    assert "ordinal" in json.loads(out)["schema"]


def test_a_schema_as_the_configuration_of_a_fit_is_told_its_place(folder, tmp_path, capsys, monkeypatch):
    (tmp_path / "schema.yaml").write_text("columns:\n  amount: numeric\n")
    words = ("fit", folder / "orders.csv", "--out", tmp_path / "a.space", "--config", tmp_path / "schema.yaml")
    code, _, error = run(capsys, monkeypatch, *words)
    assert code == 2
    assert "modality: {name: tables, schema:" in " ".join(error.split())


def test_the_schema_command_refuses_what_has_no_columns(folder, tmp_path, capsys, monkeypatch):
    code, _, error = run(capsys, monkeypatch, "schema", folder / "pictures.space")
    assert code == 2
    assert "A schema needs objects with named columns" in error
    (tmp_path / "there.yaml").write_text("")
    code, _, error = run(capsys, monkeypatch, "schema", folder / "orders.csv", "--out", tmp_path / "there.yaml")
    assert code == 1
    assert "--overwrite" in error


def test_gaps_are_filled_into_a_file(folder, tmp_path, capsys, monkeypatch):
    out, table = tmp_path / "whole.csv", tmp_path / "cells.csv"
    words = ("complete", folder / "orders.space", folder / "gappy.csv", "--out", out, "--table", table, "--draws", "10")
    code, said, _ = run(capsys, monkeypatch, *words)
    assert code == 0
    assert "of 30 objects had gaps" in said
    whole, gappy = pd.read_csv(out), pd.read_csv(folder / "gappy.csv")
    assert whole[list(gappy)].notna().all().all()
    known = gappy["amount"].notna()
    assert (whole["amount"][known] == gappy["amount"][known]).all()
    code, said, error = run(capsys, monkeypatch, "score", folder / "orders.space", out, "--out", tmp_path / "scores.csv")
    assert code == 0, error
    cells = pd.read_csv(table)
    assert set(cells) == {"id", "feature", "mean", "lower", "upper", "effective"}
    assert (cells["feature"] == "amount").sum() == (~known).sum()
    code, said, _ = run(capsys, monkeypatch, *words, "--overwrite", "--json")
    assert json.loads(said)["draws"] == 10
    code, _, error = run(capsys, monkeypatch, *words)
    assert code == 1
    assert "--overwrite" in error
