"""Chunks as material for a fit: a pass that learns what they hold, a pass that sorts them into groups, samples of each group."""

__all__ = ["learning_sample", "streamed_material"]

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from gausscape.chunks import Chunks
from gausscape.errors import DataError
from gausscape.items import Items
from gausscape.keyed_random import keyed_uniforms
from gausscape.modality import Modality, Tensors
from gausscape.summaries import Distinct, KeyedSample
from gausscape.training.material import Material, chosen_kind, learned_kind
from gausscape.training.seeds import mix_seeds
from gausscape.training.splits import FEWEST, Split
from gausscape.training.stream_feed import StreamFeed
from gausscape.training.streamed_split import AUDIT, CALIBRATION, FIT, VALIDATION, StreamedSplit, content_hashes

LEARNED = 100_000
MOST = {FIT: 100_000, VALIDATION: 2_000, CALIBRATION: 40_000, AUDIT: 20_000}
"""Objects of each group that are kept at hand; of the fitting group, those that the law and the neighbours are taken from."""
FEW = 10_000


def streamed_material(chunks: Chunks, modality: str | dict | Modality | None, *, seed: int) -> Material:
    """Objects that are never in memory together.

    The kind of data is learned from a uniform sample of 100,000 objects and from all those that show something no earlier chunk
    has shown. Each object's group follows from its content, so that equal objects share one. All objects of the fitting group are
    trained on; the law is taken from a uniform sample of 100,000 of them, and calibration and audit use at most 40,000 and
    20,000 objects, drawn in the same way. Where objects are so large that chunks are small, four chunks' worth is the most.

    Args:
        chunks: The objects.
        modality: As in `fit`.
        seed: Of the samples, the split and the order of training.

    Raises:
        DataError: If the objects cannot be used; the message says between which of them the place is.
    """
    room = max(FEW, 4 * max(chunks.sizes, default=0))
    kind, learned = _learn(chunks, modality, size=min(LEARNED, room), seed=seed)
    split = StreamedSplit(len(chunks), mix_seeds(seed, 9))
    sorted_out = _sort_out(chunks, kind, split, room=room)
    places = np.sort(np.concatenate([sample.places for sample in sorted_out.samples.values()]))
    items = chunks.take(places)
    tensors = kind.to_tensors(items.values)
    rows = {group: np.searchsorted(places, np.sort(sample.places)) for group, sample in sorted_out.samples.items()}
    at_hand = Split(
        rows[FIT], rows[VALIDATION], rows[CALIBRATION], rows[AUDIT], min(sorted_out.distinct.estimate, len(chunks))
    )
    first = {name: values[torch.from_numpy(rows[FIT])] for name, values in tensors.items()}
    feed = StreamFeed(partial(_fitting_tensors, chunks, kind, split), sorted_out.fitting, first, seed=seed)
    counts = {"all": len(chunks), "fit": feed.objects}
    told = {
        "counts": counts,
        "streamed": {
            "chunks": len(chunks.sizes),
            "window": feed.window,
            "learned_from": learned,
            "law_from": len(rows[FIT]),
            "distinct_relative_error": sorted_out.distinct.relative_error,
        },
    }
    return Material(kind, items, tensors, at_hand, chunks.digest, len(chunks), feed, told)


def learning_sample(chunks: Chunks, modality: Any, *, size: int = LEARNED, seed: int = 0) -> Items:
    """A uniform sample of `size` objects, and all those that show something no earlier chunk has shown.

    Args:
        chunks: The objects.
        modality: Their kind, as in `fit`.
        size: Of the sample.
        seed: Of the sample.

    Raises:
        DataError: If there are no objects.
    """
    sample = KeyedSample.empty(size=size, seed=mix_seeds(seed, 10))
    witnesses, known, start = [], None, 0
    kind: type[Modality] | None = None
    for number in range(len(chunks.sizes)):
        items = chunks.read(number)
        places = np.arange(start, start + len(items))
        sample = sample.adding(keyed_uniforms(items.ids, seed=sample.seed)[:, 0, 0], places)
        kind = kind or chosen_kind(modality, items.values, items.modality)
        rows, known = kind.witnesses(items.values, known)
        witnesses.append(places[rows])
        start += len(items)
    if kind is None:
        raise DataError(f"A fit needs at least {FEWEST} objects, but there are 0 in {chunks.name}. Check the source.")
    return chunks.take(np.union1d(sample.places, np.concatenate(witnesses)))


