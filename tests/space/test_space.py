"""What a space answers: calibrated, exact where a closed form exists, the same after saving, and blind to the caller's seed."""

import copy
import hashlib
import itertools
import json
import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import gausscape
from gausscape.errors import (
    CalibrationError,
    ConfigurationError,
    DamagedFileError,
    DataError,
    GausscapeError,
    MissingFileError,
    ShapeError,
    StorageError,
)
from gausscape.items import Items
from gausscape.modalities.images.example import example_items
from gausscape.space.space import Space
from gausscape.space.support import Support
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

SIGMAS = 6.0
"""Two-sided false-alarm rate of a normal mean at this distance: 2e-9 a comparison."""


@pytest.fixture(scope="module")
def linear() -> Space:
    return fit(example_items(4000, seed=1), latent=3, method="pca", seed=0)


@pytest.fixture(scope="module")
def deep() -> Space:
    return fit(example_items(500, seed=1), latent=2, schedule=Schedule(steps=120), seed=0)


@pytest.fixture(params=["linear", "deep"])
def space(request) -> Space:
    return request.getfixturevalue(request.param)


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


# --- exceedance ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0.5, 0.2, 0.1, 0.05])
def test_exceedance_is_calibrated_on_new_objects(linear, level):
    # Of m new objects the share at or below a level has the variance of the calibration (n objects) and its own.
    m, n = 4000, linear.record["counts"]["calibration"]
    share = (linear.exceedance(example_items(m, seed=77)).probability <= level).mean()
    error = np.sqrt(level * (1 - level) * (1 / n + 1 / m))
    assert abs(share - level) < SIGMAS * error + 1 / n


def test_more_surprise_never_has_the_larger_probability(space):
    rng = np.random.default_rng(0)
    z = rng.normal(0, 4, (2000, space.latent))
    answers = space.assess_codes(z)
    order = np.argsort(space.aggregate.surprise(z))
    for name in ("exceedance", "lower", "upper"):
        assert (np.diff(answers[name][order]) <= 1e-15).all(), name
    assert (answers["lower"] <= answers["exceedance"]).all()
    assert (answers["exceedance"] <= answers["upper"]).all()
    assert (answers["exceedance"] > 0).all()


def test_farther_out_is_never_commoner(linear):
    direction = np.array([[1.0, -2.0, 0.5]])
    centre = linear.aggregate.unwhiten(np.zeros((1, len(linear.live_axes))))
    p = linear.assess_codes(centre + np.linspace(0, 30, 200)[:, None] * direction)["exceedance"]
    if linear.aggregate.law.name == "gaussian":
        assert (np.diff(p) <= 0).all()
    assert p[-1] < p[0]


