"""A small space, 2,400 rows in eight chunks, and a model that workers can import."""

import hashlib

import pytest

from gausscape.chunks import Chunks
from gausscape.items import Items
from gausscape.modalities.tables.example import example_items
from gausscape.training.fitting import fit

ROWS, CHUNK = 2400, 300

MODEL = """
import os, pathlib, time
import numpy as np

HERE = pathlib.Path(__file__).parent

def price(rows):
    with open(HERE / "calls", "a") as file:
        file.write(f"{len(rows)}\\n")
    return rows.select_dtypes("number").iloc[:, 0].to_numpy(dtype=float)

def crooked(rows):
    # The shard of the straggler waits until five others are done; that of the poison ends its process.
    if (rows["amount"] == 11111.11).any():
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline and len(list((HERE / "out" / "_run").glob("part-*.json"))) < 5:
            time.sleep(0.05)
        if time.monotonic() >= deadline:
            return np.full(len(rows), np.nan)
    if (rows["amount"] == 22222.22).any():
        os.kill(os.getpid(), 9)
    return np.zeros(len(rows))
"""


@pytest.fixture(scope="session")
def space():
    return fit(example_items(400), method="pca", latent=2, seed=0)


@pytest.fixture(scope="session")
def space_folder(space, tmp_path_factory):
    return space.save(tmp_path_factory.mktemp("spaces") / "example.space")


@pytest.fixture(scope="session")
def chunks():
    rows = example_items(ROWS, seed=1)
    # Marks that the model of some tests knows: a straggler in chunk 0, a poison in chunk 2.
    rows.loc[[200, 700], "amount"] = [11111.11, 22222.22]
    return Chunks.of(Items.of(rows, name="orders"), size=CHUNK)


@pytest.fixture
def model(tmp_path, monkeypatch):
    """Writes models.py where this process and its children find it; returns a function that counts rows asked about."""
    (tmp_path / "models.py").write_text(MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "models", raising=False)

    def calls():
        file = tmp_path / "calls"
        return sum(map(int, file.read_text().split())) if file.exists() else 0

    return calls


@pytest.fixture(scope="session")
def digest():
    """SHA-256 of everything in a folder that speaks of the result: its shards and its summary."""

    def of(folder):
        names = [*sorted(folder.glob("part-*.parquet")), folder / "_summary.json"]
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in names}

    return of
