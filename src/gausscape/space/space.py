"""Space: a fitted, frozen encoder and decoder, the calibrated law of their codes, and the kind of data they speak."""

__all__ = ["Samples", "Space"]

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gausscape.errors import CalibrationError, ConfigurationError, DataError, ShapeError
from gausscape.gaussian import Gaussian
from gausscape.modality import Modality
from gausscape.space.aggregate import Aggregate
from gausscape.space.audit import Audit
from gausscape.space.calibration import Calibration, Exceedance
from gausscape.space.codec import Codec
from gausscape.space.gated import ACCEPTED, draw_gated
from gausscape.space.jitter import find_jitter
from gausscape.space.population import Population
from gausscape.space.round_trip import RoundTrip
from gausscape.space.support import Gate, label_support

if TYPE_CHECKING:
    from gausscape.space.completing import Completed
    from gausscape.space.patch import Patch


@dataclass(frozen=True)
class Samples:
    """Generated objects, each with what may be said of it.

    Args:
        items: The objects, in native form.
        codes: Where they were decoded from, (n, latent).
        exceedance: Probability of a code at least this unusual, with its 90% interval, each (n,).
        support: Label of each, (n,).
        gates: Smallest p-value of the support gates of each, (n,).
        nearest: Id of the nearest fitted object of each (in the latent space), (n,).
        acceptance: Share of the draws at this level that passed the gates: at 10%, nine of ten codes of that
            probability decode to nothing like the data.
    """

    items: Any
    codes: np.ndarray
    exceedance: Exceedance
    support: np.ndarray
    gates: np.ndarray
    nearest: np.ndarray
    acceptance: float

    def __len__(self) -> int:
        return len(self.codes)


