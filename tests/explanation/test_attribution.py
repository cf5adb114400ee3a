"""Attribution of one object: sums, null players, and what correlation does to credit."""

import numpy as np
import pandas as pd
import pytest

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.explanation.attribution import explain_object
from gausscape.items import Items
from gausscape.training.fitting import fit

RHO = 0.8


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    cause = rng.normal(size=3000)
    partner = RHO * cause + np.sqrt(1 - RHO**2) * rng.normal(size=3000)
    return pd.DataFrame({"cause": cause, "partner": partner, "other": rng.normal(size=3000)})


@pytest.fixture(scope="module")
def space(rows):
    return fit(rows.to_numpy(), latent=2, method="pca", modality="tables")


def test_both_kinds_sum_exactly_and_intervention_leaves_unused_inputs_at_zero(space, rows):
    values = rows.to_numpy()
    answer = explain_object(space, lambda x: 2 * np.asarray(x)[:, 0], values[:1], data=values[:500])
    assert answer.y == pytest.approx(2 * values[0, 0])
    for kind, start in (("on_manifold", answer.usual), ("interventional", answer.usual_real)):
        assert sum(getattr(credit, kind).value for credit in answer.credits) == pytest.approx(answer.y - start)
    alone = {credit.part: credit.interventional.value for credit in answer.credits}
    assert len(alone) == 3
    assert sorted(np.abs(list(alone.values())))[1] == pytest.approx(0, abs=1e-3)  # two of three are not used
    again = explain_object(space, lambda x: 2 * np.asarray(x)[:, 0], values[:1], data=values[:500])
    assert again.document() == answer.document()


def test_on_the_manifold_the_partner_of_a_cause_shares_its_credit(rows):
    values = rows.to_numpy()
    # Probabilistic PCA with all but one component is the full covariance.
    space = fit(values, latent=2, method="pca", modality="tables")
    x = np.array([[2.0, 1.6, 0.0]])
    answer = explain_object(space, lambda x: np.asarray(x)[:, 0], x, data=values, calls=16_000, sweeps=40)
    names = space.modality.parts()[0]
    found = {credit.part: credit.on_manifold for credit in answer.credits}
    # E[cause | partner = 1.6] = 1.28: by definition cause gets (2 + 2 - 1.28) / 2, partner 1.28 / 2.
    assert found[names[0]].value == pytest.approx(1.36, abs=0.3)
    assert found[names[1]].value == pytest.approx(0.64, abs=0.3)
    assert found[names[2]].value == pytest.approx(0.0, abs=0.2)


def test_images_and_failing_cases_are_counted(untouched_randomness):
    images = np.random.default_rng(1).uniform(size=(80, 8, 8)).astype("float32")
    space = fit(images, latent=2, method="pca")

    def touchy(x):
        if (x[:, 0, 0] > 0.8).any():
            raise ValueError("too bright")
        return x[:, 4:, :4].mean((1, 2))

    x = images[images[:, 0, 0] < 0.2][:1]
    answer = explain_object(space, touchy, Items.of(x), data=images, calls=2000)
    assert answer.failures > 0
    assert len(answer.credits) == 16
    assert answer.object_id == "0"
    assert "failed" in str(answer)


def test_bad_calls_are_refused_in_words(space, rows):
    values = rows.to_numpy()
    with pytest.raises(ConfigurationError, match="data="):
        explain_object(space, lambda x: x[:, 0], values[:1], data=None)
    with pytest.raises(ConfigurationError, match="200 calls"):
        explain_object(space, lambda x: x[:, 0], values[:1], data=values, calls=3)
    with pytest.raises(ShapeError, match="2 came"):
        explain_object(space, lambda x: x[:, 0], values[:2], data=values)
    with pytest.raises(DataError, match="failed"):
        explain_object(space, lambda x: np.full(len(x), np.nan), values[:1], data=values)
