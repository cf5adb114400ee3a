"""Answers that commands wrote to files, read back for a page, and refused where they belong to another space."""

__all__ = ["SCHEMA", "headed", "read_answer"]

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DamagedFileError, DataError, MissingFileError, StorageError
from gausscape.page.asked import Asked
from gausscape.page.change_part import ToldChange, write_change
from gausscape.page.collected import ToldLedger, ToldPatch
from gausscape.page.explanation_part import write_ledger, write_patch
from gausscape.space.folder import read_folder
from gausscape.space.folder_reader import RESTORE, FolderReader
from gausscape.space.safe_json import LARGEST_DOCUMENT, parse_json
from gausscape.space.space import Space
from gausscape.stress_testing import load_stress_test
from gausscape.stress_testing.saving import space_digest

SCHEMA = 1
LARGEST = 4 * LARGEST_DOCUMENT


def headed(kind: str, space: Space, answer: Any) -> dict[str, Any]:
    """What stands before a document that `read_answer` shall know again.

    Args:
        kind: "change" or "explanation".
        space: That it was asked of.
        answer: As it prints.
    """
    told = {"name": str(space.record["name"]), "digest": space_digest(space)}
    return {"answer": kind, "schema": SCHEMA, "space": told, "words": str(answer)}


def read_answer(path: Path, spaces: Sequence[Space]) -> list[Any]:
    """What a file or folder holds, as answers for a page.

    Args:
        path: A folder of `gausscape stress --out`, or a file with what `gausscape change --json` or `gausscape explain --json`
            printed.
        spaces: Those of the page.

    Raises:
        MissingFileError: If there is nothing.
        DamagedFileError: If it was altered, is incomplete or comes from a newer version.
        DataError: If it is no answer.
        ConfigurationError: If it belongs to none of these spaces.
    """
    if path.is_dir():
        return [_stress(path, spaces)]
    document = _document(path)
    kind = str(document.get("answer"))
    if kind not in READERS:
        raise DataError(
            f"A page needs answers ({', '.join(READERS)}, a stress test's folder, a space), but {path} is none of these. Write one: "
            "gausscape change ... --json > change.json"
        )
    schema = document.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise DamagedFileError(
            f"{path} has schema {schema!r}, but this program reads up to {SCHEMA}. Upgrade gausscape."
        )
    space = _space_of(path, document.get("space"), spaces)
    try:
        return READERS[kind](space, document)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise DamagedFileError(
            f"{path} needs the entries of an answer ({kind}), but {error!r} came up. Write it again with this version."
        ) from error


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise MissingFileError(f"A page needs answers that exist, but there is no {path}. Check its name.") from error
    except OSError as error:
        raise StorageError(
            f"Reading {path} needs a readable file, but: {error.strerror}. Check its permissions."
        ) from error
    try:
        told = parse_json(FolderReader(str(path.parent), -1), path.name, data, LARGEST)
    except DamagedFileError as error:
        raise DamagedFileError(str(error).replace(RESTORE, "The file was cut or altered: write it again with --json.")) from error
    if not isinstance(told, dict):
        raise DataError(
            f"A page needs an answer as a JSON object, but {path} holds a {type(told).__name__}. Give another file."
        )
    return told


def _space_of(path: Path, told: Any, spaces: Sequence[Space]) -> Space:
    digest = told.get("digest") if isinstance(told, dict) else None
    for space in spaces:
        if space_digest(space) == digest:
            return space
    name = told.get("name") if isinstance(told, dict) else None
    here = ", ".join(f"{space.record['name']!r} {space_digest(space)[:8]}" for space in spaces)
    raise ConfigurationError(
        f"{path} needs the space that it was asked of ({name!r} {str(digest)[:8]}), but another one came ({here}). Give that "
        "space too, or ask again with this one."
    )


def _stress(folder: Path, spaces: Sequence[Space]) -> Any:
    if not (folder / "stress.json").is_file():
        raise DataError(
            f"A page needs answers in a folder to be a space or a stress test, but {folder} is neither. "
            "Keep a test with: gausscape stress ... --out DIR"
        )
    document = read_folder(folder).documents["stress.json"]
    told = document if isinstance(document, dict) else {}
    space = _space_of(folder, told.get("space"), spaces)
    constraints = told.get("settings", {}).get("constraints") if isinstance(told.get("settings"), dict) else None
    return load_stress_test(folder, space.constrained(constraints) if constraints else space)


def _change(space: Space, document: dict[str, Any]) -> list[Any]:
    told = ToldChange.of_document(space, document)
    # What is wrong with the document shows here, where it can be refused by its name.
    write_change(told, space_id="", ends=(None, None), asked=Asked.of((), calls=0))
    return [told]


def _explanation(space: Space, document: dict[str, Any]) -> list[Any]:
    outcome = str(document["outcome"])
    found: list[Any] = []
    for each in document["patches"]:
        patch = space.patch(np.asarray(each["centre"], dtype=np.float64), float(each["radius"]))
        told = ToldPatch(each, patch, outcome)
        write_patch(each, patch, space_id="", outcome=outcome, with_unusual=False)
        found.append(told)
    if document["ledger"] is not None:
        write_ledger(document["ledger"], space_id="", outcome=outcome)
        found.append(ToldLedger(document["ledger"], outcome, space))
    return found


READERS = {"change": _change, "explanation": _explanation}
