"""How does a document with arrays become bytes that a browser unpacks? A JSON header and one blob, in gzip."""

__all__ = ["Packed", "bits", "counts", "halves", "pack", "planes", "singles", "unpack"]

import hashlib
import json
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, final

import numpy as np

from gausscape.errors import DamagedFileError, DataError

MAGIC = b"GSP1"
ALIGNMENT = 4
LARGEST_HALF = 6.0e4
WIDTHS = {"f2": "<f2", "f4": "<f4", "p4": "<f4", "u1": "<u1", "u2": "<u2", "u4": "<u4"}


@final
@dataclass(frozen=True, eq=False)
class Packed:
    """A flat array that goes into the blob.

    Args:
        dtype: "f4", "f2" (half floats), "u1", "u2", "u4", or "p4": float32 whose four byte planes are stored one after the
            other, so that rounded mantissas compress.
        values: Flat, in the order of the rows.
    """

    dtype: str
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def to_bytes(self) -> bytes:
        """As stored."""
        raw = np.ascontiguousarray(self.values, dtype=WIDTHS[self.dtype])
        if self.dtype == "p4":
            raw = np.ascontiguousarray(raw.view(np.uint8).reshape(-1, 4).T)
        return raw.tobytes()


def singles(values: Any) -> Packed:
    """Numbers at full single precision."""
    return Packed("f4", _flat(values).astype(np.float32))


def halves(values: Any) -> Packed:
    """Numbers of about three digits between -60,000 and 60,000; planes of three digits where they are larger."""
    flat = _flat(values)
    largest = np.abs(flat[np.isfinite(flat)]).max(initial=0.0)
    return planes(flat, digits=3) if largest > LARGEST_HALF else Packed("f2", flat.astype(np.float16))


def planes(values: Any, *, digits: int = 4) -> Packed:
    """Numbers rounded to so many significant digits, of any size that single precision holds."""
    flat = _flat(values).astype(np.float32)
    # A number of d digits needs 3.33 d bits; the lower bits of the mantissa become 0, rounded to the nearest.
    dropped = max(0, 23 - math.ceil(digits * math.log2(10)))
    if dropped:
        raw = flat.view(np.uint32).astype(np.uint64)
        rounded = ((raw + (1 << (dropped - 1))) >> dropped << dropped).astype(np.uint32)
        flat = np.where(np.isfinite(flat), rounded.view(np.float32), flat)
    return Packed("p4", flat.astype(np.float32))


def bits(values: Any) -> Packed:
    """Whole numbers from 0 to 255."""
    return Packed("u1", np.asarray(values).ravel().astype(np.uint8))


def counts(values: Any, *, short: bool = False) -> Packed:
    """Whole numbers from 0; up to 65,535 if short."""
    return Packed("u2" if short else "u4", np.asarray(values).ravel().astype(np.uint16 if short else np.uint32))


def _flat(values: Any) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float64).ravel().clip(-3e38, 3e38)


def pack(document: Any) -> bytes:
    """The document as compressed bytes: equal documents give equal bytes.

    Args:
        document: Mappings, sequences, dataclasses, texts, numbers and `Packed` arrays; numbers that are not finite become null.

    Raises:
        DataError: If it holds anything else.

    Example:
        >>> unpack(pack({"u": singles([1.0, 2.0]), "n": float("nan"), "name": "<b>"}))
        {'u': array([1., 2.], dtype=float32), 'n': None, 'name': '<b>'}
    """
    blob = _Blob()
    header = json.dumps(_plain(document, blob), ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode(
        "ascii"
    )
    content = MAGIC + struct.pack("<I", len(header)) + header
    content += bytes(-len(content) % ALIGNMENT) + bytes(blob.content)
    # zlib writes the gzip frame itself: no name and no time of day stand in it.
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    return squeeze.compress(content) + squeeze.flush()


class _Blob:
    """Arrays one after the other; two spaces that show the same objects hold many an array twice, which is kept once."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._places: dict[bytes, int] = {}

    def place_of(self, raw: bytes) -> int:
        key = hashlib.sha256(raw).digest()
        if key not in self._places:
            self.content.extend(bytes(-len(self.content) % ALIGNMENT))
            self._places[key] = len(self.content)
            self.content.extend(raw)
        return self._places[key]


def _plain(value: Any, blob: _Blob) -> Any:
    if isinstance(value, np.ndarray):
        value = _by_type(value)
    if isinstance(value, Packed):
        return {"$": [value.dtype, blob.place_of(value.to_bytes()), len(value)]}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name), blob) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(each, blob) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return list(value) if _are_plain(value) else [_plain(each, blob) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        # A text may hold half of a surrogate pair, which no UTF-8 can: it is shown as a replacement mark.
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) and not _is_sound(value) else value
    raise DataError(
        f"A page holds texts, numbers, lists, mappings and packed arrays, but a {type(value).__name__} came. Convert it first."
    )


def _are_plain(values: Sequence[Any]) -> bool:
    """Whether these can stand as they are, told without a look at each by itself: long lists are mostly plain numbers or words."""
    kinds = set(map(type, values))
    return (
        kinds <= {int, bool}
        or (kinds == {float} and all(map(math.isfinite, values)))
        or (kinds == {str} and all(map(str.isascii, values)))
    )


def _by_type(array: np.ndarray) -> Packed:
    named = {"u1": "u1", "u2": "u2", "u4": "u4"}.get(array.dtype.str[1:])
    return singles(array) if named is None else Packed(named, array.ravel())


def _is_sound(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def unpack(content: bytes) -> Any:
    """The document again, with NumPy arrays: what the browser does.

    Raises:
        DamagedFileError: If these bytes were not made by `pack`.
    """
    try:
        raw = zlib.decompress(content, 31)
        (length,) = struct.unpack("<I", raw[4:8])
        if raw[:4] != MAGIC:
            raise ValueError("another magic")
        header = json.loads(raw[8 : 8 + length])
        start = 8 + length + -(8 + length) % ALIGNMENT
        return _arrays(header, memoryview(raw)[start:])
    except (zlib.error, struct.error, ValueError, IndexError, KeyError) as error:
        raise DamagedFileError(
            f"A page's data need bytes that this package packed, but {error} came up. Write the page again."
        ) from error


def _arrays(value: Any, blob: memoryview) -> Any:
    if isinstance(value, dict) and list(value) == ["$"] and isinstance(value["$"], list):
        dtype, at, length = value["$"]
        width = np.dtype(WIDTHS[dtype]).itemsize
        raw = np.frombuffer(blob[at : at + width * length], dtype=np.uint8)
        if dtype == "p4":
            raw = np.ascontiguousarray(raw.reshape(4, -1).T)
        found = raw.reshape(-1).view(WIDTHS[dtype])
        return found.astype(np.float32) if dtype == "f2" else found
    if isinstance(value, dict):
        return {name: _arrays(each, blob) for name, each in value.items()}
    return [_arrays(each, blob) for each in value] if isinstance(value, list) else value
