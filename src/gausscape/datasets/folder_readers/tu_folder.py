"""A folder in the format of the TU collection: X_A.txt, X_graph_indicator.txt, and what goes with them."""

__all__ = ["NAME", "OPTIONS", "matches", "read"]

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.graph_building import finish
from gausscape.datasets.graph_direction import DIRECTED
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.datasets.memory import refuse_too_large
from gausscape.datasets.reading_options import choice, names
from gausscape.errors import ConfigurationError, DataError, MissingFileError
from gausscape.items import Items

NAME = "a folder of graphs (X_A.txt, X_graph_indicator.txt ...)"
OPTIONS = frozenset({"directed", "node_names", "edge_names", "node_attributes", "edge_attributes"})


def matches(path: Path) -> bool:
    return any(path.glob("*_A.txt")) and any(path.glob("*_graph_indicator.txt"))


def read(path: Path, options: Mapping[str, Any]) -> Items:
    """Graphs whose nodes and edges have a "type" from the labels, and numbers attr1, attr2 ... from the attributes.

    The files are those of Morris and others: line i of X_graph_indicator.txt names the graph of node i (from 1), a
    line "i, j" of X_A.txt is an edge, X_graph_labels.txt has a line for each graph. X_node_labels.txt,
    X_edge_labels.txt, X_node_attributes.txt, X_edge_attributes.txt and X_graph_attributes.txt may be there. Where
    labels have several columns, the first is the type and the others are type2, type3 ... Ids are the numbers of the
    graphs, from 0. Undirected edges stand in both directions; if A is not symmetric, the graphs are directed.

    Args:
        path: The folder.
        options: directed (auto, true, false); node_names and edge_names: names for the codes 0, 1, 2 ... of the
            types ("C,N,O"), or for those that are named ("3=C,7=N"); node_attributes and edge_attributes: names for the
            columns of attributes.

    Raises:
        DataError: If the files contradict each other; file and line are named.
        MissingFileError: If one of the two files that must be there is not.

    References:
        Morris, Kriege, Bause, Kersting, Mutzel, Neumann (2020): TUDataset: A collection of benchmark datasets for
        learning with graphs. arXiv:2007.08663, section 2.
    """
    directed = choice(options, "directed", DIRECTED)
    found = sorted(each.name.removesuffix("_A.txt") for each in path.glob("*_A.txt"))
    if len(found) > 1:
        raise DataError(
            f"{path} should hold the files of one set, but holds {' and '.join(found)}. Give each a folder of its own."
        )
    prefix = found[0]

    def file(part: str) -> Path:
        return path / f"{prefix}_{part}.txt"

    if not file("graph_indicator").is_file():
        raise MissingFileError(
            f"{file('graph_indicator')} should tell each node's graph, but is not there. Copy it beside {prefix}_A.txt."
        )
    drafts, members = read_nodes(file, options)
    edges = integers(file("A"), columns=2)
    types = read_types(file("edge_labels"), names(options, "edge_names"), "edge_names", rows=len(edges), of="edge")
    numbers = read_numbers(file("edge_attributes"), rows=len(edges), of="edge", named=names(options, "edge_attributes"))
    refuse_strangers(edges, members, file("A"))
    for row, (source, target) in enumerate(edges.tolist()):
        told = (types[row] if types else {}) | (numbers[row] if numbers else {})
        drafts[members[source - 1]].add_edge(source, target, told, row + 1)
    return finish(drafts, name=prefix, directed=directed, both_ways=True)


