"""All four kinds of data open and draw in every view, on a phone and on a desk, in light and in dark, with little motion."""

import re

import pytest

from .small_pages import KINDS, VIEWS


def visit(page, view):
    page.get_by_role("navigation").get_by_role("link", name=view.capitalize()).click()
    page.locator("main h2").first.wait_for()
    page.wait_for_timeout(60)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_every_view_of_every_kind_opens_within_its_width(open_page, kind_page, words, kind, width, scheme):
    page = open_page(
        kind_page(KINDS[kind]), "view=map", width=width, height=740, scheme=scheme, reduced_motion="reduce"
    )
    for view in VIEWS:
        visit(page, view)
        assert page.get_by_role("alert").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        text = words(page.locator("main"))
        assert len(text) > 60
        assert not re.search(r"\b(NaN|undefined|null|Infinity)\b|\[object", text), view
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme.includes('light')")
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark")


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_every_kind_are_drawn(open_page, kind_page, kind):
    drawn = "" if kind == "tables" else {"images": "canvas[role=img]", "graphs": "svg", "sequences": "svg"}[kind]
    page = open_page(kind_page(KINDS[kind]))
    for view, least in (("map", 1), ("change", 4), ("patch", 1), ("stress", 4)):
        visit(page, view)
        if kind == "tables":
            assert page.locator("main").get_by_text(re.compile("^(fe)?male$")).count() >= 1
        else:
            pictures = page.locator(f"main .picture {drawn}").filter(visible=True)
            assert pictures.count() >= least, view
            box = pictures.first.bounding_box()
            assert min(box["width"], box["height"]) > 15
    visit(page, "map")
    colours = page.locator("[aria-roledescription=map] canvas").first.evaluate(
        "canvas => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"
    )
    assert colours > 20


@pytest.mark.parametrize("kind", KINDS)
def test_dragging_on_every_kind_of_map_says_something_else(open_page, kind_page, words, kind):
    page = open_page(kind_page(KINDS[kind]))
    panel = page.locator("section[aria-labelledby=place-title]")
    before = words(panel)
    box = page.locator("[aria-roledescription=map]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.35, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert words(panel) != before


def test_a_finger_drags_the_point_and_is_not_scrolled_away(open_page, digits_page):
    page = open_page(digits_page, width=360, height=740, has_touch=True, is_mobile=True)
    plane = page.locator("[aria-roledescription=map]")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    client = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.evaluate("scrollY")
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        client.send(
            "Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + 8 * step, "y": y - 12 * step}]}
        )
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(400)
    assert page.evaluate("scrollY") == before
    at = dict(part.split("=") for part in page.evaluate("location.hash.slice(1)").split("&"))
    assert float(at["a"]) > 0.3
    assert float(at["b"]) > 0.3
    assert page.locator(".loupe").is_visible()


def test_the_theme_is_switched_and_stays(open_page, digits_page):
    page = open_page(digits_page, scheme="light")
    ground = lambda: page.evaluate("getComputedStyle(document.documentElement).backgroundColor")  # noqa: E731 - one line, used here alone
    light = ground()
    button = page.get_by_role("button", name=re.compile("^Theme"))
    button.click()
    assert ground() == light
    button.click()
    assert ground() != light
    visit(page, "audit")
    assert ground() != light


def test_controls_can_be_touched_and_reached_by_keys(open_page, digits_page):
    page = open_page(digits_page, width=360, height=740)
    for view in VIEWS:
        visit(page, view)
        small = page.locator("main button:visible, main select:visible, main input:visible, nav a").evaluate_all(
            """all => all.filter(each => !each.closest('.lens, [hidden]'))
              .map(each => [each.getBoundingClientRect(), each.outerHTML.slice(0, 90)])
              .filter(([box]) => box.height < 24 || box.width < 24).map(([box, words]) => `${box.width} x ${box.height}: ${words}`)"""
        )
        assert small == [], view
    page.get_by_role("navigation").get_by_role("link", name="Map").click()
    page.evaluate("document.activeElement.blur()")
    seen = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim().slice(0, 30)"
            )
        )
    assert len(set(seen)) >= 12
    assert any(name.startswith("Point") for name in seen)
