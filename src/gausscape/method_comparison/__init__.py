"""Which way of fitting a space suits these data? The same figures for each, over seeds, on objects that none of them saw."""

__all__ = ["MethodComparison", "compare_methods"]

from gausscape.method_comparison.comparing import compare_methods
from gausscape.method_comparison.report import MethodComparison
