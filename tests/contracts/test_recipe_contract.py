"""What a kind of data promises of its pictures: a recipe shows what its own pictures show, or there is none."""

import importlib
from typing import Any

import numpy as np
import pytest

from gausscape.modality import modalities
from gausscape.page.program.places import drawn_places
from gausscape.page.program.showing import show_cells
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

KINDS = sorted(name for name in modalities() if modalities()[name].__module__.startswith("gausscape.modalities."))
PLACES = 50


@pytest.mark.parametrize("name", KINDS)
def test_a_recipe_shows_what_the_kind_shows_itself(name, untouched_randomness):
    examples = importlib.import_module(f"gausscape.modalities.{name}.example").example_items(150, 0)
    space = fit(examples, modality=name, latent=2, schedule=Schedule(steps=30), seed=3)
    recipe = space.modality.picture_recipe()
    if recipe is None:
        return
    cells = space.codec.cells(drawn_places(space, n=PLACES))
    own, shown = space.modality.pictures(space.modality.to_items(cells)), show_cells(recipe, cells.numpy())
    assert [picture.kind for picture in shown] == [picture.kind for picture in own] == [recipe["kind"]] * PLACES
    if recipe["kind"] == "rows":
        agreed = [
            one == other for a, b in zip(own, shown, strict=True) for one, other in zip(a.data, b.data, strict=True)
        ]
        assert np.mean(agreed) >= 0.99
        return
    for one, other in zip(own, shown, strict=True):
        np.testing.assert_allclose(other.data, one.data, rtol=1e-6, atol=1e-6)


def test_some_kinds_have_recipes():
    found: dict[str, Any] = {}
    for name in KINDS:
        module = importlib.import_module(f"gausscape.modalities.{name}.example")
        recipe = modalities()[name].infer(module.example_items(150, 0)).picture_recipe()
        found[name] = None if recipe is None else recipe["kind"]
    assert {"raster", "line", "rows"} <= set(found.values())
