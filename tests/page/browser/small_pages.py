"""Small real pages, one for each kind of data: fitted in seconds, with every kind of answer that a view shows."""

from pathlib import Path

import numpy as np

import gausscape as gs
from gausscape.explanation import explain
from gausscape.local_change import measure_change
from gausscape.outcome import Outcome
from gausscape.page import write_page
from gausscape.stress_testing import Design, stress_test

VIEWS = ("map", "change", "patch", "stress", "ledger", "audit", "about")
KINDS = {"images": "digits", "tables": "penguins", "graphs": "molecules", "sequences": "heartbeats"}
DATE = "2026-01-02"
CALLS = 3000


def open_loops(known):
    """A model to ask: is an image rather a zero than a one?"""
    images = np.asarray(known.values, dtype=float)
    means = [images[np.asarray(known.labels).astype(str) == label].mean(0) for label in "01"]
    weights = means[0] - means[1]
    middle = (weights * (means[0] + means[1]) / 2).sum()

    def score(values):
        return 1 / (1 + np.exp(-((np.asarray(values, dtype=float) * weights).sum((1, 2)) - middle) / 60000))

    return score


def digits():
    """A space of handwritten digits of two axes, a model to ask, and digits that neither has seen."""
    items = gs.load_data("digits")
    order = np.random.default_rng(0).permutation(len(items))
    known, unseen = items.take(order[:1000]), items.take(order[1000:1240])
    return gs.fit(known, latent=2, schedule=gs.Schedule(steps=150)), open_loops(known), unseen


def write_digits(space, score, unseen, target: Path) -> Path:
    """Every view has something to show; a second space of more axes has planes, and no answers."""
    y = Outcome.of(score, name="P(0)", kind="probability")
    deep = gs.fit(gs.load_data("digits").take(range(400)), latent=5, method="pca")
    answers = [
        space,
        deep,
        measure_change(space, unseen.take([0]), unseen.take([1])),
        explain(space, y, 20, data=unseen, calls=160),
        stress_test(
            space, y, unseen, fails="y > 0.7", exceedance=(0.1, 0.02), calls=200, around=unseen.take([0, 1]),
            design=Design(each=12, rays=6),
        ),
    ]  # fmt: skip
    return write_page(answers, target, data=unseen, outcomes=y, title="Small digits", calls=CALLS, date=DATE)


def other_kind(name: str):
    """A space of the first 240 objects of a catalogue set, and 60 of them."""
    items = gs.load_data(name)
    items = items.take(range(min(len(items), 240)))
    return gs.fit(items, latent=2, method="pca"), items.take(range(60))


def write_kind(space, items, target: Path) -> Path:
    """A page of a space alone."""
    return write_page(space, target, data=items, date=DATE)
