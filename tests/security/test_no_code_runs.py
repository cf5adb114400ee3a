"""Row S1: no code from a file runs unless the caller says that the file is trusted."""

import ast
import contextlib
import functools
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import gausscape
from gausscape.configuration import parse_settings, read_settings
from gausscape.datasets import load
from gausscape.errors import ConfigurationError, DamagedFileError, GausscapeError
from gausscape.outcome import Outcome

PACKAGE = Path(gausscape.__file__).parent


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, marker: Path):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


# --- by reading the source -----------------------------------------------------------------------------------------

RUNNING = {
    "eval", "exec", "compile", "__import__", "pickle.load", "pickle.loads", "pickle.Unpickler", "joblib.load", "dill.load",
    "cloudpickle.load", "cloudpickle.loads", "torch.load", "torch.jit.load", "torch.export.load", "torch.hub.load", "marshal.loads",
    "shelve.open", "runpy.run_path", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "yaml.UnsafeLoader", "yaml.FullLoader",
    "yaml.Loader", "os.system", "os.popen", "pandas.read_pickle", "pd.read_pickle", "pyfunc.load_model", "io.load",
}  # fmt: skip
ALLOWED = {
    ("outcome/sources/pickle_file.py", "joblib.load"),  # asks for trust first
    ("outcome/sources/mlflow_model.py", "pyfunc.load_model"),  # asks for trust first
    ("outcome/sources/skops_file.py", "io.load"),  # types that skops does not vouch for need trust
    ("outcome/worker.py", "pickle.loads"),  # from its own parent, through a pipe that no other process holds
    # Between the processes of one run, never from disk: a message of a worker that this run started, or of its own cluster.
    ("scale/asked_outcome.py", "pickle.loads"),
    ("scale/engines/ray.py", "pickle.loads"),
    ("scale/processes.py", "pickle.loads"),
    ("scale/work.py", "pickle.loads"),
}


@functools.cache
def trees():
    """Each module of the package, by its path within it."""
    return {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}


def dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def test_the_package_calls_nothing_that_runs_a_file_but_in_the_places_that_ask_for_trust():
    found = set()
    for place, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call | ast.Attribute):
                name = dotted(node.func if isinstance(node, ast.Call) else node)
                if name in RUNNING:
                    found.add((place, name))
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert getattr(node.value, "value", None) is False, place
            if isinstance(node, ast.Call) and dotted(node.func).startswith("subprocess."):
                assert not any(keyword.arg == "shell" for keyword in node.keywords), place
    # One more place: if a file decides what is opened there, it has to ask for trust; if not, say in ALLOWED why.
    assert found <= ALLOWED, found - ALLOWED


def test_torch_load_is_never_called_so_that_its_holes_are_not_ours():
    for place, tree in trees().items():
        assert not any(
            isinstance(node, ast.Attribute) and node.attr in ("load", "_load") and dotted(node).startswith("torch.")
            for node in ast.walk(tree)
        ), place


# --- YAML ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "latent: !!python/object/apply:os.mkdir ['{marker}']",
        "latent: !!python/object/new:os.mkdir ['{marker}']",
        "!!python/object/apply:os.mkdir ['{marker}']",
        "latent: !!python/name:os.mkdir",
        "latent: !x 1",
        "%TAG ! tag:yaml.org,2002:python/\n---\nlatent: !object/apply:os.mkdir ['{marker}']",
    ],
)
def test_yaml_that_names_code_is_refused(tmp_path, text):
    marker = tmp_path / "ran"
    with pytest.raises(ConfigurationError):
        parse_settings(text.replace("{marker}", str(marker)))
    assert not marker.exists()


def test_yaml_whose_aliases_multiply_is_refused():
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))
    with pytest.raises(ConfigurationError, match="anchor or alias"):
        parse_settings(laughs)


@pytest.mark.parametrize("text", ["a: " + "[" * 100_000, "a: " + "{" * 100_000, "- " * 100_000, "? " * 100_000])
def test_yaml_that_is_nested_deeply_is_refused(text):
    with pytest.raises(ConfigurationError):
        parse_settings(text)


def test_a_file_of_settings_that_is_too_large_is_refused_unread(tmp_path):
    with open(tmp_path / "a.yaml", "wb") as file:
        file.truncate(4 << 30)  # sparse
    with pytest.raises(ConfigurationError, match="1 MB"):
        read_settings(tmp_path / "a.yaml")


def test_a_schema_and_a_rule_of_windows_are_read_by_the_same_strict_reader(tmp_path):
    from gausscape.datasets.streams.rule import Rule
    from gausscape.modalities.tables.schema_file import Schema

    marker = tmp_path / "ran"
    (tmp_path / "a.yaml").write_text(f"columns: !!python/object/apply:os.mkdir ['{marker}']\n")
    for read in (Schema.read, Rule.read):
        with pytest.raises(GausscapeError):
            read(tmp_path / "a.yaml")
    assert not marker.exists()


