"""The commands. Heavy libraries are imported inside them, so that --help answers at once."""

__all__ = ["app"]

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gausscape.cli import output
from gausscape.cli.given import Given, close_names, open_space
from gausscape.cli.sources import DataDir, Reading, Source, reads_source
from gausscape.cli.typing_errors import Commands
from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.space.space import Space

app = typer.Typer(
    name="gausscape",
    cls=Commands,
    help="Fit a calibrated multivariate-Gaussian space to your data; ask what is a small change and what the tails hold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
SpaceFolder = Annotated[Path, typer.Argument(metavar="SPACE", help="A folder that 'gausscape fit' wrote.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands where files are written.")]


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    if version:
        import importlib.metadata

        print(f"gausscape {importlib.metadata.version('gausscape')}")
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write; open its index.html.")],
    dataset: Annotated[str, typer.Option(help="mnist-5k (bundled) or mnist (all 60,000), or any image set.")] = "mnist-5k",
    data_dir: DataDir = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Fit real handwritten digits and write an interactive page: map, changes, what moves a classifier, stress test, audit."""
    from gausscape.cli.demo import run_demo

    summary = run_demo(out, dataset, seed=seed, data_dir=data_dir, progress=True)
    if as_json:
        output.print_json(summary)
        return
    print(f"The page: {out / 'index.html'}")
    output.print_next(
        f"open {out / 'index.html'}",
        f"gausscape info {out / 'measure.space'}",
        f"gausscape sample {out / 'measure.space'} --exceedance 0.01 --out rare.png",
    )


@app.command()
@reads_source
def fit(
    source: Source,
    out: Annotated[Path, typer.Option(help="Folder to write the space to.")],
    latent: Annotated[int | None, typer.Option(help="Latent coordinates (2 for a map); unset: by kind of data.")] = None,
    modality: Annotated[str | None, typer.Option(help="Kind of data, if it cannot be recognised.")] = None,
    method: Annotated[str, typer.Option(help="vae; pca: the rival with the same calibration; gan: for comparison.")] = "vae",
    config: Annotated[Path | None, typer.Option(help="YAML: architecture, objective, schedule, modality, ...")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of everything random (0).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint of a stopped or killed fit.")] = False,
    engine: Annotated[str, typer.Option(help="local, or ray: the training is shared by --workers processes.")] = "local",
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the training, with --engine ray.")] = 1,
    reading: Reading = Given,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Fit a space to SOURCE, calibrate it, audit it, and save it."""
    from gausscape.cli.fitting import fit_and_save
    from gausscape.cli.settings import fit_arguments

    given = {"latent": latent, "modality": modality, "seed": seed, "method": method if method != "vae" else None}
    arguments = fit_arguments(config, given)
    if resume and arguments.get("method", "vae") != "vae":
        raise ConfigurationError(f"--resume needs --method vae, but got {arguments['method']}, which keeps no checkpoints. Fit anew.")
    if modality is not None:
        _refuse_unknown_kind(modality)
    output.refuse_existing(out, overwrite=overwrite)
    how = reading(source)
    space = fit_and_save(how, out, arguments=arguments, engine=engine, workers=workers, resume=resume, overwrite=overwrite)
    if space is None:  # the first of the processes that share the fit has saved it, and speaks
        return
    if as_json:
        output.print_json(output.describe(space, out))
        return
    print(output.summary(space))
    print(f"\nThe space: {out}")
    name = str(out)
    # Objects that came in chunks do not fit into one file of scores.
    scores = "scores" if "streamed" in space.record else "scores.parquet"
    output.print_next(
        shlex.join(["gausscape", "map", name, "--out", "map.png"]),
        shlex.join(["gausscape", "score", name, *how.words, "--out", scores]) + _piped(source),
        _sample_command(space, out, 0.01),
    )


def _refuse_unknown_kind(name: str) -> None:
    from gausscape.modality import modalities

    known = list(modalities())
    if name not in known:
        raise ConfigurationError(f"--modality needs one of {', '.join(known)}, but got {name!r}. {close_names(name, known)}")


@app.command()
def info(space: SpaceFolder, as_json: Json = False) -> None:
    """Describe a space: what it was fitted on, its live axes, its bound, and the audit."""
    loaded = open_space(space)
    if as_json:
        output.print_json(output.describe(loaded, space))
        return
    print(output.summary(loaded))
    output.print_next(shlex.join(["gausscape", "map", str(space), "--out", "map.png"]))


@app.command("map")
@reads_source
def draw_map(
    space: SpaceFolder,
    out: Annotated[Path, typer.Option(help="Picture to write: .png or .svg.")],
    side: Annotated[int, typer.Option(min=2, max=60, help="Objects along each side.")] = 20,
    data: Annotated[str | None, typer.Option(metavar="SOURCE", help="Also scatter these objects, to OUT-objects.")] = None,
    reading: Reading = Given,
    as_json: Json = False,
) -> None:
    """Draw the map of a space: decoded objects on equal-probability spacing."""
    from gausscape.figures import draw_objects, plot, save_figure

    output.require_suffix(out, (".png", ".svg"))
    loaded = open_space(space)
    written = [out]
    save_figure(plot(loaded, side=side), out)
    if data is not None:
        written.append(out.with_name(f"{out.stem}-objects{out.suffix}"))
        save_figure(draw_objects(loaded, reading(data).load_or_sample(loaded)), written[1])
    if as_json:
        output.print_json({"out": [str(path) for path in written]})
        return
    print("The map: " + ", ".join(map(str, written)))
    output.print_next(_sample_command(loaded, space, 0.001))


@app.command()
def sample(
    space: SpaceFolder,
    out: Annotated[Path, typer.Option(help="File to write: .png or .svg for a picture; objects by their kind: .npz, .parquet ...")],
    n: Annotated[int, typer.Option("-n", "--n", min=1, help="How many.")] = 10,
    exceedance: Annotated[float | None, typer.Option(help="Draw at this probability (0.01: 1 in 100); unset: the whole law.")] = None,
    at_least: Annotated[bool, typer.Option("--at-least", help="At least as rare as --exceedance.")] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Draw new objects from a space, at a stated exceedance if one is given."""
    from gausscape.cli.tables import write_samples
    from gausscape.figures import plot, save_figure

    loaded = open_space(space)
    output.require_suffix(out, (*loaded.modality.endings, ".png", ".svg"))
    drawn = loaded.sample(n, exceedance=exceedance, at_least=at_least, seed=seed)
    if out.suffix in (".png", ".svg"):
        save_figure(plot(drawn, modality=loaded.modality), out)
    else:
        write_samples(drawn, loaded.modality, out)
    rows = [
        {"exceedance": p, "lower": low, "upper": high, "support": str(label), "nearest": str(near)}
        for p, low, high, label, near in zip(
            drawn.exceedance.probability.tolist(),
            drawn.exceedance.lower.tolist(),
            drawn.exceedance.upper.tolist(),
            drawn.support,
            drawn.nearest,
            strict=True,
        )
    ]
    if as_json:
        output.print_json({"out": str(out), "acceptance": drawn.acceptance, "samples": rows})
        return
    print(f"{len(drawn)} objects; {drawn.acceptance:.0%} of the draws at this level passed the support gates")
    for row in rows[:20]:
        print(
            f"  exceedance {row['exceedance']:.3g} ({row['lower']:.2g} to {row['upper']:.2g}), {row['support']}, "
            f"nearest fitted object {row['nearest']}"
        )
    print(f"\nThe samples: {out}")
    output.print_next(shlex.join(["gausscape", "map", str(space), "--out", "map.png"]))


@app.command()
def data(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One set in full; unset: all of them.")] = None,
    as_json: Json = False,
) -> None:
    """List the data sets that have a name."""
    from gausscape.datasets import catalogue

    entries = catalogue()
    if name is not None and name not in entries:
        raise ConfigurationError(
            f"The catalogue has {', '.join(entries)}, but {name!r} came. {close_names(name, entries)}"
        )
    chosen = [entries[name]] if name else list(entries.values())
    if as_json:
        keys = ("name", "kind", "objects", "summary", "licence", "source", "bundled", "splits")
        output.print_json([{key: getattr(entry, key) for key in keys} for entry in chosen])
        return
    for entry in chosen:
        print(f"{entry.name:<16}{entry.kind:<8}{entry.objects:>7,}  {entry.summary}")
        if name:
            print(f"  source: {entry.source}\n  licence: {entry.licence}")
            print(f"  splits: {', '.join(entry.splits) or 'none'}; {'bundled' if entry.bundled else 'downloaded, or --data-dir'}")
    first = next((entry for entry in chosen if entry.bundled), chosen[0])
    output.print_next(f"gausscape fit {first.name} --out {first.name}.space{'' if first.bundled else ' --data-dir FOLDER'}")


def _sample_command(space: "Space", folder: Path, least: float) -> str:
    """To sample at the rarest usual level, from `least` on, that the calibration of the space certifies."""
    certified = next((level for level in (0.001, 0.01, 0.1) if level >= max(least, space.of_codes.floor)), None)
    level = [] if certified is None else ["--exceedance", f"{certified:g}"]
    return shlex.join(["gausscape", "sample", str(folder), *level, "--out", "samples.png" if certified is None else "rare.png"])


def _piped(source: str) -> str:
    return " < FILE" if source == "-" else ""
