"""stress_test of Chunks takes a uniform sample of them, and says so."""

import importlib

import numpy as np

import gausscape as gs


def test_chunks_give_the_test_of_their_sample(monkeypatch):
    # By its full name: the package's attribute of this name is the verb.
    monkeypatch.setattr(importlib.import_module("gausscape.stress_testing.stress_test"), "MOST_REAL", 300)
    rows = np.random.default_rng(0).normal(size=(800, 3)) @ np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.3], [0.2, 0.0, 1.0]])
    space = gs.fit(rows[:400], latent=2, method="pca")
    chunks = gs.Chunks.of(rows, size=130)

    def tell(data):
        test = gs.stress_test(space, lambda table: np.asarray(table)[:, 0], data, exceedance=(0.1,), fails="y > 1", calls=0, seed=3)
        return test, test.notes

    of_chunks, notes = tell(chunks)
    of_sample, others = tell(chunks.sample(300, seed=3))
    assert np.array_equal(of_chunks.scenarios.y, of_sample.scenarios.y)
    assert np.array_equal(of_chunks.neighbours.ids, of_sample.neighbours.ids)
    assert [note for note in notes if note not in others] == [f"The real objects are {chunks.sample(300, seed=3).name}."]
