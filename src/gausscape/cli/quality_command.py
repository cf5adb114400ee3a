"""The command quality: how good are the objects that a space generates, against real ones that its fit did not see?"""

__all__ = ["quality"]

from pathlib import Path
from typing import Annotated

import typer

from gausscape.cli.answering import answering, refuse_taken, tell
from gausscape.cli.app import Json, Overwrite, Seed, SpaceFolder, app
from gausscape.cli.given import Given, open_space
from gausscape.cli.sources import Reading, Source, reads_source


@app.command()
@reads_source
def quality(
    space: SpaceFolder,
    source: Source,
    held_out: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE", help="Objects that the fit did not see; unset: those of SOURCE that it held back."
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Also learn this column from generated objects.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=10, metavar="N", help="Objects to generate; unset: as many as were fitted.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report: .json.")] = None,
    reading: Reading = Given,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Compare generated with real objects: columns, pairs, classifiers, a target to learn, privacy, gaps, constraints.

    SOURCE is what SPACE was fitted on; each figure stands beside the same one of real objects, which is the yardstick.
    """
    refuse_taken(out, "--out", (".json",), overwrite=overwrite)
    given = reading(source)
    with answering(as_json):
        from gausscape.quality import space_quality

        loaded = open_space(space)
        items = given.load_or_sample(loaded, seed=seed)
        unseen = None if held_out is None else given.like(held_out).load_or_sample(loaded, seed=seed)
        report = space_quality(loaded, items, unseen, target=target, generated=count, seed=seed)
        if out is not None:
            from gausscape.space.durable import write_bytes
            from gausscape.space.safe_json import finite, json_bytes

            write_bytes(out, json_bytes(finite(report.document())))
    tell(
        str(report),
        as_json=as_json,
        document=report.document(),
        written={"report": out},
        following=["gausscape", "sample", str(space), "--out", f"generated{loaded.modality.endings[0]}"],
    )
