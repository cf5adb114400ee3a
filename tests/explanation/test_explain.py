"""Laws of explain: a linear model is explained exactly, what cannot be told is withheld with its reason, nothing is hidden."""

import json

import numpy as np
import pandas
import pytest

from gausscape.errors import ConfigurationError, DataError, GausscapeError
from gausscape.explanation import explain
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

CELLS = 36
RHO = 0.8
BASIS = np.linalg.qr(np.random.default_rng(0).normal(size=(CELLS, CELLS)))[0]


def faces(n: int, seed: int) -> np.ndarray:
    """Float images (n, 6, 6): three smooth factors and a little fine noise."""
    rng = np.random.default_rng([seed, 1])
    cells = rng.normal(size=(n, 3)) @ BASIS[:3] * 0.06 + rng.normal(size=(n, CELLS)) * 0.01
    return (0.5 + cells).clip(0, 1).reshape(n, 6, 6).astype("float32")


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(float)


def kept(images: np.ndarray) -> np.ndarray:
    return flat(images) @ BASIS[0]


def lost(images: np.ndarray) -> np.ndarray:
    return flat(images) @ BASIS[20]


def mostly_lost(images: np.ndarray) -> np.ndarray:
    return lost(images) + kept(images) / 20


def columns(n: int, seed: int) -> np.ndarray:
    """A table (n, 3) of two Gaussian factors: a cause, a companion that correlates .8 with it, and their difference."""
    factors = np.random.default_rng([seed, 2]).normal(size=(n, 2))
    cause, companion = factors[:, 0], RHO * factors[:, 0] + 0.6 * factors[:, 1]
    return np.column_stack([cause, companion, cause - companion]) + 0.01 * factors[:, :1]


@pytest.fixture(scope="module")
def space():
    return fit(faces(600, 0), latent=3, method="pca")


@pytest.fixture(scope="module")
def data():
    return faces(150, 7)


@pytest.fixture(scope="module")
def table():
    return fit(columns(3000, 0), latent=2, method="pca")


# --- what is known exactly -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rendering", ["expected", "carried"])
def test_a_linear_decoder_and_a_linear_y_are_explained_exactly(space, data, rendering):
    patch = space.patch(data[4])
    answer = explain(space, kept, patch, data=data, rendering=rendering, calls=300).patches[0]
    weight = space.codec.networks.state_dict()["decoder.weight"].double().numpy()
    truth = space.aggregate.law.whitening.factor.T @ weight[:, space.live_axes].T @ BASIS[0]
    np.testing.assert_allclose(answer.gradient, truth, rtol=1e-3, atol=1e-5)
    assert answer.is_linear
    assert answer.r_squared > 0.999
    assert answer.surrogate.curvature is None
    if rendering == "carried":
        assert answer.y == pytest.approx(float(kept(data[4:5])[0]), rel=1e-6)
    assert answer.steepest[0][1] != 0


def test_a_companion_is_credited_on_the_manifold_but_neither_directly_nor_alone(table):
    rows = columns(400, 9)
    spread = rows.std(0)
    answer = explain(
        table,
        lambda x: 3 * np.asarray(x)[:, 0],
        table.patch(np.zeros((1, 3)), radius=1.0),
        data=rows,
        calls=400,
        features=["x0", "x1"],
    ).patches[0]
    cause, companion = answer.effect("x0"), answer.effect("x1")
    # Normal scores of 3,000 rows are straight lines but for some percent.
    assert cause.on_manifold.value == pytest.approx(3 * spread[0], rel=0.1)
    assert companion.on_manifold.value == pytest.approx(3 * RHO * spread[0], rel=0.15)
    assert cause.direct.value == pytest.approx(3 * spread[0], rel=0.15)
    assert abs(companion.direct.value) < 0.35
    assert cause.raw.value == pytest.approx(3 * spread[0], rel=1e-3)
    assert companion.raw.value == pytest.approx(0, abs=1e-9)


def test_features_of_the_users_own_are_told(space, data):
    def own(images):
        return {"first": flat(images) @ BASIS[0], "second": flat(images) @ BASIS[1]}

    answer = explain(space, kept, space.patch(data[0]), data=data, features=own, calls=300)
    first, second = answer.patches[0].effect("first"), answer.patches[0].effect("second")
    assert first.on_manifold.value == pytest.approx(answer.spread[0], rel=0.02)
    assert first.direct.value == pytest.approx(answer.spread[0], rel=0.02)
    assert abs(second.direct.value) < 0.02 * answer.spread[0]
    assert first.raw is None
    assert answer.patches[0].steepest[0][0] == "first"


