"""The command serve: the page against a live model, on this machine."""

__all__ = ["serve"]

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gausscape.cli.answering import answering, refuse_idle
from gausscape.cli.app import Seed, app
from gausscape.cli.asking import Batch, Target, Timeout, Trust, try_outcome
from gausscape.cli.given import Given
from gausscape.cli.page_command import PageName, called, open_answers, refuse_answers
from gausscape.cli.sources import Reading, reads_source
from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.outcome import Outcome

OF_DATA = ("data_dir", "split", "id_column", "label_column", "resize", "skip_bad", "read")
OF_OUTCOME = ("target", "name", "batch", "timeout", "trust")
PAINTED = 30_000


@app.command()
@reads_source
def serve(
    context: typer.Context,
    answers: Annotated[
        list[Path],
        typer.Argument(metavar="ANSWERS...", help="Spaces, folders of stress tests, and JSON of change or explain."),
    ],
    data: Annotated[str | None, typer.Option(metavar="SOURCE", help="Real objects to show, best unseen by the fit.")] = None,
    outcome: Annotated[str | None, typer.Option(metavar="Y", help="y to ask live; given as to explain and stress.")] = None,
    port: Annotated[int, typer.Option(metavar="N", help="To listen on; 0 for any that is free.")] = 8421,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="To bind; only this machine can reach the default.")] = "127.0.0.1",
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Bind an address that others can reach; not encrypted.")
    ] = False,
    open_it: Annotated[bool, typer.Option("--open/--no-open", help="Show the page in the browser.")] = False,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Title of the page.")] = None,
    target: Target = None,
    name: PageName = None,
    batch: Batch = 256,
    timeout: Timeout = None,
    trust: Trust = False,
    reading: Reading = Given,
    seed: Seed = 0,
) -> None:
    """Serve the page of ANSWERS with its model live: every place is decoded, judged and asked about y as Python does it.

    Prints a link that works once, in one browser. Ctrl-C stops it.
    """
    if data is None:
        refuse_idle(context, OF_DATA, "A page without --data")
    if outcome is None:
        refuse_idle(context, OF_OUTCOME, "A page without --outcome")
    refuse_answers(answers, outcome=outcome, data=data)
    with answering(False):
        try:
            from gausscape.page.server import LiveModel, build_application, refuse_remote
            from gausscape.page.server import serve as run
        except ImportError as error:
            raise ConfigurationError(
                f"serve needs the packages starlette and uvicorn, but {error.name} is missing. Run: pip install 'gausscape[serve]'"
            ) from error
        refuse_remote(host, allow_remote=allow_remote)
        from gausscape.page.compose import Wanted
        from gausscape.page.write import build_page

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
                    timeout=timeout, trust=trust, planned=PAINTED,
                )  # fmt: skip
            outcomes = () if y is None else (y,)
            built = build_page(found, data=items, outcomes=outcomes, wanted=Wanted(title, seed=seed, live="self"))
            ids = [space["id"] for space in built.document["spaces"]]
            model = LiveModel(dict(zip(ids, built.spaces, strict=True)), outcomes)

            def announce(link: str) -> None:
                print(f"The page: {link}\nThe link works once, in one browser. Ctrl-C stops the server.", flush=True)
                if open_it:
                    webbrowser.open(link)

            run(build_application(built.html, model.answer), host=host, port=port, allow_remote=allow_remote, announce=announce)
        finally:
            if y is not None:
                y.close()
