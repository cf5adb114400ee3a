"""What y may be made of, and what it may not."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from gausscape.errors import ConfigurationError, MissingFileError
from gausscape.outcome import Outcome

MARKED = 13


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return data.images / 16, data.target


def test_a_classifier_of_digits_answers_on_images_with_predict_proba(digits):
    images, labels = digits
    classifier = LogisticRegression(max_iter=500).fit(images.reshape(len(images), -1), labels)
    outcome = Outcome.of(classifier, target=3)
    np.testing.assert_allclose(
        outcome(images).values, classifier.predict_proba(images.reshape(-1, 64))[:, 3], rtol=1e-9
    )
    run = outcome.check(images)
    assert run.kind == "probability"
    assert run.classes == tuple(range(10))
    assert "64 columns" in str(run)
    with pytest.raises(ConfigurationError, match="10 classes"):
        Outcome.of(classifier).check(images)


def test_an_estimator_without_probabilities_gives_labels_or_numbers(digits):
    images, labels = digits
    rows = images[:300].reshape(300, -1)
    classifier = LinearSVC().fit(rows, labels[:300])
    outcome = Outcome.of(classifier, target=7)
    np.testing.assert_array_equal(outcome(images).values, classifier.predict(images.reshape(-1, 64)) == 7)
    assert outcome.kind == "label"
    regressor = LinearRegression().fit(rows, rows.mean(axis=1))
    outcome = Outcome.of(regressor)
    np.testing.assert_allclose(outcome(images).values, regressor.predict(images.reshape(-1, 64)), rtol=1e-9)
    assert outcome.kind == "number"


def test_a_name_of_a_function_is_imported_when_it_is_asked(images):
    assert Outcome.of("blackboxes:mean")(images).values == pytest.approx(images.mean(axis=(1, 2)))
    for name, words in (
        ("nosuchmodule:f", "no 'nosuchmodule'"),
        ("blackboxes:nosuch", "no 'nosuch'"),
        ("blackboxes:text", "a str"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            Outcome.of(name).check(images)


def test_what_cannot_be_y_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ConfigurationError, match=r"notes\.txt is none of these"):
        Outcome.of(tmp_path / "notes.txt")
    for name in ("nothing.onnx", "nothing.skops", "nothing.pkl", "nothing.txt", "nothing"):
        with pytest.raises(MissingFileError, match="nothing is at"):
            Outcome.of(tmp_path / name)
    for thing in (3, None, np.zeros(3), ""):
        with pytest.raises(ConfigurationError, match="y needs to be a callable"):
            Outcome.of(thing)
    for kind in (LogisticRegression, dict):
        with pytest.raises(ConfigurationError, match=f"the class {kind.__name__}"):
            Outcome.of(kind)
    (tmp_path / "model.pt").write_bytes(b"PK")
    with pytest.raises(ConfigurationError, match="may hold anything"):
        Outcome.of(tmp_path / "model.pt", trust=True)


def test_a_model_that_does_not_load_says_why(images, tmp_path, monkeypatch):
    (tmp_path / "broken_model.py").write_text("import json\nraise OSError('weights are gone')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigurationError, match="OSError: weights are gone"):
        Outcome.of("broken_model:predict").check(images)
