"""Change: how far two objects lie apart, against what is usual, and what lies between them."""

__all__ = ["Change", "Path", "measure_change"]

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.gaussian import Gaussian
from gausscape.items import Items
from gausscape.modality import Picture, Tensors
from gausscape.space.aggregate import Aggregate
from gausscape.space.calibration import Exceedance
from gausscape.space.space import Space
from gausscape.space.support import Support

AGAIN_DRAWS = 4096
AGAIN_SHARE = 0.95
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Path:
    """Objects decoded along the straight latent line from a to b, each with what may be said of it.

    Args:
        items: The objects, in native form, a's reconstruction first and b's last.
        codes: Where they were decoded from, (steps, latent).
        exceedance: Probability of a code at least this unusual, with its 90% interval, each (steps,).
        support: Label of each, (steps,).
        pictures: A neutral picture of each, for figures and pages.
    """

    items: Any
    codes: np.ndarray
    exceedance: Exceedance
    support: np.ndarray
    pictures: list[Picture] = field(repr=False)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, repr=False)
class Change:
    """The answer to "how far is it from a to b?", in standard deviations of the aggregate law on the live axes.

    Args:
        distance: Mahalanobis distance of the two posterior means.
        percentile: Percent of random pairs of held-out objects that lie closer together than a and b.
        interval: 90% interval of that percentage, (low, high): Hoeffding's bound for the number of held-out objects.
        landmark_neighbour: Median distance of a held-out object to its nearest held-out neighbour.
        landmark_again: 95% of the distances between two posterior draws of one object stay below this: the noise of
            the measurement as the encoder states it (encoders are over-confident, so read it as a lower bound).
        pairs: Distances of random held-out pairs at the percentiles 0, 1 ... 100, shape (101,).
        path: What lies between.
        a_id, b_id: Ids of the two objects where they are known.

    References:
        Hoeffding 1963, Probability inequalities for sums of bounded random variables, section 5a (U-statistics).
    """

    distance: float
    percentile: float
    interval: tuple[float, float]
    landmark_neighbour: float
    landmark_again: float
    pairs: np.ndarray
    path: Path
    a_id: str | None = None
    b_id: str | None = None

    @property
    def is_noise(self) -> bool:
        """Whether two measurements of one and the same object could differ as much."""
        return self.distance <= self.landmark_again

    def __str__(self) -> str:
        names = f" from {self.a_id} to {self.b_id}" if self.a_id is not None and self.b_id is not None else ""
        low, high = self.interval
        lines = [
            f"The change{names} measures {self.distance:.2f} standard deviations: {self.percentile:.0f}% of random pairs of "
            f"objects lie closer together ({low:.0f}% to {high:.0f}%)."
        ]
        lines.append(
            f"For scale: the nearest other object is typically {self.landmark_neighbour:.2f} away, and the same object "
            f"measured again stays within {self.landmark_again:.2f}, 19 times in 20."
        )
        if self.distance == 0:
            lines.append("The two objects have the same place in this space.")
        elif self.is_noise:
            lines.append("It cannot be told from noise: the same object measured again can differ as much.")
        else:
            lines.append(f"It is {self.distance / self.landmark_again:.1f} times the noise of the measurement.")
        backed = int(np.isin(self.path.support, [Support.SUPPORTED, Support.RARE_OBSERVED]).sum())
        lines.append(
            f"Of the {len(self.path)} steps on the straight path, {backed} are backed by data{_weakest(self.path)}."
        )
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects on the path, which are in their native form."""
        return {
            "distance": self.distance,
            "percentile": self.percentile,
            "interval": list(self.interval),
            "landmark_neighbour": self.landmark_neighbour,
            "landmark_again": self.landmark_again,
            "pairs": self.pairs.tolist(),
            "a_id": self.a_id,
            "b_id": self.b_id,
            "path": {
                "codes": self.path.codes.tolist(),
                "support": self.path.support.tolist(),
                "exceedance": self.path.exceedance.probability.tolist(),
                "lower": self.path.exceedance.lower.tolist(),
                "upper": self.path.exceedance.upper.tolist(),
            },
        }


def measure_change(space: Space, a: Any, b: Any, *, steps: int = 9, seed: int = 0) -> Change:
    """Measure the change from one object to another.

    D = ((m_b - m_a)' S^-1 (m_b - m_a))^(1/2) with the posterior means m on the live axes and the covariance S of the
    aggregate law.

    Args:
        space: A fitted space.
        a: One object in native form, with or without a leading axis of 1, or Items with one object.
        b: Another one.
        steps: Objects on the path, both ends included; at least 2.
        seed: Of the posterior draws behind `landmark_again`.

    Raises:
        ConfigurationError: If there are fewer than 2 steps.
        ShapeError: If a or b is not exactly one object.
        DataError: If an object is not of the kind that was fitted.

    Example:
        >>> import numpy as np
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> change = measure_change(space, spots[0], spots[1])
        >>> change.distance == measure_change(space, spots[1], spots[0]).distance
        True
        >>> measure_change(space, spots[0], spots[0]).percentile
        0.0
    """
    if not isinstance(steps, int | np.integer) or isinstance(steps, bool) or steps < 2:
        raise ConfigurationError(
            f"A path needs a whole number of steps of at least 2, but got {steps!r}. Pass steps=9."
        )
    posteriors = [space.codec.embed(_one_object(space, value, name)) for value, name in ((a, "a"), (b, "b"))]
    u = space.aggregate.whiten(np.concatenate([posterior.mean for posterior in posteriors]))
    distance = float(np.linalg.norm(u[1] - u[0]))
    held_out = space.aggregate.law.whiten(space.aggregate.held_out)
    pairs = pdist(held_out)
    percentile = 100 * float((pairs < distance).mean())
    # Pairs share objects: n objects make n^2/2 pairs, but only n/2 of them are independent.
    margin = 100 * math.sqrt(math.log(2 / (1 - CONFIDENCE)) / (2 * (len(held_out) // 2)))
    share = np.linspace(0, 1, steps)[:, None]
    codes = (1 - share) * posteriors[0].mean + share * posteriors[1].mean
    told = space.assess_codes(codes)
    items = space.decode(codes)
    return Change(
        distance=distance,
        percentile=percentile,
        interval=(max(0.0, percentile - margin), min(100.0, percentile + margin)),
        landmark_neighbour=float(np.median(KDTree(held_out).query(held_out, k=2)[0][:, 1])),
        landmark_again=_distance_again(space.aggregate, posteriors, seed),
        pairs=np.quantile(pairs, np.linspace(0, 1, 101)),
        path=Path(
            items,
            codes,
            Exceedance(told["exceedance"], told["lower"], told["upper"], floor=space.of_codes.floor),
            told["support"],
            space.modality.pictures(items),
        ),
        a_id=_id(a),
        b_id=_id(b),
    )


def _one_object(space: Space, value: Any, name: str) -> Tensors:
    values = value.values if isinstance(value, Items) else value
    try:
        tensors = space.codec.tensors(values)
    except DataError:
        if not isinstance(values, np.ndarray):
            raise
        tensors = space.codec.tensors(values[None])
    n = len(next(iter(tensors.values())))
    if n != 1:
        raise ShapeError(f"A change needs one object for {name}, but {n} came. Pass one, for instance images[{n - 1}].")
    return tensors


def _distance_again(aggregate: Aggregate, posteriors: list[Gaussian], seed: int) -> float:
    rng = np.random.default_rng([seed, 23])
    # Two independent draws differ by sqrt(2) standard deviations; both objects meet the same draws, so that the
    # landmark from a to b is the landmark from b to a.
    noise = math.sqrt(2) * rng.standard_normal((AGAIN_DRAWS, len(aggregate.live)))
    centre = aggregate.law.whiten(np.zeros((1, len(aggregate.live))))
    again = [aggregate.law.whiten(posterior.std[:, aggregate.live] * noise) - centre for posterior in posteriors]
    return float(np.quantile(np.linalg.norm(np.concatenate(again), axis=1), AGAIN_SHARE))


def _id(value: Any) -> str | None:
    return str(value.ids[0]) if isinstance(value, Items) else None


def _weakest(path: Path) -> str:
    order = [Support.SUPPORTED, Support.RARE_OBSERVED, Support.EXTRAPOLATED, Support.UNSUPPORTED]
    weakest = max((order.index(Support(label)) for label in path.support), default=0)
    return f"; the weakest is {order[weakest].value}" if weakest else ""
