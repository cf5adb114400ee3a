"""Figures: one a file, each drawn from an answer; `plot` finds the right one."""

__all__ = [
    "Look",
    "StripRow",
    "draw_audit",
    "draw_change",
    "draw_latent_map",
    "draw_objects",
    "draw_samples",
    "draw_stress_strip",
    "plot",
    "save_figure",
]

import functools
from typing import Any

from matplotlib.figure import Figure

from gausscape.errors import ConfigurationError
from gausscape.figures.audit_table import draw_audit
from gausscape.figures.change_ruler import draw_change
from gausscape.figures.latent_map import draw_latent_map
from gausscape.figures.scatter import draw_objects
from gausscape.figures.stress_strip import StripRow, draw_samples, draw_stress_strip
from gausscape.figures.style import Look, save_figure
from gausscape.local_change.change import Change
from gausscape.space.audit import Audit
from gausscape.space.space import Samples, Space


@functools.singledispatch
def plot(answer: Any, **options: Any) -> Figure:
    """Draw an answer: a Space as its latent map, an Audit, a Change, or Samples.

    Args:
        answer: What to draw.
        **options: Those of the figure's own function (`draw_latent_map`, `draw_audit`, `draw_change`, `draw_samples`);
            all take `look`.

    Returns:
        A matplotlib Figure that no global state knows; save it with `save_figure` or `figure.savefig`.

    Raises:
        ConfigurationError: If there is no figure for such an answer.

    Example:
        >>> import numpy as np
        >>> figure = plot(Audit.of(np.linspace(0.001, 1, 1000), calibrated=1000))
        >>> type(figure).__name__
        'Figure'
    """
    raise ConfigurationError(
        f"plot draws a Space, an Audit, a Change or Samples, but got a {type(answer).__name__}. Pass one of these."
    )


plot.register(Space, draw_latent_map)
plot.register(Audit, draw_audit)
plot.register(Change, draw_change)
plot.register(Samples, draw_samples)
