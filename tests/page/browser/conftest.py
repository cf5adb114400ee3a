"""A browser, small real pages, and a watch: a test fails on any error, refused policy or request to another address."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from . import small_pages
from .small_pages import KINDS

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
]  # fmt: skip
# What a page may load: itself, and what it made itself.
OWN = ("file:", "data:", "blob:", "about:")

LISTEN = """
window.said = []
addEventListener('securitypolicyviolation', (event) => window.said.push(`policy: ${event.violatedDirective} ${event.blockedURI}`))
"""


# One browser a module, not a session: while Playwright runs, its event loop would stand in the way of tests that bring their own.
@pytest.fixture(scope="module")
def browser():
    """A headless browser; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright for Python")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"needs a browser: one of {', '.join(names)} on the PATH")
    with playwright.sync_playwright() as running:
        launched = running.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser):
    """A function that opens a page file in a context of its own; whatever goes wrong in it fails the test at its end."""
    from playwright.sync_api import expect

    expect.set_options(timeout=20_000)
    contexts: list[Any] = []
    silent: list[Any] = []
    troubles: list[str] = []

    def judge(request):
        if not request.url.startswith(OWN):
            troubles.append(f"asked {request.url[:200]}")

    def refuse(dialog):
        troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def opened(file: Path, link="", *, width=1280, height=900, scheme="light", watch=True, script="", **settings):
        size = {"width": width, "height": height}
        context = browser.new_context(
            viewport=size, color_scheme=scheme, offline=True, accept_downloads=True, **settings
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        context.on("request", judge)
        context.on("dialog", refuse)
        scripted = settings.get("java_script_enabled", True)
        if scripted:
            context.add_init_script(LISTEN + script)
        else:
            silent.append(context)
        page = context.new_page()
        if watch:
            page.on("console", lambda each: each.type == "error" and troubles.append(f"console: {each.text[:300]}"))
            page.on("pageerror", lambda error: troubles.append(f"error: {str(error)[:300]}"))
        page.goto(f"{file.resolve().as_uri()}{'#' if link else ''}{link}")
        if scripted:
            page.locator("main h2, [role=alert]").first.wait_for()
        return page

    yield opened
    for context in contexts:
        for page in [] if context in silent else context.pages:
            troubles.extend(page.evaluate("window.said ?? []"))
        context.close()
    assert troubles == []


@pytest.fixture(scope="session")
def digits():
    """A space of images, and images that it has not seen."""
    return small_pages.digits()


@pytest.fixture(scope="session")
def digits_page(digits, tmp_path_factory):
    """The page with every answer."""
    space, score, unseen = digits
    return small_pages.write_digits(space, score, unseen, tmp_path_factory.mktemp("pages") / "digits.html")


@pytest.fixture(scope="session")
def kinds(digits, digits_page, tmp_path_factory):
    """A function from the name of a data set to a space of it and its page; each is made once."""
    made = {KINDS["images"]: (digits[0], digits_page)}

    def of(name: str):
        if name not in made:
            space, items = small_pages.other_kind(name)
            made[name] = space, small_pages.write_kind(space, items, tmp_path_factory.mktemp("pages") / f"{name}.html")
        return made[name]

    return of


@pytest.fixture(scope="session")
def space_of(kinds):
    """A function from the name of a data set to its space."""
    return lambda name: kinds(name)[0]


@pytest.fixture(scope="session")
def kind_page(kinds):
    """A function from the name of a data set to its page."""
    return lambda name: kinds(name)[1]


@pytest.fixture(scope="session")
def words():
    """A function from a locator to its text on one line."""
    return lambda locator: re.sub(r"\s+", " ", locator.inner_text()).strip()
