"""Are limits read as they are meant, and broken only where the evidence says so?"""

from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from gausscape.errors import ConfigurationError
from gausscape.stress_testing.comparison import share_with_interval
from gausscape.stress_testing.junit import junit_bytes
from gausscape.stress_testing.tolerance import Checked, State, check_tolerances


def row(tail, asked, failed, judged):
    share, lower, upper = share_with_interval(failed, judged)
    return SimpleNamespace(tail=tail, asked=asked, fail_share=share, fail_lower=lower, fail_upper=upper)


def a_test(*, failed=(2, 30), judged=100, lost=0, probability=None, rule="y < 0"):
    y = np.zeros(200)
    y[:lost] = np.nan
    levels = [row("radial", level, count, judged) for level, count in zip((0.1, 0.01), failed, strict=True)]
    return SimpleNamespace(
        rule=rule, levels=levels, scenarios=SimpleNamespace(y=y), failure_probability=probability, __len__=lambda: 200
    )


class Sized(SimpleNamespace):
    def __len__(self):
        return 200


def sized(**settings):
    return Sized(**vars(a_test(**settings)))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("failures <= 10% at 10%", State.HOLDS),
        ("failures <= 0.1 at 0.1", State.HOLDS),
        ("failures <= 2% at 10%", State.OPEN),
        ("failures <= 10%", State.BROKEN),
        ("failures <= 10% of radial at 1%", State.BROKEN),
        ("failures < 60% of radial", State.HOLDS),
        ("errors <= 0", State.HOLDS),
        ("errors <= 5%", State.HOLDS),
    ],
)
def test_a_limit_is_broken_only_by_evidence(text, state):
    (found,) = check_tolerances([text], sized())
    assert found.state is state
    assert found.is_broken() == (state is State.BROKEN)
    assert found.is_broken(strict=True) == (state is not State.HOLDS)


def test_one_answer_that_is_missing_breaks_a_limit_of_none():
    (found,) = check_tolerances(["errors <= 0"], sized(lost=1))
    assert found.state is State.BROKEN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fails <= 5%", "needs a form like"),
        ("failures <= 105%", "from 0 to 1"),
        ("failures <= 5% at 3%", "Known: radial at 1%; radial at 10%"),
        ("failures <= 5% of sideways", "Known"),
        ("errors <= 0 at 1%", "Only 'failures'"),
        ("probability <= 1e-3", "needs a failure probability"),
        ("worse <= 2%", "--against"),
        ("failures <= 1e", "needs a form like"),
    ],
)
def test_what_cannot_be_checked_is_refused(text, words):
    with pytest.raises(ConfigurationError, match=words):
        check_tolerances([text], sized())


def test_a_limit_on_failures_needs_a_rule():
    with pytest.raises(ConfigurationError, match="needs a failure rule"):
        check_tolerances(["failures <= 5%"], sized(rule=""))


def test_a_probability_is_held_against_its_interval():
    probability = SimpleNamespace(value=2e-3, lower=1e-3, upper=4e-3)
    states = [
        check_tolerances([f"probability <= {limit}"], sized(probability=probability))[0].state for limit in (5e-4, 2e-3, 1e-2)
    ]
    assert states == [State.BROKEN, State.OPEN, State.HOLDS]


def test_junit_says_the_same_to_any_reader():
    checked = [
        Checked("a <= 1%", 0.01, 0.5, 0.4, 0.6, State.BROKEN, "radial at 1%"),
        Checked("b <= 1%", 0.01, 0.01, 0.0, 0.1, State.OPEN),
        Checked("c <x> & \x00 <= 1%", 0.01, 0.0, 0.0, 0.001, State.HOLDS),
    ]
    for strict, failures, skipped in ((False, 1, 1), (True, 2, 0)):
        suite = ElementTree.fromstring(junit_bytes(checked, name="y", seconds=1.5, strict=strict)).find("testsuite")
        assert suite is not None
        assert suite.attrib["tests"] == "3"
        assert suite.attrib["failures"] == str(failures) == str(len(suite.findall("testcase/failure")))
        assert suite.attrib["skipped"] == str(skipped) == str(len(suite.findall("testcase/skipped")))
        assert [case.attrib["name"] for case in suite.findall("testcase")][2].startswith("c <x> &")
