"""The worst is inside, is an object, is worse than chance finds, and is 0 where nothing moves; the bound holds."""

import json

import numpy as np
import pandas as pd
import pytest

from gausscape.errors import ConfigurationError, ShapeError
from gausscape.items import Items
from gausscape.modalities.images.example import example_items
from gausscape.modalities.tables.example import example_items as example_rows
from gausscape.outcome import Outcome
from gausscape.space.gated import ACCEPTED
from gausscape.stress_testing.failures.referee import CheckReferee
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.nearby.surroundings import Surroundings
from gausscape.stress_testing.nearby.worst_search import find_worst, find_worst_pairs
from gausscape.stress_testing.nearby.worst_telling import wilks_bound
from gausscape.stress_testing.scenarios import Kind
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

RADIUS = 0.5


@pytest.fixture(scope="module")
def images():
    return example_items(800, seed=1)


@pytest.fixture(scope="module")
def space(images):
    return fit(images, latent=4, method="pca")


@pytest.fixture(scope="module")
def central(space, images):
    """The object nearest to the centre of the law: all its surroundings are objects."""
    distance = np.linalg.norm(space.aggregate.whiten(space.embed(images).mean), axis=1)
    row = int(distance.argmin())
    return Items(images[row : row + 1].astype("float32"), np.array(["middle"]))


@pytest.fixture(scope="module")
def rows():
    return example_rows(400, seed=1)


@pytest.fixture(scope="module")
def table(rows):
    return fit(rows, latent=3, schedule=Schedule(steps=60), seed=0)


def along(space, direction=0):
    """y that is a whitened coordinate of what the encoder sees."""
    return lambda x: space.aggregate.whiten(space.embed(x).mean)[:, direction]


def gates_of(space, z):
    told = space.assess_codes(z)
    return np.minimum.reduce([told[name] for name in space.gates if name in told])


@pytest.mark.parametrize(("goal", "sign"), [("fall", -1), ("rise", 1), ("change", None)])
def test_a_linear_y_moves_by_the_whole_radius(space, central, goal, sign):
    # Over a ball a coordinate changes by at most the radius, and the search should come within a twentieth of it.
    worst = find_worst(space, along(space), central, radius=RADIUS, goal=goal)
    assert RADIUS * 0.95 < abs(worst.change) < RADIUS * 1.02
    assert sign is None or np.sign(worst.change) == sign
    assert worst.distance <= RADIUS * (1 + 1e-6)
    assert abs(worst.change) >= abs(worst.random_worst - worst.start_y)
    assert worst.calls == 1 + len(worst.random_y) + 200
    assert worst.centre == "middle"


def test_what_is_told_can_be_checked(space, central):
    y = Outcome.of(along(space))
    worst = find_worst(space, y, central, radius=RADIUS, goal="fall")
    assert y(worst.item).values[0] == worst.y
    assert y(worst.start).values[0] == worst.start_y
    patch = space.patch(central, RADIUS)
    assert patch.contains(worst.z[None])[0]
    assert patch.distances(worst.z[None])[0] == pytest.approx(worst.distance, abs=1e-6)
    assert worst.exceedance == space.assess_codes(worst.z[None])["exceedance"][0]
    assert json.loads(json.dumps(worst.document()))["goal"] == "fall"
    assert "lower bound" in str(worst)


def test_the_object_itself_comes_out_at_distance_0(space, images):
    patch = space.patch(images[3:4])
    around = Surroundings.of(patch, Maker(space), np.random.default_rng(0))
    again = space.modality.to_items(around.cells(patch.centre[None].copy()))
    assert np.abs(again.astype(float) - images[3:4]).max() < 1e-6


@pytest.mark.parametrize("row", [0, 17, 101])
def test_a_row_comes_out_at_distance_0_with_its_categories(table, rows, row):
    own = rows.iloc[[row]]
    patch = table.patch(own)
    around = Surroundings.of(patch, Maker(table), np.random.default_rng(0))
    again = table.modality.to_items(around.cells(patch.centre[None].copy()))
    for name in rows.columns:
        same = again[name].reset_index(drop=True), own[name].reset_index(drop=True)
        if pd.api.types.is_float_dtype(own[name]):
            assert same[0].to_numpy(float) == pytest.approx(same[1].to_numpy(float), rel=1e-3, nan_ok=True)
        else:
            assert same[0].astype(str).tolist() == same[1].astype(str).tolist()
    worst = find_worst(table, lambda frame: np.ones(len(frame)), own, draws=20)
    assert worst.change == 0
    assert worst.distance == 0
    assert worst.search == "none: y did not vary"


