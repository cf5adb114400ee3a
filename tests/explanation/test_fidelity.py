"""Laws of the gate: what survives the code passes, what the code loses does not, and moving tells what rebuilding cannot."""

import json

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, DataError
from gausscape.explanation.agreement import measure_agreement
from gausscape.explanation.fidelity import measure_fidelity
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.outcome import Outcome
from gausscape.space.rendering import Carried, Expected
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

CELLS = 36


def faces(n: int, seed: int) -> np.ndarray:
    """Float images (n, 6, 6): three smooth factors, and fine noise of the same size that three axes cannot hold."""
    rng = np.random.default_rng([seed, 1])
    smooth = np.linalg.qr(np.random.default_rng(0).normal(size=(CELLS, CELLS)))[0]
    cells = rng.normal(size=(n, 3)) @ smooth[:3] * 0.06 + rng.normal(size=(n, CELLS)) * 0.01
    return (0.5 + cells).clip(0, 1).reshape(n, 6, 6).astype("float32")


def kept(images: np.ndarray) -> np.ndarray:
    """y that reads a smooth factor."""
    smooth = np.linalg.qr(np.random.default_rng(0).normal(size=(CELLS, CELLS)))[0]
    return images.reshape(len(images), -1).astype(float) @ smooth[0]


def lost(images: np.ndarray) -> np.ndarray:
    """y that reads nothing but fine noise."""
    smooth = np.linalg.qr(np.random.default_rng(0).normal(size=(CELLS, CELLS)))[0]
    return images.reshape(len(images), -1).astype(float) @ smooth[20]


@pytest.fixture(scope="module")
def space():
    return fit(faces(600, 0), latent=3, method="pca")


@pytest.fixture(scope="module")
def data():
    return faces(150, 7)


@pytest.mark.parametrize("rendering", ["expected", "carried"])
def test_what_the_code_keeps_passes_and_what_it_loses_does_not(space, data, rendering):
    good = measure_fidelity(space, kept, data, rendering=rendering)
    bad = measure_fidelity(space, lost, data, rendering=rendering)
    assert good.overall.agreement > 0.9
    assert bad.overall.agreement < 0.5
    assert all(good.objection(k) is None for k in range(len(good.regions)))
    for k in range(len(bad.regions)):
        assert "agreement" in bad.objection(k)
        assert "latent axes" in bad.objection(k)
    assert bad.overall.low <= bad.overall.agreement <= bad.overall.high


def test_rebuilding_is_told_beside_moving(space, data):
    moved = measure_fidelity(space, lost, data, rendering="carried")
    rebuilt = measure_fidelity(space, lost, data, rendering="expected")
    assert moved.overall.reconstruction < 0.5
    assert rebuilt.overall.reconstruction == rebuilt.overall.agreement
    assert moved.overall.correlation < 0.6


def test_regions_lie_around_the_places_asked_about(space, data):
    centres = space.embed(data[:3]).mean
    found = measure_fidelity(space, kept, data, centres=centres, rendering=[Carried(), Expected(), Expected()])
    assert len(found.regions) == 3
    for region in found.regions:
        assert region.objects == 30
        assert region.reach > 0
    far = measure_fidelity(space, kept, data, centres=centres + 30, rendering="expected")
    assert min(region.reach for region in far.regions) > max(region.reach for region in found.regions)


def test_calls_are_counted_and_no_object_is_asked_twice(space, data):
    asked = []

    def counting(images):
        asked.append(len(images))
        return kept(images)

    outcome = Outcome.of(counting)
    found = measure_fidelity(space, outcome, data, rendering="expected")
    assert found.calls == outcome.calls
    assert found.calls <= 2 * len(data)
    again = measure_fidelity(space, outcome, data, rendering="expected")
    assert again.overall == found.overall


def test_labels_count_as_equal_or_not(space, data):
    outcome = Outcome.of(lambda images: np.where(kept(images) > np.median(kept(data)), "high", "low"), target="high")
    found = measure_fidelity(space, outcome, data, rendering="expected")
    assert 0.8 < found.overall.agreement <= 1
    assert found.overall.same_decision is None


