"""Where objects come from: the catalogue's data sets, and readers of files, folders, frames and standard input."""

__all__ = ["Entry", "catalogue", "load", "scan"]

from gausscape.datasets.entry import Entry, catalogue
from gausscape.datasets.scanning import scan
from gausscape.datasets.sources import load
