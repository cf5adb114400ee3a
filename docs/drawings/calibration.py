"""What a claim is worth: actual against claimed exceedance, of a wrong law and after calibration."""

import numpy as np
from panels import panels
from scipy import stats

from gausscape.space.calibration import Calibration


def draw(look):
    rng = np.random.default_rng(0)
    calibration, new = Calibration.fit(_surprise(rng, 2_000), seed=0), np.sort(_surprise(rng, 1_000_000))
    claimed = np.geomspace(2.5e-5, 0.5, 80)
    levels = calibration.level(claimed)
    actual, naive = (1 - np.searchsorted(new, level) / len(new) for level in (levels, -np.log(claimed)))
    told = calibration.exceedance(levels)
    figure, (axes,) = panels(
        look, ["Actual against claimed: codes of a heavy-tailed law in 10 dimensions"], height=3.2, left=0.85
    )
    axes.loglog(claimed, claimed, color=look.quiet, lw=0.8, ls=":")
    axes.loglog(claimed, naive, color=look.accent, lw=2, ls=(0, (5, 2)))
    axes.fill_between(
        claimed, actual * told.lower / claimed, actual * told.upper / claimed, color=look.series, alpha=0.2, lw=0
    )
    axes.loglog(claimed, actual, color=look.series, lw=2)
    axes.text(4e-5, 0.07, "one Gaussian, taken at its word", color=look.accent)
    axes.text(5e-4, 1.2e-4, "calibrated on 2,000 held-out objects,\nwith its 90% interval", color=look.series, va="top")
    for n, name in ((100 / 2000, "ranks"), (20 / 2000, "tail")):
        axes.axvline(n, color=look.faint, lw=1)
        axes.text(
            n * (1.06 if name == "ranks" else 0.94),
            1.6e-5,
            name,
            color=look.quiet,
            ha="left" if name == "ranks" else "right",
            va="bottom",
        )
    axes.set_xlim(2.5e-5, 0.5), axes.set_ylim(1.4e-5, 0.6)
    axes.set_xlabel("claimed: one object in ..."), axes.set_ylabel("actual")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{1 / value:,.0f}" if value < 1 else "")
    return figure


def _surprise(rng, n):
    codes = rng.standard_normal((n, 10)) / np.sqrt(rng.chisquare(6, (n, 1)) / 6) * np.sqrt(4 / 6)
    return -stats.chi2.logsf((codes**2).sum(1), 10)
