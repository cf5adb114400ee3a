"""Marks of hits: each kind has a sign and a word of its own, and words that can be read."""

import numpy as np
import pytest

from gausscape.figures.stress_marks import hit_entries, mark_of
from gausscape.figures.stress_values import Digits, value_limits
from gausscape.figures.stress_words import claim_words, level_name, percent
from gausscape.figures.style import Look
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.scenarios import Kind

KINDS = [kind for kind in Kind if kind is not Kind.NONE]
ROW = LevelRow("radial", 0.01, 3.1, 0.01, 0.008, 0.012, 5, 1.0, {}, (0.0,) * 5, 0.0, 0.0, 5, 0)


def luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("look", [Look(), Look(dark=True)])
def test_kinds_differ_in_sign_word_and_colour_and_can_be_read(look):
    marks = [mark_of(look, kind) for kind in KINDS]
    for told in ("marker", "word", "short", "colour"):
        assert len({getattr(mark, told) for mark in marks}) == len(KINDS)
    for mark in marks:
        # WCAG 2.1, 1.4.3: 4.5 to 1 for text.
        light, dark = sorted((luminance(mark.colour), luminance(look.paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert [mark.word for mark in marks if mark.is_filled] == [Kind.MODEL_FAILURE]


def test_a_key_holds_only_kinds_that_occur():
    assert [entry.word for entry in hit_entries(Look(), ["", "unjudged", "model failure"])] == [
        "model failure",
        "unjudged",
    ]


def test_claims_say_what_is_certified():
    from dataclasses import replace

    assert claim_words(ROW) == "0.8% to 1.2%"
    assert claim_words(replace(ROW, exceedance=0.002)).startswith("0.2% (")
    assert "uncertified" in claim_words(ROW, floor=0.02)
    assert "uncertified" in claim_words(replace(ROW, exceedance=1e-12))
    assert claim_words(replace(ROW, exceedance=np.nan)) == "nothing claimed"
    assert level_name(replace(ROW, asked=np.nan)) == "3.1 sd"
    assert level_name(replace(ROW, asked=np.nan, depth=np.nan)) == "all"


def test_shares_never_round_to_certainty():
    """Nothing that is possible is told as 0%, and nothing that may fail as 100%."""
    for p in np.concatenate([np.logspace(-15, -1, 60), 1 - np.logspace(-6, -1, 40)]):
        assert percent(float(p)) not in ("0%", "100%")


def test_values_are_written_alike_and_axes_have_a_length():
    share, other = Digits.of([0.1, 0.9]), Digits.of([0.1, 12.0])
    assert [share(0.5), other(0.5), share(np.nan)] == ["0.50", "0.5", "failed"]
    for values in ([np.nan], [], [3.0], [-1e9, 1e9]):
        low, high = value_limits(values)
        assert low < high
