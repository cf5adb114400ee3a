"""What a reader does in each view, by pointer and by keys: the page follows, says so, and keeps it in its address."""

import re

import pytest

PLANE = "[aria-roledescription=map]"


def middle_of(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def chosen(page):
    """The choices in the address, once it has caught up."""
    page.wait_for_timeout(350)
    return dict(part.split("=", 1) for part in page.evaluate("location.hash.slice(1)").split("&") if part)


def until(page, ready, what, seconds=15):
    """Waits from outside: the policy forbids a waiting function within the page."""
    for _ in range(int(20 * seconds)):
        if ready():
            return
        page.wait_for_timeout(50)
    pytest.fail(f"waited in vain: {what}")


def pixels(locator):
    """A number that differs where the pixels of a canvas differ."""
    return locator.evaluate("""canvas => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      return new Uint32Array(data.buffer).reduce((mixed, pixel) => (Math.imul(mixed, 16777619) ^ pixel) >>> 0, 2166136261)
    }""")


def drag(page, start, end, steps=6):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=steps)
    page.mouse.up()


# Map


def test_dragging_on_the_map_moves_the_object_its_words_and_what_is_announced(open_page, digits_page, words):
    page = open_page(digits_page)
    plane, panel = page.locator(PLANE), page.get_by_role("region", name="Decoded here")
    picture = panel.get_by_role("img", name="Object decoded at this place")
    before = pixels(picture), words(panel.locator("dl"))
    x, y = middle_of(plane)
    drag(page, (x, y), (x + 90, y - 60))
    until(page, lambda: words(panel.locator("dl")) != before[1], "new words")
    assert pixels(picture) != before[0]
    live = page.locator(".plane [aria-live=polite]")
    until(page, lambda: re.match(r"(?!0\.0)[\d.]+ across.*Nearest real object", live.inner_text()), "an announcement")
    told = re.findall(r"[\d.]+(?= across| up)", live.inner_text())
    at = chosen(page)
    assert (f"{float(at['a']):.1f}", f"{float(at['b']):.1f}") == tuple(told)
    handle = page.locator("[data-handle=at]")
    assert f"{float(at['a']):.2f} across, {float(at['b']):.2f} up" in handle.get_attribute("aria-label")
    assert middle_of(handle) == pytest.approx((x + 90, y - 60), abs=1.5)


