"""How is a rounded matrix stored so that it compresses? As whole numbers in byte planes, with a step for each row."""

__all__ = ["from_planes", "to_planes"]

from typing import Any

import numpy as np

LARGEST_CODE = 2**15 - 1


def to_planes(codes: np.ndarray, step: np.ndarray) -> dict[str, Any]:
    """Whole numbers times steps, as the page takes them.

    0, -1, 1, -2, 2 ... are written as 0, 1, 2, 3, 4 ..., so that small numbers of either sign need the low byte alone.

    Args:
        codes: Whole numbers, at most 32,767 in size, any shape.
        step: Of each row, (rows,), or one for all, (1,).

    Returns:
        "shape", "step" (float32), "low" and "high" (uint8 planes; "high" is None where it would be all zero).

    Example:
        >>> planes = to_planes(np.array([[0, -1, 1, 300]]), np.array([0.5]))
        >>> planes["low"].tolist(), planes["high"].tolist(), from_planes(planes).tolist()
        ([0, 1, 2, 88], [0, 0, 0, 2], [[0.0, -0.5, 0.5, 150.0]])
    """
    whole = codes.astype(np.int64).reshape(-1)
    folded = np.where(whole >= 0, 2 * whole, -2 * whole - 1).astype(np.uint16)
    low, high = (folded & 255).astype(np.uint8), (folded >> 8).astype(np.uint8)
    return {
        "shape": list(codes.shape),
        "step": np.asarray(step, dtype=np.float32).reshape(-1),
        "low": low,
        "high": high if high.any() else None,
    }


def from_planes(planes: dict[str, Any]) -> np.ndarray:
    """The matrix again, float32, in its shape."""
    folded = planes["low"].astype(np.int64)
    if planes["high"] is not None:
        folded += planes["high"].astype(np.int64) << 8
    whole = np.where(folded % 2 == 1, -(folded + 1) // 2, folded // 2)
    step = planes["step"]
    wide = whole.reshape(len(step), -1).astype(np.float64) * step.astype(np.float64)[:, None]
    return wide.reshape(planes["shape"]).astype(np.float32)
