"""Attribution: which inputs of one object make its y what it is, with what normally comes along and without."""

__all__ = ["Attribution", "PartCredit", "explain_object"]

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.explanation.conditional import complete_parts
from gausscape.explanation.shapley import credit_of_orders, draw_orders, members_in_order
from gausscape.explanation.surrogate import Estimate
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.space.rendering import suitable_rendering
from gausscape.space.space import Space

FEWEST_CALLS = 200
FEWEST_PAIRS = 4


@dataclass(frozen=True)
class PartCredit:
    """What one input (a column, a region of an image) adds to y.

    Args:
        part: Its name.
        on_manifold: Shapley value when absent parts are drawn given the present ones: an input that tells of a cause
            shares in its credit.
        interventional: Shapley value when absent parts are taken from other real objects whatever the present ones: the
            model's own use of the input, on objects that may not exist.
    """

    part: str
    on_manifold: Estimate
    interventional: Estimate


@dataclass(frozen=True, repr=False)
class Attribution:
    """Why y of one object differs from what is usual, split over its inputs. Printable, plottable.

    Args:
        outcome: Name of y.
        y: At the object.
        usual: Mean y over the space's law: where the on-manifold values start.
        usual_real: Mean y over the real objects: where the interventional ones start.
        credits: One for each input, the largest on-manifold value first; both kinds sum exactly to y less their start.
        calls: Objects that the model was asked about.
        failures: How many of them failed (the orders they stood in were left out).
        object_id: Where it is known.
    """

    outcome: str
    y: float
    usual: float
    usual_real: float
    credits: tuple[PartCredit, ...]
    calls: int
    failures: int
    object_id: str | None = None

    def __str__(self) -> str:
        name = f"object {self.object_id}" if self.object_id is not None else "this object"
        lines = [
            f"{self.outcome} of {name} is {self.y:.3g}; {self.usual:.3g} is usual. What the inputs add (90% interval):",
            f"  {'':<32}{'with what comes along':>28}  {'alone':>28}",
        ]
        for credit in self.credits[:10]:
            lines.append(f"  {credit.part[:31]:<32}{credit.on_manifold!r:>28}  {credit.interventional!r:>28}")
        if len(self.credits) > 10:
            left = sum(credit.on_manifold.value for credit in self.credits[10:])
            lines.append(f"  {f'and {len(self.credits) - 10} more':<32}{left:>28.3g}")
        lines.append("An input without a use of its own gets credit in the first column if it tells of one that has.")
        if self.failures:
            lines.append(f"{self.failures} of {self.calls} answers failed; the orders they stood in were left out.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "outcome": self.outcome,
            "y": self.y,
            "usual": self.usual,
            "usual_real": self.usual_real,
            "credits": [
                {
                    "part": credit.part,
                    "on_manifold": credit.on_manifold.document(),
                    "interventional": credit.interventional.document(),
                }
                for credit in self.credits
            ],
            "calls": self.calls,
            "failures": self.failures,
            "object_id": self.object_id,
        }


