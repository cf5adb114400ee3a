"""The command score: how unusual is each object, in one file, or in a folder of shards for any number of them?"""

__all__ = ["score"]

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gausscape.cli import output
from gausscape.cli.answering import answering, refuse_idle
from gausscape.cli.app import Json, Seed, SpaceFolder, app
from gausscape.cli.asking import Target, Trust, try_outcome
from gausscape.cli.given import Given, open_space
from gausscape.cli.shards import Engine, Workers, as_chunks, refuse_folder_of_shards
from gausscape.cli.sources import Reading, Source, reads_source
from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.scale.scored import Scored

FILES = (".parquet", ".csv")
OF_SHARDS = ("outcome", "engine", "workers", "target", "trust")


@app.command()
@reads_source
def score(
    context: typer.Context,
    space: SpaceFolder,
    source: Source,
    out: Annotated[Path, typer.Option(help="File to write (.parquet or .csv), or a folder: SOURCE is then scored in shards.")],
    draws: Annotated[int, typer.Option(min=1, help="Posterior draws of the log-likelihood bound.")] = 100,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Of exceedance, lower, upper, support, nearest, neighbours, cycle, residual, combined, log_likelihood_bound (by far "
            "the dearest). Unset: all in a file, the first four in a folder.",
        ),
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(metavar="Y", help="Into a folder: ask y about each object too; given as module:function, say.")
    ] = None,
    engine: Engine = None,
    workers: Workers = 1,
    target: Target = None,
    trust: Trust = False,
    reading: Reading = Given,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Give each object of SOURCE its exceedance with an interval, its support label and its log-likelihood bound.

    With a folder as --out, SOURCE may be larger than memory (Parquet, or a folder of it), and a run that was cut off goes on
    where it stood.
    """
    given = reading(source)
    if out.suffix.lower() in FILES:
        refuse_idle(context, OF_SHARDS, f"Scoring into one file ({out})")
        result = _into_a_file(space, given, out, columns=_names(columns), draws=draws, seed=seed)
    else:
        refuse_folder_of_shards(out)
        with answering(as_json):
            result = _into_shards(
                space, given, out,
                columns=columns, outcome=outcome, target=target, trust=trust,
                draws=draws, seed=seed, engine=engine or "local", workers=workers,
            )  # fmt: skip
    if as_json:
        output.print_json(result["document"])
        return
    print(result["text"])
    print(f"\nThe scores: {out}")
    following = ["gausscape", "map", str(space), "--data", *given.words, "--out", "map.png"]
    output.print_next(shlex.join(following) + (" < FILE" if source == "-" else ""))


def _into_shards(
    space: Path, given: Given, out: Path, *, columns: str | None, outcome: str | None, target: str | None, trust: bool, **settings: Any
) -> dict[str, Any]:
    from gausscape.scale.columns import DEFAULT
    from gausscape.scale.running import few_of
    from gausscape.scale.scoring import score_data

    chunks, y = as_chunks(given, open_space(space)), None
    if outcome is not None:
        y, _ = try_outcome(
            outcome, few_of(chunks), name="y", target=target, batch=256, budget=None, timeout=None, trust=trust, planned=len(chunks)
        )  # fmt: skip
    wanted = _names(columns)
    scored: Scored = score_data(
        space, chunks, out, columns=DEFAULT if wanted is None else wanted, outcome=y, progress=True, **settings
    )
    return {"text": str(scored), "document": scored.document()}


def _names(columns: str | None) -> list[str] | None:
    return None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]


def _into_a_file(
    space: Path, given: Given, out: Path, *, columns: list[str] | None, draws: int, seed: int
) -> dict[str, Any]:
    import numpy as np

    from gausscape.cli.tables import write_table
    from gausscape.scale.columns import BOUND, check_columns, compute_columns

    output.require_suffix(out, FILES)
    loaded = open_space(space)
    if given.scan_if_large() is not None:
        raise ConfigurationError(
            f"--out {out} is one file, written from memory, but {given.source} is a folder of Parquet files, or larger than an eighth "
            f"of the memory. Give --out a folder: --out {out.with_suffix('')}."
        )
    items = given.load(loaded)
    if columns is None:
        scores = loaded.assess(items) | {BOUND: loaded.score_samples(items, draws=draws, seed=seed)}
    else:
        scores = compute_columns(loaded, items, check_columns(columns, loaded), draws=draws, seed=seed)
    ids = items.ids.astype(str)
    write_table({"id": ids} | scores, out)
    lines, document = [f"{len(items):,} objects"], {"out": str(out), "objects": len(items)}
    if "support" in scores:
        labels, counts = np.unique(scores["support"], return_counts=True)
        document["support"] = dict(zip(labels.tolist(), counts.tolist(), strict=True))
        lines[0] += ": " + ", ".join(f"{count:,} {label}" for label, count in document["support"].items())
    if "exceedance" in scores:
        p = scores["exceedance"]
        document["shares"] = {f"exceedance <= {level:g}": float((p <= level).mean()) for level in (0.1, 0.01)}
        lines += [f"  share with {name}: {share:.2%}" for name, share in document["shares"].items()]
        lines.append("  most unusual: " + ", ".join(f"{ids[row]} ({p[row]:.2g})" for row in np.argsort(p, kind="stable")[:5]))
    if BOUND in scores:
        document["mean_log_likelihood_bound"] = float(scores[BOUND].mean())
    return {"text": "\n".join(lines), "document": document}
