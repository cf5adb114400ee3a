"""How KL(N(m, s^2), N(0, 1)) grows with the mean and with the spread, and that the two directions differ."""

import numpy as np
from panels import panels

import gausscape as gs


def draw(look):
    figure, (left, right) = panels(look, ["Cost of a mean, s = 1", "Cost of a spread, m = 0"], height=2.9)
    mean, spread = np.linspace(-3, 3, 200), np.geomspace(0.08, 3.2, 200)
    of_mean = gs.Gaussian(mean[:, None], np.ones((200, 1)))
    left.plot(mean, of_mean.divergence_from_standard(), color=look.series, lw=2)
    left.set_xlabel("m"), left.set_ylabel("KL, nats")
    q, p = gs.Gaussian(np.zeros((200, 1)), spread[:, None]), gs.Gaussian(np.zeros((200, 1)), np.ones((200, 1)))
    right.plot(spread, q.divergence(p), color=look.series, lw=2)
    right.plot(spread, p.divergence(q), color=look.accent, lw=2, ls=(0, (5, 2)))
    right.set_ylim(0, 4.5), right.set_xlabel("s")
    right.text(2.3, 2.15, "KL(q, p), as in the bound", color=look.series, ha="right")
    right.text(0.48, 3.6, "KL(p, q), the other way round", color=look.accent, ha="left")
    return figure