def read_nodes(file: Any, options: Mapping[str, Any]) -> tuple[list[GraphDraft], np.ndarray]:
    """A draft for each graph with its nodes and label, and the number of each node's graph, from 0."""
    indicator = integers(file("graph_indicator"), columns=1)[:, 0]
    types = read_types(file("node_labels"), names(options, "node_names"), "node_names", rows=len(indicator), of="node")
    numbers = read_numbers(
        file("node_attributes"), rows=len(indicator), of="node", named=names(options, "node_attributes")
    )
    labels = integers(file("graph_labels"), columns=1)[:, 0] if file("graph_labels").is_file() else None
    count = int(indicator.max()) if labels is None else len(labels)
    wrong = np.flatnonzero((indicator < 1) | (indicator > count))
    if len(wrong) or count > len(indicator):
        line, graph = (int(wrong[0]) + 1, int(indicator[wrong[0]])) if len(wrong) else (len(indicator), count)
        raise DataError(
            f"{file('graph_indicator')}: line {line:,}: a node should belong to one of {min(count, len(indicator)):,} graphs, "
            f"numbered from 1, but {graph:,} came or is the last one. Number the graphs without gaps."
        )
    empty = np.flatnonzero(np.bincount(indicator - 1, minlength=count) == 0)
    if len(empty):
        raise DataError(
            f"{file('graph_indicator')}: every graph needs at least one node, but graph {int(empty[0]) + 1:,} (line "
            f"{int(empty[0]) + 1:,} of the graph labels) has none. Remove its label, and number the graphs without gaps."
        )
    drafts = [GraphDraft(str(graph), str(file("A"))) for graph in range(count)]
    for graph, label in enumerate([] if labels is None else labels.tolist()):
        drafts[graph].attributes["label"] = label
    for graph, told in enumerate(read_numbers(file("graph_attributes"), rows=count, of="graph")):
        drafts[graph].attributes |= told if labels is not None or len(told) > 1 else {"label": told["attr1"]}
    members = indicator - 1
    for row, graph in enumerate(members.tolist()):
        told = (types[row] if types else {}) | (numbers[row] if numbers else {})
        drafts[graph].add_node(row + 1, told, row + 1, file=str(file("graph_indicator")))
    return drafts, members


def refuse_strangers(edges: np.ndarray, members: np.ndarray, file: Path) -> None:
    """Edges to nodes that are not there, and edges from one graph to another."""
    wrong = np.flatnonzero(((edges < 1) | (edges > len(members))).any(axis=1))
    if len(wrong):
        source, target = edges[wrong[0]].tolist()
        raise DataError(
            f"{file}: line {int(wrong[0]) + 1:,}: an edge needs two nodes from 1 to {len(members):,}, but {source}, {target} "
            "came. Mend that line, or add the node to the graph indicator."
        )
    across = np.flatnonzero(members[edges[:, 0] - 1] != members[edges[:, 1] - 1])
    if len(across):
        source, target = edges[across[0]].tolist()
        raise DataError(
            f"{file}: line {int(across[0]) + 1:,}: an edge should join two nodes of one graph, but {source} is of graph "
            f"{members[source - 1] + 1} and {target} of graph {members[target - 1] + 1}. Mend the line or the graph indicator."
        )


def read_types(file: Path, named: list[str] | None, option: str, *, rows: int, of: str) -> list[dict[str, Any]]:
    """The types of all nodes or edges, by their names if there are any; empty if there is no such file."""
    if not file.is_file():
        if named:
            raise ConfigurationError(f"{option} needs {file.name} with codes, but there is none. Leave {option} away.")
        return []
    codes = integers(file, columns=None)
    refuse_other_length(file, len(codes), rows, of)
    keys = ["type", *(f"type{column}" for column in range(2, codes.shape[1] + 1))]
    listed = codes.tolist()
    if not named:
        return [
            {key: code if key == "type" else str(code) for key, code in zip(keys, row, strict=True)} for row in listed
        ]
    meaning = code_names(named, option)
    for line, row in enumerate(listed, start=1):
        if row[0] not in meaning:
            raise ConfigurationError(
                f"{option} needs a name for every code, but {file}: line {line:,} has {row[0]}, and there are names for "
                f"{', '.join(map(str, meaning))}. Add one."
            )
    return [
        {key: meaning[code] if key == "type" else str(code) for key, code in zip(keys, row, strict=True)}
        for row in listed
    ]


