"""Telescoping: y(b) - y(a) as an exact sum over steps from a to b, each split over directions of real change."""

__all__ = ["ChangeExplanation", "Contribution", "explain_change"]

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.items import Items, take
from gausscape.modality import Picture
from gausscape.outcome import Outcome
from gausscape.space.patch_directions import opposite_name
from gausscape.space.space import Space

DETAIL = "detail that the space leaves out"
UNDIVIDED = "steps that could not be split, because y failed there"


@dataclass(frozen=True)
class Contribution:
    """What one direction of real change adds to y(b) - y(a).

    Args:
        name: What a reader sees change along it from a to b, "more slant, less width".
        amount: In units of y; all amounts sum to y(b) - y(a).
        moved: How far b lies from a along it, in standard deviations; NaN for what is no direction of the space.
    """

    name: str
    amount: float
    moved: float


@dataclass(frozen=True, repr=False)
class ChangeExplanation:
    """Why y differs between two objects. Printable, plottable.

    Args:
        outcome: Name of y.
        y: Along the path, a first and b last, (steps + 1,); NaN where y failed.
        contributions: The largest first; they sum to y(b) - y(a).
        codes: Latent points of the path, (steps + 1, latent).
        support: Label of each, (steps + 1,).
        pictures: Neutral pictures of the objects on the path.
        calls: Objects that the model was asked about.
        failures: How many of them failed.
        a_id, b_id: Ids where they are known.
    """

    outcome: str
    y: np.ndarray
    contributions: tuple[Contribution, ...]
    codes: np.ndarray
    support: np.ndarray
    pictures: list[Picture] = field(repr=False)
    calls: int = 0
    failures: int = 0
    a_id: str | None = None
    b_id: str | None = None

    @property
    def difference(self) -> float:
        """y(b) - y(a)."""
        return float(self.y[-1] - self.y[0])

    @property
    def completeness_error(self) -> float:
        """|sum of the contributions - difference| / |difference|: 0 up to rounding, whatever the model."""
        gap = abs(sum(each.amount for each in self.contributions) - self.difference)
        return gap / max(abs(self.difference), 1e-12) if gap > 1e-12 else 0.0

    def __str__(self) -> str:
        names = f" from {self.a_id} to {self.b_id}" if self.a_id is not None and self.b_id is not None else ""
        lines = [
            f"{self.outcome} goes{names} from {self.y[0]:.3g} to {self.y[-1]:.3g}, a change of {self.difference:+.3g}:"
        ]
        for each in self.contributions[:8]:
            moved = f"  (moved {each.moved:.1f} sd)" if np.isfinite(each.moved) else ""
            lines.append(f"  {each.amount:+9.3g}  {each.name}{moved}")
        rest = self.contributions[8:]
        if rest:
            lines.append(f"  {sum(each.amount for each in rest):+9.3g}  {len(rest)} smaller ones")
        unsupported = int((self.support == "UNSUPPORTED").sum())
        if unsupported:
            lines.append(
                f"{unsupported} of the {len(self.y)} objects on the path lie outside the data: y may mean nothing there."
            )
        if self.failures:
            lines.append(f"The model failed on {self.failures} of the {self.calls} objects.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "outcome": self.outcome,
            "difference": self.difference,
            "y": [value if np.isfinite(value) else None for value in self.y.tolist()],
            "contributions": [
                {"name": each.name, "amount": each.amount, "moved": each.moved if np.isfinite(each.moved) else None}
                for each in self.contributions
            ],
            "completeness_error": self.completeness_error,
            "codes": self.codes.tolist(),
            "support": [str(label) for label in self.support],
            "calls": self.calls,
            "failures": self.failures,
            "a_id": self.a_id,
            "b_id": self.b_id,
        }


