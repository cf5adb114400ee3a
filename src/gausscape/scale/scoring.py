"""The verb: score any number of objects in shards, each written once and for all, and go on where a run was cut off."""

__all__ = ["score_data"]

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gausscape.errors import ConfigurationError
from gausscape.scale.asked_outcome import AskedOutcome
from gausscape.scale.columns import BOUND, DEFAULT, check_columns
from gausscape.scale.engine import find_engine
from gausscape.scale.kept_space import keep_space, place_space
from gausscape.scale.run_folder import start_run
from gausscape.scale.running import about_source, as_chunks, few_of, run_shards
from gausscape.scale.score_summary import merge_summaries
from gausscape.scale.score_work import ROWS_AT_ONCE, ScoreWork
from gausscape.scale.scored import Scored
from gausscape.space.saving import versions

if TYPE_CHECKING:
    from gausscape.space.space import Space


def score_data(
    space: "Space | str | Path",
    data: Any,
    out: str | Path,
    *,
    columns: Sequence[str] = DEFAULT,
    outcome: Any = None,
    draws: int = 100,
    seed: int = 0,
    engine: str = "local",
    workers: int = 1,
    progress: bool = False,
) -> Scored:
    """Score all objects of a source, chunk by chunk, into a folder of Parquet files.

    The bytes depend on the data, the space and the settings, not on the engine, the number of workers, or how often the run was
    cut off: called again with the same arguments, it does only what is missing.

    Args:
        space: A fitted space, or its folder; workers load it from there.
        data: Chunks (`gausscape.scan_data`), or what makes them: a Parquet file, a folder of such files, whatever `load_data`
            reads.
        out: Folder to write, new or begun by the same run.
        columns: Cheapest first: "exceedance", "lower", "upper" (the encoder alone); "support", "nearest", "neighbours", "cycle",
            "residual", "combined" (the decoder and a search too); "log_likelihood_bound" (the decoder `draws` times).
        outcome: y, asked about every object: columns "y" and "y_failure". Objects that it fails on are kept as cases. The model
            is asked again about a shard whose worker died; the answers are counted once.
        draws: Of the bound.
        seed: Of the draws.
        engine: "local" (this machine) or "ray" (needs the extra `ray`).
        workers: How many at a time, each on one thread.
        progress: Whether to tell on standard error how far it is.

    Returns:
        Scored.

    Raises:
        ConfigurationError: If the folder holds another run (the differences are named), or an argument is impossible.
        DataError: If an object is not of the kind that was fitted; finished shards are kept.
        StoppedError: If shards were given up because their workers died; the others are kept.
    """
    if draws < 1:
        raise ConfigurationError(f"The bound needs at least 1 draw, but got {draws}. Pass draws=100 or so.")
    folder, chunks = Path(out).absolute(), as_chunks(data)
    chosen = find_engine(engine, workers)
    kept, loaded = place_space(space, folder)
    names = check_columns(columns, loaded)
    y = None if outcome is None else AskedOutcome.of(outcome, few_of(chunks))
    told = {
        "what": "scores",
        "source": about_source(chunks),
        "space": {"name": loaded.record["name"], "digest": kept.digest},
        "columns": list(names),
        "draws": draws if BOUND in names else None,
        "seed": seed if BOUND in names else None,
        "outcome": None if y is None else y.told,
        "rows_at_once": ROWS_AT_ONCE,
        "versions": versions(),
    }
    run = start_run(folder, told)
    keep_space(kept, loaded)
    work = ScoreWork(chunks, kept, names, draws, seed, y)
    ran = run_shards(work, run, chunks.sizes, engine=chosen, progress=progress)
    summary = merge_summaries(line["summary"] for line in ran.lines)
    run.close(ran.lines, summary, told)
    return Scored(folder, told, summary, shards=len(ran.lines), redone=ran.missing, damaged=ran.damaged)
