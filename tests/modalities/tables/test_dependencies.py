"""Identifiers and leaks: found where they are, not found where they are not."""

import warnings

import numpy as np
import pandas as pd
import pytest

from gausscape.errors import ConfigurationError, DataError
from gausscape.modalities.tables import TableModality
from gausscape.modalities.tables.dependencies import dependencies
from gausscape.modalities.tables.frames import find_library
from gausscape.modalities.tables.identifiers import IdentifierWarning, identifier_reason


def links(frame):
    library = find_library(frame)
    return {(link.cause, link.effect): link.how for link in dependencies([library.read(frame, name) for name in frame])}


def reason(values, name="column"):
    frame = pd.DataFrame({name: values})
    return identifier_reason(find_library(frame).read(frame, name))


def made(n=600, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=n), "level": rng.integers(0, 6, n), "town": rng.choice(list("abcd"), n)})


def test_independent_columns_have_no_links():
    # Over 200 tables of 8 columns: each link of chance is claimed with a probability below 1e-6.
    for seed in range(200):
        rng = np.random.default_rng(seed)
        few = {f"c{k}": rng.integers(0, 2 + k, 120) for k in range(7)}
        assert links(pd.DataFrame(few | {"x": rng.normal(size=120)})) == {}


def test_copies_functions_thresholds_and_near_copies_are_found():
    frame = made()
    rng = np.random.default_rng(1)
    noisy = np.where(rng.random(600) < 0.01, "a", frame["town"])
    found = links(
        frame.assign(
            copy=frame["level"],
            recoded=frame["town"].map({"a": 10, "b": 20, "c": 30, "d": 40}),
            coarse=frame["level"] // 3,
            high=np.where(frame["x"] > 0.5, "yes", "no"),
            twice=2 * frame["x"],
            noisy=noisy,
        )
    )
    assert found["level", "copy"] == "copy"
    assert found["town", "recoded"] == "each other"
    assert found["level", "coarse"] == "function"
    assert found["x", "high"] == "threshold"
    assert found["x", "twice"] == "each other"
    assert found["town", "noisy"] == "nearly"
    assert ("coarse", "level") not in found
    assert ("copy", "level") not in found  # said once


def test_missing_values_are_a_level_of_their_own():
    frame = made()
    gone = frame["level"].astype(float).where(frame["level"] > 0)
    assert links(pd.DataFrame({"level": frame["level"], "gone": gone}))["level", "gone"] == "each other"


def test_the_leak_is_named_in_the_notes():
    frame = made().assign(Churn=lambda f: np.where(f["level"] > 3, "Yes", "No"), label=lambda f: f["Churn"])
    notes = "\n".join(TableModality.infer(frame).notes)
    assert "column 'label' is a copy of 'Churn'" in notes
    assert "column 'level' determines 'Churn'" in notes
    assert "leak" in notes


def test_identifiers_are_told_by_their_values():
    rng = np.random.default_rng(0)
    assert "nearly fill 5 to 104" in reason(rng.permutation(100) + 5)
    assert "rise row by row" in reason(np.cumsum(rng.integers(50, 90, 100)))
    assert "by its name" in reason(rng.choice(10_000_000, 100, replace=False), "customer_id")
    assert "by its name" in reason(rng.choice(10_000_000, 100, replace=False), "orderID")
    assert "all 100 texts differ" in reason([f"K-{k}" for k in range(100)])
    for values, name in (
        (rng.normal(size=100), "x"),
        (rng.integers(0, 1000, 100), "income"),
        (rng.choice(10_000_000, 100, replace=False), "income"),
        (rng.choice(10_000_000, 100, replace=False), "humid"),
        (rng.choice(list("abcdefgh"), 100), "town"),
        (np.arange(30), "few"),
        ([f"{k / 4}" for k in range(100)], "texts"),
    ):
        if name != "texts":
            assert reason(values, name) is None, name


def test_identifiers_are_never_fitted_silently():
    frame = made().assign(number=np.arange(600))
    with pytest.warns(IdentifierWarning, match=r"'number' looks like an identifier \(all 600 values differ.*ignore=\['number'\]"):
        tables = TableModality.infer(frame)
    assert any("looks like an identifier" in note for note in tables.notes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = TableModality.infer(frame, identifiers="keep")
        assert len(kept.columns) == 4
        aside = TableModality.infer(frame, identifiers="ignore")
        TableModality.infer(frame, numeric=["number"])
    assert aside.ignored == ("number",)
    assert any("set aside as an identifier" in note for note in aside.notes)
    assert aside.to_tensors(frame)["values"].shape == (600, 3)
    with pytest.raises(DataError, match=r"'number' looks like an identifier.*identifiers='refuse'"):
        TableModality.infer(frame, identifiers="refuse")
    with pytest.raises(ConfigurationError, match="identifiers"):
        TableModality.infer(frame, identifiers="drop")
    with pytest.raises(DataError, match="no identifier"):
        TableModality.infer(pd.DataFrame({"a": np.arange(80), "b": np.arange(80)[::-1]}), identifiers="ignore")
