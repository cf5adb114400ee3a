"""Every state is a link: the address of a view, opened anew, shows the same; the back button returns."""

import json
import re

import pytest

STATES = {
    "map": "a=0.8&b=-0.6&colour=P(0)&field=P(0)&layers=points.contours&object=3&spacing=probability&zoom=0.4,0.6,2",
    "change": "change.route=geodesic&from=at%3A-0.500,0.300&to=at%3A1.200,-0.700",
    "patch": "circle=0.4,-0.3,0.8&patch.around=patch%3A2",
    "stress": "depth=p0.02&stress.only=1",
    "ledger": "ledger.search=bright&ledger.sort=feature&ledger.verdict=UNDETERMINED",
    "audit": "audit.all=1&space=s2",
    "about": "theme=dark",
}


def shown(page):
    """The words of the view, where the handles stand, what is pressed and what is chosen."""
    page.wait_for_timeout(450)
    return page.evaluate("""() => JSON.stringify([
      document.documentElement.dataset.theme ?? '', document.querySelector('main').innerText.replace(/\\s+/g, ' '),
      [...document.querySelectorAll('[data-handle]')].map(each => each.getAttribute('aria-label')),
      [...document.querySelectorAll('main [aria-pressed]')].map(each => each.ariaPressed),
      [...document.querySelectorAll('main input, main select')].map(each => each.value)])""")


@pytest.mark.parametrize("view", STATES)
def test_a_copied_address_shows_the_same_state(open_page, digits_page, view):
    first = open_page(digits_page, f"view={view}&{STATES[view]}", permissions=["clipboard-read", "clipboard-write"])
    before = shown(first)
    first.get_by_role("button", name="Copy a link to what is shown").click()
    first.get_by_text("Link copied").first.wait_for()
    address = first.evaluate("navigator.clipboard.readText()")
    assert address.startswith("file://")
    again = open_page(digits_page, address.split("#", 1)[1])
    assert shown(again) == before
    # The state is none that the view has by itself; a link into the open page leads there as well.
    again.evaluate("view => { location.hash = `view=${view}` }", view)
    page = json.loads(shown(again))
    assert page != json.loads(before)


def test_what_was_chosen_by_hand_is_in_the_address(open_page, digits_page):
    first = open_page(digits_page, "view=map")
    first.locator("[data-handle=at]").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowDown"):
        first.keyboard.press(key)
    first.get_by_role("button", name="Real objects").click()
    first.get_by_label("Field").select_option("P(0)")
    first.get_by_role("button", name="Zoom in").click()
    first.get_by_role("button", name=re.compile("^Theme")).click()
    before = json.loads(shown(first))
    again = json.loads(shown(open_page(digits_page, first.evaluate("location.hash.slice(1)"))))
    assert again == before
    assert again[0] == "light"


def test_the_back_button_walks_back_through_the_views(open_page, digits_page):
    page = open_page(digits_page, "view=map&a=1")
    names = ["Change", "Patch", "Stress", "Ledger", "Audit", "About"]
    for name in names:
        page.get_by_role("navigation").get_by_role("link", name=name).click()
    current = page.locator("nav [aria-current=page]")
    for name in [*names[-2::-1], "Map"]:
        page.go_back()
        for _ in range(100):
            if current.inner_text() == name:
                break
            page.wait_for_timeout(50)
        assert current.inner_text() == name
    assert "1.00 across" in page.locator("[data-handle=at]").get_attribute("aria-label")
    page.go_forward()
    page.locator(".sentence").wait_for()
    assert current.inner_text() == "Change"


def test_the_tabs_are_links_that_keep_what_was_chosen(open_page, digits_page):
    page = open_page(digits_page, "view=map&theme=dark")
    hrefs = [link.get_attribute("href") for link in page.get_by_role("navigation").get_by_role("link").all()]
    assert len(hrefs) == 7
    assert all(href.startswith("#view=") and "theme=dark" in href for href in hrefs)


def test_a_link_into_an_open_page_is_followed(open_page, digits_page):
    page = open_page(digits_page, "view=map")
    page.evaluate("location.hash = '#view=audit'")
    page.get_by_role("heading", name="Are the probabilities right?").wait_for()
