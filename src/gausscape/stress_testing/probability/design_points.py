"""Design points: where are the most likely failure points, one for each way to fail?

They are sought one after the other, each from the known failures that draws around the points so far would cover worst; then
from what was asked on the way, in directions that the last level has lost.
"""

__all__ = ["around", "covering_laws", "find_modes", "group_centres", "sharpen_modes"]

import numpy as np

from gausscape.stress_testing.probability.form import find_design_point, pull_to_boundary
from gausscape.stress_testing.probability.known_failures import KnownFailures
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.mixture import Mixture, choose_shares
from gausscape.stress_testing.probability.proposals import Band, HalfSpace, Inflated, Proposal, Shifted

MODES = 8
SHARP = 0.03
WORTHWHILE = 0.97
APART = 0.5
SLACKS = (0.1, 0.7)
LOOKS = 0.06
LEAST_LOOK = 12
HALF_WAY = 0.5
GROUPS = 4
PULLED = 8


def find_modes(
    state: LimitState, known: KnownFailures, drawn: Mixture, *, calls: int, has_slopes: bool = True
) -> np.ndarray:
    """Most likely failure points (k, D), nearest to the centre first; at least one if any call is left.

    Args:
        state: The limit state.
        known: Failures to start from.
        drawn: What was drawn already.
        calls: At most about so many, and .06 of the budget for lost directions.
        has_slopes: Whether the limit state has slopes to follow; otherwise failures are only pulled towards the centre.

    Example:
        >>> state = LimitState(lambda u: 3 - np.abs(u[:, 0]), 2, calls=400)
        >>> known = KnownFailures.weighted(np.array([[3.2, 0.5], [-3.5, 0.1]]), np.array([1e-3, 1e-3]))
        >>> find_modes(state, known, Mixture.plain(2, 100), calls=200).round(1)[:, 0].tolist()
        [3.0, -3.0]
    """
    until = state.calls + calls
    planned = max(state.left - calls, 1)
    known = known.softened()
    laws = covering_laws(known)
    points: list[np.ndarray] = []
    unlikely = np.square(known.u).sum(1) / 2 - state.log_weight(known.u)
    candidates, before = np.ones(len(known.u), dtype=bool), np.inf
    while len(points) < MODES and state.calls < until:
        start = known.u[candidates][unlikely[candidates].argmin()]
        allowed = min(until - state.calls, max(calls // 2, state.dimension + 20))
        point = find_design_point(state, start, calls=allowed if has_slopes else 1)
        if point is None or not _is_new(point, points):
            break
        points.append(point)
        laws = laws + around(point)
        moment = _second_moment(state, known, drawn, laws, planned)
        variation = float(np.sqrt(moment.sum() / known.probability))
        if variation < SHARP or variation > WORTHWHILE * before:
            break
        before = variation
        # The next is sought where half of the second moment comes from.
        order = np.argsort(-moment / known.importance)
        count = int(np.searchsorted(np.cumsum(moment[order]), moment.sum() / 2)) + 1
        candidates = np.zeros(len(known.u), dtype=bool)
        candidates[order[:count]] = True
    if has_slopes:
        points += _lost_modes(state, points, calls=int(LOOKS * state.budget))
    found = np.array(points).reshape(-1, state.dimension)
    return found[np.square(found).sum(1).argsort()]


def covering_laws(known: KnownFailures) -> list[Proposal]:
    """What covers failures whatever their direction: farther out, beyond the nearest, within the farthest."""
    d = known.u.shape[1]
    radii = np.linalg.norm(known.u, axis=1)
    low, high = float(radii.min()), float(radii.max())
    # The sample of failures ends a little before failure does.
    slack = 0.05 * max(float(np.median(radii)) - low, 1e-9)
    spread = max(1 + 1.5 / np.sqrt(d), float(np.sqrt(np.square(radii).mean() / d)))
    return [Inflated(d, spread), Band(d, max(low - slack, 0.0), np.inf), Band(d, 0.0, high + slack)]


def around(point: np.ndarray) -> list[Proposal]:
    """What covers failures around a design point."""
    distance = float(np.linalg.norm(point))
    if distance < 1e-6:
        return [Inflated(len(point), 1.0)]
    return [Shifted(point), *(HalfSpace(point / distance, distance - slack) for slack in SLACKS)]


def group_centres(state: LimitState, known: KnownFailures) -> np.ndarray:
    """Means of one to four groups of failures, pulled to the boundary where they fail: all there is without slopes."""
    found = np.concatenate([_grouped(known, groups) for groups in range(1, min(GROUPS, len(known.u)) + 1)])
    if state.left < PULLED * len(found):
        return found
    fails = state.ask(found) <= 0
    return np.concatenate([found[~fails], pull_to_boundary(state, found[fails])])


def sharpen_modes(state: LimitState, points: np.ndarray, known: KnownFailures) -> np.ndarray:
    """Each point, or the mean of the failures nearest to it where that, pulled, is nearer to the centre."""
    owner = np.square(known.u[:, None] - points[None]).sum(2).argmin(1)
    modes = [mode for mode in range(len(points)) if known.importance[owner == mode].sum() > 0]
    if state.left < PULLED * len(modes) or not modes:
        return points
    means = np.array([_mean(known, owner == mode) for mode in modes])
    fails = state.ask(means) <= 0
    better = points.copy()
    for mode, point in zip(np.array(modes)[fails], pull_to_boundary(state, means[fails]), strict=True):
        if point @ point < better[mode] @ better[mode]:
            better[mode] = point
    better = better[np.square(better).sum(1).argsort()]
    return better[[_is_new(point, better[:rank]) for rank, point in enumerate(better)]]


def _second_moment(
    state: LimitState, known: KnownFailures, drawn: Mixture, laws: list[Proposal], planned: int
) -> np.ndarray:
    """What each known failure adds to the second moment of the weights, were the planned draws shared out best."""
    fixed = drawn.density(known.u)
    ratios = np.stack([law.ratio(known.u) for law in laws], axis=1)
    weight = np.exp(state.log_weight(known.u)) * known.importance
    shares = choose_shares(ratios, weight, fixed=fixed, free=planned, turns=100)
    return weight / (fixed + planned * (ratios @ shares))


def _lost_modes(state: LimitState, points: list[np.ndarray], *, calls: int) -> list[np.ndarray]:
    """Failure points in directions that the last level has lost: by chance the chains of one mode die out.

    Of all that was asked so far, the lowest limit state that is not half-way to a known point is where to start from.
    """
    until = state.calls + min(calls, state.left)
    found: list[np.ndarray] = []
    u, g = state.remembered()
    away = np.isfinite(g)
    for point in points:
        away &= u @ point < HALF_WAY * (point @ point)
    while away.any() and until - state.calls > state.dimension + LEAST_LOOK:
        start = u[away][g[away].argmin()]
        point = find_design_point(state, start, calls=until - state.calls)
        away &= u @ start < HALF_WAY * (start @ start)
        if point is None:
            continue
        if _is_new(point, points + found):
            found.append(point)
            away &= u @ point < HALF_WAY * (point @ point)
        else:
            # The start was on the way to a point already known: so are those half as far on that way.
            away &= u @ point < HALF_WAY * (start @ point)
    return found


def _is_new(point: np.ndarray, others: list[np.ndarray] | np.ndarray) -> bool:
    return all(np.linalg.norm(point - other) > APART for other in others)


def _grouped(known: KnownFailures, groups: int) -> np.ndarray:
    """Means of a few steps of weighted k-means from farthest-first starts, (groups, D)."""
    means = known.u[[int(known.importance.argmax())]]
    for _ in range(groups - 1):
        apart = np.square(known.u[:, None] - means[None]).sum(2).min(1)
        means = np.concatenate([means, known.u[[int((apart * known.importance).argmax())]]])
    for _ in range(10):
        owner = np.square(known.u[:, None] - means[None]).sum(2).argmin(1)
        means = np.array(
            [_mean(known, owner == group) if (owner == group).any() else means[group] for group in range(groups)]
        )
    return means


def _mean(known: KnownFailures, rows: np.ndarray) -> np.ndarray:
    return np.average(known.u[rows], axis=0, weights=known.importance[rows] + 1e-300)
