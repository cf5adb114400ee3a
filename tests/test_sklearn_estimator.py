"""GaussianSpace keeps scikit-learn's conventions, all of them, and says the same as the space within."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from gausscape.sklearn import GaussianSpace


@parametrize_with_checks([GaussianSpace(), GaussianSpace(latent=1, method="pca")])
def test_scikit_learn_s_own_checks_pass(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 2))
    return z @ rng.normal(size=(2, 5)) + 0.3 * rng.normal(size=(300, 5))


@pytest.fixture(scope="module")
def fitted(rows) -> GaussianSpace:
    return GaussianSpace(random_state=0).fit(rows)


def test_answers_are_those_of_the_space(fitted, rows):
    np.testing.assert_array_equal(fitted.transform(rows), fitted.space_.embed(rows).mean)
    assert fitted.score(rows) == pytest.approx(fitted.score_samples(rows).mean())
    assert fitted.transform(rows).dtype == np.float64


def test_a_row_s_answers_do_not_depend_on_its_company(fitted, rows):
    some = [5, 3, 5]
    np.testing.assert_allclose(fitted.transform(rows[some]), fitted.transform(rows)[some], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(fitted.score_samples(rows[some]), fitted.score_samples(rows)[some], rtol=1e-10)


def test_decoded_codes_are_near_the_rows(fitted, rows):
    back = fitted.inverse_transform(fitted.transform(rows))
    assert back.shape == rows.shape
    assert ((back - rows) ** 2).mean() < 0.8 * rows.var()


def test_samples_look_like_rows_and_follow_the_seed(fitted, rows):
    drawn = fitted.sample(400)
    assert drawn.shape == (400, 5)
    assert np.isfinite(drawn).all()
    np.testing.assert_array_equal(drawn, fitted.sample(400))
    # Mean of 400 draws; a generous bound of half a standard deviation: false-alarm rate far below 1e-6.
    assert (np.abs(drawn.mean(0) - rows.mean(0)) < 0.5 * rows.std(0)).all()


def test_it_stands_in_pipelines_and_clones(rows):
    labels = (rows[:, 0] > 0).astype(int)
    pipeline = make_pipeline(StandardScaler(), GaussianSpace(random_state=0, method="pca"), LogisticRegression())
    assert pipeline.fit(rows, labels).score(rows, labels) > 0.6
    again = clone(pipeline[1])
    assert again.get_params() == pipeline[1].get_params()
    assert not hasattr(again, "space_")


def test_frames_keep_their_names(rows):
    frame = pd.DataFrame(rows, columns=list("abcde"))
    estimator = GaussianSpace(random_state=0, method="pca").set_output(transform="pandas")
    codes = estimator.fit_transform(frame)
    assert codes.columns.tolist() == ["gaussianspace0", "gaussianspace1"]
    assert estimator.feature_names_in_.tolist() == list("abcde")
    assert estimator.n_features_in_ == 5
    with pytest.raises(ValueError, match="feature names"):
        estimator.transform(frame.rename(columns={"a": "z"}))


def test_missing_values_are_allowed(rows):
    gaps = rows.copy()
    gaps[np.random.default_rng(1).random(rows.shape) < 0.1] = np.nan
    estimator = GaussianSpace(random_state=0, steps=30).fit(gaps)
    assert np.isfinite(estimator.transform(gaps)).all()
    assert np.isfinite(estimator.score_samples(gaps)).all()


def test_the_random_state_decides(rows):
    codes = [GaussianSpace(random_state=state, steps=5).fit_transform(rows) for state in (0, 0, 1)]
    np.testing.assert_array_equal(codes[0], codes[1])
    assert not np.array_equal(codes[0], codes[2])
    assert GaussianSpace(random_state=np.random.RandomState(0), steps=5).fit(rows).space_.latent == 2


def test_unfitted_is_refused(rows):
    with pytest.raises(NotFittedError):
        GaussianSpace().inverse_transform(rows[:, :2])
