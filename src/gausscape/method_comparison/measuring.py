"""What one fitted space does on objects that it never saw: coverage, fidelity, reconstruction, calibration, cost."""

__all__ = ["Judge", "Measured"]

import time
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gausscape.items import Items
from gausscape.modality import Modality
from gausscape.space.audit import Audit
from gausscape.space.manifolds import measure_covering
from gausscape.space.neutral_axes import NeutralAxes
from gausscape.space.space import Space

COMPARED = 1_000
PAIRED = 200
CLAIMS = (0.1, 0.01)


@final
@dataclass(frozen=True)
class Measured:
    """Figures of one fit.

    Args:
        values: By name of the measure.
        actual: Share of unseen objects at or beyond each claimed exceedance, by claim.
        holds: Whether a right claim could give that share, by claim.
        distances: Between pairs of unseen objects, always the same pairs, in standard deviations.
    """

    values: dict[str, float]
    actual: dict[str, float]
    holds: dict[str, bool]
    distances: np.ndarray


@final
class Judge:
    """Judges spaces of one kind of data by the same unseen objects, in coordinates that none of them has a say in.

    The coordinates are principal axes of the unseen objects' cells. As many objects are generated as there are unseen
    ones, decoded as anyone receives them.

    Args:
        kind: The kind of data, as it was learned from the fitted objects.
        held_out: Unseen objects; the first 1,000 of a shuffle are used.
        seed: Of shuffle, pairs and generated objects.
    """

    def __init__(self, kind: Modality, held_out: Items, *, seed: int = 0):
        rng = np.random.default_rng([seed, 41])
        rows = rng.permutation(len(held_out))[:COMPARED]
        self.kind, self.objects, self.seed = kind, held_out.take(np.sort(rows)), seed
        cells = self._cells(self.objects.values)
        self.axes = NeutralAxes.of(cells)
        self.real = self.axes.project(cells)
        first, second = np.triu_indices(min(PAIRED, len(rows)), 1)
        self.pairs = first, second

    def measure(self, space: Space, *, fit_seconds: float) -> Measured:
        """All figures of one space.

        Args:
            space: Fitted without the unseen objects.
            fit_seconds: CPU time that it took.
        """
        codec, objects = space.codec, self.objects
        began = time.process_time()
        tensors = codec.tensors(objects)
        posterior = codec.embed(tensors)
        embed_seconds = (time.process_time() - began) * 1000 / len(objects)
        rng = np.random.default_rng([self.seed, 42])
        z = space.aggregate.full(space.aggregate.law.sample(len(objects), rng))
        covering = measure_covering(self.real, self.axes.project(self._cells(space.decode(z))))
        cells, observed = codec.observed(tensors)
        there = np.ones(cells.shape) if observed is None else (observed.numpy() > 0).astype(np.float64)
        whole = cells.double().numpy()
        centre = (whole * there).sum(0) / np.maximum(there.sum(0), 1)
        left = np.square((whole - codec.cells(posterior.mean).double().numpy()) * there).sum()
        probability = space.of_objects.exceedance(space.aggregate.surprise_of_objects(posterior)).probability
        audit = Audit.of(probability, calibrated=space.record["counts"]["calibration"])
        rows = {f"{row.claimed:g}": row for row in audit.rows if row.claimed in CLAIMS}
        white = space.aggregate.whiten(posterior.mean)
        return Measured(
            values={
                "recall": covering.recall,
                "precision": covering.precision,
                "unexplained": float(left / max(np.square((whole - centre) * there).sum(), 1e-300)),
                "fit_seconds": fit_seconds,
                "embed_seconds": embed_seconds,
            },
            actual={claim: float(row.actual) for claim, row in rows.items()},
            holds={claim: bool(row.holds) for claim, row in rows.items()},
            distances=np.linalg.norm(white[self.pairs[0]] - white[self.pairs[1]], axis=1),
        )

    def _cells(self, values: Any) -> np.ndarray:
        """Cells of objects in native form; what is missing stands at the mean of what is there."""
        _, targets = self.kind.present(self.kind.to_tensors(values), None)
        cells = targets["cells"].double().numpy()
        if "observed" not in targets:
            return cells
        there = targets["observed"].numpy() > 0
        return np.where(there, cells, (cells * there).sum(0) / np.maximum(there.sum(0), 1))
