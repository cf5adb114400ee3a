"""The page as one file that asks no other host for anything: markup, style, script and data, under a content-security policy."""

__all__ = ["render_page"]

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from gausscape.page.pack import pack

ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#0d1030'/>"
    "<path d='M3 25C11 25 11 7 16 7s5 18 13 18' fill='none' stroke='#f0a35e' stroke-width='3' stroke-linecap='round'/></svg>"
)
SKELETON = (
    "#gausscape>.first{min-height:100vh;box-sizing:border-box;background:#0d1030;color:#e8ecff}#gausscape>.first>*,noscript>div"
    "{max-width:46rem;margin:0 auto;font:1rem/1.6 system-ui,sans-serif}#gausscape>.first{padding:4rem 1.2rem}"
    "noscript>div{padding:2rem 1.2rem}"
    "#gausscape>.first>h1{font-size:2rem;font-weight:700;line-height:1.2}noscript table{border-collapse:collapse;width:100%}"
    "noscript th,noscript td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #8890a8}"
)


def render_page(document: Mapping[str, Any], *, data: bytes | None = None, connect: str | None = None) -> str:
    """The whole page as text.

    Args:
        document: What it tells, see web/src/lib/types.ts.
        data: The same, packed, if that was done already.
        connect: The one origin that its script may ask, where a live model answers ("self": where the page came from); None for
            a page that asks nobody.

    Example:
        >>> page = {"title": "A <b>", "subtitle": "", "spaces": [], "notes": []}
        >>> "<title>A &lt;b&gt;</title>" in render_page(page)
        True
    """
    data = pack(document) if data is None else data
    script, style = _inert(_built("app.js"), "script"), _inert(SKELETON + _built("app.css"), "style")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data: blob:",
            f"connect-src {_origin(connect) if connect else chr(39) + 'none' + chr(39)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    title = html.escape(_readable(document["title"]))
    subtitle = html.escape(_readable(document["subtitle"]))
    icon = html.escape("data:image/svg+xml," + ICON.replace("#", "%23").replace("<", "%3C").replace(">", "%3E"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{subtitle}">
<meta name="generator" content="gausscape">
<title>{title}</title>
<link rel="icon" href="{icon}">
<style>{style}</style>
</head>
<body>
<div id="gausscape"><div class="first"><h1>{title}</h1><p>Unpacking {_size(len(data))} ...</p></div></div>
<noscript><div>{_summary(document, title, subtitle)}</div></noscript>
<script type="application/octet-stream" id="gausscape-data">{base64.b64encode(data).decode("ascii")}</script>
<script>{script}</script>
</body>
</html>
"""


def _built(name: str) -> str:
    """A file of the built bundle; nothing where it was not built."""
    part = resources.files("gausscape.page") / "site" / name
    return part.read_text(encoding="utf-8") if part.is_file() else ""


def _inert(text: str, element: str) -> str:
    """Text that cannot end its own element, nor open a comment in which its end would be lost."""
    text = re.sub(rf"</(?={element})", r"<\\/", text, flags=re.IGNORECASE)
    return text.replace("<!--", r"<\!--").replace("\r\n", "\n").replace("\r", "\n")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _origin(address: str) -> str:
    """scheme://host:port alone: what a policy may name."""
    if address == "self":
        return "'self'"
    found = re.match(r"https?://[\w.\-\[\]:]+", address)
    return found[0] if found else "'none'"


def _readable(text: str) -> str:
    """Text as HTML can hold it: no NUL and no half of a surrogate pair."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "\ufffd", str(text))


def _size(length: int) -> str:
    return f"{length / 1e6:.1f} MB" if length >= 1e5 else f"{length / 1e3:.0f} kB"


def _summary(document: Mapping[str, Any], title: str, subtitle: str) -> str:
    """What stands there without scripts: the title, how far it can be trusted, and that there is more."""
    spaces = "".join(_audit(space) for space in document["spaces"])
    notes = "".join(f"<li>{html.escape(_readable(note))}</li>" for note in document["notes"])
    return (
        f"<h1>{title}</h1><p>{subtitle}</p>{spaces}{f'<ul>{notes}</ul>' if notes else ''}"
        "<p>The map, changes, explanations and stress tests of this page are drawn by a script that stands in the page itself and "
        "asks no other host for anything. Allow JavaScript to see them.</p>"
    )


def _audit(space: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{row['claimed']:g}</td><td>{row['actual']:.4g}</td><td>{row['count']:,} of {row['objects']:,}</td>"
        f"<td>{html.escape(row['verdict'])}</td></tr>"
        for row in space["audit"]["rows"]
    )
    return (
        f"<h2>{html.escape(_readable(space['name']))}</h2><p>{html.escape(space['audit']['statement'])}</p><table><thead><tr>"
        '<th scope="col">Claimed</th><th scope="col">Actual</th><th scope="col">Objects</th><th scope="col">The claim</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )
