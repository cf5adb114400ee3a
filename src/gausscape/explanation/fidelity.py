"""Fidelity: does y answer on rendered objects what it answers on the real ones? If not, nothing may be explained there.

Agreement is Lin's concordance (1989), 1 - mean (y - y')^2 / (var y + var y' + (mean y - mean y')^2): 1 where the two
are equal, 0 where they share nothing, and less than the correlation where level or scale differ. For labels it is the
share that is equal. A region is judged against its own spread of y, but never against less than a quarter of the overall
standard deviation: where y hardly moves, small errors are no disagreement.

Where a real object is moved and keeps its residual, its reconstruction is itself and proves nothing. What matters then is
the change: object i is moved to the code of a real neighbour j, and y' - y_i is held against y_j - y_i.
"""

__all__ = ["Fidelity", "measure_fidelity"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import DataError
from gausscape.explanation.agreement import Agreement
from gausscape.explanation.comparison import Comparison
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.space.nearest import Nearest
from gausscape.space.rendering import Expected, Rendering, find_rendering, suitable_rendering
from gausscape.space.space import Space

OVERALL = 200
NEAR = 30
CELLS = 6
LEAST_SPREAD = 0.25
FEWEST = 8
MOST_FAILED = 0.1


@dataclass(frozen=True)
class Fidelity:
    """The gate before any explanation.

    Args:
        overall: On objects drawn at random.
        regions: On the real objects nearest to each place asked about, in their order; or, where none was, in cells of
            similar codes.
        renderings: How objects were rendered, one for each region.
        least: Agreement below which a region is not explained.
        calls: Objects that y was asked about.
    """

    overall: Agreement
    regions: tuple[Agreement, ...]
    renderings: tuple[Rendering, ...]
    least: float
    calls: int

    def objection(self, region: int) -> str | None:
        """Why this region may not be explained, and what to do; None if it may."""
        found = self.regions[region]
        if found.failed > MOST_FAILED:
            return (
                f"y failed on {found.failed:.0%} of the objects near here (at most {MOST_FAILED:.0%} may fail). "
                "Mend the model, or see the failures."
            )
        if found.objects < FEWEST:
            return f"Only {found.objects} real objects are there to compare with ({FEWEST} needed). Pass more data."
        if found.agreement >= self.least:
            return None
        rendering = self.renderings[region]
        told = f"agreement {found.agreement:.2f} ({found.low:.2f} to {found.high:.2f}), needed {self.least:.2f}"
        remedy = "more latent axes, method='pca', or a smaller kl_weight in the fit"
        if rendering.carries:
            if found.reconstruction >= self.least:
                remedy = f"rendering='expected' (agreement {found.reconstruction:.2f}), {remedy}"
            return (
                f"Where a real object takes the code of a real neighbour, y does not change as it differs between the two: {told}. "
                f"It reads what the codes leave out. Try {remedy}."
            )
        if not rendering.drawn:
            remedy += ", or rendering='carried' at a real object"
        return (
            f"y does not answer on {rendering.summary} what it answers on the real ones: {told}. It reads what the codes leave "
            f"out. Try {remedy}."
        )

    def __str__(self) -> str:
        lines = [f"Fidelity: y on rendered objects against y on real ones; {self.least:.2f} is needed."]
        lines.append(f"  overall  {self.overall}; plain reconstruction {self.overall.reconstruction:.2f}")
        passed = sum(self.objection(region) is None for region in range(len(self.regions)))
        shown = [f"  region {k}  {region}" for k, region in enumerate(self.regions[:CELLS])]
        lines += [*shown, f"  {passed} of {len(self.regions)} regions may be explained."]
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "overall": self.overall.document(),
            "regions": [region.document() for region in self.regions],
            "renderings": [rendering.name for rendering in self.renderings],
            "least": self.least,
            "calls": self.calls,
        }


