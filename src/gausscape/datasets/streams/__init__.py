"""From unstructured streams of events to objects: graphs, or rows of a table, one or more for each window."""

__all__ = ["Rule", "Window", "follow"]

from gausscape.datasets.streams.follow import follow
from gausscape.datasets.streams.rule import Rule
from gausscape.datasets.streams.window import Window