@pytest.mark.parametrize("exceedance", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("directions", ["data", "uniform"])
def test_a_sample_at_p_has_exceedance_p(space, exceedance, directions):
    drawn = space.sample(40, exceedance=exceedance, directions=directions, seed=3)
    np.testing.assert_allclose(drawn.exceedance.probability, exceedance, rtol=1e-4)
    np.testing.assert_allclose(space.assess_codes(drawn.codes)["exceedance"], exceedance, rtol=1e-4)
    assert len(drawn) == len(drawn.items) == 40
    assert 0 <= drawn.acceptance <= 1


def test_samples_at_least_as_rare_are_uniform_below_p(linear):
    drawn = linear.sample(60, exceedance=0.2, at_least=True, directions="uniform", seed=4)
    assert (drawn.exceedance.probability <= 0.2 * (1 + 1e-6)).all()
    assert (drawn.exceedance.probability >= linear.of_codes.floor * (1 - 1e-6)).all()
    assert drawn.exceedance.probability.std() > 0.01


def test_samples_at_least_as_rare_are_uniform_between_floor_and_p(linear):
    drawn = linear.sample(300, exceedance=0.1, at_least=True, seed=5)
    floor = linear.of_codes.floor
    # Kolmogorov-Smirnov on 300 independent levels, false-alarm rate 1e-7: the gates must not favour commoner ones.
    assert stats.kstest(drawn.exceedance.probability, stats.uniform(floor, 0.1 - floor).cdf).pvalue > 1e-7


def test_samples_of_the_whole_law_have_uniform_surprise(linear):
    z = linear.sample(3000, seed=5).codes
    assert stats.kstest(np.exp(-linear.aggregate.surprise(z)), "uniform").pvalue > 1e-7


def test_a_finer_p_than_the_calibration_certifies_is_refused(space):
    floor = space.of_codes.floor
    assert len(space.sample(3, exceedance=floor, seed=0)) == 3
    with pytest.raises(CalibrationError, match="certify"):
        space.sample(3, exceedance=floor / 2, seed=0)
    for wrong in (0.0, -0.1, 1.5, float("nan")):
        with pytest.raises(CalibrationError, match=r"\(0, 1\]"):
            space.sample(3, exceedance=wrong)


def test_labels_say_what_is_far_from_the_data(linear):
    typical = linear.support(example_items(300, seed=9))
    assert (typical == Support.SUPPORTED).mean() > 0.5
    strange = np.random.default_rng(0).integers(0, 256, (50, 8, 8)).astype("uint8")
    assert (linear.support(strange) == Support.UNSUPPORTED).all()


def test_gates_of_new_objects_are_valid_p_values(linear):
    answers = linear.assess(example_items(2000, seed=10))
    n = linear.record["counts"]["calibration"]
    for name in ("residual",):
        for level in (0.1, 0.5):
            error = np.sqrt(level * (1 - level) * (1 / n + 1 / 2000))
            assert (answers[name] <= level).mean() < level + SIGMAS * error


def test_the_combined_p_value_holds_on_unseen_objects(linear):
    # At most 10% of in-law objects may fall below .1; 6 standard errors of 2,000 draws and of 800 calibration objects.
    answers = linear.assess(example_items(2000, seed=12))
    both = np.minimum(answers["exceedance"], answers["residual"])
    np.testing.assert_allclose(answers["combined"], np.minimum(1, 2 * both))
    assert (answers["combined"] <= 0.1).mean() <= 0.1 + SIGMAS * np.sqrt(0.09 / 2000 + 0.09 / 800)


# --- likelihood ----------------------------------------------------------------------------------------------------


def test_the_bound_of_a_linear_space_is_the_closed_form(linear):
    # The posterior of probabilistic PCA is exact, so its importance weight is p(x) itself (Tipping & Bishop 1999).
    data = example_items(100, seed=11)
    state = {name: tensor.double().numpy() for name, tensor in linear.codec.networks.state_dict().items()}
    noise = float(linear.codec.networks.likelihood.std.double()) ** 2
    weight = state["decoder.weight"]
    law = stats.multivariate_normal(state["decoder.bias"], weight @ weight.T + noise * np.eye(len(weight)))
    expected = law.logpdf(data.reshape(len(data), -1) / 255.0)
    np.testing.assert_allclose(linear.score_samples(data, draws=1), expected, atol=0.02, rtol=1e-4)
    # The wider half of several draws is wasted here: a bound all the same, and hardly a looser one.
    gap = linear.score_samples(data, draws=100) - expected
    assert -0.02 < gap.mean() < SIGMAS * gap.std() / len(gap) ** 0.5


def test_more_draws_never_lower_the_bound(deep):
    data = example_items(2000, seed=12)
    bounds = [deep.score_samples(data, draws=draws) for draws in (1, 10, 100)]
    for few, many in itertools.pairwise(bounds):
        gain = many - few
        assert gain.mean() > -SIGMAS * gain.std() / len(gain) ** 0.5


def test_a_score_does_not_depend_on_its_company(deep):
    data = example_items(60, seed=13)
    alone = np.concatenate([deep.score_samples(data[[row]]) for row in (4, 50, 4)])
    np.testing.assert_allclose(alone, deep.score_samples(data)[[4, 50, 4]], rtol=1e-4, atol=1e-3)
    assert not np.array_equal(deep.score_samples(data, seed=1), deep.score_samples(data, seed=2))


# --- the same again ------------------------------------------------------------------------------------------------


def test_N8_answers_repeat_and_leave_the_caller_s_randomness_alone(space, untouched_randomness):
    data = example_items(30, seed=14)
    for action in (
        lambda: space.embed(data).mean,
        lambda: space.score_samples(data),
        lambda: space.exceedance(data).probability,
        lambda: space.sample(5, seed=1).items,
        lambda: space.sample(5, exceedance=0.1, seed=1).items,
        lambda: space.decode(np.zeros((2, space.latent)), seed=1),
        lambda: space.reconstruct(data),
    ):
        first = action()
        assert np.array_equal(first, action())
    assert not np.array_equal(space.sample(5, seed=1).codes, space.sample(5, seed=2).codes)


def test_saving_twice_gives_the_same_files_and_loading_the_same_answers(space, tmp_path):
    data = example_items(40, seed=15)
    space.save(tmp_path / "one")
    space.save(tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    loaded = gausscape.load(tmp_path / "one")
    loaded.save(tmp_path / "three")
    assert files(tmp_path / "three") == files(tmp_path / "one")
    for verb in ("exceedance", "support", "score_samples", "reconstruct"):
        ours, theirs = (getattr(each, verb)(data) for each in (space, loaded))
        ours, theirs = (each.probability if verb == "exceedance" else each for each in (ours, theirs))
        assert np.array_equal(ours, theirs), verb
    assert str(loaded.audit) == str(space.audit)
    assert loaded.record == space.record


def test_a_folder_without_the_spread_of_held_out_posteriors_loads_and_stays_as_it_is(linear, tmp_path):
    older = copy.copy(linear)
    older.aggregate = replace(linear.aggregate, held_out_std=None)
    older.save(tmp_path / "older")
    assert json.loads((tmp_path / "older" / "space.json").read_bytes())["schema"] == 2
    loaded = gausscape.load(tmp_path / "older")
    assert loaded.aggregate.held_out_std is None
    assert len(loaded.sample(3, exceedance=0.1).codes) == 3
    loaded.save(tmp_path / "again")
    assert files(tmp_path / "again") == files(tmp_path / "older")
    linear.save(tmp_path / "newer")
    kept = gausscape.load(tmp_path / "newer").aggregate
    assert np.array_equal(kept.held_out_std, linear.aggregate.held_out_std)
    assert kept.held_out_std.shape == kept.held_out.shape


def test_a_space_is_not_replaced_unless_asked(linear, deep, tmp_path):
    linear.save(tmp_path / "space")
    before = files(tmp_path / "space")
    with pytest.raises(StorageError):
        deep.save(tmp_path / "space")
    assert files(tmp_path / "space") == before
    deep.save(tmp_path / "space", overwrite=True)
    assert repr(gausscape.load(tmp_path / "space")) == repr(deep)


def test_any_altered_file_is_refused_by_name(deep, tmp_path):
    deep.save(tmp_path / "space")
    for name in files(tmp_path / "space"):
        shutil.copytree(tmp_path / "space", tmp_path / "altered")
        path = tmp_path / "altered" / name
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 4
        path.write_bytes(data)
        with pytest.raises(DamagedFileError, match=name.replace(".", r"\.")):
            gausscape.load(tmp_path / "altered")
        path.unlink()
        with pytest.raises((DamagedFileError, MissingFileError)):
            gausscape.load(tmp_path / "altered")
        shutil.rmtree(tmp_path / "altered")
    with pytest.raises(MissingFileError):
        gausscape.load(tmp_path / "nowhere")


def test_the_model_card_tells_counts_and_audit(linear, tmp_path):
    card = (linear.save(tmp_path / "space") / "MODEL_CARD.md").read_text()
    assert "4,000 images" in card
    assert card.count("| yes |") + card.count("| **no** |") == len(linear.audit.rows)
    assert "No pickle" not in card
    assert f"{linear.record['floor']:.2g}" in card


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("z", [np.zeros(3), np.zeros((2, 7)), np.zeros((1, 2, 3))])
def test_points_of_another_shape_are_refused(linear, z):
    with pytest.raises(ShapeError, match=r"\(n, 3\)"):
        linear.decode(z)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_points_that_are_not_finite_are_refused(linear, bad):
    with pytest.raises(DataError, match="finite"):
        linear.assess_codes(np.array([[0.0, bad, 0.0]]))


def test_other_objects_are_refused(linear):
    for wrong in (np.zeros((2, 9, 9), "uint8"), [1, 2], None):
        with pytest.raises(GausscapeError):
            linear.embed(wrong)


@pytest.mark.parametrize(("options", "words"), [({"n": 0}, "at least 1"), ({"n": 5, "directions": "north"}, "'uniform'")])
def test_impossible_draws_are_refused(linear, options, words):
    with pytest.raises(ConfigurationError, match=words):
        linear.sample(**options)
    with pytest.raises(ConfigurationError, match="at least 1 draw"):
        linear.score_samples(example_items(3), draws=0)


def test_no_objects_have_no_answers(space):
    none = example_items(0)
    assert len(space.embed(none)) == 0
    assert space.support(none).shape == (0,)
    assert space.score_samples(none).shape == (0,)
    assert space.decode(np.zeros((0, space.latent))).shape == (0, 8, 8)


def test_items_answer_like_their_values_and_ids_are_those_of_the_fit():
    data = example_items(200, seed=16)
    names = np.array([f"photo-{number:03d}" for number in range(200)])
    space = fit(Items(data, names, name="photos"), latent=2, method="pca")
    assert np.array_equal(space.embed(Items.of(data)).mean, space.embed(data).mean)
    assert set(space.assess(data)["nearest"]) <= set(names)
    assert repr(space).startswith("Space(photos: 200 objects (images), 2 latent axes")


# --- in batches ----------------------------------------------------------------------------------------------------


def test_what_is_said_of_an_object_does_not_depend_on_its_batch(space):
    rows = example_items(1200, seed=5)
    together = space.assess(rows)
    parts = [space.assess(rows[start : start + 311]) for start in range(0, 1200, 311)]
    for name, values in together.items():
        found = np.concatenate([part[name] for part in parts])
        if values.dtype.kind == "f":
            # Products round by their shape; a p-value moves by one rank where a measure stands on the edge of another.
            np.testing.assert_allclose(found, values, atol=0.02, rtol=1e-3)
            assert np.mean(np.isclose(found, values, rtol=1e-5)) > 0.99
        else:
            assert np.mean(found == values) > 0.99


def test_the_same_batch_gives_the_same_bits(space):
    rows = example_items(700, seed=6)
    once, again = space.assess(rows), space.assess(rows)
    assert all(np.array_equal(once[name], again[name]) for name in once)
    assert np.array_equal(space.score_samples(rows[:50]), space.score_samples(rows[:50]))


def test_memory_of_an_assessment_grows_by_the_answers_alone(linear):
    rows = example_items(2000, seed=7)
    linear.assess(rows[:10])

    def peak(many: int) -> int:
        asked = np.resize(rows, (many, *rows.shape[1:]))
        tracemalloc.start()
        linear.assess(asked)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few, many = peak(10_000), peak(40_000)
    # 16 draws of each posterior alone would be 16 x live x 8 bytes, three times over.
    assert (many - few) / 30_000 < 1_000
