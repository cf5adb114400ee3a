"""Numbers keyed by id: the same whatever the batch and order; uniform, normal, and independent of each other.

The statistical tests use one fixed seed, so they give the same answer every time; with a fresh seed each would raise a false
alarm with probability below 1e-6 (bounds at 6 standard errors, two-sided 2e-9, of at most 300 comparisons).
"""

import numpy as np
import pytest
from scipy import stats

from gausscape.keyed_random import keyed_normals, keyed_uniforms, keys_of, philox

IDS = np.arange(4000).astype(str)
SIGMAS = 6


def test_a_row_has_its_numbers_whatever_the_batch_and_the_order():
    whole = keyed_normals(IDS, seed=3, draws=4, axes=3)
    order = np.random.default_rng(0).permutation(len(IDS))
    assert np.array_equal(keyed_normals(IDS[order], seed=3, draws=4, axes=3), whole[order])
    for start in range(0, len(IDS), 977):
        part = IDS[start : start + 977]
        assert np.array_equal(keyed_normals(part, seed=3, draws=4, axes=3), whole[start : start + 977])


def test_more_draws_do_not_move_the_first():
    assert np.array_equal(keyed_uniforms(IDS, seed=1, draws=7, axes=2)[:, :3], keyed_uniforms(IDS, seed=1, draws=3, axes=2))


def test_many_rows_are_worked_off_in_blocks_without_a_seam():
    ids = np.arange(700).astype(str)
    whole = keyed_uniforms(ids, seed=0, draws=1000, axes=3)
    assert np.array_equal(whole[650:], keyed_uniforms(ids[650:], seed=0, draws=1000, axes=3))


def test_wider_neighbours_do_not_move_a_key():
    assert keys_of(np.array(["ab", "x" * 90]))[0] == keys_of(np.array(["ab"]))[0]
    texts = ["", "a", "b", "ab", "ba", "aa", "ä", "1", "01", "10"]
    assert len(set(keys_of(np.array(texts)).tolist())) == len(texts)
    assert keys_of(np.array([], dtype=str)).shape == (0,)


def test_philox_gives_the_authors_values():
    ones = np.full(1, 0xFFFFFFFF, dtype=np.uint64)
    found = [int(word[0]) for word in philox((ones,) * 4, 0xFFFFFFFFFFFFFFFF)]
    assert found == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    pi = [np.full(1, word, dtype=np.uint64) for word in (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)]
    assert [int(word[0]) for word in philox(tuple(pi), 0x299F31D0A4093822)] == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_uniforms_are_uniform(seed):
    values = keyed_uniforms(IDS, seed=seed, draws=5, axes=5).ravel()
    assert values.min() > 0
    assert values.max() < 1
    assert stats.kstest(values, "uniform").pvalue > 1e-7


def test_normals_have_the_moments_of_a_normal():
    values = keyed_normals(IDS, seed=0, draws=5, axes=5).ravel()
    n = len(values)
    # Variances of the k-th powers of a standard normal: 1, 2, 15, 96.
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((values**power).mean() - mean) < SIGMAS * np.sqrt(variance / n)


def test_axes_draws_seeds_and_neighbouring_ids_are_independent():
    values = keyed_normals(IDS, seed=0, draws=3, axes=4).reshape(len(IDS), -1)
    other = keyed_normals(IDS, seed=1, draws=3, axes=4).reshape(len(IDS), -1)
    columns = np.concatenate([values[:-1], other[:-1], values[1:]], axis=1)
    far = np.corrcoef(columns.T)[np.triu_indices(columns.shape[1], 1)]
    assert np.abs(far).max() < SIGMAS / np.sqrt(len(columns))
    squares = np.corrcoef((columns**2).T)[np.triu_indices(columns.shape[1], 1)]
    assert np.abs(squares).max() < SIGMAS / np.sqrt(len(columns))
