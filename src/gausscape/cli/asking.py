"""How is y opened and tried from the command line?"""

__all__ = ["Batch", "Budget", "Name", "OutcomeSource", "Target", "Timeout", "Trust", "try_outcome"]

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.items import Items
    from gausscape.outcome import Outcome
    from gausscape.outcome.dry_run import DryRun

OutcomeSource = Annotated[
    str,
    typer.Option(
        "--outcome",
        metavar="Y",
        help="y: module:function (of this folder; it gets objects in native form, a data frame or an array, and returns one number "
        "or one row of class probabilities each), a .onnx or .skops file, an MLflow folder, an http address.",
    ),
]
Target = Annotated[
    str | None, typer.Option(metavar="CLASS", help="Class or label whose probability is y, or its position from 0.")
]
Name = Annotated[str, typer.Option(metavar="TEXT", help="What y is called in the answer.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Open model files that can run code of their own (pickle, joblib, MLflow).")
]
Timeout = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Most that one call of y may take; y then runs in a process of its own."),
]
Budget = Annotated[int | None, typer.Option(min=1, metavar="N", help="The most objects that y may be asked about.")]
Batch = Annotated[int, typer.Option(min=1, metavar="N", help="The most objects in one call of y.")]

_MODULE_FUNCTION = re.compile(r"[\w.]+:[\w.]+")


def try_outcome(
    source: str,
    items: "Items",
    *,
    name: str,
    target: str | None,
    batch: int,
    budget: int | None,
    timeout: float | None,
    trust: bool,
    planned: int | None,
) -> tuple["Outcome", "DryRun"]:
    """y, tried on a few real objects; what was found is printed.

    Args:
        source: What was given as --outcome.
        items: Objects that y is about.
        target: Name or position of a class, as it was typed.
        name, batch, budget, timeout, trust: As in `Outcome.of`.
        planned: Calls that will be made, for an estimate of the time; None if unknown.

    Raises:
        GausscapeError: If there is no such y, or it does not answer as it should.
    """
    from gausscape.outcome import Outcome

    if _MODULE_FUNCTION.fullmatch(source) and os.getcwd() not in sys.path:
        # A console script looks for modules beside itself; whoever types module:function means the folder they are in.
        sys.path.insert(0, os.getcwd())
    y = Outcome.of(source, name=name, target=target, batch=batch, budget=budget, timeout=timeout, trust=trust)
    try:
        try:
            checked = y.check(items, planned=planned)
        except ConfigurationError as error:
            # Options are text. A class whose name is no text, or a position, is told only when the text is no name.
            number = None if target is None else _as_number(target)
            if number is None or "target" not in str(error).partition("\n")[0]:
                raise
            y = y.with_target(number)
            checked = y.check(items, planned=planned)
    except BaseException:
        y.close()
        raise
    print(f"{checked}\n", flush=True)
    return y, checked


def _as_number(text: str) -> int | float | bool | None:
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None
