"""A folder of graph files, or one subfolder of them for each label."""

__all__ = ["NAME", "OPTIONS", "matches", "read"]

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gausscape.datasets.graph_building import finish
from gausscape.datasets.graph_direction import DIRECTED
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.datasets.readers import edge_lists, graphml
from gausscape.datasets.reading_options import choice, refuse_options
from gausscape.errors import DataError
from gausscape.items import Items

SUFFIXES = (*graphml.SUFFIXES, *edge_lists.SUFFIXES)
NAME = f"a folder of graphs ({' '.join(SUFFIXES)})"
OPTIONS = graphml.OPTIONS | edge_lists.OPTIONS


def matches(path: Path) -> bool:
    return bool(list_files(path))


def read(path: Path, options: Mapping[str, Any]) -> Items:
    """All graphs of all files; ids are the files' names, with the graph's own after a `/` where a file holds several.

    Args:
        path: Files of one ending, in the folder, or in its direct subfolders, whose names are then the labels.
        options: As for one such file.

    Raises:
        DataError: If a file is no such graph, or some lie in the folder and others below.
    """
    files = list_files(path)
    directed = choice(options, "directed", DIRECTED)
    below = {file.parent != path for file in files}
    if len(below) > 1:
        raise DataError(
            f"{path} should hold its graphs either directly or in one subfolder for each label, but holds both. "
            "Name the folder that is meant, or move the others away."
        )
    endings = {file.suffix.lower() for file in files}
    known = [reader.OPTIONS for reader in (graphml, edge_lists) if endings & set(reader.SUFFIXES)]
    refuse_options(f"a folder of {' '.join(sorted(endings))}", options, allowed=frozenset().union(*known))
    drafts: list[GraphDraft] = []
    for file in files:
        told = graphml.parse(file) if file.suffix.lower() in graphml.SUFFIXES else edge_lists.parse(file, options)
        called = file.relative_to(path).as_posix()
        for draft in told:
            draft.name = called if len(told) == 1 else f"{called}/{draft.name}"
            if True in below:
                draft.attributes.setdefault("label", file.parent.name)
        drafts += told
    return finish(drafts, name=path.name or str(path), directed=directed, label=options.get("label_column"))


def list_files(path: Path) -> list[Path]:
    """The graph files in the folder and its subfolders, by name; hidden ones are passed over."""
    found = [*path.iterdir(), *(file for folder in path.iterdir() if folder.is_dir() for file in folder.iterdir())]
    return sorted(
        file
        for file in found
        if file.suffix.lower() in SUFFIXES
        and file.stem.lower() != "edges"
        and file.is_file()
        and not any(part.startswith((".", "__MACOSX")) for part in file.relative_to(path).parts)
    )
