"""What does a folder say that it holds? Its manifest: the size and SHA-256 of every file, sealed with its own."""

__all__ = ["LARGEST_MANIFEST", "MANIFEST", "MOST_FILES", "SCHEMA", "TABLE", "TEXTS", "manifest_bytes", "name_problem", "read_manifest"]

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from gausscape.errors import DamagedFileError
from gausscape.space.folder_reader import HOSTILE, FolderReader
from gausscape.space.safe_json import json_bytes, parse_json

SCHEMA = 1
MANIFEST = "manifest.json"
TABLE = ".parquet"
TEXTS = (".md", ".txt", ".csv", ".yaml", ".jsonl")
MOST_FILES = 1000
LARGEST_MANIFEST = 1 << 20

_FORMAT = "gausscape folder"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def manifest_bytes(contents: Mapping[str, bytes]) -> bytes:
    """The manifest of these files.

    Args:
        contents: File name -> bytes.

    Example:
        >>> manifest_bytes({"a.md": b"text"}) == manifest_bytes({"a.md": b"text"})  # it says nothing of time or place
        True
    """
    artefacts = {name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
                 for name, data in contents.items()}
    return _sealed({"artefacts": artefacts, "format": _FORMAT, "schema": SCHEMA})


def _sealed(body: dict[str, Any]) -> bytes:
    return json_bytes({**body, "sha256": hashlib.sha256(json_bytes(body)).hexdigest()})


def read_manifest(reader: FolderReader) -> tuple[dict[str, tuple[int, str]], str]:
    """Returns file name -> (size, digest), and the manifest's own digest, all checked.

    Raises:
        DamagedFileError: If there is no sound manifest, or a newer version wrote it.
    """
    data = reader.read(MANIFEST, None, LARGEST_MANIFEST)
    manifest = parse_json(reader, MANIFEST, data, LARGEST_MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
        reader.refuse(MANIFEST, f'"format": "{_FORMAT}"', "it is not there",
                      "The folder is not one of gausscape's, or was altered: check the path, or restore a copy.")
    schema = manifest.get("schema")
    if type(schema) is not int or schema < 1:
        reader.refuse(MANIFEST, "a schema number", f"came {str(schema)[:20]!r}")
    if schema > SCHEMA:
        raise DamagedFileError(f"{reader.folder}: schema {schema}, this program reads up to {SCHEMA}: upgrade "
                               "gausscape (or, if no newer version wrote it, restore the folder from a copy)")
    digest = manifest.pop("sha256", None)
    # Rebuilt and compared as bytes: a flipped bit is noticed wherever it falls, in the digest and in white space too.
    if set(manifest) != {"artefacts", "format", "schema"} or _sealed(manifest) != data or not isinstance(digest, str):
        reader.refuse(MANIFEST, "a manifest that agrees with its own SHA-256", "it does not")
    entries = manifest["artefacts"]
    if not isinstance(entries, dict) or len(entries) > MOST_FILES:
        reader.refuse(MANIFEST, f"up to {MOST_FILES:,} listed files", "came another list", HOSTILE)
    artefacts: dict[str, tuple[int, str]] = {}
    for name, entry in entries.items():
        needed = name_problem(name)
        if needed is None and not name.endswith((".json", ".safetensors", TABLE, *TEXTS)):
            needed = "a file of a kind that a space holds"
        if needed is not None:
            reader.refuse(MANIFEST, needed, f"it lists {name[:120]!r}", HOSTILE)
        match entry:
            case {"size": int(size), "sha256": str(sha256), **rest} if (
                not rest and type(size) is int and 0 <= size < 1 << 63 and _DIGEST.fullmatch(sha256)
            ):
                artefacts[name] = (size, sha256)
            case _:
                reader.refuse(MANIFEST, f"a size and a SHA-256 for {name}", "came something else", HOSTILE)
    return artefacts, digest


def name_problem(name: object) -> str | None:
    """What a file of a folder needs its name to be, if this one is not.

    Example:
        >>> name_problem("space.json")
        >>> name_problem("con.json")
        'a name that is not reserved'
    """
    if not isinstance(name, str) or _NAME.fullmatch(name) is None or ".." in name or name.endswith("."):
        return "a name of up to 100 letters, digits, '.', '_' and '-', without '..'"
    if name.casefold() == MANIFEST or _WINDOWS_DEVICE.fullmatch(name):
        return "a name that is not reserved"
    return None
