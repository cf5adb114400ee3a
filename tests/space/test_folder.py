"""The verified folder: round trips, damage, tampering and hostile files. Ids are rows of the fault matrix."""

import hashlib
import io
import json
import math
import os
import pickle
import random
import shutil
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gausscape.errors import (
    ConfigurationError,
    DamagedFileError,
    DataError,
    GausscapeError,
    MissingFileError,
    StorageError,
)
from gausscape.space import durable, safe_tensors
from gausscape.space.folder import Folder, check_tensors, read_folder, write_folder
from gausscape.space.folder_reader import FolderReader
from gausscape.space.safe_json import document_bytes, parse_json
from gausscape.space.safe_tensors import tensor_bytes

FLIPS = int(os.environ.get("GAUSSCAPE_TEST_FLIPS", "300"))
FUZZ = settings(
    max_examples=int(os.environ.get("GAUSSCAPE_TEST_EXAMPLES", "150")),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

DOCUMENTS = {"space.json": {"latent": 2, "law": {"scale": [0.5, 1e-300, -0.0], "name": "räksmörgås \u2028 \ud800"},
                            "flags": [True, None, 2**70, ""]}, "empty.json": {}, "list.json": [1, [2, []]]}
ARRAYS = {
    "weights.safetensors": {
        "enc.0.weight": np.arange(12, dtype=np.float32).reshape(3, 4),
        "enc.0.bias": np.array(2.5, dtype=np.float32),
        "none": np.zeros((0, 3), dtype=np.float64),
        "mask": np.array([True, False, True]),
        "bytes": np.array([0, 255], dtype=np.uint8),
        "count": np.array([[-(2**31)]], dtype=np.int32),
    },
    "law.safetensors": {"draws": np.linspace(-1, 1, 7), "ids": np.array([2**62, -1])},
    "nothing.safetensors": {},
}
TEXTS = {"MODEL_CARD.md": "# Card\r\nräksmörgås\n", "empty.txt": ""}


def write(place: Path, **options) -> None:
    write_folder(place, documents=DOCUMENTS, arrays=ARRAYS, texts=TEXTS, **options)


@pytest.fixture
def space(tmp_path) -> Path:
    write(tmp_path / "it.space")
    return tmp_path / "it.space"


def seal(manifest: dict) -> bytes:
    """The manifest's own hash, written from the description of the format, not with its code."""
    def dump(content: dict) -> bytes:
        return (json.dumps(content, sort_keys=True, indent=1) + "\n").encode()

    return dump({**manifest, "sha256": hashlib.sha256(dump(manifest)).hexdigest()})


def forge(place: Path, files: dict[str, bytes], **changes) -> Path:
    """A folder whose manifest agrees with whatever is in it: what a stranger can make."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    artefacts = {}
    for name, data in files.items():
        (place / name).write_bytes(data)
        artefacts[name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    manifest = {"artefacts": artefacts, "format": "gausscape folder", "schema": 1, **changes}
    (place / "manifest.json").write_bytes(seal(manifest))
    return place


def tensors(header: object, body: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def entry(dtype: str, shape: object, start: object, stop: object, **extra) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop], **extra}


def refused(place: Path, *words: str, **options) -> str:
    with pytest.raises(DamagedFileError) as caught:
        read_folder(place, **options)
    message = str(caught.value)
    for word in words:
        assert word in message, message
    assert message.isprintable()
    assert len(message) < 2000
    return message


def files_of(place: Path) -> list[Path]:
    return sorted(place.iterdir())


# What goes in comes out.


def test_round_trip_is_exact(space):
    read = read_folder(space)
    assert read.documents == DOCUMENTS
    assert read.texts == TEXTS
    assert math.copysign(1, read.documents["space.json"]["law"]["scale"][2]) == -1
    assert {name: set(group) for name, group in read.arrays.items()} == {n: set(g) for n, g in ARRAYS.items()}
    for name, group in ARRAYS.items():
        for tensor, array in group.items():
            found = read.arrays[name][tensor]
            assert found.dtype == array.dtype
            assert found.shape == array.shape
            assert found.tobytes() == array.tobytes()
            assert found.flags.writeable
            assert found.flags.owndata
            assert found.flags.aligned
            assert found.dtype.isnative


def test_other_readers_of_safetensors_agree(space):
    for name, group in ARRAYS.items():
        found = safetensors.numpy.load((space / name).read_bytes())
        assert all(np.array_equal(found[tensor], array) for tensor, array in group.items())
        assert len(found) == len(group)


def test_equal_content_gives_equal_bytes_in_any_order(space, tmp_path):
    def turned(content: dict) -> dict:
        return {key: turned(item) if isinstance(item, dict) else item for key, item in reversed(content.items())}

    os.utime(space, (0, 0))
    write_folder(tmp_path / "other", documents=turned(DOCUMENTS), arrays=turned(ARRAYS), texts=turned(TEXTS))
    for one, other in zip(files_of(space), files_of(tmp_path / "other"), strict=True):
        assert one.name == other.name
        assert one.read_bytes() == other.read_bytes()
    assert read_folder(space).fingerprint == read_folder(tmp_path / "other").fingerprint
    changed = {**TEXTS, "empty.txt": "!"}
    write_folder(tmp_path / "third", documents=DOCUMENTS, arrays=ARRAYS, texts=changed)
    assert read_folder(tmp_path / "third").fingerprint != read_folder(space).fingerprint


def test_memory_order_and_byte_order_do_not_matter(tmp_path):
    square = np.arange(6, dtype=">f8").reshape(2, 3)
    given_arrays = {"a": square, "b": np.asfortranarray(square), "c": square.T, "d": square[:, ::2], "e": square[::-1]}
    write_folder(tmp_path / "it", arrays={"w.safetensors": given_arrays})
    found = read_folder(tmp_path / "it").arrays["w.safetensors"]
    assert all(np.array_equal(found[name], array) for name, array in given_arrays.items())


def test_nothing_at_all_round_trips(tmp_path):
    write_folder(tmp_path / "it")
    read = read_folder(tmp_path / "it")
    assert (read.documents, read.arrays, read.texts) == ({}, {}, {})


@FUZZ
@given(document=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_any_plain_document_round_trips(document):
    data = document_bytes("a.json", document)
    assert parse_json(FolderReader("", -1), "a.json", data, 1 << 20) == document


# Writing.


@pytest.mark.parametrize(("content", "words"), [
    ({"documents": {"a.json": {"b": [1, {"c": math.nan}]}}}, "a.json: b[1].c is nan"),
    ({"documents": {"a.json": [math.inf]}}, "a.json[0] is inf"),
    ({"documents": {"a.json": {1: 2}}}, "the key 1"),
    ({"documents": {"a.json": {"b": {1, 2}}}}, "of type set"),
    ({"documents": {"a.json": {"b": np.float32(1)}}}, "of type float32"),
    ({"documents": {"a.json": 10**5000}}, "1,024 bits"),
    ({"arrays": {"w.safetensors": {"a": np.zeros(2, dtype=np.float16)}}}, "float16"),
    ({"arrays": {"w.safetensors": {"a": np.array([None])}}}, "object"),
    ({"arrays": {"w.safetensors": {"a": [1.0]}}}, "list"),
    ({"arrays": {"w.safetensors": {"": np.zeros(2)}}}, "''"),
    ({"arrays": {"w.safetensors": {"__metadata__": np.zeros(2)}}}, "__metadata__"),
    ({"arrays": {"w.safetensors": {"\ud800": np.zeros(2)}}}, "printable"),
    ({"arrays": {"w.safetensors": {f"{'n' * 200}{n}": np.zeros(0) for n in range(5000)}}}, "5,000 tensors"),
    ({"arrays": {"w.safetensors": {str(n): np.zeros(0) for n in range(10_001)}}}, "10,001 tensors"),
    ({"texts": {"a.md": "\ud800"}}, "UTF-8"),
    ({"texts": {"a.md": b"bytes"}}, "UTF-8"),
])
def test_content_that_cannot_be_kept_is_refused_before_anything_is_written(tmp_path, content, words):
    with pytest.raises(DataError) as caught:
        write_folder(tmp_path / "it", **content)
    assert words in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_cyclic_or_deep_documents_are_refused(tmp_path):
    cyclic: list = []
    cyclic.append(cyclic)
    with pytest.raises(DataError, match="64 levels"):
        write_folder(tmp_path / "it", documents={"a.json": cyclic})
    for depth in (64, 65):
        nested: list = []
        for _ in range(depth - 2):
            nested = [nested]
        if depth == 64:
            write_folder(tmp_path / "it", documents={"a.json": [nested]})
            assert read_folder(tmp_path / "it").documents == {"a.json": [nested]}


@pytest.mark.parametrize("name", [
    "", ".", "..", "../a.md", "a/b.md", "a\\b.md", "/a.md", "a..md", ".a.md", "a.md.", "a\0.md", "a b.md", "ä.md",
    "manifest.json", "Manifest.JSON", "con.md", "NUL.txt", "x" * 98 + ".md", "a.json", "a.safetensors", "a.pkl", "a",
    "a.MD", 7])
def test_file_names_that_do_not_travel_are_refused(tmp_path, name):
    with pytest.raises(ConfigurationError):
        write_folder(tmp_path / "it", texts={name: ""})
    with pytest.raises(ConfigurationError, match="upper and lower"):
        write_folder(tmp_path / "it", texts={"a.md": "", "A.md": ""})
    assert os.listdir(tmp_path) == []


def test_too_many_files_are_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="1,001"):
        write_folder(tmp_path / "it", texts={f"{number}.md": "" for number in range(1001)})
    assert os.listdir(tmp_path) == []


def test_overwriting_must_be_asked_for(space):
    before = {path.name: path.read_bytes() for path in files_of(space)}
    with pytest.raises(StorageError, match="overwrite=True"):
        write_folder(space, texts={"a.md": "new"})
    assert {path.name: path.read_bytes() for path in files_of(space)} == before
    write_folder(space, texts={"a.md": "new"}, overwrite=True)
    assert read_folder(space).texts == {"a.md": "new"}
    assert os.listdir(space.parent) == [space.name]


def test_overwriting_spares_what_is_not_ours(tmp_path):
    def check(place: Path, word: str) -> None:
        before = sorted((str(path), path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*"))
        with pytest.raises(StorageError) as caught:
            write(place, overwrite=True)
        assert word in str(caught.value)
        assert str(place) in str(caught.value)
        assert sorted((str(path), path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*")) == before

    (tmp_path / "empty").mkdir()
    check(tmp_path / "empty", "manifest")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.md").write_text("ten years")
    check(tmp_path / "thesis", "manifest")
    (tmp_path / "thesis" / "manifest.json").write_text('{"format": "something else"}')
    check(tmp_path / "thesis", "not one of gausscape's")
    write(tmp_path / "guest")
    (tmp_path / "guest" / "notes.txt").write_text("mine")
    check(tmp_path / "guest", "notes.txt")
    write(tmp_path / "nested")
    (tmp_path / "nested" / "more").mkdir()
    check(tmp_path / "nested", "more")
    write(tmp_path / "linked")
    (tmp_path / "linked" / "empty.txt").unlink()
    (tmp_path / "linked" / "empty.txt").symlink_to(tmp_path / "thesis" / "chapter.md")
    check(tmp_path / "linked", "empty.txt")
    (tmp_path / "file").write_text("a file")
    check(tmp_path / "file", "a file")
    forge(tmp_path / "newer", {}, schema=7)
    check(tmp_path / "newer", "schema 7")


def test_overwriting_mends_a_damaged_folder_of_ours(space):
    (space / "weights.safetensors").write_bytes(b"")
    (space / "empty.txt").unlink()
    write(space, overwrite=True)
    assert read_folder(space).texts == TEXTS


OVERWRITE_WHILE_READ = """
import os, sys
from gausscape.space import durable, folder
place = sys.argv[1]
if sys.argv[2] == "False":
    durable._exchange = lambda *names, **options: False
for version in range(60):
    folder.write_folder(place, documents={"a.json": version}, texts={"a.md": str(version)}, overwrite=True)
"""


@pytest.mark.parametrize("has_exchange", [True, False])
def test_a_reader_beside_a_writer_sees_whole_folders_only(tmp_path, has_exchange):
    place = tmp_path / "it"
    write_folder(place, documents={"a.json": 0}, texts={"a.md": "0"})
    environment = {**os.environ, "PYTHONPATH": str(Path(durable.__file__).parents[2])}
    command = [sys.executable, "-c", OVERWRITE_WHILE_READ, str(place), str(has_exchange)]
    seen = set()
    with subprocess.Popen(command, env=environment) as writer:
        while writer.poll() is None:
            read = read_folder(place)
            assert str(read.documents["a.json"]) == read.texts["a.md"]
            seen.add(read.texts["a.md"])
        assert writer.returncode == 0
    assert len(seen) > 3
    assert os.listdir(tmp_path) == ["it"]


@pytest.mark.parametrize("has_exchange", [True, False])
def test_a_reader_whose_folder_is_replaced_meanwhile_reads_the_new_one(tmp_path, monkeypatch, has_exchange):
    if not has_exchange:
        monkeypatch.setattr(durable, "_exchange", lambda *names, **options: False)
    place = tmp_path / "it"
    real, versions = FolderReader.read, iter(["first", "second", "third"])

    def replace_meanwhile(reader, name, *rest):
        data = real(reader, name, *rest)
        version = next(versions, None) if name == "manifest.json" else None
        if version is not None:
            with monkeypatch.context() as patch:
                patch.setattr(FolderReader, "read", real)
                write_folder(place, texts={"a.md": version}, overwrite=True)
        return data

    write_folder(place, texts={"a.md": "old"})
    monkeypatch.setattr(FolderReader, "read", replace_meanwhile)
    assert read_folder(place).texts == {"a.md": "third"}
    versions = iter(map(str, range(100)))
    refused(place, "replaced 10 times")


def test_C3_a_swap_that_stopped_half_way_is_read_and_then_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(durable, "_exchange", lambda *names, **options: False)
    place = tmp_path / "it"
    write_folder(place, texts={"a.md": "old"})
    place.rename(tmp_path / durable._hidden("it", "old"))
    (tmp_path / durable._hidden("it", "new")).mkdir()
    (tmp_path / durable._hidden("it", "new") / "torn").write_bytes(b"half")
    assert read_folder(place).texts == {"a.md": "old"}
    with pytest.raises(StorageError, match="overwrite=True"):
        write_folder(place, texts={"a.md": "new"})
    assert os.listdir(tmp_path) == ["it"]
    assert read_folder(place).texts == {"a.md": "old"}
    write_folder(place, texts={"a.md": "new"}, overwrite=True)
    assert os.listdir(tmp_path) == ["it"]
    assert read_folder(place).texts == {"a.md": "new"}


def test_C16_saving_over_the_loaded_folder_changes_no_loaded_array(space):
    read = read_folder(space)
    kept = {name: array.copy() for name, array in read.arrays["weights.safetensors"].items()}
    edited = {name: array.copy() for name, array in kept.items()}
    edited["enc.0.weight"] += 1
    write_folder(space, documents=read.documents, arrays={"weights.safetensors": edited}, overwrite=True)
    for name, array in kept.items():
        assert np.array_equal(read.arrays["weights.safetensors"][name], array)
        assert np.array_equal(read_folder(space).arrays["weights.safetensors"][name], edited[name])
    # And the file under the arrays may be cut without a bus error.
    (space / "weights.safetensors").write_bytes(b"")
    assert sum(array.sum() for array in read.arrays["weights.safetensors"].values()) == sum(
        array.sum() for array in kept.values())


@pytest.mark.parametrize("name", ["a b.space", "räksmörgås-雪-🙂", "x" * 255, "CON", "a\nb", os.fsdecode(b"\xff")])
def test_C22_odd_folder_names_work_in_both_directions(tmp_path, name):
    write(tmp_path / name)
    write(tmp_path / name, overwrite=True)
    assert read_folder(tmp_path / name).texts == TEXTS
    (tmp_path / name / "empty.txt").write_bytes(b"!")
    refused(tmp_path / name, "empty.txt")


@pytest.mark.parametrize("name", ["x" * 256, "a\0b", "\ud800", "missing", "missing/too"])
def test_C22_folders_that_cannot_be_are_refused(tmp_path, name):
    with pytest.raises(GausscapeError):
        read_folder(f"{tmp_path}/{name}")
    (tmp_path / "file").write_text("")
    refused(tmp_path / "file", "Not a directory")
    with pytest.raises(MissingFileError, match="nothing of that name"):
        read_folder(tmp_path / "missing")


# Damage.


def test_C12_truncated_files_are_refused_by_name(space):
    for path in files_of(space):
        whole = path.read_bytes()
        for length in {0, 1, 8, len(whole) // 2, len(whole) - 1} & set(range(len(whole))):
            path.write_bytes(whole[:length])
            message = refused(space, path.name)
            assert path.name == "manifest.json" or f"needed {len(whole):,} bytes, as the manifest says" in message
        path.write_bytes(whole + b"\0")
        refused(space, path.name)
        path.write_bytes(whole)
    read_folder(space)


def test_C13_bit_flips_are_refused(space):
    draw = random.Random(13)
    paths = [path for path in files_of(space) if path.stat().st_size]
    for number in range(FLIPS):
        path = paths[number % len(paths)]
        data = bytearray(path.read_bytes())
        bit = draw.randrange(8 * len(data))
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        message = refused(space)
        assert path.name in message or path.name == "manifest.json", message
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
    read_folder(space)


def test_C13_every_byte_of_the_manifest_counts(tmp_path):
    write_folder(tmp_path / "it", texts={"a.md": "a"})
    path = tmp_path / "it" / "manifest.json"
    whole = path.read_bytes()
    for position in range(len(whole)):
        data = bytearray(whole)
        data[position] ^= 1 << position % 8
        path.write_bytes(data)
        refused(tmp_path / "it")


def test_C14_manifest_missing_foreign_or_newer(space, tmp_path):
    path = space / "manifest.json"
    manifest = json.loads(path.read_bytes())
    refused(forge(tmp_path / "newer", {}, schema=7), "schema 7, this program reads up to 1: upgrade gausscape")
    refused(forge(tmp_path / "newer", {}, schema=2, more="later"), "upgrade gausscape")
    for schema in (0, -1, "1", 1.0, True, None, [1]):
        refused(forge(tmp_path / "odd", {}, schema=schema), "schema number")
    for text in (b"", b"{}", b"[]", b"null", b"\xff", b"{", b'{"format": "other"}', b"7" * 5000):
        path.write_bytes(text)
        refused(space, "manifest.json")
    # The same content in another spelling was not written by us.
    path.write_bytes(json.dumps(manifest).encode())
    refused(space, "its own SHA-256")
    path.write_bytes(b" " * (2 << 20))
    refused(space, "manifest.json", "at most")
    path.unlink()
    refused(space, "manifest.json", "missing")


def test_extra_and_missing_files_are_refused_by_name(space):
    for name in [path.name for path in files_of(space)]:
        (space / name).rename(space.parent / "aside")
        refused(space, name, "missing")
        (space.parent / "aside").rename(space / name)
    for make in (Path.touch, Path.mkdir):
        make(space / "extra")
        refused(space, "extra", "Move it away")
        shutil.rmtree(space / "extra", ignore_errors=True)
        (space / "extra").unlink(missing_ok=True)
    (space / "\x1b[2J").touch()
    refused(space, "\\x1b")


def test_swapped_files_are_refused(space):
    one, other = space / "weights.safetensors", space / "law.safetensors"
    one.rename(space / "swap")
    other.rename(one)
    (space / "swap").rename(other)
    refused(space, "safetensors")


def test_C21_links_and_pipes_in_the_folder_are_refused(space, tmp_path):
    path = space / "MODEL_CARD.md"
    path.rename(tmp_path / "same")
    path.symlink_to(tmp_path / "same")
    refused(space, "MODEL_CARD.md", "symbolic link")
    path.unlink()
    path.symlink_to("/dev/zero")
    refused(space, "MODEL_CARD.md", "symbolic link")
    path.unlink()
    os.mkfifo(path)
    refused(space, "MODEL_CARD.md", "plain file")
    path.unlink()
    (tmp_path / "same").rename(path)
    (space / "manifest.json").rename(tmp_path / "manifest")
    (space / "manifest.json").symlink_to(tmp_path / "manifest")
    refused(space, "manifest.json", "symbolic link")


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_C21_a_link_or_pipe_put_there_after_the_check_is_refused(space, tmp_path, monkeypatch, kind):
    path, real = space / "MODEL_CARD.md", os.stat
    shutil.copy(path, tmp_path / "same")

    def swap(name, **options):
        found = real(name, **options)
        if name == path.name:
            path.unlink()
            path.symlink_to(tmp_path / "same") if kind == "link" else os.mkfifo(path)
        return found

    monkeypatch.setattr(os, "stat", swap)
    refused(space, "MODEL_CARD.md")


def test_a_link_to_the_whole_folder_is_read_but_not_written(space, tmp_path):
    (tmp_path / "latest").symlink_to(space)
    assert read_folder(tmp_path / "latest").texts == TEXTS
    with pytest.raises(StorageError, match="symbolic link"):
        write(tmp_path / "latest", overwrite=True)


def test_size_cap_is_checked_before_reading(space):
    total = sum(path.stat().st_size for path in files_of(space) if path.name != "manifest.json")
    read_folder(space, size_limit=total)
    refused(space, f"{total:,}", "size_limit", size_limit=total - 1)
    with (space / "empty.txt").open("wb") as file:
        file.truncate(1 << 40)
    refused(space, "empty.txt", "1,099,511,627,776")


def test_a_file_that_changes_while_it_is_read_is_refused(space, monkeypatch):
    real = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: real(descriptor, min(count, 3))[:2])
    refused(space)


def test_what_cannot_be_read_is_named(space, monkeypatch):
    def fail(descriptor, count):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    refused(space, "manifest.json", "Input/output error")


# Tampering: the manifest agrees with the files, so only the parsers stand in the way.


class Bomb:
    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("name", ["a.pt", "a.pkl", "a.joblib", "a.npy", "a.npz", "a.bin", "a.safetensors", "a.json",
                                  "a.md"])
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_S1_pickle_never_runs_whatever_it_is_called(tmp_path, name, protocol):
    payload = pickle.dumps(Bomb(tmp_path / "marker"), protocol=protocol)
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb(tmp_path / "marker")], dtype=object), allow_pickle=True)
    for data in (payload, buffer.getvalue()):
        place = forge(tmp_path / "it", {name: data})
        if name == "a.md" and data.isascii():
            assert read_folder(place).texts["a.md"].encode() == data  # text stays text
        else:
            refused(place, name)
        assert not (tmp_path / "marker").exists()


def test_S2_renamed_archives_are_refused_by_content(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps([1]))
    saved = io.BytesIO()
    np.save(saved, np.zeros(3))
    for data, word in ((buffer.getvalue(), "zip archive"), (saved.getvalue(), "numpy file"),
                       (pickle.dumps(list(range(200))), "pickle"), (b"", "something else")):
        refused(forge(tmp_path / "it", {"w.safetensors": data}), "w.safetensors", word)


def test_S3_bombs_are_refused_quickly_and_without_memory(tmp_path):
    many = {f"t{number}": entry("U8", [0], 0, 0) for number in range(10_001)}
    bombs = {
        "2^63": tensors(b"{}", length=1 << 63), "2^64-1": tensors(b"{}", length=(1 << 64) - 1),
        "100 MB said": tensors(b"{}", length=100 << 20), "2 MB": tensors(b"{" + b" " * (2 << 20) + b"}"),
        "past the end": tensors(b"{}", length=3), "deep": tensors(b'{"a":' + b"[" * 200_000),
        "deep closed": tensors(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "many": tensors(many),
        "quotes": tensors(b"{" + b'"\\' * 400_000), "escapes": tensors(b'{"' + b"\\" * 500_001),
        "digits": tensors(b'{"a":' + b"9" * 500_000 + b"}"), "huge axis": tensors({"a": entry("U8", [10**4000], 0, 0)}),
    }
    documents = {"deep": b"[" * 500_000, "deep object": b'{"a":' * 100_000, "digits": b"9" * 500_000,
                 "quotes": b'["' + b'\\"' * 500_000}
    tracemalloc.start()
    try:
        for name, files in ([(name, {"w.safetensors": data}) for name, data in bombs.items()]
                            + [(name, {"a.json": data}) for name, data in documents.items()]):
            forge(tmp_path / "it", files)
            start = time.process_time()  # not the clock on the wall: the machine has other work
            refused(tmp_path / "it", next(iter(files)))
            assert time.process_time() - start < 10, name
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


F4 = struct.pack("<f", 1.5)
S4 = {
    "repeated key": (tensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                             b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', F4), "repeated key 'a'"),
    "repeated inner key": (tensors(b'{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', F4),
                           "repeated key 'dtype'"),
    "overlap": (tensors({"a": entry("F32", [2], 0, 8), "b": entry("F32", [1], 4, 8)}, F4 * 2), "overlaps"),
    "same place": (tensors({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 0, 4)}, F4), "overlaps"),
    "hole": (tensors({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 8, 12)}, F4 * 3), "hole"),
    "hole at the start": (tensors({"a": entry("F32", [1], 4, 8)}, F4 * 2), "hole"),
    "empty one far out": (tensors({"a": entry("F32", [1], 0, 4), "b": entry("F32", [0], 8, 8)}, F4), "hole"),
    "trailing bytes": (tensors({"a": entry("F32", [1], 0, 4)}, F4 + b"\0"), "came 5"),
    "too few bytes": (tensors({"a": entry("F32", [2], 0, 8)}, F4), "came 4"),
    "no tensors but bytes": (tensors({}, F4), "needed 0 bytes"),
    "product overflow": (tensors({"a": entry("F32", [2**32, 2**32], 0, 0)}), "shapes that fit in memory"),
    "product overflow to 4": (tensors({"a": entry("F32", [2**62 + 1, 1], 0, 4)}, F4), "shapes that fit"),
    "overflow beside zero": (tensors({"a": entry("F32", [0, 2**62, 2**62], 0, 0)}), "shapes that fit"),
    "negative axis": (tensors({"a": entry("F32", [-1], 0, 4)}, F4), "negative"),
    "two negative axes": (tensors({"a": entry("F32", [-1, -1], 0, 4)}, F4), "negative"),
    "negative offset": (tensors({"a": entry("F32", [1], -4, 0)}, F4), "negative"),
    "turned offsets": (tensors({"a": entry("F32", [1], 4, 0)}, F4), "offsets span -4"),
    "true as axis": (tensors({"a": entry("F32", [True], 0, 4)}, F4), "something else"),
    "float axis": (tensors({"a": entry("F32", [1.0], 0, 4)}, F4), "something else"),
    "text axis": (tensors({"a": entry("F32", ["1"], 0, 4)}, F4), "something else"),
    "null shape": (tensors({"a": entry("F32", None, 0, 4)}, F4), "something else"),
    "many axes": (tensors({"a": entry("F32", [1] * 65, 0, 4)}, F4), "shapes that fit"),
    "extra entry": (tensors({"a": entry("F32", [1], 0, 4, more=1)}, F4), "something else"),
    "missing entry": (tensors({"a": {"dtype": "F32"}}), "something else"),
    "metadata": (tensors({"__metadata__": {"format": "pt"}}), "something else"),
    "half floats": (tensors({"a": entry("F16", [2], 0, 4)}, F4), "dtype 'F16'"),
    "made-up type": (tensors({"a": entry("O", [1], 0, 8)}, F4 * 2), "dtype 'O'"),
    "list as type": (tensors({"a": entry(["F32"], [1], 0, 4)}, F4), "something else"),  # type: ignore[arg-type]
    "header a list": (tensors(b"[]"), "something else"), "header nothing": (tensors(b""), "something else"),
    "header text": (tensors(b'{"a"}'), "JSON"), "header two": (tensors(b"{}{}"), "JSON"),
    "header latin": (tensors(b'{"\xff":1}'), "UTF-8"), "NaN in header": (tensors(b'{"a":NaN}'), "non-finite number"),
    "no name": (tensors({"": entry("F32", [1], 0, 4)}, F4), "printable"),
    "name that rings": (tensors({"\x07\x1b[2J": entry("F32", [1], 0, 4)}, F4), "printable"),
    "booleans of 7": (tensors({"a": entry("BOOL", [2], 0, 2)}, b"\1\7"), "booleans of 0 or 1"),
}


@pytest.mark.parametrize("case", S4)
def test_S4_malformed_tensors_are_refused(tmp_path, case):
    data, word = S4[case]
    refused(forge(tmp_path / "it", {"w.safetensors": data}), "w.safetensors", word)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_S5_non_finite_weights_are_refused(tmp_path, kind):
    bad = np.array([1, np.nan, np.inf, -np.inf], dtype=kind)
    data = safetensors.numpy.save({"enc.0.weight": bad, "other": np.ones(2)})
    refused(forge(tmp_path / "it", {"w.safetensors": data}), "tensor enc.0.weight has 3 non-finite values")
    with pytest.raises(DataError, match=r"tensor enc.0.weight has 3 non-finite values"):
        write_folder(tmp_path / "new", arrays={"w.safetensors": {"enc.0.weight": bad}})
    with pytest.raises(DataError, match="has 1 non-finite value "):
        write_folder(tmp_path / "new", arrays={"w.safetensors": {"enc.0.weight": bad[:2]}})
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("data", [b'{"a": 1, "a": 2}', b'[{"a": {"b": 1, "b": 1}}]', b"NaN", b"[Infinity]",
                                  b"[-Infinity]", b"[1e999]", b"-1e999", b"", b"{", b"[1,]", b"\xef\xbb\xbf{}", b"\xff",
                                  b"[" * 65 + b"]" * 65, b"nul", b"{}{}", b"'a'"])
def test_S4_malformed_documents_are_refused(tmp_path, data):
    refused(forge(tmp_path / "it", {"a.json": data}), "a.json")


def test_brackets_in_text_are_not_nesting(tmp_path):
    text = "[{" * 500 + '\\"' * 50
    write_folder(tmp_path / "it", documents={"a.json": {text: [text]}})
    assert read_folder(tmp_path / "it").documents["a.json"] == {text: [text]}


@pytest.mark.parametrize("name", ["../secret.md", "/etc/passwd", "a/../../b.md", "a\\b.md", "..", "", "a.pt", "a\0.md",
                                  "manifest.json", "con.md", "\x1b[2J.md", "a" * 200 + ".md"])
def test_a_manifest_that_lists_odd_names_is_refused(tmp_path, name):
    (tmp_path / "secret.md").write_text("secret")
    listed = {name: {"sha256": hashlib.sha256(b"secret").hexdigest(), "size": 6}}
    refused(forge(tmp_path / "it", {}, artefacts=listed), "manifest.json")


@pytest.mark.parametrize("listed", [
    None, [], "a.md", 7, {"a.md": None}, {"a.md": {"size": 0}}, {"a.md": {"size": 0, "sha256": ""}},
    {"a.md": {"size": -1, "sha256": "0" * 64}}, {"a.md": {"size": True, "sha256": "0" * 64}},
    {"a.md": {"size": 1.0, "sha256": "0" * 64}}, {"a.md": {"size": 10**4000, "sha256": "0" * 64}},
    {"a.md": {"size": 0, "sha256": "0" * 64, "more": 1}}, {"a.md": {"size": 0, "sha256": "0" * 64 + "\n"}},
    {f"{number}.md": {"size": 0, "sha256": "0" * 64} for number in range(1001)}])
def test_a_manifest_with_odd_entries_is_refused(tmp_path, listed):
    refused(forge(tmp_path / "it", {}, artefacts=listed), "manifest.json")


@pytest.mark.parametrize("changes", [{"more": 1}, {"format": "gausscape"}, {"format": None}])
def test_a_manifest_with_odd_keys_is_refused(tmp_path, changes):
    refused(forge(tmp_path / "it", {}, **changes), "manifest.json")


def test_the_forger_of_these_tests_can_also_make_a_good_folder(tmp_path, space):
    files = {path.name: path.read_bytes() for path in files_of(space) if path.name != "manifest.json"}
    forge(tmp_path / "forged", files)
    assert (tmp_path / "forged" / "manifest.json").read_bytes() == (space / "manifest.json").read_bytes()
    assert isinstance(read_folder(tmp_path / "forged"), Folder)


def test_S6_tensor_differences_are_listed(space):
    found = read_folder(space).arrays["weights.safetensors"]
    expected = {name: (array.shape, array.dtype) for name, array in found.items()}
    check_tensors(expected, found)
    check_tensors({name: (list(shape), dtype.name) for name, (shape, dtype) in expected.items()}, found)  # type: ignore
    with pytest.raises(DamagedFileError, match=r"1 place: dec.0.bias is missing"):
        check_tensors({**expected, "dec.0.bias": ((2,), "float32")}, found)
    with pytest.raises(DamagedFileError, match=r"enc.0.bias is extra"):
        check_tensors({name: expected[name] for name in expected if name != "enc.0.bias"}, found)
    with pytest.raises(DamagedFileError, match=r"enc.0.weight has shape \(3, 4\), needed \(4, 3\)"):
        check_tensors({**expected, "enc.0.weight": ((4, 3), "float32")}, found)
    with pytest.raises(DamagedFileError, match=r"enc.0.weight has dtype float32, needed float64"):
        check_tensors({**expected, "enc.0.weight": ((3, 4), np.float64)}, found)
    with pytest.raises(DamagedFileError) as caught:
        check_tensors({f"layer.{number}": ((1,), "float32") for number in range(7)}, found)
    assert "13 places" in str(caught.value)
    assert "and 8 more" in str(caught.value)
    assert str(caught.value).count("layer.") == 5


# Fuzzing: whatever comes, only a GausscapeError leaves.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**65) | st.floats() | st.sampled_from(["F32", "U8", "BOOL", "I64", ""])
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["dtype", "shape", "data_offsets", "a", "size", "sha256", "a.md"]), inner, max_size=4),
    max_leaves=12)
ENTRY = st.fixed_dictionaries({
    "dtype": st.sampled_from(["F32", "U8", "BOOL", "I64", "F64", "I32", "F16"]) | JSON,
    "shape": st.lists(st.integers(-1, 3) | st.sampled_from([2**31, 2**62, 2**64]), max_size=3) | JSON,
    "data_offsets": st.lists(st.integers(-1, 16), min_size=2, max_size=2) | JSON})


def survives(files: dict[str, bytes], place: Path, **changes) -> None:
    forge(place, files, **changes)
    try:
        read = read_folder(place)
    except GausscapeError:
        return
    for group in read.arrays.values():
        for array in group.values():
            assert array.dtype.name in safe_tensors._CODES
            assert array.dtype.kind != "f" or np.isfinite(array).all()


@FUZZ
@given(data=st.binary(max_size=200), name=st.sampled_from(["w.safetensors", "a.json", "a.md"]))
def test_S10_random_files(tmp_path, data, name):
    survives({name: data}, tmp_path / "it")


@FUZZ
@given(header=st.dictionaries(st.text(max_size=3), ENTRY | JSON, max_size=4), body=st.binary(max_size=32),
       shift=st.sampled_from([0, 0, 0, 1, -1, 2**40]))
def test_S10_random_headers(tmp_path, header, body, shift):
    text = json.dumps(header).encode()
    survives({"w.safetensors": tensors(text, body, max(0, len(text) + shift))}, tmp_path / "it")


@FUZZ
@given(data=st.data())
def test_S10_mutated_tensors(tmp_path, data):
    whole = bytearray(tensor_bytes("w.safetensors", ARRAYS["weights.safetensors"]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(whole)))
        stop = start + data.draw(st.integers(0, 8))
        whole[start:stop] = data.draw(st.binary(max_size=8) | st.sampled_from([b'"', b"{", b"]", b"-1", b"9" * 20]))
    survives({"w.safetensors": bytes(whole)}, tmp_path / "it")


@FUZZ
@given(data=st.data())
def test_S10_mutated_manifests(tmp_path, data):
    place = forge(tmp_path / "it", {"a.md": b"a", "a.json": b"[1]"})
    path = place / "manifest.json"
    whole = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(whole)))
    whole[start : start + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    if bytes(whole) != path.read_bytes():
        path.write_bytes(whole)
        refused(place)


@FUZZ
@given(changes=st.dictionaries(st.sampled_from(["artefacts", "format", "schema", "more"]), JSON, min_size=1))
def test_S10_random_manifests_with_a_true_hash(tmp_path, changes):
    survives({"a.md": b"a"}, tmp_path / "it", **changes)


IMPORT_ALONE = """
import sys, types
for name, place in (("gausscape", sys.argv[1]), ("gausscape.space", sys.argv[1] + "/space")):
    # A bare package, so that what the real one imports does not count.
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [place]
import gausscape.space.folder
print(sorted({"torch", "scipy", "pandas", "sklearn"} & set(sys.modules)))
"""


def test_importing_brings_nothing_heavy():
    package = str(Path(durable.__file__).parents[1])
    output = subprocess.run([sys.executable, "-c", IMPORT_ALONE, package], capture_output=True, text=True, timeout=60,
                            check=True).stdout
    assert output == "[]\n"


def test_threads_that_write_one_folder_take_turns(tmp_path):
    place = tmp_path / "it"
    write_folder(place, texts={"a.md": "start"})
    workers = [threading.Thread(target=write_folder, args=[place],
                                kwargs={"texts": {"a.md": str(number)}, "overwrite": True}) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert read_folder(place).texts["a.md"] in "0123"
    assert os.listdir(tmp_path) == ["it"]
