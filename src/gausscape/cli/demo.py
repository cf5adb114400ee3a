"""The demonstration: real labelled images to one interactive page with a map, a change, explanations and a stress test."""

__all__ = ["run_demo"]

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from gausscape.errors import ConfigurationError, DataError, StorageError
from gausscape.explanation import explain
from gausscape.items import Items
from gausscape.local_change import Change, measure_change
from gausscape.outcome import Outcome
from gausscape.page.compose import Wanted
from gausscape.page.write import build_page, save_page
from gausscape.space.audit import Audit
from gausscape.space.space import Space
from gausscape.space.support import Support
from gausscape.stress_testing import Design, NeighbourReferee, StressTest, stress_test

TEST_SHARE = 0.2
FEWEST = 300
MAP_AXES, MEASURE_AXES = 2, 12
"""With 16 axes the patches hold next to no digits between them; with 8 the classifier answers otherwise on decoded ones."""
SHOWN = 440
"""Objects on the page, pictures and all: with them it stays below 3 MB."""

PATCHES = 80
LEAST_CALLS, CALLS_AN_AXIS = 256, 20
"""y is asked about so many objects in each patch, or so many for each live axis."""

HIDDEN = 64
EACH, PROBABILITY_CALLS, AROUND = 40, 1000, 3


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

    A fifth of the images is put aside first; neither the spaces nor the classifier ever see it.

    Args:
        out: Folder for index.html, map.space, measure.space and the stress test; made if it is not there.
        dataset: A catalogue set or any other source of labelled images.
        seed: Of everything random.
        data_dir: Folder that holds the published files of a downloaded set.
        progress: Say on standard error what happens.
        steps: Optimiser steps of each fit; None for the default budget.

    Returns:
        A summary, JSON-able: paths, sizes, seconds, audits, the change, the ledger, the stress levels.

    Raises:
        DataError: If the source has no labels, or too few objects.
        StorageError: If something cannot be written.
    """
    from gausscape.datasets import load
    from gausscape.training.fitting import fit
    from gausscape.training.schedule import Schedule

    out = Path(out)
    run = _Run(_say if progress else _say_nothing)
    items = load(dataset, data_dir=data_dir)
    known, unseen = _divide(items, seed)
    _make(out)
    run.say(f"{items.name}: {len(known):,} to fit, {len(unseen):,} put aside before anything is fitted")
    spaces: dict[str, Space] = {}
    for name, latent in (("map", MAP_AXES), ("measure", MEASURE_AXES)):
        with run.timed(f"fit_{name}", f"fitting the space for the {name}{'s' if name == 'measure' else ''} ({latent} axes) ..."):
            spaces[name] = fit(known, latent=latent, schedule=Schedule(steps=steps), seed=seed, progress=progress)
            spaces[name].save(out / f"{name}.space", overwrite=True)
        run.say(f"{spaces[name]}, {run.seconds[f'fit_{name}']:.0f} s")
    measure = spaces["measure"]
    with run.timed("classifier", "training a small classifier: the model to be explained ..."):
        box = _BlackBox.fit(known, seed=seed)
    y = box(unseen.values)
    focus, rival = _two_groups(box.names, unseen, y)
    risk = Outcome.of(box, name=f"P({rival})", classes=box.names, target=rival, batch=2048)
    # P itself stands still at 0 or 1 for nearly every object; its log-odds move everywhere, so that there is something to explain.
    margin = Outcome.of(lambda values: box.log_odds(values, rival), name=f"log-odds of {rival}", batch=2048)
    told = {name: space.assess(unseen) for name, space in spaces.items()}
    tests = {
        name: Audit.of(each["exceedance"], calibrated=spaces[name].of_objects.count) for name, each in told.items()
    }
    for name, audit in tests.items():
        tenth, hundredth = audit.rows[1], audit.rows[2]
        run.say(
            f"{name}: of {tenth.objects:,} unseen objects {tenth.actual:.1%} have an exceedance of at most 10%, "
            f"{hundredth.actual:.1%} of at most 1%"
        )
    again = box(measure.reconstruct(unseen))
    a, b = (_typical(unseen, told["measure"], box.names, y, again, name) for name in (focus, rival))
    with run.timed("change", f"measuring the change from a {focus} to a {rival} ..."):
        change = cast(Change, measure_change(measure, unseen.take([a]), unseen.take([b]), seed=seed))
    patches = min(PATCHES, len(unseen))
    with run.timed("explain", f"explaining the {margin.name} in {patches} patches ..."):
        calls = max(LEAST_CALLS, CALLS_AN_AXIS * len(measure.live_axes))
        explanation = explain(measure, margin, patches, data=unseen, calls=calls, seed=seed)
    with run.timed("stress", "stress testing the classifier ..."):
        test = _stress(measure, risk, known, unseen, y, rival, seed=seed)
        test.save(out / "stress", overwrite=True)
    with run.timed("page", "writing the page ..."):
        wanted = Wanted(
            f"The space of {items.name}, and a classifier in it", command="gausscape demo", points=SHOWN, seed=seed,
            notes=_told(box, known, unseen, rival),
        )  # fmt: skip
        answers = [spaces["map"], measure, change, explanation, test]
        built = build_page(answers, data=unseen, outcomes=[risk, margin], wanted=wanted)
        save_page(built, out / "index.html")
    sizes = built.sizes
    run.say(f"done in {run.total():.0f} s: {out / 'index.html'}, {sizes['all'] / 1e6:.1f} MB")
    ledger = explanation.ledger
    return {
        "page": str(out / "index.html"),
        "bytes": sizes,
        "spaces": {name: str(out / f"{name}.space") for name in spaces},
        "seconds": run.seconds | {"all": run.total()},
        "objects": {"fit": len(known), "unseen": len(unseen)},
        "accuracy": box.accuracy(unseen),
        "fidelity": float((y.argmax(1) == again.argmax(1)).mean()),
        "audit": {name: space.audit.document() for name, space in spaces.items()},
        "unseen": {name: audit.document() for name, audit in tests.items()},
        "change": change.document(),
        "ledger": []
        if ledger is None
        else [{"feature": entry.feature, "verdict": str(entry.verdict)} for entry in ledger],
        "stress": _finite(test),
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
        network = make_pipeline(MaxAbsScaler(), MLPClassifier((HIDDEN,), alpha=0.1, max_iter=30, random_state=seed))
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

    def log_odds(self, values: np.ndarray, name: str) -> np.ndarray:
        """ln(P / (1 - P)) of one class, (n,)."""
        p = np.clip(self(values)[:, self.names.index(name)], 1e-12, 1 - 1e-12)
        return np.log(p / (1 - p))

    def accuracy(self, items: Items) -> float:
        return float((np.array(self.names)[self(items.values).argmax(1)] == items.labels.astype(str)).mean())  # type: ignore[union-attr]


def _told(box: _BlackBox, known: Items, unseen: Items, rival: str) -> tuple[str, ...]:
    """What the model is that the page asks."""
    return (
        f"P({rival}) is the answer of a classifier: a small neural network ({HIDDEN} hidden units) trained on the same {len(known):,} "
        f"objects as the spaces. It names {box.accuracy(unseen):.1%} of the {len(unseen):,} unseen ones rightly.",
        f"The explanations are of its log-odds of {rival}, ln(P / (1 - P)): P itself stands still at 0 or 1 for nearly every object.",
    )


class _Run:
    """What happens, said as it does, and how long each part took."""

    def __init__(self, say: Callable[[str], None]):
        self.say = say
        self.seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def timed(self, name: str, words: str) -> Iterator[None]:
        self.say(words)
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 1)

    def total(self) -> float:
        return round(time.perf_counter() - self._start, 1)


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


def _stress(
    space: Space, risk: Outcome, known: Items, unseen: Items, y: np.ndarray, rival: str, *, seed: int
) -> StressTest:
    """Wrong labels far out, judged by the nearest real objects; and the worst case around objects that are rightly no rival."""
    others = np.flatnonzero(np.asarray(unseen.labels).astype(str) != rival)
    doubtful = others[np.argsort(-y[others].max(1), kind="stable")[:AROUND]]
    return stress_test(
        space, risk, unseen, tails=("radial", f"towards {rival}"), fails="wrong label", calls=PROBABILITY_CALLS,
        referee=NeighbourReferee(space, known), around=unseen.take(np.sort(doubtful)), design=Design(each=EACH), seed=seed,
    )  # fmt: skip


def _finite(test: StressTest) -> list[Any]:
    from gausscape.space.safe_json import finite

    return finite(test.rows())


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
