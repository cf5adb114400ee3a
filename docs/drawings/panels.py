"""Panels side by side on one sheet, each with a heading."""

from gausscape.figures.style import new_sheet


def panels(look, headings, *, height, widths=None, left=0.62, gap=0.62, bottom=0.55):
    """(figure, axes of each panel); headings are wrapped over at most two lines."""
    sheet = new_sheet(look, height)
    widths = widths or [1] * len(headings)
    room = look.width - left - 0.15 - gap * (len(headings) - 1)
    axes, x = [], left
    broads = [room * share / sum(widths) for share in widths]
    written = [
        look.wrap(heading, broad + 0.3, size=0.5, bold=True, most=2)
        for heading, broad in zip(headings, broads, strict=True)
    ]
    top = 0.3 + 0.17 * max(map(len, written))
    for lines, broad in zip(written, broads, strict=True):
        sheet.paragraph((x - 0.35, 0.22), lines, size=0.5, fontweight="bold")
        axes.append(sheet.axes(x, top, broad, height - top - bottom))
        x += broad + gap
    return sheet.figure, axes
