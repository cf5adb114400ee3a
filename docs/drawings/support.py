"""The four labels over a latent plane: which codes are backed by data?"""

import numpy as np
from fitted import plane, unseen
from panels import panels

from gausscape.space.support import Support

SIDE = 110


def draw(look):
    space = plane()
    x = np.linspace(-5, 5, SIDE)
    grid = np.stack(np.meshgrid(x, x), -1).reshape(-1, 2)
    told = space.assess_codes(grid)["support"].reshape(SIDE, SIDE)
    figure, (axes,) = panels(look, ["What a code of two axes may be called"], height=4.0)
    signs = {Support.SUPPORTED: "", Support.RARE_OBSERVED: "...", Support.EXTRAPOLATED: "///", Support.UNSUPPORTED: ""}
    for label, sign in signs.items():
        colour, _, _ = look.of_support(label)
        share = (told == label).astype(float)
        alpha = 0.1 if label == Support.UNSUPPORTED else 0.45
        axes.contourf(x, x, share, levels=[0.5, 1.5], colors=[colour], alpha=alpha, hatches=[sign])
        axes.plot([], [], "s", ms=8, color=colour, alpha=alpha, label=f"{label}: {share.mean():.0%} of this square")
    axes.plot(*space.embed(unseen()).mean.T, ".", ms=2, color=look.ink, label="1,000 unseen digits")
    axes.set_xlim(-5, 5), axes.set_ylim(-5, 5)
    axes.set_xlabel("first code"), axes.set_ylabel("second code")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False, fontsize=look.size - 0.5)
    box = axes.get_position()
    axes.set_position((box.x0, box.y0, box.width * 0.6, box.height))
    return figure
