"""Laws of the effects: units do not matter, companions are told from causes, and a swap is the model's own coefficient."""

import numpy as np
import pytest
import torch

from gausscape.explanation.effects import feature_slopes, measure_effects
from gausscape.explanation.surrogate import fit_surrogate
from gausscape.explanation.swaps import own_parts, plan_swaps, raw_effect
from gausscape.modalities.images.example import example_items
from gausscape.modalities.images.modality import ImageModality
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.modalities.tables.modality import TableModality

RHO = 0.8
MIXING = np.array([[1.0, 0.0], [RHO, 0.6]])
"""Two features of two independent factors, correlated .8; the first is the cause."""


@pytest.fixture
def steps():
    return np.random.default_rng(0).normal(size=(80, 2))


def effects_of(steps, *, units=(1.0, 1.0), strength=3.0, offset=0.0):
    units = np.array(units)
    plus, minus = offset + steps @ MIXING.T * units, offset - steps @ MIXING.T * units
    slopes = feature_slopes(steps, plus, minus, units)
    surrogate = fit_surrogate(steps, strength * steps[:, 0], -strength * steps[:, 0])
    return measure_effects(surrogate, slopes, ("cause", "companion"))


def test_both_are_credited_on_the_manifold_and_the_cause_alone_directly(steps):
    cause, companion = effects_of(steps)
    assert cause.on_manifold.value == pytest.approx(3, rel=1e-3)
    assert companion.on_manifold.value == pytest.approx(3 * RHO, rel=1e-3)
    assert cause.direct.value == pytest.approx(3, rel=0.02)
    assert abs(companion.direct.value) < 0.1


def test_an_effect_has_a_name_as_a_contribution_has(steps):
    assert [effect.name for effect in effects_of(steps)] == ["cause", "companion"]


def test_units_and_offsets_of_features_do_not_matter(steps):
    ours, theirs = effects_of(steps), effects_of(steps, units=(1e4, 1e-3), offset=7.0)
    for one, other in zip(ours, theirs, strict=True):
        assert one.on_manifold.value == pytest.approx(other.on_manifold.value, rel=1e-5)
        assert one.direct.value == pytest.approx(other.direct.value, rel=1e-4, abs=1e-6)


def test_effects_grow_with_y_and_keep_the_sign(steps):
    one, double = effects_of(steps), effects_of(steps, strength=-6.0)
    for effect, other in zip(one, double, strict=True):
        assert other.on_manifold.value == pytest.approx(-2 * effect.on_manifold.value)


def test_what_cannot_be_moved_has_no_effect_and_what_moves_together_is_marked(steps):
    slopes = np.array([[1.0, 0.0], [0.99, 0.05], [0.0, 0.1], [0.0, 0.0]])
    surrogate = fit_surrogate(steps, steps[:, 0], -steps[:, 0])
    one, twin, faint, none = measure_effects(surrogate, slopes, ("one", "twin", "faint", "none"))
    assert one.entangled == ("twin",)
    assert twin.entangled == ("one",)
    for effect in (faint, none):
        assert not effect.is_movable
        assert effect.on_manifold is effect.direct is effect.halves is None
    levels = measure_effects(surrogate, slopes, ("a", "b", "c", "d"), owners=np.array([0, 0, 1, 1]))
    assert levels[0].entangled == ()


def test_a_feature_that_is_missing_in_places_is_measured_where_it_is_there(steps):
    plus, minus = steps @ MIXING.T, -steps @ MIXING.T
    plus[:20, 1] = np.nan
    gone = np.full((80, 1), np.nan)
    slopes = feature_slopes(steps, np.hstack([plus, gone]), np.hstack([minus, gone]), np.ones(3))
    np.testing.assert_allclose(slopes[:2], MIXING, atol=1e-4)
    assert not slopes[2].any()
    assert not feature_slopes(steps, plus, minus, np.zeros(2)).any()


def test_regions_of_images_are_inputs_of_their_own_and_shapes_are_not():
    images = example_items(30)
    modality = ImageModality.infer(images)
    cells = modality.present(modality.to_tensors(images), None)[1]["cells"]
    names = modality.features(cells).names
    owners = own_parts(lambda c: modality.features(c).values, modality.parts()[1], cells)
    for name, owner in zip(names, owners, strict=True):
        assert (owner >= 0) == ("brightness in" in name), name
    assert sorted(owners[owners >= 0]) == list(range(len(modality.parts()[0])))


def test_columns_of_tables_are_inputs_of_their_own():
    rows = example_rows(60).drop(columns="rating")
    modality = TableModality.infer(rows)
    cells = modality.present(modality.to_tensors(rows), None)[1]["cells"]
    names = modality.features(cells).names
    owners = own_parts(lambda c: modality.features(c).values, modality.parts()[1], cells)
    parts = modality.parts()[0]
    for name, owner in zip(names, owners, strict=True):
        assert owner >= 0, name
        assert name.startswith(parts[owner])


def test_a_swap_changes_one_part_alone_and_measures_the_models_own_coefficient():
    rng = np.random.default_rng(1)
    cells = torch.from_numpy(rng.normal(size=(200, 2)) @ np.array([[1.0, RHO], [0.0, 0.6]])).float()
    part_of_cell = np.array([0, 1])
    spread = cells.std(0).numpy().astype(float)
    swaps = plan_swaps(
        lambda c: c.numpy().astype(float),
        cells,
        spread,
        part_of_cell=part_of_cell,
        parts=[1, 0],
        owners=np.array([0, 1]),
        budget=40,
        seed=0,
    )
    assert len(swaps.part) == 40
    before = cells[swaps.base]
    for part in (0, 1):
        mine = swaps.part == part
        assert mine.sum() == 20
        assert torch.equal(swaps.cells[mine, 1 - part], before[mine, 1 - part])
        assert (swaps.cells[mine, part] != before[mine, part]).all()
    moved = (3 * (swaps.cells - before)[:, 0]).numpy()
    for part, truth in ((0, 3 * spread[0]), (1, 0.0)):
        mine = swaps.part == part
        assert raw_effect(swaps.change[mine, part], moved[mine]).value == pytest.approx(truth, abs=1e-4)


def test_too_few_swaps_tell_nothing():
    assert raw_effect(np.ones(3), np.ones(3)) is None
    assert raw_effect(np.ones(8), np.full(8, np.nan)) is None
    assert raw_effect(np.zeros(8), np.ones(8)) is None
    cells = torch.zeros(10, 2)
    options = {"part_of_cell": np.array([0, 1]), "owners": np.array([0, 1]), "seed": 0}
    none = plan_swaps(lambda c: c.numpy(), cells, np.ones(2), parts=[0, 1], budget=5, **options)
    assert len(none.part) == len(none.cells) == 0
    still = plan_swaps(lambda c: c.numpy(), cells, np.ones(2), parts=[0, 1], budget=50, **options)
    assert len(still.part) == 0
