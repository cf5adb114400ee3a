"""The demonstration: real labelled images to one page with a map, an audit, a first change and a first stress strip."""

__all__ = ["run_demo"]

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import numpy as np

from gausscape.errors import ConfigurationError, DataError, StorageError
from gausscape.figures import (
    Look,
    StripRow,
    draw_audit,
    draw_change,
    draw_latent_map,
    draw_objects,
    draw_stress_strip,
    save_figure,
)
from gausscape.figures.style import probability_words
from gausscape.items import Items
from gausscape.local_change import Change, measure_change
from gausscape.page import Commands, Illustration, Section, Table, write_report
from gausscape.space.audit import Audit
from gausscape.space.space import Samples, Space
from gausscape.space.support import Support

TEST_SHARE = 0.2
FEWEST = 300
MOST_DRAWN = 1500
LEVELS = (0.1, 0.01, 0.001)
BEYOND = 1.5
SHOWN = 8
NAMES = {"map": "map", "measure": "measures"}
VERDICTS = {-1: "rarer than claimed", 0: "holds", 1: "commoner than claimed"}


def run_demo(
    out: Path,
    dataset: str = "mnist-5k",
    *,
    seed: int = 0,
    data_dir: Path | None = None,
    progress: bool = True,
    steps: int | None = None,
) -> dict[str, Any]:
    """Fit two spaces and a small classifier to labelled images, and write a page on what they say of unseen ones.

    A fifth of the images is put aside first; neither space nor the classifier ever sees it.

    Args:
        out: Folder for index.html, figures/, map.space and measure.space; made if it is not there.
        dataset: A catalogue set or any other source of labelled images.
        seed: Of everything random.
        data_dir: Folder that holds the published files of a downloaded set.
        progress: Say on standard error what happens.
        steps: Optimiser steps of each fit; None for the default budget.

    Returns:
        A summary, JSON-able: paths, seconds, audits, the change, the stress levels.

    Raises:
        DataError: If the source has no labels, or too few objects.
        StorageError: If something cannot be written.
    """
    from gausscape.datasets import load
    from gausscape.training.fitting import fit
    from gausscape.training.loop import Schedule

    out = Path(out)
    say = _say if progress else _say_nothing
    seconds: dict[str, float] = {}
    start = time.perf_counter()

    items = load(dataset, data_dir=data_dir)
    known, unseen = _divide(items, seed)
    for folder in (out, out / "figures"):
        _make(folder)
    say(f"{items.name}: {len(known):,} to fit, {len(unseen):,} put aside before anything is fitted")

    spaces = {}
    for name, latent in (("map", 2), ("measure", None)):
        began = time.perf_counter()
        say(f"fitting the space for the {'map (2 axes)' if latent else 'measures'} ...")
        spaces[name] = fit(known, latent=latent, schedule=Schedule(steps=steps), seed=seed, progress=progress)
        spaces[name].save(out / f"{name}.space", overwrite=True)
        seconds[f"fit_{name}"] = round(time.perf_counter() - began, 1)
        say(f"{spaces[name]}, {seconds[f'fit_{name}']:.0f} s")
    began = time.perf_counter()
    box = _BlackBox.fit(known, seed=seed)
    seconds["classifier"] = round(time.perf_counter() - began, 1)

    began = time.perf_counter()
    found = _Findings.of(spaces, box, items, unseen, seed)
    for name, audit in found.tests.items():
        tenth, hundredth = audit.rows[1], audit.rows[2]
        say(
            f"{found.title(name)}: of {tenth.objects:,} unseen objects {tenth.actual:.1%} have an exceedance of at most 10%, "
            f"{hundredth.actual:.1%} of at most 1%"
        )
    figures = found.figures()
    paths = []
    for name, draw in figures.items():
        for ending in ("png", "svg"):
            paths.append(save_figure(draw(Look()), out / "figures" / f"{name}.{ending}"))
    page = write_report(
        found.sections(figures, out),
        out,
        title=f"The space of {items.name}",
        answer=found.answer(),
        note=_note(items, seed),
    )
    seconds["page"] = round(time.perf_counter() - began, 1)
    seconds["all"] = round(time.perf_counter() - start, 1)
    say(f"done in {seconds['all']:.0f} s: {page}")
    return {
        "page": str(page),
        "spaces": {name: str(out / f"{name}.space") for name in spaces},
        "figures": [str(path) for path in paths],
        "seconds": seconds,
        "objects": {"fit": len(known), "unseen": len(unseen)},
        "accuracy": box.accuracy(unseen),
        "fidelity": found.fidelity,
        "audit": {name: space.audit.document() for name, space in spaces.items()},
        "unseen": {name: audit.document() for name, audit in found.tests.items()},
        "change": found.change.document(),
        "stress": [level.document() for level in found.levels],
    }


