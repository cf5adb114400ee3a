"""NumPy files: what is read is what was written, and nothing hostile gets through."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gausscape.datasets import load
from gausscape.errors import DamagedFileError, DataError, GausscapeError


class Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (self.marker,)


@pytest.mark.parametrize("dtype", ["uint8", "bool", "int64", "float16", "float32", "float64", ">f4"])
def test_arrays_come_back_equal(tmp_path, dtype):
    array = np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype(dtype))
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "a.npz", images=array, labels=np.array([4, 5]), other=np.zeros(3))
    assert np.array_equal(load(tmp_path / "a.npy").values, array)
    items = load(tmp_path / "a.npz")
    assert np.array_equal(items.values, array)
    assert items.values.dtype == np.dtype(dtype)
    assert items.labels.tolist() == [4, 5]


def test_npz_without_a_known_name_needs_one_array(tmp_path):
    np.savez(tmp_path / "one.npz", foo=np.ones((2, 2)))
    np.savez(tmp_path / "two.npz", foo=np.ones((2, 2)), bar=np.ones((2, 2)))
    np.savez(tmp_path / "short.npz", x=np.ones((2, 2)), y=np.ones(3))
    assert load(tmp_path / "one.npz").values.shape == (2, 2)
    with pytest.raises(DataError, match="'foo', 'bar'"):
        load(tmp_path / "two.npz")
    with pytest.raises(DataError, match="labels"):
        load(tmp_path / "short.npz")


def test_S1_pickles_are_refused_and_run_nothing(tmp_path):
    marker = tmp_path / "ran"
    array = np.array([Payload(str(marker))], dtype=object)
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    np.savez(tmp_path / "a.npz", images=array)
    (tmp_path / "raw.npy").write_bytes(pickle.dumps(Payload(str(marker))))
    for name in ("a.npy", "a.npz", "raw.npy"):
        with pytest.raises(GausscapeError):
            load(tmp_path / name)
    assert not marker.exists()


def test_every_cut_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12.0))
    np.savez_compressed(tmp_path / "a.npz", images=np.arange(12.0))
    for name in ("a.npy", "a.npz"):
        whole = (tmp_path / name).read_bytes()
        for length in range(len(whole)):
            (tmp_path / f"cut-{name}").write_bytes(whole[:length])
            with pytest.raises(GausscapeError, match=f"cut-{name}"):
                load(tmp_path / f"cut-{name}")


def test_flipped_bits_in_npz_are_refused_or_harmless(tmp_path):
    array = np.arange(64.0)
    np.savez_compressed(tmp_path / "a.npz", images=array)
    whole = (tmp_path / "a.npz").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(300):
        altered = bytearray(whole)
        altered[random.integers(len(whole))] ^= 1 << random.integers(8)
        (tmp_path / "b.npz").write_bytes(altered)
        try:
            items = load(tmp_path / "b.npz")
        except GausscapeError:
            continue
        assert np.array_equal(items.values, array)


@pytest.mark.parametrize("name", ["../images.npy", "/images.npy", "a/../../x.npy", "..\\images.npy", "C:/images.npy"])
def test_S7_names_that_leave_the_archive_are_refused(tmp_path, name):
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr(name, stream.getvalue())
    with pytest.raises(DamagedFileError, match="member"):
        load(tmp_path / "a.npz")


CHILD = """
import resource, sys, time
from gausscape.datasets import load
from gausscape.errors import GausscapeError
import zipfile
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
started = time.perf_counter()
try:
    load(sys.argv[1])
except GausscapeError as error:
    print(type(error).__name__, error)
# ru_maxrss is inherited from the process that forked; VmHWM (in kB) is this one's own.
used = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1000
assert time.perf_counter() - started < 2, "slow"
assert used < 200, used
"""


def run_child(path):
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CHILD, str(path)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
def test_S7_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (4_000_000_000,)})
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", header.getvalue() + bytes(1_000_000))
    raw = bytearray((tmp_path / "bomb.npz").read_bytes())
    central = raw.rfind(b"PK\x01\x02")
    raw[central + 24 : central + 28] = (4_000_000_000 + len(header.getvalue())).to_bytes(4, "little")
    (tmp_path / "bomb.npz").write_bytes(raw)
    done = run_child(tmp_path / "bomb.npz")
    assert done.returncode == 0, done.stderr
    assert "would need 4.0 GB" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
def test_S7_npy_that_declares_too_much_is_refused(tmp_path):
    with open(tmp_path / "huge.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 10**6)})
    done = run_child(tmp_path / "huge.npy")
    assert done.returncode == 0, done.stderr
    assert "DamagedFileError" in done.stdout


@pytest.mark.parametrize("array", [np.array(3), np.array(["a", "b"]), np.ones(2, dtype=complex), np.zeros((0, 3))])
def test_T1_arrays_without_objects_or_numbers_are_refused(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(DataError, match=r"a\.npy"):
        load(tmp_path / "a.npy")


def test_an_npy_header_that_is_no_literal_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 3)))
    raw = bytearray((tmp_path / "a.npy").read_bytes())
    raw[raw.index(b"}")] = ord("(")  # never closed: numpy's own reader leaves with an error of the tokenizer
    (tmp_path / "a.npy").write_bytes(raw)
    with pytest.raises(DamagedFileError, match=r"a\.npy should begin as a \.npy array"):
        load(tmp_path / "a.npy")
