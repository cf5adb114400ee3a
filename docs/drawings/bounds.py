"""How the importance-weighted bound rises to the truth as draws are added, for three posteriors."""

import numpy as np
from panels import panels

NOISE, X = 0.5, 1.2
DRAWS = np.array([1, 2, 5, 10, 20, 50, 100, 200, 500])


def draw(look):
    rng = np.random.default_rng(0)
    best = (X / (1 + NOISE**2), NOISE / (1 + NOISE**2) ** 0.5)
    truth = _log_normal(X, 0, (1 + NOISE**2) ** 0.5)
    figure, (axes,) = panels(look, ["Bound on log p(x) with K draws"], height=2.9)
    lines = (
        ("the true posterior", best, look.ink, "-"),
        ("one that lies off", (0.5, 0.4), look.series, "-"),
        ("one that is too narrow", (best[0], 0.15), look.accent, (0, (5, 2))),
    )
    for name, (mean, std), colour, style in lines:
        z = mean + std * rng.standard_normal(400_000)
        weight = _log_normal(X - z, 0, NOISE) + _log_normal(z, 0, 1) - _log_normal(z, mean, std)
        bound = [np.log(np.exp(weight[: len(weight) // k * k].reshape(-1, k)).mean(1)).mean() for k in DRAWS]
        axes.semilogx(DRAWS, bound, color=colour, lw=2, ls=style)
        place = {
            "the true posterior": (1.05, bound[0] + 0.03),
            "one that lies off": (6, -1.69),
            "one that is too narrow": (6, -2.13),
        }[name]
        axes.text(
            *place,
            name,
            color=colour,
            va="bottom" if name[0] == "t" else "center",
            ha="left" if name[-1] != "f" else "right",
        )
    axes.axhline(truth, color=look.quiet, lw=0.8, ls=":")
    axes.text(480, truth + 0.02, "log p(x)", color=look.quiet, ha="right", va="bottom")
    axes.set_ylim(-2.42, -1.48), axes.set_xlabel("draws K"), axes.set_ylabel("nats")
    return figure


def _log_normal(x, mean, std):
    return -0.5 * ((x - mean) / std) ** 2 - np.log(std) - 0.5 * np.log(2 * np.pi)
