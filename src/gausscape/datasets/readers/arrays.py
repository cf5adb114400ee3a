"""NumPy files: .npy and .npz, without pickles, and with every declared size checked before memory is taken."""

__all__ = ["MAGIC", "SUFFIXES", "read"]

import math
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from gausscape.datasets.file_state import unchanged
from gausscape.datasets.memory import refuse_too_large
from gausscape.errors import DamagedFileError, DataError
from gausscape.items import Items

SUFFIXES = (".npy", ".npz")
MAGIC = (b"\x93NUMPY", b"PK\x03\x04")

VALUE_KEYS = ("images", "data", "x")
LABEL_KEYS = ("labels", "label", "y")
ID_KEYS = ("ids",)


def read(path: Path, *, id_column: str | None = None, resize: tuple[int, int] | None = None) -> Items:
    """One array of numbers; from .npz the one named images, data or x, or the only one.

    Arrays named labels (or y) and ids go along. Arrays of Python objects are refused: reading them runs code that
    the file brings.

    Raises:
        DamagedFileError: If the file is cut, altered, or declares other sizes than it has.
        DataError: If it holds no usable array.
    """
    with unchanged(path) as size:
        try:
            if path.suffix.lower() == ".npz":
                return read_archive(path)
            with open(path, "rb") as file:
                return Items.of(numbers(read_array(file, size, str(path)), str(path)), name=path.name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
            raise DamagedFileError(
                f"{path} should be a whole NumPy file, but: {error}. Fetch or write it anew."
            ) from error


def read_archive(path: Path) -> Items:
    with zipfile.ZipFile(path) as archive:
        members = {}
        for member in archive.infolist():
            parts = member.filename.replace("\\", "/").split("/")
            if ".." in parts or parts[0] == "" or ":" in parts[0] or member.filename in members:
                raise DamagedFileError(
                    f"{path} holds a member named {member.filename!r}, which no array has. "
                    "Do not trust this file; write it anew with numpy.savez."
                )
            if member.filename.endswith(".npy"):
                members[member.filename] = member
        by_key = {name.removesuffix(".npy"): member for name, member in members.items()}
        lowered = {key.lower(): key for key in by_key}
        chosen = next((lowered[key] for key in VALUE_KEYS if key in lowered), None)
        if chosen is None and len(by_key) == 1:
            chosen = next(iter(by_key))
        if chosen is None:
            held = ", ".join(map(repr, list(by_key)[:10])) or "no array at all"
            raise DataError(
                f"{path} should hold one array, or one named images, data or x, but holds {held}. "
                "Load it with numpy.load and pass the array that is meant."
            )
        wanted = {"values": chosen} | {
            what: lowered[key]
            for what, keys in (("labels", LABEL_KEYS), ("ids", ID_KEYS))
            for key in keys[::-1]
            if key in lowered and lowered[key] != chosen
        }
        refuse_too_large(str(path), sum(by_key[key].file_size for key in wanted.values()))
        arrays = {}
        for what, key in wanted.items():
            with archive.open(by_key[key]) as file:
                arrays[what] = read_array(file, by_key[key].file_size, f"{path} (array {key!r})")
    values = numbers(arrays["values"], f"{path} (array {chosen!r})")
    ids = arrays.get("ids", np.arange(len(values)))
    labels = arrays.get("labels")
    for what, array in (("labels", labels), ("ids", ids)):
        if array is not None and (array.ndim != 1 or len(array) != len(values)):
            raise DataError(
                f"{path}: {len(values):,} objects need {what} of shape ({len(values)},), but the array has "
                f"{array.shape}. Write one for each object, or leave the {what} away."
            )
    return Items(values, ids.astype(str), labels, name=path.name)


def read_array(file: IO[bytes], size: int, name: str) -> np.ndarray:
    """The array of one .npy stream whose length is `size` bytes."""
    try:
        version = np.lib.format.read_magic(file)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(file)  # parsed as a literal, at most 10,000 characters: no code runs
        offset = file.tell()
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise DamagedFileError(
            f"{name} should begin as a .npy array, but does not: {first_line(error)}. Write it anew with numpy.save."
        ) from error
    if dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects (a pickle), which could run code when read. "
            "Save plain numbers or texts with numpy.save(..., allow_pickle=False)."
        )
    needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or offset + needed != size:
        raise DamagedFileError(
            f"{name} declares shape {shape} of {dtype}, which is {offset + max(needed, 0):,} bytes, but has {size:,}. "
            "It is cut or altered; write it anew."
        )
    refuse_too_large(name, needed)
    flat = np.empty(math.prod(shape), dtype)
    room = flat.view(np.uint8) if needed else np.empty(0, np.uint8)
    filled = 0
    while filled < needed and (chunk := file.read(min(1 << 20, needed - filled))):
        room[filled : filled + len(chunk)] = np.frombuffer(chunk, np.uint8)
        filled += len(chunk)
    if filled != needed or file.read(1):  # reading on to the end of a member also checks its CRC
        raise DamagedFileError(f"{name} has not the {needed:,} bytes that it declares. Write it anew.")
    return flat.reshape(shape, order="F" if fortran else "C")


def numbers(values: np.ndarray, name: str) -> np.ndarray:
    if values.ndim == 0 or values.dtype.kind not in "biuf":
        raise DataError(
            f"{name} should hold objects of numbers along its first axis, but has shape {values.shape} and type "
            f"{values.dtype}. Save integers, floats or truth values; a table with named columns goes into Parquet."
        )
    return values


def first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
