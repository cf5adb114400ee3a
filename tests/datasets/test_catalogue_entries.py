"""The catalogue: every entry tells the truth about itself, and looking costs nothing."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from gausscape.datasets import catalogue, load
from gausscape.errors import ConfigurationError, MissingFileError

BUNDLED = [entry.name for entry in catalogue().values() if entry.bundled]


@pytest.mark.parametrize("entry", catalogue().values(), ids=catalogue())
def test_entry_is_complete(entry):
    assert entry.kind.isidentifier()
    assert entry.objects > 0
    for text in (entry.summary, entry.licence, entry.source):
        assert text
    with pytest.raises(AttributeError):
        entry.name = "other"


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_entry_loads_as_promised(name):
    entry = catalogue()[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        items = load(name)
    assert len(items) == entry.objects
    assert items.modality == entry.kind
    assert items.labels is not None
    if entry.kind == "images":
        assert items.values.dtype == np.uint8
        assert items.values.max() == 255


def test_digits_are_the_sixteenths_of_scikit_learn():
    from sklearn.datasets import load_digits

    ours, theirs = load("digits").values, np.asarray(load_digits().images)
    assert np.array_equal(np.rint(ours / 255 * 16), theirs)


def test_mnist_5k_has_500_of_each():
    assert np.bincount(load("mnist-5k").labels).tolist() == [500] * 10


def test_penguins_keep_their_missing_cells():
    items = load("penguins")
    assert "species" not in items.values.columns
    assert items.values.isna().sum().sum() == 19
    assert sorted(set(items.labels)) == ["Adelie", "Chinstrap", "Gentoo"]


def test_split_of_an_undivided_set_is_refused():
    with pytest.raises(ConfigurationError, match="comes as one"):
        load("digits", split="test")
    with pytest.raises(ConfigurationError, match="'train' or 'test'"):
        load("mnist", split="valid")


def test_close_names_are_told(tmp_path):
    (tmp_path / "measures.csv").write_text("a\n1\n")
    with pytest.raises(MissingFileError, match="'fashion-mnist'"):
        load("fasion-mnist")
    with pytest.raises(MissingFileError, match=r"measures\.csv"):
        load(tmp_path / "measure.csv")
    with pytest.raises(MissingFileError, match="Sets of the catalogue"):
        load("qqqqqqqq")
    with pytest.raises(MissingFileError):
        load("n" * 5000)
    with pytest.raises(MissingFileError):
        load("a\0b")


def test_looking_at_the_catalogue_imports_nothing_heavy():
    heavy = "pandas pyarrow polars PIL pooch requests sklearn mlxtend palmerpenguins torch rich narwhals scipy networkx"
    code = (
        "import sys; from gausscape.datasets import catalogue; catalogue(); "
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": source}, check=True
    )
    assert done.stdout.strip() == "[]"
