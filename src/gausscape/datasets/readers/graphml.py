"""GraphML: graphs as XML, with the parts of XML refused that can harm."""

__all__ = ["MAGIC", "OPTIONS", "SUFFIXES", "parse", "read"]

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

from gausscape.datasets.file_state import whole_bytes
from gausscape.datasets.graph_building import finish
from gausscape.datasets.graph_direction import DIRECTED
from gausscape.datasets.graph_drafts import GraphDraft
from gausscape.datasets.memory import refuse_too_large
from gausscape.datasets.reading_options import choice
from gausscape.errors import DamagedFileError, DataError
from gausscape.items import Items

SUFFIXES = (".graphml",)
MAGIC: tuple[bytes, ...] = ()
OPTIONS = frozenset({"directed", "label_column"})

LONGEST_TEXT = 1 << 16
DEEPEST = 64
TRUTH = {"true": 1, "1": 1, "false": 0, "0": 0}


def read(
    path: Path,
    *,
    id_column: str | None = None,
    resize: tuple[int, int] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Items:
    """The graphs of one file, by the rules of `parse`.

    Raises:
        DamagedFileError: If it is no XML, or brings a document type or entities.
        DataError: If it is no GraphML; file and line are named.
    """
    options = options or {}
    return finish(
        parse(path), name=path.name, directed=choice(options, "directed", DIRECTED), label=options.get("label_column")
    )


def parse(path: Path) -> list[GraphDraft]:
    """The graphs of one file, named by their ids, or by the file where it holds one.

    Read are `key` with its type and default, `graph`, `node`, `edge` and `data`; the attributes are named by attr.name.
    Data that are no text (drawings of an editor) are passed over. Hyperedges, ports and graphs within nodes are refused.

    References:
        Brandes, Eiglsperger, Herman, Himsolt, Marshall (2002): GraphML progress report. Graph Drawing 2001, LNCS 2265.
    """
    content = whole_bytes(path)
    refuse_too_large(str(path), 20 * len(content))
    return GraphmlFile(path).graphs(content)


class GraphmlFile:
    """What is known of a file while its elements go by."""

    def __init__(self, path: Path):
        self.path = path
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.say
        # An entity that expands to others (the "billion laughs") needs a document type; no graph does.
        self.parser.StartDoctypeDeclHandler = self.refuse_document_type
        self.parser.EntityDeclHandler = self.refuse_document_type
        self.open: list[str] = []
        self.keys: dict[str, tuple[str, str, str]] = {}
        self.defaults: dict[str, dict[str, Any]] = {"node": {}, "edge": {}, "graph": {}}
        self.drafts: list[GraphDraft] = []
        self.undirected_default = True
        self.element: dict[str, str] = {}
        self.told: dict[str, Any] = {}
        self.line = 0
        self.key: str | None = None
        self.text: str | None = None

    def graphs(self, content: bytes) -> list[GraphDraft]:
        try:
            self.parser.Parse(content, True)
        except expat.ExpatError as error:
            raise DamagedFileError(
                f"{self.path}: line {error.lineno:,}: whole XML is needed, but: {error}. Write the file anew."
            ) from error
        if not self.drafts:
            raise DataError(f"{self.path} should hold at least one <graph>, but holds none. Check the file.")
        if len(self.drafts) == 1:
            self.drafts[0].name = self.path.stem
        return self.drafts

    @property
    def where(self) -> str:
        return f"{self.path}: line {self.parser.CurrentLineNumber:,}"

    def refuse_document_type(self, *declared: object) -> None:
        raise DamagedFileError(
            f"{self.where}: GraphML needs no document type and no entities, but {declared[0]!r} is declared, and such can fill "
            "the memory or read other files. Remove the <!DOCTYPE ...> part if you trust the file."
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        self.open.append(name)
        if len(self.open) > DEEPEST:
            raise DamagedFileError(
                f"{self.where}: GraphML needs few levels, but there are more than {DEEPEST}. Write the file anew."
            )
        if self.open[0] != "graphml":
            raise DataError(
                f"{self.where}: a GraphML file should begin with <graphml>, but <{self.open[0]}> came. Check the file."
            )
        if "data" in self.open[:-1]:
            self.text = None  # drawings of an editor
        elif name == "key":
            self.start_key(attributes)
        elif name == "graph":
            self.start_graph(attributes)
        elif name in ("node", "edge"):
            self.element, self.told = attributes, dict(self.defaults[name])
            self.line = self.parser.CurrentLineNumber
        elif name in ("data", "default"):
            self.text = ""
            self.key = self.need(attributes, "key") if name == "data" else self.key
        elif name in ("hyperedge", "port"):
            raise DataError(
                f"{self.where}: edges should join two nodes, but a <{name}> came, which cannot be read. Write it as edges."
            )

    def need(self, attributes: dict[str, str], name: str) -> str:
        if name not in attributes:
            raise DataError(
                f"{self.where}: <{self.open[-1]}> needs {name}=, but has {', '.join(attributes) or 'nothing'}. Add it."
            )
        return attributes[name]

    def start_key(self, attributes: dict[str, str]) -> None:
        self.key = self.need(attributes, "id")
        kind = attributes.get("attr.type", "string")
        if kind not in ("string", "boolean", "int", "long", "float", "double"):
            raise DataError(
                f"{self.where}: attr.type should be string, boolean, int, long, float or double, but {kind!r} came. Mend it."
            )
        self.keys[self.key] = (attributes.get("for", "all"), attributes.get("attr.name", self.key), kind)

    def start_graph(self, attributes: dict[str, str]) -> None:
        if "graph" in self.open[:-1]:
            raise DataError(
                f"{self.where}: graphs should stand beside each other, but one stands within another. Take it out."
            )
        self.undirected_default = attributes.get("edgedefault", "undirected") != "directed"
        name = attributes.get("id") or str(len(self.drafts))
        draft = GraphDraft(name, str(self.path), directed=not self.undirected_default)
        draft.attributes |= self.defaults["graph"]
        self.drafts.append(draft)

    def say(self, text: str) -> None:
        if self.text is not None:
            self.text += text
            if len(self.text) > LONGEST_TEXT:
                raise DamagedFileError(
                    f"{self.where}: a value needs at most {LONGEST_TEXT:,} letters, but has more. Write the file anew."
                )

    def end(self, tag: str) -> None:
        name = self.open.pop()
        if "data" in self.open:
            return
        if name in ("data", "default"):
            self.end_value(name)
        elif name == "node":
            identity = self.need_of_open("id")
            self.drafts[-1].add_node(identity, self.told, self.line)
        elif name == "edge":
            self.end_edge()

    def need_of_open(self, name: str) -> str:
        if name not in self.element or "graph" not in self.open:
            raise DataError(
                f"{self.path}: line {self.line:,}: inside <graph> a node needs id=, an edge source= and target=; not so here. Mend it."
            )
        return self.element[name]

    def end_edge(self) -> None:
        said = self.element.get("directed")
        draft = self.drafts[-1] if self.drafts else None
        if draft is not None and said in ("true", "false") and (said == "true") == self.undirected_default:
            raise DataError(
                f"{self.path}: line {self.line:,}: all edges of graph {draft.name} should be {'un' * self.undirected_default}directed "
                f"by its edgedefault, but one says directed={said!r}. Make them alike."
            )
        source, target = self.need_of_open("source"), self.need_of_open("target")
        self.drafts[-1].add_edge(source, target, self.told, self.line)

    def end_value(self, name: str) -> None:
        text, self.text = self.text, None
        if text is None or self.key is None:
            return
        if self.key not in self.keys:
            raise DataError(
                f"{self.where}: data need a <key> of their name, but {self.key!r} has none. Declare it above the graph."
            )
        domain, attribute, kind = self.keys[self.key]
        value = self.value_of(text.strip(), kind, attribute)
        if name == "default":
            for each in self.defaults if domain == "all" else [domain]:
                self.defaults.setdefault(each, {})[attribute] = value
        elif self.open[-1] == "graph":
            self.drafts[-1].attributes[attribute] = value
        elif self.open[-1] in ("node", "edge"):
            self.told[attribute] = value

    def value_of(self, text: str, kind: str, attribute: str) -> Any:
        try:
            if kind == "boolean":
                return TRUTH[text.lower()]
            return int(text) if kind in ("int", "long") else float(text) if kind in ("float", "double") else text
        except (ValueError, KeyError):
            raise DataError(
                f"{self.where}: {attribute} should be of type {kind}, but {text[:40]!r} came. Mend it."
            ) from None
