"""Bars: names wrap or stand above, intervals and rings are explained only where there are some."""

import pytest
from matplotlib import rc_context

from gausscape.figures.bars import Bar, draw_bars, plan_bars
from gausscape.figures.style import Look, new_sheet

LONG = "more brightness in row 2, column 3, less brightness in row 1, column 2"


def drawn(plan, look: Look):
    with rc_context(look.settings()):
        sheet = new_sheet(look, plan.height + 0.2)
        draw_bars(sheet, plan, 0.1, 0.1)
    return sheet.figure


@pytest.mark.parametrize("width", [3.6, 7.4, 10])
def test_long_names_are_kept_whole(width, words_of, assert_legible):
    look = Look(width=width)
    bars = [
        Bar(LONG, 0.4, 0.1, 0.6, -0.2, note="12 → 15"),
        Bar("slant", -1e-9, is_quiet=True),
        Bar("x", 0.0, noise=0.3),
    ]
    plan = plan_bars(look, bars, width - 0.2, unit="adds to y", other="alone", interval="90% interval", noise="noise")
    figure = drawn(plan, look)
    assert_legible(figure)
    words = words_of(figure).replace("\n", " ")
    assert LONG in words
    for told in ("alone", "90% interval", "noise", "adds to y", "pale: may be zero", "12 → 15"):
        assert told in words


def test_a_key_explains_only_what_is_drawn(words_of):
    plan = plan_bars(Look(), [Bar("slant", 1.0)], 7, unit="sd", other="alone", interval="90% interval", noise="noise")
    assert not plan.key
    assert "alone" not in words_of(drawn(plan, Look()))


def test_no_bars_at_all_are_drawn(assert_legible):
    plan = plan_bars(Look(), [], 7, unit="sd")
    assert_legible(drawn(plan, Look()))
