"""Question 3: what happens far out, beyond what was seen, and in the worst case nearby; how likely is failure?"""

__all__ = [
    "CheckReferee",
    "Design",
    "Disagree",
    "FailureProbability",
    "Finding",
    "ModelReferee",
    "NeighbourReferee",
    "Predicate",
    "Scenarios",
    "StressComparison",
    "StressTest",
    "WorstCase",
    "check_tolerances",
    "confirm_by_plain_sampling",
    "covering_scenarios",
    "draw_given",
    "like",
    "find_worst",
    "find_worst_pairs",
    "hunt_plan",
    "load_stress_test",
    "measure_coverage",
    "stress_test",
]

from gausscape.stress_testing.answer import StressTest
from gausscape.stress_testing.comparison import StressComparison
from gausscape.stress_testing.conditions.conditional import draw_given
from gausscape.stress_testing.conditions.like import like
from gausscape.stress_testing.covering_arrays.coverage import measure_coverage
from gausscape.stress_testing.covering_arrays.covering import covering_scenarios
from gausscape.stress_testing.design import Design
from gausscape.stress_testing.failures.failure_rule import Disagree, Predicate
from gausscape.stress_testing.failures.finding import Finding
from gausscape.stress_testing.failures.referee import CheckReferee, ModelReferee, NeighbourReferee
from gausscape.stress_testing.hunts.hunting import hunt_plan
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.nearby.worst_search import find_worst, find_worst_pairs
from gausscape.stress_testing.probability.failure_probability import FailureProbability
from gausscape.stress_testing.probability.plain_probability import confirm_by_plain_sampling
from gausscape.stress_testing.saving import load_stress_test
from gausscape.stress_testing.scenarios import Scenarios
from gausscape.stress_testing.stress_test import stress_test
from gausscape.stress_testing.tolerance import check_tolerances
