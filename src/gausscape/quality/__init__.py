"""How good are generated objects? The same figures for generated and for real unseen objects, side by side."""

__all__ = ["Quality", "measure_quality", "space_quality"]

from gausscape.quality.measuring import measure_quality
from gausscape.quality.of_space import space_quality
from gausscape.quality.report import Quality
