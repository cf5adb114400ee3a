"""The command page: answers, objects and y on one interactive page."""

__all__ = ["holds_space", "page", "refuse_answers"]

import shlex
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gausscape.cli import output
from gausscape.cli.answering import answering, refuse_idle
from gausscape.cli.app import Json, Overwrite, Seed, app
from gausscape.cli.asking import Batch, Target, Timeout, Trust, try_outcome
from gausscape.cli.given import Given, is_space, open_space, pick
from gausscape.cli.sources import Reading, reads_source
from gausscape.errors import ConfigurationError, DataError, MissingFileError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gausscape.items import Items
    from gausscape.outcome import Outcome
    from gausscape.space.space import Space

OF_DATA = (
    "data_dir",
    "split",
    "id_column",
    "label_column",
    "resize",
    "skip_bad",
    "read",
    "change",
    "patches",
)
OF_OUTCOME = ("target", "name", "batch", "timeout", "trust", "calls", "patches")
MARK = b'id="gausscape-data"'
PATCH_CALLS = 512
PageName = Annotated[
    str | None, typer.Option("--name", metavar="TEXT", help="What y is called; unset: P(CLASS), or as the function or file.")
]
UNTOLD = ("answers", "open_it", "as_json", "overwrite", "timeout", "batch")
PLACES = ("out", "data", "outcome", "data_dir")
"""Options that the page itself depends on are told in it; of paths the last part alone."""


