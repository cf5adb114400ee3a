"""Objects like this one, but moved: what would it be with a feature two standard deviations up, and all that comes along?

From the object's code small steps are taken along v = J' (J J' + lam I)^-1 r, the shortest move of the whitened code that
brings the features nearer by r; under u ~ N(0, I) that is also the move to expect when they are seen to change, so what
normally comes along does. J, the slopes of the features in population standard deviations, is measured anew after every
step. Columns that must not change are held in every object, and the path avoids changing them.

References:
    Levenberg 1944, A method for the solution of certain non-linear problems in least squares (the damped step).
"""

__all__ = ["Moved", "like"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.space.calibration import Exceedance
from gausscape.space.comparisons import near_names, told
from gausscape.space.rendering import Rendering, suitable_rendering
from gausscape.space.space import Space
from gausscape.stress_testing.maker import Maker

STEP = 0.25
STEPS = 80
FARTHEST = 8.0
DAMPING = 0.01
STAYING = 4.0
NUDGE = 0.5
"""Slopes are taken over so many standard deviations each way: values that repeat in the data make a column of stairs."""
CLOSE = 0.02
STALLED = 8
LEAST_GAIN = 0.02


@dataclass(frozen=True, eq=False, repr=False)
class Moved:
    """Objects like one, moved.

    Args:
        z: Latent points, (n, latent).
        noise: What decides what the codes leave open, (n, k).
        items: The objects, in native form.
        wanted: Asked move of each feature, population standard deviations.
        reached: How far the expected object got, in the same.
        end: The moved code, (latent,).
        length: Distance of the moved code from the object's own, standard deviations of the law.
        exceedance: Of the moved code, one entry.
        support: Label of the moved code.
        mended: Share of the objects in which a column that is held, or a constraint, had to be mended, by its sentence.
        note: For readers: how far it got, and what to mind.
    """

    z: np.ndarray
    noise: np.ndarray
    items: Any
    wanted: dict[str, float]
    reached: dict[str, float]
    end: np.ndarray
    length: float
    exceedance: Exceedance
    support: str
    mended: dict[str, float]
    note: str

    def __len__(self) -> int:
        return len(self.z)

    def __repr__(self) -> str:
        return f"Moved({len(self)} objects; {self.note})"


def like(
    space: Space,
    row: Any,
    move: Mapping[str, float],
    *,
    n: int = 20,
    immutable: Sequence[str] = (),
    seed: int = 0,
) -> Moved:
    """Scenarios like one object, but with features moved, and with what normally comes along.

    Args:
        space: The fitted space; its constraints hold here too.
        row: One object in native form, a batch of one.
        move: Population standard deviations by feature: {"tenure": +2.0}; the level of a category by its feature
            ("Contract = Two year").
        n: How many objects, spread around the moved code like the object's own posterior.
        immutable: Columns that keep the object's value in every scenario.
        seed: Of the draws.

    Returns:
        Moved. Where the decoder saturates `reached` stays short of `wanted`, and the note says so.

    Raises:
        ConfigurationError: If a feature or a column is unknown, or never varies.
        ShapeError: If there is not exactly one object.

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> frame = example_items(300)
        >>> moved = like(fit(frame, latent=3, method="pca"), frame.iloc[:1], {"amount": 1.0}, immutable=["express"])
        >>> abs(moved.reached["amount"] - 1) < 0.05, moved.items["express"].unique().tolist() == frame["express"][:1].tolist()
        (True, True)
    """
    if n < 1:
        raise ConfigurationError(f"Scenarios like an object need n of at least 1, but got {n}. Pass n=20.")
    row, tensors = space.codec.read(row)
    if len(row) != 1:
        raise ShapeError(
            f"Scenarios like an object need exactly one object, but {len(row)} came. Pass rows.iloc[:1], say."
        )
    held = space.constrained(_values_of(space, row, immutable)) if immutable else space
    targets, fixed = _positions(space, move), _positions_of_columns(space, immutable)
    posterior = space.codec.embed(tensors)
    rendering = suitable_rendering(space.codec.networks.likelihood, real=True)
    residual = space.codec.residual_cells(tensors, posterior.mean)
    if not rendering.carries:
        residual = torch.zeros_like(residual)
    path = _Path(space, residual, targets, fixed)
    end, reached = path.follow(space.aggregate.whiten(posterior.mean)[0], np.array(list(move.values()), dtype=float))
    centre = space.aggregate.unwhiten(end[None])[0]
    rng = np.random.default_rng([seed, 89])
    live = space.live_axes
    z = np.repeat(centre[None], n, axis=0)
    z[:, live] += posterior.std[0, live] * rng.standard_normal((n, len(live)))
    maker = Maker(held, None if rendering.carries else rendering)
    noise = np.zeros((n, 0)) if rendering.carries else maker.draw_noise(n, rng)
    cells = space.codec.cells(z) + residual if rendering.carries else maker.cells(z, noise)
    told_of = space.assess_codes(centre[None])
    rarity = Exceedance(told_of["exceedance"], told_of["lower"], told_of["upper"], floor=space.of_codes.floor)
    achieved = dict(zip(move, reached.tolist(), strict=True))
    return Moved(
        z=z,
        noise=noise,
        items=held.modality.to_items(cells),
        wanted={name: float(size) for name, size in move.items()},
        reached=achieved,
        end=centre,
        length=float(np.linalg.norm(end - space.aggregate.whiten(posterior.mean)[0])),
        exceedance=rarity,
        support=str(told_of["support"][0]),
        mended={text: float(rows.mean()) for text, rows in held.modality.mended(cells).items()},
        note=_note(move, achieved, rarity, str(told_of["support"][0]), rendering),
    )


class _Path:
    """The way of a code along features.

    Args:
        space: The fitted space.
        residual: What the object's own code leaves out, (1, cells); 0 where it is not carried.
        targets: Positions of the features that move.
        fixed: Positions of features that should stay.
    """

    def __init__(self, space: Space, residual: torch.Tensor, targets: list[int], fixed: list[int]):
        self.space, self.residual = space, residual
        fixed = [k for k in fixed if k not in targets and space.population.feature_spread[k] > 0]
        self.kept = [*targets, *fixed]
        self.moving = len(targets)
        self.spread = space.population.feature_spread[self.kept]

    def values(self, u: np.ndarray) -> np.ndarray:
        """Features in standard deviations at whitened codes (n, live), (n, kept)."""
        cells = self.space.codec.cells(self.space.aggregate.unwhiten(u)) + self.residual
        return self.space.modality.features(cells).values[:, self.kept] / self.spread

    def follow(self, start: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(where it ends, how far each feature got), from a whitened code (live,)."""
        first = self.values(start[None])[0][: self.moving]
        goal = first + wanted
        u, best, best_miss, since = start.copy(), start.copy(), np.inf, 0
        for _ in range(STEPS):
            now = self.values(u[None])[0][: self.moving]
            miss = float(np.abs(goal - now).max())
            since = since + 1 if miss > best_miss * (1 - LEAST_GAIN) else 0
            if miss < best_miss:
                best, best_miss = u.copy(), miss
            if best_miss < CLOSE or since >= STALLED:
                break
            step = self._step(u, goal - now)
            u = u + step
            away = np.linalg.norm(u - start)
            if away > FARTHEST:
                u = start + (u - start) * FARTHEST / away
        return best, self.values(best[None])[0][: self.moving] - first

    def _step(self, u: np.ndarray, rest: np.ndarray) -> np.ndarray:
        nudges = NUDGE * np.eye(len(u))
        ends = self.values(np.concatenate([u + nudges, u - nudges]))
        slopes = np.nan_to_num((ends[: len(u)] - ends[len(u) :]) / (2 * NUDGE)).T
        moving, staying = slopes[: self.moving], slopes[self.moving :]
        # The shortest move, where changing what should stay makes a way longer.
        ways = np.linalg.solve(np.eye(len(u)) + STAYING * staying.T @ staying, moving.T)
        move = ways @ np.linalg.solve(moving @ ways + DAMPING * np.eye(self.moving), np.nan_to_num(rest))
        return move * min(1.0, STEP / max(float(np.linalg.norm(move)), 1e-12))


def _positions(space: Space, move: Mapping[str, float]) -> list[int]:
    names, spread = space.population.features.names, space.population.feature_spread
    if not isinstance(move, Mapping) or not move:
        raise ConfigurationError(
            f"A move needs standard deviations by feature, but got {move!r:.60}. Pass {{'tenure': 2.0}}, say."
        )
    found = []
    for name, size in move.items():
        matches = [k for k, known in enumerate(names) if known == name or known.startswith(f"{name} (")]
        if not matches:
            raise ConfigurationError(
                f"A move needs features that objects have, but got {name!r}. Near ones: {near_names(str(name), names)}."
            )
        if not spread[matches[0]] > 0 or not np.isfinite(size):
            raise ConfigurationError(
                f"A move needs a feature that varies and a finite size, but {name!r} has a spread of {spread[matches[0]]:g} and "
                f"{size!r} was asked. Choose another."
            )
        found.append(matches[0])
    return found


def _positions_of_columns(space: Space, columns: Sequence[str]) -> list[int]:
    names = space.population.features.names
    return [
        k for k, name in enumerate(names) if any(name == c or name.startswith((f"{c} = ", f"{c} (")) for c in columns)
    ]


def _values_of(space: Space, row: Any, columns: Sequence[str]) -> list[str]:
    if isinstance(columns, str):
        raise ConfigurationError(f"Immutable columns need a list of names, but got {columns!r}. Write [{columns!r}].")
    values = space.modality.columns_of(row)
    sentences = []
    for name in columns:
        if name not in values:
            raise ConfigurationError(
                f"Immutable columns need names that the objects have, but got {name!r}. Near ones: {near_names(name, list(values))}."
            )
        value = values[name][0]
        if value is None or value != value:
            raise ConfigurationError(
                f"An immutable column needs a value to be held at, but {name!r} is missing in this object. "
                "Fill it in, or leave it out."
            )
        plain = (
            str(value) if isinstance(value, np.datetime64) else value.item() if isinstance(value, np.generic) else value
        )
        sentences.append(f"`{name}` == {told(plain) if isinstance(plain, str | bool) else repr(plain)}")
    return sentences


def _note(
    wanted: Mapping[str, float], reached: dict[str, float], rarity: Exceedance, support: str, rendering: Rendering
) -> str:
    short = [name for name, size in wanted.items() if abs(reached[name] - size) > max(CLOSE, 0.1 * abs(size))]
    said = [f"{name} moved by {reached[name]:+.2g} standard deviations" for name in wanted]
    if short:
        asked = ", ".join(f"{wanted[name]:+.2g} for {name}" for name in short)
        said.append(f"{asked} was asked, but the decoder goes no further that way")
    said.append(f"as rare as {rarity.probability[0]:.2g} of codes, {support}")
    said.append("its own details kept" if rendering.carries else rendering.summary)
    return "; ".join(said)
