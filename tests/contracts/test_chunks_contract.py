"""What chunks promise, whoever makes them: each chunk again and in any order, and together all objects once."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gausscape.chunks import Chunks
from gausscape.datasets import scan
from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items, take

N = 1000


def table():
    random = np.random.default_rng(0)
    return pa.table({"x": random.normal(size=N), "y": random.integers(0, 5, N), "name": random.choice(["a", "b"], N)})


def folder(tmp_path):
    (tmp_path / "rows" / "more").mkdir(parents=True)
    pq.write_table(table().slice(0, 333), tmp_path / "rows" / "1.parquet", row_group_size=50)
    pq.write_table(table().slice(333), tmp_path / "rows" / "more" / "2.parquet")
    return scan(tmp_path / "rows", chunk=128)


def one_file(tmp_path):
    pq.write_table(table(), tmp_path / "t.parquet", row_group_size=N)
    return scan(tmp_path / "t.parquet", chunk=128)


MAKERS = {
    "array": lambda tmp_path: Chunks.of(np.random.default_rng(0).normal(size=(N, 3)), size=128),
    "frame": lambda tmp_path: Chunks.of(table().to_pandas(), size=128),
    "list": lambda tmp_path: Chunks.of([f"object {k}" for k in range(N)], size=128),
    "file": one_file,
    "folder": folder,
}


@pytest.fixture(params=MAKERS)
def chunks(request, tmp_path):
    return MAKERS[request.param](tmp_path)


def equal(a: Items, b: Items) -> bool:
    same = a.values.equals(b.values) if isinstance(a.values, pd.DataFrame) else np.array_equal(a.values, b.values)
    return bool(same) and a.ids.tolist() == b.ids.tolist()


def test_sizes_add_up_and_ids_differ_over_all(chunks):
    read = [chunks.read(number) for number in range(len(chunks.sizes))]
    assert tuple(len(items) for items in read) == chunks.sizes
    assert len(chunks) == sum(chunks.sizes) == N
    assert len({name for items in read for name in items.ids.tolist()}) == N


def test_a_chunk_is_the_same_in_any_order(chunks):
    once = [chunks.read(number) for number in range(len(chunks.sizes))]
    for number in (3, 0, 7, 7, 2, 5, 1):
        again = chunks.read(number)
        assert equal(again, once[number])


def test_another_process_reads_the_same(chunks):
    far = pickle.loads(pickle.dumps(chunks))
    assert far.digest == chunks.digest
    assert equal(far.read(4), chunks.read(4))


def test_some_objects_by_their_places(chunks):
    places = np.array([0, 5, 127, 128, 600, N - 1])
    taken, read = chunks.take(places), [chunks.read(number) for number in range(len(chunks.sizes))]
    ids = np.concatenate([items.ids for items in read])
    assert taken.ids.tolist() == ids[places].tolist()
    if isinstance(taken.values, pd.DataFrame):
        assert np.array_equal(taken.values["x"][:3], read[0].values["x"].iloc[[0, 5, 127]])
    else:
        assert np.array_equal(take(taken.values, np.arange(3)), take(read[0].values, np.array([0, 5, 127])))


def test_a_sample_depends_on_seed_and_ids_alone(chunks):
    drawn = chunks.sample(50, seed=3)
    assert len(drawn) == 50
    assert "50 of 1,000" in drawn.name
    assert chunks.sample(50, seed=3).ids.tolist() == drawn.ids.tolist()
    assert chunks.sample(50, seed=4).ids.tolist() != drawn.ids.tolist()
    assert len(chunks.sample(5000)) == N


def test_wrong_numbers_are_refused(chunks):
    for number in (-1, len(chunks.sizes)):
        with pytest.raises(ConfigurationError, match="chunk"):
            chunks.read(number)
    with pytest.raises(ConfigurationError, match="places"):
        chunks.take([N])


def test_chunks_pass_through_unchanged(chunks):
    assert Chunks.of(chunks) is chunks
    assert scan(chunks) is chunks


def test_what_needs_objects_in_memory_says_so(chunks):
    with pytest.raises(DataError, match="sample"):
        Items.of(chunks)


@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(ConfigurationError, match="whole number"):
        Chunks.of(np.zeros((3, 2)), size=size)
