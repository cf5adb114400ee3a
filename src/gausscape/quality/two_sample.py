"""Can a classifier tell generated from real objects? Half means that it cannot."""

__all__ = ["TwoSample", "area_under_curve", "measure_two_sample"]

import warnings
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy import stats

from gausscape.quality.columns import Columns

FOLDS = 4
FEWEST = 2 * FOLDS
MOST_BINS = 255


@final
@dataclass(frozen=True)
class TwoSample:
    """One classifier.

    Args:
        classifier: "boosting" or "linear".
        generated: Area under the curve, generated against held-out objects; .5 is best, 1 worst.
        lower, upper: 95% interval of that.
        real: The same of fitted against held-out objects.
    """

    classifier: str
    generated: float
    lower: float
    upper: float
    real: float


def measure_two_sample(
    fitted: Columns, held_out: Columns, generated: Columns, *, seed: int
) -> tuple[TwoSample, TwoSample]:
    """A gradient boosting and a linear classifier, each scored on folds that it was not fitted on.

    The area is the mean over four folds, its interval DeLong's (DeLong et al. 1988), the folds taken as independent.

    References:
        Lopez-Paz & Oquab 2017, Revisiting classifier two-sample tests, section 3.
    """
    size = min(len(held_out), len(generated))
    real = held_out.take(np.arange(size))
    against = {"generated": generated.take(np.arange(size)), "fitted": fitted.take(np.arange(min(size, len(fitted))))}
    found = []
    for name, scores in (("boosting", _boosting), ("linear", _linear)):
        area, error = _cross_fitted(real, against["generated"], scores, seed=seed)
        usual, _ = _cross_fitted(real, against["fitted"], scores, seed=seed)
        reach = float(stats.norm.ppf(0.975)) * error
        found.append(TwoSample(name, area, max(0.0, area - reach), min(1.0, area + reach), usual))
    return found[0], found[1]


def area_under_curve(scores: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """(area under the ROC curve, its standard error) of scores (n,) for flags (n,).

    References:
        DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44, eq. 2 to 6.

    Example:
        >>> area_under_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))[0]
        0.75
    """
    high, low = scores[positive], scores[~positive]
    if not len(high) or not len(low):
        return 0.5, 0.5
    ranks = stats.rankdata(np.concatenate([high, low]))
    above = (ranks[: len(high)] - stats.rankdata(high)) / len(low)
    below = 1 - (ranks[len(high) :] - stats.rankdata(low)) / len(high)
    variance = sum(float(side.var(ddof=1)) / len(side) if len(side) > 1 else 0.25 for side in (above, below))
    return float(above.mean()), float(np.sqrt(variance))


def _cross_fitted(real: Columns, other: Columns, scores: Any, *, seed: int) -> tuple[float, float]:
    values = np.concatenate([real.values, other.values])
    both = Columns(real.names, values, real.levels)
    label = np.repeat([False, True], [len(real), len(other)])
    if min(len(real), len(other)) < FEWEST:
        return 0.5, 0.5
    rng = np.random.default_rng([seed, 301])
    fold = np.empty(len(label), int)
    for side in (label, ~label):
        # Each fold holds as many of either side.
        fold[side] = rng.permutation(np.arange(side.sum()) % FOLDS)
    areas, errors = [], []
    for number in range(FOLDS):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        area, error = area_under_curve(scores(both, label, train, test, seed), label[test])
        areas.append(area)
        errors.append(error)
    return float(np.mean(areas)), float(np.sqrt(np.mean(np.square(errors)) / FOLDS))


def _boosting(both: Columns, label: np.ndarray, train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingClassifier

    # Columns with more levels than the trees have bins are taken as numbers.
    levels = (both.levels > 0) & (both.levels < MOST_BINS)
    values = np.where(both.missing, np.nan, both.values)
    options: dict[str, Any] = {"categorical_features": levels, "early_stopping": False}
    model = HistGradientBoostingClassifier(max_iter=150, random_state=seed, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(values[train], label[train]).predict_proba(values[test])[:, 1]


def _linear(both: Columns, label: np.ndarray, train: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    features = both.spread_out(*both.take(train).usual()).clip(-10, 10)
    model = LogisticRegression(max_iter=300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(features[train], label[train]).decision_function(features[test])
