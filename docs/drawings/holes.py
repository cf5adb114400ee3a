"""Where the codes of real digits lie, against where the prior says they lie."""

import numpy as np
from fitted import plane, unseen
from panels import panels

SIDE = 160


def draw(look):
    space = plane()
    q = space.embed(unseen())
    z = q.sample(np.random.default_rng(0).standard_normal(q.mean.shape))
    figure, axes = panels(look, ["N(0, I), where training aimed", "The law that the codes follow"], height=3.7, gap=0.5)
    x = np.linspace(-4, 4, SIDE)
    grid = np.stack(np.meshgrid(x, x), -1).reshape(-1, 2)
    surprises = (0.5 * (grid**2).sum(1), space.of_codes.exceedance(space.aggregate.surprise(grid)).probability)
    levels = (0.5, 0.1, 0.01)
    for each, value in zip(axes, (np.exp(-surprises[0]), surprises[1]), strict=True):
        each.plot(*z.T, ".", ms=1.8, color=look.series)
        lines = each.contour(
            x, x, value.reshape(SIDE, SIDE), levels=sorted(levels), colors=[look.accent], linewidths=[1.6, 1.2, 0.8]
        )
        each.clabel(lines, fmt=lambda p: f"{p:.0%}", fontsize=look.size - 1)
        each.set_xlim(-4, 4), each.set_ylim(-4, 4)
    shares = [f"{(np.exp(-0.5 * (z**2).sum(1)) <= p).mean():.1%}" for p in (0.1, 0.01)]
    told = [
        f"{(space.of_codes.exceedance(space.aggregate.surprise(z)).probability <= p).mean():.1%}" for p in (0.1, 0.01)
    ]
    for each, (ten, one) in zip(axes, (shares, told), strict=True):
        each.set_xlabel(f"beyond the 10% line: {ten} of 1,000 unseen digits; 1%: {one}", fontsize=look.size - 1)
    return figure
