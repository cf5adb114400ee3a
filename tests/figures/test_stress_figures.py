"""Stress figures: nothing is cut, what must be said is said, and nothing is told by colour alone."""

from dataclasses import replace

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.figures import (
    Look,
    draw_comparison,
    draw_failure_map,
    draw_failure_probability,
    draw_findings,
    draw_levels,
    draw_response,
    draw_scenario_strips,
    draw_worst_pairs,
    plot,
)
from gausscape.figures.stress_scenarios import rows_of_level, spread_out
from gausscape.figures.style import to_bytes
from gausscape.space.support import Support
from gausscape.stress_testing.scenarios import Kind
from gausscape.training.fitting import fit

PAGE, SLIDE, PHONE = Look(), Look(width=10, dark=True), Look(width=3.6, titled=False)
LOOKS = [PAGE, PHONE]
LONG = "P(a customer with a long contract leaves within a month)"
FIGURES = {
    "scenarios": lambda s, look: draw_scenario_strips(
        s.scenarios, s.levels, s.modality, outcome=LONG, rule="y < 0.2", neighbours=s.items, look=look
    ),
    "response": lambda s, look: draw_response(s.response, modality=s.modality, outcome=LONG, look=look),
    "map": lambda s, look: draw_failure_map(s.space, s.scenarios, modes=s.probability.modes, look=look),
    "worst": lambda s, look: draw_worst_pairs(s.worst, s.modality, outcome=LONG, look=look),
    "probability": lambda s, look: draw_failure_probability(s.probability, modality=s.modality, look=look),
    "levels": lambda s, look: draw_levels(s.levels, outcome=LONG, look=look),
    "findings": lambda s, look: draw_findings(s.findings, scenarios=s.scenarios, modality=s.modality, look=look),
    "comparison": lambda s, look: draw_comparison(s.comparison, look=look),
    "whole": lambda s, look: plot(s.test, look=look),
}