@app.command()
@reads_source
def page(
    context: typer.Context,
    answers: Annotated[
        list[Path],
        typer.Argument(
            metavar="ANSWERS...",
            help="Spaces, folders of stress tests, and JSON of change or explain; the views begin with the first space.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="SITE", help="Folder for an index.html, or a name that ends in .html.")],
    data: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Real objects to show, best unseen by the fit.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="Y",
            help="y to paint over the space, given as to explain and stress; a module:function gets objects in native form (a data "
            "frame, an array) and returns one number, or one row of class probabilities, each.",
        ),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="Also measure the change from object A to B of SOURCE; repeat."),
    ] = None,
    patches: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Also explain y in N random patches; 20 or more make a ledger."),
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Title of the page.")] = None,
    date: Annotated[
        str | None, typer.Option(metavar="DATE", help="Instead of today: 2026-11-23, for equal bytes.")
    ] = None,
    calls: Annotated[
        int, typer.Option(min=0, metavar="N", help="The most objects that y is asked about for the page itself.")
    ] = 30_000,
    open_it: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
    target: Target = None,
    name: PageName = None,
    batch: Batch = 256,
    timeout: Timeout = None,
    trust: Trust = False,
    reading: Reading = Given,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Write ANSWERS as one interactive page that opens without a server and asks no other host for anything.

    An older page at SITE is replaced by the new one, whole or not at all.
    """
    if data is None:
        refuse_idle(context, OF_DATA, "A page without --data")
    if outcome is None:
        refuse_idle(context, OF_OUTCOME, "A page without --outcome")
    refuse_answers(answers, outcome=outcome, data=data)
    pairs = [_pair(each) for each in change or ()]
    with answering(as_json):
        from gausscape.page.compose import Wanted
        from gausscape.page.write import build_page, page_target, save_page

        target_file = page_target(out)
        _refuse_foreign(target_file, overwrite=overwrite)
        spaces, found = open_answers(answers)
        items = None
        if data is not None:
            given = reading(data)
            items = given.load_or_sample(spaces[0] if len(spaces) == 1 else None)
        y: Outcome | None = None
        try:
            if outcome is not None and items is not None:
                y, _ = try_outcome(
                    outcome, items, name=name or called(outcome, target), target=target, batch=batch, budget=None,
                    timeout=timeout, trust=trust, planned=calls + (patches or 0) * PATCH_CALLS,
                )  # fmt: skip
            found += _asked_here(_best(spaces), items, pairs, y, patches, seed=seed)
            wanted = Wanted(title, date, _command(context, answers), seed=seed)
            built = build_page(found, data=items, outcomes=() if y is None else y, calls=calls, wanted=wanted)
        finally:
            if y is not None:
                y.close()
        save_page(built, target_file)
    if open_it:
        webbrowser.open(target_file.absolute().as_uri())
    sizes = built.sizes
    if as_json:
        output.print_json({"page": str(target_file), "bytes": sizes, "notes": built.notes})
        return
    print(f"The page: {target_file} ({_said(sizes['all'])})")
    told = sorted(((size, part) for part, size in sizes.items() if part != "all" and size >= 1000), reverse=True)
    print("\n".join(f"  {_said(size):>8}  {part}" for size, part in told[:8]))
    for note in built.notes:
        print(f"Note: {note}")
    output.print_next(shlex.join(["open", str(target_file)]))


def _pair(text: str) -> tuple[str, str]:
    a, comma, b = text.partition(",")
    if not (a.strip() and comma and b.strip()):
        raise ConfigurationError(
            f"--change needs two ids with a comma between, but got {text!r}. Write --change 4,9, say."
        )
    return a.strip(), b.strip()


def holds_space(path: Path) -> bool:
    """Whether this is the folder of a space, and not of a stress test."""
    return path.is_dir() and is_space(path) and not (path / "stress.json").is_file()


def refuse_answers(answers: "Sequence[Path]", *, outcome: str | None, data: str | None) -> None:
    """Refuse, before anything is loaded, what is not there, is data, or has no space to belong to.

    Raises:
        MissingFileError: If an answer does not exist; it is named.
        DataError: If it is a folder that nobody fitted, or data.
        ConfigurationError: If no space is among them, or y came without objects to ask it about.
    """
    for path in answers:
        if not path.exists():
            raise MissingFileError(f"A page needs answers that exist, but there is no {path}. Check its name.")
        if path.is_dir() and not is_space(path) and not (path / "stress.json").is_file():
            raise DataError(
                f"A page needs answers in a folder to be a space or a stress test, but {path} is neither. "
                "Fit a space: gausscape fit SOURCE --out SPACE; keep a test: gausscape stress ... --out DIR"
            )
        if path.is_file() and path.suffix.lower() not in (".json", ""):
            raise DataError(
                f"ANSWERS need to be spaces, stress tests and .json of change or explain, but {path} looks like data. "
                f"Pass it as --data {path}, beside a space."
            )
    if not any(holds_space(path) for path in answers):
        raise ConfigurationError(
            f"A page needs a fitted space, but none is among {', '.join(map(str, answers))}. "
            "Add it: gausscape page SPACE ANSWERS --out SITE"
        )
    if outcome is not None and data is None:
        raise ConfigurationError("y needs objects to be asked about, but --outcome came without any. Add --data SOURCE.")


def open_answers(answers: "Sequence[Path]") -> "tuple[list[Space], list[Any]]":
    """(the spaces, these and all other answers)."""
    from gausscape.page.files import read_answer

    spaces = [open_space(path) for path in answers if holds_space(path)]
    return spaces, [*spaces, *(each for path in answers if not holds_space(path) for each in read_answer(path, spaces))]


def _refuse_foreign(file: Path, *, overwrite: bool) -> None:
    """Refuse to replace what is no page of ours."""
    if overwrite or not file.is_file():
        return
    if MARK not in file.read_bytes():
        raise StorageError(
            f"--out needs a free name, or an older page, but {file} is something else. Choose another, or pass --overwrite."
        )


def _best(spaces: "Sequence[Space]") -> "Space":
    """Where changes and patches are measured: distances mean more with more axes than on a map."""
    return max(spaces, key=lambda space: len(space.live_axes))


def _asked_here(
    space: "Space",
    items: "Items | None",
    pairs: list[tuple[str, str]],
    y: "Outcome | None",
    patches: int | None,
    *,
    seed: int,
) -> list[Any]:
    from gausscape.explanation import explain
    from gausscape.local_change import measure_change

    if items is None:
        return []
    found: list[Any] = [measure_change(space, pick(items, a), pick(items, b), seed=seed) for a, b in pairs]
    if patches and y is not None:
        found.append(explain(space, y, patches, data=items, calls=PATCH_CALLS, seed=seed))
    return found


def called(outcome: str, target: str | None) -> str:
    """A name for y where none was given.

    Example:
        >>> called("model:predict", "9"), called("models:churn_rate", None), called("risk/churn.onnx", None)
        ('P(9)', 'churn rate', 'churn')
    """
    if target is not None:
        return f"P({target})"
    if "://" in outcome:
        return "y"
    own = outcome.rpartition(":")[2] if ":" in outcome else Path(outcome).stem
    return own.replace("_", " ").strip() or "y"


def _command(context: typer.Context, answers: "Sequence[Path]") -> str:
    """As typed, without the folders of this machine."""
    words = ["gausscape", "page", *(path.name for path in answers)]
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        if parameter.name in UNTOLD or value in (None, False, [], ()) or value == parameter.default:
            continue
        option = parameter.opts[-1]
        for each in value if isinstance(value, list | tuple) else [value]:
            words += [option] if each is True else [option, _bare(str(parameter.name), each)]
    return shlex.join(words)


def _bare(name: str, value: Any) -> str:
    """A value without folders, where it is a place; an address without what may be secret in it."""
    if name == "outcome" and "://" in str(value):
        return "ADDRESS"
    return (Path(str(value)).name or ".") if name in PLACES else str(value)


def _said(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"
