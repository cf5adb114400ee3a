"""What a space of two axes holds: decoded digits on equal-probability spacing, plasma on navy, one dot for one pixel."""

import numpy as np
from fitted import plane
from matplotlib import colormaps
from PIL import Image

from gausscape.figures.latent_map import map_points

SIDE, ROWS = 22, 13
NAVY = np.array([12, 16, 48])


def draw(look):
    del look  # the same on both papers
    space = plane()
    points = map_points(space.aggregate, side=SIDE).reshape(SIDE, SIDE, -1)
    # Every row counts as equal shares of the law still, only fewer of them are shown.
    points = points[np.linspace(0, SIDE - 1, ROWS).round().astype(int)].reshape(ROWS * SIDE, -1)
    images = np.asarray(space.decode(points), dtype=float).reshape(ROWS, SIDE, 28, 28)
    grey = images.transpose(0, 2, 1, 3).reshape(ROWS * 28, SIDE * 28) / images.max()
    colour = colormaps["plasma"](0.12 + 0.88 * grey)[..., :3] * 255
    share = np.clip(grey * 2.2, 0, 1)[..., None]
    return Image.fromarray((share * colour + (1 - share) * NAVY).astype("uint8"))