# --- data files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["npy", "npz", "csv", "jsonl", "parquet", "arrow", "png", "graphml", "edgelist", "ts", "pkl"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_is_no_data_whatever_it_is_called(tmp_path, ending, protocol):
    marker = tmp_path / "ran"
    (tmp_path / f"a.{ending}").write_bytes(pickle.dumps(Payload(marker), protocol=protocol))
    with contextlib.suppress(GausscapeError):  # one of protocol 0 is text, and is read as such
        load(tmp_path / f"a.{ending}")
    assert not marker.exists()


@pytest.mark.parametrize("member", ["images.npy", "labels.npy", "ids.npy", "other.npy"])
def test_an_array_of_objects_within_an_archive_is_not_unpickled(tmp_path, member):
    marker, stream = tmp_path / "ran", io.BytesIO()
    np.save(stream, np.array([Payload(marker)], dtype=object), allow_pickle=True)
    plain = io.BytesIO()
    np.save(plain, np.ones((1, 2, 2)))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        if member != "images.npy":
            archive.writestr("images.npy", plain.getvalue())
        archive.writestr(member, stream.getvalue())
    if member == "other.npy":
        load(tmp_path / "a.npz")  # not asked for, so not read
    else:
        with pytest.raises(GausscapeError, match="objects"):
            load(tmp_path / "a.npz")
    assert not marker.exists()


@pytest.mark.parametrize(
    "attributes", ["__import__('os').mkdir('{marker}')", "'x': __import__('os').mkdir('{marker}')", "'x': (lambda: 1)()"]
)
def test_attributes_of_an_edge_are_literals(tmp_path, attributes):
    marker = tmp_path / "ran"
    (tmp_path / "a.edgelist").write_text("a b {" + attributes.replace("{marker}", str(marker)) + "}\n")
    with pytest.raises(GausscapeError):
        load(tmp_path / "a.edgelist")
    assert not marker.exists()


def test_arrow_and_parquet_extension_types_stay_storage(tmp_path):
    import pyarrow as pa
    import pyarrow.feather
    import pyarrow.parquet as pq

    # What CVE-2023-47248 abused: an extension type whose metadata is a pickle.
    marker = tmp_path / "ran"
    told = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": pickle.dumps(Payload(marker))}
    table = pa.table([pa.array([1, 2])], schema=pa.schema([pa.field("a", pa.int64(), metadata=told)]))
    pq.write_table(table, tmp_path / "a.parquet")
    pa.feather.write_feather(table, tmp_path / "a.arrow")
    for name in ("a.parquet", "a.arrow"):
        assert load(tmp_path / name).values["a"].tolist() == [1, 2]
    assert not marker.exists()


# --- models --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("location", ["../secret.bin", "{folder}/secret.bin", "link.bin", "a/../../secret.bin"])
def test_an_onnx_file_reads_no_weights_from_outside_its_folder(tmp_path, location):
    onnx = pytest.importorskip("onnx", reason="needs onnx")
    pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    secret = np.full(4, 7, np.float32).tobytes()
    (tmp_path / "secret.bin").write_bytes(secret)
    folder = tmp_path / "model"
    (folder / "a").mkdir(parents=True)
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    weights = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[4], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in (("location", location.replace("{folder}", str(tmp_path))), ("offset", "0"), ("length", "16")):
        weights.external_data.add(key=key, value=value)
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["x", "w"], ["y"])], "leak",
        [value("x", onnx.TensorProto.FLOAT, ["n", 4])], [value("y", onnx.TensorProto.FLOAT, ["n", 4])], initializer=[weights],
    )  # fmt: skip
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(DamagedFileError, match=r"m\.onnx"):
        Outcome.of(folder / "m.onnx").check(np.zeros((3, 4), np.float32))


def test_a_skops_file_that_unpacks_to_too_much_is_refused(tmp_path):
    pytest.importorskip("skops.io", reason="needs skops")
    with zipfile.ZipFile(tmp_path / "m.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", bytes(100_000_000))
    assert (tmp_path / "m.skops").stat().st_size < 200_000
    with pytest.raises(DamagedFileError, match="unpack"):
        Outcome.of(tmp_path / "m.skops").check(np.zeros((3, 4)))


@pytest.mark.parametrize("name", ["module:function; import os", "os.path:join()", "../evil:f", "a b:c", "evil.py:f", "os:", ":system"])
def test_the_name_of_a_function_is_a_name_and_no_code(name):
    with pytest.raises(GausscapeError):
        Outcome.of(name).check(np.zeros((3, 4)))


def test_a_file_that_is_named_like_a_module_is_not_imported_from_the_folder_of_data(tmp_path, monkeypatch):
    marker = tmp_path / "ran"
    (tmp_path / "evil_model.py").write_text(f"import os\nos.mkdir({str(marker)!r})\n")
    np.save(tmp_path / "evil_model.npy", np.zeros((3, 4)))
    load(tmp_path / "evil_model.npy")
    with pytest.raises(GausscapeError, match="none of these"):
        Outcome.of(tmp_path / "evil_model.py")
    assert not marker.exists()
