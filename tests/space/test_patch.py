"""What a patch answers: a ball drawn from exactly, told by what decoded objects do, and honest where it is empty."""

import copy
import dataclasses
import json

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

import gausscape
from gausscape.errors import ConfigurationError, DataError, GausscapeError, ShapeError
from gausscape.items import Items
from gausscape.modalities.images.example import example_items
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.space.aggregate import Aggregate
from gausscape.space.ball import Ball
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.patch import Patch
from gausscape.space.space import Space
from gausscape.space.whitening import Whitening
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

RARE = 1e-7
"""A test of a law fails by chance in at most this share of all seeds, each time it is made."""


@pytest.fixture(scope="module")
def linear() -> Space:
    return fit(example_items(2000, seed=1), latent=3, method="pca", seed=0)


@pytest.fixture(scope="module")
def wide() -> Space:
    return fit(example_items(2000, seed=1), latent=16, method="pca", seed=0)


@pytest.fixture(scope="module")
def line() -> Space:
    return fit(example_items(600, seed=1), latent=1, method="pca", seed=0)


@pytest.fixture(scope="module")
def deep() -> Space:
    return fit(example_items(500, seed=1), latent=2, schedule=Schedule(steps=600), seed=0)


@pytest.fixture(scope="module")
def table() -> Space:
    return fit(example_rows(500, seed=1), latent=3, method="pca", seed=0)


@pytest.fixture(params=["linear", "wide", "line", "deep"])
def space(request) -> Space:
    return request.getfixturevalue(request.param)


