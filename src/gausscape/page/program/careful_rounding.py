"""How are the weights of a product rounded so that what it gives stays? Each error is made good by the weights that come after it."""

__all__ = ["round_carefully", "second_moments"]

import numpy as np

DAMPING = 1e-2
BLOCK = 32


def second_moments(inputs: np.ndarray) -> np.ndarray:
    """Second moments of the inputs of a product, (inner, inner), damped so that they can be inverted.

    Args:
        inputs: Shape (n, inner).
    """
    inputs = inputs.astype(np.float64)
    moments = inputs.T @ inputs / len(inputs)
    size = float(np.trace(moments)) / len(moments)
    return moments + (DAMPING * size if size > 0 else 1.0) * np.eye(len(moments))


def round_carefully(weights: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Whole numbers near the weights whose products with such inputs are nearest to the exact ones.

    Column by column, the inputs with the largest squares first: a column is rounded, and the columns that are left take up what its
    error did to the product, as far as their inputs go along with its own (Frantar et al. 2023, 2210.17323, algorithm 1).

    Args:
        weights: In units of the step, (outs, inner).
        moments: Of the inputs, from `second_moments`.

    Returns:
        Whole numbers as float64, (outs, inner).

    Example:
        >>> inputs = np.random.default_rng(0).normal(size=(500, 1)) * np.ones((1, 2))  # both inputs are always the same
        >>> round_carefully(np.array([[0.5, 0.4]]), second_moments(inputs)).sum()  # so their weights together are what counts
        np.float64(1.0)
    """
    order = np.argsort(-np.diag(moments), kind="stable")
    # Row j of this factor of the inverse tells how the columns after j make good an error in j.
    factor = np.linalg.cholesky(np.linalg.inv(moments[np.ix_(order, order)])).T
    rest, found = weights.astype(np.float64)[:, order], np.empty(weights.shape)
    inner = weights.shape[1]
    for start in range(0, inner, BLOCK):
        end = min(start + BLOCK, inner)
        errors = np.empty((len(weights), end - start))
        for j in range(start, end):
            found[:, order[j]] = np.rint(rest[:, j])
            errors[:, j - start] = (rest[:, j] - found[:, order[j]]) / factor[j, j]
            rest[:, j + 1 : end] -= errors[:, j - start, None] * factor[j, j + 1 : end]
        rest[:, end:] -= errors @ factor[start:end, end:]
    return found
