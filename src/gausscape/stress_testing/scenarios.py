"""Scenarios: generated objects, each with its claimed probability, its support, its nearest real object and its y."""

__all__ = ["NO_ROW", "Kind", "Scenarios"]

import enum
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from gausscape.items import take
from gausscape.outcome.answers import Failure
from gausscape.space.calibration import Exceedance
from gausscape.space.gated import ACCEPTED

NO_ROW = -1


class Kind(enum.StrEnum):
    """What a hit of the failure rule is, in the order of the tests."""

    NONE = ""
    NOT_AN_OBJECT = "not an object"
    CHANGED_CLASS = "changed class"
    UNJUDGED = "unjudged"
    MODEL_FAILURE = "model failure"


@dataclass(frozen=True, eq=False, repr=False)
class Scenarios:
    """n generated objects and what may be said of each; all arrays have first length n.

    Args:
        ids: One text each, unique within a test: "radial-1%-0007". The same test of another model has the same ids.
        tail: Name of the design that it comes from: "radial", "towards 7", "where age > 70".
        asked: Exceedance that it was drawn at; for "at least as rare" the upper end; NaN if none was asked.
        depth: How far out, in standard deviations: the norm of the whitened code, or its coordinate along the direction.
        z: Latent points, (n, latent).
        noise: Standard normal numbers that decide what the code leaves open (a category), (n, k); k is 0 for expected objects.
        items: The objects, in native form.
        exceedance: Probability of being at least this unusual under the calibrated law of its own tail, with its interval.
        support: Label of each.
        gates: Smallest p-value of the support gates.
        gate: Name of the gate that has it.
        nearest: Id of the nearest real object.
        nearest_row: Its position in the data of the test, or NO_ROW if no data came.
        y: Answers; NaN where the model failed.
        from_nearest: y less y of the nearest real object; NaN if unknown.
        from_centre: y less y of the object at the centre of the law.
        fails: Whether the failure rule is hit; all False without a rule.
        margin: Of the failure rule: 0 or below is a hit; NaN without a rule.
        kind: What each hit is, a `Kind`.
        judged: Class that the referee gives it; "" if it is not sure, or was not asked: it is asked about hits that are objects,
            and for "wrong label" about all.
        answer: What the model answered in words, "" if y is a plain number ("7" for labels, the likeliest class).
        failures: Cases that the model could not answer.
    """

    ids: np.ndarray
    tail: np.ndarray
    asked: np.ndarray
    depth: np.ndarray
    z: np.ndarray
    noise: np.ndarray
    items: Any
    exceedance: Exceedance
    support: np.ndarray
    gates: np.ndarray
    gate: np.ndarray
    nearest: np.ndarray
    nearest_row: np.ndarray
    y: np.ndarray
    from_nearest: np.ndarray
    from_centre: np.ndarray
    fails: np.ndarray
    margin: np.ndarray
    kind: np.ndarray
    judged: np.ndarray
    answer: np.ndarray
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Scenarios({len(self):,} objects; tails: {', '.join(dict.fromkeys(self.tail.tolist()))})"

    def take(self, rows: Any) -> "Scenarios":
        """The scenarios at these positions, or where a mask is true, in this order."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        chosen: dict[str, Any] = {
            field.name: getattr(self, field.name)[rows]
            for field in fields(self)
            if field.name not in ("items", "failures")
        }
        place = {int(row): position for position, row in enumerate(rows)}
        lost = tuple(replace(failure, row=place[failure.row]) for failure in self.failures if failure.row in place)
        return replace(self, items=take(self.items, rows), failures=lost, **chosen)

    @property
    def is_judged(self) -> np.ndarray:
        """Which scenarios say something about the model, (n,): objects (they pass the support gates) that did not change class.

        Where the rule rests on the referee's class ("wrong label"), only those of which it is sure.
        """
        judged = (self.gates >= ACCEPTED) & (self.kind != Kind.CHANGED_CLASS)
        return judged & ((self.judged != "") | np.isnan(self.y)) if self.rests_on_referee else judged

    @property
    def rests_on_referee(self) -> bool:
        """Whether the rule compares with the referee's class ("wrong label"), who is then asked about all, and not hits alone."""
        return bool((self.judged[~self.fails] != "").any())

    def where(self, *, tail: str | None = None, asked: float | None = None) -> "Scenarios":
        """Those of one tail, or one level, or both."""
        rows = np.ones(len(self), dtype=bool)
        if tail is not None:
            rows &= self.tail == tail
        if asked is not None:
            rows &= np.isclose(self.asked, asked, rtol=1e-9, atol=0.0)
        return self.take(rows)

    def columns(self) -> dict[str, np.ndarray]:
        """Everything but objects and codes as columns of a table."""
        return {
            "id": self.ids,
            "tail": self.tail,
            "asked": self.asked,
            "depth": self.depth,
            "exceedance": self.exceedance.probability,
            "lower": self.exceedance.lower,
            "upper": self.exceedance.upper,
            "support": self.support,
            "gates": self.gates,
            "gate": self.gate,
            "nearest": self.nearest,
            "y": self.y,
            "from_nearest": self.from_nearest,
            "from_centre": self.from_centre,
            "answer": self.answer,
            "fails": self.fails,
            "margin": self.margin,
            "kind": self.kind,
            "judged": self.judged,
        }

    @classmethod
    def joined(cls, parts: Sequence["Scenarios"], items: Any) -> "Scenarios":
        """Several sets as one; `items` holds the objects of all, in their order.

        Raises:
            ValueError: If there is none.
        """
        if not parts:
            raise ValueError("no scenarios to join")
        starts = np.cumsum([0] + [len(part) for part in parts])
        lost = tuple(
            replace(failure, row=failure.row + int(start))
            for part, start in zip(parts, starts, strict=False)
            for failure in part.failures
        )
        rarity = [part.exceedance for part in parts]
        exceedance = Exceedance(
            *(np.concatenate([getattr(each, name) for each in rarity]) for name in ("probability", "lower", "upper")),
            confidence=rarity[0].confidence,
            floor=rarity[0].floor,
        )
        arrays = {
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(cls)
            if field.name not in ("items", "failures", "exceedance")
        }
        return cls(items=items, exceedance=exceedance, failures=lost, **arrays)