def mahalanobis(space: Space, z: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Distance under the covariance of the aggregate law, not through the whitening's own code."""
    factor = space.aggregate.law.whitening.factor
    live = space.live_axes
    return cdist(z[:, live], centre[None, live], "mahalanobis", VI=np.linalg.inv(factor @ factor.T))[:, 0]


# --- the ball ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["sample", "probes"])
def test_codes_are_uniform_in_the_ball(space, verb):
    patch = space.patch(example_items(1, seed=3), 0.7)
    n, d = 1000, len(space.live_axes)
    z = patch.probes(n, seed=4) if verb == "probes" else patch.sample(n, seed=4).codes
    distances = mahalanobis(space, z, patch.centre)
    assert (distances <= 0.7 * (1 + 1e-6)).all()
    # Volume grows with radius^d. Antithetic pairs have one radius, so every second probe is a draw of its own.
    one_each = slice(None, None, 2) if verb == "probes" else slice(None)
    assert stats.kstest(((distances / 0.7) ** d)[one_each], "uniform").pvalue > RARE
    offsets = (space.aggregate.whiten(z) - patch.u)[one_each]
    # No direction is preferred: each coordinate of a unit vector has mean 0 and mean square 1 / d.
    rays = offsets / np.linalg.norm(offsets, axis=1, keepdims=True)
    assert stats.binomtest(int((rays[:, 0] > 0).sum()), len(rays)).pvalue > RARE
    spread = np.sqrt(2 * (d - 1) / (d**2 * (d + 2)) / len(rays))
    assert (np.abs((rays**2).mean(0) - 1 / d) <= 6 * spread + 1e-12).all()


def test_probes_are_antithetic_pairs_around_the_centre(space):
    patch = space.patch(example_items(1, seed=3), 1.0)
    z = patch.probes(40, seed=1)
    assert z.shape == (40, space.latent)
    np.testing.assert_allclose((z[::2] + z[1::2]) / 2, np.tile(patch.centre, (20, 1)), rtol=0, atol=1e-14)
    assert not np.array_equal(z, patch.probes(40, seed=2))
    assert np.array_equal(z, patch.probes(40, seed=1))


def test_samples_are_labelled_like_codes(deep):
    drawn = deep.patch(example_items(1, seed=3), 0.5).sample(6, seed=1)
    assert len(drawn) == len(drawn.items) == 6
    assert np.array_equal(drawn.support, deep.assess_codes(drawn.codes)["support"])


def test_inside_is_what_the_mahalanobis_distance_says(space):
    patch = space.patch(np.full(space.latent, 0.1), 0.9)
    z = patch.centre + np.random.default_rng(0).normal(0, 0.5, (500, space.latent))
    np.testing.assert_allclose(patch.distances(z), mahalanobis(space, z, patch.centre), rtol=1e-6)
    assert np.array_equal(patch.contains(z), mahalanobis(space, z, patch.centre) <= 0.9)
    assert patch.contains(patch.centre[None]).all()


def test_dead_axes_stay_where_the_centre_has_them_and_count_in_no_distance():
    law = GaussianLaw(Whitening(np.zeros(2), np.array([[2.0, 0.0], [0.5, 1.0]])))
    nothing = np.zeros((0, 2))
    aggregate = Aggregate(
        law=law, live=np.array([0, 2]), latent=3, codes=nothing, ids=np.array([]), tails=nothing, held_out=nothing
    )
    ball = Ball(aggregate, np.array([1.0, 7.0, 2.0]), 1.5)
    z = ball.codes(ball.uniform(50, np.random.default_rng(0)))
    assert (z[:, 1] == 7.0).all()
    elsewhere = z * [1, 0, 1]
    assert np.array_equal(ball.distances(aggregate.whiten(z)), ball.distances(aggregate.whiten(elsewhere)))
    assert np.array_equal(ball.codes(np.zeros((1, 2)))[0], ball.centre)


# --- the radius ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("percentile", [10, 50, 99.5, 100])
def test_a_percentile_radius_reaches_a_neighbour_of_that_share(space, percentile):
    patch = space.patch(example_items(1, seed=3), percentile=percentile)
    held_out, fitted = (space.aggregate.law.whiten(z) for z in (space.aggregate.held_out, space.aggregate.codes))
    nearest = cdist(held_out, fitted).min(1)
    share = (nearest <= patch.radius * (1 + 1e-9)).mean()
    assert percentile / 100 <= share < percentile / 100 + 2 / len(held_out)
    assert patch.percentile == pytest.approx(100 * share)


def test_without_a_radius_half_the_patches_hold_five_and_none_is_invisibly_small(space):
    patch = space.patch(example_items(1, seed=3))
    held_out, fitted = (space.aggregate.law.whiten(z) for z in (space.aggregate.held_out, space.aggregate.codes))
    assert patch.radius == pytest.approx(max(0.1, np.median(KDTree(fitted).query(held_out, k=5)[0][:, 4])))


# --- who lives here ------------------------------------------------------------------------------------------------


def test_members_are_those_that_brute_force_finds(space):
    patch = space.patch(example_items(1, seed=3), 0.8)
    distances = mahalanobis(space, space.aggregate.full(space.aggregate.codes), patch.centre)
    expected = np.flatnonzero(distances <= 0.8)
    expected = expected[np.argsort(distances[expected], kind="stable")]
    found = patch.members()
    assert np.array_equal(found.rows, expected)
    assert list(found) == space.aggregate.ids[expected].tolist()
    np.testing.assert_allclose(found.distances, distances[expected], rtol=1e-9)
    assert (np.diff(found.distances) >= 0).all()


def test_members_of_other_data_have_their_rows_and_ids(linear):
    data = Items(example_items(300, seed=8), np.array([f"spot-{number}" for number in range(300)]))
    patch = linear.patch(data.take([7]), 1.0)
    found = patch.members(data)
    assert found.ids[0] == "spot-7"
    assert found.distances[0] == pytest.approx(0, abs=1e-6)
    assert np.array_equal(data.ids[found.rows], found.ids)
    assert patch.contains(linear.embed(data).mean).sum() == len(found)
    assert list(patch.members(data.values)) == [str(row) for row in found.rows]


def test_the_share_is_a_count_with_its_exact_interval(space):
    patch = space.patch(np.zeros(space.latent), 1.0)
    inside = mahalanobis(space, space.aggregate.full(space.aggregate.held_out), patch.centre) <= 1.0
    share = patch.share
    assert (share.count, share.objects) == (inside.sum(), len(inside))
    exact = stats.binomtest(share.count, share.objects).proportion_ci(0.9, method="exact")
    assert (share.lower, share.upper) == pytest.approx((exact.low, exact.high))


def test_a_patch_without_data_says_so(linear):
    patch = linear.patch(np.array([30.0, 30.0, 30.0]), 0.5)
    assert patch.is_empty
    assert len(patch.members()) == 0
    assert patch.share.count == 0
    assert patch.share.upper > 0
    assert patch.support == "UNSUPPORTED"
    assert "No object that the space knows" in str(patch)
    assert "UNSUPPORTED" in str(patch)
    assert len(patch.unusual().objects) == len(patch.unusual(example_items(20)).objects) == 0
    assert "0 of the fitted objects lie" in str(patch.unusual())
    assert len(patch.sample(3)) == 3
    json.dumps(patch.document(), allow_nan=False)
    assert not linear.patch(np.zeros(3), 1.0).is_empty


# --- directions ----------------------------------------------------------------------------------------------------


def test_directions_are_orthonormal_and_ranked(space):
    found = space.patch(example_items(1, seed=3), 0.5).directions()
    d = len(space.live_axes)
    assert len(found) == d
    np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(d), atol=1e-9)
    changes = np.array([each.change for each in found])
    assert (np.diff(changes) <= 1e-9).all()
    assert sum(each.share for each in found) == pytest.approx(1)
    assert len(set(found.names)) == d


