"""The slow way to a failure probability: plain draws from the calibrated law, as many as it takes. To check the fast way."""

__all__ = ["confirm_by_plain_sampling"]

from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.outcome import Outcome
from gausscape.space.shares import share_interval
from gausscape.space.space import Space
from gausscape.stress_testing.failures.failure_rule import find_rule
from gausscape.stress_testing.failures.rule import FailureRule
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.probability.failure_probability import Estimate

AT_ONCE = 10_000


def confirm_by_plain_sampling(space: Space | Maker, outcome: Any, fails: Any, *, calls: int, seed: int = 0) -> Estimate:
    """The probability of failure by plain draws, weighted to the calibrated law.

    Its interval is of Clopper & Pearson's form with the effective number of draws in place of n; the calibration's own
    uncertainty is left out, as the fast way shares it.

    Args:
        space: A fitted space, or a Maker.
        outcome: y.
        fails: The failure rule, as in `stress_test`; bound to y or not.
        calls: Draws.
        seed: Of the draws; take another one than that of the estimate to be checked.

    Raises:
        ConfigurationError: If no draw is allowed, or there is no such rule.

    Example:
        >>> from gausscape.modalities.images.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> space = fit(example_items(200), latent=2, method="pca")
        >>> found = confirm_by_plain_sampling(space, lambda x: x.reshape(len(x), -1).mean(1), "y > -1e9", calls=500)
        >>> found.value, found.calls
        (1.0, 500)
    """
    if calls < 1:
        raise ConfigurationError(
            f"Plain sampling needs at least 1 call, but got {calls}. Pass 100 times those of the estimate."
        )
    maker = space if isinstance(space, Maker) else Maker(space)
    outcome = Outcome.of(outcome)
    rule: FailureRule = find_rule(fails)
    law, aggregate, calibration = maker.space.aggregate.law, maker.space.aggregate, maker.space.of_codes
    rng = np.random.default_rng([seed, 73])
    weights, hits = [], []
    for start in range(0, calls, AT_ONCE):
        n = min(AT_ONCE, calls - start)
        z = aggregate.full(law.sample(n, rng))
        items = maker.items(z, maker.draw_noise(n, rng))
        hits.append(rule.margin(items, outcome(items), outcome) <= 0)
        weights.append(np.exp(calibration.log_density_ratio(aggregate.surprise(z))))
    weight, hit = np.concatenate(weights), np.concatenate(hits)
    value = float(weight @ hit / weight.sum())
    effective = float(weight.sum() ** 2 / np.square(weight).sum())
    count = value * effective
    lower, upper = share_interval(count, effective)
    error = float(np.sqrt(np.square(weight * (hit - value)).sum()) / weight.sum())
    return Estimate(value, lower, upper, error / value if value > 0 else float("inf"), calls, "plain Monte Carlo")
