"""Where to ask y when a failure rule gives no direction: few scenarios that hit most simple regions of a stated probability.

A sharp rule says only failed or not, so no search can climb it: everything depends on where y is asked. Nobody knows where
a defect lies, but one can draw many regions of the same probability where it might, and choose scenarios that hit as many
as possible of them (greedy maximum coverage). Two kinds are drawn: tails, everything beyond a bound along a random
direction of features, which only far scenarios hit; and interior regions, balls in random projections of the whitened
space, which scenarios hit best when no two waste themselves on the same ball. All candidates pass the support gates before
anything is asked.

References:
    Nemhauser, Wolsey & Fisher 1978, An analysis of approximations for maximizing submodular set functions (greedy
    coverage is within 1 - 1/e of the best).
"""

__all__ = ["HuntPlan", "hunt_plan"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree

from gausscape.errors import ConfigurationError
from gausscape.space.space import Space
from gausscape.space.support import Support
from gausscape.stress_testing.hunts.hunted_regions import draw_balls, draw_tails, measure_features
from gausscape.stress_testing.maker import Maker

TAIL_SHARE = 0.3
INFLATIONS = (1.25, 1.5, 1.75, 2.0)
CANDIDATES = 20_000
HIT_AGAIN = 0.3
"""What another hit of the same tail is worth: defects lie along directions that were not drawn, so one hit is not certain."""
WIDER_TAIL, WIDER_BALL = 2.0, 1.5
"""How many times the stated share of the candidates a region to plan with holds: with few in each the plan fits their noise."""


@dataclass(frozen=True, eq=False, repr=False)
class HuntPlan:
    """Scenarios to ask y about, in an order in which a part of them is a good plan too.

    Args:
        z: Latent points, (n, latent).
        noise: Noise of each object, (n, noise size of the maker).
        design: "tail" or "interior", (n,).
        mass: Share of the law's draws that lie nearest to each, (n,), summing to 1: the sum over failing scenarios is a
            rough estimate of the probability of failure, without an interval.
        probability: Of the regions that the plan was made for.
        tails_hit: Share of fresh tails of that probability, drawn after the plan, that hold one of its scenarios.
        regions_hit: The same of fresh interior regions.
    """

    z: np.ndarray
    noise: np.ndarray
    design: np.ndarray
    mass: np.ndarray
    probability: float
    tails_hit: float
    regions_hit: float

    def __len__(self) -> int:
        return len(self.z)

    def __repr__(self) -> str:
        return (
            f"HuntPlan({len(self):,} scenarios; of regions with probability {self.probability:g} they hit {self.tails_hit:.0%} of "
            f"the tails and {self.regions_hit:.0%} of the interior ones)"
        )


def hunt_plan(
    space: Space | Maker,
    calls: int,
    *,
    probability: float = 1e-3,
    tail_share: float = TAIL_SHARE,
    features: Sequence[str] | None = None,
    candidates: int = CANDIDATES,
    seed: int = 0,
) -> HuntPlan:
    """Choose scenarios that hit as many as possible of hypothetical defects of a stated probability.

    Args:
        space: The fitted space, or the maker of the objects.
        calls: Number of scenarios.
        probability: Of a hypothetical defect under the law.
        tail_share: Share of the scenarios that hunts in tails.
        features: Names of the features that tails are told by; None for all that vary. Fewer are covered better.
        candidates: Codes drawn for each of the two designs.
        seed: Of the draws.

    Returns:
        HuntPlan.

    Raises:
        ConfigurationError: If an option is impossible, or no feature of these names varies.

    Example:
        >>> import gausscape as gs
        >>> spots = np.random.default_rng(0).uniform(size=(500, 4, 4)).astype("float32")
        >>> plan = hunt_plan(gs.fit(spots, latent=3, method="pca"), 60, probability=0.02, candidates=2000)
        >>> len(plan), round(float(plan.mass.sum()), 6), plan.regions_hit > 0.5
        (60, 1.0, True)
    """
    maker = space if isinstance(space, Maker) else Maker(space)
    _check(calls, probability, tail_share, candidates)
    rng = np.random.default_rng([seed, 171])
    law = _Candidates.draw(maker, candidates, (1.0,), rng)
    known = measure_features(maker, law.z, law.noise, names=features)
    far = _Candidates.draw(maker, candidates, INFLATIONS, rng).passing(calls)
    inside = law.passing(calls)
    in_tails = round(tail_share * calls)
    far_features, depth = known.whiten(maker, far.z, far.noise), max(2, round(WIDER_TAIL * probability * len(far.z)))
    tails = draw_tails(known, rng)
    first = _cover(tails.holding_deepest(far_features, depth), in_tails, worth=HIT_AGAIN)
    balls = draw_balls(inside.u, min(WIDER_BALL * probability, 0.5), rng)
    open_balls = ~balls.hit_by(far.u[first])
    second = _cover(balls.holding(inside.u)[np.flatnonzero(open_balls)], calls - in_tails, worth=0.0)
    z, noise, u = (
        np.concatenate([getattr(far, name)[first], getattr(inside, name)[second]]) for name in ("z", "noise", "u")
    )
    design = np.repeat(["tail", "interior"], [len(first), len(second)])
    scores = known.whiten(maker, z, noise)
    nearest = np.bincount(KDTree(u).query(law.u)[1], minlength=len(z))
    # Both designs begin with what hits most, so a plan that is cut short keeps the best of each.
    order = np.argsort(
        np.concatenate([(np.arange(n) + 0.5) / n for n in (len(first), len(second)) if n]), kind="stable"
    )
    return HuntPlan(
        z=z[order],
        noise=noise[order],
        design=design[order],
        mass=nearest[order] / len(law.z),
        probability=probability,
        tails_hit=float(draw_tails(known, rng).hit_by(scores, probability).mean()),
        regions_hit=float(draw_balls(inside.u, probability, rng).hit_by(u).mean()),
    )


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Codes with their noise and whitened coordinates, and how well each is supported."""

    z: np.ndarray
    noise: np.ndarray
    u: np.ndarray
    gates: np.ndarray
    is_object: np.ndarray

    @classmethod
    def draw(cls, maker: Maker, n: int, inflations: tuple[float, ...], rng: np.random.Generator) -> "_Candidates":
        """n codes of the law, blown up about its centre by each factor in turn."""
        aggregate = maker.space.aggregate
        factors = np.resize(np.array(inflations), n)[:, None]
        u = aggregate.whiten(aggregate.full(aggregate.law.sample(n, rng))) * factors
        z = aggregate.unwhiten(u)
        told = maker.space.assess_codes(z)
        gates = np.minimum.reduce([told[name] for name in maker.space.gates if name in told])
        return cls(z, maker.draw_noise(n, rng), u, gates, told["support"] != Support.UNSUPPORTED)

    def passing(self, least: int) -> "_Candidates":
        """Those that are objects; where these are fewer than are needed, the best of the rest too."""
        rows = np.flatnonzero(self.is_object)
        if len(rows) < least:
            rows = np.argsort(np.where(self.is_object, -np.inf, -self.gates), kind="stable")[:least]
        return _Candidates(*(getattr(self, name)[rows] for name in ("z", "noise", "u", "gates", "is_object")))


def _cover(members: sparse.csr_matrix, n: int, *, worth: float) -> np.ndarray:
    """Greedy: n candidates (columns) that hit the most regions (rows); a region hit again counts `worth` times as much."""
    weight, taken = np.ones(len(members.indptr) - 1), []
    by_candidate = members.tocsc()
    gain = np.asarray(members.sum(0), dtype=np.float64).ravel()
    for _ in range(n):
        best = int(gain.argmax())
        taken.append(best)
        rows = by_candidate.indices[by_candidate.indptr[best] : by_candidate.indptr[best + 1]]
        rows = rows[weight[rows] > 0]
        if len(rows):
            gain -= members[rows].T @ (weight[rows] * (1 - worth))
            weight[rows] *= worth
        gain[best] = -np.inf
    return np.array(taken, dtype=np.int64)


def _check(calls: int, probability: float, tail_share: float, candidates: int) -> None:
    if calls < 1:
        raise ConfigurationError(f"A hunt needs at least 1 call, but got {calls}. Pass calls=1000, say.")
    if not 0 < probability < 0.5:
        raise ConfigurationError(
            f"A hunt needs a probability between 0 and .5, but got {probability!r}. Pass 0.001, say."
        )
    if not 0 <= tail_share <= 1:
        raise ConfigurationError(
            f"A hunt needs a share of tails from 0 to 1, but got {tail_share!r}. Pass {TAIL_SHARE}."
        )
    if candidates < max(calls, 5 / probability):
        raise ConfigurationError(
            f"A hunt for regions of probability {probability:g} with {calls} calls needs at least "
            f"{max(calls, int(np.ceil(5 / probability)))} candidates, but got {candidates}. Raise candidates=."
        )
