"""The commands watch and refresh: has the stream changed, and what is usual by now?"""

__all__ = ["refresh", "watch"]

from pathlib import Path
from typing import Annotated

import typer

from gausscape.cli import output
from gausscape.cli.app import Json, Overwrite, Seed, SpaceFolder, app
from gausscape.cli.given import Given, open_space
from gausscape.cli.sources import Reading, Source, reads_source


@app.command()
def watch(
    space: SpaceFolder,
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The stream: a file, a folder, or what else the rule can read.")
    ],
    rule: Annotated[Path, typer.Option(help="YAML file that says how events become windows of objects.")],
    state: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder of the state; the watch goes on from what is there.")
    ],
    false_alarms: Annotated[
        str,
        typer.Option(metavar="RATE", help="Share of usual windows that may be alarms: 0.01, or '1 in 1000 windows'."),
    ] = "0.01",
    learn: Annotated[
        int, typer.Option(min=0, metavar="N", help="Let the first N windows only teach what is usual.")
    ] = 0,
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Another stream whose objects, made by the same rule, are what is usual; not one that the space was fitted on.",
        ),
    ] = None,
    season: Annotated[
        int, typer.Option(min=1, metavar="N", help="Compare a window with those N, 2N ... before it only.")
    ] = 1,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for more when the stream has been read.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Alarms, one line of JSON each; unset: FOLDER/alarms.jsonl.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Picture to write at the end: .png or .svg.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Follow a stream of events: which windows are unusual, since when, and which objects and features carry it."""
    from gausscape.datasets import load
    from gausscape.datasets.streams import Rule, follow
    from gausscape.watching import Watch, WatchFolder

    for path in (out, picture):
        if path is not None:
            output.require_suffix(path, (".jsonl",) if path is out else (".png", ".svg"))
    how = Rule.read(rule)
    fresh = Watch.begin(
        open_space(space),
        false_alarms=false_alarms,
        reference=None if reference is None else load(reference, read={"window": how.document()}),
        learn=learn,
        season=season,
        seed=seed,
        rule=how.document(),
    )
    with WatchFolder(state, out=out) as folder:
        going = folder.open(fresh)
        if going.counts["windows"] and not as_json:
            print(f"Going on after window {going.last}, {going.counts['windows']:,} windows in.", flush=True)
        for report in folder.follow(going, follow(source, how, cursor=going.cursor, wait=wait)):
            if report.alarm is not None and not as_json:
                print(f"{report}\n", flush=True)
    if picture is not None:
        from gausscape.figures import plot, save_figure

        save_figure(plot(going.history), picture)
    if as_json:
        output.print_json(
            {
                "state": str(state),
                "alarms": str(folder.out),
                "false_alarms": going.settings.false_alarms,
                "counts": going.counts,
                "last": going.last,
                "certified": going.certified,
                "episodes": going.episodes.document()["kept"],
                "picture": None if picture is None else str(picture),
            }
        )
        return
    print(going)
    print(f"\nThe alarms: {folder.out}")
    output.print_next(f"gausscape refresh {space} SOURCE --out NEW.space")


@app.command()
@reads_source
def refresh(
    space: SpaceFolder,
    source: Source,
    out: Annotated[Path, typer.Option(help="Folder to write the refreshed space to.")],
    keep: Annotated[
        float, typer.Option(min=0, max=1, help="Weight of the old held-out objects beside the new: 0 forgets them.")
    ] = 0.0,
    reading: Reading = Given,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Bring law, calibration and gates of a space up to date with new objects, without training, and say if that is enough."""
    import warnings

    output.refuse_existing(out, overwrite=overwrite)
    loaded = open_space(space)
    items = reading(source).load_or_sample(loaded)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is due is printed below
        fresh = loaded.partial_fit(items, keep=keep)
    fresh.save(out, overwrite=overwrite)
    told = fresh.record["refreshed"]
    if as_json:
        output.print_json({"out": str(out), "refreshed": told, "audit": fresh.record["audit"]})
        return
    print(output.summary(fresh))
    print(f"\nRefreshed with {told['objects']:,} objects; the law moved by {told['moved']['distance']:.2f} sd.")
    for reason in told["reasons"]:
        print(f"  warning: fit anew, for {reason}")
    print(f"\nThe space: {out}")
    output.print_next(f"gausscape info {out}")
