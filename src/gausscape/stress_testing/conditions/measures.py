"""What can be measured on an object as anyone would receive it? Its columns, its features, and which class it lies among."""

__all__ = ["Labelled", "Measured", "Measures"]

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import numpy as np
from scipy import special
from scipy.spatial import KDTree

from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items
from gausscape.modality import Features
from gausscape.space.space import Space

LABEL_NAMES = ("label", "class")
NEIGHBOURS = 5
AGREEING = 4
MOST_DECODED = 512
TINY = 1e-300
GUMBEL_SPREAD = float(np.pi / np.sqrt(6))


@final
class Labelled:
    """Real objects with labels, as whitened codes: an object belongs to a class if 4 of its 5 nearest do.

    Args:
        space: The fitted space.
        items: Objects with labels.

    Raises:
        DataError: If they have none.
    """

    def __init__(self, space: Space, items: Items):
        if items.labels is None:
            raise DataError(
                "A condition on the label needs labelled data, but these have no labels. Pass data with labels."
            )
        self._space = space
        self.labels = np.asarray(items.labels).astype(str)
        self.names = tuple(np.unique(self.labels).tolist())
        codes = space.aggregate.whiten(space.embed(items).mean)
        self._trees = {name: KDTree(codes[self.labels == name]) for name in self.names}

    def distance_to(self, values: Any, names: tuple[str, ...]) -> np.ndarray:
        """How much farther these classes are than the others, in standard deviations, (n,); below 0 where objects belong.

        The distance to the 4th nearest object of the classes less that to the 2nd nearest of all others: below 0 exactly
        where 4 of the 5 nearest are of them.
        """
        u = self._space.aggregate.whiten(self._space.embed(values).mean)
        return self._nth(u, names, AGREEING) - self._nth(
            u, tuple(set(self.names) - set(names)), NEIGHBOURS - AGREEING + 1
        )

    def _nth(self, u: np.ndarray, names: tuple[str, ...], nth: int) -> np.ndarray:
        found = [self._trees[name].query(u, k=nth)[0].reshape(len(u), nth) for name in names]
        return np.sort(np.concatenate([np.full((len(u), nth), np.inf), *found], axis=1), axis=1)[:, nth - 1]


@final
@dataclass(frozen=True, eq=False)
class Measured:
    """n objects and what is measured on them, when it is first asked for.

    Args:
        of: Knows how to measure.
        values: The objects, in native form.
        expected: Features of the expected objects at their codes, which say how likely a level was; None if unknown.
        noise: Noise that they were drawn with, (n, cells); None for expected objects.
    """

    of: "Measures"
    values: Any
    expected: Features | None = None
    noise: np.ndarray | None = None
    _kept: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _classes: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """Columns as they stand, by name."""
        return self.of.space.modality.columns_of(self.values)

    @cached_property
    def features(self) -> dict[str, np.ndarray]:
        """Features of the objects themselves, by name."""
        codec = self.of.space.codec
        cells, observed = codec.observed(codec.tensors(self.values))
        told = self.of.space.modality.features(cells, observed)
        return dict(zip(told.names, told.values.T, strict=True))

    def numbers(self, name: str) -> np.ndarray:
        """A quantity as numbers, (n,), NaN where missing; dates in microseconds since 1970."""
        found = self.columns[name] if name in self.of.columns else self.features[name]
        return as_numbers(found)

    def levels(self, name: str) -> np.ndarray:
        """A column as lower-case text, (n,), "" where missing."""
        if name not in self._kept:
            plain = [
                "" if value is None or value != value else level_text(value) for value in self.columns[name].tolist()
            ]
            self._kept[name] = np.asarray(plain, dtype=object)
        return self._kept[name]

    def away_from_classes(self, classes: tuple[str, ...]) -> np.ndarray:
        """How far each object is from lying among these classes, (n,), below 0 where it does (see `Labelled`)."""
        key = " ".join(sorted(classes))
        if key not in self._classes:
            self._classes[key] = self.of.labelled.distance_to(self.values, classes)
        return self._classes[key]

    def away_from_levels(self, name: str, levels: tuple[str, ...]) -> np.ndarray | None:
        """How far each object was from taking one of these levels, (n,), below 0 where it did; None if unknown.

        A level is taken if its log probability and its noise together are the largest. The difference from that is told in
        standard deviations of the noise; without noise, as a difference of probabilities.
        """
        if self.expected is None:
            return None
        own = [k for k, feature in enumerate(self.expected.names) if feature.startswith(f"{name} = ")]
        texts = [self.expected.names[k].removeprefix(f"{name} = ").casefold() for k in own]
        chances = self.expected.values[:, own]
        cells = self.of.cells_of(name)
        if len(own) == 1:
            # A column of two levels tells one of them; a column with a value that repeats has its scale before that flag.
            place = 1 if name in self.expected.names else 0
            away = _away_from_yes(chances[:, 0], None if self.noise is None else self.noise[:, cells[place]])
            return away if texts[0] in levels else -away
        inside = np.isin(texts, levels)
        if not inside.any() or inside.all():
            return None
        if self.noise is None:
            return chances[:, ~inside].max(1) - chances[:, inside].max(1)
        gumbel = -np.log(-special.log_ndtr(self.noise[:, cells[-len(own) :]]))
        scores = np.log(np.maximum(chances, TINY)) + gumbel
        return (scores[:, ~inside].max(1) - scores[:, inside].max(1)) / GUMBEL_SPREAD

    def away_from_missing(self, name: str) -> np.ndarray | None:
        """How far each object was from having no such value, (n,), below 0 where it has none; None if unknown."""
        if self.expected is None or f"{name} is missing" not in self.expected.names:
            return None
        chance = self.expected.values[:, self.expected.names.index(f"{name} is missing")]
        # Flags stand before levels and after scales.
        several = sum(feature.startswith(f"{name} = ") for feature in self.expected.names) > 1
        place = 0 if several else -1
        return _away_from_yes(chance, None if self.noise is None else self.noise[:, self.of.cells_of(name)[place]])


