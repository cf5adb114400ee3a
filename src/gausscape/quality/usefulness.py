"""Does a model that learned from generated objects work on real ones as well as one that learned from real ones?"""

__all__ = ["Usefulness", "measure_usefulness"]

import warnings
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.quality.columns import Columns
from gausscape.quality.two_sample import MOST_BINS, area_under_curve
from gausscape.space.comparisons import near_names

FEWEST = 20


@final
@dataclass(frozen=True)
class Usefulness:
    """Train on synthetic, test on real (Esteban et al. 2017, section 4.2).

    Args:
        target: Column that is predicted from all others.
        measure: "AUC" (two levels), "accuracy" (more) or "R2" (numbers), on held-out objects.
        generated: Of a gradient boosting fitted to generated objects.
        real: Of the same fitted to as many real ones.
        objects: How many each was fitted to.
    """

    target: str
    measure: str
    generated: float
    real: float
    objects: int


def measure_usefulness(fitted: Columns, held_out: Columns, generated: Columns, *, target: str, seed: int) -> Usefulness:
    """Fit a gradient boosting on each, score both on the held-out objects.

    Raises:
        ConfigurationError: If the target is not a column.
        DataError: If its known values are too few or all alike.
    """
    if target not in held_out.names:
        raise ConfigurationError(
            f"target needs one of the columns, but got {target!r}. Near ones: {near_names(target, held_out.names)}."
        )
    place = held_out.names.index(target)
    fitted, held_out, generated = (
        side.take(np.flatnonzero(~side.missing[:, place])) for side in (fitted, held_out, generated)
    )
    size = min(len(fitted), len(generated))
    answer = held_out.values[:, place]
    if min(size, len(answer)) < FEWEST or len(np.unique(answer)) < 2:
        raise DataError(
            f"target {target!r} needs at least {FEWEST} known values of two kinds or more in every set, but has not. "
            "Choose another column, or pass more objects."
        )
    levels = int(held_out.levels[place])
    if not levels and len(np.unique(np.concatenate([fitted.values[:, place], answer]))) == 2:
        levels = 2
    measure = {0: "R2", 2: "AUC"}.get(levels, "accuracy")
    made, real = (
        _score(side.take(np.arange(size)), held_out, place, measure, seed=seed) for side in (generated, fitted)
    )
    return Usefulness(target, measure, made, real, size)


def _score(train: Columns, test: Columns, place: int, measure: str, *, seed: int) -> float:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    known, truth = train.values[:, place], test.values[:, place]
    inputs, asked = (
        np.where(side.missing, np.nan, side.values)[:, np.arange(len(side.names)) != place] for side in (train, test)
    )
    levels = np.delete(train.levels, place)
    options: dict[str, Any] = {
        "max_iter": 150,
        "learning_rate": 0.06,
        "categorical_features": (levels > 0) & (levels < MOST_BINS),
        "early_stopping": False,
        "random_state": seed,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if measure == "R2":
            said = HistGradientBoostingRegressor(**options).fit(inputs, known).predict(asked)
            whole = float(((truth - truth.mean()) ** 2).sum())
            return float(1 - ((truth - said) ** 2).sum() / whole) if whole > 0 else 0.0
        if len(np.unique(known)) < 2:
            # Nothing to learn from: always the one answer.
            return 0.5 if measure == "AUC" else float((truth == known[0]).mean())
        model = HistGradientBoostingClassifier(**options).fit(inputs, known)
        if measure == "accuracy":
            return float((model.predict(asked) == truth).mean())
        return area_under_curve(model.predict_proba(asked)[:, 1], truth == truth.max())[0]
