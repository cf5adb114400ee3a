"""The page in a notebook's cell: what is chosen inside comes out, and what Python sets goes in."""

import base64
from importlib import resources

from gausscape.page.html import render_page

from .documents import document_of

CELL = """
import cell from 'data:text/javascript;base64,%s'
const traits = { page: window.given, title: 'Explore', address: '', height: 700 }
const ears = {}
window.model = {
  get: (name) => traits[name],
  set: (name, value) => { traits[name] = value },
  save_changes: () => {},
  on: (what, then) => { (ears[what] ??= []).push(then) },
  off: () => {},
  fromPython: (address) => { traits.address = address; (ears['change:address'] ?? []).forEach((then) => then()) },
}
window.stop = cell.render({ model: window.model, el: document.body })
"""


def test_choices_come_out_of_the_cell_and_go_in(digits_page, browser):
    source = (resources.files("gausscape.page") / "cell.js").read_bytes()
    page = browser.new_context(viewport={"width": 1000, "height": 800}).new_page()
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("about:blank")
    page.evaluate("given => { window.given = given }", render_page(document_of(digits_page)))
    page.add_script_tag(type="module", content=CELL % base64.b64encode(source).decode())
    frame = page.frame_locator("iframe")
    frame.locator("main h2").first.wait_for(timeout=20_000)

    frame.get_by_role("link", name="Audit").click()
    page.wait_for_function("window.model.get('address').includes('view=audit')", timeout=10_000)

    page.evaluate("window.model.fromPython('view=map&a=0.5&b=-0.25')")
    frame.get_by_text("0.50 across").first.wait_for(timeout=10_000)

    # The frame may run its own script and nothing of the notebook's.
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-downloads"
    page.evaluate("window.stop()")
    assert said == []
    page.context.close()
