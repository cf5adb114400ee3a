"""Hypothetical defects: they hold the share of the law that they say, and are told by the features that were named."""

import numpy as np
import pandas as pd
import pytest

import gausscape as gs
from gausscape.errors import ConfigurationError
from gausscape.stress_testing.hunts.hunted_regions import FeatureScale, draw_balls, draw_tails, measure_features
from gausscape.stress_testing.maker import Maker


@pytest.fixture(scope="module")
def maker() -> Maker:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((600, 3)) @ rng.standard_normal((3, 3))
    frame = pd.DataFrame(rows, columns=list("abc"))
    frame["side"] = np.where(rows[:, 0] + rng.standard_normal(600) > 0, "left", "right")
    return Maker(gs.fit(frame, latent=3, method="pca", seed=0))


def measured(maker: Maker, n: int, *, names: list[str] | None = None) -> FeatureScale:
    rng = np.random.default_rng(1)
    aggregate = maker.space.aggregate
    return measure_features(maker, aggregate.full(aggregate.law.sample(n, rng)), maker.draw_noise(n, rng), names=names)


def test_named_features_are_the_ones_that_tails_are_told_by(maker):
    scale = measured(maker, 300, names=["a", "c"])
    names = maker.features(np.zeros((1, maker.space.latent)), np.zeros((1, maker.noise_size))).names
    assert [names[column] for column in scale.columns] == ["a", "c"]
    with pytest.raises(ConfigurationError, match="no such feature"):
        measured(maker, 300, names=["no such feature"])


def test_the_scale_is_standardised_and_the_same_for_other_codes(maker):
    scale = measured(maker, 1000)
    assert scale.scores.std(0) == pytest.approx(1)
    z, noise = np.zeros((2, maker.space.latent)), np.zeros((2, maker.noise_size))
    assert scale.whiten(maker, z, noise)[0] == pytest.approx(scale.whiten(maker, z, noise)[1])


def test_directions_treat_correlated_features_alike(maker):
    # A direction within one group has unit spread in expectation over its own isotropic draw: mean variance = group size.
    tails = draw_tails(measured(maker, 1000), np.random.default_rng(2))
    assert 0.5 < tails.projections.std(0).mean() < 3


def test_tails_hold_the_stated_share_of_the_law(maker):
    scale = measured(maker, 1000)
    tails = draw_tails(scale, np.random.default_rng(2))
    assert tails.hit_by(scale.scores, 0.01).all()
    assert not tails.hit_by(scale.scores[:0], 0.01).any()
    assert np.asarray(tails.holding_deepest(scale.scores, 10).sum(1)).ravel() == pytest.approx(10)


def test_balls_hold_the_stated_share_of_the_law():
    rng = np.random.default_rng(0)
    u = rng.standard_normal((4000, 6))
    balls = draw_balls(u, 0.01, rng)
    assert np.asarray(balls.holding(u).sum(1)).ravel() == pytest.approx(40, abs=1)
    assert balls.hit_by(u).all()
    assert not balls.hit_by(u[:0]).any()
