"""The live page on the start page: a real demo, copied in, or made small while the site is built.

GAUSSCAPE_DOCS_DEMO is a folder that `gausscape demo --out FOLDER` wrote; "none" leaves the page out and says so; unset, a small one is
made (under a minute on two cores).
"""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LOG = logging.getLogger("mkdocs.hooks.live_page")
STEPS = 300
PLACE = "<!-- live page -->"
FRAME = (
    '<iframe class="live-page" src="live/index.html" title="The page that gausscape demo writes" loading="lazy"></iframe>\n\n'
    '<p><a class="md-button" href="live/index.html">Open it on its own</a></p>'
)
WORDS = (
    "This build of the documentation has no live page. `gausscape demo --out demo` writes it; open `demo/index.html`."
)

_made = {}


def on_page_markdown(markdown, page, config, files):
    """Put the frame, or words, where the start page wants it."""
    return markdown.replace(PLACE, WORDS if _folder() is None else FRAME) if PLACE in markdown else markdown


def on_post_build(config):
    """Copy the demo's page; the spaces behind it stay where they are."""
    folder = _folder()
    if folder is not None:
        target = Path(config.site_dir) / "live"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        shutil.copy(folder / "index.html", target)
        if (folder / "figures").is_dir():
            shutil.copytree(folder / "figures", target / "figures")
    if isinstance(_made.get("folder"), tempfile.TemporaryDirectory):
        _made.pop("folder").cleanup()


def _folder():
    given = os.environ.get("GAUSSCAPE_DOCS_DEMO", "")
    if given == "none":
        return None
    if given:
        if not (Path(given) / "index.html").is_file():
            LOG.warning("GAUSSCAPE_DOCS_DEMO needs a folder with an index.html, but %s has none", given)
            return None
        return Path(given)
    if "folder" not in _made:
        _made["folder"] = tempfile.TemporaryDirectory(prefix="gausscape-docs-")
        LOG.info("making a small demo (set GAUSSCAPE_DOCS_DEMO to use one that is there)")
        code = f"from gausscape.cli.demo import run_demo; run_demo({_made['folder'].name!r} + '/demo', steps={STEPS}, progress=False)"
        subprocess.run([sys.executable, "-c", code], check=True)
    return Path(_made["folder"].name) / "demo"
