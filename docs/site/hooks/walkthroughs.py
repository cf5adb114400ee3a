"""Walkthroughs: notebooks with their outputs become pages, pictures and all."""

import base64
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOKS = ROOT / "examples" / "walkthroughs"
PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#|data:)([^)#\s]+)(#[^)\s]*)?\)")
LONGEST = 60


def on_config(config):
    """Name the walkthroughs in the navigation."""
    section = next(entry["Walkthroughs"] for entry in config.nav if "Walkthroughs" in entry)
    section[:] = ["walkthroughs/index.md", *({_title(path): f"walkthroughs/{path.stem}.md"} for path in _notebooks())]
    return config


def on_files(files, config):
    """One page a notebook, and its pictures beside it."""
    for path in _notebooks():
        text, pictures = _converted(path)
        files.append(File.generated(config, f"walkthroughs/{path.stem}.md", content=text))
        for name, content in pictures.items():
            files.append(File.generated(config, f"walkthroughs/{name}", content=content))
    return files


def on_page_markdown(markdown, page, config, files):
    """List them on the first page."""
    if page.file.src_uri != "walkthroughs/index.md":
        return markdown
    found = [f"- [{_title(path)}]({path.stem}.md)" for path in _notebooks()]
    return (
        markdown
        + "\n"
        + "\n".join(found or ["None has been run yet: each script in `examples/` runs as it stands."])
        + "\n"
    )


def _notebooks():
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def _read(path):
    import nbformat

    return nbformat.read(path, as_version=4)


def _title(path):
    for cell in _read(path).cells:
        if cell.cell_type == "markdown":
            heading = re.search(r"^# +(.+)$", cell.source, re.MULTILINE)
            if heading:
                return heading.group(1).strip()
    return path.stem.replace("_", " ").replace("-", " ").capitalize()


def _converted(path):
    """(markdown, {file name: bytes})."""
    parts, pictures = [], {}
    for number, cell in enumerate(_read(path).cells):
        if cell.cell_type == "markdown":
            parts.append(LINK.sub(_linked, cell.source))
        elif cell.cell_type == "code":
            # What is said to the notebook alone (%matplotlib inline) is no Python.
            code = re.sub(r"^%.*\n?", "", cell.source, flags=re.MULTILINE).strip("\n")
            if code:
                parts.append(f"```python\n{code}\n```")
            for place, output in enumerate(cell.outputs):
                parts.append(_output(output, f"{path.stem}-{number}-{place}", pictures))
    first = f"# {_title(path)}\n" if not any(re.match(r"\s*# ", part) for part in parts[:1]) else ""
    return first + "\n\n".join(part for part in parts if part) + "\n", pictures


def _linked(found):
    """A link as it is from docs/walkthroughs: to another walkthrough's page, a document, or a file of the repository; else words."""
    words, link, anchor = found.group(1), found.group(2), found.group(3) or ""
    target = posixpath.normpath(posixpath.join("examples/walkthroughs", link))
    notebook = (ROOT / target).with_suffix(".ipynb")
    if notebook.parent == NOTEBOOKS:
        return f"[{words}]({notebook.stem}.md)" if notebook.exists() else words
    return (
        f"[{words}]({posixpath.relpath(target, 'docs/walkthroughs')}{anchor})" if (ROOT / target).is_file() else words
    )


def _output(output, name, pictures):
    if output.output_type == "stream":
        return _words(output.text)
    if output.output_type == "error":
        return _words("\n".join(output.traceback))
    data = output.get("data", {})
    for kind, ending in PICTURES.items():
        if kind in data:
            file = f"{name}.{ending}"
            content = data[kind]
            pictures[file] = content.encode() if kind.endswith("xml") else base64.b64decode(content)
            # The same words as the notebook has for those who do not see the picture.
            said = re.sub(r"[\[\]\n]+", " ", data.get("text/plain", "figure"))[:200]
            return f"![{said}]({file}){{ loading=lazy }}"
    if "text/html" in data and "<script" not in data["text/html"]:
        return f'<div class="notebook-html" markdown="0">\n{data["text/html"]}\n</div>'
    return _words(data.get("text/plain", ""))


def _words(text):
    lines = COLOURS.sub("", text).rstrip().splitlines()
    if not lines:
        return ""
    if len(lines) > LONGEST:
        lines = [*lines[:LONGEST], f"... {len(lines) - LONGEST} more lines"]
    return "```{ .text .output }\n" + "\n".join(lines).replace("```", "'''") + "\n```"
