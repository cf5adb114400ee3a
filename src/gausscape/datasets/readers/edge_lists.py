"""Edge lists as text: one edge a line."""

__all__ = ["MAGIC", "OPTIONS", "SUFFIXES", "parse", "read"]

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.graph_building import finish
from gausscape.datasets.graph_direction import DIRECTED
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.datasets.memory import refuse_too_large
from gausscape.datasets.reading_options import choice, names
from gausscape.errors import ConfigurationError, DataError
from gausscape.items import Items

SUFFIXES = (".edgelist", ".edges")
MAGIC: tuple[bytes, ...] = ()
OPTIONS = frozenset({"directed", "edge_columns", "label_column"})

HEAD = re.compile(r"#\s*graph\b[\s:=]*(?P<name>\S+)(?:\s+label\b[\s:=]*(?P<label>\S+))?\s*$", re.IGNORECASE)
WHOLE = re.compile(r"[+-]?\d{1,18}")
LONGEST_LINE = 1 << 16


def read(
    path: Path,
    *,
    id_column: str | None = None,
    resize: tuple[int, int] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Items:
    """The graphs of one file, by the rules of `parse`.

    Raises:
        DataError: If a line is no edge; file and line are named.
    """
    options = options or {}
    drafts = parse(path, options)
    return finish(
        drafts, name=path.name, directed=choice(options, "directed", DIRECTED), label=options.get("label_column")
    )


def parse(path: Path, options: Mapping[str, Any]) -> list[GraphDraft]:
    """One graph, or several.

    A line is "u v", "u v weight", "u v type" or "u v type weight", with blanks or commas between; a third field is
    the weight if it is a number in every line. "u v {...}", as networkx writes it, tells attributes by name. A line
    with one field is a node. Lines "# graph NAME" (also "# graph NAME label LABEL") begin a graph; in a file without
    such lines an empty line does. Other lines that begin with # or % are remarks. Nodes are numbers if all of a file are.

    Args:
        path: The file.
        options: edge_columns: what the fields after u and v are, "type,weight" for example.
    """
    content = whole_bytes(path)
    refuse_too_large(str(path), 30 * len(content))
    lines = decoded(content, path)
    heads = any(HEAD.match(line) for line in lines)
    rows: list[list[tuple[int, list[str], dict[str, Any]]]] = [[]]
    titles: list[tuple[str, str | None] | None] = [None]
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        head = HEAD.match(stripped)
        if head or (not stripped and not heads):
            if rows[-1] or titles[-1]:
                rows.append([])
                titles.append(None)
            titles[-1] = (head["name"], head["label"]) if head else None
        elif stripped and stripped[0] not in "#%":
            rows[-1].append((number, *fields_of(stripped, f"{path}: line {number:,}")))
    if not rows[-1] and titles[-1] is None and len(rows) > 1:
        del rows[-1], titles[-1]
    if not any(rows) and not any(titles):
        raise DataError(
            f"{path} should tell at least one edge, but has {len(lines):,} lines without any. Check the file."
        )
    columns = names(options, "edge_columns") or guess_columns(rows)
    whole = all(WHOLE.fullmatch(node) for graph in rows for _, fields, _ in graph for node in fields[:2])
    drafts = []
    for position, (graph, title) in enumerate(zip(rows, titles, strict=True)):
        alone = path.stem if len(rows) == 1 else str(position)
        draft = GraphDraft(title[0] if title else alone, str(path), open=True)
        if title and title[1] is not None:
            draft.attributes["label"] = int(title[1]) if WHOLE.fullmatch(title[1]) else title[1]
        for number, fields, told in graph:
            add(draft, [int(node) if whole else node for node in fields[:2]], fields[2:], told, columns, number)
        drafts.append(draft)
    return drafts


def decoded(content: bytes, path: Path) -> list[str]:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}: line {line:,}: UTF-8 text is needed, but the byte 0x{content[error.start]:02X} came. Save it as UTF-8."
        ) from None
    longest = max(map(len, lines), default=0)
    if longest > LONGEST_LINE:
        raise DataError(
            f"{path} should have lines of at most {LONGEST_LINE:,} letters, but one has {longest:,}. Write one edge a line."
        )
    return lines


def fields_of(line: str, where: str) -> tuple[list[str], dict[str, Any]]:
    """The fields of a line, and what is written in braces after them."""
    told: dict[str, Any] = {}
    if "{" in line:
        line, _, braces = line.partition("{")
        try:
            told = ast.literal_eval("{" + braces)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise DataError(
                f"{where}: attributes should be written as {{'weight': 1.5}}, but {braces[:40]!r} came. Mend that line."
            ) from None
        if not isinstance(told, dict) or not all(isinstance(value, (str, int, float)) for value in told.values()):
            raise DataError(
                f"{where}: attributes should be texts and numbers, but {braces[:40]!r} came. Mend that line."
            )
    fields = [field for field in re.split(r"[,\s]+", line) if field]
    if not fields or len(fields) > 4:
        raise DataError(
            f"{where}: a line should be 'u v', 'u v type' or 'u v type weight', but {line[:60]!r} came. Mend that line."
        )
    return fields, told


def guess_columns(rows: list[list[tuple[int, list[str], dict[str, Any]]]]) -> list[str]:
    """What the third and fourth fields are."""
    third = [fields[2] for graph in rows for _, fields, _ in graph if len(fields) == 3]
    weights = bool(third) and all(number_of(field) is not None for field in third)
    return ["weight"] if weights else ["type", "weight"]


def number_of(field: str) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None


def add(
    draft: GraphDraft, nodes: list[Any], more: list[str], told: dict[str, Any], columns: list[str], line: int
) -> None:
    """Put one line into the draft."""
    if len(nodes) == 1:
        if nodes[0] not in draft.nodes:
            draft.add_node(nodes[0], told, line)
        return
    if len(more) > len(columns):
        raise ConfigurationError(
            f"{draft.file}: line {line:,}: after u and v come {', '.join(columns)} as elsewhere, but {len(more)} fields came. "
            "Mend the line, or say edge_columns=type,weight."
        )
    attributes = dict(told)
    for column, field in zip(columns, more, strict=False):
        value = number_of(field)
        if column == "type":
            attributes[column] = field
        elif value is None:
            raise DataError(
                f"{draft.file}: line {line:,}: {column} should be a number, but {field!r} came. Mend that line."
            )
        else:
            attributes[column] = value
    for node in nodes:
        draft.nodes.setdefault(node, {})
    draft.add_edge(nodes[0], nodes[1], attributes, line)
