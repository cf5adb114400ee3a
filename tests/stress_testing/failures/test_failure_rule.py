"""Rules say what they say: bounds at the bound, leads of classes, broken models, and refusals that name the near match."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.outcome import Outcome
from gausscape.stress_testing.failures.failure_rule import Disagree, Predicate, Wrong, find_rule
from gausscape.stress_testing.failures.referee import CheckReferee

X = np.linspace(0, 1, 11)
ANIMALS = ("cat", "dog", "owl")


def number() -> Outcome:
    return Outcome.of(lambda x: x)


def three(x):
    rows = np.stack([x, (1 - x) * 0.6, (1 - x) * 0.4], axis=1)
    return rows / rows.sum(1, keepdims=True)


def animals(model=three, **options) -> Outcome:
    return Outcome.of(model, classes=ANIMALS, target="cat", **options)


def labels(model) -> Outcome:
    return Outcome.of(model, target="cat")


def fails(rule, y, x=X):
    return rule.fails(x, y(x), y)


def margin(rule, y, x=X):
    return rule.margin(x, y(x), y)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y < 0.2", X < 0.2),
        ("y <= 0.2", X <= 0.2),
        ("y≤.2", X <= 0.2),
        ("y > 2e-1", X > 0.2),
        ("0.2 > y", X < 0.2),
        ("Y >= 20%", X >= 0.2),
        ("y == 1", X == 1),
        ("y != 1", X != 1),
        ("0.2 < y < 0.4", (X > 0.2) & (X < 0.4)),
        ("0.4 >= y > 0.2", (X > 0.2) & (X <= 0.4)),
        ("y < 0.2 or y > 0.8", (X < 0.2) | (X > 0.8)),
        ("y > -1", X > -1),
    ],
)
def test_a_bound_is_hit_exactly_where_it_says(text, expected):
    # Multiples of a tenth are not exact in binary: the same numbers stand on both sides.
    assert fails(find_rule(text), number()).tolist() == expected.tolist()


def test_the_margin_is_the_distance_to_the_bound_in_the_scale_that_was_bound():
    y = number()
    y(X)
    rule = find_rule("y < 0.2")
    assert margin(rule, y) == pytest.approx(np.where(X < 0.2, X - 0.2, np.maximum(X - 0.2, 0)), abs=1e-9)
    assert margin(rule.bind(y, scale=0.5), y) == pytest.approx(2 * (X - 0.2), abs=1e-9)
    between = margin(find_rule("0.2 < y < 0.4"), y, np.array([0.0, 0.3, 1.0]))
    assert between == pytest.approx([0.2, -0.1, 0.6])
    assert rule.graded
    assert not find_rule("y == 1").graded


def test_a_scale_that_is_no_scale_is_left_out():
    y = number()
    assert margin(find_rule("y < 0.2").bind(y, scale=0.0), y)[-1] == pytest.approx(0.8)


@pytest.mark.parametrize("text", ["y < 0.2", "label != cat", "y >= 3"])
def test_a_broken_model_is_a_failure_of_any_rule(text):
    def model(x):
        rows = three(x)
        rows[x > 0.95] = np.nan
        return rows

    y = animals(model)
    own = margin(find_rule(text), y)
    assert own[-1] == -1
    assert own[-2] > 0 or text == "y < 0.2"


def test_labels_with_probabilities_are_graded_by_their_lead():
    y = animals()
    y(X)
    p = three(X)
    lead = p[:, 0] - p[:, 1:].max(1)
    for text, sign in (("label != cat", 1), ("label == cat", -1)):
        rule = find_rule(text).bind(y, seen=y(X))
        assert rule.graded
        assert margin(rule, y) == pytest.approx(sign * lead, abs=1e-9)
        assert fails(rule, y).tolist() == ((p.argmax(1) == 0) == (sign < 0)).tolist()


def test_labels_without_probabilities_are_not():
    y = labels(lambda x: np.where(x > 0.5, "cat", "dog").tolist())
    rule = find_rule("label != cat").bind(y, seen=y(X))
    assert not rule.graded
    assert set(margin(rule, y)) == {1.0, -1.0}


def test_labels_are_the_same_class_as_text_or_as_number():
    y = Outcome.of(lambda x: np.eye(10)[(10 * x).astype(int).clip(0, 9)], target=3, classes=tuple(range(10)))
    assert fails(find_rule("label == 3"), y, np.array([0.35, 0.45])).tolist() == [True, False]
    assert fails(find_rule("label != '3'"), y, np.array([0.35, 0.45])).tolist() == [False, True]


def test_a_label_that_the_model_never_gives_is_refused_with_the_near_one():
    y = animals()
    y(X)
    with pytest.raises(ConfigurationError, match="'cat'"):
        find_rule("label != catt").bind(y)
    with pytest.raises(ConfigurationError, match="'cat'"):
        margin(find_rule("label != catt"), y)
    plain = labels(lambda x: np.where(x > 0.5, "cat", "dog").tolist())
    with pytest.raises(ConfigurationError, match="it gives cat, dog"):
        find_rule("label == zebra").bind(plain, seen=plain(X))


def test_a_label_rule_on_numbers_is_refused():
    y = number()
    with pytest.raises(ConfigurationError, match="gives numbers"):
        margin(find_rule("label == 7"), y)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("y => 3", "y >= 3"),
        ("y = 3", "y == 3"),
        ("churn < 0.2", "y < 0.2"),
        ("y < 0,2", "y < 0.2"),
        ("y below 0.2", "y < 0.2"),
        ("class != 7", "label != 7"),
        ("label is not 7", "label != 7"),
        ("y between 0.2 and 0.4", "0.2 < y < 0.4"),
        ("wrong lable", "wrong label"),
    ],
)
def test_a_slip_of_the_pen_is_told_its_near_match(text, near):
    with pytest.raises(ConfigurationError, match="Did you mean") as told:
        find_rule(text)
    assert repr(near) in str(told.value)


@pytest.mark.parametrize("asked", ["", "banana", "y < < 2", "0.2 < y > 0.4"])
def test_what_means_nothing_is_refused_with_the_forms(asked):
    with pytest.raises(ConfigurationError, match=r"needs a form like 'y < 0\.2'"):
        find_rule(asked)


def test_what_is_no_rule_at_all_is_refused():
    with pytest.raises(ConfigurationError, match="but a float came"):
        find_rule(0.2)


def test_functions_of_y_and_of_objects():
    y = number()
    assert fails(find_rule(lambda y: y < 0.2), y).tolist() == (X < 0.2).tolist()
    assert fails(Predicate(lambda x, y: (x > 0.5) & (y < 0.8)), y).tolist() == ((X > 0.5) & (X < 0.8)).tolist()
    with pytest.raises(ConfigurationError, match="11 booleans"):
        fails(find_rule(lambda y: y), y)
    with pytest.raises(ConfigurationError, match="11 booleans"):
        fails(find_rule(lambda y: True), y)


def test_a_function_never_sees_what_the_model_did_not_answer():
    y = Outcome.of(lambda x: np.where(x > 0.9, np.nan, x))
    seen = []
    rule = Predicate(lambda x, y: seen.append((x, y)) or y > 2)
    assert fails(rule, y).tolist() == (X > 0.9).tolist()
    assert np.isfinite(seen[0][1]).all()
    assert len(seen[0][0]) == 10


def test_wrong_label_needs_a_referee_and_believes_it_only_where_it_is_sure():
    with pytest.raises(ConfigurationError, match="needs a referee"):
        find_rule("wrong label")
    truth = CheckReferee(lambda x: np.where(x < 0.25, "", np.where(x > 0.6, "cat", "dog")))
    y = animals()
    rule = find_rule("Wrong label", referee=truth)
    assert isinstance(rule, Wrong)
    said = np.array(ANIMALS)[three(X).argmax(1)]
    judged = truth.judge(X)
    assert fails(rule, y).tolist() == ((judged != "") & (judged != said)).tolist()
    assert margin(rule, y)[0] == 1


def test_wrong_label_of_a_class_that_the_model_does_not_know():
    y = animals()
    assert fails(Wrong(CheckReferee(lambda x: np.full(len(x), "yak"))), y).all()


def test_two_models_disagree_by_as_much_as_both_insist():
    y = animals()
    other = Outcome.of(lambda x: three(x**2)[:, ::-1], classes=ANIMALS[::-1], target="cat", name="strict")
    y(X), other(X)
    rule = Disagree(other).bind(y)
    p, q = three(X), three(X**2)
    differ = p.argmax(1) != q.argmax(1)
    assert differ.any()
    assert fails(rule, y).tolist() == differ.tolist()
    assert "strict" in rule.words
    assert rule.graded
    own = margin(rule, y)
    assert (np.abs(own) <= 1).all()
    leads = np.minimum(np.sort(p)[:, -1] - np.sort(p)[:, -2], np.sort(q)[:, -1] - np.sort(q)[:, -2])
    assert own[~differ] == pytest.approx(leads[~differ], abs=1e-9)


def test_two_models_that_give_labels_disagree_without_grades():
    y = labels(lambda x: np.where(x > 0.5, "cat", "dog").tolist())
    other = labels(lambda x: np.where(x > 0.7, "cat", "dog").tolist())
    y(X), other(X)
    rule = Disagree(other).bind(y)
    assert not rule.graded
    assert fails(rule, y).tolist() == ((X > 0.5) & ~(X > 0.7)).tolist()


def test_no_answers_make_no_margins():
    y = number()
    assert find_rule("y < 0.2").margin(X[:0], y(X[:0]), y).shape == (0,)
