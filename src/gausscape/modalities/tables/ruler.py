"""On what scale is a column of numbers kept? Its normal scores, and the part that holds them."""

__all__ = ["Ruler"]

from dataclasses import dataclass

import numpy as np

from gausscape.modalities.tables.parts import Grade, Part, Score
from gausscape.modalities.tables.transforms import NormalScores

DOUBT_OF_COUNTS = 4.0
"""Three and a half standard errors: the steps of whole numbers make short tails look as if they ended."""


@dataclass(frozen=True)
class Ruler:
    """Numbers as normal scores, and the part that holds them: a grade where few distinct values repeat, else a score."""

    scores: NormalScores
    part: Part

    @classmethod
    def fit(cls, values: np.ndarray, *, counts: bool = False) -> "Ruler":
        """Learn the scale of values (n,); `counts` says that a tail goes on unless the data show its end beyond doubt."""
        scores = NormalScores.fit(values, doubt=DOUBT_OF_COUNTS if counts else 2.0)
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
