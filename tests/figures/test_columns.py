"""Rows side by side as one table: what differs is shown first, what does not is counted."""

from matplotlib import rc_context

from gausscape.figures.columns import Captioned, columns_height, draw_columns
from gausscape.figures.strip import draw_row, pick_steps, row_height
from gausscape.figures.style import Look, new_sheet
from gausscape.modality import Picture


def objects(count: int) -> list[Captioned]:
    return [
        Captioned(
            Picture("rows", [("city", "Oslo"), ("age", str(40 + i)), ("plan", "AB"[i % 2]), ("weight", "70.1")]),
            "SUPPORTED",
        )
        for i in range(count)
    ]


def drawn(count: int, look: Look):
    shown = objects(count)
    with rc_context(look.settings()):
        sheet = new_sheet(look, columns_height(shown, look.width - 0.2, look) + 0.2)
        draw_columns(sheet, shown, 0.1, 0.1, look.width - 0.2)
    return sheet.figure


def test_only_differing_lines_are_shown(words_of, assert_legible):
    figure = drawn(4, Look())
    assert_legible(figure)
    words = words_of(figure)
    assert "Oslo" not in words
    assert "2 are the same in all" in words
    assert words.index("plan") < words.index("age"), "words that differ say more than numbers that differ a little"


def test_one_object_and_equal_objects_show_their_lines(words_of):
    assert "Oslo" in words_of(drawn(1, Look(width=3.6)))
    same = [objects(1)[0]] * 3
    sheet = new_sheet(Look(), 3)
    draw_row(sheet, same, 0.1, 0.1, 7, ink=False)
    assert "Oslo" in words_of(sheet.figure)


def test_many_objects_wrap_into_blocks_and_a_way_is_thinned(assert_legible):
    look = Look(width=3.6)
    assert_legible(drawn(9, look))
    assert row_height(objects(9), 3.4, look) > 2 * row_height(objects(3), 3.4, look) - 0.5
    steps = pick_steps(objects(9), 3.4, look)
    assert [dict(step.picture.data)["age"] for step in steps][:: len(steps) - 1] == ["40", "48"]
    assert len(steps) < 9


def test_no_objects_take_no_room():
    assert row_height([], 3.4, Look()) >= 0
