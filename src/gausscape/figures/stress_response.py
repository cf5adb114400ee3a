"""Response: y from the centre outwards, faded where objects stop being objects, with decoded objects along the way."""

__all__ = ["draw_response"]


import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from gausscape.figures.key import Entry, band, draw_key, frame, key_height, stroke, swatch
from gausscape.figures.stress_marks import mark_of
from gausscape.figures.stress_thumbnails import SIDE, depth_limits, draw_thumbnails, labels_of, place_thumbnails
from gausscape.figures.stress_values import Digits, value_limits
from gausscape.figures.strip import Captioned, draw_row, pick_steps, row_height
from gausscape.figures.style import Look, Sheet, new_sheet, probability_words
from gausscape.modality import Modality, Picture
from gausscape.space.support import Support
from gausscape.stress_testing.response import Response
from gausscape.stress_testing.scenarios import Kind

CLAIMS = (0.5, 0.1, 0.01, 0.001, 0.0001)
SHARES = 0.62
VEIL = 0.85
"""Strength of the paper over what no object stands behind."""


def draw_response(
    response: Response, *, modality: Modality | None = None, outcome: str = "y", look: Look | None = None
) -> Figure:
    """Median and bands of y against depth; above, how rare that is; below, which share are objects, and what they look like.

    Args:
        response: Of a stress test.
        modality: The space's kind of data, which knows how to draw objects; None to draw none.
        outcome: What y is called.
        look: Width and theme.
    """
    look = look or Look()
    digits = Digits.of(response.y)
    pictures = modality.pictures(response.items) if modality is not None and len(response.depths) else []
    are_rows = bool(pictures) and pictures[0].kind == "rows"
    title = f"{outcome} from the usual outwards"
    note = f"tail: {response.tail}; numbers above: share of all objects that lie further out"
    left, right = 0.62, 0.14
    broad, tall = look.width - left - right, 1.9 if look.narrow else min(0.34 * look.width, 2.9)
    key, second = _key(response, outcome, look), _share_key(response, look)
    head, keys = look.head(title, note), key_height(look, key, look.width - 0.2) + 0.06
    thumbs = [] if are_rows else place_thumbnails(response, pictures, (left, broad), look.width)
    objects = pick_steps(_captioned(response, pictures, digits), look.width - 0.2, look) if are_rows else []
    top = head + keys + 0.36
    frames = [Entry(word, frame(colour, line), colour) for colour, line, word in labels_of(thumbs, look)]
    below = top + tall + 0.16 + key_height(look, second, broad)
    strip = below + SHARES + 0.44
    foot = SIDE + 0.28 + key_height(look, frames, broad) if thumbs else 0.0
    foot += 0.1 + row_height(objects, look.width - 0.2, look) if objects else 0.0
    with rc_context(look.settings()):
        sheet = new_sheet(look, strip + foot + 0.06)
        sheet.head(title, note)
        draw_key(sheet, key, 0.1, head, look.width - 0.2)
        main = sheet.axes(left, top, broad, tall)
        _draw_bands(main, response, look)
        _draw_rarity(sheet, main, response, (left, top, broad))
        sheet.write(0.17, top + tall / 2, look.wrap(outcome, tall, most=1)[0], ha="center", va="center", rotation=90)
        draw_key(sheet, second, left, top + tall + 0.1, broad)
        shares = sheet.axes(left, below, broad, SHARES)
        _draw_shares(sheet, shares, response, (left, below, broad))
        sheet.write(left + broad, below + SHARES + 0.34, "standard deviations", size=-0.5, color=look.quiet, ha="right")
        if objects:
            draw_row(sheet, objects, 0.1, strip + 0.1, look.width - 0.2, ink=False)
        draw_thumbnails(sheet, thumbs, digits, strip)
        draw_key(sheet, frames, left, strip + SIDE + 0.24, broad)
    return sheet.figure


