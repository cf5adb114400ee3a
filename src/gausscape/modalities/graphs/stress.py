"""Where do the nodes of one connected graph come to lie, so that distances on paper are those along its edges?"""

__all__ = ["component", "filled", "majorised", "nearest_apart", "stress", "turned"]

import numpy as np

STEPS = 120
HOLD = 0.25
"""How much a node is held where it was, against the pull of all others."""

LEAST_APART = 0.45
"""Edges are about 1 long."""


def component(distances: np.ndarray) -> np.ndarray:
    """Places of one component, its long side level."""
    n = len(distances)
    if n == 1:
        return np.zeros((1, 2))
    if n == 2:
        return np.array([[0.0, 0.0], [float(distances[0, 1]), 0.0]])
    places = majorised(distances, _scaled(distances), steps=STEPS if n <= 60 else STEPS // 2)
    places = _pushed_apart(places)
    places -= places.mean(0)
    turned = places @ np.linalg.svd(places, full_matrices=False)[2].T
    # Of the mirror images the one whose heavier side is left and low.
    return turned * np.where((turned**3).sum(0) > 0, 1, -1)


def majorised(distances: np.ndarray, start: np.ndarray, *, steps: int, held: np.ndarray | None = None) -> np.ndarray:
    """Lower the stress sum of ((|x_i - x_j| - d_ij) / d_ij)^2 step by step; held nodes are pulled back to their start."""
    n = len(distances)
    if n == 1:
        return start
    weights = 1 / np.maximum(distances, 1e-6) ** 2
    np.fill_diagonal(weights, 0)
    laplacian = np.diag(weights.sum(1)) - weights
    pull = np.zeros(n) if held is None else HOLD * held * weights.sum(1)
    # Without a pull the mean stays free: one term more makes the system regular.
    inverse = np.linalg.inv(laplacian + np.diag(pull) + (0 if pull.any() else 1 / n))
    places = start
    for _ in range(steps):
        apart = places[:, None] - places[None]
        length = np.maximum(np.sqrt((apart**2).sum(-1)), 1e-9)
        ratio = weights * distances / length
        moved = inverse @ (ratio.sum(1)[:, None] * places - ratio @ places + pull[:, None] * start)
        gone = float(np.abs(moved - places).max())
        places = moved
        if gone < 1e-3:
            break
    return places


def stress(distances: np.ndarray, places: np.ndarray) -> float:
    apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(-1))
    return float(((apart - distances) ** 2 / np.maximum(distances, 1e-6) ** 2).sum()) if len(places) > 1 else 0.0


def turned(places: np.ndarray, known: dict[int, np.ndarray]) -> np.ndarray:
    """Moved, turned and mirrored as a whole, so that nodes come to lie near their known places.

    References:
        Schönemann 1966, A generalized solution of the orthogonal Procrustes problem.
    """
    if not known:
        return places
    mine, yours = places[list(known)], np.array(list(known.values()))
    centre, goal = mine.mean(0), yours.mean(0)
    left, _, right = np.linalg.svd((mine - centre).T @ (yours - goal))
    return (places - centre) @ left @ right + goal


def filled(distances: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Nodes without a place are put beside their nearest nodes that have one, on the outer side."""
    places = places.copy()
    there = np.isfinite(places[:, 0])
    centre = places[there].mean(0)
    for i in np.flatnonzero(~there):
        near = np.where(there, distances[i], np.inf)
        beside = places[near <= near.min() + 1e-9].mean(0)
        outward = beside - centre + 0.1 * np.array([np.cos(2.4 * i), np.sin(2.4 * i)])
        places[i] = beside + 0.7 * float(near.min()) * outward / max(float(np.linalg.norm(outward)), 1e-9)
    return places


def nearest_apart(places: np.ndarray) -> float:
    if len(places) < 2:
        return np.inf
    apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(-1))
    np.fill_diagonal(apart, np.inf)
    return float(apart.min())


def _scaled(distances: np.ndarray) -> np.ndarray:
    """Classical scaling, (n, 2): a good start; symmetric nodes are moved apart a little."""
    n = len(distances)
    centred = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centred @ distances**2 @ centred)
    places = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-3))
    turn = np.arange(n) * 2.399963
    return places[:, ::-1] + 0.02 * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def _pushed_apart(places: np.ndarray) -> np.ndarray:
    """Nodes that nearly coincide are moved until their discs can be told apart."""
    n = len(places)
    for step in range(30):
        apart = places[:, None] - places[None]
        length = np.sqrt((apart**2).sum(-1)) + np.diag(np.full(n, np.inf))
        near = length < LEAST_APART
        if not near.any():
            break
        # Nodes in the very same place have no direction of their own.
        turn = np.arange(n) * 2.399963 + step
        lost = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        away = np.where((length < 1e-6)[..., None], lost[:, None], apart / np.maximum(length, 1e-6)[..., None])
        places = places + 0.5 * (np.where(near, LEAST_APART * 1.05 - length, 0)[..., None] * away).sum(1)
    return places
