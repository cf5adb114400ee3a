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
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DamagedFileError, DataError, MissingFileError, StorageError
from gausscape.space.durable import open_folder, write_files
from gausscape.space.folder_reader import FolderReader
from gausscape.space.manifest import (
    LARGEST_MANIFEST,
    MANIFEST,
    MOST_FILES,
    SCHEMA,
    TABLE,
    TEXTS,
    manifest_bytes,
    name_problem,
    read_manifest,
)
from gausscape.space.safe_json import LARGEST_DOCUMENT, decode, document_bytes, parse_json
from gausscape.space.safe_tensors import counted, parse_tensors, tensor_bytes


@dataclass(frozen=True, eq=False)
class Folder:
    """What a verified folder holds. The arrays are writable copies that belong to the caller.

    Attributes:
        documents: File name -> content of a JSON file.
        arrays: File name -> tensor name -> array.
        texts: File name -> text.
        tables: File name -> bytes of a Parquet file, for `gausscape.space.parquet.parse_parquet`.
        fingerprint: SHA-256 over sizes and hashes of all files: the same if and only if the content is the same.

    Example:
        >>> Folder(documents={"a.json": {"b": 1}}, arrays={}, texts={}, fingerprint="").documents["a.json"]
        {'b': 1}
    """

    documents: dict[str, Any]
    arrays: dict[str, dict[str, np.ndarray]]
    texts: dict[str, str]
    fingerprint: str
    tables: dict[str, bytes] = field(default_factory=dict)


def write_folder(
    path: str | os.PathLike[str],
    *,
    documents: Mapping[str, Any] | None = None,
    arrays: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    texts: Mapping[str, str] | None = None,
    tables: Mapping[str, bytes] | None = None,
    overwrite: bool = False,
) -> None:
    """Writes a verified folder, durably and all at once.

    Args:
        path: The folder to make. Its parent must exist.
        documents: ``NAME.json`` -> plain data: mappings with text keys, lists, text, finite numbers, booleans, None.
        arrays: ``NAME.safetensors`` -> tensor name -> finite array of float32, float64, int64, int32, uint8 or bool.
        texts: ``NAME.md`` (or .txt, .csv, .yaml, .jsonl) -> text.
        tables: ``NAME.parquet`` -> bytes of a Parquet file.
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
        add(name, (".json",), document_bytes, document)
    for name, tensors in (arrays or {}).items():
        add(name, (".safetensors",), tensor_bytes, tensors)
    for name, text in (texts or {}).items():
        add(name, TEXTS, _text_bytes, text)
    for name, table in (tables or {}).items():
        add(name, (TABLE,), lambda _, data: data, table)
    manifest = manifest_bytes(contents)
    if len(contents) > MOST_FILES or len(manifest) > LARGEST_MANIFEST:
        raise ConfigurationError(f"A folder holds up to {MOST_FILES:,} files, but got {len(contents):,}. "
                                 "Put several arrays into one .safetensors file.")
    # The manifest is written last: a folder without one is not taken for ours.
    contents = {**dict(sorted(contents.items())), MANIFEST: manifest}
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
            return _read(FolderReader(os.fspath(path), descriptor), size_limit)
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
            f"{counted(len(expected), 'tensor')} {'was' if len(expected) == 1 else 'were'} needed, but what came "
            f"differs in {counted(len(differences), 'place')}: {'; '.join(differences[:5])}{more}. "
            "Load it with the version and the options that it was saved with.")


# Writing.


def _check_new_name(name: str, suffixes: tuple[str, ...], taken: Mapping[str, bytes]) -> None:
    needed = name_problem(name)
    if needed is None and not name.endswith(suffixes):
        needed = f"a name that ends in {' or '.join(suffixes)}"
    if needed is None and name.casefold() in {other.casefold() for other in taken}:
        needed = "names that differ in more than upper and lower case"
    if needed is not None:
        raise ConfigurationError(f"A file in the folder needs {needed}, but got {name!r}. Choose another name.")


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
        reader = FolderReader(self._path, descriptor)
        try:
            artefacts, _ = read_manifest(reader)
        except DamagedFileError as problem:
            raise StorageError(f"Overwriting needs a whole gausscape folder at {self._path}, but its manifest does not "
                               f"say so ({problem}) Look at it, and remove it yourself if it may go.") from problem
        for name in sorted(os.listdir(descriptor)):
            mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
            if name not in (MANIFEST, *artefacts) or not stat.S_ISREG(mode):
                raise StorageError(f"Overwriting needs a folder with nothing in it but a space, but {self._path} also "
                                   f"holds {name!r}. Move that away, or choose another folder.")


# Reading.


def _still_there(path: str | os.PathLike[str], descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    # Nothing has the name: what was read is the folder that an interrupted swap set aside, or one being removed.
    return os.fstat(descriptor).st_nlink > 0


def _read(reader: FolderReader, size_limit: int) -> Folder:
    artefacts, fingerprint = read_manifest(reader)
    for name in sorted(os.listdir(reader.descriptor)):
        if name != MANIFEST and name not in artefacts:
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
    documents, arrays, texts, tables = {}, {}, {}, {}
    for name in artefacts:
        data = contents.pop(name)
        if name.endswith(".json"):
            documents[name] = parse_json(reader, name, data, LARGEST_DOCUMENT)
        elif name.endswith(".safetensors"):
            arrays[name] = parse_tensors(reader, name, data)
        elif name.endswith(TABLE):
            tables[name] = data
        else:
            texts[name] = decode(reader, name, data)
    return Folder(documents=documents, arrays=arrays, texts=texts, fingerprint=fingerprint, tables=tables)