def test_only_objects_are_ever_the_answer(space, images):
    # The larger the ball the more of it is none; y falls for ever outside.
    y = lambda x: -np.abs(along(space)(x))  # noqa: E731
    u = space.aggregate.whiten(space.embed(images).mean)
    outermost = np.argsort(-np.abs(u[:, 0]))[:30]
    # An object at the edge may fail a gate itself.
    gated = outermost[gates_of(space, space.embed(images[outermost]).mean) >= ACCEPTED]
    for row in gated[:3]:
        worst = find_worst(space, y, images[row : row + 1], radius=4.0, goal="fall")
        assert gates_of(space, worst.z[None])[0] >= ACCEPTED
        assert worst.objects < 1
        assert len(worst.random_y) == round(worst.objects * 299)
        assert worst.worse_share == wilks_bound(len(worst.random_y))


def test_a_latent_point_is_a_centre_too_and_its_noise_is_held(table):
    z = table.aggregate.unwhiten(np.zeros((1, len(table.live_axes))))[0]
    maker = Maker(table)
    worst = find_worst(table, lambda frame: frame["amount"].to_numpy(), z, goal="rise", draws=60, calls=40)
    assert worst.noise.shape == (maker.noise_size,)
    again = maker.items(worst.z[None], worst.noise[None])
    assert again["amount"].to_numpy() == pytest.approx(worst.item["amount"].to_numpy(), rel=1e-3)
    assert worst.centre == "a latent point"


def test_a_model_that_breaks_is_the_worst_case(space, central):
    def model(x):
        found = along(space)(x)
        return np.where(found - found_start > 0.3, np.nan, found)

    found_start = along(space)(central.values)[0]
    worst = find_worst(space, model, central, radius=RADIUS, goal="fall", rule="y < -100")
    assert worst.broke
    assert worst.fails
    assert worst.kind == Kind.MODEL_FAILURE
    assert "the model broke here" in str(worst)
    json.dumps(worst.document())
    start_broken = find_worst(space, lambda x: np.full(len(x), np.nan) + 0 * along(space)(x), central, draws=5)
    assert start_broken.search == "none: the model broke at the start"
    assert start_broken.distance == 0


def test_the_search_finds_a_break_that_draws_miss(space, central):
    start = along(space)(central.values)[0]

    def model(x):
        found = along(space)(x)
        return np.where(found - start < -0.97 * RADIUS, np.nan, found)

    worst = find_worst(space, model, central, radius=RADIUS, goal="fall")
    assert np.isfinite(worst.random_y).all()
    assert worst.broke
    assert worst.search.endswith("until the model broke")


def test_a_rule_says_whether_the_worst_is_a_failure_and_the_referee_whose(space, central):
    start = along(space)(central.values)[0]
    y = Outcome.of(lambda x: along(space)(x) - start)
    hit = find_worst(space, y, central, radius=RADIUS, rule="y < -0.3")
    assert (hit.goal, hit.fails, hit.kind) == ("failure", True, Kind.UNJUDGED)
    assert hit.y < -0.3
    miss = find_worst(space, y, central, radius=RADIUS, rule="y < -0.9")
    assert (miss.fails, miss.kind) == (False, "")
    assert miss.y == pytest.approx(-RADIUS, rel=0.05)
    same = CheckReferee(lambda x: np.full(len(x), "same"))
    assert find_worst(space, y, central, radius=RADIUS, rule="y < -0.3", referee=same).kind == Kind.MODEL_FAILURE
    moved = CheckReferee(lambda x: np.where(along(space)(x) - start < -0.2, "other", "same"))
    assert find_worst(space, y, central, radius=RADIUS, rule="y < -0.3", referee=moved).kind == Kind.CHANGED_CLASS
    labelled = Items(central.values, central.ids, np.array(["other"]))
    assert find_worst(space, y, labelled, radius=RADIUS, rule="y < -0.3", referee=moved).kind == Kind.MODEL_FAILURE


