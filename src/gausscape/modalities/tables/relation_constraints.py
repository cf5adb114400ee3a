"""What can be demanded of several columns together? An order, or a sum."""

__all__ = ["Order", "Sum"]

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.modalities.tables.constraint import Constraint, Rows
from gausscape.modalities.tables.domains import Domains
from gausscape.modalities.tables.legal_values import LegalValues, Numbers

SLACK = 1e-9
SLACK_SINGLE = 1e-6
WIDER = 8
"""Terms may use a part of the slack; the total must find room for what they used."""


@final
@dataclass(frozen=True)
class Order(Constraint):
    """One column is at most another, or below it: min_price <= price."""

    text: str
    lower: Numbers
    upper: Numbers
    strict: bool = False

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return (self.lower, self.upper)

    def broken_rows(self, rows: Rows) -> np.ndarray:
        lower, upper = rows[self.lower.name], rows[self.upper.name]
        return lower >= upper if self.strict else lower > upper

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        lower, upper = domains[self.lower.name], domains[self.upper.name]
        least, most = lower.low, upper.high
        if self.strict:
            least, most = self.upper.above(least), self.lower.below(most)
        upper.within(np.where(rows, least, -np.inf), np.inf)
        lower.within(-np.inf, np.where(rows, most, np.inf))


@final
@dataclass(frozen=True)
class Sum(Constraint):
    """A column is the sum of others, to the rounding of their types: a + b = total; or at least, or at most, that sum."""

    text: str
    total: Numbers
    parts: tuple[Numbers, ...]
    sign: str = "=="

    @property
    def columns(self) -> tuple[LegalValues, ...]:
        return (*self.parts, self.total)

    @property
    def _slack(self) -> float:
        return SLACK_SINGLE if any(column.single for column in (self.total, *self.parts)) else SLACK

    def broken_rows(self, rows: Rows) -> np.ndarray:
        total = rows[self.total.name]
        parts = np.stack([rows[part.name] for part in self.parts])
        slack = self._slack * (np.abs(total) + np.abs(parts).sum(0))
        excess = total - parts.sum(0)
        over = excess > slack if self.sign in ("==", "<=") else np.zeros(len(total), dtype=bool)
        return over | (excess < -slack if self.sign in ("==", ">=") else np.zeros(len(total), dtype=bool))

    def narrow(self, domains: Domains, rows: np.ndarray) -> None:
        total, parts = domains[self.total.name], [domains[part.name] for part in self.parts]
        if self.sign in ("==", "<="):
            self._at_most(total, parts, rows)
        if self.sign in ("==", ">="):
            self._at_least(total, parts, rows)

    def _at_most(self, total: Any, parts: list, rows: np.ndarray) -> None:
        # total <= sum of parts, within a part of the slack, so that rounding leaves no domain empty.
        highs = np.stack([part.high for part in parts])
        with np.errstate(over="ignore", invalid="ignore"):
            most = highs.sum(0)
            total.within(-np.inf, _where(rows, most + WIDER * self._part(most, highs), np.inf))
            for k, part in enumerate(parts):
                others = np.delete(highs, k, axis=0)
                least = total.low - others.sum(0)
                part.within(_where(rows, least - self._part(total.low, others), -np.inf), np.inf)

    def _at_least(self, total: Any, parts: list, rows: np.ndarray) -> None:
        lows = np.stack([part.low for part in parts])
        with np.errstate(over="ignore", invalid="ignore"):
            least = lows.sum(0)
            total.within(_where(rows, least - WIDER * self._part(least, lows), -np.inf), np.inf)
            for k, part in enumerate(parts):
                others = np.delete(lows, k, axis=0)
                most = total.high - others.sum(0)
                part.within(-np.inf, _where(rows, most + self._part(total.high, others), np.inf))

    def _part(self, one: np.ndarray, others: np.ndarray) -> np.ndarray:
        return 1e-3 * self._slack * (np.abs(one) + np.abs(others).sum(0))


def _where(rows: np.ndarray, ends: np.ndarray, else_: float) -> np.ndarray:
    # An end of inf - inf says nothing.
    return np.where(rows & ~np.isnan(ends), ends, else_)
