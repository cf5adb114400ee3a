"""Where objects come from: the catalogue's data sets, and readers of files, folders, frames and standard input."""

__all__ = ["Entry", "catalogue", "load"]

from gausscape.datasets.entry import Entry, catalogue
from gausscape.datasets.sources import load