def test_probabilities_have_a_decision(space, data):
    centre = np.median(kept(data))
    outcome = Outcome.of(lambda images: 1 / (1 + np.exp(-30 * (kept(images) - centre))), kind="probability")
    found = measure_fidelity(space, outcome, data, rendering="expected")
    assert 0.8 < found.overall.same_decision <= 1


def test_a_constant_y_agrees_with_itself(space, data):
    found = measure_fidelity(space, lambda images: np.full(len(images), 3.0), data)
    assert found.overall.agreement == 1
    assert found.overall.correlation is None


def test_failures_are_counted_and_too_many_are_an_objection(space, data):
    def failing(images):
        y = kept(images)
        y[:: 1 if len(images) == 1 else 4] = np.nan
        return y

    found = measure_fidelity(space, failing, data, rendering="expected")
    assert found.overall.failed > 0.1
    assert any("failed" in (found.objection(k) or "") for k in range(len(found.regions)))
    nothing = measure_fidelity(space, lambda images: np.full(len(images), np.nan), data)
    assert nothing.overall.failed == 1
    assert all("failed" in nothing.objection(k) for k in range(len(nothing.regions)))


def test_tables_are_compared_with_the_mean_of_draws():
    rows = example_rows(300).drop(columns="rating")
    space = fit(rows, latent=3, schedule=Schedule(steps=200))
    found = measure_fidelity(
        space, lambda frame: np.log(frame["amount"].to_numpy()), example_rows(80, seed=9).drop(columns="rating")
    )
    assert {rendering.name for rendering in found.renderings} == {"drawn"}
    assert found.overall.correlation > 0.5
    json.dumps(found.document(), allow_nan=False)
    assert "overall" in str(found)


def test_the_same_seed_gives_the_same_answer(space, data, untouched_randomness):
    one, two, other = (measure_fidelity(space, kept, data, rendering="drawn", seed=seed) for seed in (1, 1, 2))
    assert one.document() == two.document()
    assert one.document() != other.document()


def test_too_little_data_is_refused(space, data):
    with pytest.raises(DataError, match="at least 8"):
        measure_fidelity(space, kept, data[:5])
    with pytest.raises(ConfigurationError, match="expected, drawn, carried"):
        measure_fidelity(space, kept, data, rendering="nonsense")


# --- the measure itself --------------------------------------------------------------------------------------------


def agreement(ours, theirs, **options):
    return measure_agreement(
        np.asarray(ours)[:, None], np.asarray(theirs), plain=(theirs, theirs), kind="number", **options
    )


def test_agreement_is_one_for_equals_and_falls_with_shift_scale_and_noise():
    y = np.random.default_rng(0).normal(size=300)
    noise = np.random.default_rng(1).normal(size=300)
    assert agreement(y, y).agreement == 1
    for ours in (y + 1, 3 * y, y + noise, noise):
        found = agreement(ours, y)
        assert found.agreement < 0.9
        assert abs(found.agreement) <= abs(found.correlation) + 1e-12
    assert agreement(-y, y).agreement < 0
    assert agreement(100 * y + 7, 100 * y + 7).agreement == 1


def test_small_errors_where_y_hardly_moves_are_no_disagreement():
    rng = np.random.default_rng(2)
    y = 0.001 * rng.normal(size=50)
    ours = 0.001 * rng.normal(size=50)
    assert agreement(ours, y).agreement < 0.5
    assert agreement(ours, y, floor=0.1).agreement > 0.99


def test_noise_of_a_few_draws_is_not_held_against_them():
    rng = np.random.default_rng(3)
    y = rng.normal(size=2000)
    draws = y[:, None] + rng.normal(size=(2000, 4))
    found = measure_agreement(draws, y, plain=(y, y), kind="number")
    # The mean of 2,000 squared errors with 4 draws each; 0.05 is some 10 standard errors.
    assert found.agreement == pytest.approx(1, abs=0.05)
