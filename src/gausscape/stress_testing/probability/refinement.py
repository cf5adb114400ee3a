"""Refinement: how much sharper does a probability get by drawing around the failures that are known?

The proposals around the most likely failure points, and those that cover all directions, are mixed so that the importance
weights of the known failures vary least. They are drawn in rounds and fitted anew to what the round before found; each
round is weighted by its own mixture, together with the plain draws that were there already, so that no weight exceeds that of
a plain draw.

References:
    Owen & Zhou 2000, Safe and effective importance sampling.
    Owen & Zhou 2019, The square root rule for adaptive importance sampling (rounds averaged by a rule fixed before).
"""

__all__ = ["Refinement", "refine"]

from dataclasses import dataclass

import numpy as np

from gausscape.stress_testing.probability.design_points import (
    around,
    covering_laws,
    find_modes,
    group_centres,
    sharpen_modes,
)
from gausscape.stress_testing.probability.known_failures import LEAST_EFFECTIVE, KnownFailures
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.mixture import Mixture, choose_shares
from gausscape.stress_testing.probability.plain_sampling import PlainSample
from gausscape.stress_testing.probability.proposals import Bell, Proposal, Shifted
from gausscape.stress_testing.probability.sampling_round import SamplingRound, draw_round

POLISH = 0.15
ROUNDS = (0.35, 0.65)
CAUTIOUS_ROUNDS = (0.15, 0.2, 0.25, 0.4)
FEWEST = 10
SHARP = 0.03
EXPLORING = 0.08
PER_MODE = 0.02
LEAST_SHARE = 0.005
WIDENED = 1.2
TRUST = 3.0


@dataclass(frozen=True, eq=False, repr=False)
class Refinement:
    """An importance-sampling estimate of the failure probability.

    Args:
        estimate: The probability.
        variation: Its coefficient of variation, from the weights of the draws.
        uncovered: The same, as predicted from the weights that the known failures would have: large if the draws cannot
            have come where these are, which the draws themselves do not know.
        design_points: Most likely failure points, nearest first, (k, D).
        failures: Failing draws and what each stands for; none if nothing failed.
    """

    estimate: float
    variation: float
    uncovered: float
    design_points: np.ndarray
    failures: KnownFailures | None

    def __repr__(self) -> str:
        return f"Refinement({self.estimate:.3g}, variation {self.variation:.2g}, {len(self.design_points)} modes)"


def refine(
    state: LimitState,
    known: KnownFailures,
    plain: PlainSample,
    rng: np.random.Generator,
    *,
    explored: SamplingRound | None = None,
) -> Refinement:
    """Spend the calls that are left on importance sampling.

    Args:
        state: The limit state.
        known: Failures to start from.
        plain: Draws from the standard normal law that were made already.
        rng: Source of randomness.
        explored: The round that the known failures come from, if it is one: the limit state then has no slopes to follow,
            and the round joins the estimate.

    Example:
        >>> from gausscape.stress_testing.probability.plain_sampling import draw_plain
        >>> state, rng = LimitState(lambda u: 2 - u[:, 0], 3, calls=2000), np.random.default_rng(0)
        >>> plain = draw_plain(state, 500, rng)
        >>> known = KnownFailures.weighted(plain.u[plain.fails], plain.weights[plain.fails] / 500)
        >>> answer = refine(state, known, plain, rng)
        >>> bool(abs(answer.estimate / 0.02275 - 1) < 0.2), answer.design_points.round(1) + 0.0
        (True, array([[2., 0., 0.]]))
    """
    has_slopes = explored is None
    asked = (Mixture.plain(state.dimension, len(plain)), plain.u, plain.g)
    points = find_modes(state, known, asked[0], calls=int(POLISH * state.left), has_slopes=has_slopes)
    laws = covering_laws(known)
    for point in points:
        laws += around(point)
    certain = _certain(len(laws), modes=slice(3, None), n_modes=len(points))
    if not has_slopes:
        centres = group_centres(state, known.softened())
        laws += [Shifted(centre) for centre in centres]
        certain = np.append(certain, np.zeros(len(centres)))
    rounds = [explored] if explored is not None else []
    total = state.left - (0 if has_slopes else int(POLISH * state.left / 2))
    seen, shares = known.softened(), ROUNDS if has_slopes else CAUTIOUS_ROUNDS
    failures, variation = _combined(rounds, known, judged=has_slopes)
    for share in shares:
        n = min(max(int(share * total), FEWEST), state.left)
        if n < FEWEST:
            break
        mixture = _mixed(state, seen, asked[0].density(seen.u), laws, certain, n)
        rounds.append(draw_round(state, mixture, rng, asked=asked))
        failures, variation = _combined(rounds, known, judged=has_slopes)
        if variation < SHARP:
            break
        if failures is not None:
            seen = failures.with_chained(known.softened())
            laws = laws + _fitted(failures, points)
        certain = _certain(len(laws), modes=slice(0, 0), n_modes=1)
    if failures is not None and not has_slopes:
        points = sharpen_modes(state, points, failures)
    return Refinement(
        estimate=failures.probability if failures is not None else 0.0,
        variation=variation,
        uncovered=float(1 / np.sqrt(sum(each.precision(known) for each in rounds))) if rounds else float("inf"),
        design_points=points,
        failures=failures,
    )


