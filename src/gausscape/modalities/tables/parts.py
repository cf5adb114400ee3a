"""What one stored number of a column becomes: its cells and their likelihood."""

__all__ = ["PARTS", "Choice", "Flag", "Grade", "Part", "Score"]

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gausscape.likelihoods import Bernoulli, Categorical, GradedGaussian, LearnedGaussian, Likelihood


class Part(abc.ABC):
    """One stored number of a column; `levels` is 0 where it is one cell, else the number of one-hot cells."""

    levels: int = 0

    @property
    def cells(self) -> int:
        return max(1, self.levels)

    @classmethod
    @abc.abstractmethod
    def likelihoods(cls, parts: Sequence[Any]) -> list[Likelihood]:
        """Likelihoods of these parts side by side."""


@dataclass(frozen=True)
class Score(Part):
    """A real number on the scale of normal scores."""

    @classmethod
    def likelihoods(cls, parts: Sequence["Score"]) -> list[Likelihood]:
        return [LearnedGaussian(len(parts), shared=False, floor=0.02)]


@dataclass(frozen=True)
class Grade(Part):
    """A normal score of which few distinct values exist, with the cuts between them."""

    cuts: tuple[float, ...] = ()

    @classmethod
    def likelihoods(cls, parts: Sequence["Grade"]) -> list[Likelihood]:
        return [GradedGaussian([list(part.cuts) for part in parts])]


@dataclass(frozen=True)
class Flag(Part):
    """Yes (1) or no (0)."""

    @classmethod
    def likelihoods(cls, parts: Sequence["Flag"]) -> list[Likelihood]:
        return [Bernoulli(len(parts), grey=False)]


@dataclass(frozen=True)
class Choice(Part):
    """One of k levels, stored as its number."""

    levels: int = 2

    @classmethod
    def likelihoods(cls, parts: Sequence["Choice"]) -> list[Likelihood]:
        return [Categorical(part.levels) for part in parts]


PARTS: tuple[type[Part], ...] = (Score, Grade, Flag, Choice)