def _draw_bands(axes: Axes, response: Response, look: Look) -> None:
    x, y = response.depths, response.y
    low, high = depth_limits(response)
    for lower, upper, alpha in ((0, 4, 0.2), (1, 3, 0.35)):
        axes.fill_between(x, y[:, lower], y[:, upper], color=look.series, alpha=alpha, linewidth=0, zorder=2)
    least, most = value_limits(y)
    room = 0.05 * (most - least)
    axes.set_xlim(low, high)
    axes.set_ylim(least - room, most + room)
    _veil(axes, response, look)
    backed = response.objects >= 0.5
    # One step further, so that the two lines meet.
    solid = np.where(backed, y[:, 2], np.nan)
    beyond = ~backed | np.roll(~backed, -1)
    axes.plot(x, np.where(beyond, y[:, 2], np.nan), color=look.ink, linewidth=1.2, linestyle=(0, (2, 1.6)), zorder=5)
    axes.plot(x, solid, color=look.ink, linewidth=2.0, zorder=6, solid_capstyle="round")
    axes.xaxis.set_major_formatter(NullFormatter())
    axes.grid(axis="y", color=look.faint, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.locator_params(axis="y", nbins=5)


def _veil(axes: Axes, response: Response, look: Look) -> None:
    """Paper over the bands, the more the fewer are objects, and hatches where fewer than half are."""
    low, high = axes.get_xlim()
    fine = np.linspace(low, high, 400)
    share = np.interp(fine, response.depths, np.nan_to_num(response.objects))
    paper = np.zeros((1, len(fine), 4))
    paper[..., :3] = to_rgb(look.paper)
    paper[0, :, 3] = VEIL * (1 - share)
    axes.imshow(paper, extent=(low, high, *axes.get_ylim()), aspect="auto", zorder=3, interpolation="bilinear")
    axes.fill_between(fine, 0, 1, where=(share < 0.5).tolist(), transform=axes.get_xaxis_transform(), facecolor="none",
                      edgecolor=look.faint, hatch="////", linewidth=0, zorder=3.5)  # fmt: skip


def _draw_rarity(sheet: Sheet, axes: Axes, response: Response, box: tuple[float, float, float]) -> None:
    """Claimed probabilities above, up to the last observed object; beyond it nothing is claimed, and the words say so."""
    look, (left, top, broad) = sheet.look, box
    low, high = depth_limits(response)

    def place(depth: float) -> float:
        return left + broad * (depth - low) / (high - low)

    end, taken = response.last_observed, [float("inf"), left - 0.1]
    # The rarest first: where room is short the common ones may go.
    for claim in CLAIMS[::-1]:
        depth, words = _depth_of(response, claim), probability_words(claim)
        half = look.width_of(words, size=-1) / 2 + 0.05
        if depth is None or depth > min(end, high) or place(depth) + half > taken[0]:
            continue
        sheet.page.plot([place(depth)] * 2, [top - 0.05, top], color=look.quiet, linewidth=0.7)
        sheet.write(place(depth), top - 0.09, words, size=-1, color=look.quiet, ha="center")
        taken = [place(depth) - half, max(taken[1], place(depth) + half)]
    if low < end < high:
        axes.axvline(end, color=look.accent, linewidth=1.1, zorder=4)
        x = place(end)
        words = ("last observed", "beyond everything seen →")
        room = left + broad - x - 0.08
        sheet.write(x, top - 0.25, words[0], size=-1, color=look.accent, ha="right" if room < 0.4 else "center")
        told = words[1] if look.width_of(words[1], size=-1) < room else "beyond →"
        if look.width_of(told, size=-1) < room and taken[1] < x + 0.1:
            sheet.write(x + 0.08, top - 0.09, told, size=-1, color=look.accent)


def _depth_of(response: Response, claim: float) -> float | None:
    """Depth at which the claimed exceedance falls to this, None if that is not within the depths."""
    rarity = -np.log(np.maximum(response.exceedance, 1e-300))
    if not rarity.min() <= -np.log(claim) <= rarity.max():
        return None
    return float(np.interp(-np.log(claim), np.maximum.accumulate(rarity), response.depths))


def _draw_shares(sheet: Sheet, axes: Axes, response: Response, box: tuple[float, float, float]) -> None:
    look, x = sheet.look, response.depths
    axes.fill_between(x, 0, response.objects, color=look.faint, linewidth=0, zorder=1)
    axes.plot(x, response.objects, color=look.quiet, linewidth=1.4, zorder=3)
    if np.isfinite(response.real).any():
        axes.plot(x, response.real, color=look.quiet, linewidth=1.1, linestyle=(0, (1, 1.4)), zorder=4)
    if np.isfinite(response.fails).any():
        axes.plot(x, response.fails, color=mark_of(look, Kind.MODEL_FAILURE).colour, linewidth=1.6, zorder=5)
    low, high = depth_limits(response)
    if low < response.last_observed < high:
        axes.axvline(response.last_observed, color=look.accent, linewidth=1.1, zorder=2)
    axes.set_xlim(low, high)
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1], ["0%", "", "100%"])
    axes.tick_params(axis="x", pad=2)
    axes.locator_params(axis="x", nbins=6 if look.narrow else 10)


def _captioned(response: Response, pictures: list[Picture], digits: Digits) -> list[Captioned]:
    return [
        Captioned(
            picture,
            str(response.item_support[i]),
            digits(float(response.item_y[i])),
            (f"{response.depths[i]:.2g} sd",),
            response.item_support[i] != Support.UNSUPPORTED,
        )
        for i, picture in enumerate(pictures)
    ]


def _key(response: Response, outcome: str, look: Look) -> list[Entry]:
    key = [
        Entry(f"median {outcome}", stroke(look.ink, width=2.0)),
        Entry("half of the directions", swatch(look.series, alpha=0.5)),
        Entry("90%", swatch(look.series, alpha=0.2)),
    ]
    if (response.objects < 0.5).any():
        key.append(Entry("most are no objects", band(look.quiet, "//////")))
    return key


def _share_key(response: Response, look: Look) -> list[Entry]:
    key = [Entry("share that are objects", stroke(look.quiet))]
    if np.isfinite(response.real).any():
        key.append(Entry("of real ones", stroke(look.quiet, line=(0, (1, 1.4)))))
    if np.isfinite(response.fails).any():
        key.append(Entry("share that hit the rule", stroke(mark_of(look, Kind.MODEL_FAILURE).colour, width=1.6)))
    return key
