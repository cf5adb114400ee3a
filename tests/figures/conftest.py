"""What the figures' tests share: a check that no words are cut or overlap, and small answers on images and on tables."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gausscape.explanation import explain, explain_change, explain_object, paint_outcome
from gausscape.items import Items, take
from gausscape.local_change import measure_change
from gausscape.modalities.images.example import example_items as example_images
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.space.support import Support
from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.failures.finding import FeatureBound, Finding
from gausscape.stress_testing.levels import LevelRow
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.probability.failure_probability import Estimate, FailureProbability, Mode
from gausscape.stress_testing.response import Response
from gausscape.stress_testing.scenarios import Kind, Scenarios
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


def _scenarios(space, name: str, outcome, rng: np.random.Generator) -> tuple[Scenarios, list[LevelRow]]:
    """Ten objects at each of two levels, and far out, every third a hit."""
    parts, levels = [], []
    for asked, depth in ((0.1, 2.0), (0.01, 3.0), (np.nan, 9.0)):
        u = rng.standard_normal((10, len(space.live_axes)))
        z = space.aggregate.unwhiten(depth * u / np.linalg.norm(u, axis=1, keepdims=True))
        samples = space.describe_codes(z)
        y, n = np.asarray(outcome(samples.items), dtype=np.float64), len(z)
        fails = np.arange(n) % 3 == 0
        kinds = np.where(fails, [Kind.MODEL_FAILURE, Kind.CHANGED_CLASS, Kind.UNJUDGED, Kind.NOT_AN_OBJECT, ""] * 2, "")
        kinds = np.where(fails & (kinds == ""), Kind.MODEL_FAILURE, kinds)
        parts.append(
            Scenarios(
                ids=np.array([f"{name}-{asked}-{i}" for i in range(n)]), tail=np.full(n, name), asked=np.full(n, asked),
                depth=np.full(n, depth), z=z, noise=np.zeros((n, 0)), items=samples.items, exceedance=samples.exceedance,
                support=samples.support, gates=samples.gates, gate=np.full(n, "cycle"), nearest=samples.nearest.astype(str),
                nearest_row=np.zeros(n, dtype=int), y=y, from_nearest=np.full(n, 0.1), from_centre=np.zeros(n), fails=fails,
                margin=np.where(fails, -1.0, 1.0) * (1 + np.arange(n)), kind=kinds.astype(str), judged=np.full(n, "b"),
                answer=np.full(n, "a"),
            )
        )  # fmt: skip
        counts = {kind.value: int((kinds == kind).sum()) for kind in Kind if kind is not Kind.NONE}
        support = {str(label): int((samples.support == label).sum()) for label in Support}
        spread = tuple(float(each) for each in np.quantile(y, [0.05, 0.25, 0.5, 0.75, 0.95]))
        rarity = [float(np.median(each)) for each in (samples.exceedance.probability, samples.exceedance.lower)]
        row = LevelRow(
            name, asked, depth, *rarity, min(1.0, 2 * rarity[0]), n, 0.4, support, spread, spread[3], 0.1, n,
            int(fails.sum()), counts, 0.2, 0.05, 0.5, judged=9, failed=2,
        )  # fmt: skip
        levels.append(row)
    whole = np.concatenate if isinstance(parts[0].items, np.ndarray) else pd.concat
    joined = Scenarios.joined(parts, whole([part.items for part in parts]))
    return joined, levels


def _response(space, outcome, rng: np.random.Generator) -> Response:
    depths = np.linspace(0, 8, 9)
    ray = rng.standard_normal(len(space.live_axes))
    z = space.aggregate.unwhiten(depths[:, None] * ray / np.linalg.norm(ray))
    told, items = space.assess_codes(z), space.decode(z)
    y = np.asarray(outcome(items), dtype=np.float64)
    return Response(
        "radial", depths, told["exceedance"], told["lower"], told["upper"], y[:, None] + np.linspace(-0.2, 0.2, 5),
        np.linspace(1, 0, 9), told["support"], 4.2, np.where(depths < 3, 0.98, np.nan), np.linspace(0, 0.3, 9), items, y,
        told["support"],
    )  # fmt: skip


def _stress(answers: SimpleNamespace, outcome) -> SimpleNamespace:
    rng, space, items = np.random.default_rng(0), answers.space, answers.items
    scenarios, levels = _scenarios(space, "radial", outcome, rng)
    one = [take(scenarios.items, np.array([i])) for i in range(4)]
    levels.append(
        LevelRow("radial", 1e-6, *[np.nan] * 4, 0, np.nan, {}, (np.nan,) * 5, np.nan, np.nan, 0, 0,
                 refused="The calibration certifies down to 0.03% and no further: ask for that or more.")
    )  # fmt: skip
    label = Support.SUPPORTED
    modes = tuple(
        Mode(z, 3.0 + i, z, np.zeros(0), one[i], float(scenarios.y[i]), label, 0.5 / (i + 1), "7")
        for i, z in enumerate(scenarios.z[:3])
    )
    parts = [Estimate(3e-4 * k, 1e-4, 9e-4, 0.3, 900, "a method") for k in (1, 1.3, 0.8, 0)]
    probability = FailureProbability(
        "y < 0.2", "y", parts[0], parts[1], parts[2], replace(parts[3], lower=0.0), "accepted: variation 0.11", modes, 2700,
        0.7, (1, 500), 1e-4, 9e-3, notes=("Real objects hit the rule more often than the estimate says.",),
    )  # fmt: skip
    worst = [
        WorstCase(
            str(i), items.take([i]).values, 0.9, 1.0, "fall", one[i], scenarios.z[i], np.zeros(0), 0.3 + 0.1 * i, 0.8, 0.02,
            Support.RARE_OBSERVED, np.linspace(0.4, 0.95, 30), 0.4, 0.095, "CMA-ES, 212 calls",
            (("brightness in row 2, column 3", 1.2), ("slant", -0.4)), i == 0, Kind.MODEL_FAILURE if i == 0 else "", 260, 40,
        )
        for i in range(3)
    ]  # fmt: skip
    test = StressTest(
        space, answers.outcome, "y < 0.2", "", {}, tuple(levels), scenarios, items, (_response(space, outcome, rng),), (),
        probability, tuple(worst), 0.5,
    )  # fmt: skip
    name = "brightness in row 2, column 3"
    finding = Finding(
        (FeatureBound("slant", 0.3, np.inf), FeatureBound(name, 0.1, 0.4)), 7, 20, 0.35, 0.18, 0.55, 0.04, 8.4, 1e-4,
        tuple(scenarios.ids[[3, 6, 9]]), str(scenarios.ids[0]), 0.2, 0.48,
    )  # fmt: skip
    better = replace(test, scenarios=replace(scenarios, fails=np.zeros(len(scenarios), dtype=bool)))
    return SimpleNamespace(
        test=test, scenarios=scenarios, levels=levels, response=test.responses[0], probability=probability, worst=worst,
        space=space, items=items, modality=space.modality, comparison=better.against(test), findings=[finding],
    )  # fmt: skip


@pytest.fixture(scope="session")
def stress_on_images(on_images) -> SimpleNamespace:
    """Parts of a stress test of images, built by hand."""
    return _stress(on_images, lambda images: images.reshape(len(images), -1)[:, 20:40].mean(1))


@pytest.fixture(scope="session")
def stress_on_tables(on_tables) -> SimpleNamespace:
    """Parts of a stress test of a table, built by hand."""
    return _stress(on_tables, lambda rows: rows["amount"].fillna(0).to_numpy())
