"""The contract between Python and the views: web/src/lib/types.ts, read far enough to check a document against it."""

import re
from pathlib import Path
from typing import Any

import numpy as np

TYPES = Path(__file__).resolve().parents[2] / "web" / "src" / "lib" / "types.ts"
TOKEN = re.compile(r"'[^']*'|[A-Za-z_$][\w$]*|\d+(?:\.\d+)?|\[\]|[{}()\[\]<>|&:;,?=]")
ARRAYS = {"Float32Array": "<f4", "Uint8Array": "|u1", "Uint16Array": "<u2", "Uint32Array": "<u4"}


class Contract:
    """Interfaces and types by name.

    Types are tuples: ("name", n), ("array", t), ("record", t), ("object", {field: (optional, t)}, open), ("union", [t]),
    ("both", [t]), ("literal", value), ("tuple", [t]), ("member", t, field).
    """

    def __init__(self, source: str):
        plain = re.sub(r"/\*.*?\*/|//[^\n]*", " ", source, flags=re.DOTALL)
        self.named: dict[str, Any] = {}
        for found in re.finditer(r"export (interface|type) (\w+)\s*(=)?", plain):
            # Names start at a line of their own; what follows is read until the type is whole.
            tokens = Tokens(TOKEN.findall(plain[found.end() :]))
            self.named[found[2]] = tokens.type()

    @classmethod
    def read(cls) -> "Contract":
        return cls(TYPES.read_text(encoding="utf-8"))

    def misfits(self, value: Any, name: str) -> list[str]:
        """What in a document is not as the interface of that name says."""
        return self._check(value, ("name", name), name)

    def _check(self, value: Any, kind: Any, at: str) -> list[str]:
        return getattr(self, f"_{kind[0]}")(value, kind, at)

    def _name(self, value: Any, kind: Any, at: str) -> list[str]:
        name = kind[1]
        if name in self.named:
            return self._check(value, self.named[name], at)
        if name in ARRAYS:
            fits = isinstance(value, np.ndarray) and value.dtype.str == ARRAYS[name]
        elif name == "number":
            # A number that is not finite is null in JSON.
            fits = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        else:
            plain = {"string": str, "boolean": bool, "null": type(None), "unknown": object}
            if name not in plain:
                return [f"{at}: the checker knows no type {name}"]
            fits = isinstance(value, plain[name])
        return [] if fits else [f"{at}: needs {name}, has {type(value).__name__}"]

    def _array(self, value: Any, kind: Any, at: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{at}: needs a list, has {type(value).__name__}"]
        return [wrong for k, each in enumerate(value) for wrong in self._check(each, kind[1], f"{at}[{k}]")]

    def _tuple(self, value: Any, kind: Any, at: str) -> list[str]:
        if not isinstance(value, list) or len(value) != len(kind[1]):
            return [f"{at}: needs {len(kind[1])} values"]
        return [wrong for each, own in zip(value, kind[1], strict=True) for wrong in self._check(each, own, at)]

    def _record(self, value: Any, kind: Any, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at}: needs a mapping, has {type(value).__name__}"]
        return [wrong for name, each in value.items() for wrong in self._check(each, kind[1], f"{at}.{name}")]

    def _object(self, value: Any, kind: Any, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at}: needs an object, has {type(value).__name__}"]
        fields, is_open = kind[1], kind[2]
        wrong = [
            f"{at}.{name} is missing" for name, (optional, _) in fields.items() if not optional and name not in value
        ]
        wrong += [] if is_open else [f"{at}.{name} is in no interface" for name in value if name not in fields]
        for name, each in value.items():
            if name in fields:
                wrong += self._check(each, fields[name][1], f"{at}.{name}")
        return wrong

    def _union(self, value: Any, kind: Any, at: str) -> list[str]:
        tried = [self._check(value, each, at) for each in kind[1]]
        return [] if any(not wrong for wrong in tried) else min(tried, key=len)

    def _both(self, value: Any, kind: Any, at: str) -> list[str]:
        # The parts of an intersection are objects, or unions of objects: one of each, joined.
        choices = [each[1] if each[0] == "union" else [each] for each in kind[1]]
        joined = [{}]
        for choice in choices:
            joined = [fields | each[1] for fields in joined for each in choice]
        return self._union(value, ("union", [("object", fields, False) for fields in joined]), at)

    def _member(self, value: Any, kind: Any, at: str) -> list[str]:
        owner = self.named[kind[1][1]]
        return self._check(value, owner[1][kind[2]][1], at)

    def _literal(self, value: Any, kind: Any, at: str) -> list[str]:
        return [] if value == kind[1] else [f"{at}: needs {kind[1]!r}, has {value!r}"]


class Tokens:
    """A type, read from its tokens."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        token = self.peek()
        assert wanted is None or token == wanted, (
            f"{wanted} wanted, {token} came: {self.tokens[self.at - 5 : self.at + 5]}"
        )
        self.at += 1
        return token

    def type(self) -> Any:
        if self.peek() == "|":
            self.take()
        parts = [self.both()]
        while self.peek() == "|":
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else ("union", parts)

    def both(self) -> Any:
        parts = [self.whole()]
        while self.peek() == "&":
            self.take()
            parts.append(self.whole())
        return parts[0] if len(parts) == 1 else ("both", parts)

    def whole(self) -> Any:
        found = self.part()
        while self.peek() == "[]" or (self.peek() == "[" and self.tokens[self.at + 1].startswith("'")):
            if self.take() == "[]":
                found = ("array", found)
            else:
                # Audit['rows']
                found = ("member", found, self.take()[1:-1])
                self.take("]")
        return found

    def part(self) -> Any:
        token = self.take()
        if token == "(":
            found = self.type()
            self.take(")")
            return found
        if token == "{":
            return self.object()
        if token == "[":
            return ("tuple", self.list_until("]"))
        if token.startswith("'"):
            return ("literal", token[1:-1])
        if token[0].isdigit():
            return ("literal", float(token))
        if self.peek() == "<":
            self.take()
            arguments = self.list_until(">")
            return ("record", arguments[1]) if token == "Record" else ("array", arguments[0])
        return ("name", token)

    def list_until(self, end: str) -> list[Any]:
        found = []
        while self.peek() != end:
            found.append(self.type())
            if self.peek() == ",":
                self.take()
        self.take(end)
        return found

    def object(self) -> Any:
        fields: dict[str, Any] = {}
        is_open = False
        while self.peek() != "}":
            name = self.take()
            if name in ";,":
                continue
            if name == "[":
                # [setting: string]: unknown
                while self.take() != "]":
                    pass
                self.take(":")
                self.type()
                is_open = True
                continue
            optional = self.peek() == "?"
            if optional:
                self.take()
            self.take(":")
            fields[name] = (optional, self.type())
        self.take("}")
        return ("object", fields, is_open)
