"""Where the mass of N(0, I) lies: the radius gathers around the root of d."""

import numpy as np
from panels import panels
from scipy import stats

HEADINGS = ["Radius of a draw from N(0, I)", "Share beyond 3 standard deviations"]


def draw(look):
    figure, (left, right) = panels(look, HEADINGS, height=2.9, widths=[1.5, 1])
    r = np.linspace(0, 9.5, 500)
    for d, colour in zip((1, 2, 10, 50), (look.quiet, look.classes[5], look.series, look.accent), strict=True):
        density = stats.chi(d).pdf(r)
        left.plot(r, density, color=colour, lw=1.8)
        left.fill_between(r, density, color=colour, alpha=0.12)
        peak = density.argmax() if d > 1 else 22
        left.text(
            r[peak] + (0.1 if d < 3 else 0),
            density[peak] + 0.02,
            f"d = {d}",
            color=colour,
            ha="left" if d < 3 else "center",
        )
    left.set_xlabel("radius, standard deviations"), left.set_ylabel("density"), left.set_ylim(0, 0.9)
    d = np.arange(1, 31)
    right.plot(d, stats.chi2.sf(9, d), "o-", color=look.series, ms=3, lw=1.2)
    right.axhline(stats.norm.sf(3), color=look.accent, lw=1.5, ls=(0, (5, 2)))
    right.text(30, 0.03, "along one direction: 0.13%", color=look.accent, ha="right", va="bottom")
    right.text(12.5, 0.55, "in any direction", color=look.series, ha="left")
    right.set_xlabel("latent coordinates d"), right.set_ylim(-0.02, 1.02)
    right.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    return figure
