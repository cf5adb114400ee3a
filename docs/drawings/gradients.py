"""How the variance of two gradient estimates grows with the dimension."""

import numpy as np
from panels import panels


def draw(look):
    rng = np.random.default_rng(0)
    dimensions = np.array([1, 2, 5, 10, 20, 50, 100, 200])
    pathwise, score = [], []
    for d in dimensions:
        noise = rng.standard_normal((20_000, d))
        loss = 0.5 * ((noise - 1) ** 2).sum(1)
        pathwise.append((noise[:, 0] - 1).var())
        score.append((loss * noise[:, 0]).var())
    figure, (axes,) = panels(look, ["Variance of one draw's gradient, by dimension"], height=2.9)
    axes.loglog(dimensions, score, "o-", color=look.accent, ms=4)
    axes.loglog(dimensions, pathwise, "s-", color=look.series, ms=4)
    axes.text(60, score[-3] * 0.28, "score function", color=look.accent, ha="left", va="top")
    axes.text(20, 1.6, "reparametrised", color=look.series, ha="left", va="bottom")
    axes.set_ylim(0.3, None), axes.set_xlabel("latent coordinates d"), axes.set_ylabel("variance")
    return figure
