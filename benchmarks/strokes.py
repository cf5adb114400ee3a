"""Which images have known tails? Procedural pen strokes, drawn from six factors whose laws are known.

Every image is one bowed pen stroke of 16 x 16 pixels, and one stroke in five carries a crossbar. Because the
factors are drawn from known laws, so are true distances, true tail shares and true effects: a claim about rarity can
be checked against as many fresh objects as one cares to draw.

Example:
    >>> rng = np.random.default_rng(0)
    >>> factors, crossbar = draw_factors(4, rng)
    >>> images = render(factors, crossbar, rng)
    >>> factors.shape, images.shape, bool(images.min() >= 0 and images.max() <= 1)
    ((4, 6), (4, 256), True)
"""

import numpy as np

__all__ = ["FACTOR_NAMES", "SIDE", "draw_factors", "draw_images", "render"]

SIDE = 16
"""Width and height of an image, in pixels."""

FACTOR_NAMES = ("slant", "half_thickness", "bow", "length", "centre_x", "centre_y")

CROSSBAR_SHARE = 0.2
CROSSBAR_HALF_WIDTH = 3.5
EDGE_SHARPNESS = 2.5
SEGMENTS = 8
RENDER_BATCH = 2_000


def draw_factors(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw the factors of n strokes, independent of each other.

    All are Gaussian (slant sd 0.35 rad; bow sd 2; length 9.5 +- 1.3; centre 7.5 +- 0.8 pixels), except the half
    thickness, which is log-normal about 1.1 pixels with sd 0.28 on the log scale.

    Args:
        n: Number of strokes.
        rng: Source of randomness.

    Returns:
        The factors, shape (n, 6), in the order of `FACTOR_NAMES`, in radians and pixels; and who has a crossbar, (n,).

    Example:
        >>> factors, crossbar = draw_factors(1000, np.random.default_rng(0))
        >>> factors.shape, crossbar.dtype.name
        ((1000, 6), 'bool')
    """
    centre = np.array([0.0, np.log(1.1), 0.0, 9.5, 7.5, 7.5])
    spread = np.array([0.35, 0.28, 2.0, 1.3, 0.8, 0.8])
    factors = centre + spread * rng.standard_normal((n, len(FACTOR_NAMES)))
    factors[:, 1] = np.exp(factors[:, 1])
    return factors, rng.random(n) < CROSSBAR_SHARE


def render(
    factors: np.ndarray, crossbar: np.ndarray, rng: np.random.Generator | None = None, *, noise: float = 0.02
) -> np.ndarray:
    """Draw strokes as grey images.

    The pen runs along a parabola, approximated by eight straight pieces; ink = 1 / (1 + exp(-2.5 (h - distance))),
    where h is the half thickness and the distance is from the pixel to the nearest piece, in pixels.

    Args:
        factors: Shape (n, 6), see `draw_factors`.
        crossbar: Shape (n,), who has a horizontal bar through the centre.
        rng: If given, adds Gaussian pixel noise, clipped to [0, 1].
        noise: Standard deviation of that noise, in grey levels.

    Returns:
        Images, shape (n, 256), float32 in [0, 1], row by row.

    Example:
        >>> upright = np.array([[0.0, 1.1, 0.0, 9.5, 7.5, 7.5]])
        >>> image = render(upright, np.array([False])).reshape(16, 16)
        >>> bool(image[7, 7] > 0.5 > image[7, 0]), bool(np.allclose(image, image[:, ::-1], atol=1e-5))
        (True, True)
    """
    factors = np.asarray(factors, np.float32)
    crossbar = np.asarray(crossbar, bool)
    batches = [slice(start, start + RENDER_BATCH) for start in range(0, len(factors), RENDER_BATCH)]
    images = [_render_batch(factors[batch], crossbar[batch]) for batch in batches]
    ink = np.concatenate(images) if images else np.empty((0, SIDE * SIDE), np.float32)
    if rng is not None:
        ink += np.float32(noise) * rng.standard_normal(ink.shape, dtype=np.float32)
        np.clip(ink, 0.0, 1.0, out=ink)
    return ink


def draw_images(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n fresh noisy stroke images, shape (n, 256).

    Example:
        >>> draw_images(2, np.random.default_rng(1)).shape
        (2, 256)
    """
    factors, crossbar = draw_factors(n, rng)
    return render(factors, crossbar, rng)


def _render_batch(factors: np.ndarray, crossbar: np.ndarray) -> np.ndarray:
    half_thickness, centre_x, centre_y = factors[:, 1], factors[:, 4], factors[:, 5]
    pixel_y, pixel_x = (axis.ravel().astype(np.float32) for axis in np.mgrid[:SIDE, :SIDE])
    ink = _ink(half_thickness, np.sqrt(_squared_distance_to_pen(factors, pixel_x, pixel_y)))
    barred = np.flatnonzero(crossbar)
    if barred.size:
        overhang = np.abs(pixel_x - centre_x[barred, None]) - CROSSBAR_HALF_WIDTH
        # Beyond its ends the bar fades three times as fast as across its width: blunt ends, not round ones.
        distance = np.abs(pixel_y - centre_y[barred, None]) + 3.0 * np.maximum(overhang, 0.0)
        ink[barred] = np.maximum(ink[barred], _ink(half_thickness[barred], distance))
    return ink


def _squared_distance_to_pen(factors: np.ndarray, pixel_x: np.ndarray, pixel_y: np.ndarray) -> np.ndarray:
    slant, _, bow, length, centre_x, centre_y = (column[:, None] for column in factors.T)
    along = np.linspace(-0.5, 0.5, SEGMENTS + 1, dtype=np.float32)
    sideways = 0.6 * bow * (1.0 - 4.0 * along**2)
    knot_x = centre_x + length * along * np.sin(slant) + sideways * np.cos(slant)
    knot_y = centre_y - length * along * np.cos(slant) + sideways * np.sin(slant)
    nearest = np.full((len(factors), pixel_x.size), np.inf, np.float32)
    for piece in range(SEGMENTS):
        start_x, start_y = knot_x[:, piece, None], knot_y[:, piece, None]
        step_x, step_y = knot_x[:, piece + 1, None] - start_x, knot_y[:, piece + 1, None] - start_y
        from_x, from_y = pixel_x - start_x, pixel_y - start_y
        # The small constant keeps a stroke of length zero from dividing by zero.
        share = np.clip((from_x * step_x + from_y * step_y) / (step_x**2 + step_y**2 + 1e-9), 0.0, 1.0)
        np.minimum(nearest, (from_x - share * step_x) ** 2 + (from_y - share * step_y) ** 2, out=nearest)
    return nearest


def _ink(half_thickness: np.ndarray, distance: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-EDGE_SHARPNESS * (half_thickness[:, None] - distance)))
