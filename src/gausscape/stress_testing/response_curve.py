"""y followed outwards: along many directions, from the centre past the last observation."""

__all__ = ["measure_response"]

from collections import Counter

import numpy as np

from gausscape.outcome import Outcome
from gausscape.space.gated import ACCEPTED
from gausscape.space.space import Space
from gausscape.stress_testing.design import Design
from gausscape.stress_testing.failures.rule import FailureRule
from gausscape.stress_testing.level_rows import QUANTILES
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.response import Response
from gausscape.stress_testing.tails import Tail

DEPTHS = 13
FARTHEST = 2.0
FEWEST_REAL = 5


def measure_response(
    maker: Maker, outcome: Outcome, tail: Tail, *, rule: FailureRule | None, design: Design, seed: int
) -> Response:
    """y against depth along one tail.

    Each direction keeps its noise from the centre to the end, so that what changes along it is the code alone.

    Args:
        maker: Makes the objects.
        outcome: y.
        tail: Where outwards is.
        rule: The failure rule, bound to y, or None.
        design: How many directions, and how far.
        seed: Of the directions.
    """
    space = maker.space
    rng = np.random.default_rng([seed, 74])
    depths = np.linspace(0.0, design.beyond or FARTHEST * tail.last_observed, DEPTHS)
    n = design.rays
    drawn = tail.beyond(depths, n, rng)
    noise = np.tile(maker.draw_noise(n, rng), (DEPTHS, 1))
    items = maker.items(drawn.z, noise)
    answers = outcome(items)
    y = answers.values.reshape(DEPTHS, n)
    rarity = tail.exceedance(depths)
    fails = np.full(DEPTHS, np.nan)
    if rule is not None:
        fails = (rule.margin(items, answers, outcome) <= 0).reshape(DEPTHS, n).mean(1)
    along = _typical(y)
    rows = np.arange(DEPTHS) * n + along
    return Response(
        tail=tail.name,
        depths=depths,
        exceedance=rarity.probability,
        lower=rarity.lower,
        upper=rarity.upper,
        y=np.stack([_quantiles(row) for row in y]),
        objects=(drawn.gates >= ACCEPTED).reshape(DEPTHS, n).mean(1),
        support=np.array([Counter(row).most_common(1)[0][0] for row in drawn.support.reshape(DEPTHS, n).tolist()]),
        last_observed=tail.last_observed,
        real=_real_objects(space, tail, depths, rng),
        fails=fails,
        items=maker.items(drawn.z[rows], noise[rows]),
        item_y=y[:, along],
        item_support=drawn.support[rows],
        item_z=drawn.z[rows],
        item_noise=noise[rows],
    )


def _quantiles(y: np.ndarray) -> np.ndarray:
    known = y[np.isfinite(y)]
    return np.quantile(known, QUANTILES) if len(known) else np.full(len(QUANTILES), np.nan)


def _typical(y: np.ndarray) -> int:
    """The direction whose y stays nearest to the median of all."""
    away = np.abs(y - np.nanmedian(np.where(np.isfinite(y).any(1, keepdims=True), y, 0.0), axis=1, keepdims=True))
    return int(np.where(np.isfinite(away), away, 1e9).sum(0).argmin())


def _real_objects(space: Space, tail: Tail, depths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share of real held-out codes near each depth that pass the gates, (k,); NaN where there are fewer than 5."""
    aggregate = space.aggregate
    if aggregate.held_out_std is None:
        return np.full(len(depths), np.nan)
    codes = aggregate.held_out + aggregate.held_out_std * rng.standard_normal(aggregate.held_out.shape)
    told = tail.describe(aggregate.full(codes))
    depth, passes = told.depth, told.gates >= ACCEPTED
    half = (depths[1] - depths[0]) / 2
    near = [np.abs(depth - each) <= half for each in depths]
    return np.array([passes[rows].mean() if rows.sum() >= FEWEST_REAL else np.nan for rows in near])
