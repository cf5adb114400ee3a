"""How are tensors written as safetensors, and parsed so that hostile bytes do no harm?"""

__all__ = ["counted", "parse_tensors", "tensor_bytes"]

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors.numpy import save

from gausscape.errors import DataError
from gausscape.space.folder_reader import HOSTILE, FolderReader
from gausscape.space.safe_json import parse_json

_LARGEST_HEADER = 1 << 20
_MOST_TENSORS = 10_000
_MOST_AXES = 32
_CODES = {"float32": "F32", "float64": "F64", "int64": "I64", "int32": "I32", "uint8": "U8", "bool": "BOOL"}
_TYPES = {code: np.dtype(name).newbyteorder("<") for name, code in _CODES.items()}


def tensor_bytes(name: str, tensors: Mapping[str, np.ndarray]) -> bytes:
    """Arrays of finite numbers as the bytes of a safetensors file.

    Args:
        name: Name of the file, for messages.
        tensors: Tensor name -> array of float32, float64, int64, int32, uint8 or bool.

    Raises:
        DataError: If the file cannot keep an array exactly, or a number is not finite.

    Example:
        >>> data = tensor_bytes("w.safetensors", {"bias": np.zeros(2, dtype=np.float32)})
        >>> parse_tensors(FolderReader("one", -1), "w.safetensors", data)
        {'bias': array([0., 0.], dtype=float32)}
    """
    plain: dict[str, np.ndarray] = {}
    for tensor, array in tensors.items():
        if not isinstance(tensor, str) or not tensor or tensor == "__metadata__" or not tensor.isprintable():
            raise DataError(f"A tensor needs a printable name, but {name} has {tensor!r}. Choose another name.")
        if not isinstance(array, np.ndarray | np.generic) or array.dtype.name not in _CODES:
            kind = array.dtype.name if isinstance(array, np.ndarray | np.generic) else type(array).__name__
            raise DataError(f"A tensor needs to be a numpy array of {', '.join(_CODES)}, but {tensor} in {name} is of "
                            f"{kind}. Convert it.")
        plain[tensor] = np.array(array, dtype=_TYPES[_CODES[array.dtype.name]], order="C")
        wrong = _count_nonfinite(plain[tensor])
        if wrong:
            raise DataError(f"A space needs finite numbers, but tensor {tensor} has {counted(wrong, 'non-finite value')}"
                            f" ({name}). Find out where they come from; nothing was written.")
        if array.ndim > _MOST_AXES:
            raise DataError(f"A tensor needs at most {_MOST_AXES} axes, but {tensor} in {name} has {array.ndim}. "
                            "Reshape it.")
    try:
        data = save(plain)
    except BaseException as problem:
        # Out of memory, safetensors panics, which is no Exception.
        if type(problem).__name__ == "PanicException":
            raise MemoryError(f"no room for the bytes of {name}") from problem
        raise
    if len(plain) > _MOST_TENSORS or int.from_bytes(data[:8], "little") > _LARGEST_HEADER:
        raise DataError(f"A file needs at most {_MOST_TENSORS:,} tensors and {_LARGEST_HEADER:,} bytes of their names, "
                        f"but {name} has {counted(len(plain), 'tensor')}. Spread them over several files.")
    return data


