"""A page's document, taken out of its file, changed, and put into a page again."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gausscape.page.html import render_page
from gausscape.page.pack import unpack

DATA = re.compile(r'(<script type="application/octet-stream" id="gausscape-data">)([^<]*)(</script>)')
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 125
EVIL = [
    "<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "javascript:alert(1)",
    "</script><script>alert(1)</script>",
    "' onmouseover='alert(1)", "{@html '<b>bold</b>'}", "&lt;b&gt;&#0;", "line\u2028end\u2029of line",
    "\u202edetrevni\u202c \u2067right to left", "\0\x1b[31m",
    "__proto__", "constructor", "=cmd|'/c calc'!A1", '+1+"1', "-2+3", "@SUM(A1)", "\t=1+1", "%s%n", "",
]  # fmt: skip
EVIL = [*EVIL, LONG[:10_000]]


def document_of(file: Path) -> dict[str, Any]:
    """The document of a page file, arrays unpacked."""
    found = DATA.search(file.read_text(encoding="utf-8"))
    assert found is not None
    return unpack(base64.b64decode(found[2]))


def write_changed(document: dict[str, Any], target: Path, *, data: bytes | None = None) -> Path:
    """A page of a document, or with other bytes in place of it."""
    target.write_text(render_page(document, data=data), encoding="utf-8")
    return target


def with_text(file: Path, target: Path, change: Callable[[str], str]) -> Path:
    """The page with other text in its data element."""
    page = file.read_text(encoding="utf-8")
    target.write_text(DATA.sub(lambda found: found[1] + change(found[2]) + found[3], page), encoding="utf-8")
    return target


def hostile(file: Path) -> dict[str, Any]:
    """The document with names, labels, ids, columns, levels, titles and answers that a browser or a spreadsheet would run.

    Markup, formulas and lists of all verdicts; numbers that are not finite; the arrays are as they were.
    """
    told = document_of(file)
    turn = iter(range(10**9))

    def evil() -> str:
        return EVIL[next(turn) % len(EVIL)]

    told["title"], told["subtitle"] = f"{EVIL[0]} {EVIL[3]} {LONG}", f"{EVIL[1]} {LONG}"
    told["made"]["command"] = f"gausscape {EVIL[3]} {LONG}"
    told["notes"] = EVIL.copy()
    told["about"] = [{"title": text, "words": text, "rows": [[text, other] for other in EVIL[:4]]} for text in EVIL]
    for k, space in enumerate(told["spaces"]):
        space["name"] = f"{k} {EVIL[1]} {LONG[:300]}"
        for plane in space["planes"]:
            plane["name"] = f"{EVIL[0]} {LONG[:300]}"
            plane["words"] = {side: f"{evil()} {side} {LONG[:200]}" for side in plane["words"]}
        points = space["points"]
        points["which"] = f"{EVIL[1]} {LONG}"
        points["ids"] = [EVIL[k] if k < len(EVIL) else f"{EVIL[k % len(EVIL)][:60]} {k}" for k in range(points["n"])]
        for k, column in enumerate(points["columns"]):
            if column["kind"] == "category":
                column["levels"] = [f"{EVIL[j % len(EVIL)]} {j}" for j, _ in enumerate(column["levels"])]
            if column["role"] == "feature":
                column["name"], column["unit"] = f"{EVIL[k % len(EVIL)]} {k}", evil()
        pictures = points["pictures"]
        if pictures["kind"] == "rows":
            pictures["names"] = [f"{EVIL[k % len(EVIL)]} {k}" for k, _ in enumerate(pictures["names"])]
            pictures["texts"] = [f"{text} {EVIL[k % len(EVIL)]}" for k, text in enumerate(pictures["texts"])]
        for shell in space["shells"]:
            if shell["refused"]:
                shell["refused"] = f"{EVIL[1]} {LONG}"
        space["audit"]["statement"] = f"{EVIL[0]} {LONG}"
        space["audit"]["others"] = [{"name": text, "rows": space["audit"]["rows"]} for text in (EVIL[1], LONG)]
    names = told["spaces"][0]["points"]["ids"]
    for change in told["changes"]:
        change["a"]["id"], change["b"]["id"] = names[0], names[1]
        change["words"], change["stability"] = f"{EVIL[0]} {LONG}", f"{EVIL[1]} {LONG}"
        change["features"] = [
            feature | {"name": f"{EVIL[k % len(EVIL)]} {k}"} for k, feature in enumerate(change["features"])
        ]
        change["edits"] = None
    estimate = {"value": 0.3, "low": 0.1, "high": 0.5, "p_value": 0.01}
    for k, patch in enumerate(told["patches"]):
        patch["id"], patch["statement"] = EVIL[k % len(EVIL)], f"{evil()} {LONG}"
        patch["unusual"] = [f"{text} is unusual" for text in EVIL[:6]]
        patch["withheld"] = f"{EVIL[1]} {LONG}" if k % 5 == 4 else ""
        patch["y"] = float("nan") if k == 2 else patch["y"]
        patch["effects"] = [
            {
                "feature": text,
                "on_manifold": estimate if j % 3 else None,
                "direct": estimate,
                "raw": None,
                "entangled": EVIL[:2],
            }
            for j, text in enumerate(EVIL)
        ]
    verdicts = ("GLOBAL", "MIXED", "LOCAL", "UNDETERMINED", "WITHHELD")
    for ledger in told["ledgers"]:
        ledger["words"] = f"{EVIL[0]} {LONG}"
        ledger["entries"] = [
            ledger["entries"][0] | {
                "feature": text, "verdict": verdicts[k % 5], "statement": f"{text} {LONG[:500]}",
                "positive": k, "negative": 2, "undecided": 20 - k, "share": 0.9, "share_low": None if k % 2 else 0.4,
                "net_to_gross": float("nan") if k % 3 else 0.8, "reasons": EVIL[: k % 4],
            }
            for k, text in enumerate(EVIL)
        ]  # fmt: skip
        ledger["claims"] = [
            {"feature": text, "upheld": k % 2 == 0, "words": f"{text} {LONG}"} for k, text in enumerate(EVIL)
        ]
    for test in told["stress"]:
        test["rule"], test["referee"], test["words"] = (
            f"y > {EVIL[0]} {LONG}",
            EVIL[1],
            f"{EVIL[0]} {LONG}\n{EVIL[3]} {LONG}",
        )
        test["shown"]["nearest"] = [names[k % len(names)] for k, _ in enumerate(test["shown"]["nearest"])]
        test["shown"]["y"] = np.where(np.arange(len(test["shown"]["y"])) == 3, np.nan, test["shown"]["y"]).astype("f4")
        test["findings"] = [
            {"words": f"{text} {LONG}", "rate": 0.3, "low": 0.2, "high": 0.4, "scenarios": 40} for text in EVIL
        ]
        test["notes"] = EVIL.copy()
        test["kinds"] = {"model failure": 61, "changed class": 2000, "unjudged": 3, EVIL[1]: 4, LONG: 2}
        for worst in test["worst"]:
            worst["id"], worst["words"] = EVIL[1], f"{EVIL[0]} {LONG}"
    return told
