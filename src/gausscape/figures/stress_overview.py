"""A whole stress test as one figure: its scenarios, tail by tail and level by level."""

__all__ = ["draw_stress_test"]

from matplotlib.figure import Figure

from gausscape.figures.stress_scenarios import draw_scenario_strips
from gausscape.figures.style import Look
from gausscape.stress_testing.answer import StressTest


def draw_stress_test(test: StressTest, *, most: int | None = None, look: Look | None = None) -> Figure:
    """The scenarios of the test; its parts have figures of their own (`draw_levels`, `draw_response`, `draw_worst_pairs` ...).

    Args:
        test: The answer of `stress_test`.
        most: Objects in a line at most; None for as many as fit.
        look: Width and theme.
    """
    return draw_scenario_strips(
        test.scenarios,
        test.levels,
        test.space.modality,
        outcome=test.outcome,
        rule=test.rule,
        neighbours=test.neighbours,
        most=most,
        look=look,
    )
