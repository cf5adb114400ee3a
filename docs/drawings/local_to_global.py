"""Two truths with the same mean effect: one is a law, one is not, and an average cannot tell."""

import numpy as np
from panels import panels


def draw(look):
    rng = np.random.default_rng(3)
    figure, axes = panels(
        look, ["All patches go up a little", "Half go up by twice as much, half not at all"], height=2.9
    )
    for each, truth in zip(axes, (np.full(60, 4.0), np.repeat([8.0, 0.0], 30)), strict=True):
        effect = truth + rng.standard_normal(60)
        order = np.argsort(effect)
        shown = effect[order] > 1.645
        for mask, colour in ((shown, look.series), (~shown, look.accent)):
            x = np.flatnonzero(mask)
            each.errorbar(
                x,
                effect[order][mask],
                1.645,
                fmt="o" if colour == look.series else "s",
                ms=2.6,
                lw=0.7,
                color=colour,
                mec=colour,
            )
        each.axhline(effect.mean(), color=look.ink, lw=1, ls=(0, (5, 2)))
        each.axhline(0, color=look.quiet, lw=0.8)
        each.text(0, 10.6, f"mean {effect.mean():.1f} (dashed)", ha="left")
        each.text(59, -2.6, f"{shown.sum()} of 60 show it", color=look.series, ha="right", va="bottom")
        each.set_ylim(-3, 11.5), each.set_xlabel("patches, sorted")
    axes[0].set_ylabel("effect, standard errors")
    return figure
