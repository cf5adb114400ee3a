"""Embeddings: the container, distances that stay, neighbours that are told, names of directions, and refusals."""

import io
import json

import numpy as np
import pyarrow.parquet
import pytest
import torch

import gausscape as gs
from gausscape.errors import ConfigurationError, DataError, SchemaError, ShapeError
from gausscape.items import Items, take
from gausscape.modalities.embeddings import MODALITY, Embeddings
from gausscape.modalities.embeddings.example import example_items
from gausscape.modalities.embeddings.landmarks import Landmarks
from gausscape.modality import recognise


def test_rows_are_taken_as_of_a_table():
    made = example_items(12)
    for some in (take(made, np.array([3, 0])), made[[3, 0]], Items.of(made).take([3, 0]).values):
        assert isinstance(some, Embeddings)
        assert some.originals == (made.originals[3], made.originals[0])
        np.testing.assert_array_equal(some.vectors, made.vectors[[3, 0]])
    assert len(made[2]) == 1
    assert len(made[4:7]) == 3
    assert len(take(made, np.array([], dtype=int))) == 0


@pytest.mark.parametrize(
    ("vectors", "originals", "error", "named"),
    [
        (np.zeros(3), ("a", "b", "c"), ShapeError, r"\(3,\)"),
        (np.zeros((3, 2)), ("a", "b"), ShapeError, "3 originals, but 2"),
        (np.zeros((3, 2)), "abc", ShapeError, "one text for each"),
        (np.zeros((2, 2)), ("a", 5), DataError, "number 1 is a int"),
        (np.array([["a", "b"]]), ("a",), DataError, "numbers"),
    ],
)
def test_containers_that_do_not_fit_are_refused(vectors, originals, error, named):
    with pytest.raises(error, match=named):
        Embeddings(vectors, originals)


def test_recognised_by_type_alone():
    assert recognise(example_items(12)) is MODALITY
    assert not MODALITY.accepts(example_items(12).vectors)


def test_distances_and_vectors_stay_as_they_are():
    made = example_items(80)
    kind = MODALITY.infer(made)
    cells = kind.to_tensors(made)["vector"].numpy().astype(float)
    ours = np.linalg.norm(cells[:40] - cells[40:], axis=1) * kind.scale
    np.testing.assert_allclose(ours, np.linalg.norm(made.vectors[:40] - made.vectors[40:], axis=1), rtol=1e-4)
    np.testing.assert_allclose(kind.to_items(torch.from_numpy(cells).float()).vectors, made.vectors, atol=1e-5)


def test_more_directions_than_are_kept_are_told_in_a_note():
    rng = np.random.default_rng(0)
    made = Embeddings(rng.normal(size=(300, 200)), [f"text {k}" for k in range(300)])
    kind = MODALITY.infer(made)
    assert kind.cells == 128
    assert "128 principal directions of 200 numbers" in kind.notes[0]
    few = MODALITY.infer(made[:12])
    assert few.cells == 11


def test_generated_vectors_are_told_by_the_nearest_original():
    made = example_items(400, seed=3)
    kind = MODALITY.infer(made)
    back = kind.to_items(kind.to_tensors(made)["vector"])
    assert [text.removeprefix("near: ") for text in back.originals] == list(made.originals)
    shown = kind.pictures(made[:2])[1].data
    assert [name for name, _ in shown] == ["original", "nearest 1", "nearest 2", "nearest 3"]
    assert shown[0][1] == shown[1][1] == made.originals[1]


def test_directions_are_named_by_their_two_ends():
    rng = np.random.default_rng(1)
    side = rng.choice([-1.0, 1.0], 200) * rng.uniform(0.5, 2, 200)
    vectors = np.outer(side, [3.0, 0, 0, 0]) + 0.1 * rng.normal(size=(200, 4))
    made = Embeddings(vectors, ["refund late" if value < 0 else "thank you" for value in side])
    kind = MODALITY.infer(made)
    told = kind.features(kind.to_tensors(made)["vector"])
    assert told.names[0] == "'refund late' to 'thank you'"
    assert np.corrcoef(told.values[:, 0], side)[0, 1] > 0.99
    names, part = kind.parts()
    assert names[0] == told.names[0]
    assert part.tolist() == [0, 1, 2, 3]


def test_at_most_a_thousand_originals_are_kept_with_short_texts():
    cells = np.random.default_rng(2).normal(size=(2500, 3))
    kept = Landmarks.choose(cells, tuple("long text " * 50 for _ in range(2500)))
    assert len(kept.texts) == 1000
    assert max(map(len, kept.texts)) == 200
    again = Landmarks.from_document(json.loads(json.dumps(kept.document())))
    np.testing.assert_array_equal(again.cells, kept.cells)
    assert len(set(kept.name_directions(3))) == 3


def test_what_cannot_be_fitted_is_refused():
    made = example_items(20)
    broken = made.vectors.copy()
    broken[7, 2] = np.nan
    with pytest.raises(DataError, match="vector 7"):
        MODALITY.infer(Embeddings(broken, made.originals))
    with pytest.raises(DataError, match="the same"):
        MODALITY.infer(Embeddings(np.ones((20, 4)), made.originals))
    with pytest.raises(ShapeError, match="2 to 4,096"):
        MODALITY.infer(Embeddings(np.zeros((20, 5000)), made.originals))
    with pytest.raises(SchemaError, match="10 numbers, but got 9"):
        MODALITY.infer(made).to_tensors(Embeddings(made.vectors[:, :9], made.originals))
    with pytest.raises(ConfigurationError, match="pair of torch modules"):
        MODALITY.infer(made).networks(2, size=20, architecture="convolutional")


def test_files_hold_vectors_and_texts():
    kind, some = MODALITY.infer(example_items(20)), example_items(3)
    told = {"exceedance": np.array([0.1, 0.2, 0.3]), "codes": np.zeros((3, 2))}
    with np.load(io.BytesIO(kind.to_file(some, told, ".npz"))) as archive:
        np.testing.assert_array_equal(archive["items"], some.vectors)
        assert archive["originals"].tolist() == list(some.originals)
    table = pyarrow.parquet.read_table(io.BytesIO(kind.to_file(some, told, ".parquet")))
    assert table.column_names == ["original", *(f"dimension {k + 1}" for k in range(10)), "_exceedance"]


def test_a_space_measures_a_change_between_two_texts():
    made = example_items(300, seed=4)
    space = gs.fit(made, latent=4, method="pca", seed=0)
    change = gs.measure_change(space, made[:1], made[1:2])
    assert change.distance > 0
    assert space.sample(4, seed=1).items.originals[0].startswith("near: ")


def test_the_representation_does_not_tell_every_text():
    made = Embeddings(np.zeros((500, 3)), tuple("x" * 100 for _ in range(500)))
    assert len(repr(made)) < 120
    assert "500" in repr(made)
    assert "none" in repr(made[:0])
