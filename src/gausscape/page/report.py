"""A report as one self-contained HTML file: words, tables and figures; light and dark, wide and narrow, no script."""

__all__ = ["Commands", "Illustration", "Section", "Table", "render_report", "write_report"]

import base64
import hashlib
import html
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

from gausscape.errors import ConfigurationError, StorageError
from gausscape.figures.style import Look, to_bytes
from gausscape.space.durable import write_bytes

WIDE, NARROW = 7.4, 3.6
LARGEST_DRAWING = 100_000
QUALITY = 88
PHONE = 560
"""Pixels below which the narrow figures are shown."""


@dataclass(frozen=True)
class Illustration:
    """A figure, drawn once for each theme and width.

    Args:
        draw: From a look to the figure.
        alternative: What it shows, for those who do not see it.
        caption: Words below it.
    """

    draw: Callable[[Look], Figure]
    alternative: str
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """A table; columns of numbers stand to the right.

    Args:
        header: Names of the columns.
        rows: Texts, as many in each row as there are columns.
        caption: What it shows.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""


@dataclass(frozen=True)
class Commands:
    """Lines to type, each with what it does: (line, words)."""

    lines: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """A heading and what follows it.

    Args:
        title: The heading, "" for none.
        content: In order: texts are paragraphs, in which `words between backticks` are set as code.
    """

    title: str
    content: Sequence["str | Illustration | Table | Commands"]


def write_report(
    sections: Sequence[Section],
    folder: str | Path,
    *,
    title: str = "A gausscape report",
    answer: str = "",
    note: str = "",
) -> Path:
    """Write folder/index.html, whole or not at all.

    Args:
        sections: What to say, in order.
        folder: Made if it is not there.
        title: Title of the page.
        answer: One paragraph that stands first: what the reader sees.
        note: Small print at the end.

    Returns:
        The path of the page.

    Raises:
        StorageError: If it could not be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = write_report([Section("Why", ["Because 1 < 2."])], folder)
        ...     "1 &lt; 2" in page.read_text()
        True
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"A report needs a folder to be written to, but {folder}: {error.strerror}. Choose another."
        ) from error
    target = folder / "index.html"
    write_bytes(target, render_report(sections, title=title, answer=answer, note=note).encode())
    return target


