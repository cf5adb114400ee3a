"""No request to another host: the theme's dormant addresses are taken out, and what would ask elsewhere stops a strict build.

Material's script can fetch Mermaid, a polyfill and star counts. The site uses none of them; without their addresses nothing can ask by
mistake.
"""

import logging
import re
from pathlib import Path

from mkdocs.plugins import event_priority

LOG = logging.getLogger("mkdocs.hooks.own_host")
ASKING = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\s(?:src|srcset|data)=["']?(?:https?:)?//"""
    r"""|<link\b(?![^>]*rel="?(?:canonical|alternate))[^>]*?\shref=["']?(?:https?:)?//"""
    r"""|url\(\s*["']?(?:https?:)?//|@import\s+["'](?:https?:)?//""",
    re.IGNORECASE,
)
DORMANT = re.compile(r"https://(?:unpkg\.com|api\.github\.com|gitlab\.com|cdn\.jsdelivr\.net)/[^\"'`\s)]*")


@event_priority(-100)
def on_post_build(config):
    """Clean the built site, look it over, and lay the search index down as a script too, for a site that is opened from the disk."""
    site = Path(config.site_dir)
    index = site / "search" / "search_index.json"
    index.with_suffix(".js").write_text(f"var __index = {index.read_text(encoding='utf-8')}", encoding="utf-8")
    for path in sorted(site.rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        cleaned = DORMANT.sub("about:blank", text)
        if cleaned != text:
            path.write_text(cleaned, encoding="utf-8")
    for path in site.rglob("*.map"):
        path.unlink()
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        found = ASKING.search(path.read_text(encoding="utf-8"))
        if found:
            LOG.warning("%s asks another host: %s", path.relative_to(site), found.group(0)[:120])