def explain_change(
    space: Space, outcome: Any, a: Any, b: Any, *, steps: int = 8, codes: Any = None
) -> ChangeExplanation:
    """Split y(b) - y(a) over the directions of real change, exactly, for any black box.

    The way from a to b is cut into steps; y(b) - y(a) is the sum of the steps' differences. In each step the directions
    are moved one after the other, once in order and once in reverse order, and a direction gets the mean of its two
    differences: so every step is split without remainder, and with many steps the split nears the integral of
    gradient times movement along the way. What the codes leave out (the residual) moves along as one more direction,
    so that both ends are the real objects themselves.

    Args:
        space: The fitted space.
        outcome: y: an Outcome or anything that `Outcome.of` takes.
        a: One object in native form, or Items with one.
        b: Another one.
        steps: Into how many steps the way is cut.
        codes: Another way than the straight one: latent points from a to b, such as `change.path.codes` of a geodesic;
            its own length then counts as the steps.

    Raises:
        ConfigurationError: If there is no step.
        ShapeError: If a or b is not one object, or the codes do not start at a and end at b.
        DataError: If y fails at a or b.

    References:
        Sundararajan et al. 2017, Axiomatic attribution for deep networks (integrated gradients, completeness).
        Aumann & Shapley 1974 (the limit of the ordered splits).

    Example:
        >>> from gausscape.training.fitting import fit
        >>> images = np.random.default_rng(0).uniform(size=(60, 4, 4)).astype("float32")
        >>> space = fit(images, latent=2, method="pca")
        >>> answer = explain_change(space, lambda x: x.max((1, 2)), images[0], images[1])
        >>> bool(np.isclose(sum(each.amount for each in answer.contributions), answer.difference))
        True
    """
    if not isinstance(steps, int | np.integer) or isinstance(steps, bool) or steps < 1:
        raise ConfigurationError(f"A way from a to b needs at least 1 step, but got {steps!r}. Pass steps=8.")
    y_of, codec = Outcome.of(outcome), space.codec
    before = y_of.calls
    natives, ends = zip(*(codec.read(value) for value in (a, b)), strict=True)
    for name, tensors in zip("ab", ends, strict=True):
        if (n := len(next(iter(tensors.values())))) != 1:
            raise ShapeError(f"A change needs one object for {name}, but {n} came. Pass one, for instance images[{n - 1}].")
    means = np.concatenate([codec.embed(tensors).mean for tensors in ends])
    residuals = torch.cat([codec.residual_cells(tensors, means[i : i + 1]) for i, tensors in enumerate(ends)])
    way = np.linspace(means[0], means[1], int(steps) + 1) if codes is None else _checked(codes, means)
    steps = len(way) - 1

    u = space.aggregate.whiten(way)
    basis, names = _basis(space, way)
    live, place = space.live_axes, (u - u[0]) @ basis.T
    # The last coordinate is the share of everything else: dead axes and what the codes leave out.
    place = np.column_stack([place, np.linspace(0, 1, steps + 1)])
    players = place.shape[1]
    order = np.arange(players)
    states = [place]
    for turn in (order, order[::-1]):
        for passed in range(1, players):
            moved = turn[:passed]
            between = place[:-1].copy()
            between[:, moved] = place[1:, moved]
            states.append(between)
    flat = np.concatenate(states)
    share = flat[:, -1:]
    z = (1 - share) * means[0] + share * means[1]
    z[:, live] = space.aggregate.law.unwhiten(u[0] + flat[:, :-1] @ basis)
    carried = torch.from_numpy(share).float()
    items = codec.carried(z, (1 - carried) * residuals[:1] + carried * residuals[1:])
    answers = y_of(items)
    values = answers.values.copy()
    for row, name, native in ((0, "a", natives[0]), (steps, "b", natives[1])):
        own = y_of(native)
        if own.failed[0]:
            raise DataError(
                f"y is needed at {name} itself, but it failed there: {own.failures[0].message}. Mend the model, or choose "
                "another object."
            )
        values[row] = own.values[0]

    nodes, inner = values[: steps + 1], values[steps + 1 :].reshape(2, players - 1, steps)
    amounts, undivided = _split(nodes, inner, order)
    told = [
        Contribution(name if m >= 0 else opposite_name(name), float(amount), abs(float(m)))
        for name, amount, m in zip(names, amounts, place[-1, :-1], strict=False)
    ]
    told.append(Contribution(DETAIL, float(amounts[-1]), float("nan")))
    if undivided:
        told.append(Contribution(UNDIVIDED, undivided, float("nan")))
    told.sort(key=lambda each: -abs(each.amount))
    on_way = take(items, np.arange(steps + 1))
    return ChangeExplanation(
        outcome=y_of.name,
        y=nodes,
        contributions=tuple(told),
        codes=way,
        support=space.assess_codes(way)["support"],
        pictures=space.modality.pictures(on_way),
        calls=y_of.calls - before,
        failures=int(answers.failed.sum()),
        a_id=str(a.ids[0]) if isinstance(a, Items) else None,
        b_id=str(b.ids[0]) if isinstance(b, Items) else None,
    )


def _checked(codes: Any, means: np.ndarray) -> np.ndarray:
    way = np.asarray(codes, dtype=np.float64)
    if way.ndim != 2 or way.shape[1] != means.shape[1] or len(way) < 2:
        raise ShapeError(
            f"A way needs latent points of shape (steps + 1, {means.shape[1]}), but got {way.shape}. Pass change.path.codes."
        )
    if not np.allclose(way[[0, -1]], means, atol=1e-3 * (1 + np.abs(means).max())):
        raise ShapeError(
            "A way needs to start at a and end at b, but these points do not. Pass the path of the same two objects."
        )
    return way


def _basis(space: Space, way: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Orthonormal directions in u around the middle of the way, (live, live), and their names."""
    u = space.aggregate.whiten(way[[0, -1]])
    radius = max(0.5 * float(np.linalg.norm(u[1] - u[0])), 0.1)
    middle = way[len(way) // 2]
    directions = space.patch(middle, radius).directions(len(space.live_axes))
    return directions.vectors, tuple(directions.names)


def _split(nodes: np.ndarray, inner: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, float]:
    """Amount of each player over all steps, (players,), and what falls to steps that cannot be split."""
    players, steps = len(order), len(nodes) - 1
    amounts = np.zeros(players)
    undivided = float(nodes[-1] - nodes[0])
    for step in range(steps):
        chain = [
            np.concatenate([nodes[step : step + 1], inner[turn, :, step], nodes[step + 1 : step + 2]])
            for turn in range(2)
        ]
        if not all(np.isfinite(values).all() for values in chain):
            continue
        for values, turn in zip(chain, (order, order[::-1]), strict=True):
            amounts[turn] += 0.5 * np.diff(values)
        undivided -= float(nodes[step + 1] - nodes[step])
    return amounts, undivided if abs(undivided) > 1e-9 else 0.0