def test_directions_of_a_linear_space_are_the_eigenvectors_of_its_decoder(linear):
    state = {name: tensor.double().numpy() for name, tensor in linear.codec.networks.state_dict().items()}
    weight = state["decoder.weight"][:, linear.live_axes]
    noise = float(linear.codec.networks.likelihood.std.double())
    whole = weight @ linear.aggregate.law.whitening.factor / noise
    _, singular, vectors = np.linalg.svd(whole, full_matrices=False)
    found = linear.patch(example_items(1, seed=3), 0.5).directions()
    np.testing.assert_allclose([each.change for each in found], singular, rtol=1e-4)
    np.testing.assert_allclose(np.abs((found.vectors * vectors).sum(1)), 1, atol=1e-5)
    np.testing.assert_allclose([each.share for each in found], singular**2 / (singular**2).sum(), rtol=1e-4)


def test_a_direction_is_told_by_what_it_does(space):
    patch = space.patch(example_items(1, seed=3), 0.5)
    values, spread = space.population.features.values, space.population.feature_spread
    # A feature whose spread nobody would notice tells nothing.
    np.testing.assert_allclose(spread, space.population.features.varying(values.std(0)))
    for each in patch.directions(2):
        step = 0.5 * each.vector @ space.aggregate.law.whitening.factor.T
        ends = space.aggregate.full(np.stack([step, -step])) + patch.centre
        moved = np.subtract(*space.modality.features(space.codec.cells(ends)).values)
        told = np.where(spread > 0, moved / values.std(0), 0.0)
        np.testing.assert_allclose(each.effects, told, atol=1e-3)
        # The first feature that moves about as far as any rises, and stands first in the name without its unit.
        first = np.flatnonzero(np.abs(each.effects) >= 0.85 * np.abs(each.effects).max())[0]
        assert each.effects[first] > 0
        assert each.name.startswith(f"more {each.features[first].rpartition(' (')[0] or each.features[first]}")
    assert patch.directions(1).names == patch.directions().names[:1]


def test_directions_do_not_hang_on_the_axes(linear):
    # A rotated copy of the space, made by hand: the same objects at turned codes, so everything told must be the same.
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    aggregate = linear.aggregate
    factor, mean = aggregate.law.whitening.factor, aggregate.law.whitening.mean
    whitening = Whitening(mean @ turn, np.linalg.cholesky(turn.T @ factor @ factor.T @ turn))
    turned_codes = {name: getattr(aggregate, name) @ turn for name in ("codes", "tails", "held_out")}
    rotated = dataclasses.replace(aggregate, law=GaussianLaw(whitening), **turned_codes)
    codec = fit(example_items(2000, seed=1), latent=3, method="pca", seed=0).codec
    weight = codec.networks.state_dict()["decoder.weight"]
    weight.copy_(weight @ weight.new_tensor(turn))
    encoder = codec.networks.state_dict()["encoder.matrix"]
    encoder.copy_(encoder @ encoder.new_tensor(turn))
    other = copy.copy(linear)
    vars(other).pop("population", None)
    other.codec, other.aggregate = codec, rotated
    x = example_items(1, seed=3)
    ours, theirs = (each.patch(x, 0.5).directions() for each in (linear, other))
    assert ours.names == theirs.names
    np.testing.assert_allclose([each.change for each in ours], [each.change for each in theirs], rtol=1e-4)
    np.testing.assert_allclose(
        np.stack([each.effects for each in ours]), np.stack([each.effects for each in theirs]), atol=1e-3
    )


