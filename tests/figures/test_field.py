"""The overlay: objects coloured by y, labels or a column; one clean boundary of what no data stand behind."""

from dataclasses import replace

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.figures import Look, draw_overlay
from gausscape.figures.veil import FINE, _fine


def test_objects_are_coloured_by_labels_numbers_and_groups(on_images, words_of, assert_legible):
    overlay = on_images.overlay
    n = len(overlay.objects)
    assert n > 10
    words = words_of(draw_overlay(overlay, colour_by="labels"))
    assert "odd" in words
    assert "even" in words
    figure = draw_overlay(overlay, colour_by=np.linspace(0, 9.5, n), value_name="age", look=Look(width=3.6))
    assert_legible(figure)
    assert "objects: age" in words_of(figure)
    clusters = [f"cluster {k % 12}" for k in range(n)]
    words = words_of(draw_overlay(overlay, colour_by=clusters))
    assert "cluster 3" in words
    assert "2 smaller groups" in words
    assert "7" in words_of(draw_overlay(overlay, colour_by=np.arange(n) % 3 + 7))


def test_what_cannot_be_a_colour_is_refused(on_images):
    overlay = on_images.overlay
    with pytest.raises(ConfigurationError, match="'cluster'"):
        draw_overlay(overlay, colour_by="cluster")
    with pytest.raises(ConfigurationError, match="needs labels"):
        draw_overlay(replace(overlay, labels=None), colour_by="labels")
    with pytest.raises(ShapeError, match="column of as many"):
        draw_overlay(overlay, colour_by=[1.0])


def test_failed_answers_and_an_empty_plane_are_drawn(on_images, words_of, assert_legible):
    overlay = on_images.overlay
    y = overlay.y.copy()
    y[0] = np.nan
    some = replace(overlay, y=y)
    assert "or y failed" in words_of(draw_overlay(some))
    nothing = replace(overlay, y=np.full_like(y, np.nan), objects=np.zeros((0, 2)), object_y=np.zeros(0), labels=None)
    assert_legible(draw_overlay(nothing))
    assert_legible(draw_overlay(replace(overlay, support=np.full(overlay.support.shape, "UNSUPPORTED"))))


def test_the_boundary_keeps_the_middle_of_every_cell_on_its_side():
    rng = np.random.default_rng(0)
    bare = np.kron(rng.random((5, 6)) < 0.4, np.ones((2, 2))).astype(bool)
    field = _fine(bare, (0, 1, 0, 1))[2]
    middles = field[FINE // 2 :: FINE, FINE // 2 :: FINE]
    np.testing.assert_array_equal(middles > 0.5, bare)
