"""Real objects on a page: where they lie, how unusual they are, what is known of them, and pictures of some."""

__all__ = ["MOST_PICTURED", "Shown", "choose_shown", "embed_shown", "write_points"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.items import Items
from gausscape.modality import Picture
from gausscape.page.asked import Asked
from gausscape.page.columns import category_column, number_column, value_column
from gausscape.page.pack import bits, counts, halves, planes
from gausscape.page.pictures_part import write_pictures
from gausscape.space.audit import Audit
from gausscape.space.space import Space
from gausscape.space.support import Support

MOST_POINTS = 70_000
MOST_PICTURED = 600
MOST_WITH_SPREAD = 20_000
MOST_FEATURES, FEATURES_OF_MANY = 60, 12
MANY = 10_000
BINS = 16
SEEN = 0.05
"""Share of the objects that may stand where a fitted one stands before they count as seen by the fit."""

LABELS = [label.value for label in Support]


@dataclass(frozen=True, eq=False)
class Shown:
    """Objects on the page, as one space sees them.

    Args:
        items: The objects; None where fitted codes stand in for them.
        ids: One each, (n,).
        u: Whitened coordinates, (n, live).
        std: Posterior standard deviations in the same units, (n, live); None for codes.
        told: What `Space.assess` says of each.
        seen: Share of them that stand exactly where an object of the fit stands.
        which: In words.
    """

    items: Items | None
    ids: np.ndarray
    u: np.ndarray
    std: np.ndarray | None
    told: dict[str, np.ndarray]
    seen: float
    which: str

    def __len__(self) -> int:
        return len(self.ids)

    def rows_of(self, names: Sequence[str]) -> list[int]:
        """Positions of objects of these ids, of those that are here."""
        wanted = set(names)
        return [int(row) for row in np.flatnonzero([str(each) in wanted for each in self.ids])] if wanted else []

    def audit(self, space: Space) -> Audit | None:
        """The audit on these objects; None where the fit knew them, or they are no objects."""
        if self.items is None or self.seen > SEEN:
            return None
        return Audit.of(self.told["exceedance"], calibrated=space.of_objects.count)


def choose_shown(items: Items, *, wanted: Sequence[str], most: int, seed: int) -> Items:
    """At most so many objects, drawn at random, those wanted among them, in the order in which they came."""
    if len(items) <= most:
        return items
    order = np.random.default_rng([seed, 67]).permutation(len(items))
    first = np.isin(items.ids.astype(str)[order], list(wanted))
    return items.take(np.sort(np.concatenate([order[first], order[~first]])[:most]))


def embed_shown(space: Space, items: Items | None) -> Shown:
    """Place objects in a space; without any, the codes of fitted objects that it keeps."""
    aggregate = space.aggregate
    fitted = space.population.fitted
    if items is None:
        codes = aggregate.full(aggregate.codes)
        told = space.assess_codes(codes)
        which = f"{len(codes):,} objects of the fit, by their codes alone: no data were given to this page"
        return Shown(None, aggregate.ids.astype(str), fitted, None, told, 1.0, which)
    posterior = space.embed(items)
    u = aggregate.whiten(posterior.mean)
    inverse = np.linalg.inv(aggregate.law.whitening.factor)
    std = np.sqrt(np.square(posterior.std[:, space.live_axes]) @ np.square(inverse).T)
    # The same object has the same code to the last bits of single precision.
    known = {row.tobytes() for row in np.round(fitted, 4) + 0.0}
    seen = float(np.mean([row.tobytes() in known for row in np.round(u, 4) + 0.0]))
    which = f"{len(items):,} objects of {items.name}" + (
        f", {seen:.0%} of which the fit knew" if seen > SEEN else ", none of which the fit knew" if seen == 0 else ""
    )
    return Shown(items, items.ids.astype(str), u, std, space.assess(items), seen, which)


def write_points(
    space: Space,
    shown: Shown,
    *,
    asked: Asked,
    wanted: Sequence[str],
    most_pictured: int,
    sample: Picture,
    seed: int,
    rows: np.ndarray | None = None,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The objects as the page has them, and y of each by outcome.

    Args:
        space: Where they lie.
        shown: They.
        asked: y.
        wanted: Ids of objects that must have a picture.
        most_pictured: How many may have one.
        sample: Any picture of this space: its kind stands for all.
        seed: Of the choice of those that have a picture.
        rows: Those that have one, if that is known already: other spaces show the same.
    """
    n = len(shown)
    # What other parts already took is no longer there to ask.
    y = asked.answers(shown.items.values, n) if shown.items is not None else {}
    pictured = _pictured(shown, wanted, most_pictured, seed) if rows is None else rows
    pictures: Any = None
    if len(pictured) and shown.items is not None:
        pictures = write_pictures(space.modality.pictures(shown.items.take(pictured).values))
    told = shown.told
    return {
        "which": shown.which,
        "n": n,
        "ids": [str(each) for each in shown.ids],
        "u": halves(shown.u),
        "std": halves(shown.std) if shown.std is not None and n <= MOST_WITH_SPREAD else None,
        "exceedance": planes(told["exceedance"], digits=3),
        "lower": planes(told["lower"], digits=2),
        "upper": planes(told["upper"], digits=2),
        "support": bits([LABELS.index(label) for label in told["support"]]),
        "columns": _columns(space, shown, y),
        "pictured": counts(pictured),
        "pictures": pictures or _none_like(sample),
    }, y


def _pictured(shown: Shown, wanted: Sequence[str], most: int, seed: int) -> np.ndarray:
    """Rows that get a picture: spread over the plane of the first two coordinates and over the labels."""
    if shown.items is None:
        return np.zeros(0, dtype=np.int64)
    n = len(shown)
    if n <= most:
        return np.arange(n)
    cell = np.zeros(n, dtype=np.int64)
    for axis in range(min(2, shown.u.shape[1])):
        edges = np.quantile(shown.u[:, axis], np.linspace(0, 1, BINS + 1)[1:-1])
        cell = cell * BINS + np.searchsorted(edges, shown.u[:, axis])
    labels = shown.items.labels
    groups = np.zeros(n, dtype=np.int64) if labels is None else np.unique(labels.astype(str), return_inverse=True)[1]
    key = groups * BINS * BINS + cell
    order = np.random.default_rng([seed, 71]).permutation(n)
    # The first of each cell and label before the second of any: rank within its own cell.
    by_key = order[np.argsort(key[order], kind="stable")]
    starts = np.flatnonzero(np.diff(key[by_key], prepend=-1))
    rank = np.arange(n) - np.repeat(starts, np.diff(np.append(starts, n)))
    turn = by_key[np.argsort(rank, kind="stable")]
    first = shown.rows_of(wanted)
    chosen = np.concatenate([np.array(first, dtype=np.int64), turn[~np.isin(turn, first)]])[:most]
    return np.sort(chosen)


def _none_like(sample: Picture) -> dict[str, Any]:
    """No pictures, but of the right kind."""
    told = write_pictures([sample]) or {}
    empty = dict(n=0, data=bits([]), graphs=[], cells=counts([], short=True), texts=[])
    return {name: empty.get(name, value) for name, value in told.items()}


def _columns(space: Space, shown: Shown, y: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Labels, y, named columns as they came, and features, those first that tell most of y or the labels; names are distinct."""
    found: list[dict[str, Any]] = []
    if shown.items is not None and shown.items.labels is not None:
        found.append(category_column("label", "label", shown.items.labels.astype(str).tolist()))
    found += [number_column(name, "outcome", values) for name, values in y.items()]
    values = {} if shown.items is None else space.modality.columns_of(shown.items.values)
    found += [column for name, each in values.items() if (column := value_column(name, each)) is not None]
    if shown.items is None:
        cells, there = space.codec.cells(space.aggregate.full(space.aggregate.codes)), None
    else:
        cells, there = space.codec.observed(space.codec.tensors(shown.items))
    features, spread = space.modality.features(cells, there), space.population.feature_spread
    most = FEATURES_OF_MANY if len(shown) > MANY else MOST_FEATURES
    telling = _telling(features.values, found)
    moving = sorted((k for k in range(len(features)) if spread[k] > 0), key=lambda k: -telling[k])[:most]
    taken = {column["name"] for column in found}
    return found + [
        number_column(features.names[k], "feature", features.values[:, k], spread=float(spread[k]))
        for k in moving
        if features.names[k] not in taken
    ]


def _telling(values: np.ndarray, told: list[dict[str, Any]]) -> np.ndarray:
    """How much each feature (n, k) says of y, or else of the label: share of its variance; 0 where there is neither."""
    number = next((column["values"].values for column in told if column["role"] == "outcome"), None)
    label = next((column["values"].values for column in told if column["role"] == "label"), None)
    target = number if number is not None else label
    if target is None:
        return np.zeros(values.shape[1])
    found = np.zeros(values.shape[1])
    for k, own in enumerate(values.T):
        known = np.isfinite(own) & np.isfinite(target.astype(np.float64))
        centred = own[known] - own[known].mean() if known.sum() > 2 else np.zeros(0)
        total = float(centred @ centred)
        if total <= 0 or not np.isfinite(total):
            continue
        if number is not None:
            rest = target[known] - target[known].mean()
            found[k] = float(centred @ rest) ** 2 / max(total * float(rest @ rest), 1e-300)
        else:
            place = np.unique(target[known], return_inverse=True)[1]
            sums, many = np.bincount(place, centred), np.bincount(place)
            found[k] = float((sums**2 / many).sum()) / total
    return np.round(found, 3)
