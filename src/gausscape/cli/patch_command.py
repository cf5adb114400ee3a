"""The command patch: what is around an object?"""

__all__ = ["patch"]

from typing import Annotated

import typer

from gausscape.cli.answering import PICTURES, answering, refuse_taken, tell
from gausscape.cli.app import Json, Overwrite, SpaceFolder, app
from gausscape.cli.given import Given, Percentile, Picture, Radius, draw_picture, open_space, pick
from gausscape.cli.sources import Reading, Source, reads_source


@app.command()
@reads_source
def patch(
    space: SpaceFolder,
    source: Source,
    centre: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the object in the centre (its row number, if rows have no ids).")
    ],
    radius: Radius = None,
    percentile: Percentile = None,
    out: Picture = None,
    reading: Reading = Given,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Look at the patch around an object of SOURCE: who lives there, what changes most, what is unusual near here."""
    refuse_taken(out, "--out", PICTURES, overwrite=overwrite)
    given = reading(source)
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
