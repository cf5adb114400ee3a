"""A hit is the model's fault only if it is an object, still is what it was meant to be, and somebody says so."""

import numpy as np
import pytest

from gausscape.outcome import Outcome
from gausscape.stress_testing.failures.failure_rule import Disagree, Wrong, find_rule
from gausscape.stress_testing.failures.referee import CheckReferee, ModelReferee
from gausscape.stress_testing.failures.sorting import judge_hits, sort_hits
from gausscape.stress_testing.scenarios import Kind

CLASSES = ("cat", "dog")


def test_the_order_of_the_questions():
    kinds = sort_hits(
        np.array([False, True, True, True, True, True, True]),
        np.array([0.001, 0.001, 0.5, 0.5, 0.5, 0.5, 0.5]),
        broke=np.array([False, True, True, False, False, False, False]),
        judged=np.array(["7", "7", "1", "1", "", "7", "7"]),
        intended=np.array(["7", "7", "7", "7", "7", "7", ""]),
    )
    assert kinds.tolist() == [
        Kind.NONE, Kind.NOT_AN_OBJECT, Kind.MODEL_FAILURE, Kind.CHANGED_CLASS, Kind.CHANGED_CLASS, Kind.MODEL_FAILURE,
        Kind.UNJUDGED,
    ]  # fmt: skip


def test_without_a_referee_hits_are_unjudged_but_breaks_are_failures():
    kinds = sort_hits(np.array([True, True]), np.array([0.5, 0.5]), broke=np.array([False, True]))
    assert kinds.tolist() == [Kind.UNJUDGED, Kind.MODEL_FAILURE]


def test_an_intended_class_counts_before_what_excuses():
    kinds = sort_hits(
        np.array([True, True, True]),
        np.full(3, 0.5),
        judged=np.array(["7", "1", "1"]),
        intended=np.array(["7", "", ""]),
        excused=np.array([True, True, False]),
    )
    assert kinds.tolist() == [Kind.MODEL_FAILURE, Kind.CHANGED_CLASS, Kind.MODEL_FAILURE]


def told(rule, referee, y, x, intended=None):
    answers = y(x)
    return judge_hits(
        rule, referee, outcome=y, values=x, z=np.zeros((len(x), 1)), answers=answers, fails=rule.fails(x, answers, y),
        gates=np.full(len(x), 0.5), intended=intended,
    )  # fmt: skip


@pytest.fixture
def y():
    return Outcome.of(lambda x: np.stack([x, 1 - x], 1), classes=CLASSES, target="cat")


def test_wrong_labels_are_faults_wherever_the_referee_is_sure(y):
    truth = CheckReferee(lambda x: np.where(x > 0.7, "cat", np.where(x > 0.3, "", "dog")))
    opposite = CheckReferee(lambda x: np.where(x > 0.7, "dog", np.where(x > 0.3, "", "cat")))
    x = np.array([0.9, 0.5, 0.1])
    # What was intended does not matter: the referee says what it is.
    meant = np.array(["dog", "dog", "dog"])
    assert told(Wrong(truth), truth, y, x, meant).kind.tolist() == ["", "", ""]
    found = told(Wrong(opposite), opposite, y, x, meant)
    assert found.kind.tolist() == [Kind.MODEL_FAILURE, "", Kind.MODEL_FAILURE]
    assert found.judged.tolist() == ["dog", "", "cat"]


def test_a_label_that_the_referee_gives_as_well_is_right(y):
    rule = find_rule("label == cat")
    x = np.array([0.9, 0.8, 0.7, 0.1])
    truth = CheckReferee(lambda x: np.where(x > 0.85, "cat", np.where(x > 0.75, "", "dog")))
    assert told(rule, truth, y, x).kind.tolist() == [Kind.CHANGED_CLASS, Kind.CHANGED_CLASS, Kind.MODEL_FAILURE, ""]


def test_numbers_are_judged_by_the_referees_own_number():
    y = Outcome.of(lambda x: x)
    x = np.array([0.1, 0.15, 0.9])
    truth = ModelReferee(Outcome.of(lambda x: 2 * x))
    assert told(find_rule("y < 0.2"), truth, y, x).kind.tolist() == [Kind.MODEL_FAILURE, Kind.MODEL_FAILURE, ""]
    agrees = ModelReferee(Outcome.of(lambda x: x + 0.08))
    assert told(find_rule("y < 0.2"), agrees, y, x).kind.tolist() == [Kind.CHANGED_CLASS, Kind.MODEL_FAILURE, ""]


def test_a_number_cannot_be_judged_by_names_unless_a_class_was_intended():
    y = Outcome.of(lambda x: x)
    x = np.array([0.1, 0.15])
    names = CheckReferee(lambda x: np.where(x > 0.12, "cat", "dog"))
    rule = find_rule("y < 0.2")
    assert told(rule, names, y, x).kind.tolist() == [Kind.UNJUDGED, Kind.UNJUDGED]
    assert told(rule, names, y, x, np.array(["cat", "cat"])).kind.tolist() == [Kind.CHANGED_CLASS, Kind.MODEL_FAILURE]


def test_of_two_models_the_referee_says_which_is_wrong(y):
    other = Outcome.of(lambda x: np.stack([1 - x, x], 1), classes=CLASSES, target="cat")
    x = np.array([0.9, 0.1])
    cats = CheckReferee(lambda x: np.full(len(x), "cat"))
    assert told(Disagree(other), cats, y, x).kind.tolist() == [Kind.CHANGED_CLASS, Kind.MODEL_FAILURE]


def test_the_referee_is_asked_about_hits_that_are_objects_only(y):
    seen = []
    truth = CheckReferee(lambda x: seen.append(len(x)) or np.full(len(x), "dog"))
    x = np.array([0.9, 0.8, 0.1])
    answers = y(x)
    rule = find_rule("label == cat")
    found = judge_hits(
        rule, truth, outcome=y, values=x, z=np.zeros((3, 1)), answers=answers, fails=rule.fails(x, answers, y),
        gates=np.array([0.5, 0.001, 0.5]),
    )  # fmt: skip
    assert seen == [1]
    assert found.kind.tolist() == [Kind.MODEL_FAILURE, Kind.NOT_AN_OBJECT, ""]
    assert found.judged.tolist() == ["dog", "", ""]