def parse_tensors(reader: FolderReader, name: str, data: bytes) -> dict[str, np.ndarray]:
    """The arrays in the bytes of a safetensors file, after checking its header, offsets, shapes and numbers.

    Args:
        reader: The folder, which words the refusal.
        name: Name of the file.
        data: Its bytes.

    Returns:
        Tensor name -> a writable copy.

    Raises:
        DamagedFileError: If the bytes are not sound.

    Example:
        >>> parse_tensors(FolderReader("one", -1), "w.safetensors", b"PK and so on")
        Traceback (most recent call last):
            ...
        gausscape.errors.DamagedFileError: one/w.safetensors: needed safetensors with a header of up to 1,048,576 \
bytes, but came a zip archive (.pt, .npz). No version of gausscape writes this: use the folder only if you trust its \
source, and have it saved anew.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > _LARGEST_HEADER or length > len(data) - 8 or data[8:9] != b"{":
        reader.refuse(name, f"safetensors with a header of up to {_LARGEST_HEADER:,} bytes",
                      f"came {_kind_of(data)}", HOSTILE)
    header = parse_json(reader, name, data[8 : 8 + length], _LARGEST_HEADER)
    if not isinstance(header, dict) or len(header) > _MOST_TENSORS:
        came = counted(len(header), "tensor") if isinstance(header, dict) else "something else"
        reader.refuse(name, f"a header of up to {_MOST_TENSORS:,} tensors", f"came {came}", HOSTILE)
    for tensor in header:
        if not tensor or not tensor.isprintable():
            reader.refuse(name, "printable names of tensors", f"came {tensor[:80]!a}", HOSTILE)
    body = memoryview(data)[8 + length :]
    spans = sorted((*_span(reader, name, tensor, entry), tensor) for tensor, entry in header.items())
    end = 0
    for start, stop, tensor in spans:
        if start != end:
            what = "overlaps the one before it" if start < end else "leaves a hole before it"
            reader.refuse(name, "tensors side by side", f"tensor {tensor[:120]} {what}", HOSTILE)
        end = stop
    if end != len(body):
        reader.refuse(name, f"{end:,} bytes of numbers", f"came {len(body):,}", HOSTILE)
    arrays = {}
    for tensor, entry in header.items():
        start, stop = entry["data_offsets"]
        arrays[tensor] = _array(reader, name, tensor, body[start:stop], entry)
    return arrays


def _kind_of(data: bytes) -> str:
    kinds = {b"PK": "a zip archive (.pt, .npz)", b"\x93NUMPY": "a numpy file"}
    kinds |= {bytes([0x80, protocol]): "a pickle" for protocol in range(2, 6)}
    return next((kind for start, kind in kinds.items() if data.startswith(start)), "something else")


def _span(reader: FolderReader, name: str, tensor: str, entry: Any) -> tuple[int, int]:
    """Returns where the tensor's bytes start and stop, after checking all that the header says of it."""
    match entry:
        case {"dtype": str(code), "shape": list(shape), "data_offsets": [start, stop], **rest} if (
            not rest and all(type(number) is int and number >= 0 for number in (*shape, start, stop))
        ):
            pass
        case _:
            reader.refuse(name, "a dtype, a shape and two offsets for each tensor, without negative numbers",
                          f"tensor {tensor[:120]} has something else", HOSTILE)
    if code not in _TYPES:
        reader.refuse(name, f"numbers of {', '.join(_CODES)}", f"tensor {tensor[:120]} has dtype {code[:20]!r}",
                      HOSTILE)
    itemsize = _TYPES[code].itemsize
    # Without its zeros the product bounds what numpy will compute; Python's integers do not wrap around.
    if len(shape) > _MOST_AXES or math.prod(size for size in shape if size) * itemsize >= 1 << 63:
        reader.refuse(name, "shapes that fit in memory", f"tensor {tensor[:120]} has {str(shape)[:80]}", HOSTILE)
    needed = math.prod(shape) * itemsize
    if stop - start != needed:
        reader.refuse(name, f"{needed:,} bytes for tensor {tensor[:120]} of shape {str(shape)[:80]}",
                      f"its offsets span {stop - start:,}", HOSTILE)
    return start, stop


def _array(reader: FolderReader, name: str, tensor: str, data: memoryview, entry: dict[str, Any]) -> np.ndarray:
    kind = _TYPES[entry["dtype"]]
    if kind == np.bool_ and np.frombuffer(data, np.uint8).max(initial=0) > 1:
        reader.refuse(name, "booleans of 0 or 1", f"tensor {tensor[:120]} has other values", HOSTILE)
    array = np.frombuffer(data, kind).reshape(entry["shape"]).astype(kind.newbyteorder("="), copy=True)
    wrong = _count_nonfinite(array)
    if wrong:
        reader.refuse(name, "finite numbers", f"tensor {tensor[:120]} has {counted(wrong, 'non-finite value')}",
                      "Fit the space anew; its training left the finite numbers, or the file was altered.")
    return array


def _count_nonfinite(array: np.ndarray) -> int:
    return int(array.size - np.count_nonzero(np.isfinite(array))) if array.dtype.kind == "f" else 0


def counted(number: int, noun: str) -> str:
    """A number with its noun, for messages.

    Example:
        >>> counted(1, "tensor"), counted(2000, "tensor")
        ('1 tensor', '2,000 tensors')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