def code_names(named: list[str], option: str) -> dict[int, str]:
    """From code to name: codes count from 0, or are written before the name.

    Example:
        >>> code_names(["C", "N"], "node_names"), code_names(["6=C", "7=N"], "node_names")
        ({0: 'C', 1: 'N'}, {6: 'C', 7: 'N'})
    """
    if not any("=" in each for each in named):
        return dict(enumerate(named))
    meaning = {}
    for each in named:
        code, _, name = each.partition("=")
        try:
            meaning[int(code)] = name.strip()
        except ValueError as error:
            raise ConfigurationError(
                f"{option} needs names, or code=name for each, but {each!r} came. Write 0=C,1=N."
            ) from error
    return meaning


def read_numbers(file: Path, *, rows: int, of: str, named: list[str] | None = None) -> list[dict[str, float]]:
    """The numeric attributes, called attr1, attr2 ... or as they are named; empty if there is no such file."""
    if not file.is_file():
        if named:
            raise ConfigurationError(
                f"{of}_attributes needs the file {file.name}, but there is none. Leave {of}_attributes away."
            )
        return []
    values = table(file, columns=None)
    refuse_other_length(file, len(values), rows, of)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = wrong[0].tolist()
        raise DataError(
            f"{file}: line {row + 1:,}: an attribute of a {of} should be a finite number, but column {column + 1} is "
            f"{values[row, column]}. Give it a number."
        )
    keys = named or [f"attr{column + 1}" for column in range(values.shape[1])]
    if len(set(keys)) != values.shape[1]:
        raise ConfigurationError(
            f"{of}_attributes needs a name for each of the {values.shape[1]} columns of {file.name}, but {', '.join(keys)} came. "
            "Name each once."
        )
    return [dict(zip(keys, row, strict=True)) for row in values.tolist()]


def refuse_other_length(file: Path, came: int, needed: int, of: str) -> None:
    if came != needed:
        raise DataError(
            f"{file} should have a line for each {of} ({needed:,}), but has {came:,}. Fetch or write the files anew."
        )


def integers(file: Path, *, columns: int | None) -> np.ndarray:
    """Whole numbers, (lines, columns), exact beyond 2^53."""
    values = table(file, columns=columns)
    wrong = np.argwhere(~np.isfinite(values) | (values != np.rint(values)) | (abs(values) > 2**53))
    if len(wrong):
        row, column = wrong[0].tolist()
        raise DataError(
            f"{file}: line {row + 1:,}: a whole number up to 2^53 is needed, but {values[row, column]} came. Mend that line."
        )
    return values.astype(np.int64)


def table(file: Path, *, columns: int | None) -> np.ndarray:
    """Numbers with commas between them, one row a line, float64 (lines, columns)."""
    content = whole_bytes(file)
    refuse_too_large(str(file), 20 * len(content))
    lines = content.removeprefix(b"\xef\xbb\xbf").rstrip().split(b"\n")
    with contextlib.suppress(ValueError):
        quick = np.loadtxt(lines, delimiter=",", comments=None, ndmin=2)
        if len(quick) == len(lines) and columns in (None, quick.shape[1]):  # it passes over empty lines
            return quick
    rows: list[list[float]] = []  # the slow way finds the line that is wrong
    for number, line in enumerate(lines, start=1):
        try:
            rows.append([float(cell) for cell in line.split(b",")])
        except ValueError:
            raise DataError(
                f"{file}: line {number:,}: numbers with commas between them are needed, but {line[:40]!r} came. Mend that line."
            ) from None
        wanted = columns or len(rows[0])
        if len(rows[-1]) != wanted:
            raise DataError(
                f"{file}: line {number:,}: {wanted} {'number is' if wanted == 1 else 'numbers are'} needed, but "
                f"{len(rows[-1])} came. Mend that line."
            )
    return np.asarray(rows, dtype=np.float64)
