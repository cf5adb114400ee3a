"""The decoder as a program for the browser, with the recipe that makes pictures of what it computes."""

__all__ = ["write_decoder"]

from typing import Any

from gausscape.page.program import write_program
from gausscape.space.space import Space


def write_decoder(space: Space) -> tuple[dict[str, Any] | None, str]:
    """(program and recipe, or None where the browser cannot decode; why not).

    Args:
        space: Fitted.
    """
    recipe = space.modality.picture_recipe()
    if recipe is None:
        return None, f"pictures of {space.modality.name} are not made cell by cell"
    answer = write_program(space)
    return (None, answer.reason) if answer.program is None else ({"program": answer.program, "recipe": recipe}, "")
