"""The command complete: what would stand in the gaps?"""

__all__ = ["complete"]

from pathlib import Path
from typing import Annotated

import typer

from gausscape.cli import output
from gausscape.cli.answering import TABLES, answering, refuse_taken, tell
from gausscape.cli.app import (
    DataDir,
    IdColumn,
    Json,
    LabelColumn,
    Overwrite,
    Seed,
    Source,
    SpaceFolder,
    Split,
    app,
)
from gausscape.cli.given import Given, Read, open_space


@app.command()
def complete(
    space: SpaceFolder,
    source: Source,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write the completed objects to: .parquet, .csv ...")],
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="Completions behind the intervals.")] = 20,
    table: Annotated[
        Path | None, typer.Option("--table", metavar="FILE", help="Also write each filled number with its interval: .csv or .parquet.")
    ] = None,
    data_dir: DataDir = None,
    split: Split = None,
    id_column: IdColumn = None,
    label_column: LabelColumn = None,
    read: Read = None,
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
    given = Given(source, data_dir, split, id_column, label_column, None, False, read)
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
