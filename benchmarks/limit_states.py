"""Limit states whose failure probability is known: exactly, or by 1e8 draws.

Failure is g(u) <= 0 for u ~ N(0, I). Problems named RP come from the reliability challenge of TNO (Rozsas & Slobbe 2019)
as the collection otbenchmark (Fekhari, Baudin et al. 2021) states them, restated here in standard normal coordinates.
"""

__all__ = ["LimitCase", "known_cases", "public_cases"]

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class LimitCase:
    """A problem and its answer.

    Args:
        name: In words.
        dimension: Number of coordinates.
        limit: u (n, D) -> g (n,).
        probability: P(g <= 0).
        source: Where the probability comes from.
    """

    name: str
    dimension: int
    limit: Callable[[np.ndarray], np.ndarray]
    probability: float
    source: str


def known_cases() -> list[LimitCase]:
    """The problems that gausscape was made for, 18 of them.

    Example:
        >>> case = known_cases()[0]
        >>> u = np.random.default_rng(0).standard_normal((200_000, case.dimension))
        >>> bool(abs((case.limit(u) <= 0).mean() / case.probability - 1) < 0.5)
        True
    """
    cases = []
    for d, p in ((10, 1e-3), (10, 1e-4), (10, 1e-5), (30, 1e-3), (30, 1e-5)):
        cases.append(_linear(d, p))
    for p in (1e-3, 1e-4, 1e-5):
        cases.append(_two_modes(10, p))
    for p in (1e-3, 1e-4, 1e-5):
        cases.append(_shell(10, p))
    cases.append(_four_branch())
    cases.append(_parabola())
    for p, threshold in NET_THRESHOLDS.items():
        cases.append(_net(p, threshold))
    cases.append(_noisy_net())
    cases.append(_unequal_modes(10))
    return cases


def public_cases() -> list[LimitCase]:
    """Thirteen problems of a public collection, of those that need no more than normal and exponential inputs.

    Example:
        >>> for case in public_cases():
        ...     u = np.random.default_rng(0).standard_normal((20_000, case.dimension))
        ...     if case.probability > 2e-3 and not abs((case.limit(u) <= 0).mean() / case.probability - 1) < 0.9:
        ...         print(case.name)
    """
    source = "otbenchmark"
    return [
        LimitCase("RP22, 2-d", 2, _rp22, 4.207305511299618e-03, source),
        LimitCase("RP24, 2-d", 2, _rp24, 2.86e-03, source),
        LimitCase("RP25, 2-d", 2, _rp25, 4.148566293759747e-05, source),
        LimitCase("RP31, 2-d", 2, _rp31, 3.226681209587691e-03, source),
        LimitCase("RP33, 3-d", 3, _rp33, 2.57e-03, source),
        LimitCase("RP35, 2-d", 2, _rp35, 3.47894632e-03, source),
        LimitCase("RP53, 2-d", 2, _rp53, 3.13e-02, source),
        LimitCase("RP54, 20-d", 20, _rp54, 9.98e-04, source),
        LimitCase("RP57, 2-d", 2, _rp57, 2.84e-02, source),
        LimitCase("RP63, 100-d", 100, _rp63, 3.79e-04, source),
        LimitCase("RP75, 2-d", 2, _rp75, 9.81929872154689e-03, source),
        LimitCase("RP89, 2-d", 2, _rp89, 5.43e-03, source),
        LimitCase("RP110, 2-d", 2, _rp110, 3.19e-05, source),
    ]


def _linear(d: int, p: float) -> LimitCase:
    beta, direction = stats.norm.isf(p), _direction(d, 1)
    return LimitCase(f"linear, {d}-d, {p:.0e}", d, lambda u: beta - u @ direction, p, "exact")


def _two_modes(d: int, p: float) -> LimitCase:
    beta, direction = stats.norm.isf(p / 2), _direction(d, 2)
    return LimitCase(f"two modes, {d}-d, {p:.0e}", d, lambda u: beta - np.abs(u @ direction), p, "exact")


def _unequal_modes(d: int) -> LimitCase:
    """Orthogonal half-spaces of 8e-4 and 2e-4, the smaller behind a slope that rises ten times faster."""
    first, second = np.linalg.qr(np.random.default_rng([3, d]).standard_normal((d, 2)))[0].T
    far, near = stats.norm.isf(8e-4), stats.norm.isf(2e-4)
    p = 8e-4 + 2e-4 - 8e-4 * 2e-4
    return LimitCase(
        f"unequal modes, {d}-d, 1e-03", d, lambda u: np.minimum(far - u @ first, (near - u @ second) / 3), p, "exact"
    )


def _shell(d: int, p: float) -> LimitCase:
    radius = stats.chi.isf(p, d)
    return LimitCase(f"shell, {d}-d, {p:.0e}", d, lambda u: radius - np.linalg.norm(u, axis=1), p, "exact")