@pytest.fixture(params=["stress_on_images", "stress_on_tables"])
def stress(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def said(words_of):
    """Words of a figure on one line."""
    return lambda figure: words_of(figure).replace("\n", " ")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(
    ("kind", "look"),
    [("images", PAGE), ("images", PHONE), ("tables", SLIDE), ("tables", PHONE)],
    ids=["images on a page", "images on a phone", "tables on a dark slide", "tables on a phone"],
)
def test_nothing_is_cut_and_nothing_overlaps(kind, look, name, request, assert_legible):
    figure = FIGURES[name](request.getfixturevalue(f"stress_on_{kind}"), look)
    assert_legible(figure)
    assert figure.get_size_inches()[0] == pytest.approx(look.width)


@pytest.mark.parametrize("name", ["scenarios", "map", "worst"])
def test_equal_answers_give_equal_bytes(stress_on_images, name):
    one, again = (to_bytes(FIGURES[name](stress_on_images, Look()), "png", dots_per_inch=40) for _ in range(2))
    assert one == again


# --- scenarios ----------------------------------------------------------------------------------------------------------


def test_strips_tell_level_claim_support_kind_and_why_a_level_is_refused(stress_on_images, said):
    words = said(FIGURES["scenarios"](stress_on_images, Look(width=12)))
    for told in (
        "10%",
        "1%",
        "9 sd",
        "40% of draws pass",
        "certifies down to",
        "failure is y < 0.2",
        "says a",
        "judged b",
    ):
        assert told in words
    for kind in (Kind.MODEL_FAILURE, Kind.CHANGED_CLASS, Kind.NOT_AN_OBJECT):
        # Once in the key, and once below an object at least.
        assert words.count(str(kind)) >= 2


def test_table_rows_tell_the_kind_in_words(stress_on_tables, said):
    assert "× failure" in said(FIGURES["scenarios"](stress_on_tables, Look(width=10)))


def test_a_judgement_that_agrees_is_not_repeated(stress_on_images, said):
    agreed = replace(stress_on_images.scenarios, judged=stress_on_images.scenarios.answer)
    words = said(draw_scenario_strips(agreed, stress_on_images.levels, stress_on_images.modality))
    assert "says a" in words
    assert "judged" not in words


def test_levels_find_their_own_scenarios(stress):
    found = [rows_of_level(stress.scenarios, row) for row in stress.levels]
    assert [len(rows) for rows in found] == [10, 10, 10, 0]
    assert len(np.unique(np.concatenate(found))) == 30


def test_objects_are_picked_from_the_safest_to_the_worst(stress):
    rows = rows_of_level(stress.scenarios, stress.levels[0])
    margins = stress.scenarios.margin[spread_out(stress.scenarios, rows, 4)]
    assert len(margins) == 4
    assert (np.diff(margins) < 0).all()
    assert margins[0] == stress.scenarios.margin[rows].max()
    assert margins[-1] == stress.scenarios.margin[rows].min()


def test_without_a_rule_objects_stand_in_the_order_of_y(stress, assert_legible, said):
    n = len(stress.scenarios)
    free = replace(
        stress.scenarios,
        margin=np.full(n, np.nan),
        fails=np.zeros(n, dtype=bool),
        kind=np.full(n, ""),
        y=np.arange(n) / 7.0,
    )
    rows = spread_out(free, rows_of_level(free, stress.levels[1]), 5)
    assert (np.diff(free.y[rows]) > 0).all()
    bare = [replace(row, kinds={}, hits=0, fail_share=np.nan) for row in stress.levels]
    for look in LOOKS:
        figure = draw_scenario_strips(free, bare, stress.modality, look=look)
        assert_legible(figure)
        assert "hit" not in said(figure)
        assert_legible(draw_levels(bare, look=look))
        assert_legible(draw_failure_map(stress.space, free, look=look))


def test_several_tails_are_named(stress, assert_legible, said):
    other = "where a very long condition on one feature and another one holds, and a third as well"
    both = replace(stress.scenarios, tail=np.where(np.arange(30) < 15, "radial", other))
    levels = [*stress.levels, *[replace(row, tail=other) for row in stress.levels[:2]]]
    for look in LOOKS:
        for figure in (draw_scenario_strips(both, levels, stress.modality, look=look), draw_levels(levels, look=look)):
            assert_legible(figure)
            assert "where a very" in said(figure)


def test_answers_that_failed_are_said_to_have_failed(stress_on_images, said):
    n = len(stress_on_images.scenarios)
    broken = replace(stress_on_images.scenarios, y=np.full(n, np.nan), margin=np.full(n, -1.0))
    levels = [replace(row, y=(np.nan,) * 5, answered=0) for row in stress_on_images.levels]
    assert "failed" in said(draw_scenario_strips(broken, levels, stress_on_images.modality))
    assert "no answer" in said(draw_levels(levels))


# --- response -----------------------------------------------------------------------------------------------------------


def test_a_response_tells_how_rare_and_where_observation_ends(stress_on_images, said):
    words = said(FIGURES["response"](stress_on_images, Look()))
    for told in (
        "last observed",
        "beyond everything seen",
        "most are no objects",
        "10%",
        "standard deviations",
    ):
        assert told in words


def test_a_response_without_rule_objects_or_pictures_is_drawn(stress, assert_legible, said):
    nothing = np.full(9, np.nan)
    bare = replace(stress.response, fails=nothing, real=nothing, objects=np.ones(9), last_observed=99.0)
    for look in LOOKS:
        figure = draw_response(bare, look=look)
        assert_legible(figure)
        for left_out in ("hit the rule", "last observed", "no objects", "of real ones"):
            assert left_out not in said(figure)
        assert_legible(draw_response(replace(bare, y=np.full((9, 5), np.nan)), look=look))


# --- map ----------------------------------------------------------------------------------------------------------------


def test_a_map_shows_its_own_plane_or_the_one_asked_for(stress, said, assert_legible):
    live = len(stress.space.live_axes)
    figure = draw_failure_map(stress.space, stress.scenarios, directions=np.eye(live)[[1, 2]])
    assert_legible(figure)
    assert "seen on this plane" in said(figure)
    flat = fit(stress.items, method="pca", latent=2)
    moved = replace(stress.scenarios, z=stress.scenarios.z[:, :2])
    words = said(draw_failure_map(flat, moved))
    assert "seen on this plane" not in words
    assert "90%" in words
    with pytest.raises(ConfigurationError, match="two directions"):
        draw_failure_map(stress.space, stress.scenarios, directions=np.ones((2, live)))
    with pytest.raises(ConfigurationError, match="two live axes"):
        draw_failure_map(fit(stress.items, method="pca", latent=1), moved)


# --- worst cases --------------------------------------------------------------------------------------------------------


def test_worst_pairs_stand_in_the_order_of_their_change(stress, said):
    words = said(draw_worst_pairs(stress.worst[::-1], stress.modality, most=2))
    assert words.index("around 0") < words.index("around 1")
    assert "around 2" not in words
    assert "1 more not shown" in words
    for told in ("0.90 → 0.30", "CMA-ES", "with 95% confidence at most 9.5%", "lower bound"):
        assert told in words
    assert "model failure" in words or "× failure" in words
    assert said(plot(stress.worst[0], modality=stress.modality)).count("around") == 1
    assert "model failure" in said(plot(stress.worst[0])), "without pictures words tell the kind"
    with pytest.raises(ShapeError, match="at least one"):
        draw_worst_pairs([], stress.modality)


def test_a_broken_model_and_a_patch_without_objects_are_told(stress, said, assert_legible):
    case = replace(
        stress.worst[0], y=float("nan"), random_y=np.empty(0), features=(), support=Support.UNSUPPORTED, search="none: y did not vary"
    )  # fmt: skip
    for look in LOOKS:
        figure = draw_worst_pairs([case, *stress.worst], stress.modality, look=look)
        assert_legible(figure)
        assert "→ failed" in said(figure)
        assert "None of 40 random draws is an object" in said(figure)


# --- probability --------------------------------------------------------------------------------------------------------


def test_a_probability_tells_its_interval_its_parts_and_what_real_objects_say(stress, said):
    words = said(FIGURES["probability"](stress, Look()))
    for told in (
        "0.03%",
        "1 in 3,300",
        "0.01% to 0.09%",
        "subset simulation",
        "refined",
        "1 of 500",
        "accepted",
        "Real objects hit",
    ):
        assert told in words


def test_a_bound_is_no_estimate(stress, said, assert_legible):
    none = replace(stress.probability.plain, value=0.0, lower=0.0, upper=2e-3)
    never = replace(
        stress.probability, estimate=none, plain=none, subset=None, refined=None, modes=(), objects=float("nan"), observed=None,
        bound="never found: P < 0.002 with 95% confidence, from 1,500 plain draws",
    )  # fmt: skip
    sure = replace(none, value=1.0, lower=0.998, upper=1.0)
    always = replace(never, estimate=sure, plain=sure, bound="always true: it failed in all of 1,500 plain draws")
    for look in LOOKS:
        figure = draw_failure_probability(never, modality=stress.modality, look=look)
        assert_legible(figure)
        assert "below 0.2%" in said(figure)
        assert "never found" in said(figure)
        figure = draw_failure_probability(always, look=look)
        assert_legible(figure)
        assert "above 99.8%" in said(figure)


# --- findings -----------------------------------------------------------------------------------------------------------


def test_findings_tell_what_is_shared_and_how_often_it_fails(stress, said, assert_legible):
    words = said(draw_findings(stress.findings))
    for told in (
        "slant at least 0.3",
        "7 of 20 fail: 35% (18% to 55%)",
        "elsewhere 4%",
        "48% of all failures",
        "measured on the other",
    ):
        assert told in words
    assert "1 more not shown" in said(draw_findings(stress.findings * 2, most=1))
    lost = [replace(stress.findings[0], examples=("gone",), worst="gone", lift=float("nan"))]
    assert_legible(draw_findings(lost, scenarios=stress.scenarios, modality=stress.modality))
    with pytest.raises(ShapeError, match="at least one"):
        draw_findings([])


# --- comparison ---------------------------------------------------------------------------------------------------------


def test_a_comparison_tells_verdict_and_counts(stress, said):
    words = said(draw_comparison(stress.comparison, old="last week", new="today"))
    assert "Is today safer than last week?" in words
    for row in stress.comparison.levels:
        assert not row.worse or f"{row.worse} worse" in words
    assert "probability of failure" in words


def test_a_comparison_without_a_rule_tells_how_far_y_moved(stress, said, assert_legible):
    levels = tuple(replace(row, verdict="", old=np.nan, new=np.nan) for row in stress.comparison.levels)
    bare = replace(stress.comparison, rule="", levels=levels, probability_old=None)
    for look in LOOKS:
        figure = draw_comparison(bare, look=look)
        assert_legible(figure)
        assert "median change" in said(figure)
