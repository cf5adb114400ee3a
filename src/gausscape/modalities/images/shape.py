"""What people see in an image: brightness, position, extent, slant, thickness, and how bright each region is."""

__all__ = ["REGION_NOTICEABLE", "measure_shape", "noticeable_differences", "region_of_pixels"]

import numpy as np

REGIONS = 4
LEAST_SIDE = 8
FAINT = 1e-6
REGION_NOTICEABLE = 0.02


def measure_shape(images: np.ndarray) -> dict[str, np.ndarray]:
    """Numbers by name, each (n,), that follow the pixels smoothly.

    What stands out from the background (the median of the border) is the drawing; its brightness-weighted moments give
    position, extent (four standard deviations: a bar's length is 1.15 times less) and slant, and twice its area
    divided by its outline the thickness of its strokes.

    Args:
        images: Grey images (n, height, width), in [0, 1].

    References:
        Castro et al. 2019, Morpho-MNIST, section 3 (slant and extent by moments).

    Example:
        >>> bar = np.zeros((1, 9, 9))
        >>> bar[0, 2:7, 4] = 1
        >>> told = measure_shape(bar)
        >>> bool(abs(told["slant (degrees to the right)"][0]) < 1e-6), round(float(told["thickness (pixels)"][0]), 2)
        (True, 0.88)
    """
    height, width = images.shape[1:]
    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    drawn = np.abs(images - np.median(border, axis=1)[:, None, None])
    mass = drawn.sum((1, 2)) + FAINT
    x, y = np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    centre_x, centre_y = drawn.sum(1) @ x / mass, drawn.sum(2) @ y / mass
    spread_x = np.maximum(drawn.sum(1) @ x**2 / mass - centre_x**2, 0)
    spread_y = np.maximum(drawn.sum(2) @ y**2 / mass - centre_y**2, 0)
    together = np.einsum("nij,i,j->n", drawn, y, x) / mass - centre_x * centre_y
    padded = np.pad(drawn, ((0, 0), (1, 1), (1, 1)))
    across, down = np.diff(padded, axis=2)[:, 1:], np.diff(padded, axis=1)[:, :, 1:]
    outline = np.hypot(across, down).sum((1, 2)) + FAINT
    return {
        "brightness": images.mean((1, 2)),
        "contrast": images.std((1, 2)),
        "shift right (pixels)": centre_x,
        "shift up (pixels)": -centre_y,
        "width (pixels)": 4 * np.sqrt(spread_x),
        "height (pixels)": 4 * np.sqrt(spread_y),
        # Rows count downwards, so a stroke that leans right has its lower rows further left.
        "slant (degrees to the right)": np.degrees(np.arctan2(-together, spread_y + FAINT)),
        "thickness (pixels)": 2 * (mass - FAINT) / outline,
    }


def noticeable_differences(height: int, width: int) -> dict[str, float]:
    """From which difference on people see a change of each number of `measure_shape`, in the same units.

    Example:
        >>> noticeable_differences(28, 28)["slant (degrees to the right)"]
        2.0
    """
    return {
        "brightness": 0.005,
        "contrast": 0.01,
        "shift right (pixels)": width / 50,
        "shift up (pixels)": height / 50,
        "width (pixels)": width / 50,
        "height (pixels)": height / 50,
        "slant (degrees to the right)": 2.0,
        "thickness (pixels)": 0.1,
    }


def region_of_pixels(height: int, width: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the regions of a grid of at most 4 x 4, and which of them each pixel belongs to, (height, width).

    Example:
        >>> names, region = region_of_pixels(8, 8)
        >>> names[5], region[2].tolist()
        ('row 2, column 2', [4, 4, 5, 5, 6, 6, 7, 7])
    """
    rows = REGIONS if height >= LEAST_SIDE else min(2, height)
    columns = REGIONS if width >= LEAST_SIDE else min(2, width)
    row, column = np.arange(height) * rows // height, np.arange(width) * columns // width
    names = [f"row {i + 1}, column {j + 1}" for i in range(rows) for j in range(columns)]
    return tuple(names), row[:, None] * columns + column
