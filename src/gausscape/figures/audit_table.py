"""The audit as a figure: claimed against actual exceedance, with intervals."""

__all__ = ["draw_audit"]

from collections.abc import Mapping

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from gausscape.figures.style import Look, new_sheet, probability_words
from gausscape.space.audit import Audit, AuditRow

MARKERS = "oDs^"
SHIFT = 0.055
MOST_COUNTED = 2


def draw_audit(audits: Audit | Mapping[str, Audit], *, look: Look | None = None) -> Figure:
    """Claimed against actual exceedance on logarithmic axes; what lies on the diagonal was claimed rightly.

    Args:
        audits: One audit, or several by name, to compare; counts are written beside one or two.
        look: Width and theme.
    """
    look = look or Look()
    named = {"": audits} if isinstance(audits, Audit) else dict(audits)
    claims = sorted({row.claimed for audit in named.values() for row in audit.rows})
    low, high = min(claims) / 4, 1.0
    left, right, bottom = 0.72, 0.1, 0.55
    top = (0.45 if look.titled else 0.1) + 0.26
    side = look.width - left - right
    tall = min(0.62 * look.width, 3.9) if not look.narrow else 3.0
    colours = (look.series, look.accent, look.classes[2], look.classes[6])
    with rc_context(look.settings()):
        sheet = new_sheet(look, top + tall + bottom)
        sheet.title("Are the probabilities right?")
        axes = sheet.axes(left, top, side, tall, xscale="log", yscale="log", xlim=(0.9 * low, 2.4), ylim=(low, 1.05))
        axes.plot([low, high], [low, high], color=look.quiet, linewidth=0.9, linestyle=(0, (5, 2)), zorder=1)
        axes.minorticks_off()
        axes.set_xticks(claims, [probability_words(claim) for claim in claims])
        axes.set_yticks(claims, [probability_words(claim) for claim in claims])
        axes.grid(color=look.faint, linewidth=0.7, zorder=0)
        axes.set_axisbelow(True)
        for i, (name, audit) in enumerate(named.items()):
            colour, marker = colours[i % 4], MARKERS[i % 4]
            shift = 10 ** (SHIFT * (i - (len(named) - 1) / 2))
            for row in audit.rows:
                x, bottom_end = row.claimed * shift, max(row.lower, low * 1.02)
                axes.plot([x, x], [bottom_end, row.upper], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=3)
                face = colour if row.holds else look.paper
                at = row.actual if row.count else low * 1.15
                # An empty marker: the claim does not hold. No object at all: an arrow to nothing.
                axes.plot([x], [at], marker if row.count else "v", color=colour, markersize=6, markerfacecolor=face,
                          markeredgewidth=1.4, zorder=4, clip_on=False)  # fmt: skip
                # The dashed line rises to the right: what lies above it has room on the left, and the reverse.
                on_the_right = row.actual <= row.claimed if len(named) == 1 else i == len(named) - 1
                if len(named) <= MOST_COUNTED:
                    _write_count(axes, row, (x, at), look=look, colour=colour, on_the_right=on_the_right)
            if name:
                across = (0.1 if look.narrow else left) + i * min((side - 1.1) / len(named) + 0.2, 1.7)
                sheet.page.plot([across + 0.05], [top - 0.16], marker, color=colour, markersize=6)
                sheet.write(across + 0.16, top - 0.12, name, color=colour, size=-0.5)
        axes.set_xlabel("claimed: at most this share is as unusual", labelpad=4)
        axes.set_ylabel("actual, on unseen objects", labelpad=4)
        right_end = left + side
        sheet.write(right_end, top - 0.12, "as claimed", color=look.quiet, size=-0.5, ha="right")
        dash = right_end - 0.72
        sheet.page.plot([dash - 0.32, dash], [top - 0.16] * 2, color=look.quiet, linewidth=0.9, linestyle=(0, (5, 2)))
    return sheet.figure


def _write_count(
    axes: Axes, row: AuditRow, place: tuple[float, float], *, look: Look, colour: str, on_the_right: bool
) -> None:
    axes.annotate(
        f"{row.count:,}" if look.narrow else f"{row.count:,} of {row.objects:,}",
        place,
        xytext=(7 if on_the_right else -7, 0),
        textcoords="offset points",
        ha="left" if on_the_right else "right",
        va="center",
        fontsize=look.size - 1.5,
        color=colour,
        zorder=5,
        path_effects=[withStroke(linewidth=3, foreground=look.paper)],
    )
