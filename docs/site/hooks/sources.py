"""What lies outside the navigation's list: files that documents link to, and documents that are new.

Links to files outside docs/ (source code, examples, the changelog) lead to pages that show those files as they were built.
"""

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

LOG = logging.getLogger("mkdocs.hooks.sources")
ROOT = Path(__file__).resolve().parents[3]
LINK = re.compile(r"(\]\()((?:\.\./)+[^)#\s]+)(#[^)]*)?(\))")
SHOWN = {".py": "python", ".yaml": "yaml", ".toml": "toml", ".yml": "yaml", ".ts": "typescript", ".svelte": "html"}
PAGES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md"}


def on_config(config):
    """Put documents of docs/ that the navigation does not name at the end of the guides: a new one needs no entry."""
    named = _named(config.nav) | {"contributing.md"}
    section = next(entry["Guides"] for entry in config.nav if "Guides" in entry)
    section += sorted({path.name for path in (ROOT / "docs").glob("*.md")} - named)
    return config


def on_files(files, config):
    """Add the changelog and its neighbours, and one page for each file that a document links to."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    linked = set()
    for file in files.documentation_pages():
        linked |= {target for _, target in _outside(file.src_uri, file.content_string)}
    for target in sorted(linked - set(PAGES)):
        path = ROOT / target
        if path.is_file() and path.suffix in SHOWN:
            fence = f'```{SHOWN[path.suffix]} linenums="1"\n{path.read_text(encoding="utf-8").rstrip()}\n```'
            text = f"---\nsearch: {{exclude: true}}\nhide: [toc]\n---\n\n# `{target}`\n\n{fence}\n"
            files.append(File.generated(config, f"source/{target}.md", content=text))
        elif not path.exists():
            LOG.warning("a document links to %s, which is not there", target)
    return files


def on_page_markdown(markdown, page, config, files):
    """Turn links that leave docs/ to those pages; what has none stays as words."""
    here = page.file.src_uri
    for link, target in _outside(here, markdown):
        new = PAGES.get(target, f"source/{target}.md")
        if files.get_file_from_path(new):
            relative = posixpath.relpath(new, posixpath.dirname(here) or ".")
            markdown = markdown.replace(f"]({link})", f"]({relative})").replace(f"]({link}#", f"]({relative}#")
        else:
            markdown = re.sub(r"\[([^\]]*)\]\(" + re.escape(link) + r"[^)]*\)", r"\1", markdown)
    return markdown


def _outside(source, text):
    """(link as written, path from the repository's root) of each link that leaves docs/."""
    folder = posixpath.join("docs", posixpath.dirname(source))
    for found in LINK.finditer(text):
        target = posixpath.normpath(posixpath.join(folder, found.group(2)))
        if not target.startswith(("docs/", "../")):
            yield found.group(2), target


def _named(entry):
    """Every page that a part of the navigation names."""
    if isinstance(entry, str):
        return {entry}
    return set().union(*map(_named, entry.values() if isinstance(entry, dict) else entry))
