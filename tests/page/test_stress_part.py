"""What a page tells of a stress test: who fails among real objects, and what was left out of a level."""

import numpy as np
import pytest

from gausscape.items import Items
from gausscape.modalities.images.example import example_items
from gausscape.outcome import Outcome
from gausscape.page.asked import Asked
from gausscape.page.real_failures_part import MOST_SHOWN, write_real_failures
from gausscape.page.shells_part import LEFT_OUT, MANY_LEFT_OUT, write_shells
from gausscape.page.stress_part import write_stress
from gausscape.stress_testing import Design, stress_test
from gausscape.training.fitting import fit


def sides(images: np.ndarray) -> np.ndarray:
    """P(left), P(right): where the ink is."""
    half = images.shape[2] // 2
    left = images[:, :, :half].reshape(len(images), -1).mean(1)
    right = images[:, :, half:].reshape(len(images), -1).mean(1)
    return np.stack([left, right], 1) / np.maximum(left + right, 1e-9)[:, None]


@pytest.fixture(scope="module")
def images() -> Items:
    values = example_items(300)
    said = np.array(["left", "right"])[sides(values).argmax(1)]
    # A fifth of the labels are turned about, so that as many answers are wrong.
    turned = np.arange(300) % 5 == 0
    labels = np.where(turned, np.where(said == "left", "right", "left"), said)
    return Items(values, np.array([f"image {k}" for k in range(300)]), labels, name="images")


@pytest.fixture(scope="module")
def space(images):
    return fit(images, latent=3, method="pca")


@pytest.fixture(scope="module")
def outcome():
    return Outcome.of(sides, classes=("left", "right"), target="right", name="P(right)")


def ask_rule(space, outcome, images, rule):
    return stress_test(
        space, outcome, images, exceedance=(0.1,), fails=rule, calls=200, around=images.take([1]), design=Design(each=10, rays=4)
    )  # fmt: skip


@pytest.fixture(scope="module")
def by_labels(space, outcome, images):
    return ask_rule(space, outcome, images, "wrong label")


def test_real_failures_are_those_whose_label_differs(by_labels, outcome, images):
    told = write_real_failures(by_labels, images, Asked.of(outcome, calls=1000))
    assert told is not None
    assert (told["asked"], told["failed"]) == (300, 60)
    assert sum(pair["count"] for pair in told["pairs"]) == 60
    assert len(told["ids"]) == len(told["said"]) == told["pictures"]["n"] == MOST_SHOWN
    labels = dict(zip(images.ids, images.labels, strict=True))
    for name, label, said in zip(told["ids"], told["label"], told["said"], strict=True):
        assert labels[name] == label != said


def test_real_failures_agree_with_what_the_test_observed(by_labels, outcome, images):
    told = write_stress(by_labels, space_id="s1", items=images, asked=Asked.of(outcome, calls=1000))
    assert told["failure"]["observed"]["hits"] == told["real_failures"]["failed"]
    assert told["failure"]["observed"]["contradicts"] in ("", "more", "less")
    assert len(told["shown"]["said"]) == len(told["shown"]["judged"]) == len(told["shown"]["kind"])
    assert {case["y_name"] for case in told["worst"]} <= {"P(left)", "P(right)"}
    assert all(case["hit"] in (True, False, None) for case in told["worst"])


def test_a_rule_on_y_is_read_from_its_words(space, outcome, images):
    told = write_real_failures(ask_rule(space, outcome, images, "y > 0.6"), images, Asked.of(outcome, calls=1000))
    assert told is not None
    assert told["failed"] == int((sides(images.values)[:, 1] > 0.6).sum())


def test_nothing_is_said_where_nothing_is_known(by_labels, outcome, images):
    other = Outcome.of(sides, classes=("left", "right"), target="right", name="another")
    assert write_real_failures(by_labels, images, Asked.of(other, calls=1000)) is None
    assert write_real_failures(by_labels, None, Asked.of(outcome, calls=1000)) is None
    assert write_real_failures(by_labels, images, Asked.of(outcome, calls=0)) is None
    bare = Items(images.values, images.ids, None, name="bare")
    assert write_real_failures(by_labels, bare, Asked.of(outcome, calls=1000)) is None


def test_draws_that_were_left_out_are_shown_where_many_were(space):
    shells, _ = write_shells(space, asked=Asked.of((), calls=0), seed=0)
    for shell in shells:
        if shell.get("rejected") is not None:
            assert shell["acceptance"] <= MANY_LEFT_OUT
            assert 0 < shell["rejected"]["n"] <= LEFT_OUT