# --- what is withheld ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rendering", ["expected", "carried", None])
def test_a_y_that_reads_what_is_lost_is_not_explained(space, data, rendering):
    answer = explain(space, mostly_lost, space.patch(data[0]), data=data, rendering=rendering)
    [patch] = answer.patches
    assert "leave" in patch.withheld
    assert patch.effects == ()
    assert patch.gradient is None
    assert not patch.is_linear
    assert patch.agreement.agreement < 0.9
    assert answer.explained == ()
    assert f"{patch.agreement.agreement:.2f}" in str(answer)
    allowed = explain(
        space,
        lambda x: lost(x) + kept(x) / 20,
        space.patch(data[0]),
        data=data,
        rendering=rendering,
        least_fidelity=0.0,
    )
    assert allowed.patches[0].effects


def test_a_constant_y_is_said_to_be_constant(space, data):
    answer = explain(space, lambda x: np.full(len(x), 0.25), space.patch(data[0]), data=data)
    assert "constant" in answer.patches[0].withheld
    assert answer.patches[0].y == 0.25


def test_a_model_of_one_class_is_constant(space, data):
    try:
        answer = explain(space, Outcome.of(lambda x: np.ones((len(x), 1))), space.patch(data[0]), data=data)
    except GausscapeError:
        return  # an outcome may refuse a single class; it may not fall over
    assert "constant" in answer.patches[0].withheld


def test_one_of_two_thousand_classes_is_explained(space, data):
    logits = np.random.default_rng(0).normal(size=(CELLS, 2000)) * 0.1
    logits[:, 1234] = 20 * BASIS[0]

    def vector(images):
        scores = flat(images - 0.5) @ logits
        scores[:, 1234] += 7
        scores = np.exp(scores - scores.max(1, keepdims=True))
        return scores / scores.sum(1, keepdims=True)

    answer = explain(space, Outcome.of(vector, target=1234), space.patch(data[0]), data=data, calls=200)
    assert answer.patches[0].is_linear
    assert answer.patches[0].steepness.value > 0


def test_a_place_without_data_is_not_explained(space, data):
    far = space.aggregate.unwhiten(np.full((1, len(space.live_axes)), 5.0))[0]
    answer = explain(space, kept, space.patch(far, radius=0.5), data=data)
    assert "nothing like the data" in answer.patches[0].withheld
    assert answer.patches[0].effects == ()
    assert answer.patches[0].support["UNSUPPORTED"] > 0.5


def test_a_patch_that_reaches_beyond_the_data_is_made_smaller_and_says_so(space, data):
    wide = space.patch(data[0], radius=8.0)
    answer = explain(space, kept, wide, data=data, calls=200).patches[0]
    assert answer.asked_radius == 8
    assert answer.patch.radius < 8
    assert "Made smaller" in str(answer)
    usual = explain(space, kept, space.patch(data[0]), data=data, calls=200).patches[0]
    assert usual.asked_radius == usual.patch.radius
    assert "Made smaller" not in str(usual)


# --- failures ------------------------------------------------------------------------------------------------------


def failing(share: float):
    """y that fails on a share of the objects, chosen by their own pixels."""

    def y(images):
        values = kept(images)
        fine = flat(images) @ BASIS[5] * 1e4
        values[np.abs(fine - np.round(fine)) < share / 2] = np.nan
        return values

    return y


def test_few_failures_are_counted_and_many_withhold(space, data):
    patch = space.patch(data[0])
    few = explain(space, failing(0.03), patch, data=data, calls=400)
    assert few.patches[0].withheld is None
    assert few.failed > 0
    assert few.failed == few.patches[0].failed
    assert few.failures[0].kind == "not finite"
    assert "failed" in str(few)
    many = explain(space, failing(0.5), patch, data=data)
    assert "failed" in many.patches[0].withheld
    raising = explain(space, lambda x: 1 / 0, patch, data=data)
    assert "failed" in raising.patches[0].withheld


# --- many patches --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(space, data):
    return explain(space, kept, 24, data=Items.of(data), calls=200, seed=3)


def test_random_patches_have_different_centres_in_the_data_and_a_ledger(many, data):
    ids = [patch.patch.id for patch in many.patches]
    assert len(set(ids)) == 24
    assert set(ids) <= set(Items.of(data).ids)
    assert many.ledger is not None
    assert len(many.ledger) == len(many.features)
    assert 0.5 < many.coverage <= 1
    assert {str(entry.verdict) for entry in many.ledger} <= {"GLOBAL", "MIXED", "LOCAL", "UNDETERMINED"}
    assert "24 patches" in str(many)


