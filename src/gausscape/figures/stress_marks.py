"""How is a hit of the failure rule marked? One sign, colour and word for each kind, the same in all stress figures."""

__all__ = ["HitMark", "draw_hit", "hit_entries", "mark_of"]

from collections.abc import Iterable
from dataclasses import dataclass

from gausscape.figures.key import Entry, Painter
from gausscape.figures.style import Look, Sheet
from gausscape.stress_testing.scenarios import Kind

SIZE = 6.0


@dataclass(frozen=True)
class HitMark:
    """Three ways to tell a kind of hit, colour only one of them.

    Args:
        colour: Of the sign and the word.
        marker: Matplotlib's name of the sign.
        is_filled: Whether the sign is filled; what is no failure of the model is left empty.
        word: What it means.
        short: The same where there is little room.
    """

    colour: str
    marker: str
    is_filled: bool
    word: str
    short: str

    def face(self, look: Look) -> str:
        """Colour inside the sign."""
        return self.colour if self.is_filled else look.paper


def mark_of(look: Look, kind: str) -> HitMark:
    """The mark of a kind of hit.

    Args:
        look: Theme.
        kind: A `Kind` other than NONE.

    Example:
        >>> mark_of(Look(), "model failure").marker
        'X'
    """
    marks: dict[str, tuple[str, str, str, str]] = {
        Kind.MODEL_FAILURE: ("#c1121f", "#ff7a70", "X", "failure"),
        Kind.CHANGED_CLASS: ("#6a3d9a", "#c792ea", "D", "other class"),
        Kind.UNJUDGED: ("#17212b", "#e8edf2", "^", "unjudged"),
        Kind.NOT_AN_OBJECT: ("#5a6773", "#9aa7b4", "o", "no object"),
    }
    light, dark, marker, short = marks[kind]
    return HitMark(dark if look.dark else light, marker, kind == Kind.MODEL_FAILURE, str(kind), short)


def draw_hit(sheet: Sheet, kind: str, x: float, y: float, *, size: float = SIZE) -> None:
    """The sign of a kind at (x, y) inches, on a disc of paper, so that it stands out from any picture."""
    look, mark = sheet.look, mark_of(sheet.look, kind)
    options = {"linestyle": "none", "clip_on": False}
    sheet.page.plot([x], [y], "o", color=look.paper, markersize=2.1 * size, markeredgecolor=mark.colour,
                    markeredgewidth=0.9, zorder=7, **options)  # fmt: skip
    sheet.page.plot([x], [y], mark.marker, markersize=size, markerfacecolor=mark.face(look),
                    markeredgecolor=mark.colour, markeredgewidth=0.5 if mark.is_filled else 1.2, zorder=8, **options)  # fmt: skip


def hit_entries(look: Look, kinds: Iterable[str]) -> list[Entry]:
    """Entries of a key for the kinds that occur, in the order of their weight."""
    found = {str(kind) for kind in kinds}
    order = (Kind.MODEL_FAILURE, Kind.CHANGED_CLASS, Kind.UNJUDGED, Kind.NOT_AN_OBJECT)
    return [Entry(str(kind), _sign(mark_of(look, kind), look)) for kind in order if str(kind) in found]


def _sign(mark: HitMark, look: Look) -> Painter:
    def paint(sheet: Sheet, x: float, y: float) -> None:
        sheet.page.plot([x + 0.1], [y], mark.marker, markersize=SIZE, markerfacecolor=mark.face(look),
                        markeredgecolor=mark.colour, markeredgewidth=0.5 if mark.is_filled else 1.2)  # fmt: skip

    return paint