def render_report(sections: Sequence[Section], *, title: str, answer: str = "", note: str = "") -> str:
    """The page as text. All words are escaped; the only markup is this module's own."""
    anchors = _anchors([section.title for section in sections])
    contents = "".join(
        f'<li><a href="#{anchor}">{html.escape(section.title)}</a></li>'
        for section, anchor in zip(sections, anchors, strict=True)
        if section.title
    )
    body = "".join(_section(section, anchor) for section, anchor in zip(sections, anchors, strict=True))
    style = f"{STYLE}\n"
    # The page may show its own pictures and its own style sheet, and reach nothing else.
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    lead = f'<p class="answer">{_prose(answer)}</p>' if answer else ""
    small = f"<footer><p>{_prose(note)}</p></footer>" if note else ""
    navigation = f'<nav aria-label="Contents"><ol>{contents}</ol></nav>' if len(sections) > 2 else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{html.escape(title)}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<header><h1>{html.escape(title)}</h1>{lead}</header>
{navigation}
{body}
{small}
</main>
</body>
</html>
"""


def _section(section: Section, anchor: str) -> str:
    heading = f"<h2>{html.escape(section.title)}</h2>" if section.title else ""
    renderers: dict[type, Callable] = {str: _paragraph, Illustration: _figure, Table: _table, Commands: _commands}
    for part in section.content:
        if type(part) not in renderers:
            raise ConfigurationError(
                f"A section holds texts, illustrations, tables and commands, but {section.title!r} holds a "
                f"{type(part).__name__}. Wrap it in one of these."
            )
    content = "\n".join(renderers[type(part)](part) for part in section.content)
    return f'<section id="{anchor}">{heading}\n{content}\n</section>\n'


def _anchors(titles: Sequence[str]) -> list[str]:
    """Unique ids from titles."""
    return [
        f"{i}-{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}".rstrip("-")
        for i, title in enumerate(titles, start=1)
    ]


def _prose(text: str) -> str:
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def _paragraph(text: str) -> str:
    return f"<p>{_prose(text)}</p>"


def _figure(part: Illustration) -> str:
    sources = []
    for width, query in ((NARROW, f"(max-width: {PHONE}px)"), (WIDE, "")):
        for dark in (True, False):
            figure = part.draw(Look(width=width, dark=dark, titled=False))
            theme = "(prefers-color-scheme: dark)" if dark else ""
            sources.append((" and ".join(filter(None, (query, theme))), _address(figure), figure.get_size_inches()))
    *conditional, (_, plain, (inches, tall)) = sources
    choices = "".join(
        f'<source media="{media}" srcset="{address}" width="{round(96 * w)}" height="{round(96 * h)}">'
        for media, address, (w, h) in conditional
    )
    caption = f"<figcaption>{_prose(part.caption)}</figcaption>" if part.caption else ""
    return (
        f'<figure><picture>{choices}<img src="{plain}" alt="{html.escape(part.alternative)}" '
        f'width="{round(96 * inches)}" height="{round(96 * tall)}"></picture>{caption}</figure>'
    )


def _address(figure: Figure) -> str:
    """The figure as a data address: drawings as SVG, and as WebP what holds pictures or more marks than SVG carries well."""
    if not figure.findobj(AxesImage):
        drawing = to_bytes(figure, "svg")
        if len(drawing) <= LARGEST_DRAWING:
            return _data("image/svg+xml", drawing)
    # A quarter of the size of a PNG, and every browser of the last five years reads it.
    buffer = io.BytesIO()
    Image.open(io.BytesIO(to_bytes(figure, "png"))).convert("RGB").save(
        buffer, "WEBP", quality=QUALITY, method=4, exact=True
    )
    return _data("image/webp", buffer.getvalue())


def _data(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


NUMBER = re.compile(r"–$|[\d.,%–\-− ]*\d[\d.,%–\-−/ ]*( (of|to) [\d.,%]+)?$")


def _table(part: Table) -> str:
    right = [bool(part.rows) and all(NUMBER.match(row[i]) for row in part.rows) for i in range(len(part.header))]
    kinds = [' class="number"' if numeric else "" for numeric in right]
    head = "".join(f'<th scope="col"{kind}>{_prose(name)}</th>' for name, kind in zip(part.header, kinds, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{kind}>{_prose(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in part.rows
    )
    caption = f'<p class="caption">{_prose(part.caption)}</p>' if part.caption else ""
    # A wide table scrolls by itself, so the page never does; the keyboard reaches it too.
    return (
        f'{caption}<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(part.caption or "table")}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _commands(part: Commands) -> str:
    entries = "".join(f"<dt><code>{_unbroken(line)}</code></dt><dd>{_prose(words)}</dd>" for line, words in part.lines)
    return f'<dl class="commands">{entries}</dl>'


def _unbroken(line: str) -> str:
    """A line that wraps between words only: browsers would break an option after its dashes."""
    return " ".join(f"<span>{html.escape(word)}</span>" for word in line.split(" "))


STYLE = """
:root {
  --paper: #ffffff; --ink: #17212b; --quiet: #55626e; --line: #d8dfe5; --wash: #f3f6f8; --accent: #b4500b; --link: #1a5f96;
  --sans: Inter, "Source Sans 3", "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif;
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Liberation Serif", serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #12171d; --ink: #e8edf2; --quiet: #9aa7b4; --line: #2e3843; --wash: #1a2129; --accent: #f0a35e; --link: #86bfee; }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 var(--serif); -webkit-text-size-adjust: 100%; }
body { margin: 0; }
main { max-width: 46.4rem; margin: 0 auto; padding: 3.5rem 1.1rem 5rem; }
h1 { font: 700 2.1rem/1.15 var(--sans); letter-spacing: -.02em; margin: 0 0 1.2rem; text-wrap: balance; }
h2 { font: 700 1.3rem/1.25 var(--sans); letter-spacing: -.01em; margin: 0 0 .7rem; text-wrap: balance; }
p { margin: 0 0 1rem; text-wrap: pretty; hyphens: manual; }
.answer { font-size: 1.2rem; line-height: 1.55; border-left: 3px solid var(--accent); padding-left: 1rem; margin-bottom: 2rem; }
section { border-top: 1px solid var(--line); padding-top: 2rem; margin-top: 2.4rem; }
nav ol { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.3rem; font: .92rem/1.7 var(--sans); }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .2em; }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
figure { margin: 1.4rem 0 1.6rem; }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption, .caption { font: .88rem/1.5 var(--sans); color: var(--quiet); text-align: left; text-wrap: pretty; }
figcaption { margin-top: .7rem; }
.caption { margin: 1.4rem 0 0; }
.scroll { overflow-x: auto; margin: .4rem 0 1.6rem; }
table { border-collapse: collapse; width: 100%; font: .92rem/1.4 var(--sans); font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 1.5px solid var(--ink); }
th, td { padding: .42rem .9rem .42rem 0; vertical-align: top; }
td { border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
td:first-child, .number { white-space: nowrap; }
td:last-child { min-width: 10.5rem; }
.number { text-align: right; }
code { font: .86em var(--mono); background: var(--wash); padding: .1em .3em; border-radius: 3px; overflow-wrap: anywhere; }
.commands { margin: 1rem 0 0; }
.commands dt code {
  display: block; background: var(--wash); padding: .6rem .8rem; border-radius: 5px; overflow-x: auto;
  font-size: .84rem; line-height: 1.5;
}
.commands span { white-space: nowrap; }
.commands dd { margin: .35rem 0 1.1rem; color: var(--quiet); font: .92rem/1.5 var(--sans); }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1.2rem; font: .85rem/1.6 var(--sans); color: var(--quiet); }
@media (max-width: 560px) {
  main { padding: 1.8rem 1.1rem 3rem; }
  html { font-size: 1rem; }
  h1 { font-size: 1.65rem; }
  .answer { font-size: 1.08rem; }
  th, td { padding-right: .6rem; }
}
@media print {
  main { max-width: none; padding: 0; }
  nav { display: none; }
  figure, table { break-inside: avoid; }
}
"""
