"""The audit counts claims on unseen objects, and its intervals cover."""

import json

import numpy as np
import pytest
from scipy import stats

from gausscape.space.audit import Audit

LEVELS = (0.5, 0.1, 0.01, 0.001)


def test_counts_are_those_of_the_objects():
    probability = np.random.default_rng(0).uniform(size=700)
    audit = Audit.of(probability, calibrated=1400)
    for row, level in zip(audit.rows, LEVELS, strict=True):
        assert row.claimed == level
        assert row.count == (probability <= level).sum()
        assert row.actual == row.count / row.objects
        assert 0 <= row.lower <= row.actual <= row.upper <= 1


@pytest.mark.parametrize("objects", [2, 10, 57, 400])
@pytest.mark.parametrize("level", LEVELS)
def test_intervals_cover_the_truth_in_nine_cases_of_ten_or_more(objects, level):
    # Exact: the weight of the counts whose interval holds the truth, and of those by which a right claim holds.
    covered, held = 0.0, 0.0
    calibrated = 2 * objects
    right = stats.betabinom(objects, level * (calibrated + 1), (1 - level) * (calibrated + 1))
    for count in range(objects + 1):
        probability = np.r_[np.zeros(count), np.ones(objects - count)]
        row = Audit.of(probability, calibrated=calibrated, levels=(level,)).rows[0]
        covered += stats.binom.pmf(count, objects, level) * (row.lower <= level <= row.upper)
        held += right.pmf(count) * row.holds
    assert covered >= 0.9 - 1e-9
    assert held >= 0.9 - 1e-9


def test_a_false_claim_does_not_hold():
    rows = Audit.of(np.random.default_rng(1).uniform(size=2000) ** 3, calibrated=4000).rows  # far too many small ones
    assert not any(row.holds for row in rows[1:3])


def test_the_document_gives_the_audit_back():
    audit = Audit.of(np.linspace(0, 1, 33), calibrated=66)
    document = json.loads(json.dumps(audit.document()))
    assert Audit.from_document(document, calibrated=66) == audit
    assert str(audit) == repr(audit)
    assert len(str(audit).splitlines()) == 2 + len(LEVELS)
    assert len(str(Audit.from_document(document)).splitlines()) == 1 + len(LEVELS)


@pytest.mark.parametrize(("objects", "calibrated"), [(1, 20), (57, 114), (400, 800)])
def test_misses_by_chance_are_those_of_right_claims(objects, calibrated):
    # Exceedances by rank among exchangeable objects: the claims are right, and whatever fails fails by chance.
    rng = np.random.default_rng(0)
    limits = Audit.of(rng.uniform(size=objects), calibrated=calibrated)
    chance = limits.chance_of_a_miss
    shares = np.diff(np.r_[0, LEVELS[::-1], 1]) * (calibrated + 1)
    draws = 20_000
    counts = np.array([rng.multinomial(objects, share) for share in rng.dirichlet(shares, draws)])
    upto = counts.cumsum(1)[:, :-1][:, ::-1]
    missed = np.any([(upto[:, k] < row.least) | (upto[:, k] > row.most) for k, row in enumerate(limits.rows)], axis=0)
    # Five standard errors: a false alarm in fewer than one of a million runs.
    assert abs(missed.mean() - chance) < 5 * np.sqrt(0.25 / draws)
    assert chance <= 0.1 * len(LEVELS)


def test_no_objects_certify_nothing():
    probability = np.ones(1)
    row = Audit.of(probability, calibrated=2).rows[0]
    assert (row.lower, row.count) == (0.0, 0)
    assert row.upper > 0.9
