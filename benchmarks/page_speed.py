"""How quick is an interactive page: to open, under a dragged point, and with all its real objects in motion?

Opens a page in headless Chromium and prints its size, the time to the first line and to the first map, the median time from a
pointer event to the decoded object on screen (limit: 16 ms, one frame), and frames per second while the map with all real
objects is panned and zoomed (limit: 30). Without PAGE it fits a short map of handwritten digits and writes a page of 70,000
objects (5,000 digits, each shifted and dimmed 14 times).

    python benchmarks/page_speed.py [PAGE] [--chromium /usr/bin/chromium]

Needs Playwright for Python and a Chromium.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np

import gausscape as gs
from gausscape.page.write import write_page

COPIES = 14
DRAG_LIMIT = 16.0
FRAMES_LIMIT = 30.0
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

FIRST_MAP = """
new MutationObserver((_, observer) => {
  if (!document.querySelector('main canvas')) return
  observer.disconnect()
  requestAnimationFrame(() => setTimeout(() => (window.firstMap = performance.now())))
}).observe(document, { childList: true, subtree: true })
"""
EVENTS = """() => {
  window.eventTimes = []
  // A message arrives after the event's handlers and all that they set off: the object is drawn by then.
  addEventListener('pointermove', () => {
    const began = performance.now()
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => window.eventTimes.push(performance.now() - began)
    port2.postMessage(0)
  }, { capture: true })
}"""
FRAMES = """() => {
  window.frameTimes = []
  const tick = (now) => {
    window.frameTimes.push(now)
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options.page or many_digits(Path(folder)), options.chromium)


def many_digits(folder: Path) -> Path:
    """A page of 70,000 objects."""
    items = gs.load_data("mnist-5k")
    space = gs.fit(items, latent=2, schedule=gs.Schedule(steps=300))
    images = np.asarray(items.values)
    rng = np.random.default_rng(0)
    copies = [
        np.roll(images, tuple(rng.integers(-2, 3, 2)), (1, 2)) * rng.uniform(0.7, 1, (len(images), 1, 1))
        for _ in range(COPIES)
    ]
    many = np.concatenate(copies).astype(images.dtype)
    return write_page(space, folder / "digits.html", data=many)


def measure(page_file: Path, chromium: str) -> None:
    """Prints one row for each question."""
    from playwright.sync_api import sync_playwright

    report("size", f"{page_file.stat().st_size / 1e6:.2f} MB")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(FIRST_MAP)
        page.goto(f"{page_file.resolve().as_uri()}#view=map&layers=objects.contours.support")
        await_map(page)
        paints = page.evaluate("performance.getEntriesByType('paint').map((entry) => entry.startTime)")
        report("first paint", f"{min(paints):.0f} ms" if paints else "not told by the browser")
        report("first map", f"{page.evaluate('window.firstMap'):.0f} ms")
        page.wait_for_timeout(1500)
        drag(page)
        page.goto("about:blank")
        page.goto(f"{page_file.resolve().as_uri()}#view=map&layers=points.contours.support")
        await_map(page)
        page.wait_for_timeout(1000)
        motion(page)
        browser.close()


def await_map(page) -> None:
    """Waits for the first map; asked from outside, for the page's policy forbids to compile a waiting function in it."""
    for _ in range(2400):
        if page.evaluate("window.firstMap"):
            return
        page.wait_for_timeout(50)
    raise SystemExit("This page showed no map within two minutes.")


def drag(page) -> None:
    """From a pointer event to the decoded object on screen."""
    page.evaluate(EVENTS)
    box = page.locator("[aria-roledescription=map]").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.evaluate("window.eventTimes.length = 0")
    for angle in np.linspace(0, 6 * np.pi, 300):
        far = box["width"] * 0.3 * angle / (6 * np.pi)
        page.mouse.move(middle[0] + far * np.cos(angle), middle[1] + far * np.sin(angle))
    page.mouse.up()
    times = page.evaluate("window.eventTimes")
    slow = np.quantile(times, 0.95)
    report(
        "drag to object",
        f"median {statistics.median(times):.1f} ms, 95% {slow:.1f} ms, {len(times)} events (limit {DRAG_LIMIT:.0f})",
    )


def motion(page) -> None:
    """Frames per second while the plane with its real objects is zoomed and panned."""
    box = page.locator("[aria-roledescription=map]").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.evaluate(FRAMES)
    for turn in range(60):
        page.mouse.wheel(0, -60 if turn < 30 else 40)
        page.wait_for_timeout(16)
    frames("zooming", page)
    page.keyboard.down("Shift")
    page.mouse.down()
    page.evaluate("window.frameTimes.length = 0")
    for angle in np.linspace(0, 12 * np.pi, 240):
        page.mouse.move(middle[0] + 120 * np.cos(angle), middle[1] + 120 * np.sin(angle))
        page.wait_for_timeout(8)
    frames("panning", page)
    page.mouse.up()
    page.keyboard.up("Shift")


def frames(name: str, page) -> None:
    gaps = np.diff(page.evaluate("window.frameTimes"))
    worst = np.quantile(gaps, 0.95)
    report(
        name, f"{1000 / gaps.mean():.0f} frames a second, 95% within {worst:.0f} ms (limit {FRAMES_LIMIT:.0f} frames)"
    )


def report(name: str, words: str) -> None:
    print(f"{name:<16} {words}", flush=True)


if __name__ == "__main__":
    main()
