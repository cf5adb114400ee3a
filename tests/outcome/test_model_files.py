"""Models in files: what may be opened without trust, what may not, and that they answer as the model that was saved."""

import os
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from gausscape.errors import ConfigurationError, DamagedFileError
from gausscape.outcome import Outcome


@pytest.fixture(scope="module")
def images():
    return load_digits().images[:300] / 16


@pytest.fixture(scope="module")
def classifier(images):
    return LogisticRegression(max_iter=500).fit(images.reshape(300, -1), load_digits().target[:300])


@pytest.fixture
def expected(classifier, images):
    return classifier.predict_proba(images.reshape(300, -1))[:, 3]


class Hostile:
    """Makes a file when it is unpickled."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


# --- pickles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["m.pkl", "m.joblib", "m.pickle", "m.PKL", "m.pt", "m.bin", "m.dat", "m.onnx", "m.skops", "m"]
)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_S1_a_pickle_is_refused_and_never_opened_whatever_it_is_called(tmp_path, images, name, protocol):
    marker = tmp_path / "marker"
    (tmp_path / name).write_bytes(pickle.dumps(Hostile(marker), protocol=protocol))
    with pytest.raises((ConfigurationError, DamagedFileError, ImportError)):
        Outcome.of(tmp_path / name).check(images)
    with pytest.raises((ConfigurationError, DamagedFileError, ImportError)):
        Outcome.of(str(tmp_path / name), isolate=True).check(images)
    assert not marker.exists()


def test_S1_the_refusal_says_why_and_what_to_do(tmp_path):
    (tmp_path / "m.joblib").write_bytes(b"anything")
    with pytest.raises(ConfigurationError, match=r"run anything here.*skops.*trust=True"):
        Outcome.of(tmp_path / "m.joblib")


@pytest.mark.parametrize("save", [joblib.dump, lambda model, path: path.write_bytes(pickle.dumps(model))])
@pytest.mark.parametrize("isolate", [False, True])
def test_a_trusted_pickle_answers_as_the_model_that_was_saved(tmp_path, classifier, images, expected, save, isolate):
    save(classifier, tmp_path / "m.pkl")
    outcome = Outcome.of(tmp_path / "m.pkl", trust=True, target=3, isolate=isolate)
    np.testing.assert_allclose(outcome(images).values, expected)
    outcome.close()


def test_a_file_cannot_name_something_else_to_be_opened(tmp_path, images):
    joblib.dump("blackboxes:mean", tmp_path / "m.pkl")
    with pytest.raises(ConfigurationError, match="holds a str"):
        Outcome.of(tmp_path / "m.pkl", trust=True).check(images)


def test_S1_an_mlflow_folder_is_refused_without_trust(tmp_path):
    (tmp_path / "MLmodel").write_text("flavors: {}\n")
    with pytest.raises(ConfigurationError, match="unpickles"):
        Outcome.of(tmp_path)
    with pytest.raises(ConfigurationError, match="unpickles"):
        Outcome.of("mlflow:models:/name/1")


# --- skops ---------------------------------------------------------------------------------------------------------


def test_a_skops_file_answers_as_the_estimator_that_was_saved(tmp_path, classifier, images, expected):
    skops = pytest.importorskip("skops.io", reason="needs skops")
    skops.dump(classifier, tmp_path / "m.skops")
    outcome = Outcome.of(tmp_path / "m.skops", target=3)
    np.testing.assert_allclose(outcome(images).values, expected)
    assert outcome.classes == tuple(range(10))


class Stranger(LogisticRegression):
    """An estimator of a type that skops does not know."""


def test_a_skops_file_with_unknown_types_needs_trust(tmp_path, classifier, images, expected, monkeypatch):
    skops = pytest.importorskip("skops.io", reason="needs skops")
    skops.dump(Stranger().fit(images.reshape(300, -1), load_digits().target[:300]), tmp_path / "m.skops")
    with pytest.raises(ConfigurationError, match="Stranger"):
        Outcome.of(tmp_path / "m.skops", target=3).check(images)


def test_a_skops_file_may_not_choose_a_function_or_a_text(tmp_path, images):
    skops = pytest.importorskip("skops.io", reason="needs skops")
    for content in ("os:getcwd", np.mean):
        skops.dump(content, tmp_path / "m.skops")
        with pytest.raises(ConfigurationError, match=r"needs to hold an estimator|vouches"):
            Outcome.of(tmp_path / "m.skops").check(images)


def test_a_damaged_skops_file_is_named(tmp_path, images):
    pytest.importorskip("skops.io", reason="needs skops")
    (tmp_path / "m.skops").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DamagedFileError, match=r"m\.skops should be a whole file"):
        Outcome.of(tmp_path / "m.skops").check(images)


# --- ONNX ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipmap", [True, False])
def test_an_onnx_file_of_a_classifier_gives_its_probabilities(tmp_path, classifier, images, expected, zipmap):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    skl2onnx = pytest.importorskip("skl2onnx", reason="needs skl2onnx")
    model = skl2onnx.to_onnx(
        classifier, images.reshape(300, -1)[:1].astype(np.float32), options={"zipmap": zipmap}, target_opset=17
    )
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    outcome = Outcome.of(tmp_path / "m.onnx", target=3)
    np.testing.assert_allclose(outcome(images).values, expected, atol=1e-5)
    assert outcome.kind == "probability"
    assert "tensor(float)" in str(outcome.check(images))


def network(shape, axes):
    """The mean of each object, as an ONNX network that takes batches of this shape."""
    onnx = pytest.importorskip("onnx", reason="needs onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["x"], ["y"], axes=axes, keepdims=0)],
        "mean",
        [helper.make_tensor_value_info("x", kind, ["n", *shape])],
        [helper.make_tensor_value_info("y", kind, ["n"])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()


@pytest.mark.parametrize(
    ("shape", "axes"), [((64,), [1]), ((8, 8), [1, 2]), ((1, 8, 8), [1, 2, 3]), ((8, 8, 1), [1, 2, 3])]
)
def test_images_are_laid_out_as_the_network_declares(tmp_path, images, shape, axes):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    (tmp_path / "m.onnx").write_bytes(network(shape, axes))
    np.testing.assert_allclose(Outcome.of(tmp_path / "m.onnx")(images).values, images.mean(axis=(1, 2)), atol=1e-6)


def test_an_onnx_file_takes_the_columns_of_a_frame_by_name(tmp_path):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    onnx = pytest.importorskip("onnx", reason="needs onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(name, kind, ["n", 1]) for name in ("b", "a")]
    graph = helper.make_graph(
        [helper.make_node("Sub", ["a", "b"], ["y"])],
        "difference",
        inputs,
        [helper.make_tensor_value_info("y", kind, ["n", 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    frame = pd.DataFrame({"a": [3, 5], "b": [1.0, 1.5]})
    assert Outcome.of(tmp_path / "m.onnx")(frame).values.tolist() == [2.0, 3.5]
    with pytest.raises(ConfigurationError.__mro__[1], match="no column 'b'"):
        Outcome.of(tmp_path / "m.onnx").check(frame[["a"]])


def test_a_damaged_onnx_file_is_named(tmp_path, images):
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    (tmp_path / "m.onnx").write_bytes(network((64,), [1])[:-20])
    with pytest.raises(DamagedFileError, match=r"m\.onnx should be a whole ONNX model"):
        Outcome.of(tmp_path / "m.onnx").check(images)


# --- MLflow --------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_an_mlflow_model_answers_as_the_model_that_was_saved(tmp_path, classifier, images):
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow")

    class Mean(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input.mean(axis=(1, 2))

    mlflow.pyfunc.save_model(str(tmp_path / "m"), python_model=Mean(), pip_requirements=["numpy"])
    for source in (tmp_path / "m", f"mlflow:{tmp_path / 'm'}"):
        np.testing.assert_allclose(Outcome.of(source, trust=True)(images).values, images.mean(axis=(1, 2)))
