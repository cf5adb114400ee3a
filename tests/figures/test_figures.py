"""Every figure draws, in both themes and widths, from a tiny space, with one decode call for a map."""

import io

import numpy as np
import pytest
from PIL import Image

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.figures import (
    Look,
    StripRow,
    draw_audit,
    draw_change,
    draw_latent_map,
    draw_objects,
    draw_stress_strip,
    plot,
    save_figure,
)
from gausscape.figures.latent_map import map_points
from gausscape.figures.pictures import draw_picture, is_ink
from gausscape.figures.style import new_sheet, to_bytes
from gausscape.items import Items
from gausscape.local_change import measure_change
from gausscape.modalities.images.example import example_items
from gausscape.modality import Picture
from gausscape.space.audit import Audit
from gausscape.training.fitting import fit

LOOKS = [Look(), Look(dark=True, titled=False), Look(width=3.6)]
PICTURES = [
    Picture("raster", np.eye(4)),
    Picture("raster", np.full((3, 5, 3), 0.4)),
    Picture("rows", [("age", "41"), ("a very long name indeed", "<b>$x^2$</b> and a long text")] * 7),
    Picture("line", np.random.default_rng(0).normal(size=(20, 2))),
    Picture("line", np.zeros((5, 1))),
    Picture("node-link", {"nodes": [0, 1, 2], "edges": [(0, 1), (1, 2)]}),
    Picture("node-link", {"nodes": [], "edges": []}),
]


@pytest.fixture(scope="module")
def items():
    return Items.of(example_items(240), labels=np.arange(240) % 3)


@pytest.fixture(scope="module")
def flat(items):
    return fit(items, method="pca", latent=2)


@pytest.fixture(scope="module")
def deep(items):
    return fit(items, method="pca", latent=4)


def pixels(figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(to_bytes(figure, "png", dots_per_inch=60))).convert("RGB"))


def assert_drawn(figure):
    assert len(np.unique(pixels(figure).reshape(-1, 3), axis=0)) > 3
    assert to_bytes(figure, "svg").startswith(b"<?xml")


@pytest.mark.parametrize("look", LOOKS)
def test_the_map_is_drawn(flat, look):
    assert_drawn(plot(flat, side=5, look=look))


def test_the_map_decodes_once(flat, monkeypatch):
    calls = []
    decode = flat.decode
    monkeypatch.setattr(flat, "decode", lambda z, **options: calls.append(len(z)) or decode(z, **options))
    draw_latent_map(flat, side=9)
    assert calls == [81]


def test_the_map_gives_each_row_and_column_an_equal_share_of_the_law(flat):
    side = 8
    u = flat.aggregate.whiten(map_points(flat.aggregate, side=side))
    right, up = np.unique(u[:, 0].round(9)), np.unique(u[:, 1].round(9))
    assert len(right) == len(up) == side
    draws = np.random.default_rng(0).standard_normal(20_000)
    shares = np.bincount(np.abs(draws[:, None] - right).argmin(1), minlength=side) / len(draws)
    # The edges between nearest quantiles are not quite the quantiles' own edges.
    np.testing.assert_allclose(shares, 1 / side, atol=0.03)
    assert u[0, 1] > u[-1, 1], "the top row is the highest"


def test_a_deep_space_shows_two_directions_and_one_axis_shows_a_row(deep, items):
    assert_drawn(plot(deep, side=4, axes=(1, 3)))
    assert_drawn(plot(fit(items, method="pca", latent=1), side=4))
    with pytest.raises(ConfigurationError, match="axes from 0 to 3"):
        plot(deep, axes=(0, 4))


@pytest.mark.parametrize("look", LOOKS)
def test_objects_are_drawn_by_label_and_by_value(flat, items, look):
    assert_drawn(draw_objects(flat, items, look=look))
    assert_drawn(draw_objects(flat, items, values=np.linspace(-2, 7, 240), value_name="y", look=look))


def test_objects_are_drawn_without_labels_with_many_labels_and_in_any_dimension(flat, deep, items):
    assert_drawn(draw_objects(flat, items.values))
    assert_drawn(draw_objects(flat, items.values, labels=[f"$group {i % 14}" for i in range(240)]))
    assert_drawn(draw_objects(deep, items, axes=(0, 2)))
    assert_drawn(draw_objects(fit(items, method="pca", latent=1), items))
    assert_drawn(draw_objects(flat, items.take([3])))


