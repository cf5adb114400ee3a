"""The command patch: what is around an object?"""

__all__ = ["patch"]

from typing import Annotated

import typer

from gausscape.cli.answering import PICTURES, answering, refuse_taken, tell
from gausscape.cli.app import (
    DataDir,
    IdColumn,
    Json,
    LabelColumn,
    Overwrite,
    Resize,
    SkipBad,
    Source,
    SpaceFolder,
    Split,
    app,
)
from gausscape.cli.given import Given, Percentile, Picture, Radius, Read, draw_picture, open_space, pick


@app.command()
def patch(
    space: SpaceFolder,
    source: Source,
    centre: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the object in the centre (its row number, if rows have no ids).")
    ],
    radius: Radius = None,
    percentile: Percentile = None,
    out: Picture = None,
    data_dir: DataDir = None,
    split: Split = None,
    id_column: IdColumn = None,
    label_column: LabelColumn = None,
    resize: Resize = None,
    skip_bad: SkipBad = False,
    read: Read = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Look at the patch around an object of SOURCE: who lives there, what changes most, what is unusual near here."""
    refuse_taken(out, "--out", PICTURES, overwrite=overwrite)
    given = Given(source, data_dir, split, id_column, label_column, resize, skip_bad, read)
    with answering(as_json):
        loaded = open_space(space)
        items = given.load_or_sample(loaded)
        place = loaded.patch(pick(items, centre), radius, percentile=percentile)
        directions, unusual = place.directions(min(5, len(loaded.live_axes))), place.unusual(items)
        if out is not None:
            draw_picture(place, out)
    tell(
        f"{place}\n\n{directions}\n\n{unusual}",
        as_json=as_json,
        document=place.document() | {"unusual": unusual.document()},
        written={"out": out},
        following=[
            "gausscape",
            "explain",
            str(space),
            *given.words,
            "--around",
            centre,
            "--outcome",
            "module:function",
        ],
    )
