"""Part by part: the two objects of a change side by side with their marks, and the edits in words."""

__all__ = ["PartsPlan", "plan_parts"]

from collections import Counter
from dataclasses import dataclass

from gausscape.figures.key import Entry, draw_key, key_height
from gausscape.figures.node_link import draw_node_link, extent_of, key_of_status, key_of_types
from gausscape.figures.pictures import draw_frame, draw_picture
from gausscape.figures.style import Look, Sheet
from gausscape.figures.text import LINE
from gausscape.modality import Comparison

MOST_LINES = 12
TALLEST, GAP = 3.0, 0.16
HEADING = 0.34
ALIGNED = {
    "by name": "parts matched by name",
    "exactly": "parts matched so that the edits are the fewest possible",
    "by search": "parts matched by search: few edits, fewer may exist",
}


@dataclass(frozen=True)
class PartsPlan:
    """What is drawn of a comparison, laid out for one width.

    Args:
        comparison: The two pictures and the edits.
        width: Inches.
        sides: Breadth and height of each picture, inches.
        stacked: Whether the pictures stand below each other.
        key: What the marks mean.
        lines: Edits in words, (line, whether an edit starts there).
        columns: Columns of words.
        note: How parts were matched, in lines.
    """

    comparison: Comparison
    width: float
    sides: tuple[float, float]
    stacked: bool
    key: tuple[Entry, ...]
    lines: tuple[tuple[str, bool], ...]
    columns: int
    note: tuple[str, ...]
    key_height: float

    @property
    def height(self) -> float:
        """Inches that `draw` takes."""
        return HEADING + self._pictures + self.key_height + self._words + LINE * len(self.note) + 0.2

    @property
    def _pictures(self) -> float:
        rows = 2 if self.stacked else 1
        return rows * (self.sides[1] + 0.2) + (rows - 1) * 0.06 + 0.08

    @property
    def _words(self) -> float:
        return LINE * -(-len(self.lines) // self.columns) + 0.08

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """Draw with the left upper corner there."""
        look = sheet.look
        sheet.write(left, top + 0.18, "part by part", size=1, fontweight="bold")
        said = left + look.width_of("part by part", size=1, bold=True) + 0.1
        room = left + self.width - said
        sheet.write(said, top + 0.18, look.wrap(self._count, room, size=-0.5, most=1)[0], size=-0.5, color=look.quiet)
        y = top + HEADING
        broad, tall = self.sides
        extent = extent_of(self.comparison.pictures) if self._is_graph else None
        for i, (picture, word) in enumerate(zip(self.comparison.pictures, ("first", "second, marked"), strict=True)):
            x, down = (left, y + i * (tall + 0.26)) if self.stacked else (left + i * (broad + GAP), y)
            box = (x, down, broad, tall)
            if extent is not None:
                draw_node_link(sheet, picture.data, box, extent=extent)
            else:
                draw_picture(sheet, picture, box)
            draw_frame(sheet, box, colour=look.faint, width=0.8)
            sheet.write(x + broad / 2, down + tall + 0.15, word, size=-1, color=look.quiet, ha="center")
        y += self._pictures
        draw_key(sheet, self.key, left, y, self.width)
        y += self.key_height + 0.18
        each = -(-len(self.lines) // self.columns)
        for i, (line, starts) in enumerate(self.lines):
            x = left + (i // each) * self.width / self.columns
            sheet.write(x + (0.0 if starts else 0.1), y + LINE * (i % each), line, size=-0.5)
        y += self._words
        sheet.paragraph((left, y), list(self.note), size=-1, color=look.quiet)

    @property
    def _count(self) -> str:
        """How many edits of which kind."""
        edits = self.comparison.edits
        if not edits:
            return "the two are equal"
        by_action = Counter(edit.action for edit in edits)
        told = ", ".join(f"{count} {action}" for action, count in by_action.most_common())
        return f"{len(edits)} edit{'s'[: len(edits) != 1]}: {told}"

    @property
    def _is_graph(self) -> bool:
        return all(picture.kind == "node-link" for picture in self.comparison.pictures)


def plan_parts(look: Look, comparison: Comparison, width: float) -> PartsPlan:
    """Lay out a comparison for that width in inches."""
    graphs = [picture for picture in comparison.pictures if picture.kind == "node-link"]
    stacked = width < 4.4 and bool(comparison.edits)
    broad = width if stacked else (width - GAP) / 2
    left, top, right, bottom = extent_of(graphs) if graphs else (0.0, 0.0, 1.0, 1.0)
    # As high as the drawing needs: a chain of nodes is flat, and what is no graph is square.
    tall = min(max((bottom - top) / max(right - left, 1e-9), 0.3) * (broad - 0.36) + 0.36, broad, TALLEST)
    statuses = [str(part["status"]) for picture in graphs for name in ("nodes", "edges")
                for part in picture.data[name] if "status" in part]  # fmt: skip
    key = (*key_of_status(look, statuses), *key_of_types(look, graphs))
    columns = 2 if width > 6 and len(comparison.edits) > 3 else 1
    room = width / columns - 0.2
    shown = comparison.edits if len(comparison.edits) <= MOST_LINES else comparison.edits[: MOST_LINES - 1]
    lines = [(line, k == 0) for edit in shown for k, line in enumerate(look.wrap(edit.text, room, size=-0.5, most=2))]
    if len(shown) < len(comparison.edits):
        lines.append((f"and {len(comparison.edits) - len(shown)} more", True))
    note = look.wrap(ALIGNED.get(comparison.aligned, comparison.aligned), width, size=-1)
    return PartsPlan(
        comparison, width, (broad, tall), stacked, key, tuple(lines), columns, tuple(note), key_height(look, key, width)
    )
