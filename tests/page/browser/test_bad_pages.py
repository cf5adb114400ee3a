"""Row W11: a page that is damaged, foreign, newer, huge, or opened in a browser that lacks something says so; it is never blank."""

import gzip
import re
import struct

import numpy as np
import pytest

from gausscape.page.pack import pack

from .documents import document_of, with_text, write_changed

AGAIN = "Write the page again"


def packed(header: bytes, magic: bytes = b"GSP1", length: int | None = None) -> bytes:
    return gzip.compress(magic + struct.pack("<I", len(header) if length is None else length) + header)


def test_W11_a_page_opens_from_the_disk_without_a_network(open_page, digits_page):
    page = open_page(digits_page)
    assert page.evaluate("[location.protocol, navigator.onLine]") == ["file:", False]
    assert page.get_by_role("heading", level=1).inner_text() == "Small digits"
    loaded = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in loaded if not name.startswith(("data:", "blob:"))] == []
    assert page.evaluate("document.cookie") == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: "", "holds no data"),
        (lambda text: "  \n ", "holds no data"),
        (lambda text: "*" + text[1:], "not base64"),
        (lambda text: text[: len(text) // 2 // 4 * 4], "cannot be unpacked"),
        (lambda text: text[: len(text) // 2 // 4 * 4 + 1], "damaged"),
        (lambda text: text[4000:8000] + text[8000:], "cannot be unpacked"),
        (lambda text: text[: len(text) // 2] + "AAAA" * 200 + text[len(text) // 2 + 800 :], "cannot be unpacked"),
    ],
    ids=["empty", "blank", "no-base64", "cut", "cut-within-a-byte", "no-gzip", "overwritten"],
)  # fmt: skip
def test_W11_damaged_data_are_refused_in_words(open_page, digits_page, tmp_path, words, change, said):
    page = open_page(with_text(digits_page, tmp_path / "bad.html", change))
    message = page.get_by_role("alert")
    assert said in words(message)
    assert AGAIN in words(message)
    assert words(message).startswith("This page cannot be shown")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(b'{"format": "another", "version": 1, "spaces": []}'), "not a gausscape document"),
        (packed(b"[]"), "not a gausscape document"),
        (packed(b"null"), "not a gausscape document"),
        (packed(b"{}", magic=b"GIF8"), "not a gausscape document"),
        (gzip.compress(b"GS"), "not a gausscape document"),
        (packed(b'{"format": '), "cannot be read"),
        (packed(b'{"format": "\xff\xfe"}'), "cannot be read"),
        (packed(b"{}", length=2**32 - 1), "end too early"),
        (packed(b'{"format": "gausscape-page", "version": 2}'), "versions? 2"),
        (packed(b'{"format": "gausscape-page", "version": 1}'), "no list of spaces"),
        (packed(b'{"format": "gausscape-page", "version": 1, "spaces": [{"u": {"$": ["f4", 0, 99]}}]}'), "end too early"),
        (packed(b'{"format": "gausscape-page", "version": 1, "spaces": [{"u": {"$": ["f4", -4, 1]}}]}'), "described wrongly"),
        (packed(b'{"format": "gausscape-page", "version": 1, "spaces": [{"u": {"$": ["f9", 0, 1]}}]}'), "described wrongly"),
    ],
    ids=["foreign", "list", "null", "magic", "short", "json", "utf-8", "header", "newer", "no-spaces", "beyond", "negative", "dtype"],
)  # fmt: skip
def test_W11_what_is_no_document_of_this_version_is_refused_in_words(open_page, tmp_path, words, data, said):
    empty = {"title": "A page", "subtitle": "", "spaces": [], "notes": []}
    page = open_page(write_changed(empty, tmp_path / "foreign.html", data=data))
    assert re.search(said, words(page.get_by_role("alert")))
    assert "Write the page again" in words(page.get_by_role("alert"))


def test_W11_a_page_of_50_megabytes_shows_how_far_it_is_and_then_itself(open_page, digits_page, tmp_path):
    raw = gzip.decompress(pack(document_of(digits_page)))
    ballast = np.random.default_rng(0).bytes(37_000_000)
    # Hardly squeezed: this test is of the browser, which reads what lies behind the last array as nothing.
    shell = {"title": "Huge", "subtitle": "", "spaces": [], "notes": []}
    file = write_changed(shell, tmp_path / "huge.html", data=gzip.compress(raw + ballast, 1))
    assert file.stat().st_size > 49_000_000
    watch = """
    window.lines = []
    new MutationObserver(() => {
      const line = document.querySelector('.loading')
      if (line && window.lines.at(-1) !== line.textContent) window.lines.push(line.textContent)
    }).observe(document, { childList: true, subtree: true, characterData: true })
    """
    page = open_page(file, script=watch)
    page.get_by_role("heading", name="Map").wait_for()
    shares = [
        int(found[1]) for found in (re.search(r"(\d+)%", line) for line in page.evaluate("window.lines")) if found
    ]
    assert len(set(shares)) > 5
    assert shares == sorted(shares)


def test_W11_without_scripts_the_title_and_the_audit_are_there(open_page, digits_page, digits):
    page = open_page(digits_page, java_script_enabled=False)
    text = page.locator("noscript").inner_text()
    assert "Small digits" in text
    assert "Allow JavaScript" in text
    for row in digits[0].audit.rows:
        assert f"{row.count:,} of {row.objects:,}" in text
    assert page.locator("noscript table").count() == 2
    assert page.locator("noscript").bounding_box()["height"] > 200


def test_W11_an_older_browser_is_told_which_one_is_needed(open_page, digits_page, words):
    page = open_page(digits_page, script="delete window.DecompressionStream")
    text = words(page.get_by_role("alert"))
    assert "DecompressionStream" in text
    assert "Firefox" in text


@pytest.mark.parametrize(
    "without", ["HTMLCanvasElement.prototype.getContext = () => null", "delete navigator.clipboard"]
)
def test_W11_a_browser_that_lacks_something_shows_the_rest(open_page, digits_page, words, without):
    page = open_page(digits_page, "view=audit", watch=False, script=without)
    assert page.get_by_role("table").count() >= 1
    page.get_by_role("link", name="Map", exact=True).click()
    page.wait_for_timeout(300)
    assert len(words(page.locator("main"))) > 100


BREAKING = {
    "stress": lambda told: told["stress"][0].update(levels=None),
    "change": lambda told: told["changes"][0].update(path=None, features=None),
    "patch": lambda told: [patch.update(effects=None) for patch in told["patches"]],
    "ledger": lambda told: told["ledgers"][0].update(entries=None),
    "audit": lambda told: told["spaces"][0].update(audit={"rows": None, "statement": "", "others": None}),
    "about": lambda told: told.update(about=None),
    "map": lambda told: told["spaces"][0]["points"].update(columns=None),
}


@pytest.mark.parametrize("view", BREAKING)
def test_W11_a_view_that_fails_says_so_and_leaves_the_others_alive(open_page, digits_page, tmp_path, words, view):
    told = document_of(digits_page)
    BREAKING[view](told)
    page = open_page(write_changed_raw(told, tmp_path / "broken.html"), f"view={view}", watch=False)
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "This view cannot be shown" in words(alert)
    assert "The other views still work" in words(alert)
    assert alert.get_by_role("button", name="Try again").count() == 1
    other = "About" if view == "audit" else "Audit"
    page.get_by_role("link", name=other, exact=True).click()
    page.locator("main h2").wait_for()
    assert page.get_by_role("alert").count() == 0
    page.go_back()
    page.get_by_role("alert").wait_for()


def write_changed_raw(told, target):
    """A page with a document that Python's summary would refuse to write."""
    shell = {"title": told["title"], "subtitle": told["subtitle"], "spaces": [], "notes": []}
    return write_changed(shell, target, data=pack(told))


def test_W11_a_decoder_that_cannot_run_leaves_the_rest_of_the_page(open_page, digits_page, tmp_path, words):
    told = document_of(digits_page)
    told["spaces"][0]["decoder"]["program"]["steps"][0]["op"] = "unheard of"
    page = open_page(write_changed(told, tmp_path / "program.html"))
    assert "no decoder" in words(page.locator("main"))
    for view in ("Change", "Patch", "Stress"):
        page.get_by_role("link", name=view, exact=True).click()
        page.locator("main h2").first.wait_for()
        assert page.get_by_role("alert").count() == 0


@pytest.mark.parametrize(
    "link",
    [
        "view=nowhere&space=none&plane=none",
        "view=map&a=NaN&b=1e999&zoom=0,0,0&object=99999&level=77&colour=none",
        "view=change&from=id%3Anone&to=at:x,y&change.answer=99",
        "view=patch&circle=1,1,-3&patch.around=patch:99",
        "view=patch&circle=1e9,1e9,1e9",
        "view=stress&depth=none&tail=none&stress.test=9",
        "view=ledger&ledger.which=-4&ledger.sort=none&ledger.verdict=none",
        "%E0%A4%A&=&&view",
        "__proto__=1&constructor=2&view=about",
    ],
)
def test_W11_a_link_that_means_nothing_shows_the_page_as_it_is(open_page, digits_page, link, words):
    page = open_page(digits_page, link)
    assert page.get_by_role("alert").count() == 0
    assert len(words(page.locator("main"))) > 200
    assert not re.search(r"\b(NaN|undefined|Infinity|\[object)\b", words(page.locator("main")))