@dataclass(frozen=True)
class _BlackBox:
    """A small classifier: the model that is asked, and of which nothing else is known."""

    network: Any

    @classmethod
    def fit(cls, items: Items, *, seed: int) -> "_BlackBox":
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import MaxAbsScaler

        # Thirty passes are enough for a demonstration; that the optimum is not reached is no news.
        network = make_pipeline(MaxAbsScaler(), MLPClassifier((64,), alpha=0.1, max_iter=30, random_state=seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(_flat(items.values), items.labels.astype(str))  # type: ignore[union-attr]
        return cls(network)

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.network.classes_]

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Probability of each class, (n, classes)."""
        return self.network.predict_proba(_flat(values))

    def accuracy(self, items: Items) -> float:
        return float((np.array(self.names)[self(items.values).argmax(1)] == items.labels.astype(str)).mean())  # type: ignore[union-attr]


@dataclass(frozen=True)
class _Level:
    """One row of the stress strip."""

    name: str
    note: str
    samples: Samples | None
    y: np.ndarray

    def document(self) -> dict[str, Any]:
        if self.samples is None:
            return {"level": self.name, "refused": self.note}
        labels, counts = np.unique(self.samples.support, return_counts=True)
        return {
            "level": self.name,
            "acceptance": self.samples.acceptance,
            "support": dict(zip(labels.tolist(), counts.tolist(), strict=True)),
            "mean_confidence": float(self.y.max(1).mean()),
        }


@dataclass(frozen=True)
class _Findings:
    """Everything the page tells, computed once."""

    spaces: dict[str, Space]
    box: _BlackBox
    unseen: Items
    tests: dict[str, Audit]
    y: np.ndarray
    fidelity: float
    focus: str
    rival: str
    change: Change
    levels: list[_Level]
    name: str

    @classmethod
    def of(cls, spaces: dict[str, Space], box: _BlackBox, items: Items, unseen: Items, seed: int) -> "_Findings":
        told = {name: space.assess(unseen) for name, space in spaces.items()}
        measure = spaces["measure"]
        y = box(unseen.values)
        again = box(measure.reconstruct(unseen))
        focus, rival = _two_groups(box.names, unseen, y)
        a, b = (_typical(unseen, told["measure"], box.names, y, again, name) for name in (focus, rival))
        return cls(
            spaces=spaces,
            box=box,
            unseen=unseen,
            tests={
                name: Audit.of(entry["exceedance"], calibrated=spaces[name].of_objects.count) for name, entry in told.items()
            },
            y=y,
            fidelity=float((y.argmax(1) == again.argmax(1)).mean()),
            focus=focus,
            rival=rival,
            change=cast(Change, measure_change(measure, unseen.take([a]), unseen.take([b]), seed=seed)),
            levels=[*(_level(measure, box, p, seed) for p in LEVELS), _beyond(measure, box, seed)],
            name=items.name,
        )

    # --- figures ------------------------------------------------------------------------------------------------

    def figures(self) -> dict[str, Callable[[Look], Any]]:
        """From a look to each figure, by file name."""
        plane = self.spaces["map"]
        audits = {self.title(name): audit for name, audit in self.tests.items()}
        drawn = np.sort(np.random.default_rng(0).permutation(len(self.unseen))[:MOST_DRAWN])
        shown, p = self.unseen.take(drawn), self.y[drawn, self.box.names.index(self.focus)]
        path = self.box(self.change.path.items)[:, self.box.names.index(self.focus)]
        rows = [
            StripRow(
                level.name,
                [] if level.samples is None else self.spaces["measure"].modality.pictures(level.samples.items),
                [] if level.samples is None else level.samples.support.tolist(),
                [] if level.samples is None else self._sayings(level.samples.support, level.y),
                level.note,
            )
            for level in self.levels
        ]
        return {
            "latent-map": lambda look: draw_latent_map(plane, look=look),
            "objects-by-label": lambda look: draw_objects(plane, shown, look=look),
            "objects-by-outcome": lambda look: draw_objects(
                plane, shown, values=p, value_name=f"p({self.focus})", look=look
            ),
            "audit": lambda look: draw_audit(audits, look=look),
            "change": partial(
                _draw_change, self.change, [_p(float(value)) for value in path], f"the classifier's p({self.focus})"
            ),
            "stress-strip": lambda look: draw_stress_strip(rows, look=look),
        }

    def title(self, name: str) -> str:
        """What a space is called."""
        live = len(self.spaces[name].live_axes)
        return f"{NAMES[name]} ({live} {'axis' if live == 1 else 'axes'})"

    def _sayings(self, support: np.ndarray, y: np.ndarray) -> list[str]:
        # No probability is quoted for what the data do not back, only what the model would say.
        return [
            f"says {self.box.names[int(row.argmax())]}"
            if label == Support.UNSUPPORTED
            else f"{self.box.names[int(row.argmax())]} · {_percent(float(row.max()))}"
            for label, row in zip(support, y, strict=True)
        ]

    # --- words --------------------------------------------------------------------------------------------------

    def _own_audits(self) -> str:
        parts = []
        for name, space in self.spaces.items():
            rows = space.audit.rows
            missed = [
                f"{probability_words(row.claimed)} was {probability_words(row.actual)}" for row in rows if not row.holds
            ]
            words = f"{len(rows) - len(missed)} of {len(rows)} claims hold" + (
                f" ({', '.join(missed)})" if missed else ""
            )
            parts.append(f"for the {self.title(name)}, on {rows[0].objects:,} images, {words}")
        return f"Each fit also audits itself on images of its own: {'; '.join(parts)}. `gausscape info` prints these tables."

    def answer(self) -> str:
        """The paragraph that stands first."""
        rows, change = self.tests["measure"].rows, self.change
        beyond = self.levels[-1]
        unsupported = np.mean(np.asarray(beyond.samples.support) == Support.UNSUPPORTED) if beyond.samples else 1.0
        return (
            f"You see {self.name} as one multivariate-Gaussian space, and how far its numbers can be trusted. Of "
            f"{rows[1].objects:,} images that nothing here was fitted to, {rows[1].actual:.1%} are as unusual as the space claims "
            f"for 10%, and {rows[2].actual:.1%} as it claims for 1%. From one {self.focus} to one {self.rival} it is "
            f"{change.distance:.1f} standard deviations: {100 - change.percentile:.0f}% of random pairs lie further apart. And "
            f"where the data end, the classifier does not tell: of images far beyond them it is {beyond.y.max(1).mean():.0%} sure on "
            f"average (of real ones {self.y.max(1).mean():.0%}), while the space marks {unsupported:.0%} of them as unsupported."
        )

    def sections(self, figures: dict[str, Callable[[Look], Any]], out: Path) -> list[Section]:
        """The page below that paragraph."""
        plane, measure = self.spaces["map"], self.spaces["measure"]
        live = len(measure.live_axes)
        n = len(self.unseen)
        return [
            Section(
                "The map",
                [
                    "Every cell is an image that the space with two axes decodes. The cells are spaced by probability, not by "
                    "distance: a column holds as many images as any other, so common shapes take much room and rare ones little.",
                    Illustration(
                        figures["latent-map"],
                        f"A grid of decoded images from {self.name}; neighbouring cells change smoothly from one shape to the next.",
                        "The latent map. Scales: share of all images that lie further left, or further down.",
                    ),
                ],
            ),
            Section(
                "Unseen images on the map",
                [
                    f"{min(n, MOST_DRAWN):,} images that neither the space nor the classifier has seen, each at its place. The "
                    "lines enclose the stated share of all images; they come from the calibrated law, not from these points.",
                    Illustration(
                        figures["objects-by-label"],
                        "Scatter of unseen images over the latent plane, coloured by label, with contours of calibrated exceedance.",
                        "By label. Colour and shape tell the labels apart; each label's name stands at its median.",
                    ),
                    f"Now the same images, coloured by y: what a small neural network, trained on the same images as the spaces "
                    f"and right on {self.box.accuracy(self.unseen):.1%} of the unseen ones, gives as the probability of {self.focus}.",
                    Illustration(
                        figures["objects-by-outcome"],
                        f"The same scatter, coloured by the classifier's probability of {self.focus}.",
                        f"By outcome: the classifier's probability of {self.focus}. Middling colours mark where it hesitates.",
                    ),
                ],
            ),
            Section(
                "Are the probabilities right?",
                [
                    "An exceedance of 1% says: one new object in a hundred is at least this unusual. That is a claim, and it is "
                    f"tested here on {n:,} images that neither fit nor calibration saw. A claim holds if the count is one that "
                    f"a right claim gives in nine cases of ten, for {n:,} images judged by {plane.of_objects.count:,} that "
                    "calibrated. So one right claim in ten misses too: look for misses by far, not for any miss.",
                    Illustration(
                        figures["audit"],
                        "Claimed against actual exceedance on logarithmic axes, with 90% intervals, for both spaces.",
                        f"On the {n:,} unseen images. Bars: 90% intervals of the share. A hollow mark is a claim that does not hold.",
                    ),
                    _audit_table({self.title(name): audit for name, audit in self.tests.items()}),
                    self._own_audits(),
                ],
            ),
            Section(
                f"A first change: from {self.focus} to {self.rival}",
                [
                    str(self.change).replace("\n", " "),
                    Illustration(
                        figures["change"],
                        f"A ruler with the change of {self.change.distance:.2f} standard deviations among landmarks, and "
                        f"{len(self.change.path)} images on the straight path from {self.focus} to {self.rival}.",
                        f"In the space with {live} axes, where distances mean more than on a flat map. “Rarer” is the share of "
                        "codes that are at least as unusual as this step.",
                    ),
                    f"The classifier says the same of an image and of its reconstruction in {self.fidelity:.1%} of the unseen "
                    "images. Where it does not, nothing that is decoded here can explain it.",
                ],
            ),
            Section(
                "A first stress strip",
                [
                    "New images from further and further out: at the 10%, 1% and 0.1% level of the calibrated law, and then "
                    f"{BEYOND:g} times as far as the last level that {measure.of_codes.count:,} calibration images can certify "
                    f"({probability_words(measure.of_codes.floor)}). Below each: how far the data back it, and what the classifier "
                    "says. Where an image is unsupported, its probability is not quoted.",
                    Illustration(
                        figures["stress-strip"],
                        "Rows of generated images at exceedance 10%, 1%, 0.1% and beyond, each with its support and the "
                        "classifier's answer.",
                        "Supported: ten calibration images lie further out. Rare: one to nine do. Extrapolated: none does. "
                        "Unsupported: it fails a test of looking like the data, or lies below what can be certified.",
                    ),
                    _stress_table(self.levels),
                ],
            ),
            Section(
                "What this does not say",
                [
                    "Distances are measured in units of the whole population, by a network: they rank changes, and they are not "
                    "what an eye would measure. “The same object measured again” is an image that is decoded, given the noise "
                    "of another one like it, and encoded anew. Exceedances are calibrated for images drawn like those that were "
                    f"fitted; other cameras or writers need a calibration of their own. {_law_words(plane, measure)}",
                ],
            ),
            Section(
                "What to try next",
                [
                    Commands(
                        [
                            (
                                f"gausscape info {out / 'measure.space'}",
                                "Everything about the space, its law and its audit.",
                            ),
                            (
                                f"gausscape sample {out / 'measure.space'} -n 20 --exceedance 0.01 --out rare.png",
                                "Twenty new images of the 1-in-100 kind, each with its support.",
                            ),
                            (
                                f"gausscape score {out / 'measure.space'} {self.name} --out scores.csv",
                                "How unusual each image is, with its interval.",
                            ),
                            (
                                "gausscape fit your-images/ --out yours.space",
                                "The same for your own images, tables or arrays.",
                            ),
                        ]
                    ),
                    "To cite: gausscape, version "
                    + version("gausscape")
                    + ", with the name of the data and the seed below.",
                ],
            ),
        ]


def _draw_change(change: Change, outcomes: list[str], name: str, look: Look) -> Any:
    return draw_change(change, outcomes=outcomes, outcome_name=name, look=look)


def _divide(items: Items, seed: int) -> tuple[Items, Items]:
    if items.labels is None:
        raise DataError(f"The demonstration needs labelled images, but {items.name} has no labels. Try mnist-5k.")
    if not isinstance(items.values, np.ndarray) or items.values.ndim not in (3, 4):
        raise ConfigurationError(
            f"The demonstration needs images, but {items.name} holds something else. Try mnist-5k."
        )
    if len(items) < FEWEST or len(np.unique(items.labels)) < 2:
        raise DataError(
            f"The demonstration needs at least {FEWEST} images with two labels or more, but {items.name} has {len(items)} with "
            f"{len(np.unique(items.labels))}. Try mnist-5k."
        )
    order = np.random.default_rng([seed, 31]).permutation(len(items))
    count = round(TEST_SHARE * len(items))
    return items.take(np.sort(order[count:])), items.take(np.sort(order[:count]))


def _flat(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64).reshape(len(values), -1)


def _two_groups(names: list[str], unseen: Items, y: np.ndarray) -> tuple[str, str]:
    """A class and the one that it is most easily mistaken for: 4 and 9 where there are digits."""
    labels = np.asarray(unseen.labels).astype(str)
    there = [name for name in names if (labels == name).any()]
    if {"4", "9"} <= set(there):
        return "4", "9"
    focus = there[0]
    taken = y[labels == focus].mean(0)
    order = [names[int(i)] for i in np.argsort(-taken)]
    return focus, next(name for name in order if name != focus and name in there)


def _typical(
    unseen: Items, told: dict[str, np.ndarray], names: list[str], y: np.ndarray, again: np.ndarray, name: str
) -> int:
    """The commonest object of a class that is backed by data and named rightly, itself and as reconstructed."""
    rows = np.flatnonzero(np.asarray(unseen.labels).astype(str) == name)
    column = names.index(name)
    sound = (y.argmax(1) == column) & (again.argmax(1) == column) & (told["support"] == Support.SUPPORTED)
    preferred = rows[sound[rows]] if sound[rows].any() else rows
    return int(preferred[np.argmax(told["exceedance"][preferred])])


def _level(space: Space, box: _BlackBox, p: float, seed: int) -> _Level:
    name = probability_words(p)
    if p < space.of_codes.floor:
        reach = f"{space.of_codes.count:,} calibration objects; they reach down to {probability_words(space.of_codes.floor)}"
        return _Level(name, f"cannot be certified with {reach}", None, np.zeros((0, len(box.names))))
    samples = space.sample(SHOWN, exceedance=p, seed=seed)
    return _Level(name, f"1 object in {round(1 / p):,}", samples, box(samples.items))


def _beyond(space: Space, box: _BlackBox, seed: int) -> _Level:
    rays = space.aggregate.directions(SHOWN, np.random.default_rng([seed, 37]), uniform=False)
    radii = BEYOND * space.aggregate.law.radius_along(rays, space.of_codes.level(np.full(SHOWN, space.of_codes.floor)))
    z = space.aggregate.unwhiten(rays * radii[:, None])
    samples = space.describe_codes(z)
    return _Level("beyond", "further than any level that can be certified", samples, box(samples.items))


def _audit_table(audits: dict[str, Audit]) -> Table:
    rows = []
    for name, audit in audits.items():
        for row in audit.rows:
            digits = 1 if row.claimed >= 0.1 else 2
            side = 0 if row.holds else 1 if row.actual > row.claimed else -1
            rows.append(
                (
                    name,
                    probability_words(row.claimed),
                    f"{row.actual:.{digits}%}",
                    f"{row.count:,} of {row.objects:,}",
                    f"{row.least:,} to {row.most:,}",
                    VERDICTS[side],
                )
            )
    header = ("Space", "Claimed", "Actual", "Images", "A right claim gives", "The claim")
    return Table(header, rows, "Claimed against actual exceedance of the unseen images")


def _stress_table(levels: list[_Level]) -> Table:
    rows = []
    for level in levels:
        if level.samples is None:
            rows.append((level.name, "–", "–", "refused: " + level.note))
            continue
        labels, counts = np.unique(level.samples.support, return_counts=True)
        words = ", ".join(
            f"{count} {str(label).lower().replace('_', ' ')}" for label, count in zip(labels, counts, strict=True)
        )
        rows.append((level.name, f"{level.samples.acceptance:.0%}", f"{level.y.max(1).mean():.0%}", words))
    return Table(
        ("Level", "Draws that pass", "Mean confidence", f"The {SHOWN} shown"),
        rows,
        "At each level: the share of all draws that look like the data, and how sure the classifier is of the images shown",
    )


def _law_words(plane: Space, measure: Space) -> str:
    return (
        f"The law of the codes is a {plane.aggregate.law.name} for the map and a {measure.aggregate.law.name} for the measures, "
        f"chosen on images of their own; {len(measure.live_axes)} of {measure.latent} axes carry information."
    )


def _note(items: Items, seed: int) -> str:
    from gausscape.datasets import catalogue

    entry = catalogue().get(items.name)
    source = f" {entry.source}; licence: {entry.licence}." if entry else ""
    parts = ", ".join(
        f"{name} {version(name)}" for name in ("gausscape", "torch", "numpy", "scikit-learn", "matplotlib")
    )
    return f"Data: {items.name}.{source} Seed {seed}. Made with {parts}. This page is one file, runs no script and loads nothing."


def _p(value: float) -> str:
    return "p > 0.99" if value > 0.995 else "p < 0.01" if value < 0.005 else f"p = {value:.2f}"


def _percent(p: float) -> str:
    return ">99%" if p > 0.995 else f"{p:.0%}"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The demonstration needs a folder to write to, but {folder}: {error.strerror}. Choose another."
        ) from error


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _say_nothing(words: str) -> None:
    return None
