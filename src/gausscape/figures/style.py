"""How figures look: light and dark, colours that colour-blind readers tell apart, fonts, and a sheet laid out in inches."""

__all__ = ["Drawing", "Look", "Sheet", "new_sheet", "probability_words", "save_figure", "to_bytes"]

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gausscape.errors import ConfigurationError
from gausscape.figures.text import LINE, family, text_width, wrap
from gausscape.printable import printable
from gausscape.space.durable import write_bytes
from gausscape.space.support import Support

FORMATS = ("png", "svg", "pdf")


@dataclass(frozen=True)
class Look:
    """Width, theme and colours of a figure.

    Args:
        width: Inches. Text keeps its size; narrow figures wrap (3.6 suits a phone, 7.4 a page, 10 a slide).
        dark: Light on dark.
        titled: Whether the figure carries its own title; a page with headings wants none.
        size: Size of ordinary text, points.

    Example:
        >>> Look(dark=True).paper
        '#12171d'
    """

    width: float = 7.4
    dark: bool = False
    titled: bool = True
    size: float = 9.0

    def __post_init__(self):
        if not 3 <= self.width <= 40:
            raise ConfigurationError(
                f"A figure needs a width of 3 to 40 inches, but got {self.width!r}. Pass 7.4, say."
            )

    @property
    def narrow(self) -> bool:
        """Whether things have to wrap."""
        return self.width < 5

    @property
    def paper(self) -> str:
        """Background."""
        return "#12171d" if self.dark else "#ffffff"

    @property
    def ink(self) -> str:
        """Text and drawn objects."""
        return "#e8edf2" if self.dark else "#17212b"

    @property
    def quiet(self) -> str:
        """Axes, notes; still 4.5:1 against the paper."""
        return "#9aa7b4" if self.dark else "#5a6773"

    @property
    def faint(self) -> str:
        """Grids and areas."""
        return "#2a333d" if self.dark else "#dfe5ea"

    @property
    def accent(self) -> str:
        """The one thing to look at."""
        return "#f0a35e" if self.dark else "#b4500b"

    @property
    def series(self) -> str:
        """Data where one colour is enough."""
        return "#6fb1e8" if self.dark else "#1f6aa5"

    @property
    def classes(self) -> tuple[str, ...]:
        """Ten colours for groups, after Paul Tol's muted scheme; figures also write the group's name beside them."""
        if self.dark:
            return (
                "#8ab4f8", "#f28b82", "#5fd3a5", "#e8c35a", "#c792ea", "#7fdbf0", "#f5a3c7", "#b5c95a", "#c9a27e", "#b7c0c9",
            )  # fmt: skip
        return (
            "#332288", "#cc6677", "#117733", "#b8860b", "#882255", "#2f93b8", "#aa4499", "#7a8b1f", "#8c5a2b", "#5f6b76",
        )  # fmt: skip

    def wrap(
        self, text: str, width: float, *, size: float = 0.0, bold: bool = False, most: int | None = None
    ) -> list[str]:
        """Lines of at most that many inches; `size` is added to the ordinary size."""
        return wrap(text, width, self.size + size, bold=bold, most=most)

    def width_of(self, text: str, *, size: float = 0.0, bold: bool = False) -> float:
        """Inches that a line of words takes; `size` is added to the ordinary size."""
        return text_width(text, self.size + size, bold=bold)

    def head(self, title: str, note: str = "") -> float:
        """Inches that `Sheet.head` takes."""
        return self._head(title, note)[-1]

    def _head(self, title: str, note: str) -> tuple[list[str], list[str], float]:
        room = self.width - 0.2
        heading = self.wrap(title, room, size=3, bold=True) if self.titled else []
        notes = self.wrap(note, room, size=-0.5) if note else []
        tall = 0.1 + (0.1 + 0.21 * len(heading) if heading else 0.0) + (0.05 + LINE * len(notes) if notes else 0.0)
        return heading, notes, tall + (0.1 if heading or notes else 0.0)

    def of_support(self, label: str) -> tuple[str, Any, str]:
        """(colour, line style, word) of a support label: three ways to tell it, colour only one of them."""
        # Strong blue to nothing at all: the weaker the backing, the more broken the frame.
        styles: dict[str, tuple[str, str, Any, str]] = {
            Support.SUPPORTED: ("#1f6aa5", "#6fb1e8", "solid", "supported"),
            Support.RARE_OBSERVED: ("#0f7a63", "#58c9ab", "solid", "rare"),
            Support.EXTRAPOLATED: ("#a65a00", "#f0a35e", (0, (4, 1.6)), "extrapolated"),
            Support.UNSUPPORTED: ("#8f2f55", "#ee8fb0", (0, (1, 1.4)), "unsupported"),
        }
        light, dark, line, word = styles[label]
        return (dark if self.dark else light), line, word

    def settings(self) -> dict[Any, Any]:
        """Matplotlib's settings while a figure is made; they are never left behind."""
        return {
            "font.family": [family()],
            "font.size": self.size,
            "text.color": self.ink,
            "axes.edgecolor": self.quiet,
            "axes.labelcolor": self.ink,
            "axes.linewidth": 0.7,
            "axes.facecolor": self.paper,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.unicode_minus": True,
            "xtick.color": self.quiet,
            "ytick.color": self.quiet,
            "xtick.labelsize": self.size - 0.5,
            "ytick.labelsize": self.size - 0.5,
            "xtick.major.size": 3,
            "ytick.major.size": 3,
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "image.interpolation": "antialiased",
        }


