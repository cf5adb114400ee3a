"""All figures of a stress test, by name, for whoever writes them into a folder."""

__all__ = ["draw_all"]

from matplotlib.figure import Figure

from gausscape.figures.stress_comparison import draw_comparison
from gausscape.figures.stress_findings import draw_findings
from gausscape.figures.stress_levels import draw_levels
from gausscape.figures.stress_map import draw_failure_map
from gausscape.figures.stress_overview import draw_stress_test
from gausscape.figures.stress_probability import draw_failure_probability
from gausscape.figures.stress_response import draw_response
from gausscape.figures.stress_worst import draw_worst_pairs
from gausscape.figures.style import Look
from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.comparison import StressComparison


def draw_all(
    test: StressTest, comparison: StressComparison | None = None, *, look: Look | None = None
) -> dict[str, Figure]:
    """Everything that there is to see: "scenarios", "levels", "response-radial", "failure-map", "probability", "worst" ...

    Args:
        test: A stress test.
        comparison: With an earlier model, if there was one.
        look: Width and theme.
    """
    modality = test.space.modality
    floor = test.space.of_codes.floor
    found = {
        "scenarios": draw_stress_test(test, look=look),
        "levels": draw_levels(test.levels, outcome=test.outcome, floor=floor, look=look),
    }
    for response in test.responses:
        stem = "".join(letter if letter.isalnum() else "-" for letter in response.tail)
        found[f"response-{stem}"] = draw_response(response, modality=modality, outcome=test.outcome, look=look)
    if test.rule:
        modes = () if test.failure_probability is None else test.failure_probability.modes
        found["failure-map"] = draw_failure_map(test.space, test.scenarios, modes=modes, look=look)
    if test.failure_probability is not None:
        found["probability"] = draw_failure_probability(test.failure_probability, modality=modality, look=look)
    if test.findings:
        found["weak-regions"] = draw_findings(test.findings, scenarios=test.scenarios, modality=modality, look=look)
    if test.worst:
        found["worst"] = draw_worst_pairs(test.worst, modality, outcome=test.outcome, look=look)
    if comparison is not None:
        found["comparison"] = draw_comparison(comparison, look=look)
    return found
