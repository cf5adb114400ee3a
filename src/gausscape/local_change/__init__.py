"""Question 1: how far is it from this object to that one, on the scale of the data?"""

__all__ = ["Change", "Path", "measure_change"]

from gausscape.local_change.change import Change, Path, measure_change
