"""Pictures of the main states of a page, for the README and the documentation.

    python tests/page/browser/screens.py --page demo/index.html [--out docs/screens]

Writes {map,change,patch,stress,ledger,audit}-{light,dark}.webp of 1280 x 960 px, each at most 120 kB.
"""

import argparse
import io
import shutil
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
SIZE = {"width": 1280, "height": 960}
MOST = 120_000
# A state of each view that shows what the view is for, in the first space of a page; the measured change lies in its own space.
LINKS = {
    "map": "space=s1&a=-0.9&b=0.8&layers=objects.contours.support",
    "change": "change.route=straight",
    "patch": "space=s1&circle=-0.9,0.8,0.7",
    "stress": "depth=p0.01",
    "ledger": "",
    "audit": "audit.all=1",
}
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
]  # fmt: skip


@contextmanager
def opened(browser, page_file: Path, *, scheme: str):
    """A page on a screen of the size of the pictures."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce", offline=True)
    try:
        page = context.new_page()
        page.goto(page_file.resolve().as_uri())
        page.locator("main h2, [role=alert]").first.wait_for()
        yield page
    finally:
        context.close()


def shoot(page, view: str, link: str) -> Image.Image:
    """A view in one state, as it first stands on the screen."""
    page.evaluate("link => { location.hash = link; scrollTo(0, 0) }", f"view={view}&{link}")
    page.wait_for_timeout(700)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def thumbnail(picture: Image.Image) -> Image.Image:
    """So coarse and grey that letters of another machine look the same, and a broken layout does not."""
    return picture.convert("L").resize((96, 72), Image.Resampling.BOX)


def write_picture(picture: Image.Image, target: Path) -> int:
    """The best quality that fits."""
    for quality in (90, 80, 70, 60, 50, 40):
        held = io.BytesIO()
        picture.save(held, "WEBP", quality=quality, method=6)
        if len(held.getvalue()) <= MOST:
            break
    target.write_bytes(held.getvalue())
    return len(held.getvalue())


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screens")
    parser.add_argument(
        "--link", action="append", default=[], metavar="VIEW:LINK", help="another state, as stress:depth=p0.001"
    )
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    wanted = parser.parse_args()
    links = LINKS | dict(each.split(":", 1) for each in wanted.link)
    wanted.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=ARGUMENTS)
        for scheme in ("light", "dark"):
            with opened(browser, wanted.page, scheme=scheme) as page:
                for view, link in links.items():
                    target = wanted.out / f"{view}-{scheme}.webp"
                    print(f"{target.name:<20} {write_picture(shoot(page, view, link), target) / 1000:.0f} kB", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
