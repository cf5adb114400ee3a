"""The ledger's figure: verdicts in words, general findings as sentences, and claims that are refused with their reasons."""

import numpy as np
import pytest

from gausscape.explanation.ledger import Ledger
from gausscape.explanation.patch_effects import PatchEffects
from gausscape.explanation.wording import Wording
from gausscape.figures import Look, draw_ledger, plot

LONG = "a very long name of a feature, with all its units and levels, that nobody would have typed by hand"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    rng = np.random.default_rng(0)
    names = ("tenure", "age", LONG, *(f"Contract = Level {k}" for k in range(21)))
    truth = np.zeros((60, len(names)))
    truth[:, 0], truth[:, 1] = -4.0, np.tile([6.0, -6.0], 30)
    halves = truth + 2**0.5 * rng.normal(size=(2, *truth.shape))
    effects = PatchEffects(
        names, halves.mean(0), np.ones(truth.shape), degrees_of_freedom=100, half_a=halves[0], half_b=halves[1],
        r_squared=np.full(60, 0.9), ids=range(60),
    )  # fmt: skip
    return Ledger.of(effects, coverage=0.8, wording=Wording("customers", "churn", {"tenure": "a longer contract"}))


@pytest.mark.parametrize("look", [Look(), Look(width=10), Look(width=3.6, dark=True)])
def test_verdicts_and_claims_are_told_in_words(ledger, look, words_of, assert_legible):
    claims = [ledger.judge_claim("age", 0.12), ledger.judge_claim("tenure", -1)]
    figure = draw_ledger(ledger, outcome="churn", claims=claims, look=look)
    assert_legible(figure)
    words = words_of(figure).replace("\n", " ")
    for expected in ("GLOBAL ≥", "MIXED", "UNDETERMINED", "REFUSED", "UPHELD", "churn rises", "4 more features"):
        assert expected in words
    assert claims[0].reason in words
    assert ledger["tenure"].sentence in words


def test_the_clearest_come_first_and_no_name_is_lost(ledger, words_of):
    words = words_of(draw_ledger(ledger, most=len(ledger))).replace("\n", " ")
    assert LONG in words
    assert words.index("tenure") < words.index("age")
    assert "REFUSED" not in words
    assert "more features" not in words


def test_one_row_is_drawn_by_plot(ledger, assert_legible):
    assert_legible(plot(ledger, most=1, look=Look(width=3.6)))
