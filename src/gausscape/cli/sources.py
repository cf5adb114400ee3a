"""SOURCE, and the options that say how it is read: the same for every command that takes one."""

__all__ = ["DataDir", "Reading", "Source", "reads_source"]

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gausscape.cli.given import Given

Reading = Callable[[str], Given]
"""From SOURCE to what is given: `Given` itself, or with the options that were typed."""

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="A catalogue name, a file, a folder, or - for standard input.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder that holds a catalogue set's own files.")]
OPTIONS: dict[str, tuple[Any, Any]] = {
    "data_dir": (DataDir, None),
    "split": (Annotated[str | None, typer.Option(help="Part of a catalogue set: train or test.")], None),
    "id_column": (Annotated[str | None, typer.Option(help="Column that names the rows.")], None),
    "label_column": (Annotated[str | None, typer.Option(help="Column that is a label, not a feature.")], None),
    "resize": (Annotated[int | None, typer.Option(help="Bring images to this many pixels a side.")], None),
    "skip_bad": (Annotated[bool, typer.Option("--skip-bad", help="Leave out up to 1% unreadable images, and say how many.")], False),
    "read": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--read",
                metavar="KEY=VALUE",
                help="How SOURCE is read, where its kind knows more: graph_column=molecule; repeat.",
            ),
        ],
        None,
    ),
}


def reads_source(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of `Given` on the command line, in the place of its parameter `reading`."""
    parameters = list(inspect.signature(command).parameters.values())
    place = [each.name for each in parameters].index("reading")
    own = parameters[place]
    parameters[place : place + 1] = [own.replace(name=name, annotation=kind, default=unset) for name, (kind, unset) in OPTIONS.items()]

    @functools.wraps(command)
    def taking_options(**typed: Any) -> None:
        options = {name: typed.pop(name) for name in OPTIONS}
        command(**typed, reading=functools.partial(Given, **options))

    vars(taking_options)["__signature__"] = inspect.Signature(parameters)
    taking_options.__annotations__ = {each.name: each.annotation for each in parameters}
    return taking_options
