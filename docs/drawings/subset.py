"""Subset simulation, level by level, and what FORM makes of three shapes of failure."""

import numpy as np
from panels import panels
from scipy import stats

from gausscape.stress_testing.probability.conditional_sampling import run_chains
from gausscape.stress_testing.probability.form import find_design_point
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.rare_event import estimate_probability

HEADINGS = ["Levels towards a corner that fails", "Estimate over truth, P = 1 in 1,000, d = 10"]


def draw(look):
    figure, (left, right) = panels(look, HEADINGS, height=3.2, widths=[1, 1.2], gap=1.0)
    state, rng = LimitState(_corner, 2, calls=100_000), np.random.default_rng(1)
    u = rng.standard_normal((500, 2))
    g = state.ask(u)
    for number, colour in enumerate((look.quiet, look.classes[5], look.series, look.accent)):
        left.plot(*u.T, "o^sD"[number], ms=1.9, color=colour, mec="none")
        threshold = max(np.quantile(g, 0.1), 0.0)
        x = np.linspace(-4, 6, 100)
        left.plot(x, (6.2 - threshold - 1.3 * x) / (1 + 0.15 * x), color=colour, lw=1)
        if threshold == 0.0:
            break
        seeds = g <= threshold
        chains = run_chains(state, u[seeds], g[seeds], rng, threshold=threshold, steps=9)
        u, g = chains.u.reshape(-1, 2), chains.g.ravel()
    left.set_xlim(-3.4, 5.2), left.set_ylim(-3.4, 5.2)
    left.text(5.1, 5.0, "fails", color=look.accent, ha="right", va="top", fontweight="bold")
    left.set_xlabel("$u_1$"), left.set_ylabel("$u_2$")
    _compare(right, look)
    return figure


def _corner(u):
    return 6.2 - 1.3 * u[:, 0] - u[:, 1] - 0.15 * u[:, 0] * u[:, 1]


def _compare(axes, look):
    edge, radius = stats.norm.isf(1e-3), stats.chi(10).isf(1e-3)
    problems = {
        "half-space": lambda u: edge - u[:, 0],
        "two modes": lambda u: stats.norm.isf(5e-4) - np.abs(u[:, 0]),
        "shell": lambda u: radius - np.linalg.norm(u, axis=1),
    }
    for row, limit in enumerate(problems.values()):
        point = find_design_point(LimitState(limit, 10, calls=3000), np.full(10, 1.5), calls=3000)
        form = stats.norm.sf(np.linalg.norm(point)) / 1e-3
        answer = estimate_probability(limit, 10, calls=3000, seed=1)
        axes.plot(form, row + 0.14, "D", color=look.accent, ms=5)
        ends = [[(answer.estimate - answer.lower) / 1e-3], [(answer.upper - answer.estimate) / 1e-3]]
        axes.errorbar(answer.estimate / 1e-3, row - 0.14, xerr=ends, fmt="o", ms=5, color=look.series)
        far = form < 0.01
        said = f"FORM {form:.0e}" if far else f"FORM {form:.2g}"
        place = {"va": "center", "ha": "left" if far else "right"}
        axes.text(form * (1.6 if far else 0.6), row + 0.14, said, color=look.accent, **place)
        axes.text(
            0.6, row - 0.14, f"gausscape {answer.estimate / 1e-3:.2f}", color=look.series, va="center", ha="right"
        )
    axes.axvline(1, color=look.quiet, lw=0.8, ls=":")
    axes.set_xscale("log"), axes.set_xlim(8e-6, 4), axes.set_ylim(2.5, -0.5)
    axes.set_yticks(range(3), [name.replace(" ", "\n") for name in problems])
    axes.set_xlabel("estimate / truth")
