"""The documentation builds strictly, its links lead somewhere, and its pages ask no other host for anything."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import gausscape

pytest.importorskip("mkdocs", reason="needs the extra 'docs'")
pytest.importorskip("mkdocstrings", reason="needs the extra 'docs'")
pytest.importorskip("material", reason="needs the extra 'docs'")

ROOT = Path(__file__).resolve().parents[2]
ASKING = dict.fromkeys(("script", "img", "iframe", "source", "video", "audio", "embed"), "src") | {"object": "data"}
# The last three stand in comments of the search engine.
NAMED = {"www.w3.org", "clipboardjs.com", "fontawesome.com", "lunrjs.com", "tartarus.org", "bit.ly"}


class Page(HTMLParser):
    """Ids, links, and addresses that a browser fetches by itself."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.fetched, self.mathml, self.leftover = set(), [], [], 0, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids |= {attributes[name] for name in ("id", "name") if attributes.get(name)}
        self.mathml += tag == "math"
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag == "link" and attributes.get("rel") not in ("canonical", "alternate"):
            self.fetched.append(attributes.get("href", ""))
        if tag in ASKING and attributes.get(ASKING[tag]):
            self.fetched.append(attributes[ASKING[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    environment = os.environ | {"GAUSSCAPE_DOCS_DEMO": "none", "GAUSSCAPE_DOCS_URL": "", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}


def test_every_link_and_anchor_of_the_built_pages_leads_somewhere(site, pages):
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            there = pages[target].ids if target in pages else {unquote(parts.fragment)}
            if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in there):
                broken.append((path.name, link))
    assert not broken, broken[:20]
    assert len(pages) > 60


def test_no_page_style_or_script_asks_another_host(site, pages):
    for path, page in pages.items():
        for address in page.fetched:
            parts = urlsplit(address)
            assert parts.scheme in ("", "data"), (path.name, address)
            assert not parts.netloc, (path.name, address)
            if not parts.scheme:
                assert (path.parent / unquote(parts.path)).resolve().is_file(), (path.name, address)
    for path in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", path.read_text(encoding="utf-8")), path.name
    # Names of formats and of licences may stand in a script; addresses of hosts that serve something may not.
    for path in site.rglob("*.js"):
        if path.name == "search_index.js":
            continue
        found = set(re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8")))
        assert found <= NAMED | _lunr_hosts(path), (path.name, found)


def test_links_to_other_hosts_are_to_papers_alone(pages):
    allowed = {"arxiv.org", "keepachangelog.com", "squidfunk.github.io"}
    found = {urlsplit(link).netloc for page in pages.values() for link in page.links} - {""}
    assert found <= allowed, found - allowed


def test_formulas_have_become_mathml(site, pages):
    theory = {path: page for path, page in pages.items() if path.parent.name == "theory" and path.name != "index.html"}
    assert all(page.mathml >= 1 for page in theory.values())
    assert not any("arithmatex" in path.read_text(encoding="utf-8") for path in theory)


def test_every_public_name_has_a_page(site):
    for name in gausscape.__all__:
        text = (site / "reference" / f"{name}.html").read_text(encoding="utf-8")
        assert "doc-object" in text or "doc-contents" in text, name


def _lunr_hosts(path):
    """Language files of the search engine name their authors in comments."""
    return set(re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8"))) if "lunr" in path.parts else set()
