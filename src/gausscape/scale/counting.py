"""The verb: how often does y fail over any number of objects, by how unusual they are?"""

__all__ = ["count_failures"]

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gausscape.errors import ConfigurationError
from gausscape.scale.asked_outcome import AskedOutcome
from gausscape.scale.band_counts import EDGES, BandCounts
from gausscape.scale.count_work import CountSource, CountWork, DrawnScenarios, RealObjects, rule_for
from gausscape.scale.engine import find_engine
from gausscape.scale.failure_counts import FailureCounts
from gausscape.scale.kept_space import keep_space, place_space
from gausscape.scale.run_folder import start_run
from gausscape.scale.running import about_source, as_chunks, few_of, run_shards
from gausscape.scale.score_work import ROWS_AT_ONCE
from gausscape.space.saving import versions
from gausscape.stress_testing.failures.failure_rule import Wrong

if TYPE_CHECKING:
    from gausscape.space.space import Space

SHARD = 10_000
"""Scenarios of a shard."""


def count_failures(
    space: "Space | str | Path",
    outcome: Any,
    data: Any,
    *,
    out: str | Path,
    fails: str,
    scenarios: int = 0,
    seed: int = 0,
    engine: str = "local",
    workers: int = 1,
    progress: bool = False,
) -> FailureCounts:
    """Ask y about every object of a source, and about drawn scenarios, and count its failures by exceedance.

    The counts depend on the data, the space, y and the settings, not on the engine, the number of workers, or how often the run
    was cut off: called again with the same arguments, it does only what is missing.

    Args:
        space: A fitted space, or its folder; workers load it from there.
        outcome: y: an Outcome, or what makes one; "module:function" goes to every kind of worker.
        data: Chunks (`gausscape.scan_data`), or what makes them.
        out: Folder for the shards' counts and `failures.json`, new or begun by the same run.
        fails: What a failure is: "y < 0.2", "label != 7"; "wrong label" where the objects have labels of their own. An object
            without an answer is a failure of any rule.
        scenarios: How many to draw from the calibrated law besides.
        seed: Of the scenarios.
        engine: "local" or "ray".
        workers: How many at a time, each on one thread.
        progress: Whether to tell on standard error how far it is.

    Returns:
        FailureCounts.

    Raises:
        ConfigurationError: If the rule is not understood, cannot be put to this y or to scenarios, or the folder holds another run.
        DataError: If an object is not of the kind that was fitted.
        StoppedError: If shards were given up because their workers died; the others are kept.
    """
    if scenarios < 0:
        raise ConfigurationError(f"scenarios needs to be 0 or more, but got {scenarios}. Pass 0 for none.")
    rule = rule_for(fails, None)
    if scenarios and isinstance(rule, Wrong):
        raise ConfigurationError(
            f"Scenarios have no label of their own, which {fails!r} needs. Leave scenarios away, or name one label: 'label != 7'."
        )
    folder, chunks = Path(out).absolute(), as_chunks(data)
    chosen = find_engine(engine, workers)
    kept, loaded = place_space(space, folder)
    few = few_of(chunks)
    y = AskedOutcome.of(outcome, few)
    # Put to the first answers, so that a rule that does not suit y is told before the work begins.
    rule.bind(y.outcome, seen=y.outcome.afresh()(few))
    sources: list[CountSource] = [RealObjects(chunks)]
    if scenarios:
        sizes = [min(SHARD, scenarios - start) for start in range(0, scenarios, SHARD)]
        sources.append(DrawnScenarios(tuple(sizes), seed))
    work = CountWork(tuple(sources), kept, y, rule.words)
    told = {
        "what": "failures",
        "source": about_source(chunks),
        "space": {"name": loaded.record["name"], "digest": kept.digest},
        "outcome": y.told,
        "fails": rule.words,
        "scenarios": scenarios,
        "seed": seed if scenarios else None,
        "edges": list(EDGES),
        "rows_at_once": ROWS_AT_ONCE,
        "versions": versions(),
    }
    run = start_run(folder, told)
    keep_space(kept, loaded)
    ran = run_shards(work, run, work.sizes, engine=chosen, progress=progress)
    counts = {
        source.name: BandCounts.merged(
            BandCounts.from_document(line["summary"]["bands"]) for line in ran.lines if line["summary"]["source"] == source.name
        )
        for source in sources
    }
    answer = FailureCounts(told, counts["real"], counts.get("drawn"))
    answer.save(folder / "failures.json")
    run.close(ran.lines, answer.document()["counts"], told)
    return answer