def _away_from_yes(chance: np.ndarray, noise: np.ndarray | None) -> np.ndarray:
    return 0.5 - chance if noise is None else -(noise + special.ndtri(np.clip(chance, TINY, 1 - 1e-16)))


@final
class Measures:
    """Measures objects of one space by name.

    Args:
        space: The fitted space.
        data: Labelled objects, if a condition may speak of the label.

    Example:
        >>> from gausscape.modalities.tables.example import example_items
        >>> from gausscape.training.fitting import fit
        >>> measures = Measures(fit(example_items(200), latent=2, method="pca"))
        >>> measures.names[:3], measures.is_levels("city")
        (('amount', 'items', 'express'), True)
    """

    def __init__(self, space: Space, data: Items | None = None):
        self.space = space
        self._data = data

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns; none where objects have no columns."""
        return tuple(self._usual.columns)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Everything that a condition may speak of."""
        features = tuple(name for name in self.space.population.features.names if name not in self.columns)
        known = (*self.columns, *features, *self._short)
        return (*known, *(name for name in LABEL_NAMES if name not in known))

    @cached_property
    def _short(self) -> dict[str, str]:
        """Features by their name without its unit: "thickness" for "thickness (pixels)"."""
        features = self.space.population.features.names
        return {
            name.partition(" (")[0]: name
            for name in features
            if name.endswith(")") and name.partition(" (")[0] not in (*features, *self.columns)
        }

    def full_name(self, name: str) -> str:
        """The name of a quantity with its unit."""
        return self._short.get(name, name)

    def is_label(self, name: str) -> bool:
        """Whether the name means the class of the object."""
        return name in LABEL_NAMES and name not in (*self.columns, *self.space.population.features.names, *self._short)

    def is_levels(self, name: str) -> bool:
        """Whether it is a column of levels without order."""
        return name in self.columns and self._usual.columns[name].dtype == object

    def is_single(self, name: str, value: Any) -> bool:
        """Whether a value of a column is kept apart from others: a level, one of two numbers, a value that repeats."""
        if name not in self.columns or self.is_date(name) or isinstance(value, str):
            return False
        known = self.space.population.features.names
        return f"{name} = {level_text(value)}" in known or (
            name not in known and any(k.startswith(f"{name} = ") for k in known)
        )

    def cells_of(self, name: str) -> np.ndarray:
        """Positions of the cells of a column."""
        names, owners = self.space.modality.parts()
        return np.flatnonzero(owners == names.index(name))

    def is_date(self, name: str) -> bool:
        """Whether it is a column of dates."""
        return name in self.columns and self._usual.columns[name].dtype.kind == "M"

    def spread(self, name: str) -> float:
        """Population standard deviation of a quantity; 1 where it never varies."""
        population = self.space.population
        if name in population.features.names and name not in self.columns:
            spread = float(population.feature_spread[population.features.names.index(name)])
        else:
            known = self._usual.numbers(name)
            known = known[~np.isnan(known)]
            spread = float(known.std()) if len(known) else 0.0
        return spread if spread > 0 else 1.0

    @cached_property
    def labelled(self) -> Labelled:
        """The labelled data.

        Raises:
            ConfigurationError: If none were given.
        """
        if self._data is None:
            raise ConfigurationError(
                "A condition on the label needs labelled data, but none came. Pass data=... with labels."
            )
        return Labelled(self.space, self._data)

    def measure(self, values: Any, expected: Features | None = None, noise: np.ndarray | None = None) -> Measured:
        """n objects in native form, ready to be measured."""
        return Measured(self, values, expected, noise if noise is not None and noise.shape[1] else None)

    @cached_property
    def _usual(self) -> Measured:
        codes = self.space.aggregate.held_out[:MOST_DECODED]
        return Measured(self, self.space.codec.items(self.space.aggregate.full(codes), seed=0))


def as_numbers(values: np.ndarray) -> np.ndarray:
    """Numbers or instants as float64, NaN where missing.

    Example:
        >>> as_numbers(np.array(["1970-01-02", "NaT"], dtype="datetime64[us]"))
        array([8.64e+10,      nan])
    """
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.nan, values.astype("datetime64[us]").astype(np.int64).astype(np.float64))
    return values.astype(np.float64)


def level_text(value: Any) -> str:
    """A level as lower-case text.

    Example:
        >>> level_text(True), level_text("Graz"), level_text(2.0)
        ('yes', 'graz', '2')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}"
    return str(value).casefold()