def test_a_linear_y_moves_the_same_way_everywhere(many):
    gradients = np.stack([patch.gradient for patch in many.patches])
    np.testing.assert_allclose(gradients, np.broadcast_to(gradients[0], gradients.shape), rtol=1e-2, atol=1e-4)
    assert any(str(entry.verdict) == "GLOBAL" for entry in many.ledger)


def test_few_patches_have_no_ledger(space, data):
    assert explain(space, kept, 3, data=data, calls=200).ledger is None
    patches = [space.patch(data[0]), space.patch(data[1])]
    assert len(explain(space, kept, patches, data=data, calls=200)) == 2


def test_calls_are_counted_and_kept(space, data):
    outcome = Outcome.of(kept, name="brightness of a kind")
    answer = explain(space, outcome, 3, data=data, calls=200)
    assert answer.calls == outcome.calls
    assert answer.outcome == "brightness of a kind"
    assert all(patch.calls <= 200 for patch in answer.patches)


def test_everything_can_be_written_down(many, space, data):
    withheld = explain(space, lost, space.patch(data[0]), data=data)
    for answer in (many, withheld):
        json.dumps(answer.document(), allow_nan=False)
    rows = many.rows()
    assert len(rows) == 24 * len(many.features)
    assert {"patch", "feature", "on_manifold", "on_manifold_low", "direct", "raw", "withheld"} <= set(rows[0])
    assert withheld.rows()[0]["feature"] is None


def test_the_same_seed_gives_the_same_answer(space, data, untouched_randomness):
    one, two, other = (
        explain(space, kept, 2, data=data, calls=200, rendering="drawn", seed=seed) for seed in (1, 1, 2)
    )
    assert one.document() == two.document()
    assert one.document() != other.document()


# --- tables with categories ----------------------------------------------------------------------------------------


def orders(n: int, seed: int) -> pandas.DataFrame:
    """Rows that one factor decides: two numbers and a flag, all a little noisy."""
    rng = np.random.default_rng([seed, 3])
    size = rng.normal(size=n)
    told = {name: size + 0.2 * rng.normal(size=n) for name in ("weight", "price")}
    return pandas.DataFrame(told | {"express": rng.random(n) < 1 / (1 + np.exp(-4 * size))})


def test_rows_are_drawn_and_the_draws_do_not_hide_the_slope():
    space = fit(orders(500, 0), latent=1, schedule=Schedule(steps=200))
    held_out = orders(200, 1)

    def y(frame):
        return frame["weight"].to_numpy() + 0.5 * frame["express"].to_numpy()

    answer = explain(space, y, space.patch(held_out.iloc[[3]], radius=0.5), data=held_out, least_fidelity=0.5)
    [patch] = answer.patches
    assert patch.rendering.name == "drawn"
    weight, price = patch.effect("weight"), patch.effect("price")
    for effect in (weight, price):
        assert effect.on_manifold.is_certain
        assert effect.on_manifold.value > 0
    assert patch.surrogate.explainable < 1
    # One factor moves both, so that the code cannot tell them apart; exchanging one at a time can.
    assert weight.entangled
    assert weight.raw.value == pytest.approx(answer.spread[answer.features.index("weight")], rel=0.01)
    assert price.raw.value == pytest.approx(0, abs=1e-9)


# --- refusals ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_done_is_refused_with_the_reason(space, table, data):
    patch = space.patch(data[0])
    with pytest.raises(ConfigurationError, match="rendered ones"):
        explain(space, kept, patch)
    for options, words in (
        ({"calls": 20}, "at least 112 calls"),
        ({"calls": 512.0}, "calls"),
        ({"least_fidelity": 1.5}, r"\[0, 1\]"),
        ({"rendering": "mean"}, "expected, drawn, carried"),
        ({"features": ["no such"]}, "no such"),
        ({"features": "brightness"}, "list of names"),
        ({"features": []}, "list of names"),
        ({"features": lambda x: 3}, "mapping"),
        ({"radius": 1.0}, "random patches"),
        ({"seed": -1}, "whole number"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            explain(space, kept, patch, data=data, **options)
    for wrong, words in (
        (0, "from 1"),
        (1000, "from 1"),
        ([], "a patch"),
        ("all", "a patch"),
        ([1], "a patch"),
        (True, "a patch"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            explain(space, kept, wrong, data=data)
    with pytest.raises(DataError, match="another"):
        explain(space, kept, table.patch(np.zeros((1, 3))), data=data)
    with pytest.raises(DataError):
        explain(space, kept, patch, data=data[:3])