class Space:
    """A multivariate-Gaussian space of one kind of data. Made by `fit` or `load`, never changed.

    Args:
        codec: Encoder, decoder and kind of data.
        aggregate: Law of the codes on the live axes, and fitted codes.
        of_objects: Calibration of objects: surprise averaged over the posterior.
        of_codes: Calibration of codes: one posterior draw each.
        gates: Support gates by name: "neighbours", "cycle", "residual", and "spread" if there are several decoders.
        round_trip: Errors of calibration objects that were measured anew; None for a folder of an older version.
        record: Everything else worth keeping, JSON-able: name, counts, seed, audit, history, versions.
    """

    def __init__(
        self,
        codec: Codec,
        aggregate: Aggregate,
        *,
        of_objects: Calibration,
        of_codes: Calibration,
        gates: dict[str, Gate],
        round_trip: RoundTrip | None,
        record: dict[str, Any],
    ):
        self.codec = codec
        self.aggregate = aggregate
        self.of_objects = of_objects
        self.of_codes = of_codes
        self.gates = gates
        self.record = record
        self._round_trip = round_trip

    @property
    def modality(self) -> Modality:
        """The kind of data."""
        return self.codec.modality

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads its answers has to know: of the kind of data, and of the way it was fitted."""
        return (*self.modality.notes, *self.record["training"].get("notes", ()))

    @property
    def latent(self) -> int:
        """Number of latent coordinates, dead ones included."""
        return self.codec.latent

    @property
    def live_axes(self) -> np.ndarray:
        """Positions of the axes that carry information; the others are left out of every measure."""
        return self.aggregate.live

    @property
    def audit(self) -> Audit:
        """Claimed against actual exceedance of objects that neither fit nor calibration saw."""
        return Audit.from_document(self.record["audit"], calibrated=self.record["counts"]["calibration"])

    @property
    def round_trip(self) -> RoundTrip:
        """How precisely codes come back when their objects are measured anew.

        Raises:
            CalibrationError: If the space was saved by a version that did not measure it.
        """
        if self._round_trip is None:
            raise CalibrationError(
                "Units of detectability need objects that were measured anew, but this space was saved by an older version, "
                "which did not. Fit it again; everything else that it says still holds."
            )
        return self._round_trip

    @cached_property
    def population(self) -> Population:
        """What is usual in this space: neighbour distances, the spread of features, the change along a step."""
        return Population(self.codec, self.aggregate)

    @cached_property
    def jitter(self) -> float:
        """How far codes of tails are moved from real ones: then they fail the gates as often as real codes do."""
        return find_jitter(self.aggregate, self.of_codes, self.gates_of_codes)

    def __repr__(self) -> str:
        return (
            f"Space({self.record['name']}: {self.record['counts']['all']:,} objects ({self.modality.name}), "
            f"{self.latent} latent axes, {len(self.live_axes)} live, {self.aggregate.law.name} law)"
        )

    # --- in and out ---------------------------------------------------------------------------------------------

    def embed(self, data: Any) -> Gaussian:
        """Posterior of each object.

        Args:
            data: n objects in native form, or Items.

        Returns:
            Gaussian with NumPy mean and std, (n, latent), in latent units.

        Raises:
            DataError: If the objects are not of the kind that was fitted; the difference is named.
        """
        return self.codec.embed(self.codec.tensors(data))

    def decode(self, z: Any, *, seed: int | None = None) -> Any:
        """Objects at latent points.

        Args:
            z: Points, (n, latent).
            seed: None for the expected object; a seed to draw from the likelihood instead (a row with a sampled category).

        Raises:
            ShapeError: If z has another number of coordinates.
        """
        return self.codec.items(self._points(z), seed=seed)

    def reconstruct(self, data: Any) -> Any:
        """The objects as the space sees them: decoded posterior means."""
        return self.decode(self.embed(data).mean)

    # --- how unusual --------------------------------------------------------------------------------------------

    def exceedance(self, data: Any) -> Exceedance:
        """Probability that a new object is at least as unusual as each of these, with a 90% interval.

        The surprise of an object is -log of its exceedance under the law, averaged over its posterior; calibration
        objects turn it into a probability that holds on unseen data (see `audit`).

        Args:
            data: n objects in native form.
        """
        return self.of_objects.exceedance(self.aggregate.surprise_of_objects(self.embed(data)))

    def support(self, data: Any) -> np.ndarray:
        """Label of each object: SUPPORTED, RARE_OBSERVED, EXTRAPOLATED or UNSUPPORTED, shape (n,)."""
        return self.assess(data)["support"]

    def assess(self, data: Any) -> dict[str, np.ndarray]:
        """Everything about each object's place in one pass over the data.

        Returns:
            By name, each (n,): "exceedance", "lower", "upper", "support", "nearest" (id of the nearest fitted object),
            the p-value of each gate, "neighbours", "cycle", "residual", and "combined": the p-value of rarity and residual
            together, 2 min(exceedance, residual) up to 1: an object can be unusual in what its code tells and in what it
            leaves out (Jackson & Mudholkar 1979, section 2).
        """
        tensors = self.codec.tensors(data)
        posterior = self.codec.embed(tensors)
        surprise = self.aggregate.surprise_of_objects(posterior)
        residual = self.gates["residual"].p_value(self.codec.residual(tensors, posterior.mean))
        told = self._told(posterior.mean, surprise, self.of_objects, {"residual": residual})
        return told | {"combined": np.minimum(1.0, 2 * np.minimum(told["exceedance"], residual))}

    def assess_codes(self, z: Any) -> dict[str, np.ndarray]:
        """As `assess` for latent points (n, latent): calibrated as codes; the gates are "neighbours" and "cycle"."""
        z = self._points(z)
        return self._told(z, self.aggregate.surprise(z), self.of_codes, {})

    def gates_of_codes(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """p-value of each gate that codes have, by name, for latent points (n, latent), each (n,)."""
        return self._gates_at(z, self.aggregate.neighbours(z)[0])

    def score_samples(self, data: Any, *, draws: int = 100, seed: int = 0) -> np.ndarray:
        """Importance-weighted lower bound of each object's log-likelihood, nats, shape (n,) (Burda et al. 2016, eq. 8).

        Args:
            data: n objects in native form.
            draws: K, the number of posterior draws; more give a tighter bound.
            seed: Of the draws.
        """
        if draws < 1:
            raise ConfigurationError(f"score_samples needs at least 1 draw, but got {draws}. Pass draws=100 or so.")
        return self.codec.bound(self.codec.tensors(data), draws=draws, seed=seed)

    def complete(self, data: Any, *, draws: int = 1, seed: int = 0) -> "Completed":
        """Fill what is missing in objects by draws from the law of the space given what is there, which stays as it came.

        Args:
            data: n objects in native form, some of them with gaps.
            draws: Completions of each object; from 20 or so the answer's intervals mean something.
            seed: Of the draws.

        Returns:
            Completed: `.items` (the first draw), `.mean`, `.lower`, `.upper` of each filled feature, `.draw(k)`.
        """
        from gausscape.space.completing import complete

        return complete(self, data, draws=draws, seed=seed)

    # --- draw ---------------------------------------------------------------------------------------------------

    def sample(
        self, n: int, *, exceedance: float | None = None, at_least: bool = False, directions: str = "data", seed: int = 0
    ) -> Samples:
        """Draw objects from the calibrated law, or from its shell at a stated exceedance.

        Args:
            n: How many.
            exceedance: None for the whole law; p for codes whose calibrated exceedance is exactly p.
            at_least: With p: codes at least as rare as p instead (their exceedance is uniform in (floor, p]).
            directions: "data" follows real codes that lie about as far out (real tails leave most directions empty),
                "uniform" takes all directions of the whitened space alike.
            seed: Of the draws.

        Returns:
            Samples. At a stated exceedance five times too many are drawn, up to twenty where few pass the support gates, and
            those kept that do; where too few pass, the rest are handed out too, labelled UNSUPPORTED.

        Raises:
            CalibrationError: If p is finer than the calibration can certify.
        """
        if n < 1:
            raise ConfigurationError(f"sample needs a number of objects of at least 1, but got {n}. Pass n=10, say.")
        if directions not in ("data", "uniform"):
            raise ConfigurationError(f"directions needs to be 'data' or 'uniform', but got {directions!r}. Choose one.")
        rng, uniform = np.random.default_rng([seed, 11]), directions == "uniform"
        if exceedance is None:
            z = self.aggregate.full(self.aggregate.law.sample(n, rng))
            return self.describe_codes(z)
        if not 0 < exceedance <= 1:
            raise CalibrationError(f"An exceedance needs to lie in (0, 1], but got {exceedance!r}. Pass 0.01 for 1 in 100.")
        floor, spread = self.of_codes.floor, at_least and exceedance > self.of_codes.floor
        levels = self.of_codes.level(rng.uniform(floor, exceedance, n) if spread else np.full(n, exceedance))

        def propose(many: int) -> np.ndarray:
            level = np.resize(levels, many)
            rays = self.aggregate.directions(many, rng, uniform=uniform, level=level, jitter=0.0 if uniform else self.jitter)
            return self.aggregate.unwhiten(self.aggregate.at_level(rays, level))

        found = draw_gated(n, propose, self.gates_of_codes, each_its_own=spread)
        return replace(self.describe_codes(found.z), acceptance=found.acceptance)

    def describe_codes(self, z: Any) -> Samples:
        """The objects at latent points (n, latent), decoded and judged like samples."""
        z = self._points(z)
        told = self.assess_codes(z)
        rarity = Exceedance(told["exceedance"], told["lower"], told["upper"], floor=self.of_codes.floor)
        gates = np.minimum.reduce([told[name] for name in self.gates if name in told])
        passed = float((gates >= ACCEPTED).mean()) if len(z) else 1.0
        return Samples(self.decode(z), z, rarity, told["support"], gates, told["nearest"], passed)

    def patch(self, centre: Any, radius: float | None = None, *, percentile: float | None = None) -> "Patch":
        """The neighbourhood of an object or of a latent point: all codes within a radius of it.

        Args:
            centre: One object in native form (a batch of one, or a single image), Items with one object, or a latent
                point of shape (latent,).
            radius: In standard deviations of the aggregate law.
            percentile: Instead of a radius: the distance within which this percentage of held-out objects has its
                nearest fitted object, in (0, 100]. With neither, the median distance to the 5th nearest fitted object, so
                that a typical patch holds about five, but at least 0.1 standard deviations.

        Returns:
            Patch.

        Raises:
            ShapeError: If the centre is not one object, or has another number of coordinates.
            DataError: If it is not finite, or not of the kind that was fitted.
            ConfigurationError: If the radius or the percentile is impossible, or both are given.
        """
        from gausscape.space.patch import Patch

        return Patch.around(self, centre, radius, percentile=percentile)

    def constrained(self, constraints: Sequence[Any]) -> "Space":
        """The same space, but everything that it generates obeys constraints, without exception.

        Decoded rows that break one are changed as little as it takes. Networks, law and calibration stay as they are, and so
        do the measures of real objects.

        Args:
            constraints: Sentences about the columns of a table: "age between 18 and 95", "balance >= 0", "min_price <= price",
                "a + b = total", "gender = Female" (held at that value), "city in ('Graz', 'Porto')", "age is known",
                "if Contract == 'Month-to-month' then tenure <= 72".

        Raises:
            ConfigurationError: If the objects have no columns, or a constraint is unknown, impossible or contradicted.
        """
        return self._speaking(self.modality.constrained(constraints))

    def holding(self, value: Any) -> "Space":
        """The same space, but everything that it generates keeps what the schema calls immutable as one object has it.

        Args:
            value: A batch of one object, in native form.
        """
        kind = self.modality.holding(value)
        return self if kind is self.modality else self._speaking(kind)

    def _speaking(self, modality: Modality) -> "Space":
        return Space(
            Codec(modality, self.codec.networks),
            self.aggregate,
            of_objects=self.of_objects,
            of_codes=self.of_codes,
            gates=self.gates,
            round_trip=self._round_trip,
            record=self.record,
        )

    def partial_fit(self, data: Any, *, keep: float = 0.0, seed: int = 0) -> "Space":
        """A new space, brought up to date with new objects: law, calibration, gates and audit, but no training.

        The networks stay as they are. `record["refreshed"]` says what moved, and whether fitting anew is due; then there is a
        warning too.

        Args:
            data: New objects, at least 20 different ones; a part of them audits the result.
            keep: Weight of the old held-out objects beside the new ones: 0 forgets them, 1 counts each like a new one.
            seed: Of the split and the draws.

        Raises:
            DataError: If the objects are too few, or not of the kind that was fitted.
        """
        from gausscape.space.refreshing import refresh_space

        return refresh_space(self, data, keep=keep, seed=seed)

    def explore(self, *, data: Any = None, outcomes: Any = (), height: int = 860) -> Any:
        """The interactive page of this space in a notebook's cell; `gausscape.explore` takes further answers as well.

        Args:
            data: Real objects to show.
            outcomes: y, one or several, painted over the map.
            height: Of the cell, in pixels.

        Returns:
            A widget: `.chosen`, `.patch()` and `.objects()` say what the reader has chosen.

        Raises:
            ConfigurationError: If the packages of the extra `notebook` are missing.
        """
        # The one door upwards, opened by name when it is asked for: people look for it here.
        try:
            room = importlib.import_module("gausscape.page.explorer")
        except ImportError as error:
            raise ConfigurationError(
                f"explore needs the package anywidget, but {error.name} is missing. Run: pip install 'gausscape[notebook]'"
            ) from error
        return room.explore(self, data=data, outcomes=outcomes, height=height)

    # --- measures behind the labels -----------------------------------------------------------------------------

    def _told(
        self, z: np.ndarray, surprise: np.ndarray, calibration: Calibration, gates: dict[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        distance, nearest = self.aggregate.neighbours(z)
        gates = self._gates_at(z, distance) | gates
        rarity = calibration.exceedance(surprise)
        smallest = np.minimum.reduce(list(gates.values()))
        return {
            "exceedance": rarity.probability,
            "lower": rarity.lower,
            "upper": rarity.upper,
            "support": label_support(calibration.beyond(surprise), smallest, rarity.probability, calibration.floor),
            "nearest": nearest,
            **gates,
        }

    def _gates_at(self, z: np.ndarray, distance: np.ndarray) -> dict[str, np.ndarray]:
        """p-values of the gates of codes, whose mean distance to fitted ones (n,) is known."""
        measures = {"neighbours": distance, "cycle": cycle_error(self.codec, z, self.live_axes)}
        if "spread" in self.gates:
            measures["spread"] = self.codec.spread(z)
        return {name: self.gates[name].p_value(values) for name, values in measures.items()}

    def _points(self, z: Any) -> np.ndarray:
        z = np.asarray(z, dtype=np.float64)
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ShapeError(
                f"This space needs latent points of shape (n, {self.latent}), but got {z.shape}. Pass space.embed(x).mean."
            )
        if not np.isfinite(z).all():
            raise DataError("Latent points need finite coordinates, but some are NaN or infinite. Check how they were made.")
        return z

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the space as a folder, durably and all at once (see `gausscape.space.saving`)."""
        from gausscape.space.saving import save_space

        return save_space(self, folder, overwrite=overwrite)


def cycle_error(codec: Codec, z: np.ndarray, live: np.ndarray) -> np.ndarray:
    """(m - z)' S^-1 (m - z) / d over the live axes, (n,): m and S are the posterior of the object decoded at z."""
    again = codec.embed_again(z)
    return (((again.mean - z) / again.std)[:, live] ** 2).mean(1)