def _four_branch() -> LimitCase:
    """Waarts 2000, with k = 7."""

    def limit(u: np.ndarray) -> np.ndarray:
        a, b = u[:, 0], u[:, 1]
        bowl = 3 + 0.1 * (a - b) ** 2
        line = (a + b) / np.sqrt(2)
        return np.minimum.reduce([bowl - line, bowl + line, a - b + 7 / np.sqrt(2), b - a + 7 / np.sqrt(2)])

    return LimitCase("four branches, 2-d", 2, limit, FOUR_BRANCH, "1e8 draws")


def _parabola() -> LimitCase:
    """One coordinate against a parabola in five others: curved away from the centre."""

    def limit(u: np.ndarray) -> np.ndarray:
        return 3.0 + 0.15 * np.square(u[:, 1:6]).sum(1) - u[:, 0]

    grid = np.linspace(0, 60, 200_001)
    p = float(np.trapezoid(stats.norm.sf(3 + 0.15 * grid) * stats.chi2.pdf(grid, 5), grid))
    return LimitCase("parabola, 10-d", 10, limit, p, "quadrature")


def _net(p: float, threshold: float) -> LimitCase:
    return LimitCase(f"tanh net, 10-d, {p:.0e}", 10, lambda u: threshold - _network(u), p, "1e8 draws")


def _noisy_net() -> LimitCase:
    """The same with deterministic noise: a rapid wave in a random direction, a twelfth of the net's spread."""
    wave = 40 * _direction(10, 5)

    def limit(u: np.ndarray) -> np.ndarray:
        return NOISY_THRESHOLD - _network(u) - 0.05 * np.sin(u @ wave)

    return LimitCase("noisy tanh net, 10-d, 1e-03", 10, limit, 1e-3, "1e8 draws")


def _network(u: np.ndarray) -> np.ndarray:
    first, second, last = _layers()
    return np.tanh(np.tanh(u @ first) @ second) @ last


def _layers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    first = rng.standard_normal((10, 32)) / np.sqrt(10)
    second = rng.standard_normal((32, 32)) / np.sqrt(32) * 1.5
    return first, second, rng.standard_normal(32) / np.sqrt(32)


def _direction(d: int, salt: int) -> np.ndarray:
    direction = np.random.default_rng([d, salt]).standard_normal(d)
    return direction / np.linalg.norm(direction)


def _rp22(u: np.ndarray) -> np.ndarray:
    a, b = u.T
    return 2.5 - (a + b) / np.sqrt(2) + 0.1 * (a - b) ** 2


def _rp24(u: np.ndarray) -> np.ndarray:
    a, b = 10 + 3 * u.T
    return 2.5 - 0.2357 * (a - b) + 0.00463 * (a + b - 20) ** 4


def _rp25(u: np.ndarray) -> np.ndarray:
    a, b = u.T
    return np.maximum(a**2 - 8 * b + 16, -16 * a + b + 32)


def _rp31(u: np.ndarray) -> np.ndarray:
    a, b = u.T
    return 2 - b + 256 * a**4


def _rp33(u: np.ndarray) -> np.ndarray:
    return np.minimum(3 * np.sqrt(3) - u.sum(1), 3 - u[:, 2])


def _rp35(u: np.ndarray) -> np.ndarray:
    a, b = u.T
    return np.minimum(2 - b + np.exp(-0.1 * a**2) + (0.2 * a) ** 4, 4.5 - a * b)


def _rp53(u: np.ndarray) -> np.ndarray:
    a, b = u.T + np.array([[1.5], [2.5]])
    return np.sin(2.5 * a) + 2 - (a**2 + 4) * (b - 1) / 20


def _rp54(u: np.ndarray) -> np.ndarray:
    # An exponential is -log of a uniform, and the upper tail of a normal is one.
    return -stats.norm.logcdf(u).sum(1) - 8.951


def _rp57(u: np.ndarray) -> np.ndarray:
    a, b = u.T
    return np.minimum(np.maximum(-(a**2) + b**3 + 3, 2 - a - 8 * b), (a + 3) ** 2 + (b + 3) ** 2 - 4)


def _rp63(u: np.ndarray) -> np.ndarray:
    return 0.1 * np.square(u[:, 1:]).sum(1) - u[:, 0] - 4.5


def _rp75(u: np.ndarray) -> np.ndarray:
    return 3 - u[:, 0] * u[:, 1]


def _rp89(u: np.ndarray) -> np.ndarray:
    a, b = u.T
    return np.minimum(-(a**2) - b + 8, -a / 5 - b + 6)


def _rp110(u: np.ndarray) -> np.ndarray:
    a, b = u.T
    first = np.where(a <= 3.5, 0.85 - 0.1 * a, 4 - a)
    return np.minimum(first, np.where(b <= 2, 2.3 - b, 0.5 - 0.1 * b))


NET_THRESHOLDS = {1e-3: 1.36984, 1e-4: 1.50350, 1e-5: 1.61934}
NOISY_THRESHOLD = 1.37733
FOUR_BRANCH = 2.2174e-3
