"""Figures: one a file, each drawn from an answer; `plot` finds the right one."""

__all__ = [
    "Look",
    "StripRow",
    "draw_attribution",
    "draw_audit",
    "draw_change",
    "draw_change_explanation",
    "draw_changes",
    "draw_comparison",
    "draw_explanation",
    "draw_failure_map",
    "draw_failure_probability",
    "draw_findings",
    "draw_latent_map",
    "draw_ledger",
    "draw_levels",
    "draw_method_comparison",
    "draw_objects",
    "draw_overlay",
    "draw_patch",
    "draw_patch_explanation",
    "draw_response",
    "draw_samples",
    "draw_scenario_strips",
    "draw_stress_strip",
    "draw_stress_test",
    "draw_watch",
    "draw_worst_pairs",
    "plot",
    "save_figure",
]

import functools
from typing import Any

from matplotlib.figure import Figure

from gausscape.errors import ConfigurationError
from gausscape.explanation.answer import Explanation
from gausscape.explanation.attribution import Attribution
from gausscape.explanation.ledger import Ledger
from gausscape.explanation.overlay import Overlay
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.explanation.telescoping import ChangeExplanation
from gausscape.figures.audit_table import draw_audit
from gausscape.figures.change_ruler import draw_change
from gausscape.figures.changes_ruler import draw_changes
from gausscape.figures.contributions import draw_attribution, draw_change_explanation
from gausscape.figures.explanation import draw_explanation, draw_patch_explanation
from gausscape.figures.field import draw_overlay
from gausscape.figures.latent_map import draw_latent_map
from gausscape.figures.ledger import draw_ledger
from gausscape.figures.method_comparison import draw_method_comparison
from gausscape.figures.patch_grid import draw_patch
from gausscape.figures.scatter import draw_objects
from gausscape.figures.stress_comparison import draw_comparison
from gausscape.figures.stress_findings import draw_findings
from gausscape.figures.stress_levels import draw_levels
from gausscape.figures.stress_map import draw_failure_map
from gausscape.figures.stress_overview import draw_stress_test
from gausscape.figures.stress_probability import draw_failure_probability
from gausscape.figures.stress_response import draw_response
from gausscape.figures.stress_scenarios import draw_scenario_strips
from gausscape.figures.stress_strip import StripRow, draw_samples, draw_stress_strip
from gausscape.figures.stress_worst import draw_worst_pairs
from gausscape.figures.style import Look, save_figure
from gausscape.figures.watch import draw_watch
from gausscape.local_change.change import Change
from gausscape.local_change.changes import Changes
from gausscape.method_comparison.report import MethodComparison
from gausscape.space.audit import Audit
from gausscape.space.patch import Patch
from gausscape.space.space import Samples, Space
from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.comparison import StressComparison
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.probability.failure_probability import FailureProbability
from gausscape.stress_testing.response import Response
from gausscape.watching.history import WatchHistory
from gausscape.watching.watch import Watch


@functools.singledispatch
def plot(answer: Any, **options: Any) -> Figure:
    """Draw an answer: a Space as its latent map, an Audit, Samples, changes, a Patch, an Explanation, a StressTest or a part.

    Args:
        answer: What to draw.
        **options: Those of the figure's own function (`draw_latent_map`, `draw_change`, `draw_ledger` ...); all take `look`.

    Returns:
        A matplotlib Figure that no global state knows; save it with `save_figure` or `figure.savefig`.

    Raises:
        ConfigurationError: If there is no figure for such an answer.

    Example:
        >>> import numpy as np
        >>> figure = plot(Audit.of(np.linspace(0.001, 1, 1000), calibrated=1000))
        >>> figure.get_size_inches().round(1).tolist()[0]  # shows itself in a notebook
        7.4
    """
    raise ConfigurationError(
        f"plot draws the answers of gausscape ({', '.join(kind.__name__ for kind in plot.registry if kind is not object)}), "
        f"but got a {type(answer).__name__}. Pass one of these."
    )


plot.register(Space, draw_latent_map)
plot.register(Audit, draw_audit)
plot.register(Change, draw_change)
plot.register(Changes, draw_changes)
plot.register(Samples, draw_samples)
plot.register(Patch, draw_patch)
plot.register(Explanation, draw_explanation)
plot.register(PatchExplanation, draw_patch_explanation)
plot.register(Ledger, draw_ledger)
plot.register(ChangeExplanation, draw_change_explanation)
plot.register(Attribution, draw_attribution)
plot.register(Overlay, draw_overlay)
plot.register(StressTest, draw_stress_test)
plot.register(Response, draw_response)
plot.register(FailureProbability, draw_failure_probability)
plot.register(StressComparison, draw_comparison)
plot.register(MethodComparison, draw_method_comparison)

plot.register(WatchHistory, draw_watch)


@plot.register
def _(answer: Watch, **options: Any) -> Figure:
    return draw_watch(answer.history, **options)


@plot.register
def _(answer: WorstCase, **options: Any) -> Figure:
    return draw_worst_pairs([answer], **options)