def _certain(laws: int, *, modes: slice, n_modes: int) -> np.ndarray:
    """Share that each law gets in any case: the first of them explores; a mode may have no known failure to speak for it."""
    certain = np.zeros(laws)
    certain[modes] = min(PER_MODE, 2 * PER_MODE / max(n_modes, 1))
    certain[0] = EXPLORING
    return certain


def _mixed(
    state: LimitState, seen: KnownFailures, fixed: np.ndarray, laws: list[Proposal], certain: np.ndarray, n: int
) -> Mixture:
    """n draws shared out over the laws, given the draws per unit of standard normal mass that are there already."""
    weight = np.exp(state.log_weight(seen.u)) * seen.importance
    ratios = np.stack([law.ratio(seen.u) for law in laws], axis=1)
    free = n * (1 - certain.sum())
    shares = choose_shares(ratios, weight, fixed=fixed + n * ratios @ certain, free=free)
    shares = np.where(shares < LEAST_SHARE, 0.0, shares)
    counts = np.floor(n * certain + free * shares / shares.sum()).astype(int)
    counts[0] += n - counts.sum()
    used = np.flatnonzero(counts)
    return Mixture(tuple(laws[row] for row in used), tuple(int(counts[row]) for row in used))


def _combined(rounds: list[SamplingRound], known: KnownFailures, *, judged: bool) -> tuple[KnownFailures | None, float]:
    """(failing draws of all rounds, coefficient of variation).

    Rounds are averaged by the precision that the known failures predict, which does not depend on what the rounds found; or,
    where these are part of the rounds, by a rule fixed before: three times the trust a draw from round to round.
    """
    if not rounds:
        return None, float("inf")
    if judged:
        precision = np.array([each.precision(known) for each in rounds])
    else:
        precision = np.array([TRUST**turn * each.n for turn, each in enumerate(rounds)])
    shares = precision / precision.sum()
    u = np.concatenate([each.u for each in rounds])
    weights = np.concatenate([share * each.weights for share, each in zip(shares, rounds, strict=True)])
    variance = sum(share**2 * each.variance for share, each in zip(shares, rounds, strict=True))
    if not weights.sum() > 0:
        return None, float("inf")
    return KnownFailures.weighted(u, weights), float(np.sqrt(variance) / weights.sum())


def _fitted(failures: KnownFailures, points: np.ndarray) -> list[Proposal]:
    """A bell around the failing draws of each mode, shrunk towards the unit one as far as they are few."""
    d = failures.u.shape[1]
    owner = np.square(failures.u[:, None] - points[None]).sum(2).argmin(1)
    bells: list[Proposal] = []
    for mode in range(len(points)):
        u, share = failures.u[owner == mode], failures.importance[owner == mode]
        if not share.sum() > 0:
            continue
        share = share / share.sum()
        effective = 1 / np.square(share).sum()
        if effective < LEAST_EFFECTIVE:
            continue
        centre = share @ u
        scatter = (u - centre).T @ ((u - centre) * share[:, None])
        trust = effective / (effective + 2 * d)
        covariance = WIDENED * (trust * scatter + (1 - trust) * np.eye(d))
        bells += [Shifted(centre), Bell(centre, covariance)]
    return bells
