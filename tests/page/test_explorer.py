"""The page in a notebook's cell, and what Python reads back from it."""

import numpy as np
import pytest

pytest.importorskip("anywidget", reason="widgets are an extra: pip install 'gausscape[notebook]'")

import gausscape as gs
from gausscape.errors import ConfigurationError, DataError
from gausscape.page.explorer import explore


@pytest.fixture(scope="module")
def told():
    rng = np.random.default_rng(0)
    data = rng.uniform(size=(160, 5, 5)).astype("float32")
    return gs.fit(data, latent=2, method="pca"), data


@pytest.fixture(scope="module")
def explorer(told):
    space, data = told
    return explore(space, data=data[:40])


def test_nothing_is_chosen_at_first(explorer):
    explorer.address = ""
    assert explorer.chosen.place is None
    assert explorer.chosen.ids == ()
    with pytest.raises(ConfigurationError, match="circle"):
        explorer.patch()
    with pytest.raises(DataError, match="Choose on the page"):
        explorer.objects()


def test_a_circle_comes_back_as_a_patch_and_as_objects(explorer, told):
    space, data = told
    explorer.address = "view=patch&circle=0.5,-0.25,0.8"
    patch = explorer.patch()
    plane = explorer._document["spaces"][0]["planes"][0]
    u = np.asarray(plane["origin"]) + 0.5 * np.asarray(plane["across"]) - 0.25 * np.asarray(plane["up"])
    assert patch.u == pytest.approx(u, abs=1e-5)
    assert patch.radius == pytest.approx(0.8)
    inside = np.linalg.norm(space.aggregate.whiten(space.embed(data[:40]).mean) - u, axis=1) <= 0.8
    # Positions are kept to three digits: who stands on the edge may be on either side of it.
    assert abs(len(explorer.objects()) - inside.sum()) <= 1
    assert inside.sum() > 3


def test_a_clicked_object_comes_back(explorer):
    explorer.address = "view=map&object=3&a=0.1"
    assert explorer.chosen.object == "3"
    assert explorer.objects().ids.tolist() == ["3"]


@pytest.mark.parametrize(
    "address",
    ["circle=1,2", "circle=a,b,c", "circle=0,0,-1", "object=999", "object=-1", "a=nan", "space=no&plane=no", "%%%=1&&="],
)
def test_addresses_that_mean_nothing_choose_nothing(explorer, address):
    explorer.address = address
    chosen = explorer.chosen
    assert chosen.circle is None
    assert chosen.object is None


def test_without_widgets_the_figure_stands(explorer):
    data, _ = explorer._repr_mimebundle_()
    assert data["image/png"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_page_without_data_hands_out_no_objects(told):
    widget = explore(told[0])
    widget.address = "circle=0,0,2"
    with pytest.raises(DataError, match="data"):
        widget.objects()


def test_an_impossible_height_is_refused(told):
    with pytest.raises(ConfigurationError, match="height"):
        explore(told[0], height=3)
