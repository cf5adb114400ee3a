"""MNIST and Fashion-MNIST: local folders, mirrors, hashes; the network is a server on this machine."""

import contextlib
import dataclasses
import functools
import gzip
import hashlib
import http.server
import shutil
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from gausscape.datasets import download, load
from gausscape.datasets.download import fetch
from gausscape.datasets.entries import idx_images
from gausscape.errors import DamagedFileError, DataError, MissingFileError, StorageError

DATA = Path(__file__).parents[2].parent / "shared" / "data"
MNIST = pytest.mark.skipif(not (DATA / "mnist").is_dir(), reason="../shared/data/mnist is not there")
CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves what its path says: whole, wrong, cut, gone or endless content."""

    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        if "gone" in self.path or (self.path == "/once/f" and self.asked.count(self.path) == 1):
            self.send_error(404)
            return
        body = {"/wrong/f": CONTENT[::-1], "/cut/f": CONTENT[:5000], "/endless/f": CONTENT * 1000}.get(
            self.path, CONTENT
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT) if "cut" in self.path else len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GAUSSCAPE_DATA_DIR", raising=False)
    Mirror.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def try_fetch(server, *places):
    return fetch("f", [f"{server}/{place}/f" for place in places], DIGEST, size=len(CONTENT), folder="set", pause=0)


def cached(tmp_path):
    return sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())


def test_a_download_is_kept_and_not_repeated(server, tmp_path):
    for _ in range(2):
        assert try_fetch(server, "good").read_bytes() == CONTENT
    assert Mirror.asked == ["/good/f"]
    assert cached(tmp_path) == ["f"]


@pytest.mark.parametrize("bad", ["wrong", "cut", "gone", "endless"])
def test_the_next_mirror_serves(server, bad):
    assert try_fetch(server, bad, "good").read_bytes() == CONTENT
    assert Mirror.asked == [f"/{bad}/f", "/good/f"]


def test_a_mirror_is_tried_again(server):
    assert try_fetch(server, "once").read_bytes() == CONTENT
    assert Mirror.asked == ["/once/f"] * 2


@pytest.mark.parametrize(
    ("bad", "kind"),
    [("wrong", DamagedFileError), ("endless", DamagedFileError), ("cut", MissingFileError), ("gone", MissingFileError)],
)
def test_nothing_of_a_bad_download_stays(server, tmp_path, bad, kind):
    with pytest.raises(kind, match=r"no mirror served it.*data_dir"):
        try_fetch(server, bad)
    assert cached(tmp_path) == []


def test_an_altered_cache_is_fetched_again(server):
    path = try_fetch(server, "good")
    path.write_bytes(CONTENT[:-1])
    assert try_fetch(server, "good").read_bytes() == CONTENT


def test_a_cache_that_cannot_be_written_is_named(server, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cache"):
        try_fetch(server, "good")


def test_no_server_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(download, "ROUNDS", 1)
    with pytest.raises(MissingFileError, match="ConnectionError"):
        fetch("f", ["http://127.0.0.1:9/f"], DIGEST, size=1, folder="set")


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with small files of the right form, packed, under no published hash."""
    monkeypatch.delenv("GAUSSCAPE_DATA_DIR", raising=False)
    monkeypatch.setattr(idx_images, "COUNTS", {"train": 20, "test": 10})
    random = np.random.default_rng(0)
    place = tmp_path / "mine"
    place.mkdir()
    for prefix, count in (("train", 20), ("t10k", 10)):
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        (place / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (place / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return place


def test_own_files_are_used_under_a_loud_warning(folder, monkeypatch):
    with pytest.warns(UserWarning, match="not the published file"):
        items = load("fashion-mnist", data_dir=folder, split="test")
    assert items.values.shape == (10, 28, 28)
    assert items.labels.tolist() == list(range(10))
    assert items.name == "fashion-mnist (test)"
    monkeypatch.setenv("GAUSSCAPE_DATA_DIR", str(folder))
    with pytest.warns(UserWarning, match="not the published file"):
        assert len(load("fashion-mnist")) == 20


def test_plain_files_and_subfolders_serve_too(folder, tmp_path):
    (tmp_path / "all" / "mnist").mkdir(parents=True)
    for path in folder.iterdir():
        (tmp_path / "all" / "mnist" / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    with pytest.warns(UserWarning, match="not the published file"):
        assert len(load("mnist", data_dir=tmp_path / "all")) == 20


@pytest.mark.filterwarnings("ignore:.*not the published file")
@pytest.mark.parametrize("fault", ["cut", "flip", "magic", "count", "label", "long", "missing"])
def test_content_of_own_files_is_checked(folder, fault):
    images, labels = folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz"
    packed, plain = images.read_bytes(), gzip.decompress(images.read_bytes())
    if fault == "cut":
        images.write_bytes(packed[:-1])
    elif fault == "flip":
        images.write_bytes(packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:])
    elif fault == "magic":
        images.write_bytes(gzip.compress(b"\0\0\x0b" + plain[3:]))
    elif fault == "count":
        images.write_bytes(gzip.compress(idx(np.zeros((19, 28, 28), np.uint8))))
    elif fault == "label":
        labels.write_bytes(gzip.compress(idx(np.full(20, 10, np.uint8))))
    elif fault == "long":
        images.write_bytes(gzip.compress(plain + bytes(100_000_000), 1))
    else:
        images.unlink()
    with pytest.raises((DamagedFileError, DataError, MissingFileError), match="-idx"):
        load("mnist", data_dir=folder)


@MNIST
def test_mnist_itself_is_recognised(recwarn):
    items = load("mnist", data_dir=DATA, split="test")
    assert len(recwarn) == 0
    assert items.values.shape == (10_000, 28, 28)
    assert np.bincount(items.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@MNIST
def test_one_set_is_not_taken_for_another():
    with pytest.raises(DataError, match="should be a file of fashion-mnist, but is the one of mnist"):
        load("fashion-mnist", data_dir=DATA / "mnist", split="test")


@MNIST
def test_mnist_unpacked_is_recognised(tmp_path, recwarn):
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        with gzip.open(DATA / "mnist" / f"{name}.gz") as source, open(tmp_path / name, "wb") as target:
            shutil.copyfileobj(source, target)
    assert len(load("mnist", data_dir=tmp_path, split="test")) == 10_000
    assert len(recwarn) == 0


@MNIST
def test_mnist_from_a_mirror(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("GAUSSCAPE_DATA_DIR", raising=False)
    handler = functools.partial(QuietFiles, directory=DATA / "mnist")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        mirrors = (f"http://127.0.0.1:{running.server_port}/nothing/", f"http://127.0.0.1:{running.server_port}/")
        publication = dataclasses.replace(idx_images.MNIST, mirrors=mirrors)
        assert len(idx_images.read(publication, "test", None)) == 10_000
        running.shutdown()
    assert len(idx_images.read(publication, "test", None)) == 10_000  # from the cache, with no server


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass
