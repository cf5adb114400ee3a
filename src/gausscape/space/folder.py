"""How is a fitted space kept on disk so that damage, tampering and hostile files are refused by name?

A folder holds JSON documents, numbers in safetensors, a few texts, and ``manifest.json``: the schema number, the size
and SHA-256 of every other file, and the SHA-256 of the manifest itself. It says nothing of time or place, so equal
content gives equal bytes. Every load checks all of it before anything is parsed. Each file is read once, into memory;
the bytes that were hashed are the bytes that are parsed, so nothing can change in between. Pickle is never touched.

The hashes tell damage from health; they do not tell friend from foe, who can write a manifest too. So the parsers
trust nothing either: sizes, nesting, duplicate keys, offsets, shapes and values are all checked.
"""

__all__ = ["SCHEMA", "Folder", "check_tensors", "read_folder", "write_folder"]

import contextlib
import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from safetensors.numpy import save

from gausscape.errors import ConfigurationError, DamagedFileError, DataError, MissingFileError, StorageError
from gausscape.space.durable import open_folder, write_files

SCHEMA = 1

_FORMAT = "gausscape folder"
_MANIFEST = "manifest.json"
_TEXTS = (".md", ".txt", ".csv", ".yaml", ".jsonl")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_JSON_MARK = re.compile(r'\\.|["\[\]{}]', re.DOTALL)

_LARGEST_HEADER = 1 << 20
_LARGEST_MANIFEST = 1 << 20
_LARGEST_DOCUMENT = 16 << 20
_MOST_FILES = 1000
_MOST_TENSORS = 10_000
_MOST_AXES = 32
_DEEPEST = 64
_CODES = {"float32": "F32", "float64": "F64", "int64": "I64", "int32": "I32", "uint8": "U8", "bool": "BOOL"}
_TYPES = {code: np.dtype(name).newbyteorder("<") for name, code in _CODES.items()}

_RESTORE = "The file was cut or altered: restore the folder from a copy, or use an earlier one."
_HOSTILE = "No version of gausscape writes this: use the folder only if you trust its source, and have it saved anew."


@dataclass(frozen=True, eq=False)
class Folder:
    """What a verified folder holds. The arrays are writable copies that belong to the caller.

    Attributes:
        documents: File name -> content of a JSON file.
        arrays: File name -> tensor name -> array.
        texts: File name -> text.
        fingerprint: SHA-256 over sizes and hashes of all files: the same if and only if the content is the same.

    Example:
        >>> Folder(documents={"a.json": {"b": 1}}, arrays={}, texts={}, fingerprint="").documents["a.json"]
        {'b': 1}
    """

    documents: dict[str, Any]
    arrays: dict[str, dict[str, np.ndarray]]
    texts: dict[str, str]
    fingerprint: str


