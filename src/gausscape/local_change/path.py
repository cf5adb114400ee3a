"""What lies between a and b? A way through the space, decoded in steps, each with what may be said of it."""

__all__ = ["Geodesic", "Path", "Route", "Straight", "check_steps", "find_route", "walk"]

import abc
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.modality import Autoencoder, Picture
from gausscape.space.calibration import Exceedance
from gausscape.space.codec import Codec
from gausscape.space.pull_back import geodesics, path_length
from gausscape.space.space import Space
from gausscape.space.support import Support

PIECES = 16
"""A length is taken over at least so many pieces, however few steps are shown."""

BACKED = (Support.SUPPORTED, Support.RARE_OBSERVED)


class Route(abc.ABC):
    """How to go from one code to another."""

    name: ClassVar[str]

    @abc.abstractmethod
    def points(self, space: Space, a: np.ndarray, b: np.ndarray, *, steps: int) -> np.ndarray:
        """Latent points from a (p, latent) to b (p, latent), both included, (p, steps, latent)."""


@final
class Straight(Route):
    """A straight line: straight in latent and in whitened coordinates alike."""

    name = "straight"

    def points(self, space: Space, a: np.ndarray, b: np.ndarray, *, steps: int) -> np.ndarray:
        share = np.linspace(0, 1, steps)[:, None]
        return (1 - share) * a[:, None] + share * b[:, None]


@final
class Geodesic(Route):
    """The way on which the decoded object changes least, under the Fisher metric pulled back through the decoder.

    References:
        Arvanitidis et al. 2018 (1710.11379); 2022 (2106.05367).
    """

    name = "geodesic"

    def points(self, space: Space, a: np.ndarray, b: np.ndarray, *, steps: int) -> np.ndarray:
        return np.asarray(geodesics(space.codec, a, b, steps=steps, live=space.live_axes), dtype=np.float64)


ROUTES: dict[str, type[Route]] = {route.name: route for route in (Straight, Geodesic)}


def find_route(asked: str | Route) -> Route:
    """The route of that name, or the route itself.

    Raises:
        ConfigurationError: If there is none of that name.

    Example:
        >>> find_route("straight").name
        'straight'
    """
    if isinstance(asked, Route):
        return asked
    if not isinstance(asked, str) or asked not in ROUTES:
        raise ConfigurationError(
            f"path needs to be one of {', '.join(ROUTES)}, but got {asked!r}. Choose one of these."
        )
    return ROUTES[asked]()


def check_steps(steps: Any) -> None:
    """Refuse a path that does not show both of its ends.

    Raises:
        ConfigurationError: If there are fewer than 2 steps.
    """
    if not isinstance(steps, int | np.integer) or isinstance(steps, bool) or steps < 2:
        raise ConfigurationError(
            f"A path needs a whole number of steps of at least 2, but got {steps!r}. Pass steps=9."
        )


@dataclass(frozen=True)
class Path:
    """Objects decoded along the way from a to b, each with what may be said of it.

    Args:
        items: The objects, in native form, a's reconstruction first and b's last.
        codes: Where they were decoded from, (steps, latent).
        exceedance: Probability of a code at least this unusual, with its 90% interval, each (steps,).
        support: Label of each, (steps,).
        pictures: A neutral picture of each, for figures and pages.
        route: "straight" or "geodesic".
        length: How far the decoded object travels, in nats^(1/2): the Fisher length under the decoder's likelihood.
        straight_length: The same along the straight line.
        lengths: `length` with each decoder of the ensemble in turn, the main one first, (decoders,).
    """

    items: Any
    codes: np.ndarray
    exceedance: Exceedance
    support: np.ndarray
    pictures: list[Picture] = field(repr=False)
    route: str
    length: float
    straight_length: float
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def backed(self) -> np.ndarray:
        """Which steps are backed by data, (steps,)."""
        return np.isin(self.support, BACKED)

    @property
    def leaves_data(self) -> bool:
        """Whether a step is not backed by data."""
        return not bool(self.backed.all())

    def __str__(self) -> str:
        lengths = f"{self.length:.3g} nats^(1/2) long"
        if self.route != Straight.name:
            lengths += f" ({self.straight_length:.3g} straight)"
        if len(self.lengths) > 1:
            lengths += f", {self.lengths.min():.3g} to {self.lengths.max():.3g} between {len(self.lengths)} decoders"
        if not self.leaves_data:
            return f"All {len(self)} steps on the {self.route} path are backed by data; it is {lengths}."
        order = list(Support)
        weakest = max(order.index(Support(label)) for label in self.support)
        return (
            f"The {self.route} path leaves the data: {int(self.backed.sum())} of its {len(self)} steps are backed by data, "
            f"the weakest is {order[weakest].value}; it is {lengths}."
        )

    def document(self) -> dict[str, Any]:
        """JSON-able; without the objects, which are in their native form."""
        return {
            "route": self.route,
            "codes": self.codes.tolist(),
            "support": self.support.tolist(),
            "leaves_data": self.leaves_data,
            "exceedance": self.exceedance.probability.tolist(),
            "lower": self.exceedance.lower.tolist(),
            "upper": self.exceedance.upper.tolist(),
            "length": self.length,
            "straight_length": self.straight_length,
            "lengths": self.lengths.tolist(),
        }


def walk(space: Space, route: Route, a: np.ndarray, b: np.ndarray, *, steps: int) -> Path:
    """Go from a to b, and decode what lies on the way.

    Args:
        space: Decodes and judges.
        route: Which way.
        a: Where it begins, (latent,).
        b: Where it ends, (latent,).
        steps: Objects on the path, both ends included; at least 2.
    """
    finer = -(-PIECES // (steps - 1))
    fine = route.points(space, a[None], b[None], steps=finer * (steps - 1) + 1)
    straight = fine if route.name == Straight.name else Straight().points(space, a[None], b[None], steps=fine.shape[1])
    codes = fine[0, ::finer]
    told = space.assess_codes(codes)
    items = space.decode(codes)
    lengths = np.array([float(path_length(codec, fine)[0]) for codec in _codecs(space.codec)])
    return Path(
        items,
        codes,
        Exceedance(told["exceedance"], told["lower"], told["upper"], floor=space.of_codes.floor),
        told["support"],
        space.modality.pictures(items),
        route.name,
        float(lengths[0]),
        float(path_length(space.codec, straight)[0]),
        lengths,
    )


def _codecs(codec: Codec) -> list[Codec]:
    """The codec, and the same one with each further decoder of the ensemble in place of its own."""
    networks = codec.networks
    others = [
        Autoencoder(networks.encoder, decoder, networks.likelihood, latent=networks.latent, document=networks.document)
        for decoder in networks.others
    ]
    return [codec, *(Codec(codec.modality, other) for other in others)]
