"""What a reader saves holds what was chosen: tables, objects, pictures; and a decoded object is the one that Python decodes."""

import csv
import io
import json
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from .documents import document_of
from .small_pages import KINDS


def saved(page, name, nth=0):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).nth(nth).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def table_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_objects_are_saved_with_what_is_known_of_them(open_page, digits_page):
    points = document_of(digits_page)["spaces"][0]["points"]
    page = open_page(digits_page)
    name, content = saved(page, "Objects as CSV")
    rows = table_of(content)
    assert name.endswith(".csv")
    assert [row["id"] for row in rows] == points["ids"]
    np.testing.assert_allclose(
        [[float(row["u1"]), float(row["u2"])] for row in rows], points["u"].reshape(-1, 2), rtol=1e-6
    )
    np.testing.assert_allclose([float(row["exceedance"]) for row in rows], points["exceedance"], rtol=1e-6)
    told = json.loads(saved(page, "Objects as JSON")[1])
    assert [each["id"] for each in told] == points["ids"]
    assert {each["support"] for each in told} <= {"SUPPORTED", "RARE_OBSERVED", "EXTRAPOLATED", "UNSUPPORTED"}


def test_only_the_chosen_objects_are_saved(open_page, digits_page):
    points = document_of(digits_page)["spaces"][0]["points"]
    labels = next(column for column in points["columns"] if column["role"] == "label")
    page = open_page(digits_page, "view=map&layers=points&colour=label&level=2")
    rows = table_of(saved(page, "Objects as CSV")[1])
    assert [row["id"] for row in rows] == [points["ids"][k] for k in np.flatnonzero(labels["values"] == 2)]
    assert {row["label"] for row in rows} == {labels["levels"][2]}
    one = open_page(digits_page, "view=map&object=5")
    assert [row["id"] for row in table_of(saved(one, "Save CSV")[1])] == [points["ids"][5]]
    assert [row["id"] for row in json.loads(saved(one, "Save JSON")[1])] == [points["ids"][5]]


def test_the_tables_of_the_answers_are_saved(open_page, digits_page):
    told = document_of(digits_page)
    page = open_page(digits_page, "view=stress")
    assert len(table_of(saved(page, "Save CSV")[1])) == len(told["stress"][0]["levels"])
    page = open_page(digits_page, "view=ledger")
    features = [entry["feature"] for entry in told["ledgers"][0]["entries"]]
    assert [row["feature"] for row in json.loads(saved(page, "Save JSON")[1])] == features
    page = open_page(digits_page, "view=audit&audit.all=0")
    rows = table_of(saved(page, "Save CSV")[1])
    audit = told["spaces"][0]["audit"]
    assert len(rows) == len(audit["rows"]) + sum(len(other["rows"]) for other in audit["others"])


@pytest.mark.parametrize("layers", ["objects.contours.support", "points", "none"])
def test_the_map_is_saved_as_a_picture_and_as_a_drawing(open_page, digits_page, layers):
    page = open_page(digits_page, f"view=map&layers={layers}&a=0.5&b=0.5")
    page.wait_for_timeout(500)
    name, content = saved(page, "Save PNG")
    picture = Image.open(io.BytesIO(content))
    picture.load()
    assert name.endswith(".png")
    assert picture.size[0] == picture.size[1] > 400
    assert len(np.unique(np.asarray(picture.convert("L").resize((64, 64))))) > 8
    drawing = ElementTree.fromstring(saved(page, "Save SVG")[1])
    assert drawing.tag.endswith("}svg")
    assert len([element for element in drawing.iter() if element.tag.endswith("}image")]) == 1
    assert any(
        "standard" in "".join(element.itertext()) or "more" in "".join(element.itertext()) for element in drawing.iter()
    )


LUMINANCE = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return Array.from({ length: data.length / 4 }, (_, k) => 0.299 * data[4 * k] + 0.587 * data[4 * k + 1] + 0.114 * data[4 * k + 2])
}"""


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("images", 0.0, 0.0),
        ("images", 0.9, -1.1),
        ("images", -2.2, 1.7),
        ("sequences", 0.8, 0.3),
        ("tables", -0.7, 1.1),
    ],
)
def test_a_decoded_object_is_the_one_that_python_decodes(open_page, kind_page, space_of, kind, a, b):
    space = space_of(KINDS[kind])
    page = open_page(kind_page(KINDS[kind]), f"view=map&a={a}&b={b}")
    name, content = saved(page, "This place as JSON")
    told = json.loads(content)
    assert name.endswith(".json")
    z = space.aggregate.unwhiten(np.array([told["u"]]))
    exact = np.asarray(space.codec.cells(z)).ravel()
    # Constants of a program are rounded so that pages stay small; what that costs at most is told on the page itself.
    np.testing.assert_allclose(told["cells"], exact, atol=1e-3 * max(1.0, np.abs(exact).max()))
    judged = space.assess_codes(z)
    assert told["support"] == str(judged["support"][0])
    assert told["exceedance"] == pytest.approx(judged["exceedance"][0], rel=0.02)
    if kind == "images":
        drawn = np.array(page.get_by_role("img", name="Object decoded at this place").evaluate(LUMINANCE))
        assert len(drawn) == exact.size
        # Darker is less on the colour scale, all along it.
        order = np.argsort(exact.ravel())
        assert (np.diff(drawn[order]) >= -1.5).all()