def explain_object(
    space: Space, outcome: Any, x: Any, *, data: Any, calls: int = 4096, sweeps: int = 8, seed: int = 0
) -> Attribution:
    """Split y(x) over the inputs of one object, on the manifold and, beside it, by intervention.

    The inputs of x enter one after the other, in random orders and their reverses; each gets what its entry changes. What
    has not entered is drawn from the space's law given what has (`complete_parts`), or taken from a real object for the
    interventional values. Every order sums exactly; their spread gives the intervals.

    Args:
        space: The fitted space.
        outcome: y: an Outcome or anything that `Outcome.of` takes.
        x: One object in native form (a batch of one, or one image), or Items with one.
        data: Real objects for the interventional values and the usual y.
        calls: Objects that the model may be asked about, at least 200, over both kinds.
        sweeps: Rounds of each chain that completes an object.
        seed: Of the draws.

    Returns:
        Attribution.

    Raises:
        ConfigurationError: If there are fewer than 200 calls, or no data.
        ShapeError: If x is not one object.
        DataError: If y fails at x itself.

    References:
        Frye et al. 2021, Shapley explainability on the data manifold (2006.01272); Olsen et al. 2022, JMLR 23(213).
        Janzing et al. 2020, Feature relevance quantification in explainable AI (interventional values).

    Example:
        >>> from gausscape.training.fitting import fit
        >>> images = np.random.default_rng(0).uniform(size=(60, 4, 4)).astype("float32")
        >>> space = fit(images, latent=2, method="pca")
        >>> answer = explain_object(space, lambda x: x[:, 0, 0], images[0], data=images, calls=300)
        >>> total = sum(credit.interventional.value for credit in answer.credits)
        >>> bool(np.isclose(total, answer.y - answer.usual_real))
        True
    """
    if data is None:
        raise ConfigurationError(
            "explain_object needs data=: real objects that absent inputs are taken from. Pass some."
        )
    if not isinstance(calls, int | np.integer) or calls < FEWEST_CALLS:
        raise ConfigurationError(
            f"explain_object needs at least {FEWEST_CALLS} calls, but got {calls!r}. Pass calls=4096, say."
        )
    y_of, codec, rng = Outcome.of(outcome), space.codec, np.random.default_rng([seed, 29])
    before = y_of.calls
    native, tensors = codec.read(x)
    if (n := len(next(iter(tensors.values())))) != 1:
        raise ShapeError(f"An attribution needs one object, but {n} came. Pass one, for instance rows[:1].")
    cells, observed = codec.observed(tensors)
    backdrop, _ = codec.observed(codec.tensors(data))
    names, part_of_cell = space.modality.parts()
    parts = np.unique(part_of_cell)
    at_x = y_of(native)
    if at_x.failed[0]:
        raise DataError(
            f"y is needed at the object itself, but it failed there: {at_x.failures[0].message}. Mend the model, or explain "
            "another object."
        )
    y = float(at_x.values[0])

    pairs = max(FEWEST_PAIRS, calls // (4 * len(parts)))
    orders = draw_orders(len(parts), pairs, rng)
    members = members_in_order(orders)[:, :, np.searchsorted(parts, part_of_cell)].reshape(-1, len(part_of_cell))
    shown = torch.from_numpy(members.astype(np.float32))
    if observed is not None:
        shown = shown * observed
    wide = cells.expand(len(shown), -1)
    drawn = suitable_rendering(codec.networks.likelihood, real=True).drawn
    completed = complete_parts(space, wide, shown, drawn=drawn, sweeps=sweeps, seed=int(rng.integers(2**31)))
    # An order and its reverse meet one real object, so that an input that y does not use gets nothing at all.
    met = np.repeat(rng.integers(len(backdrop), size=pairs), 2 * len(parts))
    swapped = torch.where(shown > 0, wide, backdrop[torch.from_numpy(met)])
    failures, found = 0, []
    for chosen in (completed, swapped):
        answers = y_of(space.modality.to_items(chosen))
        failures += int(answers.failed.sum())
        worth = answers.values.reshape(orders.shape)
        found.append(_estimates(credit_of_orders(orders, worth, full=y), worth[:, 0]))
    told = [PartCredit(names[part], found[0][0][k], found[1][0][k]) for k, part in enumerate(parts)]
    told.sort(key=lambda credit: -abs(credit.on_manifold.value))
    return Attribution(
        outcome=y_of.name,
        y=y,
        usual=found[0][1],
        usual_real=found[1][1],
        credits=tuple(told),
        calls=y_of.calls - before,
        failures=failures,
        object_id=str(x.ids[0]) if isinstance(x, Items) else None,
    )


def _estimates(credit: np.ndarray, empty: np.ndarray) -> tuple[list[Estimate], float]:
    """Each player's value over the pairs of orders in which no answer failed, and the mean worth of nobody."""
    by_pair = credit.reshape(-1, 2, credit.shape[1]).mean(1)
    kept = np.isfinite(by_pair).all(1)
    if kept.sum() < 2:
        raise DataError(
            f"An attribution needs 2 orders of inputs in which y never fails, but {int(kept.sum())} of {len(kept)} are such. "
            "Mend the model, or explain another object."
        )
    by_pair, n = by_pair[kept], int(kept.sum())
    error = by_pair.std(0, ddof=1) / np.sqrt(n)
    values = [Estimate.of(value, spread, freedom=n - 1) for value, spread in zip(by_pair.mean(0), error, strict=True)]
    return values, float(empty.reshape(-1, 2).mean(1)[kept].mean())
