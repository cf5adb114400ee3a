"""Tables: rows of mixed columns, in pandas, polars or pyarrow frames or 2-D arrays."""

__all__ = ["MODALITY", "PrecisionWarning", "TableModality"]

from gausscape.modalities.tables.checks import PrecisionWarning
from gausscape.modalities.tables.modality import TableModality

MODALITY = TableModality
