"""Question 1: how far is it from this object to that one, on the scale of the data?"""

__all__ = [
    "Change",
    "Changes",
    "Direction",
    "FeatureChange",
    "Geodesic",
    "Path",
    "Straight",
    "Verdict",
    "measure_change",
]

from gausscape.local_change.change import Change
from gausscape.local_change.changes import Changes
from gausscape.local_change.directions import Direction
from gausscape.local_change.features import FeatureChange
from gausscape.local_change.measuring import measure_change
from gausscape.local_change.path import Geodesic, Path, Straight
from gausscape.local_change.verdict import Verdict