# --- the grid ------------------------------------------------------------------------------------------------------


def test_the_middle_of_a_grid_is_the_centre_and_its_rim_the_radius(space):
    patch = space.patch(example_items(1, seed=3), 0.6)
    grid = patch.grid(5)
    rows = 1 if len(space.live_axes) == 1 else 5
    assert grid.shape == (rows, 5)
    assert len(grid.samples) == rows * 5
    assert np.array_equal(grid.samples.codes[rows // 2 * 5 + 2], patch.centre)
    np.testing.assert_allclose(
        patch.distances(grid.samples.codes), np.linalg.norm(grid.positions, axis=-1).ravel(), atol=1e-9
    )
    assert np.array_equal(grid.inside.ravel(), patch.contains(grid.samples.codes))
    assert grid.positions[..., 0].max() == pytest.approx(0.6)
    assert (np.diff(grid.positions[..., 0], axis=1) > 0).all()
    assert (np.diff(grid.positions[..., 1], axis=0) < 0).all()
    json.dumps(grid.document(), allow_nan=False)


def test_a_grid_lies_on_the_directions_asked_for(wide):
    patch = wide.patch(example_items(1, seed=3), 1.0)
    found = patch.directions()
    grid = patch.grid(3, directions=[found[4], found[2]])
    offsets = wide.aggregate.whiten(grid.samples.codes) - patch.u
    np.testing.assert_allclose(offsets @ found[4].vector, grid.positions[..., 0].ravel(), atol=1e-6)
    np.testing.assert_allclose(offsets @ found[2].vector, grid.positions[..., 1].ravel(), atol=1e-6)
    assert grid.directions.names == (found[4].name, found[2].name)
    d = len(wide.live_axes)
    slanted = patch.grid(2, directions=np.eye(d)[:2] + np.eye(d)[0])
    np.testing.assert_allclose(slanted.directions.vectors @ slanted.directions.vectors.T, np.eye(2), atol=1e-12)
    wrong = ([found[0]], [found[0], found[0]], np.ones((2, d + 1)), np.zeros((2, d)), "up", 3, [np.full(d, np.nan)] * 2)
    for directions in wrong:
        with pytest.raises(ShapeError, match="A grid"):
            patch.grid(3, directions=directions)


# --- what is unusual -----------------------------------------------------------------------------------------------


def test_a_linear_space_has_no_unusual_direction(linear):
    found = linear.patch(example_items(1, seed=3), 0.5).unusual()
    for each in found.directions:
        assert each.ratio == pytest.approx(1, rel=1e-5)
        assert each.p_value == 1
    assert "No direction" in str(found)


def test_an_object_that_its_code_describes_badly_comes_first(linear):
    data = example_items(400, seed=21)
    patch = linear.patch(data[:1], 1.0)
    near = patch.members(data).rows
    odd = data.copy()
    state = linear.codec.networks.state_dict()
    # Noise that the codes do not see: its part along the decoder's columns is taken out.
    noise = np.random.default_rng(0).normal(size=64)
    basis = np.linalg.qr(state["decoder.weight"].double().numpy())[0]
    noise -= basis @ (basis.T @ noise)
    picture = 0.5 * odd[near[1]].astype(float) + 60 + 20 * noise.reshape(8, 8)
    odd[near[1]] = picture.clip(0, 255).astype("uint8")
    if not patch.contains(linear.embed(odd[near[1]][None]).mean)[0]:
        patch = dataclasses.replace(patch, radius=float(patch.distances(linear.embed(odd[near[1]][None]).mean)[0]))
    found = patch.unusual(odd)
    ranks = dict(zip(found.objects.rows.tolist(), found.objects.p_residual.tolist(), strict=True))
    assert ranks[int(near[1])] == min(ranks.values()) == pytest.approx(1 / len(found.objects))
    assert int(near[1]) in found.objects.rows[:2]
    assert found.objects.ids[0] in str(found)


def test_near_objects_are_within_twice_the_radius_with_ranks_as_p_values(space):
    data = example_items(200, seed=9)
    patch = space.patch(data[3], 0.6)
    for found, z in (
        (patch.unusual(data), space.embed(data).mean),
        (patch.unusual(), space.aggregate.full(space.aggregate.codes)),
    ):
        distances = patch.distances(z)
        assert found.in_reach == (distances <= 1.2).sum()
        assert len(found.objects) == min(500, found.in_reach)
        assert (found.objects.distances <= 1.2).all()
        np.testing.assert_allclose(found.objects.distances, distances[found.objects.rows])
        assert (np.diff(found.objects.p_value) >= 0).all()
        known = np.isfinite(found.objects.change)
        order = np.argsort(-found.objects.change[known], kind="stable")
        assert (np.diff(found.objects.p_change[known][order]) >= 0).all()
        assert ((found.objects.p_value > 0) & (found.objects.p_value <= 1)).all()
        json.dumps(found.document(), allow_nan=False)
    assert patch.unusual().objects.residual is None
    assert "codes alone" in str(patch.unusual())
    assert "codes alone" not in str(patch.unusual(data))


def test_the_change_for_its_distance_is_the_length_of_the_direction_in_a_linear_space(linear):
    patch = linear.patch(example_items(1, seed=3), 0.6)
    found, directions = patch.unusual().objects, patch.directions()
    offsets = linear.aggregate.whiten(linear.aggregate.full(linear.aggregate.codes[found.rows])) - patch.u
    along = offsets @ directions.vectors.T * [each.change for each in directions]
    np.testing.assert_allclose(found.change, np.linalg.norm(along, axis=1) / found.distances, rtol=1e-3)


# --- centres and words ---------------------------------------------------------------------------------------------


def test_a_centre_is_an_object_or_a_point(deep):
    data = example_items(5, seed=3)
    items = Items(data, np.array(list("abcde")))
    patches = [deep.patch(centre, 0.5) for centre in (data[2], data[2:3], items.take([2]), deep.embed(data).mean[2])]
    for patch in patches:
        np.testing.assert_allclose(patch.centre, patches[0].centre, atol=1e-6)
    assert [patch.id for patch in patches] == [None, None, "c", None]
    assert all(np.array_equal(patch.object, data[2:3]) for patch in patches[:3])
    assert patches[3].object is None
    assert "object c" in str(patches[2])
    assert patches[2].support == deep.support(data[2:3])[0]
    assert np.array_equal(deep.patch([0.5, 1], 1).centre, [0.5, 1.0])


def test_rows_of_a_table_have_patches(table):
    frame = example_rows(100, seed=2)
    patch = table.patch(frame.iloc[[4]], percentile=90)
    assert len(patch.members(frame)) >= 1
    assert patch.members(frame).rows[0] == 4
    grid = patch.grid(3)
    assert list(grid.samples.items.columns) == list(frame.columns)
    assert set(patch.directions()[0].features) >= {"amount", "rating"}
    assert len(patch.unusual(frame).objects) == patch.unusual(frame).in_reach
    json.dumps(patch.document(), allow_nan=False)
    json.dumps(patch.unusual(frame).document(), allow_nan=False)


def test_str_tells_where_how_wide_and_who(space):
    patch = space.patch(example_items(1, seed=3), 0.5)
    told = str(patch)
    assert 3 <= len(told.splitlines()) <= 5
    assert "0.5 standard deviations" in told
    assert f"{len(patch.members()):,} of {len(space.aggregate.codes):,} fitted objects" in told
    assert patch.support in told
    assert repr(patch) == told
    assert str(patch.directions()).count("\n") == len(space.live_axes)


def test_a_patch_is_never_changed(deep):
    patch = deep.patch(np.zeros(2), 0.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        patch.radius = 2.0
    point = np.zeros(2)
    kept = deep.patch(point, 0.5)
    point[0] = 9.0
    assert kept.centre[0] == 0


def test_N8_answers_repeat_and_leave_the_caller_s_randomness_alone(deep, untouched_randomness):
    data = example_items(30, seed=14)
    for action in (
        lambda patch: patch.sample(4, seed=1).items,
        lambda patch: patch.probes(4, seed=1),
        lambda patch: patch.directions().vectors,
        lambda patch: patch.grid(3).samples.items,
        lambda patch: patch.unusual(data).objects.p_value,
    ):
        assert np.array_equal(action(deep.patch(data[0], 0.5)), action(deep.patch(data[0], 0.5)))


def test_a_loaded_space_has_the_same_patches(deep, tmp_path):
    loaded = gausscape.load(deep.save(tmp_path / "space"))
    ours, theirs = (each.patch(example_items(1, seed=3)) for each in (deep, loaded))
    assert ours.document() == theirs.document()


# --- refusals ------------------------------------------------------------------------------------------------------


def test_a_centre_with_other_coordinates_is_refused_in_words(linear):
    with pytest.raises(
        ShapeError, match=r"needs a centre with 3 coordinates, but got 2\. Pass one row of space\.embed"
    ):
        linear.patch(np.zeros(2), 1.0)
    with pytest.raises(ShapeError, match="3 coordinates, but got 0"):
        linear.patch(np.zeros(0), 1.0)
    for bad in (np.nan, np.inf):
        with pytest.raises(DataError, match="finite"):
            linear.patch(np.array([0.0, bad, 0.0]), 1.0)
    for far in (1e6, -1e200):
        with pytest.raises(DataError, match="standard deviations of the mean"):
            linear.patch(np.array([0.0, far, 0.0]), 1.0)


def test_a_centre_that_is_not_one_object_is_refused(linear, table):
    for many in (example_items(3), example_items(0), Items.of(example_items(2))):
        with pytest.raises(ShapeError, match="one object"):
            linear.patch(many, 1.0)
    for wrong in (
        np.zeros((9, 9), "uint8"),
        None,
        "here",
        3,
        linear.embed(example_items(1)),
        np.zeros((1, 3)),
        np.array(1.0),
    ):
        with pytest.raises(GausscapeError):
            linear.patch(wrong, 1.0)
    with pytest.raises(GausscapeError):
        table.patch(example_rows(5).iloc[2], 1.0)


@pytest.mark.parametrize("radius", [0, -1, np.nan, np.inf, True, "1", 1e6])
def test_impossible_radii_are_refused(linear, radius):
    with pytest.raises(ConfigurationError, match="A patch needs a radius"):
        linear.patch(np.zeros(3), radius)


@pytest.mark.parametrize("percentile", [0, -5, 100.1, np.nan, True, "50"])
def test_impossible_percentiles_are_refused(linear, percentile):
    with pytest.raises(ConfigurationError, match=r"\(0, 100\]"):
        linear.patch(np.zeros(3), percentile=percentile)
    with pytest.raises(ConfigurationError, match="got both"):
        linear.patch(np.zeros(3), 1.0, percentile=50)


def test_a_percentile_among_copies_is_refused():
    space = fit(np.repeat(example_items(40, seed=1), 30, axis=0), latent=2, method="pca", seed=0)
    if space.population.neighbour_distances.max() == 0:
        with pytest.raises(ConfigurationError, match="copy among the fitted"):
            space.patch(np.zeros(2), percentile=100)
    assert space.patch(np.zeros(2)).radius >= 0.1
    assert isinstance(space.patch(np.zeros(2), 1.0), Patch)


@pytest.mark.parametrize(
    ("verb", "options", "words"),
    [
        ("sample", {"n": 0}, "at least 1"),
        ("sample", {"n": 2.5}, "at least 1"),
        ("probes", {"n": 3}, "even"),
        ("probes", {"n": 0}, "at least 1"),
        ("directions", {"count": 0}, "at least 1"),
        ("grid", {"side": 1}, "from 2 to 64"),
        ("grid", {"side": 65}, "from 2 to 64"),
        ("grid", {"side": True}, "from 2 to 64"),
    ],
)
def test_impossible_sizes_are_refused(deep, verb, options, words):
    with pytest.raises(ConfigurationError, match=words):
        getattr(deep.patch(np.zeros(2), 0.5), verb)(**options)


def test_points_of_another_shape_are_refused(deep):
    with pytest.raises(ShapeError, match=r"\(n, 2\)"):
        deep.patch(np.zeros(2), 0.5).contains(np.zeros(2))
