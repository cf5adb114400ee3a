"""Row S8: names, labels, ids, columns, levels, titles and answers are text, whatever they hold, on screen and in what is saved."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest

from .documents import EVIL, hostile, write_changed
from .small_pages import VIEWS

# Set by no script that the page brings, and by each that it must not run.
GUARD = "window.alert = window.prompt = window.confirm = (...words) => { window.said.push(`ran: ${words}`) }"
FORMULA = re.compile(r"^[=+\-@\t\r\n]")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


@pytest.fixture(scope="module")
def hostile_page(digits_page, tmp_path_factory):
    return write_changed(hostile(digits_page), tmp_path_factory.mktemp("hostile") / "hostile.html")


def saved(page, act) -> bytes:
    with page.expect_download() as waiting:
        act()
    return waiting.value.path().read_bytes()


@pytest.mark.parametrize("view", VIEWS)
def test_S8_nothing_in_the_data_runs_and_every_view_stays_usable(open_page, hostile_page, view, words):
    page = open_page(hostile_page, f"view={view}", width=360, height=740, script=GUARD)
    page.wait_for_timeout(200)
    assert page.get_by_role("alert").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    # No element came from the data: those would bring handlers, addresses or scripts.
    assert (
        page.locator(
            "img, iframe, object, embed, form, base, meta[http-equiv=refresh], svg script, main script"
        ).count()
        == 0
    )
    assert page.locator("[onerror], [onload], [onmouseover], a[href^='javascript'], a[href^='http']").count() == 0
    assert page.locator("script").count() == 2
    assert "<script>alert(1)</script>" in page.locator("h1").text_content()
    for details in page.locator("main details > summary").all()[:3]:
        details.click()
    page.mouse.wheel(0, 3000)
    page.get_by_role("navigation").get_by_role("link").first.click()
    page.get_by_role("heading", name="Map").wait_for()
    assert page.evaluate("[window.polluted, {}.polluted, Object.prototype.hasOwnProperty('a')]") == [None, None, False]


def test_S8_hostile_objects_are_found_picked_and_compared(open_page, hostile_page, words):
    page = open_page(hostile_page, "view=change", script=GUARD)
    box = page.get_by_role("combobox", name="Object A")
    box.click()
    box.fill("<img src=x")
    page.keyboard.press("Enter")
    page.wait_for_timeout(350)
    link = page.evaluate("location.hash")
    assert "<" not in link
    assert '"' not in link
    page.get_by_role("navigation").get_by_role("link", name="Map").click()
    page.get_by_role("region", name="Decoded here").get_by_role("button").first.click()
    page.locator("#object-title").wait_for()
    page.locator("header select").select_option(index=1)
    page.locator("main h2").first.wait_for()
    again = open_page(hostile_page, link[1:], script=GUARD)
    assert words(again.locator(".ends > section").first.locator(".name")) != ""
    assert "onerror" in again.get_by_role("combobox", name="Object A").input_value()


def test_S8_a_link_cannot_bring_text_that_runs(open_page, digits_page):
    markup = "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"
    for view in ("map", "ledger", "patch"):
        keys = ("ledger.search", "colour", "field", "plane", "patch.around", "from", "depth", markup)
        link = "&".join([f"view={view}", *(f"{key}={markup}" for key in keys)])
        page = open_page(digits_page, link, script=GUARD)
        page.wait_for_timeout(300)
        assert page.locator("img").count() == 0


def test_S8_tables_that_are_saved_hold_no_formula(open_page, hostile_page):
    page = open_page(hostile_page, script=GUARD)
    text = saved(page, page.get_by_role("button", name="Objects as CSV").click).decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 241
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(set(rows[0])) == len(rows[0])
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if FORMULA.match(cell) and not NUMBER.fullmatch(cell)] == []
    assert "'=cmd|'/c calc'!A1" in [row[0] for row in rows]
    told = json.loads(saved(page, page.get_by_role("button", name="Objects as JSON").click))
    assert [each["id"] for each in told][: len(EVIL)] == EVIL
    for view, count in (("ledger", 2), ("stress", 1), ("audit", 1), ("change", 1)):
        page.get_by_role("navigation").get_by_role("link", name=view.capitalize()).click()
        page.locator("main h2").first.wait_for()
        buttons = page.get_by_role("button", name="Save CSV")
        assert buttons.count() >= count
        for button in buttons.all():
            rows = list(csv.reader(io.StringIO(saved(page, button.click).decode("utf-8"), newline="")))
            assert {len(row) for row in rows} == {len(rows[0])}
            assert [cell for row in rows for cell in row if FORMULA.match(cell) and not NUMBER.fullmatch(cell)] == []


def test_S8_a_drawing_that_is_saved_is_a_drawing_alone(open_page, hostile_page):
    page = open_page(hostile_page, script=GUARD)
    text = saved(page, page.get_by_role("button", name="Save SVG").click)
    drawing = ElementTree.fromstring(text)
    names = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert names <= {"svg", "title", "rect", "clipPath", "g", "image", "path", "text", "circle", "line"}
    assert not [name for element in drawing.iter() for name in element.attrib if name.startswith("on")]
    assert all(element.get("href", "data:image/png").startswith("data:image/png") for element in drawing.iter())
    page.get_by_role("button", name="Save PNG")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save PNG").click()
    assert re.fullmatch(r"[\w-]{1,90}\.png", waiting.value.suggested_filename)


def test_S8_hostile_rows_of_a_table_stay_text(open_page, kind_page, tmp_path, words):
    page = open_page(
        write_changed(hostile(kind_page("penguins")), tmp_path / "rows.html"), width=360, height=740, script=GUARD
    )
    for view in VIEWS:
        page.get_by_role("navigation").get_by_role("link", name=view.capitalize()).click()
        page.locator("main h2").first.wait_for()
        assert page.get_by_role("alert").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.locator("img").count() == 0