def test_objects_that_changed_their_class_are_passed_over_where_it_is_to_be_kept(space, central):
    start = along(space)(central.values)[0]
    y = Outcome.of(lambda x: along(space)(x) - start)
    referee = CheckReferee(lambda x: np.where(along(space)(x) - start < -0.2, "other", "same"))
    free = find_worst(space, y, central, radius=RADIUS, rule="y < -0.1", referee=referee)
    kept = find_worst(space, y, central, radius=RADIUS, rule="y < -0.1", referee=referee, keep_class=True)
    assert (free.kind, kept.kind) == (Kind.CHANGED_CLASS, Kind.MODEL_FAILURE)
    assert kept.y == pytest.approx(-0.2, abs=0.02)
    assert referee.judge(kept.item)[0] == kept.kept_class == "same"
    assert len(kept.random_y) < len(free.random_y)
    assert "objects of class same" in str(kept)
    assert kept.document()["kept_class"] == "same"


def test_several_centres_share_calls_and_give_what_each_gives_alone(space, images):
    some = Items(images[:5], np.array(list("abcde")))
    sizes = []

    def model(x):
        sizes.append(len(x))
        return along(space)(x)

    settings = {"radius": RADIUS, "goal": "fall", "draws": 60, "calls": 40}
    together = find_worst_pairs(space, Outcome.of(model, batch=4096), some, **settings)
    shared = len(sizes)
    assert [case.change for case in together] == sorted(case.change for case in together)
    alone = {str(some.ids[k]): find_worst(space, along(space), some.take([k]), **settings) for k in range(5)}
    for case in together:
        # Batches of another size may differ in the last digit, and a search follows it.
        assert case.change == pytest.approx(alone[case.centre].change, abs=0.02)
    assert shared < 20


def test_no_object_in_the_patch_leaves_the_start(space):
    far = space.aggregate.unwhiten(np.full((1, len(space.live_axes)), 30.0))[0]
    worst = find_worst(space, along(space), far, radius=0.2, draws=20)
    assert worst.search == "none: no random draw is an object"
    assert worst.distance == 0
    assert worst.worse_share == 1
    assert worst.objects == 0
    assert worst.support == "UNSUPPORTED"


def test_no_search_was_asked_for(space, central):
    worst = find_worst(space, along(space), central, radius=RADIUS, goal="fall", calls=0)
    assert worst.y == worst.random_worst
    assert worst.search == "random draws alone"


def test_a_line_is_searched_too():
    images = example_items(300, seed=4)
    line = fit(images, latent=1, method="pca")
    worst = find_worst(line, along(line), images[:1], radius=RADIUS, goal="rise", draws=20, calls=60)
    assert worst.change > RADIUS * 0.95


def test_the_same_seed_gives_the_same_and_the_callers_randomness_is_untouched(space, central, untouched_randomness):
    first, second = (
        find_worst(space, along(space), central, radius=RADIUS, goal="fall", draws=30, calls=40, seed=3) for _ in "ab"
    )
    assert first.document() == second.document()
    third = find_worst(space, along(space), central, radius=RADIUS, goal="fall", draws=30, calls=40, seed=4)
    assert third.document() != first.document()


def test_the_budget_of_calls_is_kept(space, central):
    y = Outcome.of(along(space))
    worst = find_worst(space, y, central, radius=RADIUS, draws=50, calls=37)
    assert worst.calls == 1 + len(worst.random_y) + 37
    # The same object is never charged twice, so that the count is at most what was asked.
    assert y.calls <= worst.calls


def test_the_bound_holds_as_often_as_it_says():
    # The worst of n draws has a true share beyond it of Beta(1, n): the bound fails in 5% of the draws. Of 4,000 repeats
    # 200 +- 14 fail; six standard deviations are 2e-9.
    rng = np.random.default_rng(0)
    repeats, n = 4000, 59
    beyond = rng.random((repeats, n)).min(1)
    missed = (beyond > wilks_bound(n)).sum()
    assert abs(missed - 0.05 * repeats) < 6 * np.sqrt(repeats * 0.05 * 0.95)
    assert wilks_bound(0) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"goal": "down"}, "one of the names"),
        ({"goal": "failure"}, "needs a failure rule"),
        ({"draws": 0}, "at least 1"),
        ({"calls": -1}, "at least 0"),
        ({"calls": 2.5}, "whole number"),
        ({"rule": "y << 2"}, "needs a form"),
        ({"keep_class": True}, "needs a referee"),
        ({"radius": 1, "percentile": 5}, "got both"),
    ],
)
def test_impossible_settings_are_refused(space, central, settings, words):
    with pytest.raises(ConfigurationError, match=words):
        find_worst(space, along(space), central, **settings)


def test_two_objects_are_no_centre(space, images):
    with pytest.raises(ShapeError, match="one object"):
        find_worst(space, along(space), images[:2])
