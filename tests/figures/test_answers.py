"""Every answer has a figure that says what it must, for images and tables, light and dark, wide and narrow."""

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.figures import Look, draw_change, draw_changes, draw_objects, draw_patch, draw_patch_explanation, plot
from gausscape.figures.style import to_bytes
from gausscape.local_change import measure_change

LOOKS = [Look(), Look(width=10, dark=True), Look(width=3.6, titled=False)]
PARTS = (
    "space", "patch", "change", "same", "changes", "explanation", "change_explanation", "attribution", "overlay",
)  # fmt: skip


@pytest.fixture(params=["on_images", "on_tables"])
def answers(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("look", LOOKS, ids=["page", "dark slide", "phone"])
@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_cut_and_nothing_overlaps(answers, part, look, assert_legible):
    figure = plot(getattr(answers, part), look=look)
    assert_legible(figure)
    assert figure.get_size_inches()[0] == pytest.approx(look.width)
    assert figure.get_facecolor()[:3] == pytest.approx((1, 1, 1) if not look.dark else (18 / 255, 23 / 255, 29 / 255))


def test_a_change_tells_verdict_distance_route_and_ids(answers, words_of):
    words = words_of(plot(answers.change))
    low, high = answers.change.distance_interval
    assert str(answers.change.verdict) in words
    assert f"{answers.change.distance:.2f} sd ({low:.2f} to {high:.2f})" in words
    assert f"object {answers.change.a_id} to object {answers.change.b_id}" in words
    assert "straight path" in words
    ends = (answers.items.take([row]) for row in (0, 1))
    bent = measure_change(answers.space, *ends, path="geodesic", steps=3)
    assert "geodesic path" in words_of(draw_change(bent))
    assert "SAME" in words_of(plot(answers.same))


def test_a_change_tells_what_changed_unless_asked_not_to(answers, words_of):
    long, short = (words_of(draw_change(answers.change, details=details)) for details in (True, False))
    head = "what changed" if answers.change.changed else "no feature changed"
    assert head in long
    assert head not in short
    if answers.change.changed:
        assert answers.change.changed[0].name.split()[0] in long.replace("\n", " ")


def test_changes_tell_the_largest_and_the_smallest(answers, words_of):
    words = words_of(draw_changes(answers.changes, most=6))
    order = answers.changes.order()
    for row in [*order[:3], *order[-3:]]:
        assert f"→ {answers.changes.b_ids[row]}" in words
    assert "14 between" in words
    assert "SAME" in words
    one = measure_change(answers.space, answers.items.take([0]), answers.items.take([0, 1]))
    assert "between" not in words_of(draw_changes(one))
    with pytest.raises(ConfigurationError, match="room for 2"):
        draw_changes(answers.changes, most=1)


def test_a_table_shows_the_lines_that_differ(on_tables, words_of):
    words = words_of(plot(on_tables.patch))
    assert "centre" in words
    assert f"object {on_tables.patch.id}" in words
    assert "→ " + on_tables.patch.directions()[0].name.split(",")[0] in words.replace("\n", " ")


def test_a_patch_of_one_axis_or_an_even_side_is_drawn(on_images, on_tables, assert_legible):
    from gausscape.training.fitting import fit

    for answers in (on_images, on_tables):
        assert_legible(draw_patch(answers.patch, side=4))
        thin = fit(answers.items, method="pca", latent=1)
        assert_legible(plot(thin.patch(answers.items.take([0]), 1.0)))


def test_explanations_name_outcome_object_and_features(answers, words_of):
    patch = answers.explanation.patches[0]
    words = words_of(draw_patch_explanation(patch, outcome="the outcome"))
    assert f"around {patch.name}" in words.replace("\n", " ")
    if patch.withheld is None and patch.climb is not None:
        assert "the outcome" in words
        assert patch.effects[0].feature.split()[0] in words
    told = words_of(plot(answers.change_explanation)).replace("\n", " ")
    assert f"{answers.change_explanation.difference:+.3g}".replace("-", "−") in told
    assert answers.attribution.credits[0].part.split()[0] in words_of(plot(answers.attribution))


def test_what_is_withheld_says_why_and_draws_no_bars(answers, words_of, assert_legible):
    from dataclasses import replace

    reason = (
        "The model answers something else on decoded objects than on real ones, so that nothing can be said of it here."
    )
    withheld = replace(answers.explanation.patches[0], withheld=reason)
    for look in LOOKS:
        figure = draw_patch_explanation(withheld, look=look)
        assert_legible(figure)
        words = words_of(figure).replace("\n", " ")
        assert "withheld" in words
        assert reason in words
        assert len(figure.axes) == 1


def test_objects_stand_on_named_axes(on_images, on_tables, words_of, assert_legible):
    for answers in (on_images, on_tables):
        figure = draw_objects(answers.space, answers.items, labels=None)
        assert_legible(figure)
        assert "whitened" not in words_of(figure)
    middle = on_images.space.patch(on_images.space.aggregate.unwhiten(np.zeros((1, 4)))[0], 3.0)
    chosen = list(middle.directions())[1:3]
    words = words_of(draw_objects(on_images.space, on_images.items, directions=chosen)).replace("\n", " ")
    assert chosen[0].name in words
    with pytest.raises(ConfigurationError, match="both came"):
        draw_objects(on_images.space, on_images.items, axes=(0, 1), directions=chosen)
    with pytest.raises(ShapeError, match="2 directions"):
        draw_objects(on_images.space, on_images.items, directions=chosen[:1])


@pytest.mark.parametrize("part", PARTS[1:])
def test_equal_answers_give_equal_bytes(on_images, part):
    one, again = (to_bytes(plot(getattr(on_images, part)), "png", dots_per_inch=50) for _ in range(2))
    assert one == again
