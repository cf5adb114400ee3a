"""Shapley values by orders: let the players enter one after the other, and give each what its entry changes."""

__all__ = ["credit_of_orders", "draw_orders", "members_in_order"]

import numpy as np

from gausscape.errors import ConfigurationError, ShapeError


def draw_orders(players: int, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Random orders, each followed by its reverse, which takes away most of what the order itself adds to the noise.

    Args:
        players: Number of players.
        pairs: Number of orders and their reverses.
        rng: For the draw.

    Returns:
        Shape (2 pairs, players).

    Raises:
        ConfigurationError: If there is no player or no pair.

    References:
        Castro et al. 2009, Polynomial calculation of the Shapley value based on sampling.
        Mitchell et al. 2022, Sampling permutations for Shapley value estimation, JMLR 23(43), section 3 (antithetic).

    Example:
        >>> orders = draw_orders(3, 2, np.random.default_rng(0))
        >>> orders.shape, bool((orders[1] == orders[0][::-1]).all())
        ((4, 3), True)
    """
    if players < 1 or pairs < 1:
        raise ConfigurationError(f"Orders need at least 1 player and 1 pair, but got {players} and {pairs}. Ask for more.")
    forward = rng.random((pairs, players)).argsort(1)
    return np.stack([forward, forward[:, ::-1]], axis=1).reshape(-1, players)


def members_in_order(orders: np.ndarray) -> np.ndarray:
    """Who has entered after 0, 1 ... players - 1 entries, (orders, players, players) bool; everybody is left out.

    Example:
        >>> members_in_order(np.array([[1, 0]])).astype(int).tolist()
        [[[0, 0], [0, 1]]]
    """
    place = orders.argsort(1)
    return place[:, None, :] < np.arange(orders.shape[1])[None, :, None]


def credit_of_orders(orders: np.ndarray, worth: np.ndarray, *, full: float) -> np.ndarray:
    """What each player's entry changed, (orders, players); each row sums to full - worth of nobody.

    Args:
        orders: Shape (orders, players).
        worth: After 0, 1 ... players - 1 entries, (orders, players).
        full: Worth of everybody.

    Raises:
        ShapeError: If the shapes differ.

    Example:
        >>> credit_of_orders(np.array([[1, 0], [0, 1]]), np.array([[0.0, 5.0], [0.0, 1.0]]), full=6.0)
        array([[1., 5.],
               [1., 5.]])
    """
    if orders.shape != worth.shape:
        raise ShapeError(f"Orders of shape {orders.shape} need worths of that shape, but got {worth.shape}. Pass one for each entry.")
    gain = np.diff(worth, axis=1, append=np.full((len(worth), 1), full))
    credit = np.empty_like(gain)
    np.put_along_axis(credit, orders, gain, axis=1)
    return credit
