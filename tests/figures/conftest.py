"""What the figures' tests share: a check that no words are cut or overlap, and small answers on images and on tables."""

from types import SimpleNamespace

import numpy as np
import pytest

from gausscape.explanation import explain, explain_change, explain_object, paint_outcome
from gausscape.items import Items
from gausscape.local_change import measure_change
from gausscape.modalities.images.example import example_items as example_images
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.training.fitting import fit


def _told(figure) -> list:
    """All texts that are seen, ticks within their axes among them."""
    figure.draw_without_rendering()
    found = []
    for axes in figure.axes:
        found += axes.texts
        if not axes.axison:
            continue
        found += [axes.xaxis.label, axes.yaxis.label]
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted(limits)
            pairs = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            found += [label for place, label in pairs if low <= place <= high]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.fixture(scope="session")
def words_of():
    """All words of a figure, line by line."""
    return lambda figure: "\n".join(text.get_text() for text in _told(figure))


@pytest.fixture(scope="session")
def assert_legible():
    """Check that no words of a figure are cut at its rim or lie on each other."""

    def check(figure) -> None:
        renderer = figure.canvas.get_renderer()
        boxes = [(text.get_window_extent(renderer), text.get_text()) for text in _told(figure)]
        for box, words in boxes:
            inside = (
                box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.width + 1 and box.y1 <= figure.bbox.height + 1
            )
            assert inside, f"{words!r} is cut"
        for i, (one, words) in enumerate(boxes):
            for other, more in boxes[i + 1 :]:
                across = min(one.x1, other.x1) - max(one.x0, other.x0)
                down = min(one.y1, other.y1) - max(one.y0, other.y0)
                # The room that a font keeps above its letters may touch.
                assert across <= 1 or down <= 3, f"{words!r} lies on {more!r}"

    return check


def _answers(items: Items, outcome, name: str) -> SimpleNamespace:
    space = fit(items, method="pca", latent=4)
    patch = space.patch(items.take([3]), 1.0)
    return SimpleNamespace(
        items=items,
        space=space,
        patch=patch,
        change=measure_change(space, items.take([0]), items.take([1])),
        same=measure_change(space, items.take([0]), items.take([0])),
        changes=measure_change(space, items.take([0]), items.take(np.arange(20))),
        explanation=explain(space, outcome, patch, data=items),
        change_explanation=explain_change(space, outcome, items.take([0]), items.take([1])),
        attribution=explain_object(space, outcome, items.take([3]), data=items, calls=200, sweeps=2),
        overlay=paint_outcome(space, outcome, data=items, side=7, draws=2),
        outcome=name,
    )


@pytest.fixture(scope="session")
def on_images() -> SimpleNamespace:
    """Answers about small images."""
    items = Items.of(example_images(160), labels=np.array(["odd", "even"])[np.arange(160) % 2])
    return _answers(items, lambda images: images.reshape(len(images), -1)[:, 20:40].mean(1), "ink")


@pytest.fixture(scope="session")
def on_tables() -> SimpleNamespace:
    """Answers about rows of a table."""
    items = Items.of(example_rows(160), labels=np.arange(160) % 3)
    return _answers(items, lambda rows: rows["amount"].fillna(0).to_numpy(), "amount")
