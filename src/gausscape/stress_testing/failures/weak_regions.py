"""Where does the model fail more often than elsewhere, told in features that people recognise?

Half of the scenarios choose regions, the other half measures them, so that what is told is not what was picked for being
extreme. A region is a rule of at most three conditions, found by a beam search over thresholds at quantiles (subgroup
discovery); after each region its scenarios are set aside and the rest is searched again, so that regions are distinct.
A region is told only if the half that did not choose it confirms it: Fisher's exact test, Holm over all regions chosen, below .05.

References:
    Atzmueller 2015, Subgroup discovery, WIREs Data Mining and Knowledge Discovery 5.
    Holm 1979, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
"""

__all__ = ["find_weak_regions"]

from dataclasses import dataclass

import numpy as np
from scipy import stats

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.modality import Features
from gausscape.space.gated import ACCEPTED
from gausscape.stress_testing.failures.finding import FeatureBound, Finding
from gausscape.stress_testing.failures.region_search import Region, search_regions
from gausscape.stress_testing.scenarios import Kind, Scenarios

LEVEL = 0.05
CONFIDENCE = 0.9
EXAMPLES = 8
ALIKE = 0.5
"""Regions that share more than half of what they hold together are one."""


def find_weak_regions(
    scenarios: Scenarios, features: Features, *, least: int = 8, most: int = 5, seed: int = 0
) -> tuple[Finding, ...]:
    """Regions where model failures are confirmed to be more frequent than elsewhere, the weightiest first.

    Failures are hits that are objects and kept their class; without a referee, all hits that are objects. What is no object
    is left out, since nobody has to answer for it.

    Args:
        scenarios: Objects with their kinds.
        features: Of the same objects, in the same order.
        least: Fewest scenarios of a region, on either half.
        most: Most regions; the more are chosen, the harder each is to confirm.
        seed: Of the halves.

    Returns:
        Findings, by the share of failures that they cover times their lift; () where nothing is confirmed.

    Raises:
        ShapeError: If there is not one row of features a scenario.
        ConfigurationError: If least or most is below 1.
    """
    if len(features.values) != len(scenarios):
        raise ShapeError(
            f"Weak regions need the features of each of {len(scenarios)} scenarios, but {len(features.values)} rows came. "
            "Measure them on the same objects."
        )
    if least < 1 or most < 1:
        raise ConfigurationError(
            f"Weak regions need least and most of at least 1, but got {least} and {most}. Leave them away for 8 and 5."
        )
    rows = np.flatnonzero(scenarios.gates >= ACCEPTED)
    failing = scenarios.fails & ~np.isin(scenarios.kind, (Kind.NOT_AN_OBJECT.value, Kind.CHANGED_CLASS.value))
    chooses = _halves(failing[rows], np.random.default_rng([seed, 63]))
    chosen, measured = rows[chooses], rows[~chooses]
    if not 0 < failing[chosen].sum() < len(chosen) or not failing[measured].any():
        return ()
    used = _varying(features)
    values = features.values[:, used]
    regions = [
        region
        for region in search_regions(values[chosen], failing[chosen], least=least, most=most)
        if region.holds(values[measured]).sum() >= least
    ]
    measures = [_Measured.of(region.holds(values[measured]), failing[measured]) for region in regions]
    names = [features.names[k] for k in used]
    found: list[tuple[Finding, np.ndarray]] = []
    for region, measure, p_value in zip(regions, measures, holm([each.p_value for each in measures]), strict=True):
        inside = region.holds(values[rows])
        if (
            p_value >= LEVEL
            or not measure.lower > measure.elsewhere
            or any(_alike(inside, other) for _, other in found)
        ):
            continue
        finding = _tell(region, measure, p_value, names=names, scenarios=scenarios, failing=failing, rows=rows[inside])
        found.append((finding, inside))
    return tuple(sorted((finding for finding, _ in found), key=lambda each: -each.covers * each.lift))


def holm(p_values: list[float]) -> np.ndarray:
    """p-values adjusted for their number (Holm 1979), in their order.

    Example:
        >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
        [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


@dataclass(frozen=True)
class _Measured:
    """Counts on the half that did not choose."""

    hits: int
    n: int
    lower: float
    upper: float
    elsewhere: float
    lift: float
    p_value: float
    covers: float

    @classmethod
    def of(cls, inside: np.ndarray, failing: np.ndarray) -> "_Measured":
        hits, n = int(failing[inside].sum()), int(inside.sum())
        other_hits, others = int(failing[~inside].sum()), int((~inside).sum())
        interval = stats.binomtest(hits, n).proportion_ci(CONFIDENCE, method="exact")
        lift = ((hits + 0.5) / (n + 1)) / ((other_hits + 0.5) / (others + 1))
        # P(at least so many of the failures fall inside), were they spread at random.
        p_value = float(stats.hypergeom.sf(hits - 1, n + others, hits + other_hits, n))
        covers = hits / max(hits + other_hits, 1)
        return cls(hits, n, interval.low, interval.high, other_hits / max(others, 1), lift, p_value, covers)


def _halves(failing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whether each is of the half that chooses, bool (n,); failures are split evenly, as are the others."""
    chooses = np.zeros(len(failing), dtype=bool)
    for group in (np.flatnonzero(failing), np.flatnonzero(~failing)):
        chooses[rng.permutation(group)[: (len(group) + int(rng.integers(2))) // 2]] = True
    return chooses


def _varying(features: Features) -> np.ndarray:
    """Positions of the features that vary, by more than people notice."""
    known = np.isfinite(features.values)
    enough = known.sum(0) > 1
    spread = np.zeros(len(features.names))
    spread[enough] = np.nanstd(np.where(known, features.values, np.nan)[:, enough], axis=0)
    return np.flatnonzero(features.varying(spread) > 0)


def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a & b).sum() > ALIKE * (a | b).sum())


def _tell(
    region: Region,
    measure: _Measured,
    p_value: float,
    *,
    names: list[str],
    scenarios: Scenarios,
    failing: np.ndarray,
    rows: np.ndarray,
) -> Finding:
    hits = rows[failing[rows]]
    margin = np.nan_to_num(scenarios.margin[hits], nan=np.inf)
    order = hits[np.argsort(margin, kind="stable")]
    known = scenarios.y[rows][np.isfinite(scenarios.y[rows])]
    return Finding(
        conditions=tuple(FeatureBound(names[k], low, high) for k, low, high in region.bounds),
        hits=measure.hits,
        n=measure.n,
        share=measure.hits / measure.n,
        lower=measure.lower,
        upper=measure.upper,
        elsewhere=measure.elsewhere,
        lift=measure.lift,
        p_value=float(p_value),
        examples=tuple(str(scenarios.ids[row]) for row in order[:EXAMPLES]),
        worst=str(scenarios.ids[order[0]]) if len(order) else "",
        y=float(np.median(known)) if len(known) else float("nan"),
        covers=measure.covers,
    )
