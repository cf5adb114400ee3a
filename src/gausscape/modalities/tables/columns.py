"""What can a column be? Each kind infers itself from the data, turns values into stored numbers, and turns them back.

A kind stores its values in `parts`: a part is one number an object and becomes one cell, or one cell a level. Kinds are
asked in the order of `KINDS`; the first that takes a column has it. A new kind is a new class in that tuple.
"""

__all__ = ["CONTENTS", "KINDS", "ColumnKind", "Request", "contents_of", "infer_kind", "kind_from_document"]

from gausscape.errors import DataError
from gausscape.modalities.tables.category_columns import CategoricalColumn
from gausscape.modalities.tables.column_kind import ColumnKind, Request
from gausscape.modalities.tables.date_columns import DateColumn
from gausscape.modalities.tables.duration_columns import DurationColumn
from gausscape.modalities.tables.frames import Column
from gausscape.modalities.tables.level_columns import ConstantColumn, EmptyColumn, TwoLevelColumn
from gausscape.modalities.tables.number_columns import HurdleColumn, NumericColumn, TextNumberColumn
from gausscape.modalities.tables.ordinal_columns import OrdinalColumn

KINDS: tuple[type[ColumnKind], ...] = (
    EmptyColumn,
    ConstantColumn,
    TextNumberColumn,
    TwoLevelColumn,
    OrdinalColumn,
    CategoricalColumn,
    DateColumn,
    DurationColumn,
    HurdleColumn,
    NumericColumn,
)
CONTENTS = tuple(dict.fromkeys(kind.contents for kind in KINDS))
"""What a column may hold, in the words of a schema."""


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


def contents_of(kind: ColumnKind) -> str:
    """What a schema calls it."""
    return kind.contents


def kind_from_document(document: dict) -> ColumnKind:
    """The kind with that state."""
    return {kind.name: kind for kind in KINDS}[document["kind"]].from_document(document)
