"""Which tail is meant by "radial", "axis 1", "towards 7" or "up tenure"? Names of tails, read and made directions."""

__all__ = ["find_tail"]

import difflib
import re

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.items import Items
from gausscape.space.space import Space
from gausscape.stress_testing.directional import DirectionalTail
from gausscape.stress_testing.radial import RadialTail
from gausscape.stress_testing.tails import Tail

PLACES = 64
STEP = 0.25
LEAST_SLOPE = 1 / 3
LEAST_DISTANCE = 0.1
MOST_OF_A_LABEL = 2_000
KNOWN = '"radial", "uniform", "axis 1", "minus axis 1", "towards LABEL", "up FEATURE" or "down FEATURE"'


def find_tail(space: Space, asked: str | Tail, data: Items | None = None) -> Tail:
    """The tail of this name.

    - "radial", "uniform": the whole law, in the directions of the data or in all;
    - "axis 2", "minus axis 2": along the direction that changes decoded objects second most, population-wide (eigenvectors of
      the mean pull-back metric); its sign is such that the feature named first in `tail.meaning` rises;
    - "towards 7": from the centre towards the mean code of objects with that label;
    - "up tenure", "down tenure": along what moves that feature, with what normally comes along. For u ~ N(0, I) the mean
      gradient E[grad f(u)] is Cov(u, f(u)), the change of u to expect when f is seen to rise (Stein 1981, lemma 1).

    Args:
        space: The space.
        asked: A name, or a tail, which is handed back.
        data: Objects with labels, for "towards".

    Raises:
        ConfigurationError: If the name is unknown (near ones are named), or gives no direction in this space.
        CalibrationError: If the space was saved without what a directional tail needs.

    Example:
        >>> from gausscape.training.fitting import fit
        >>> spots = np.random.default_rng(0).uniform(size=(400, 4, 4)).astype("float32")
        >>> space = fit(spots, latent=2, method="pca")
        >>> find_tail(space, "radial").name, find_tail(space, "axis 1").is_radial
        ('radial', False)
    """
    if isinstance(asked, Tail):
        return asked
    words = " ".join(asked.split())
    if words in ("radial", "uniform"):
        return RadialTail(space, "uniform" if words == "uniform" else "data")
    if found := re.fullmatch(r"(minus )?axis (\d+)", words):
        axis = _axis(space, int(found[2]))
        return DirectionalTail(space, -axis if found[1] else axis, name=words)
    if found := re.fullmatch(r"towards (.+)", words):
        return DirectionalTail(space, _towards(space, found[1], data), name=words)
    if found := re.fullmatch(r"(up|down) (.+)", words):
        rise = _rise(space, found[2])
        return DirectionalTail(space, rise if found[1] == "up" else -rise, name=words)
    raise ConfigurationError(f"A tail needs to be {KNOWN}, but got {asked!r}. Choose one of these.")


def _axis(space: Space, rank: int) -> np.ndarray:
    metric = space.population.metrics.mean(0)
    if not 1 <= rank <= len(metric):
        raise ConfigurationError(
            f"This space has axes 1 to {len(metric)}, but got {rank}. The first changes objects most."
        )
    vector = np.linalg.eigh((metric + metric.T) / 2)[1][:, -rank]
    tail = DirectionalTail(space, vector, name="")
    return -vector if tail.meaning.startswith("less ") else vector


def _towards(space: Space, label: str, data: Items | None) -> np.ndarray:
    if data is None or data.labels is None:
        raise ConfigurationError(
            f"A tail towards {label!r} needs objects with labels, but none came. Pass data=Items with labels."
        )
    labels = np.asarray(data.labels).astype(str)
    rows = np.flatnonzero(labels == label)[:MOST_OF_A_LABEL]
    if not len(rows):
        raise ConfigurationError(
            f"A tail towards a label needs one of the data, but got {label!r}. {_near(label, np.unique(labels))}"
        )
    centre = space.aggregate.whiten(space.embed(data.take(rows)).mean).mean(0)
    if np.linalg.norm(centre) < LEAST_DISTANCE:
        raise ConfigurationError(
            f"A tail towards {label!r} needs objects of it off the centre, but their mean lies within {LEAST_DISTANCE} standard "
            "deviations of it. Take another label, or a radial tail."
        )
    return centre


def _rise(space: Space, feature: str) -> np.ndarray:
    """Mean slope of a feature over held-out places, in its own standard deviations for each one of the axes, (live,)."""
    column = _feature(space.population.features.names, feature)
    spread = float(space.population.feature_spread[column])
    places = space.population.held_out[:PLACES]
    d = places.shape[1]
    moved = places[:, None] + STEP * np.concatenate([np.eye(d), -np.eye(d)])
    cells = space.codec.cells(space.aggregate.unwhiten(moved.reshape(-1, d)))
    values = space.modality.features(cells).values[:, column].reshape(len(places), 2, d)
    slopes = (values[:, 0] - values[:, 1]) / (2 * STEP)
    known = np.isfinite(slopes).all(1)
    mean = slopes[known].mean(0) if known.any() else np.zeros(d)
    if spread == 0 or np.linalg.norm(mean) < LEAST_SLOPE * spread:
        raise ConfigurationError(
            f"A tail along {feature!r} needs a feature that moves in this space, but within 3 standard deviations it does not "
            "move by one of its own, or as often down as up. Take another feature."
        )
    return mean / spread


def _feature(names: tuple[str, ...], asked: str) -> int:
    plain = [name.lower() for name in names]
    short = [name.rpartition(" (")[0] if name.endswith(")") else name for name in plain]
    for known, wanted in ((list(names), asked), (plain, asked.lower()), (short, asked.lower())):
        if known.count(wanted) == 1:
            return known.index(wanted)
    raise ConfigurationError(
        f"A tail along a feature needs one of this space, but got {asked!r}. {_near(asked, np.array(names))}"
    )


def _near(asked: str, known: np.ndarray) -> str:
    lower = {str(name).lower(): str(name) for name in known}
    near = difflib.get_close_matches(asked.lower(), list(lower), n=3, cutoff=0.4)
    if near:
        return f"Did you mean {' or '.join(repr(lower[name]) for name in near)}?"
    shown = ", ".join(str(name) for name in known[:10])
    return f"There are {shown}{' ...' if len(known) > 10 else ''}."