@dataclass(frozen=True)
class Sheet:
    """A figure with one invisible axes whose units are inches from the top left corner, for words and pictures.

    Args:
        figure: The figure.
        page: The axes in inches; y runs down.
        look: Colours and width.
        height: Inches.
    """

    figure: Figure
    page: Axes
    look: Look
    height: float

    def axes(self, left: float, top: float, width: float, height: float, **options: Any) -> Axes:
        """Data axes in that place, inches from the top left corner."""
        box = (left / self.look.width, 1 - (top + height) / self.height, width / self.look.width, height / self.height)
        return self.figure.add_axes(box, **options)

    def write(self, x: float, y: float, text: str, *, size: float = 0.0, **options: Any) -> None:
        """Words whose first baseline is at (x, y) inches; `size` is added to the ordinary size. Never read as maths."""
        options = {"ha": "left", "va": "baseline", "color": self.look.ink} | options
        self.page.text(x, y, printable(text), fontsize=self.look.size + size, parse_math=False, **options)

    def paragraph(self, place: tuple[float, float], lines: list[str], *, size: float = 0.0, **options: Any) -> None:
        """Lines below each other, the first baseline at that place."""
        for i, line in enumerate(lines):
            self.write(place[0], place[1] + LINE * i, line, size=size, **options)

    def head(self, title: str, note: str = "") -> float:
        """Title, if the look wants one, and a quiet note below it, both wrapped; gives the inches that they take."""
        heading, notes, tall = self.look._head(title, note)
        for i, line in enumerate(heading):
            self.write(0.1, 0.3 + 0.21 * i, line, size=3, fontweight="bold")
        below = tall - 0.1 - LINE * (len(notes) - 1) - 0.03
        self.paragraph((0.1, below), notes, size=-0.5, color=self.look.quiet)
        return tall

    def title(self, text: str) -> float:
        """Write the title if the look wants one; gives the inches that it takes."""
        if not self.look.titled:
            return 0.0
        self.write(0.1, 0.3, text, size=3, fontweight="bold")
        return 0.45


class Drawing(Figure):
    """A figure that a notebook shows where it is the last line of a cell; where pyplot runs, pyplot's way of showing goes first.

    Example:
        >>> drawing = new_sheet(Look(width=4), 1).figure
        >>> drawing._repr_png_()[1]
        {'width': 384, 'height': 96}
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        # The notebook's own protocol: nothing has to be registered, and other people's figures stay as they are.
        from gausscape.figures.notebook import picture_of

        return picture_of(self)


def new_sheet(look: Look, height: float) -> Sheet:
    """An empty sheet of that height in inches.

    Example:
        >>> new_sheet(Look(width=4), 2).figure.get_size_inches().tolist()
        [4.0, 2.0]
    """
    figure = Drawing(figsize=(look.width, height), facecolor=look.paper)
    FigureCanvasAgg(figure)
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, look.width), ylim=(height, 0))
    page.set_axis_off()
    page.set_zorder(2)  # words stand above the data axes
    return Sheet(figure, page, look, height)


def to_bytes(figure: Figure, kind: str, *, dots_per_inch: int = 192) -> bytes:
    """The figure as a file's bytes; equal figures give equal bytes.

    Args:
        figure: Any figure of this room.
        kind: "png", "svg" or "pdf".
        dots_per_inch: Of a PNG, and of pictures inside an SVG.

    Raises:
        ConfigurationError: If the kind is another.
    """
    if kind not in FORMATS:
        raise ConfigurationError(
            f"A figure is saved as {', '.join(FORMATS)}, but {kind!r} was asked for. Change the ending."
        )
    buffer = io.BytesIO()
    # Dates and versions in the file would make two runs differ.
    metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    with matplotlib.rc_context({"svg.hashsalt": "gausscape", "svg.fonttype": "path"}):
        figure.savefig(buffer, format=kind, dpi=dots_per_inch, metadata=metadata, facecolor=figure.get_facecolor())
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write the figure durably as PNG, SVG or PDF, by the ending of the path.

    Raises:
        ConfigurationError: If the ending is another.
        StorageError: If it could not be written.
    """
    path = Path(path)
    write_bytes(path, to_bytes(figure, path.suffix.lstrip(".").lower()))
    return path


def probability_words(p: float) -> str:
    """A probability as people say it.

    Example:
        >>> [probability_words(p) for p in (0.999, 0.5, 0.1, 0.012, 0.001, 0.00004)]
        ['99.9%', '50%', '10%', '1.2%', '0.1%', '0.004%']
    """
    if not 0 < p < 1:
        return "0%" if p <= 0 else "100%"
    # Near one it is the distance to one that counts: 99.9% is not 100%.
    digits = max(0, 1 - math.floor(math.log10(min(p * 100, 1e3 * (1 - p))) + 1e-9))
    text = f"{p * 100:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"
