"""The command versus: which method of fitting suits these data, over seeds?"""

__all__ = ["versus"]

from pathlib import Path
from typing import Annotated

import typer

from gausscape.cli.answering import answering, refuse_folder, tell
from gausscape.cli.app import Json, Overwrite, app
from gausscape.cli.given import Given
from gausscape.cli.sources import Reading, Source, reads_source
from gausscape.errors import ConfigurationError


@app.command()
@reads_source
def versus(
    source: Source,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder to write comparison.json and comparison.png to.")],
    methods: Annotated[str, typer.Option(metavar="A,B,...", help="Methods of fit, with commas.")] = "vae,gan,pca",
    seeds: Annotated[int, typer.Option(min=1, help="Fits of each method.")] = 5,
    latent: Annotated[int | None, typer.Option(help="Latent coordinates; unset: by kind of data.")] = None,
    modality: Annotated[str | None, typer.Option(help="Kind of data, if it cannot be recognised.")] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Training steps of every method but pca; unset: each method's own budget.")
    ] = None,
    reading: Reading = Given,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Fit each method with each seed to SOURCE, and compare them on objects that none of them saw.

    Coverage, fidelity, reconstruction, calibration, agreement between seeds, failures, and cost.
    """
    names = [name.strip() for name in methods.split(",") if name.strip()]
    if not names:
        raise ConfigurationError("--methods needs names such as vae,gan,pca, but is empty. Name some.")
    refuse_folder(out, "--out", overwrite=overwrite)
    given = reading(source)
    with answering(as_json):
        from gausscape.figures import plot, save_figure
        from gausscape.method_comparison import compare_methods
        from gausscape.training.schedule import Schedule

        items = given.load_or_sample(None)
        schedules = {}
        if steps is not None:
            schedules = {name: Schedule(steps=steps) for name in names if name != "pca"}
        found = compare_methods(
            items, methods=names, seeds=seeds, latent=latent, modality=modality, schedules=schedules, progress=True
        )
        out.mkdir(exist_ok=True)
        report = found.save(out / "comparison.json")
        picture = save_figure(plot(found), out / "comparison.png")
    tell(
        found,
        as_json=as_json,
        document=found.document(),
        written={"report": report, "picture": picture},
        following=["gausscape", "fit", source, "--method", names[0], "--out", f"{names[0]}.space"],
    )
