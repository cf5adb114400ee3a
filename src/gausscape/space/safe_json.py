"""How is JSON written so that it comes back the same, and parsed so that hostile bytes do no harm?"""

__all__ = ["LARGEST_DOCUMENT", "decode", "document_bytes", "finite", "json_bytes", "parse_json"]

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from gausscape.errors import DataError
from gausscape.space.folder_reader import HOSTILE, FolderReader

LARGEST_DOCUMENT = 16 << 20

_DEEPEST = 64
_JSON_MARK = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


def finite(value: Any) -> Any:
    """Plain data that JSON can hold: arrays become lists, and numbers that are not finite become None.

    Example:
        >>> import numpy as np
        >>> finite({"a": np.array([1.0, np.nan]), "b": (np.int64(2), float("inf"))})
        {'a': [1.0, None], 'b': [2, None]}
    """
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def document_bytes(name: str, content: Any) -> bytes:
    """A document as JSON in ASCII, with sorted keys: equal content gives equal bytes.

    Raises:
        DataError: If JSON cannot hold it exactly, or it is too large or too deep.

    Example:
        >>> document_bytes("a.json", {"b": [1, None]}).decode().split()
        ['{', '"b":', '[', '1,', 'null', ']', '}']
    """
    _check_plain(name, content, depth=1)
    data = json_bytes(content)
    if len(data) > LARGEST_DOCUMENT:
        raise DataError(f"{name} may take up to {LARGEST_DOCUMENT:,} bytes, but takes {len(data):,}. "
                        "Keep numbers in a .safetensors file.")
    return data


def _check_plain(where: str, value: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise DataError(f"JSON needs at most {_DEEPEST} levels of nesting, but {where[:200]} ... goes deeper. "
                        "Flatten it.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise DataError(f"JSON needs text as keys, but {where} has the key {key!r}. Turn it into text.")
            _check_plain(f"{where}: {key}" if depth == 1 else f"{where}.{key}", item, depth + 1)
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            _check_plain(f"{where}[{position}]", item, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"JSON needs finite numbers, but {where} is {value}. Leave it out, or write None.")
    elif isinstance(value, int) and value.bit_length() > 1024:
        raise DataError(f"JSON needs integers of up to 1,024 bits, but {where} has {value.bit_length():,}. "
                        "Write it as text.")
    elif not (value is None or isinstance(value, str | int | float)):
        raise DataError(f"JSON needs plain data, but {where} is of type {type(value).__name__}. "
                        "Turn it into text, a number, a list or a mapping.")


def json_bytes(content: Any) -> bytes:
    """Plain content, already checked, as JSON in ASCII with sorted keys."""
    return (json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n").encode("ascii")


def parse_json(reader: FolderReader, name: str, data: bytes, largest: int) -> Any:
    """What the bytes of a JSON file say, after checking size, nesting, repeated keys and numbers.

    Args:
        reader: The folder, which words the refusal.
        name: Name of the file.
        data: Its bytes.
        largest: Refuse more bytes than this.

    Raises:
        DamagedFileError: If they are not sound.

    Example:
        >>> parse_json(FolderReader("one", -1), "a.json", b'{"b": [1, null]}', 100)
        {'b': [1, None]}
    """
    if len(data) > largest:
        reader.refuse(name, f"at most {largest:,} bytes of JSON", f"came {len(data):,}", HOSTILE)
    text = decode(reader, name, data)
    depth, is_in_text = 0, False
    for match in _JSON_MARK.finditer(text):
        mark = match[0]
        if mark == '"':
            is_in_text = not is_in_text
        elif mark in "[{" and not is_in_text:
            depth += 1
            if depth > _DEEPEST:
                reader.refuse(name, f"at most {_DEEPEST} levels of nesting", "came more", HOSTILE)
        elif mark in "]}" and not is_in_text:
            depth -= 1
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as problem:
        reader.refuse(name, "JSON without repeated keys and with finite numbers", f"came: {str(problem)[:200]}")


def decode(reader: FolderReader, name: str, data: bytes) -> str:
    """The text that UTF-8 bytes hold; other bytes are refused."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        reader.refuse(name, "UTF-8", f"byte {problem.start:,} is not")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        seen: set[str] = set()
        repeated = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"repeated key {repeated[:80]!r}")
    return content


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"non-finite number {text[:40]}")
    return number
