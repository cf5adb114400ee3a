"""FORM: which failure point is nearest to the centre, and at which distance?

Steps of Hasofer & Lind, v = (slope.u - g(u)) slope / |slope|^2, with forward differences towards the centre and three step
lengths tried at once; what is returned is always a failure that was seen, pulled along its ray onto the boundary. Where
that does not lower the norm the start, pulled, is returned.

References:
    Hasofer & Lind 1974; Rackwitz & Fiessler 1978, Structural reliability under combined random load sequences.
    Zhang & Der Kiureghian 1995 (the merit function of the step length).
"""

__all__ = ["find_design_point", "pull_to_boundary"]

import numpy as np

from gausscape.stress_testing.probability.limit_state import LimitState

DIFFERENCE = 0.2
STEPS = (1.0, 0.5, 0.2)
ITERATIONS = 6
ENOUGH = 0.01
BISECTIONS = 6
SEARCHED_NEAR = 0.8


def find_design_point(state: LimitState, start: np.ndarray, *, calls: int) -> np.ndarray | None:
    """A failure point (D,) of small norm that is reached from the start; None if no failure was met.

    Args:
        state: The limit state.
        start: Where to begin, (D,); best a failure point, which then is never lost.
        calls: At most so many.

    Example:
        >>> state = LimitState(lambda u: 3 - u[:, 0], 4, calls=200)
        >>> find_design_point(state, np.array([3.5, 1.0, -1.0, 0.5]), calls=100).round(2) + 0.0
        array([3., 0., 0., 0.])
    """
    first = state.calls
    dimension = state.dimension
    u = start
    g = float(state.ask(u[None])[0])
    best = start if g <= 0 else None
    for _ in range(ITERATIONS):
        if calls - (state.calls - first) < dimension + len(STEPS) + BISECTIONS + 2 or not np.isfinite(g):
            break
        slope = _slope(state, u, g)
        steepness = float(slope @ slope)
        if not np.isfinite(steepness) or steepness < 1e-24:
            break
        target = (slope @ u - g) / steepness * slope
        tried = u + np.array(STEPS)[:, None] * (target - u)
        found = state.ask(tried)
        failing = tried[found <= 0]
        if len(failing):
            nearest = failing[np.square(failing).sum(1).argmin()]
            if best is None or nearest @ nearest < best @ best:
                best = nearest
        # c > |u| / |slope| makes the step a descent direction of the merit; 2 is the usual choice.
        penalty = 2 * max(np.linalg.norm(u), np.linalg.norm(target), 1.0) / np.sqrt(steepness)
        merit = np.square(tried).sum(1) / 2 + penalty * np.abs(found)
        chosen = int(merit.argmin())
        if not merit[chosen] < u @ u / 2 + penalty * abs(g):
            break
        moved = np.linalg.norm(tried[chosen] - u)
        u, g = tried[chosen], float(found[chosen])
        if moved < ENOUGH * max(np.linalg.norm(u), 1.0) and abs(g) < ENOUGH * np.sqrt(steepness):
            break
    outer = u if g <= 0 else _first_failure(state, u)
    if outer is not None and (best is None or outer @ outer < best @ best):
        best = outer
    return None if best is None else pull_to_boundary(state, best[None])[0]


def pull_to_boundary(state: LimitState, points: np.ndarray, *, bisections: int = BISECTIONS) -> np.ndarray:
    """Failure points (n, D) moved along their rays towards the centre as far as bisection finds failure.

    Example:
        >>> state = LimitState(lambda u: 3 - u[:, 0], 1, calls=100)
        >>> bool(abs(pull_to_boundary(state, np.array([[4.0]]), bisections=10)[0, 0] - 3) < 0.01)
        True
    """
    high = np.ones(len(points))
    low = np.full(len(points), SEARCHED_NEAR)
    for turn in range(bisections):
        if state.left < len(points):
            break
        # A boundary is most often near; only where failure goes on beyond is the whole ray searched.
        middle = low if turn == 0 else (low + high) / 2
        fails = state.ask(middle[:, None] * points) <= 0
        high = np.where(fails, middle, high)
        low = np.where(fails, np.where(turn == 0, 0.0, low), middle)
    return high[:, None] * points


def _slope(state: LimitState, u: np.ndarray, g: float) -> np.ndarray:
    """Forward differences, each towards the centre, where the law has more mass."""
    steps = np.where(u > 0, -DIFFERENCE, DIFFERENCE)
    return (state.ask(u + np.diag(steps)) - g) / steps


def _first_failure(state: LimitState, u: np.ndarray) -> np.ndarray | None:
    """The first failure on the ray a little beyond a point that does not fail."""
    further = np.array([1.002, 1.01, 1.03, 1.1])
    if state.left < len(further):
        return None
    fails = state.ask(further[:, None] * u) <= 0
    return further[fails.argmax()] * u if fails.any() else None
