"""The command complete: what would stand in the gaps?"""

__all__ = ["complete"]

from pathlib import Path
from typing import Annotated

import typer

from gausscape.cli import output
from gausscape.cli.answering import TABLES, answering, refuse_taken, tell
from gausscape.cli.app import Json, Overwrite, Seed, SpaceFolder, app
from gausscape.cli.given import Given, open_space
from gausscape.cli.sources import Reading, Source, reads_source


@app.command()
@reads_source
def complete(
    space: SpaceFolder,
    source: Source,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write the completed objects to: .parquet, .csv ...")],
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="Completions behind the intervals.")] = 20,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE", help="Also write each filled number with its interval: .csv or .parquet.")
    ] = None,
    reading: Reading = Given,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Fill what is missing in SOURCE, by a draw from the space's law given all that is there, which stays as it came."""
    from gausscape.cli.tables import write_table
    from gausscape.space.durable import write_bytes

    loaded = open_space(space)
    refuse_taken(out, "--out", loaded.modality.endings, overwrite=overwrite)
    refuse_taken(table, "--table", TABLES, overwrite=overwrite)
    given = reading(source)
    with answering(as_json):
        items = given.load(loaded)
        found = loaded.complete(items, draws=draws, seed=seed)
        told = {"id": items.ids.astype(str)}
        write_bytes(out, loaded.modality.to_file(found.items, told, out.suffix.lower()))
        if table is not None:
            write_table(found.table(), table)
    if as_json:
        output.print_json(found.document() | {"out": str(out), "table": None if table is None else str(table)})
        return
    tell(
        found,
        as_json=False,
        document={},
        written={"out": out, "interval_table": table},
        following=["gausscape", "score", str(space), *given.words, "--out", "scores.parquet"],
    )
