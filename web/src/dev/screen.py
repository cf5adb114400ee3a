"""A picture of the fixture, or of any page, as a reader sees it: for those who write views."""

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

FIXTURE = Path(__file__).resolve().parents[2] / "build" / "fixture" / "index.html"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, default=FIXTURE)
    parser.add_argument("--view", default="map")
    parser.add_argument("--hash", default="", help="more of the address, as a=1&b=2")
    parser.add_argument("--query", default="", help="as points=70000")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--whole", action="store_true", help="the whole length of the page")
    parser.add_argument("--out", type=Path, required=True)
    wanted = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(
            viewport={"width": wanted.width, "height": wanted.height}, color_scheme="dark" if wanted.dark else "light"
        )
        page.on("console", lambda message: print(message.type, message.text))
        page.on("pageerror", lambda error: print("error", error))
        query = f"?{wanted.query}" if wanted.query else ""
        page.goto(f"{wanted.page.resolve().as_uri()}{query}#view={wanted.view}&{wanted.hash}")
        page.wait_for_selector("main, [role=alert]")
        page.wait_for_timeout(400)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > wanted.width:
            print(f"the page is {wide} px wide on a screen of {wanted.width}")
        page.screenshot(path=wanted.out, full_page=wanted.whole)
        browser.close()


if __name__ == "__main__":
    main()
