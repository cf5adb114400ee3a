"""Referee: who says what an object really is, when a model's answer is called wrong?"""

__all__ = ["CheckReferee", "ModelReferee", "NeighbourReferee", "Referee", "find_referee"]

import abc
from collections.abc import Callable
from functools import cached_property
from typing import Any, final

import numpy as np

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.space.nearest import Nearest
from gausscape.space.space import Space
from gausscape.stress_testing.failures.answered_class import name_of_class, read_classes

MOST_LEARNED = 5_000
MOST_CHECKED = 1_000


class Referee(abc.ABC):
    """A second opinion on objects, independent of the model under test.

    Attributes:
        words: For people: who it is.
    """

    words: str

    @abc.abstractmethod
    def judge(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        """The class of each object, (n,) text; "" where it is not sure.

        Args:
            values: n objects, in native form.
            z: Latent points that they were made from, (n, latent), for referees that go by these; None if there are none.
        """

    def numbers(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        """The number that is right for each object, (n,); NaN where it gives none, as most referees do."""
        return np.full(len(values), np.nan)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.words})"


@final
class NeighbourReferee(Referee):
    """The class of the nearest labelled objects, where enough of them agree, in the latent space and in the data's own cells.

    Neighbours in the latent space alone share the encoder's errors with the object that it is to judge: far out it calls a plain 4
    a 1. Neighbours cell by cell make other errors, and so does a kernel machine on the same cells (Cortes & Vapnik 1995). The
    referee is sure only where all three name one class.

    Args:
        space: The fitted space.
        items: Objects with labels.
        k: How many neighbours are asked.
        share: Share of them that has to agree.

    Raises:
        DataError: If the objects have no labels, or are fewer than k.

    Example:
        >>> from gausscape.modalities.images.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> images = example_items(120)
        >>> labelled = Items.of(images, labels=np.where(images.mean((1, 2)) > images.mean(), "dark", "light"))
        >>> referee = NeighbourReferee(fit(images, latent=2, method="pca"), labelled)
        >>> set(referee.judge(images[:5]).tolist()) <= {"dark", "light", ""}
        True
    """

    def __init__(self, space: Space, items: Items, k: int = 5, *, share: float = 0.8):
        if items.labels is None:
            raise DataError(
                "A referee of neighbours needs labelled objects, but these have no labels. Pass Items with labels=."
            )
        labels = np.array([name_of_class(label) for label in items.labels], dtype=str)
        rows = np.flatnonzero(labels != "")
        if len(rows) <= k:
            raise DataError(
                f"A referee of {k} neighbours needs more than {k} labelled objects, but got {len(rows)}. Pass more."
            )
        self.space, self.k, self.least = space, k, int(np.ceil(k * share - 1e-9))
        self.names, self._labels = np.unique(labels[rows], return_inverse=True)
        self._codes = Nearest(space.aggregate.whiten(space.embed(items.take(rows)).mean))
        self._cells = Nearest(self._cells_of(items.take(rows).values))
        self._known = np.random.default_rng(0).permutation(len(rows))[:MOST_LEARNED]
        self.words = (
            f"the {k} nearest of {len(rows):,} labelled objects, where {self.least} agree in code and in content, and a kernel "
            "machine that has learned them"
        )

    def judge(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        # By the object, not by the code that it was made from: a drawn category may say otherwise than its code.
        if not len(values):
            return np.zeros(0, dtype=str)
        codes = self.space.aggregate.whiten(self.space.embed(values).mean)
        cells = self._cells_of(values)
        judged = self._agreed(self._codes.query(codes, self.k)[1], self._cells.query(cells, self.k)[1])
        return np.where(self._reader.predict(cells) == judged, judged, "")

    @cached_property
    def reliability(self) -> tuple[float, float]:
        """(share of its own objects that it is sure of, share of these that it names rightly), each without its own label."""
        rows = np.sort(self._known[:MOST_CHECKED])
        judged = self._agreed(*(self._others(finder)[rows] for finder in (self._codes, self._cells)))
        labels = self.names[self._labels[rows]]
        judged = np.where(_read_by_others(self._cells.codes[rows], labels) == judged, judged, "")
        sure = judged != ""
        right = judged[sure] == labels[sure]
        return float(sure.mean()), float(right.mean()) if sure.any() else float("nan")

    @cached_property
    def _reader(self) -> Any:
        return _learned(self._cells.codes[self._known], self.names[self._labels[self._known]])

    def _others(self, finder: Nearest) -> np.ndarray:
        """Positions of the k nearest other objects of each, (n, k)."""
        near = finder.query(finder.codes, self.k + 1)[1]
        # The object itself is usually the first, but a copy of it may come before it.
        own = near == np.arange(len(near))[:, None]
        own[~own.any(1), -1] = True
        return near[~own].reshape(-1, self.k)

    def _cells_of(self, values: Any) -> np.ndarray:
        cells, observed = self.space.codec.observed(self.space.codec.tensors(values))
        return (cells if observed is None else cells * observed).double().numpy()

    def _agreed(self, near_codes: np.ndarray, near_cells: np.ndarray) -> np.ndarray:
        by_code, by_cell = self._majority(near_codes), self._majority(near_cells)
        return np.where(by_code == by_cell, by_code, "")

    def _majority(self, near: np.ndarray) -> np.ndarray:
        votes = (self._labels[near][:, :, None] == np.arange(len(self.names))).sum(1)
        return np.where(votes.max(1) >= self.least, self.names[votes.argmax(1)], "")


def _learned(cells: np.ndarray, labels: np.ndarray) -> Any:
    """A kernel machine that has learned these labels; where there is one only, it says that."""
    from sklearn.dummy import DummyClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler
    from sklearn.svm import SVC

    machine = SVC(C=10.0) if len(np.unique(labels)) > 1 else DummyClassifier()
    return make_pipeline(MaxAbsScaler(), machine).fit(cells, labels)


def _read_by_others(cells: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What a machine says of each third that it did not learn from, (n,)."""
    part = np.arange(len(cells)) % 3
    found = np.empty(len(cells), dtype=labels.dtype)
    for third in np.unique(part):
        found[part == third] = _learned(cells[part != third], labels[part != third]).predict(cells[part == third])
    return found


@final
class ModelReferee(Referee):
    """Another model: its label, or its likeliest class where that has a probability of at least `least`; its y as the number.

    To name classes it needs no target. Without one, and with several classes, it gives no number.

    Args:
        outcome: The model, an Outcome or anything that makes one.
        least: Smallest probability at which it counts as sure.

    Example:
        >>> better = Outcome.of(lambda x: np.stack([x, 1 - x], 1), classes=("cat", "dog"), target="cat")
        >>> ModelReferee(better).judge(np.array([0.9, 0.6, 0.1])).tolist()
        ['cat', '', 'dog']
    """

    def __init__(self, outcome: Any, *, least: float = 0.8):
        self.outcome, self.least = Outcome.of(outcome), least
        self._naming = self.outcome.naming_classes()
        # "y" is what an outcome is called that nobody named, and the model under test may be called so too.
        self.words = "a second model" if self.outcome.name == "y" else f"the model {self.outcome.name}"

    def judge(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        told = read_classes(self._naming, self._naming(values)) if len(values) else None
        if told is None:
            return np.full(len(values), "")
        if told.probabilities is None:
            return told.said
        return np.where(np.nan_to_num(told.probabilities).max(1) >= self.least, told.said, "")

    def numbers(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        # Asked for classes first, which never fails for want of a target; the answers are shared.
        unnamed = self._naming(values).values
        return np.full(len(unnamed), np.nan) if self.outcome.lacks_target else self.outcome(values).values


@final
class CheckReferee(Referee):
    """A function that knows what is right: the class of each object, or the number.

    Args:
        check: Receives n objects in native form, returns n labels ("" or None where it is not sure), or n numbers
            (NaN where it is not).
        words: Who it is, for people.

    Example:
        >>> referee = CheckReferee(lambda x: np.where(x > 0, "warm", "cold"), words="the thermometer")
        >>> referee.judge(np.array([3.0, -2.0])).tolist()
        ['warm', 'cold']
    """

    def __init__(self, check: Callable[[Any], Any], *, words: str = "a check of your own"):
        self._check, self.words = check, words

    def judge(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        return np.array([name_of_class(label) for label in self._asked(values)], dtype=str)

    def numbers(self, values: Any, z: np.ndarray | None = None) -> np.ndarray:
        told = np.asarray(self._asked(values))
        return told.astype(np.float64) if told.dtype.kind in "iuf" else np.full(len(told), np.nan)

    def _asked(self, values: Any) -> Any:
        told = self._check(values)
        if not hasattr(told, "__len__") or isinstance(told, str) or len(told) != len(values):
            came = f"{len(told)} of them" if hasattr(told, "__len__") else f"a {type(told).__name__}"
            raise ShapeError(
                f"A check needs to return one label or number for each of {len(values)} objects, but gave {came}. "
                "Return an array in their order."
            )
        return told.tolist() if hasattr(told, "tolist") else told


def find_referee(asked: Any) -> Referee:
    """The referee that is meant: a Referee passes through, an Outcome or a model becomes a `ModelReferee`.

    Raises:
        ConfigurationError: If it can be none.
    """
    if isinstance(asked, Referee):
        return asked
    if isinstance(asked, Outcome) or hasattr(asked, "predict") or hasattr(asked, "predict_proba"):
        return ModelReferee(asked)
    if callable(asked):
        return CheckReferee(asked)
    raise ConfigurationError(
        f"A referee needs to be a Referee, a model, or a function of objects, but a {type(asked).__name__} came. "
        "Pass NeighbourReferee(space, labelled_items), say."
    )