def test_objects_refuse_columns_of_another_length(flat, items):
    with pytest.raises(ShapeError, match="240 labels, but 2"):
        draw_objects(flat, items, labels=[1, 2])


@pytest.mark.parametrize("look", LOOKS)
def test_the_audit_is_drawn(look):
    rng = np.random.default_rng(0)
    good, bad = (Audit.of(rng.random(500) ** power, calibrated=1000) for power in (1, 2))
    assert_drawn(plot(good, look=look))
    assert_drawn(draw_audit({"good": good, "bad": bad}, look=look))
    assert_drawn(draw_audit(Audit.of(np.ones(30), calibrated=1000), look=look))


@pytest.mark.parametrize("look", LOOKS)
def test_the_change_is_drawn(deep, items, look):
    change = measure_change(deep, items.take([0]), items.take([1]))
    assert_drawn(plot(change, look=look))
    assert_drawn(draw_change(change, outcomes=["$1"] * 9, outcome_name="y", look=look))
    assert_drawn(plot(measure_change(deep, items.take([0]), items.take([0])), look=look))
    with pytest.raises(ShapeError, match="9 outcomes"):
        draw_change(change, outcomes=["1"])


@pytest.mark.parametrize("look", LOOKS)
def test_samples_and_stress_strips_are_drawn(deep, look):
    assert_drawn(plot(deep.sample(7, exceedance=0.1), modality=deep.modality, look=look))
    assert_drawn(plot(deep.sample(1), modality=deep.modality, look=look))
    labels = ["SUPPORTED", "RARE_OBSERVED", "EXTRAPOLATED", "UNSUPPORTED", "UNSUPPORTED"]
    rows = [StripRow("10%", PICTURES[:5], labels, ["<script>"] * 5), StripRow("0.001%", [], [], note="refused")]
    assert_drawn(draw_stress_strip(rows, look=look))


def test_a_strip_refuses_columns_of_another_length():
    with pytest.raises(ShapeError, match="2 support labels"):
        StripRow("10%", PICTURES[:2], ["SUPPORTED"])
    with pytest.raises(ShapeError, match="2 outcomes"):
        StripRow("10%", PICTURES[:2], ["SUPPORTED"] * 2, ["4"])


@pytest.mark.parametrize("picture", PICTURES[:-1])
def test_every_kind_of_picture_is_drawn(picture):
    sheet = new_sheet(Look(), 2)
    draw_picture(sheet, picture, (0.1, 0.1, 1.5, 1.5))
    assert (pixels(sheet.figure) != 255).any()


def test_an_unknown_picture_is_refused():
    with pytest.raises(ConfigurationError, match="hologram"):
        draw_picture(new_sheet(Look(), 2), Picture("hologram", None), (0, 0, 1, 1))


def test_only_drawings_on_an_empty_ground_become_ink():
    photograph = Picture("raster", np.full((6, 6), 0.5))
    assert is_ink([Picture("raster", np.pad(np.ones((3, 3)), 2))])
    assert not is_ink([photograph])
    assert not is_ink([Picture("raster", np.zeros((4, 4, 3)))])


def test_equal_answers_give_equal_bytes(flat, tmp_path):
    for kind in ("png", "svg"):
        assert to_bytes(plot(flat, side=4), kind) == to_bytes(plot(flat, side=4), kind)
    path = save_figure(plot(flat, side=4), tmp_path / "map.PNG")
    assert path.read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(ConfigurationError, match=r"png, svg, pdf.*bmp"):
        save_figure(plot(flat, side=4), tmp_path / "map.bmp")


def test_nothing_of_matplotlib_is_left_changed(flat):
    import matplotlib

    before = dict(matplotlib.rcParams)
    plot(flat, side=4, look=Look(dark=True))
    assert dict(matplotlib.rcParams) == before


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ConfigurationError, match="but got a dict"):
        plot({})


def relative_luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("look", LOOKS[:2])
def test_words_are_legible(look):
    """WCAG 2.1, 1.4.3: 4.5 to 1 for text."""
    paper = relative_luminance(look.paper)
    labels = [look.of_support(name)[0] for name in ("SUPPORTED", "RARE_OBSERVED", "EXTRAPOLATED", "UNSUPPORTED")]
    for colour in (look.ink, look.quiet, look.accent, look.series, *labels):
        light, dark = sorted((relative_luminance(colour), paper), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, colour