def test_arrow_keys_move_the_point_and_shift_moves_it_further(open_page, digits_page):
    page = open_page(digits_page, "view=map&a=0&b=0")
    page.locator("[data-handle=at]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    at = chosen(page)
    assert (float(at["a"]), float(at["b"])) == pytest.approx((0.1, 0.5))
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert float(chosen(page)["a"]) == pytest.approx(-0.2)


def test_a_click_picks_an_object_and_shows_what_is_known_of_it(open_page, digits_page):
    page = open_page(digits_page, "view=map&layers=points")
    page.get_by_role("region", name="Decoded here").get_by_role("button").first.click()
    row = int(chosen(page)["object"])
    panel = page.locator("section[aria-labelledby=object-title]")
    title = panel.get_by_role("heading").inner_text()
    page.get_by_role("button", name="Close").click()
    assert "object" not in chosen(page)
    # The point stands on the object now: a click there picks it again, and so does Enter.
    page.mouse.click(*middle_of(page.locator("[data-handle=at]")))
    page.locator("[data-handle=at]").focus()
    page.keyboard.press("Enter")
    panel.wait_for()
    assert panel.get_by_role("heading").inner_text() == title
    assert int(chosen(page)["object"]) == row
    assert panel.get_by_role("region").locator("tr").count() > 10


def test_a_click_on_the_plane_picks_the_object_drawn_there(open_page, digits_page):
    page = open_page(digits_page, "view=map&layers=points")
    page.get_by_role("region", name="Decoded here").get_by_role("button").first.click()
    row, corner = chosen(page)["object"], page.locator(PLANE).bounding_box()
    place = middle_of(page.locator("[data-handle=at]"))
    page.get_by_role("button", name="Close").click()
    # The document may have scrolled to the button.
    now = page.locator(PLANE).bounding_box()
    x, y = middle_of(page.locator(PLANE))
    drag(page, (x, y), (x + 200, y - 200))
    page.mouse.click(place[0] + now["x"] - corner["x"], place[1] + now["y"] - corner["y"])
    assert chosen(page)["object"] == row


def test_colour_and_one_level_are_chosen(open_page, digits_page):
    page = open_page(digits_page, "view=map&layers=points")
    canvas = page.locator(f"{PLANE} canvas").first
    page.get_by_label("Colour of real objects").select_option("P(0)")
    page.get_by_role("img", name=re.compile(r"Colour scale of P\(0\)")).wait_for()
    page.get_by_label("Colour of real objects").select_option("label")
    levels = page.get_by_role("list", name="Levels of label").get_by_role("button")
    assert levels.count() == 10
    before = pixels(canvas)
    levels.nth(3).click()
    assert chosen(page)["level"] == "3"
    assert levels.nth(3).get_attribute("aria-pressed") == "true"
    until(page, lambda: pixels(canvas) != before, "other points")


def test_layers_field_spacing_and_zoom_change_what_is_drawn(open_page, digits_page):
    page = open_page(digits_page)
    canvas = page.locator(f"{PLANE} canvas").first
    page.wait_for_timeout(500)
    seen = [pixels(canvas)]

    def changes(act, what):
        act()
        until(page, lambda: pixels(canvas) != seen[-1], what)
        page.wait_for_timeout(150)
        seen.append(pixels(canvas))

    layers = page.get_by_role("group", name="Layers").get_by_role("button").all()
    assert len(layers) == 4
    for layer in layers:
        changes(layer.click, layer.inner_text())
    changes(lambda: page.get_by_label("Field").select_option("P(0)"), "a field")
    changes(lambda: page.get_by_label("Spacing").select_option("probability"), "spacing")
    changes(page.get_by_role("button", name="Zoom in").click, "zoom")
    assert {"layers", "field", "spacing", "zoom"} <= set(chosen(page))
    changes(page.get_by_role("button", name="Whole").click, "the whole plane")
    assert "zoom" not in chosen(page)


# Change


def test_dragging_a_changes_the_sentence_and_what_lies_between(open_page, digits_page, words):
    page = open_page(digits_page, "view=change")
    sentence = page.locator(".sentence")
    before = words(sentence), pixels(page.get_by_role("list", name="Objects on the way").locator("canvas").first)
    start = middle_of(page.locator("[data-handle=a]"))
    drag(page, start, (start[0] - 120, start[1] + 140))
    until(page, lambda: words(sentence) != before[0], "another sentence")
    assert re.match(r"These two lie [\d.]+ sd apart", words(sentence))
    assert chosen(page)["from"].startswith("at%3A")
    assert pixels(page.get_by_role("list", name="Objects on the way").locator("canvas").first) != before[1]
    live = page.locator(".head [aria-live=polite]")
    until(page, lambda: live.text_content().startswith(words(sentence)), "an announcement")


def test_arrow_keys_move_a(open_page, digits_page, words):
    page = open_page(digits_page, "view=change&from=at:0,0&to=at:1,0")
    assert "1 sd apart" in words(page.locator(".sentence")).replace("1.00", "1")
    page.locator("[data-handle=a]").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    until(page, lambda: "0.5" in words(page.locator(".sentence")), "half a standard deviation")
    assert chosen(page)["from"] == "at%3A0.500,0.000"


def test_two_objects_are_found_by_search(open_page, digits_page, words):
    page = open_page(digits_page, "view=change&from=at:0,0&to=at:1,0")
    for letter in "AB":
        box = page.get_by_role("combobox", name=f"Object {letter}")
        box.click()
        box.fill("1")
        page.get_by_role("listbox", name=f"Object {letter}").get_by_role("option").nth(
            1 if letter == "A" else 2
        ).wait_for()
        for _ in range(1 if letter == "A" else 2):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    at = chosen(page)
    assert at["from"].startswith("id%3A")
    assert at["to"].startswith("id%3A")
    assert at["from"] != at["to"]
    page.get_by_role("heading", name="What changed").first.wait_for()
    assert page.get_by_role("region", name="What changed", exact=True).locator("canvas").count() >= 1


def test_the_route_is_switched_and_the_ends_are_swapped(open_page, digits_page, words):
    page = open_page(digits_page, "view=change")
    ends = page.locator(".ends > section")
    names = [ends.nth(k).get_attribute("aria-label")[3:] for k in (0, 1)]
    page.get_by_role("button", name="Least change").click()
    status = page.get_by_role("group", name="Which way from A to B").get_by_role("status")
    until(page, lambda: words(status).startswith("Least change:"), "the other route")
    assert chosen(page)["change.route"] == "geodesic"
    page.get_by_role("button", name="Swap A and B").click()
    until(page, lambda: [ends.nth(k).get_attribute("aria-label")[3:] for k in (0, 1)] == names[::-1], "swapped ends")
    page.get_by_role("button", name="Random pair").click()
    until(page, lambda: [ends.nth(k).get_attribute("aria-label")[3:] for k in (0, 1)] != names[::-1], "another pair")
    page.get_by_label("Answers measured by gausscape").select_option(index=1)
    page.get_by_role("heading", name=re.compile("Measured by gausscape:")).wait_for()


# Patch


def test_the_circle_is_moved_and_resized_by_pointer(open_page, digits_page, words):
    page = open_page(digits_page, "view=patch&circle=0,0,1")
    sentence = page.locator(".sentence")
    before = words(sentence)
    rim = middle_of(page.locator("[data-handle=rim]"))
    drag(page, rim, (rim[0] - 40, rim[1]))
    until(page, lambda: words(sentence) != before, "a smaller circle")
    a, b, radius = map(float, chosen(page)["circle"].split(","))
    assert (a, b) == (0, 0)
    assert 0.05 <= radius < 1
    centre = middle_of(page.locator("[data-handle=circle]"))
    drag(page, centre, (centre[0] + 60, centre[1] - 30))
    moved = list(map(float, chosen(page)["circle"].split(",")))
    assert moved[0] > 0
    assert moved[1] > 0
    assert moved[2] == pytest.approx(radius, abs=1e-3)
    live = page.locator(".head [aria-live=polite]")
    until(page, lambda: live.text_content() == words(sentence), "an announcement")


def test_the_circle_is_moved_and_resized_by_keys(open_page, digits_page, words):
    page = open_page(digits_page, "view=patch&circle=0,0,1")
    page.locator("[data-handle=circle]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("+")
    a, b, radius = map(float, chosen(page)["circle"].split(","))
    assert (a, b, radius) == pytest.approx((0, 0.1, 1.1))
    page.locator("[data-handle=rim]").focus()
    page.keyboard.press("ArrowLeft")
    assert float(chosen(page)["circle"].split(",")[2]) == pytest.approx(1.0)
    slider = page.get_by_role("slider", name="Radius of the circle")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert float(chosen(page)["circle"].split(",")[2]) > 1
    assert "sd" in slider.get_attribute("aria-valuetext")


def test_a_patch_holds_objects_and_walks_into_a_comparison(open_page, digits_page, words):
    page = open_page(digits_page, "view=patch&circle=0,0,1")
    page.get_by_role("button", name="Hold 20 objects").click()
    until(page, lambda: re.search(r" 2\d of 240 objects live", words(page.locator(".sentence"))), "twenty objects")
    lens = page.get_by_role("group", name=re.compile("The circle enlarged"))
    lens.get_by_role("button", pressed=True).focus()
    page.keyboard.press("ArrowRight")
    assert not lens.get_by_role("button", pressed=True).text_content().strip().startswith("centre")
    page.get_by_label("Explained patches", exact=True).select_option(index=2)
    assert chosen(page)["patch.around"] == "patch%3A1"
    page.get_by_role("heading", name="What moves y here").wait_for()
    lens.get_by_role("button", pressed=True).focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name=re.compile("[Cc]ompare")).click()
    assert chosen(page)["view"] == "change"
    page.go_back()
    until(page, lambda: chosen(page)["view"] == "patch", "the patch again")


# Stress


def test_the_slider_goes_through_all_stops_by_keys_and_by_pointer(open_page, digits_page, words):
    page = open_page(digits_page, "view=stress")
    slider, title = page.get_by_role("slider", name=re.compile("How far out")), page.locator(".huge")
    last = int(slider.get_attribute("max"))
    assert last >= 4
    slider.focus()
    seen = [words(title)]
    for _ in range(last):
        page.keyboard.press("ArrowRight")
        until(page, lambda: words(title) != seen[-1], "the next stop")
        seen.append(words(title))
        assert slider.get_attribute("aria-valuetext") == seen[-1]
    assert len(set(seen)) == last + 1
    assert "beyond" in page.locator("button.stop").last.get_attribute("class")
    page.keyboard.press("Home")
    until(page, lambda: words(title) == seen[0], "the centre")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    drag(page, (box["x"] + 14, y), (box["x"] + box["width"] - 14, y), steps=12)
    until(page, lambda: words(title) == seen[-1], "the outermost stop")
    page.locator("button.stop").nth(1).click()
    until(page, lambda: words(title) == seen[1], "the second stop")
    assert "depth" in chosen(page)


def test_only_failures_are_shown(open_page, digits_page):
    page = open_page(digits_page, "view=stress")
    slider = page.get_by_role("slider", name=re.compile("How far out"))
    objects = page.get_by_role("list", name="Objects at this stop").get_by_role("listitem")
    slider.focus()
    page.get_by_role("button", name="Only failures").wait_for()
    counts = []
    for _ in range(int(slider.get_attribute("max")) + 1):
        every = objects.count()
        hits = page.locator("ul[aria-label='Objects at this stop'] > li.hit").count()
        page.get_by_role("button", name="Only failures").click()
        until(page, lambda hits=hits: objects.count() == hits, "the failures alone")
        counts.append((every, hits))
        page.get_by_role("button", name="Only failures").click()
        until(page, lambda every=every: objects.count() == every, "all objects again")
        slider.focus()
        page.keyboard.press("ArrowRight")
    assert any(0 < hits < every for every, hits in counts)


def test_a_stress_object_leads_to_the_map_and_the_back_button_returns(open_page, digits_page):
    page = open_page(digits_page, "view=stress")
    page.locator("button.stop").nth(2).click()
    link = page.get_by_role("button", name=re.compile("a real object: show it on the map")).first
    link.click()
    at = chosen(page)
    assert at["view"] == "map"
    page.locator("#object-title").wait_for()
    page.go_back()
    page.locator(".huge").wait_for()
    assert chosen(page)["view"] == "stress"


# Ledger, Audit, About


def test_the_ledger_is_searched_filtered_and_sorted(open_page, digits_page, words):
    page = open_page(digits_page, "view=ledger")
    entries = page.locator(".entries > li")
    names = lambda: [text.split("\n")[0] for text in entries.all_inner_texts()]  # noqa: E731 - one line, used here alone
    every = len(names())
    page.get_by_role("searchbox", name="Feature").fill("bright")
    until(page, lambda: 0 < len(names()) < every, "fewer features")
    assert all("bright" in name for name in names())
    page.get_by_role("searchbox", name="Feature").fill("")
    page.get_by_label("Sort by").select_option("feature")
    until(page, lambda: names() == sorted(names(), key=str.lower) or names() == sorted(names()), "sorted features")
    verdicts = page.get_by_role("group", name="Verdicts shown").get_by_role("button")
    some = next(k for k in range(verdicts.count()) if verdicts.nth(k).is_enabled())
    count = int(words(verdicts.nth(some)).split()[-1])
    verdicts.nth(some).click()
    until(page, lambda: len(names()) == min(count, 24), "one verdict alone")
    assert set(chosen(page)) >= {"ledger.sort", "ledger.verdict"}
    page.get_by_role("searchbox", name="Feature").fill("no such feature")
    page.get_by_role("button", name="Show all").click()
    until(page, lambda: len(names()) == every, "all features")


def test_a_patch_is_opened_from_the_ledger(open_page, digits_page, words):
    page = open_page(digits_page, "view=ledger")
    row = page.get_by_role("region", name="Table of patches").locator("tbody tr").nth(2)
    name = words(row.locator("th"))
    row.get_by_role("button").click()
    at = chosen(page)
    assert (at["view"], at["patch.around"]) == ("patch", "patch%3A2")
    options = page.get_by_label("Explained patches", exact=True).locator("option").all_inner_texts()
    assert options[3].startswith(name)
    page.go_back()
    page.get_by_role("region", name="Table of patches").wait_for()


def test_audit_and_about_show_their_tables(open_page, digits_page, digits, words):
    page = open_page(digits_page, "view=audit")
    space = digits[0]
    rows = page.get_by_role("table").first.locator("tbody tr")
    assert rows.count() == len(space.audit.rows)
    for row, told in zip(rows.all(), space.audit.rows, strict=True):
        assert f"{told.count:,} of {told.objects:,}" in words(row)
    tables = page.get_by_role("table").count()
    page.get_by_role("button", name=re.compile("All 2 spaces")).click()
    until(page, lambda: page.get_by_role("table").count() != tables, "the audits of one space, or of all")
    page.get_by_role("link", name="About", exact=True).click()
    page.get_by_role("heading", name="About this page").wait_for()
    text = words(page.locator("main"))
    for said in ("SUPPORTED", "UNSUPPORTED", "How to cite", "What is not claimed", space.record["name"]):
        assert said.lower() in text.lower()


def test_another_space_has_planes_and_empty_states(open_page, digits_page, words):
    page = open_page(digits_page)
    page.locator("header select").select_option(index=1)
    planes = page.locator("main .head select")
    planes.wait_for()
    assert planes.locator("option").count() == 3
    planes.select_option(index=1)
    at = chosen(page)
    assert {"space", "plane"} <= set(at)
    for view, said in (
        ("Stress", "No stress test was given"),
        ("Ledger", "No explanation was given"),
        ("Change", "gausscape change"),
    ):
        page.get_by_role("link", name=view, exact=True).click()
        until(page, lambda said=said: said in words(page.locator("main")), said)
    page.locator("header select").select_option(index=0)
    until(page, lambda: "Measured by gausscape" in words(page.locator("main")), "the first space")
