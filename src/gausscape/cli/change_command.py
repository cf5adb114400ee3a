"""The command change: how far is it from one object to another, or to all others?"""

__all__ = ["change"]

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gausscape.cli.answering import PICTURES, TABLES, answering, refuse_idle, refuse_taken, tell
from gausscape.cli.app import Json, Overwrite, Seed, SpaceFolder, app
from gausscape.cli.given import Given, draw_picture, open_space, pick
from gausscape.cli.sources import Reading, Source, reads_source
from gausscape.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from gausscape.items import Items
    from gausscape.local_change import Changes
    from gausscape.space.space import Space

NEAREST = 10


@app.command()
@reads_source
def change(
    context: typer.Context,
    space: SpaceFolder,
    source: Source,
    a: Annotated[
        str, typer.Argument(metavar="A", help="Id of the first object (its row number from 0, if rows have no ids).")
    ],
    b: Annotated[str | None, typer.Argument(metavar="B", help="Id of the second object; or --to-all.")] = None,
    to_all: Annotated[bool, typer.Option("--to-all", help="From A to each other object, the nearest first.")] = False,
    b_source: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Take B, or all, from here and A from SOURCE.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Picture to write: .png or .svg; with --to-all a table: .csv or .parquet."),
    ] = None,
    path: Annotated[
        str, typer.Option(metavar="WAY", help="straight, or geodesic: the way on which the object changes least.")
    ] = "straight",
    steps: Annotated[
        int, typer.Option(min=2, max=60, metavar="N", help="Objects on the path, both ends included.")
    ] = 9,
    refit: Annotated[
        list[Path] | None,
        typer.Option(metavar="SPACE", help="A space fitted to the same data with another seed; repeat for more."),
    ] = None,
    reading: Reading = Given,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Measure the change from object A to object B of SOURCE: how far, in which direction, is that much?"""
    if (b is None) != to_all:
        raise ConfigurationError(
            f"change needs a second object, B, or --to-all, but got {'both' if to_all else 'neither'}. Give one of them."
        )
    if source == b_source == "-":
        raise ConfigurationError(
            "Standard input can be read once, but SOURCE and --b-source are both -. Give one of them as a file."
        )
    if to_all:
        refuse_idle(context, ("path", "steps"), "--to-all")
    refuse_taken(out, "--out", TABLES if to_all else PICTURES, overwrite=overwrite)
    given = reading(source)
    with answering(as_json):
        from gausscape.local_change import measure_change
        from gausscape.page.files import headed

        loaded = open_space(space)
        refits = [_open_refit(folder, loaded) for folder in refit or []]
        items = given.load_or_sample(loaded)
        others = items if b_source is None else given.like(b_source).load_or_sample(loaded)
        first = pick(items, a)
        second = pick(others, b) if b is not None else _all_but(others, a if b_source is None else None)
        table: dict[str, Any] = {}
        answer: Any = measure_change(loaded, first, second, path=path, steps=steps, refits=refits, seed=seed)
        if to_all:
            table = _nearest_first(answer)
            if out is not None:
                from gausscape.cli.tables import write_table

                write_table(table, out)
        elif out is not None:
            draw_picture(answer, out)
    if to_all:
        nearest = [str(table["id"][0])] if b_source is None else []
        tell(
            _list_nearest(a, others.name, table, answer.stability),
            as_json=as_json,
            document={"a": a, "changes": len(second), "columns": table, "stability": answer.stability},
            written={"out": out},
            following=["gausscape", "change" if nearest else "patch", str(space), *given.words, a, *nearest],
        )
        return
    tell(
        answer,
        as_json=as_json,
        document=headed("change", loaded, answer) | answer.document(),
        written={"out": out},
        following=["gausscape", "patch", str(space), *given.words, a, "--out", "patch.png"],
    )


def _open_refit(folder: Path, space: "Space") -> "Space":
    """Another fit, and really another: a copy would agree with the first one in everything."""
    import numpy as np

    refit = open_space(folder)
    if np.array_equal(refit.aggregate.codes, space.aggregate.codes):
        raise ConfigurationError(
            f"--refit needs a space fitted with another seed, but {folder} is the same fit as SPACE. Fit one with --seed 1."
        )
    return refit


def _all_but(items: "Items", name: str | None) -> "Items":
    import numpy as np

    rows = np.flatnonzero(items.ids.astype(str) != name) if name is not None else np.arange(len(items))
    if len(rows) < 2:
        there = f"only {items.ids[rows[0]]}" if len(rows) else "none"
        raise DataError(
            f"--to-all needs two objects or more to compare {name or 'A'} with, but {items.name} has {there}. Name one as B."
        )
    return items.take(rows)


def _nearest_first(changes: "Changes") -> dict[str, Any]:
    """Columns of the table, without the end that all share."""
    order = changes.order()
    columns = changes.table()
    return {"id": columns["b"][order]} | {name: values[order] for name, values in columns.items() if name not in "ab"}


def _list_nearest(a: str, name: str, table: dict[str, Any], stability: str) -> str:
    shown = range(min(NEAREST, len(table["id"])))
    width = max(2, *(len(str(table["id"][row])) for row in shown))
    noise = int((~table["distinguishable"]).sum())
    lines = [
        f"From {a} to {len(table['id']):,} objects of {name}, the nearest first; {noise:,} cannot be told from noise.",
        f"{'id':>{width}}  distance  (90% interval)    percentile  (90% interval)  verdict",
    ]
    for row in shown:
        near, far, low, high = (
            table[end][row] for end in ("distance_low", "distance_high", "percentile_low", "percentile_high")
        )
        lines.append(
            f"{table['id'][row]:>{width}}  {table['distance'][row]:8.2f}  {f'({near:.2f} to {far:.2f})':<16}  "
            f"{table['percentile'][row]:9.0f}%  {f'({low:.0f}% to {high:.0f}%)':<14}  {table['verdict'][row]}"
        )
    if len(table["id"]) > len(shown):
        lines.append(f"... and {len(table['id']) - len(shown):,} more; --out FILE.csv tells all.")
    return "\n".join([*lines, stability])