def write_folder(
    path: str | os.PathLike[str],
    *,
    documents: Mapping[str, Any] | None = None,
    arrays: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    texts: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> None:
    """Writes a verified folder, durably and all at once.

    Args:
        path: The folder to make. Its parent must exist.
        documents: ``NAME.json`` -> plain data: mappings with text keys, lists, text, finite numbers, booleans, None.
        arrays: ``NAME.safetensors`` -> tensor name -> finite array of float32, float64, int64, int32, uint8 or bool.
        texts: ``NAME.md`` (or .txt, .csv, .yaml, .jsonl) -> text.
        overwrite: Replace a gausscape folder that stands there. Any other folder is refused all the same.

    Raises:
        ConfigurationError: If a file name cannot be used.
        DataError: If the content cannot be kept exactly, such as NaN.
        StorageError: If the folder could not be written. What was there before is untouched.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     write_folder(os.path.join(parent, "one"), documents={"space.json": {"latent": 2}})
        ...     sorted(os.listdir(os.path.join(parent, "one")))
        ['manifest.json', 'space.json']
    """
    contents: dict[str, bytes] = {}

    def add(name: str, suffixes: tuple[str, ...], encode: Callable[[str, Any], bytes], content: Any) -> None:
        _check_new_name(name, suffixes, contents)
        contents[name] = encode(name, content)

    for name, document in (documents or {}).items():
        add(name, (".json",), _document_bytes, document)
    for name, tensors in (arrays or {}).items():
        add(name, (".safetensors",), _array_bytes, tensors)
    for name, text in (texts or {}).items():
        add(name, _TEXTS, _text_bytes, text)
    manifest = _manifest_bytes(contents)
    if len(contents) > _MOST_FILES or len(manifest) > _LARGEST_MANIFEST:
        raise ConfigurationError(f"A folder holds up to {_MOST_FILES:,} files, but got {len(contents):,}. "
                                 "Put several arrays into one .safetensors file.")
    # The manifest is written last: a folder without one is not taken for ours.
    contents = {**dict(sorted(contents.items())), _MANIFEST: manifest}
    write_files(path, contents, may_replace=_Replaceable(path) if overwrite else None)


def read_folder(path: str | os.PathLike[str], *, size_limit: int = 16 << 30) -> Folder:
    """Reads a folder after checking every byte of it against its manifest.

    Args:
        path: A folder that ``write_folder`` made.
        size_limit: Refuse a folder of more bytes than this, before reading it.

    Returns:
        Its content, in memory; the files are not needed any longer.

    Raises:
        MissingFileError: If there is no such folder.
        DamagedFileError: If any file is missing, extra, cut, altered, hostile or from a newer version.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     place = os.path.join(parent, "one")
        ...     write_folder(place, arrays={"w.safetensors": {"bias": np.zeros(2, dtype=np.float32)}})
        ...     read_folder(place).arrays["w.safetensors"]["bias"]
        array([0., 0.], dtype=float32)
    """
    for _ in range(10):
        try:
            descriptor = open_folder(path)
        except MissingFileError:
            raise
        except OSError as problem:
            raise DamagedFileError(f"Reading needs a folder at {os.fspath(path)}, but it cannot be opened as one: "
                                   f"{problem.strerror}. Check the path and its permissions.") from problem
        try:
            return _read(_Reader(os.fspath(path), descriptor), size_limit)
        except DamagedFileError:
            # A writer may have put a new folder in this place meanwhile, and removed files of the one being read.
            if _still_there(path, descriptor):
                raise
        finally:
            os.close(descriptor)
    raise DamagedFileError(f"Reading needs {os.fspath(path)} to stand still, but it was replaced 10 times meanwhile. "
                           "Wait until its writer is done, then read it again.")


def check_tensors(
    expected: Mapping[str, tuple[tuple[int, ...], str | np.dtype | type]], found: Mapping[str, np.ndarray]
) -> None:
    """Checks that the arrays are just those that were expected, each of its shape and type; nothing is converted.

    Args:
        expected: Tensor name -> (shape, dtype).
        found: Tensor name -> array.

    Raises:
        DamagedFileError: If they differ; the first five differences are listed.

    Example:
        >>> check_tensors({"bias": ((2,), "float32")}, {"bias": np.zeros(2, dtype=np.float32)})
        >>> check_tensors({"bias": ((2,), "float32")}, {"bias": np.zeros(3, dtype=np.float32)})
        Traceback (most recent call last):
            ...
        gausscape.errors.DamagedFileError: 1 tensor was needed, but what came differs in 1 place: bias has shape (3,), \
needed (2,). Load it with the version and the options that it was saved with.
    """
    differences = [f"{name} is missing" for name in expected if name not in found]
    differences += [f"{name} is extra" for name in found if name not in expected]
    both = [(name, *expected[name], found[name]) for name in expected if name in found]
    differences += [f"{name} has shape {tuple(array.shape)}, needed {tuple(shape)}"
                    for name, shape, _, array in both if tuple(array.shape) != tuple(shape)]
    differences += [f"{name} has dtype {array.dtype.name}, needed {np.dtype(dtype).name}"
                    for name, _, dtype, array in both if array.dtype.name != np.dtype(dtype).name]
    if differences:
        more = f"; and {len(differences) - 5:,} more" if len(differences) > 5 else ""
        raise DamagedFileError(
            f"{_count(len(expected), 'tensor')} {'was' if len(expected) == 1 else 'were'} needed, but what came "
            f"differs in {_count(len(differences), 'place')}: {'; '.join(differences[:5])}{more}. "
            "Load it with the version and the options that it was saved with.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# Writing.


def _name_problem(name: object) -> str | None:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None or ".." in name or name.endswith("."):
        return "a name of up to 100 letters, digits, '.', '_' and '-', without '..'"
    if name.casefold() == _MANIFEST or _WINDOWS_DEVICE.fullmatch(name):
        return "a name that is not reserved"
    return None


def _check_new_name(name: str, suffixes: tuple[str, ...], taken: Mapping[str, bytes]) -> None:
    needed = _name_problem(name)
    if needed is None and not name.endswith(suffixes):
        needed = f"a name that ends in {' or '.join(suffixes)}"
    if needed is None and name.casefold() in {other.casefold() for other in taken}:
        needed = "names that differ in more than upper and lower case"
    if needed is not None:
        raise ConfigurationError(f"A file in the folder needs {needed}, but got {name!r}. Choose another name.")


def _json_bytes(content: Any) -> bytes:
    return (json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n").encode("ascii")


def _manifest_bytes(contents: Mapping[str, bytes]) -> bytes:
    artefacts = {name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
                 for name, data in contents.items()}
    return _sealed({"artefacts": artefacts, "format": _FORMAT, "schema": SCHEMA})


def _sealed(body: dict[str, Any]) -> bytes:
    return _json_bytes({**body, "sha256": hashlib.sha256(_json_bytes(body)).hexdigest()})


def _document_bytes(name: str, content: Any) -> bytes:
    _check_plain(name, content, depth=1)
    data = _json_bytes(content)
    if len(data) > _LARGEST_DOCUMENT:
        raise DataError(f"{name} may take up to {_LARGEST_DOCUMENT:,} bytes, but takes {len(data):,}. "
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


def _array_bytes(name: str, tensors: Mapping[str, np.ndarray]) -> bytes:
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
            raise DataError(f"A space needs finite numbers, but tensor {tensor} has {_count(wrong, 'non-finite value')}"
                            f" ({name}). Find out where they come from; nothing was written.")
        if array.ndim > _MOST_AXES:
            raise DataError(f"A tensor needs at most {_MOST_AXES} axes, but {tensor} in {name} has {array.ndim}. "
                            "Reshape it.")
    data = save(plain)
    if len(plain) > _MOST_TENSORS or int.from_bytes(data[:8], "little") > _LARGEST_HEADER:
        raise DataError(f"A file needs at most {_MOST_TENSORS:,} tensors and {_LARGEST_HEADER:,} bytes of their names, "
                        f"but {name} has {_count(len(plain), 'tensor')}. Spread them over several files.")
    return data


def _text_bytes(name: str, text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except (UnicodeEncodeError, AttributeError):
        raise DataError(f"A text needs to be a str that UTF-8 can hold, but {name} is not. "
                        "Remove lone surrogates.") from None


class _Replaceable:
    """Refuses, by name, to replace a folder that holds anything but what our manifest lists."""

    def __init__(self, path: str | os.PathLike[str]):
        self._path = os.fspath(path)

    def __call__(self, descriptor: int) -> None:
        reader = _Reader(self._path, descriptor)
        try:
            artefacts, _ = _read_manifest(reader)
        except DamagedFileError as problem:
            raise StorageError(f"Overwriting needs a whole gausscape folder at {self._path}, but its manifest does not "
                               f"say so ({problem}) Look at it, and remove it yourself if it may go.") from problem
        for name in sorted(os.listdir(descriptor)):
            mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
            if name not in (_MANIFEST, *artefacts) or not stat.S_ISREG(mode):
                raise StorageError(f"Overwriting needs a folder with nothing in it but a space, but {self._path} also "
                                   f"holds {name!r}. Move that away, or choose another folder.")


# Reading.


class _Reader:
    """An open folder, with refusals that name the file in it."""

    def __init__(self, folder: str, descriptor: int):
        self.folder = folder
        self.descriptor = descriptor

    def refuse(self, name: str, needed: str, came: str, mend: str = _RESTORE) -> NoReturn:
        place = os.path.join(self.folder, name) if name else self.folder
        # A stranger's file name must not speak to the terminal.
        place = place if place.isprintable() else ascii(place)
        raise DamagedFileError(f"{place}: needed {needed}, but {came}. {mend}")

    def read(self, name: str, size: int | None, largest: int) -> bytes:
        """Reads a file once; ``size`` is what it must have, and is checked before the first byte is read."""
        # Not to be followed if it is a link, and not to be waited for if it is a pipe.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = -1
        try:
            mode = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_mode
            if not stat.S_ISREG(mode):
                what = "a symbolic link" if stat.S_ISLNK(mode) else "something else"
                self.refuse(name, "a plain file", f"came {what}", _HOSTILE)
            descriptor = os.open(name, flags, dir_fd=self.descriptor)
            found = os.fstat(descriptor).st_size
            if size is not None and found != size:
                self.refuse(name, f"{size:,} bytes, as the manifest says", f"came {found:,}")
            if found > largest:
                self.refuse(name, f"at most {largest:,} bytes", f"came {found:,}", _HOSTILE)
            data = bytearray()
            while piece := os.read(descriptor, min(found + 1 - len(data), 64 << 20)):
                data += piece
                if len(data) > found:
                    break
        except FileNotFoundError:
            self.refuse(name, "this file", "it is missing", "Restore the folder from a copy, or use an earlier one.")
        except OSError as problem:
            self.refuse(name, "to read this file", f"it failed: {problem.strerror}", "Check its permissions and disk.")
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if len(data) != found:
            self.refuse(name, f"{found:,} bytes", f"came {len(data):,}", "It changed while it was read: read it again.")
        return bytes(data)


def _still_there(path: str | os.PathLike[str], descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    # Nothing has the name: what was read is the folder that an interrupted swap set aside, or one being removed.
    return os.fstat(descriptor).st_nlink > 0


def _read(reader: _Reader, size_limit: int) -> Folder:
    artefacts, fingerprint = _read_manifest(reader)
    for name in sorted(os.listdir(reader.descriptor)):
        if name != _MANIFEST and name not in artefacts:
            reader.refuse(name, "only files that the manifest lists", "this one is extra", "Move it away.")
    total = sum(size for size, _ in artefacts.values())
    if total > size_limit:
        reader.refuse("", f"at most {size_limit:,} bytes in all", f"came {total:,}",
                      "Pass a larger size_limit if you trust it.")
    contents: dict[str, bytes] = {}
    for name, (size, digest) in artefacts.items():
        contents[name] = reader.read(name, size, size_limit)
        found = hashlib.sha256(contents[name]).hexdigest()
        if found != digest:
            reader.refuse(name, f"content with the SHA-256 {digest[:12]}..., as the manifest says",
                          f"came {found[:12]}...")
    documents, arrays, texts = {}, {}, {}
    for name in artefacts:
        data = contents.pop(name)
        if name.endswith(".json"):
            documents[name] = _parse_json(reader, name, data, _LARGEST_DOCUMENT)
        elif name.endswith(".safetensors"):
            arrays[name] = _parse_arrays(reader, name, data)
        else:
            texts[name] = _decode(reader, name, data)
    return Folder(documents=documents, arrays=arrays, texts=texts, fingerprint=fingerprint)


def _read_manifest(reader: _Reader) -> tuple[dict[str, tuple[int, str]], str]:
    """Returns file name -> (size, digest), and the manifest's own digest, all checked."""
    data = reader.read(_MANIFEST, None, _LARGEST_MANIFEST)
    manifest = _parse_json(reader, _MANIFEST, data, _LARGEST_MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
        reader.refuse(_MANIFEST, f'"format": "{_FORMAT}"', "it is not there",
                      "The folder is not one of gausscape's, or was altered: check the path, or restore a copy.")
    schema = manifest.get("schema")
    if type(schema) is not int or schema < 1:
        reader.refuse(_MANIFEST, "a schema number", f"came {str(schema)[:20]!r}")
    if schema > SCHEMA:
        raise DamagedFileError(f"{reader.folder}: schema {schema}, this program reads up to {SCHEMA}: upgrade "
                               "gausscape (or, if no newer version wrote it, restore the folder from a copy)")
    digest = manifest.pop("sha256", None)
    # Rebuilt and compared as bytes: a flipped bit is noticed wherever it falls, in the digest and in white space too.
    if set(manifest) != {"artefacts", "format", "schema"} or _sealed(manifest) != data or not isinstance(digest, str):
        reader.refuse(_MANIFEST, "a manifest that agrees with its own SHA-256", "it does not")
    entries = manifest["artefacts"]
    if not isinstance(entries, dict) or len(entries) > _MOST_FILES:
        reader.refuse(_MANIFEST, f"up to {_MOST_FILES:,} listed files", "came another list", _HOSTILE)
    artefacts: dict[str, tuple[int, str]] = {}
    for name, entry in entries.items():
        needed = _name_problem(name)
        if needed is None and not name.endswith((".json", ".safetensors", *_TEXTS)):
            needed = "a file of a kind that a space holds"
        if needed is not None:
            reader.refuse(_MANIFEST, needed, f"it lists {name[:120]!r}", _HOSTILE)
        match entry:
            case {"size": int(size), "sha256": str(sha256), **rest} if (
                not rest and type(size) is int and 0 <= size < 1 << 63 and _DIGEST.fullmatch(sha256)
            ):
                artefacts[name] = (size, sha256)
            case _:
                reader.refuse(_MANIFEST, f"a size and a SHA-256 for {name}", "came something else", _HOSTILE)
    return artefacts, digest


def _decode(reader: _Reader, name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        reader.refuse(name, "UTF-8", f"byte {problem.start:,} is not")


def _parse_json(reader: _Reader, name: str, data: bytes, largest: int) -> Any:
    if len(data) > largest:
        reader.refuse(name, f"at most {largest:,} bytes of JSON", f"came {len(data):,}", _HOSTILE)
    text = _decode(reader, name, data)
    depth, is_in_text = 0, False
    for match in _JSON_MARK.finditer(text):
        mark = match[0]
        if mark == '"':
            is_in_text = not is_in_text
        elif mark in "[{" and not is_in_text:
            depth += 1
            if depth > _DEEPEST:
                reader.refuse(name, f"at most {_DEEPEST} levels of nesting", "came more", _HOSTILE)
        elif mark in "]}" and not is_in_text:
            depth -= 1
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as problem:
        reader.refuse(name, "JSON without repeated keys and with finite numbers", f"came: {str(problem)[:200]}")


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


def _parse_arrays(reader: _Reader, name: str, data: bytes) -> dict[str, np.ndarray]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > _LARGEST_HEADER or length > len(data) - 8 or data[8:9] != b"{":
        reader.refuse(name, f"safetensors with a header of up to {_LARGEST_HEADER:,} bytes",
                      f"came {_kind_of(data)}", _HOSTILE)
    header = _parse_json(reader, name, data[8 : 8 + length], _LARGEST_HEADER)
    if not isinstance(header, dict) or len(header) > _MOST_TENSORS:
        came = _count(len(header), "tensor") if isinstance(header, dict) else "something else"
        reader.refuse(name, f"a header of up to {_MOST_TENSORS:,} tensors", f"came {came}", _HOSTILE)
    for tensor in header:
        if not tensor or not tensor.isprintable():
            reader.refuse(name, "printable names of tensors", f"came {tensor[:80]!a}", _HOSTILE)
    body = memoryview(data)[8 + length :]
    spans = sorted((*_span(reader, name, tensor, entry), tensor) for tensor, entry in header.items())
    end = 0
    for start, stop, tensor in spans:
        if start != end:
            what = "overlaps the one before it" if start < end else "leaves a hole before it"
            reader.refuse(name, "tensors side by side", f"tensor {tensor[:120]} {what}", _HOSTILE)
        end = stop
    if end != len(body):
        reader.refuse(name, f"{end:,} bytes of numbers", f"came {len(body):,}", _HOSTILE)
    arrays = {}
    for tensor, entry in header.items():
        start, stop = entry["data_offsets"]
        arrays[tensor] = _array(reader, name, tensor, body[start:stop], entry)
    return arrays


def _kind_of(data: bytes) -> str:
    kinds = {b"PK": "a zip archive (.pt, .npz)", b"\x93NUMPY": "a numpy file"}
    kinds |= {bytes([0x80, protocol]): "a pickle" for protocol in range(2, 6)}
    return next((kind for start, kind in kinds.items() if data.startswith(start)), "something else")


def _span(reader: _Reader, name: str, tensor: str, entry: Any) -> tuple[int, int]:
    """Returns where the tensor's bytes start and stop, after checking all that the header says of it."""
    match entry:
        case {"dtype": str(code), "shape": list(shape), "data_offsets": [start, stop], **rest} if (
            not rest and all(type(number) is int and number >= 0 for number in (*shape, start, stop))
        ):
            pass
        case _:
            reader.refuse(name, "a dtype, a shape and two offsets for each tensor, without negative numbers",
                          f"tensor {tensor[:120]} has something else", _HOSTILE)
    if code not in _TYPES:
        reader.refuse(name, f"numbers of {', '.join(_CODES)}", f"tensor {tensor[:120]} has dtype {code[:20]!r}",
                      _HOSTILE)
    itemsize = _TYPES[code].itemsize
    # Without its zeros the product bounds what numpy will compute; Python's integers do not wrap around.
    if len(shape) > _MOST_AXES or math.prod(size for size in shape if size) * itemsize >= 1 << 63:
        reader.refuse(name, "shapes that fit in memory", f"tensor {tensor[:120]} has {str(shape)[:80]}", _HOSTILE)
    needed = math.prod(shape) * itemsize
    if stop - start != needed:
        reader.refuse(name, f"{needed:,} bytes for tensor {tensor[:120]} of shape {str(shape)[:80]}",
                      f"its offsets span {stop - start:,}", _HOSTILE)
    return start, stop


def _array(reader: _Reader, name: str, tensor: str, data: memoryview, entry: dict[str, Any]) -> np.ndarray:
    kind = _TYPES[entry["dtype"]]
    if kind == np.bool_ and np.frombuffer(data, np.uint8).max(initial=0) > 1:
        reader.refuse(name, "booleans of 0 or 1", f"tensor {tensor[:120]} has other values", _HOSTILE)
    array = np.frombuffer(data, kind).reshape(entry["shape"]).astype(kind.newbyteorder("="), copy=True)
    wrong = _count_nonfinite(array)
    if wrong:
        reader.refuse(name, "finite numbers", f"tensor {tensor[:120]} has {_count(wrong, 'non-finite value')}",
                      "Fit the space anew; its training left the finite numbers, or the file was altered.")
    return array


def _count_nonfinite(array: np.ndarray) -> int:
    return int(array.size - np.count_nonzero(np.isfinite(array))) if array.dtype.kind == "f" else 0
