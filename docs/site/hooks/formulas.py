"""Formulas become MathML while the site is built, so that a reader's browser shows them without any script or font from elsewhere."""

import html
import logging
import re
from xml.etree import ElementTree

from latex2mathml.converter import convert

LOG = logging.getLogger("mkdocs.hooks.formulas")
MARKED = re.compile(r'<(span|div) class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])</\1>', re.DOTALL)
FUNCTION = re.compile(r'(<mi>(?:log|exp|ln|det|min|max|sup|inf)</mi>)(?!<mo stretchy="false">)')
NAME = re.compile(r"<mo>([A-Za-z]{2,})</mo>")


def on_page_content(page_html, page, config, files):
    """Every formula of the page as MathML; one that cannot be read is a warning, which a strict build takes for an error."""
    return MARKED.sub(lambda found: _formula(found, page.file.src_uri), page_html)


def _formula(found, where):
    display = found.group(1) == "div"
    latex = html.unescape(found.group(3) if display else found.group(2)).strip()
    try:
        mathml = convert(latex, display="block" if display else "inline")
        ElementTree.fromstring(mathml)
    except Exception as cause:
        LOG.warning("%s: the formula %r could not be read: %s", where, latex, cause)
        return found.group(0)
    if "\\" in mathml:
        LOG.warning("%s: the formula %r has a command that is not known", where, latex)
    # Names of functions are words, not operators: MathML spaces the two differently.
    mathml = FUNCTION.sub(r'\1<mspace width="0.167em"/>', NAME.sub(r"<mi>\1</mi>", mathml))
    mathml = mathml.replace("<math ", f'<math alttext="{html.escape(latex)}" ', 1)
    return f'<div class="formula" tabindex="0">{mathml}</div>' if display else mathml