def _learn(chunks: Chunks, modality: Any, *, size: int, seed: int) -> tuple[Modality, int]:
    """The kind of data, and from how many objects it was learned."""
    if isinstance(modality, Modality):
        return modality, 0
    items = learning_sample(chunks, modality, size=size, seed=seed)
    try:
        return learned_kind(modality, items.values, items.modality), len(items)
    except DataError as error:
        raise type(error)(
            f"{chunks.name}, in a sample of {len(items):,} of {len(chunks):,} objects, whose rows are counted here: {error}"
        ) from error


@dataclass(frozen=True)
class _SortedOut:
    """Samples of each group by number, how many fitting objects each chunk has, and how many objects are distinct."""

    samples: dict[int, KeyedSample]
    fitting: tuple[int, ...]
    distinct: Distinct


def _sort_out(chunks: Chunks, kind: Modality, split: StreamedSplit, *, room: int) -> _SortedOut:
    samples = {group: KeyedSample.empty(size=min(most, room), seed=split.seed) for group, most in MOST.items()}
    distinct, fitting, start = Distinct.of(np.empty(0, dtype=np.uint64)), [], 0
    for number in range(len(chunks.sizes)):
        items, _, hashes = _read(chunks, kind, number)
        groups = split.groups(hashes)
        numbers = keyed_uniforms(items.ids, seed=split.seed)[:, 0, 0]
        places = np.arange(start, start + len(items))
        for group, sample in samples.items():
            here = groups == group
            samples[group] = sample.adding(numbers[here], places[here])
        distinct = distinct.merged(Distinct.of(hashes))
        fitting.append(int((groups == FIT).sum()))
        start += len(items)
    _refuse_few(chunks, samples, distinct)
    return _SortedOut(samples, tuple(fitting), distinct)


def _refuse_few(chunks: Chunks, samples: dict[int, KeyedSample], distinct: Distinct) -> None:
    n = len(chunks)
    if distinct.estimate < FEWEST:
        raise DataError(
            f"A fit needs at least {FEWEST} distinct objects, but of {n:,} objects {distinct.estimate} are distinct. Collect more."
        )
    if not all(len(samples[group]) for group in (FIT, CALIBRATION, AUDIT)):
        raise DataError(
            f"A fit needs distinct objects in every group, but {distinct.estimate:,} distinct of {n:,} leave one empty. Drop "
            "duplicates first, or read so few objects with gs.load_data."
        )


def _fitting_tensors(chunks: Chunks, kind: Modality, split: StreamedSplit, number: int) -> Tensors:
    _, tensors, hashes = _read(chunks, kind, number)
    rows = torch.from_numpy(np.flatnonzero(split.groups(hashes) == FIT))
    return {name: values[rows] for name, values in tensors.items()}


def _read(chunks: Chunks, kind: Modality, number: int) -> tuple[Any, Tensors, np.ndarray]:
    items = chunks.read(number)
    with _placed(chunks, items.ids):
        tensors = kind.to_tensors(items.values)
    return items, tensors, content_hashes(tensors)


@contextlib.contextmanager
def _placed(chunks: Chunks, ids: np.ndarray) -> Iterator[None]:
    """In here a refusal also says which chunk it is about: the rows that it names are counted within."""
    try:
        yield
    except DataError as error:
        raise type(error)(f"{chunks.name}, from object {str(ids[0])!r} (row 0) to {str(ids[-1])!r}: {error}") from error