def measure_fidelity(
    space: Space,
    outcome: Any,
    data: Any,
    *,
    centres: np.ndarray | None = None,
    rendering: str | Rendering | Sequence[Rendering] | None = None,
    least: float = 0.9,
    seed: int = 0,
) -> Fidelity:
    """Measure how well rendered objects stand for real ones.

    Args:
        space: A fitted space.
        outcome: y: an Outcome or a callable on native objects.
        data: Real objects, Items or in native form; best those that the fit did not see.
        centres: Places asked about, latent points (k, latent); None to split the data into at most 6 cells (k-means).
        rendering: How codes become objects, by name, as an object, or one for each centre; None for what suits the data.
        least: Agreement that is needed.
        seed: Of the choice of objects, the draws and the resampling.

    Raises:
        DataError: If there are fewer than 8 objects.

    Example:
        >>> import numpy as np
        >>> from gausscape.modalities.images.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> space = fit(example_items(200), latent=3, method="pca")
        >>> brightness = lambda images: images.reshape(len(images), -1).mean(1)
        >>> fidelity = measure_fidelity(space, brightness, example_items(60, seed=9), rendering="expected")
        >>> fidelity.overall.agreement > 0.9
        True
    """
    outcome, items = Outcome.of(outcome), Items.of(data)
    if len(items) < FEWEST:
        raise DataError(
            f"Fidelity is measured on real objects and needs at least {FEWEST}, but {len(items)} came. Pass more as data=."
        )
    asked = outcome.calls
    comparison = Comparison(space, outcome, items, seed)
    u = space.aggregate.whiten(comparison.mean)
    rows = comparison.rng.permutation(len(items))[:OVERALL]
    if centres is None:
        regions, reaches = _cells(u, rows, seed)
    else:
        places = space.aggregate.whiten(centres)
        reach, near = Nearest(u).query(places, min(NEAR, len(items)))
        regions, reaches = list(near), reach.max(1).tolist()
    if rendering is None:
        rendering = suitable_rendering(space.codec.networks.likelihood, real=True)
    if isinstance(rendering, str | Rendering):
        rendering = [find_rendering(rendering)] * len(regions)
    renderings = tuple(rendering)
    common = max(renderings, key=renderings.count) if renderings else Expected()
    # Where residuals are carried, half of the sample and their nearest neighbours: real ones, not just the nearest asked.
    sample = rows[: OVERALL // 2] if common.carries else rows
    places = [(sample, _nearest_other(u, sample, np.arange(len(items))), common)]
    places += [
        (region, _nearest_other(u, region, region), own) for region, own in zip(regions, renderings, strict=True)
    ]
    comparison.ask(places)
    overall = comparison.agreement(*places[0], floor=0.0)
    floor = LEAST_SPREAD * overall.spread
    found = [
        comparison.agreement(*place, floor=floor, reach=reach) for place, reach in zip(places[1:], reaches, strict=True)
    ]
    return Fidelity(overall, tuple(found), renderings, least, outcome.calls - asked)


def _nearest_other(u: np.ndarray, rows: np.ndarray, among: np.ndarray) -> np.ndarray:
    """The object among these that lies nearest to each row and is not the row itself, (n,)."""
    nearest = among[Nearest(u[among]).query(u[rows], 2)[1]]
    return np.where(nearest[:, 0] == rows, nearest[:, 1], nearest[:, 0])


def _cells(u: np.ndarray, rows: np.ndarray, seed: int) -> tuple[list[np.ndarray], list[None]]:
    """The sampled rows by cell of similar codes; cells that are too small for a judgement are left out."""
    from sklearn.cluster import KMeans  # takes most of a second: only who asks for cells waits

    wanted = max(1, min(CELLS, len(rows) // (2 * FEWEST)))
    label = KMeans(wanted, random_state=seed).fit_predict(u[rows])
    cells = [rows[label == cell] for cell in range(wanted)]
    cells = [cell for cell in cells if len(cell) >= FEWEST]
    return cells, [None] * len(cells)
