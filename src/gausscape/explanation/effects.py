"""Effects: what does y do when a feature that people recognise moves, with what comes along, alone, and in the input itself?

b is the gradient of y and J the slopes of the features, both over whitened latent axes u, features in population
standard deviations. Three numbers answer three questions:

- on the manifold: the shortest move in u that raises feature j by one standard deviation is v_j = J_j' / (J_j J_j' + lam),
  which under u ~ N(0, I) is also the move to expect when j is seen to rise; the effect is b'v_j. What normally comes
  along with j is credited to j.
- direct: b ~ J' beta by least squares; what is left to j when the other features are held, as far as the data allow.
- raw: one input part exchanged, all others fixed (`gausscape.explanation.swaps`): what the model itself does.

The errors are those of b; J is measured on the same probes without noise and taken as known.
"""

__all__ = ["Effect", "feature_slopes", "measure_effects"]

from dataclasses import dataclass, field

import numpy as np

from gausscape.explanation.surrogate import PENALTY, Estimate, Surrogate

ENTANGLED = 0.9
LEAST_SLOPE = 1 / 3
DIRECT_PENALTY = 1e-3


@dataclass(frozen=True)
class Effect:
    """What y does when one feature moves by one population standard deviation.

    Args:
        feature: Its name.
        slope: How far one standard deviation of real change moves it at most, in its own standard deviations.
        direction: v_j, the move in u that raises it by one, (live,); None if it cannot be moved here.
        on_manifold: Change of y with what normally comes along; None if it cannot be moved here.
        halves: The same from half A and from half B of the probes.
        direct: Change of y with the other features held as far as the data allow.
        raw: Change of y with all other inputs fixed; None where the feature is no input of its own, or none was tried.
        entangled: Features whose directions here are the same within 26 degrees (|cos| > .9), so that their effects are one.
    """

    feature: str
    slope: float
    direction: np.ndarray | None = field(default=None, repr=False)
    on_manifold: Estimate | None = None
    halves: tuple[Estimate, Estimate] | None = None
    direct: Estimate | None = None
    raw: Estimate | None = None
    entangled: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as `Contribution` and `Direction` have theirs."""
        return self.feature

    @property
    def is_movable(self) -> bool:
        """Whether a move within 3 standard deviations of real change raises it by one of its own."""
        return self.on_manifold is not None

    def document(self) -> dict:
        """JSON-able."""
        numbers = {name: getattr(self, name) for name in ("on_manifold", "direct", "raw")}
        return {
            "feature": self.feature,
            "slope": self.slope,
            "direction": None if self.direction is None else self.direction.tolist(),
            **{name: None if each is None else each.document() for name, each in numbers.items()},
            "halves": None if self.halves is None else [half.document() for half in self.halves],
            "entangled": list(self.entangled),
        }


def feature_slopes(steps: np.ndarray, plus: np.ndarray, minus: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """J: change of each feature for one standard deviation along each axis, in the feature's own spread, (features, live).

    Args:
        steps: Whitened steps from the centre, (pairs, live).
        plus, minus: Features at both ends, (pairs, features); pairs where one is NaN are left out for that feature.
        spread: Population standard deviation of each feature, (features,); where it is 0 the slope is 0.

    Example:
        >>> steps = np.eye(2)
        >>> feature_slopes(steps, 5 + steps @ [[2.0], [0.0]], 5 - steps @ [[2.0], [0.0]], np.array([2.0])).round(3)
        array([[1., 0.]])
    """
    scale = np.where(spread > 0, spread, 1.0)
    change = np.where(spread > 0, (plus - minus) / 2 / scale, 0.0)
    slopes = np.zeros((change.shape[1], steps.shape[1]))
    whole = np.isfinite(change).all(0)
    slopes[whole] = _least_squares(steps, change[:, whole]).T
    for j in np.flatnonzero(~whole):
        there = np.isfinite(change[:, j])
        # A feature that most probes lack has no slope here.
        if there.mean() > 0.5 and there.sum() > steps.shape[1]:
            slopes[j] = _least_squares(steps[there], change[there][:, [j]])[:, 0]
    return slopes


def measure_effects(
    surrogate: Surrogate, slopes: np.ndarray, names: tuple[str, ...], *, owners: np.ndarray | None = None
) -> tuple[Effect, ...]:
    """The effects of all features on y, without raw ones.

    Args:
        surrogate: Of y.
        slopes: J, (features, live).
        names: Of the features.
        owners: Which input part each feature belongs to, -1 for none, (features,): levels of one column exclude each
            other by nature and are not called entangled.

    Example:
        >>> from gausscape.explanation.surrogate import fit_surrogate
        >>> steps = np.random.default_rng(0).normal(size=(40, 2))
        >>> cause = steps @ [3.0, 0.0]
        >>> surrogate = fit_surrogate(steps, cause, -cause)
        >>> slopes = np.array([[1.0, 0.0], [0.8, 0.6]])  # the second feature correlates .8 with the first, the cause
        >>> for effect in measure_effects(surrogate, slopes, ("cause", "companion")):
        ...     print(effect.feature, round(effect.on_manifold.value, 2), abs(round(effect.direct.value, 1)))
        cause 3.0 3.0
        companion 2.4 0.0
    """
    size = np.linalg.norm(slopes, axis=1)
    movable = np.flatnonzero(size >= LEAST_SLOPE)
    moved = slopes[movable]
    ways = moved / (size[movable, None] ** 2 + PENALTY)
    split = _direct_split(moved)
    effects = [Effect(name, float(length)) for name, length in zip(names, size, strict=True)]
    same = np.abs((moved / size[movable, None]) @ (moved / size[movable, None]).T) > ENTANGLED
    for position, j in enumerate(movable):
        others = movable[same[position] & (movable != j)]
        if owners is not None:
            others = [k for k in others if owners[k] < 0 or owners[k] != owners[j]]
        way = ways[position]
        effects[j] = Effect(
            names[j],
            float(size[j]),
            direction=way,
            on_manifold=surrogate.along(way),
            halves=(surrogate.along_in_half(0, way), surrogate.along_in_half(1, way)),
            direct=surrogate.along(split[position]),
            entangled=tuple(names[k] for k in others),
        )
    return tuple(effects)


def _direct_split(moved: np.ndarray) -> np.ndarray:
    """Rows that take b to beta: beta = (J J' + lam)^-1 J b, (features, live)."""
    gram = moved @ moved.T
    penalty = DIRECT_PENALTY * np.trace(gram) / max(len(gram), 1)
    return np.linalg.solve(gram + penalty * np.eye(len(gram)), moved) if len(gram) else moved


def _least_squares(steps: np.ndarray, change: np.ndarray) -> np.ndarray:
    gram = steps.T @ steps
    return np.linalg.solve(
        gram + PENALTY * max(np.trace(gram) / len(gram), 1e-300) * np.eye(len(gram)), steps.T @ change
    )
