"""On what scale is a column of numbers kept? Its normal scores, and the part that holds them."""

__all__ = ["Ruler"]

from dataclasses import dataclass

import numpy as np

from gausscape.modalities.tables.parts import Grade, Part, Score
from gausscape.modalities.tables.transforms import NormalScores


@dataclass(frozen=True)
class Ruler:
    """Numbers as normal scores, and the part that holds them: a grade where few distinct values repeat, else a score."""

    scores: NormalScores
    part: Part

    @classmethod
    def fit(cls, values: np.ndarray) -> "Ruler":
        scores = NormalScores.fit(values)
        distinct = np.unique(np.asarray(values, dtype=np.float64))
        if len(distinct) > 200 or len(values) < 5 * len(distinct):
            return cls(scores, Score())
        return cls(scores, Grade(tuple(scores.forward(distinct[:-1] / 2 + distinct[1:] / 2).tolist())))

    def document(self) -> dict:
        return {"scores": self.scores.document(), "cuts": list(getattr(self.part, "cuts", ()))}

    @classmethod
    def from_document(cls, document: dict) -> "Ruler":
        part = Grade(tuple(document["cuts"])) if document["cuts"] else Score()
        return cls(NormalScores.from_document(document["scores"]), part)
