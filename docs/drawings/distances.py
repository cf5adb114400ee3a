"""Two units of a step: what can be told apart in the data (ellipses), and what measuring again leaves open (bells)."""

import numpy as np
from fitted import plane, unseen
from panels import panels
from scipy import stats

from gausscape.space.pull_back import metric_at


def draw(look):
    space = plane()
    figure, (left, right) = panels(
        look, ["Steps of equal pull-back length", "d' = 1: two objects measured once each"], height=3.5
    )
    q = space.embed(unseen())
    left.plot(*q.mean.T, ".", ms=1.5, color=look.quiet, alpha=0.6)
    x = np.linspace(-2, 2, 6)
    grid = np.stack(np.meshgrid(x, x), -1).reshape(-1, 2)
    metric = metric_at(space.codec, grid)
    values, vectors = np.linalg.eigh(metric)
    scale = 0.3 * np.sqrt(np.median(values))
    angle = np.linspace(0, 2 * np.pi, 60)
    for point, value, vector in zip(grid, values, vectors, strict=True):
        ring = vector @ (scale / np.sqrt(value)[:, None] * np.stack([np.cos(angle), np.sin(angle)]))
        left.plot(point[0] + ring[0], point[1] + ring[1], color=look.accent, lw=1.1)
    left.set_xlim(-3, 3), left.set_ylim(-3, 3), left.set_aspect("equal")
    left.set_xlabel("z, latent units")
    t = np.linspace(-3.2, 4.2, 300)
    for centre, colour, name in ((0, look.series, "a"), (1, look.accent, "b")):
        density = stats.norm.pdf(t, centre)
        right.plot(t, density, color=colour, lw=1.8)
        right.fill_between(t, density, color=colour, alpha=0.14)
        right.text(centre, 0.41, name, color=colour, ha="center", fontweight="bold")
    right.annotate("", (1, 0.2), (0, 0.2), arrowprops={"arrowstyle": "<->", "color": look.ink})
    right.text(0.5, 0.21, "d'", ha="center")
    right.text(-3.2, 0.47, f"told apart {stats.norm.cdf(1 / 2**0.5):.0%} of the time", color=look.ink)
    right.set_ylim(0, 0.5), right.set_yticks([]), right.set_xlabel("measured code, in standard deviations of the noise")
    return figure
