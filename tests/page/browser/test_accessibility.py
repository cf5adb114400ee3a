"""No view has a violation that axe-core finds: any kind of data, light and dark, on a desk and on a phone."""

import itertools
from pathlib import Path

import pytest

from .documents import hostile, write_changed
from .small_pages import VIEWS

AXE = Path(__file__).resolve().parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def axe():
    if not AXE.is_file():
        pytest.skip(f"needs axe-core: `npm ci` in {AXE.parents[2].name}")
    # Run as the page's own: its policy lets no other script in.
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def documents(kinds, digits_page, tmp_path_factory):
    folder = tmp_path_factory.mktemp("axe")
    return {
        "every answer": digits_page,
        "hostile text": write_changed(hostile(digits_page), folder / "hostile.html"),
        "rows": kinds("penguins")[1],
        "graphs": kinds("molecules")[1],
    }


@pytest.mark.parametrize(
    ("document", "width", "scheme"),
    [
        *itertools.product(["every answer", "rows"], [1280, 360], ["light", "dark"]),
        *itertools.product(["hostile text", "graphs"], [360], ["light"]),
    ],
)
def test_no_view_has_a_violation(open_page, documents, axe, document, width, scheme):
    page = open_page(documents[document], width=width, height=900, scheme=scheme, script=axe)
    found = []
    for view in VIEWS:
        page.get_by_role("navigation").get_by_role("link", name=view.capitalize()).click()
        page.locator("main h2").first.wait_for()
        page.wait_for_timeout(100)
        answer = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        found += [
            f"{view}: {each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for each in answer["violations"]
            for node in each["nodes"][:2]
        ]
    assert found == []
