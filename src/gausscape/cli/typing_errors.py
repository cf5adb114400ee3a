"""What was typed and cannot be an option's value, in the words of all other refusals."""

__all__ = ["Commands"]

import re
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from gausscape.errors import ConfigurationError

NEEDS = (
    (r"^Input should be a valid integer.*", "a whole number"),
    (r"^Input should be a valid number.*", "a number"),
    (r"^Input should be greater than or equal to (\S+)$", r"\1 or more"),
    (r"^Input should be greater than (\S+)$", r"more than \1"),
    (r"^Input should be less than or equal to (\S+)$", r"\1 or less"),
    (r"^Input should be less than (\S+)$", r"less than \1"),
)
"""What the parser says, and what the option needs; everything else stays as the parser says it."""


class Commands(TyperGroup):
    """The group of all commands; a value that an option cannot take is refused with the value."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            for said, needed in NEEDS:
                told = re.sub(said, needed, error.message)
                names: list[str] = list(getattr(error.param, "opts", ()))
                if told != error.message and names:
                    came = _typed(names)
                    raise ConfigurationError(
                        f"{max(names, key=len)} needs {told}{'' if came is None else f', but got {came!r}'}. Change it."
                    ) from None
            raise


def _typed(names: list[str]) -> str | None:
    """What stands behind the option on the command line."""
    for word, following in zip(sys.argv, [*sys.argv[1:], None], strict=True):
        if word in names:
            return following
        name, equals, value = word.partition("=")
        if equals and name in names:
            return value
    return None
