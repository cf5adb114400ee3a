"""The page: whole, escaped, and shut to every other host."""

import base64
import hashlib
import html
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, StorageError
from gausscape.figures import draw_audit, draw_stress_strip
from gausscape.figures.stress_strip import StripRow
from gausscape.modality import Picture
from gausscape.page import Commands, Illustration, Section, Table, write_report
from gausscape.page.report import render_report
from gausscape.space.audit import Audit

HOSTILE = "<script>alert('\"&</script>"
VOID = {"meta", "link", "source", "img", "br"}


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.tags, self.words = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def audit_figure(look):
    return draw_audit(Audit.of(np.linspace(0.001, 1, 1000), calibrated=1000), look=look)


@pytest.fixture(scope="module")
def text():
    strip = [StripRow(HOSTILE, [Picture("raster", np.eye(4))], ["SUPPORTED"], [HOSTILE], HOSTILE)]
    sections = [
        Section(HOSTILE, [HOSTILE, Illustration(audit_figure, HOSTILE, HOSTILE)]),
        Section("Strip", [Illustration(lambda look: draw_stress_strip(strip, look=look), "strip")]),
        Section("Table", [Table([HOSTILE, "n"], [(HOSTILE, "1 of 2"), ("b", "3.5%")], HOSTILE)]),
        Section("", [Commands([(HOSTILE, HOSTILE)]), "Type `a < b` now."]),
    ]
    return render_report(sections, title=HOSTILE, answer=HOSTILE, note=HOSTILE)


def test_everything_is_escaped(text):
    reader = read(text)
    names = {tag for tag, _ in reader.tags}
    assert "script" not in names
    assert html.escape(HOSTILE) in text
    assert sum(HOSTILE in words for words in reader.words) >= 10
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert "<code>a &lt; b</code>" in text


def test_it_reaches_no_other_host(text):
    reader = read(text)
    policy = next(at["content"] for tag, at in reader.tags if at.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert not any("style" in attributes for _, attributes in reader.tags), "the policy would drop it"
    for _, attributes in reader.tags:
        for name in ("src", "srcset", "href"):
            assert attributes.get(name, "#").startswith(("data:", "#"))
    assert "url(" not in style


def test_every_figure_has_words_and_four_drawings(text):
    reader = read(text)
    images = [attributes for tag, attributes in reader.tags if tag == "img"]
    assert len(images) == 2
    assert all(image["alt"] and int(image["width"]) > 0 for image in images)
    sources = [attributes["media"] for tag, attributes in reader.tags if tag == "source"]
    assert len(sources) == 6
    assert sum("dark" in media for media in sources) == 4


def test_pictures_are_rasters_and_drawings_are_vectors(text):
    images = [attributes["src"][:18] for tag, attributes in read(text).tags if tag == "img"]
    assert images[0].startswith("data:image/svg+xml")
    assert images[1].startswith("data:image/webp")


def test_anchors_are_unique_and_linked(text):
    reader = read(text)
    anchors = [attributes["id"] for tag, attributes in reader.tags if tag == "section"]
    linked = [attributes["href"][1:] for tag, attributes in reader.tags if tag == "a"]
    assert len(set(anchors)) == 4
    assert linked == anchors[:3]


def test_numbers_stand_to_the_right(text):
    cells = [attributes for tag, attributes in read(text).tags if tag == "td"]
    assert [cell.get("class") for cell in cells] == [None, "number", None, "number"]


def test_it_is_written_whole_and_alike(tmp_path):
    sections = [Section("One", ["Words.", Illustration(audit_figure, "audit")])]
    target = tmp_path / "deep" / "er"
    page = write_report(sections, target)
    first = page.read_bytes()
    assert page.name == "index.html"
    assert write_report(sections, target).read_bytes() == first
    assert [path.name for path in target.iterdir()] == ["index.html"]


def test_a_figure_that_fails_leaves_the_old_page(tmp_path):
    page = write_report([Section("One", ["Old."])], tmp_path)

    def broken(look):
        raise ConfigurationError("no")

    with pytest.raises(ConfigurationError):
        write_report([Section("One", ["New.", Illustration(broken, "x")])], tmp_path)
    assert "Old." in page.read_text()


def test_refusals(tmp_path):
    with pytest.raises(ConfigurationError, match="holds a int"):
        write_report([Section("One", [3])], tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_report([], tmp_path / "file")
