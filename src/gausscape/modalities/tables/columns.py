"""What can a column be? Each kind infers itself from the data, turns values into stored numbers, and turns them back.

A kind stores its values in `parts`: a part is one number an object and becomes one cell, or one cell a level. Kinds are
asked in the order of `KINDS`; the first that takes a column has it. A new kind is a new class in that tuple.
"""

__all__ = ["KINDS", "ColumnKind", "Request", "infer_kind", "kind_from_document"]

from gausscape.errors import DataError
from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.date_columns import DateColumn
from gausscape.modalities.tables.frames import Column
from gausscape.modalities.tables.level_columns import CategoricalColumn, ConstantColumn, EmptyColumn, TwoLevelColumn
from gausscape.modalities.tables.number_columns import HurdleColumn, NumericColumn, TextNumberColumn

KINDS: tuple[type[ColumnKind], ...] = (
    EmptyColumn,
    ConstantColumn,
    TextNumberColumn,
    TwoLevelColumn,
    CategoricalColumn,
    DateColumn,
    HurdleColumn,
    NumericColumn,
)


def infer_kind(column: Column, request: Request) -> ColumnKind:
    """The first kind that takes the column.

    Raises:
        DataError: If the column cannot be used; the message names it.
    """
    for kind in KINDS:
        found = kind.infer(column, request)
        if found is not None:
            return found
    raise DataError(f"Column {column.name!r} holds {column.family.value}, which no kind of column takes. Leave it out.")


def kind_from_document(document: dict) -> ColumnKind:
    """The kind with that state."""
    return {kind.name: kind for kind in KINDS}[document["kind"]].from_document(document)
