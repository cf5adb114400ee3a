"""What an answer means: seen in its form, said in the dry run, and never guessed where a choice is the caller's."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from blackboxes import mean, softmax

from gausscape.errors import ConfigurationError
from gausscape.outcome import Outcome

MARKED = 13


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda n: np.linspace(0, 1, n), "number"),
        (lambda n: np.arange(n), "number"),
        (lambda n: np.arange(n) % 2 == 0, "number"),
        (lambda n: np.full((n, 2), 0.5), "probability"),
        (lambda n: np.full((n, 1), 0.5), "number"),
        (lambda n: torch.linspace(0, 1, n, requires_grad=True), "number"),
        (lambda n: torch.ones(n, dtype=torch.bfloat16), "number"),
        (lambda n: pd.Series(np.zeros(n)), "number"),
        (lambda n: pl.Series(np.zeros(n)), "number"),
        (lambda n: [0.5] * n, "number"),
        (lambda n: [[0.5, 0.5]] * n, "probability"),
        (lambda n: [None] + [0.5] * (n - 1), "number"),
    ],
)
def test_the_kind_of_y_is_seen_in_the_answers(images, answer, kind):
    outcome = Outcome.of(lambda batch: answer(len(batch)))
    answers = outcome(images)
    assert outcome.kind == kind
    assert answers.values.shape == (40,)
    assert outcome.check(images).kind == kind


def test_of_two_classes_the_last_is_y(images):
    outcome = Outcome.of(lambda batch: softmax(batch, 2), classes=["no", "yes"])
    np.testing.assert_array_equal(outcome(images).values, softmax(images, 2)[:, 1])
    assert "'yes'" in outcome.check(images).understood
    assert outcome(images).raw.shape == (40, 2)


def test_of_more_classes_one_must_be_named_and_a_few_are_listed(images):
    with pytest.raises(ConfigurationError, match=r"3 classes \(0, 1, 2\).*target=2"):
        Outcome.of(softmax)(images)
    many = Outcome.of(lambda batch: np.full((len(batch), 2000), 1 / 2000))
    with pytest.raises(ConfigurationError, match=r"2,000 classes \(0, 1, 2, 3, 4, 5, 6, 7 and 1,992 more\)") as caught:
        many(images)
    assert len(str(caught.value)) < 300
    assert many.with_target(1999)(images).values[0] == 1 / 2000
    assert many.calls == len(images)


def test_a_target_is_a_name_first_and_a_position_second(images):
    named = Outcome.of(softmax, classes=[2, 1, 0], target=2)
    np.testing.assert_array_equal(named(images).values, softmax(images)[:, 0])
    last = Outcome.of(softmax, classes=["a", "b", "c"], target=-1)
    np.testing.assert_array_equal(last(images).values, softmax(images)[:, 2])
    with pytest.raises(ConfigurationError, match=r"'d' came"):
        Outcome.of(softmax, classes=["a", "b", "c"], target="d")(images)
    with pytest.raises(ConfigurationError, match="2 classes are named and 3 columns"):
        Outcome.of(softmax, classes=["a", "b"], target="a")(images)


def test_labels_need_a_target(images):
    def label(batch):
        return np.where(mean(batch) > 0.5, "bright", "dark")

    with pytest.raises(ConfigurationError, match=r"labels \('bright', 'dark'\).*target="):
        Outcome.of(label)(images)
    answers = Outcome.of(label, target="bright")(images)
    np.testing.assert_array_equal(answers.values, (mean(images) > 0.5).astype(float))
    assert answers.raw.dtype == object
    whole = Outcome.of(lambda batch: (mean(batch) > 0.5) + 3, kind="label", target=4)
    np.testing.assert_array_equal(whole(images).values, answers.values)
    with pytest.raises(ConfigurationError, match="not among"):
        Outcome.of(label, target="grey", classes=["bright", "dark"])(images)
    with pytest.raises(ConfigurationError, match="kind 'number', but the model answers with texts"):
        Outcome.of(label, kind="number")(images)


def test_a_missing_label_is_a_failure(images):
    answers = Outcome.of(lambda batch: [None if m > 0.5 else "dark" for m in mean(batch)], target="dark", batch=256)(
        images
    )
    np.testing.assert_array_equal(answers.failed, mean(images) > 0.5)


def test_several_numbers_that_are_no_probabilities_need_a_column(images):
    with pytest.raises(ConfigurationError, match="numbers of 3 classes"):
        Outcome.of(lambda batch: 5 * softmax(batch))(images)
    np.testing.assert_array_equal(
        Outcome.of(lambda b: 5 * softmax(b), target=1)(images).values, 5 * softmax(images)[:, 1]
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "colour"}, "'colour'"),
        ({"batch": 0}, "batch"),
        ({"timeout": -1}, "timeout"),
        ({"budget": 0}, "budget"),
        ({"classes": ["a", "a"]}, "twice"),
        ({"target": 3}, "one number an object"),
    ],
)
def test_wrong_settings_are_refused(images, settings, words):
    with pytest.raises(ConfigurationError, match=words):
        Outcome.of(mean, **settings)(images)
