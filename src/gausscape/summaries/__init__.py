"""What can be told of more objects than memory holds, in one pass: summaries of parts that merge into that of the whole."""

__all__ = ["Distinct", "Exceedances", "KeyedSample", "LevelCounts", "Moments", "Quantiles", "Summary"]

from gausscape.summaries.distinct import Distinct
from gausscape.summaries.exceedances import Exceedances
from gausscape.summaries.keyed_sample import KeyedSample
from gausscape.summaries.level_counts import LevelCounts
from gausscape.summaries.moments import Moments
from gausscape.summaries.quantiles import Quantiles
from gausscape.summaries.summary import Summary
