"""The command stress: what does y do in the tails, beyond everything seen and in the worst case nearby; is it worse than before?"""

__all__ = ["stress"]

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gausscape.cli.answering import TABLES, answering, refuse_folder, refuse_idle, refuse_taken, tell
from gausscape.cli.app import Json, Overwrite, Seed, SpaceFolder, app
from gausscape.cli.asking import Batch, Budget, Name, OutcomeSource, Target, Timeout, Trust, try_outcome
from gausscape.cli.given import SAMPLED, Given, Percentile, Radius, open_space, pick
from gausscape.cli.shards import Engine, Workers, as_chunks, refuse_folder_of_shards
from gausscape.cli.sources import Reading, Source, reads_source
from gausscape.errors import ConfigurationError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gausscape.items import Items
    from gausscape.outcome import Outcome
    from gausscape.scale.failure_counts import FailureCounts
    from gausscape.stress_testing import StressTest
    from gausscape.stress_testing.comparison import StressComparison
    from gausscape.stress_testing.tolerance import Checked, Tolerance

FOR_THE_NEXT = ("target", "referee", "timeout", "trust")
LEAST_CALLS = 100
BROKEN = 3
"""Exit status when a stated tolerance is broken: the test ran, and says no."""


@app.command()
@reads_source
def stress(
    context: typer.Context,
    space: SpaceFolder,
    source: Source,
    outcome: OutcomeSource,
    fails: Annotated[
        str | None,
        typer.Option(metavar="RULE", help="What a failure is: 'y < 0.2', 'label != 7', 'wrong label'; unset: none."),
    ] = None,
    exceedance: Annotated[
        list[float] | None, typer.Option(metavar="P", help="Probability to go out to; repeat. Unset: 0.1, 0.01, 0.001, as certified.")
    ] = None,
    tail: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAIL", help="radial, uniform, 'axis 1', 'towards 7', 'up tenure'; repeat. Unset: radial."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="Scenarios that fulfil it: 'age > 70 and balance < 0'; repeat."),
    ] = None,
    constraint: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="What all generated rows must hold: 'age between 18 and 95'; repeat."),
    ] = None,
    referee: Annotated[
        str | None, typer.Option(metavar="Y", help="Second model that judges what is a failure; given like --outcome.")
    ] = None,
    around: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Look for the worst case around this object; repeat.")
    ] = None,
    radius: Radius = None,
    percentile: Percentile = None,
    calls: Annotated[
        int,
        typer.Option(
            min=0, metavar="N", help="Objects that y may be asked about for the failure probability; 0: none."
        ),
    ] = 3000,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="YAML with more: each, at_least, beyond, rays, temperature, strength, bins, goal."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD", help="Folder of an earlier test: meet its scenarios again, and tell the difference."
        ),
    ] = None,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT",
            help="Exit with 3 if it is broken: 'failures <= 5% at 1%', 'probability <= 0.001', 'errors <= 0', 'worse <= 2%'; repeat.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Count a limit as broken that is not proven to hold.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the limits as JUnit XML.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the test as a folder, for --against.")] = None,
    figures: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the figures into this folder.")] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each scenario: .csv or .parquet.")
    ] = None,
    counts: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also ask y about every object of SOURCE, in shards, and count failures by exceedance; goes on where it was cut off. "
            "The test itself takes a sample of a SOURCE that is larger than memory.",
        ),
    ] = None,
    scenarios: Annotated[
        int, typer.Option(min=0, metavar="N", help="With --counts: count failures of so many drawn scenarios as well.")
    ] = 0,
    engine: Engine = None,
    workers: Workers = 1,
    target: Target = None,
    name: Name = "y",
    batch: Batch = 256,
    budget: Budget = None,
    timeout: Timeout = None,
    trust: Trust = False,
    reading: Reading = Given,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Stress y: scenarios at stated probabilities and beyond, what fails there, and how likely that is.

    SOURCE is best unseen by the fit; with labels, hits are sorted into faults of the model and objects that changed class.
    """
    refuse_taken(table, "--table", TABLES, overwrite=overwrite)
    refuse_taken(junit, "--junit", (".xml",), overwrite=overwrite)
    refuse_folder(out, "--out", overwrite=overwrite)
    refuse_folder(figures, "--figures", overwrite=overwrite)
    _refuse_clash(out, figures)
    _refuse_useless(context, with_rule=fails is not None or against is not None, around=around, tolerance=tolerance)
    if counts is None:
        refuse_idle(context, ("engine", "scenarios", "workers"), "A test without --counts")
    else:
        refuse_folder_of_shards(counts, "--counts")
    if 0 < calls < LEAST_CALLS:
        raise ConfigurationError(f"--calls needs {LEAST_CALLS} or more, or 0 for none, but got {calls}. Change it.")
    given = reading(source)
    started = time.monotonic()
    comparison: StressComparison | None = None
    counted: FailureCounts | None = None
    with answering(as_json):
        from gausscape.outcome import Outcome
        from gausscape.scale.counting import count_failures
        from gausscape.stress_testing import load_stress_test, stress_test
        from gausscape.stress_testing.stress_test import usual_levels
        from gausscape.stress_testing.tolerance import check_tolerances, read_tolerance

        asked = [read_tolerance(each) for each in tolerance or ()]
        loaded = open_space(space)
        old = None
        if against is not None:
            constraint = _constraints_of(against, constraint)
        if constraint:
            loaded = loaded.constrained(constraint)
        if against is not None:
            old = load_stress_test(against, loaded)
        design, arguments = _asked(
            context, old, config,
            exceedance=exceedance, tails=tail, where=where, fails=fails, calls=calls, seed=seed, radius=radius, percentile=percentile,
        )  # fmt: skip
        levels = arguments["exceedance"] or usual_levels(loaded)
        _refuse_unmeasured(asked, arguments | {"exceedance": levels}, with_old=old is not None)
        if old is not None and old.settings["referee_given"] and referee is None:
            raise ConfigurationError(
                f"The test in {against} was judged by {old.referee}, but no --referee came. Give the same one."
            )
        chunks = None if counts is None else as_chunks(given, loaded)
        items = given.load_or_sample(loaded, seed=seed) if chunks is None else chunks.sample(SAMPLED, seed=seed)
        if chunks is not None and not arguments["fails"]:
            raise ConfigurationError("--counts needs a failure rule, but none came. State one: --fails 'y < 0.2'.")
        centres = None
        if around:
            import numpy as np

            ids = items.ids.astype(str)
            rows = [int(np.flatnonzero(ids == str(pick(items, each).ids[0]))[0]) for each in dict.fromkeys(around)]
            centres = items.take(rows)
        loaded.codec.tensors(items)
        planned = _planned(arguments | {"exceedance": levels}, design, len(centres) if centres is not None else 0)
        if budget is not None and budget < planned:
            raise ConfigurationError(
                f"The test may ask y about {planned:,} objects and needs some hundreds more for its checks, but --budget {budget} "
                "came. Raise it, or lower --calls."
            )
        y, checked = try_outcome(
            outcome, items, name=name, target=target, batch=batch, budget=budget, timeout=timeout, trust=trust,
            planned=planned,
        )  # fmt: skip
        second = None
        try:
            if referee is not None:
                second = Outcome.of(referee, name=referee, batch=batch, timeout=timeout, trust=trust)
                second = _tried(second, items, target)
            test = stress_test(loaded, y, items, design=design, referee=second, around=centres, **arguments)
            if chunks is not None and counts is not None:
                counted = count_failures(
                    loaded if constraint else space, y, chunks, out=counts, fails=arguments["fails"], scenarios=scenarios, seed=seed,
                    engine=engine or "local", workers=workers, progress=True,
                )  # fmt: skip
        finally:
            y.close()
            if second is not None:
                second.close()
        if old is not None:
            comparison = test.against(old)
        if out is not None:
            # Kept before anything is said of it: a limit that cannot be checked must not cost the run.
            test.save(out, overwrite=overwrite)
        limits = check_tolerances(tolerance or (), test, comparison)
        _write(test, comparison, limits, figures=figures, table=table, junit=junit, overwrite=overwrite, strict=strict,
               seconds=time.monotonic() - started)  # fmt: skip
    parts = [str(test), *([f"\n{comparison}"] if comparison else []), *(["", *map(str, limits)] if limits else [])]
    parts += [f"\n{counted}"] if counted else []
    document = {"check": checked.document()} | test.document()
    document["comparison"] = None if comparison is None else comparison.document()
    document["failure_counts"] = None if counted is None else counted.document()
    document["tolerances"] = [_limit(each, strict) for each in limits]
    tell(
        "\n".join(parts),
        as_json=as_json,
        document=document,
        written={"counts": counts, "test": out, "figures": figures, "table": table, "junit": junit},
        following=_following(
            ["gausscape", "stress", str(space), *given.words, "--outcome", outcome, *_kept(context, FOR_THE_NEXT)],
            test,
            fails=fails,
            out=out,
            against=against,
        ),
    )
    if any(each.is_broken(strict=strict) for each in limits):
        raise typer.Exit(BROKEN)


def _refuse_clash(out: Path | None, figures: Path | None) -> None:
    if out is not None and figures is not None and out.absolute() == figures.absolute():
        raise ConfigurationError(
            f"--out and --figures need a folder each, but both are {out}. Choose another name for one of them."
        )


def _refuse_useless(
    context: typer.Context, *, with_rule: bool, around: list[str] | None, tolerance: list[str] | None
) -> None:
    """Refuse options that would do nothing for want of another one."""
    if not with_rule:
        refuse_idle(context, ("calls", "referee"), "A test without --fails")
    if not around:
        refuse_idle(context, ("radius", "percentile"), "A test without --around")
    if not tolerance:
        refuse_idle(context, ("junit", "strict"), "A test without --tolerance")


def _refuse_unmeasured(asked: "Sequence[Tolerance]", arguments: dict[str, Any], *, with_old: bool) -> None:
    """Refuse limits of what this test will not measure, before it costs anything."""
    for each in asked:
        told = f"--tolerance {each.text!r} needs"
        if each.what == "worse" and not with_old:
            raise ConfigurationError(f"{told} an earlier test to compare with, but none came. Give it as --against.")
        if each.what != "errors" and not arguments["fails"]:
            raise ConfigurationError(f"{told} a failure rule, but none came. State one: --fails 'y < 0.2'.")
        if each.what == "probability" and not arguments["calls"]:
            raise ConfigurationError(f"{told} a failure probability, but --calls is 0. Give {LEAST_CALLS} or more.")
        if each.level is not None and not any(abs(p / each.level - 1) < 1e-6 for p in arguments["exceedance"]):
            levels = ", ".join(f"{p:g}" for p in arguments["exceedance"])
            raise ConfigurationError(
                f"{told} that level, but the test goes to {levels}. Choose one, or add --exceedance."
            )


def _constraints_of(against: Path, stated: list[str] | None) -> list[str] | None:
    from gausscape.space.folder import read_folder

    if not any((against / name).is_file() for name in ("stress.json", "scenarios.parquet")):
        raise MissingFileError(
            f"--against needs the folder of an earlier stress test, but {against} is none. Run one with --out."
        )
    kept = read_folder(against).documents.get("stress.json", {})
    own = kept.get("settings", {}).get("constraints", []) if isinstance(kept, dict) else []
    if stated and list(stated) != own:
        raise ConfigurationError(
            "--against meets the scenarios of the old test, with its constraints, but other ones came. "
            "Leave --constraint away."
        )
    return own or None


def _asked(
    context: typer.Context, old: "StressTest | None", config: Path | None, **given: Any
) -> tuple[Any, dict[str, Any]]:
    """(design, the other arguments of `stress_test`): those of the command line, or all those of an earlier test."""
    import dataclasses

    from gausscape.stress_testing import Design

    own = {"exceedance", "tail", "where", "fails", "calls", "seed", "config"}
    typed = [each for each in own if getattr(context.get_parameter_source(each), "name", "") == "COMMANDLINE"]
    if old is not None:
        if changed := sorted(set(typed) - {"calls"}):
            told = [f"--{each}" for each in changed]
            words = " and ".join([", ".join(told[:-1]), told[-1]] if told[:-1] else told)
            raise ConfigurationError(
                f"--against meets the scenarios of the old test again, with its rule and settings, but {words} came. "
                f"Leave {'it' if len(told) == 1 else 'them'} away, or run without --against."
            )
        arguments = old.arguments
        design = arguments.pop("design")
        if "calls" in typed:
            arguments["calls"] = given["calls"]
        places = {name: given[name] for name in ("radius", "percentile") if given[name] is not None}
        return dataclasses.replace(design, **places), arguments
    settings = _from_file(config) if config else {}
    design = Design(**settings | {name: given[name] for name in ("radius", "percentile") if given[name] is not None})
    return design, {
        "exceedance": tuple(dict.fromkeys(given["exceedance"])) if given["exceedance"] else None,
        "tails": tuple(dict.fromkeys(given["tails"] or ("radial",))),
        "where": tuple(dict.fromkeys(given["where"] or ())),
        "fails": given["fails"],
        "calls": given["calls"],
        "seed": given["seed"],
    }


def _from_file(config: Path) -> dict[str, Any]:
    import dataclasses

    from gausscape.configuration import read_settings, where
    from gausscape.stress_testing import Design

    settings = read_settings(config)
    known = [field.name for field in dataclasses.fields(Design)]
    for key in settings:
        if key not in known:
            raise ConfigurationError(
                f"{config} has the entry {key!r}{where(settings, key)}; known are {', '.join(known)}. Correct it."
            )
    return dict(settings)


def _tried(second: "Outcome", items: "Items", target: str | None) -> "Outcome":
    """The second model, asked once; one that needs a target reads that of the first, if it has one."""
    few = items.take(range(min(len(items), 8)))
    answers = second.naming_classes()(few)
    if second.lacks_target and target is not None:
        second = second.with_target(target)
        answers = second(few)
    if len(answers.failures) == len(few):
        first = answers.failures[0]
        raise ConfigurationError(
            f"--referee needs a model that answers real objects, but {second.name} answered none of {len(few)}: {first.kind}: "
            f"{first.message}. Mend it, or choose another."
        )
    return second


def _planned(arguments: dict[str, Any], design: Any, centres: int) -> int:
    groups = len(arguments["tails"]) * len(arguments["exceedance"]) + len(arguments["where"])
    curves = len(arguments["tails"]) * design.rays * 13
    return 2 * groups * design.each + curves + (arguments["calls"] if arguments["fails"] else 0) + 500 * centres


def _limit(checked: "Checked", strict: bool) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(checked) | {"state": checked.state.value, "is_broken": checked.is_broken(strict=strict)}


def _write(
    test: "StressTest",
    comparison: "StressComparison | None",
    limits: "tuple[Checked, ...]",
    *,
    figures: Path | None,
    table: Path | None,
    junit: Path | None,
    overwrite: bool,
    strict: bool,
    seconds: float,
) -> None:
    from gausscape.cli.tables import write_table
    from gausscape.space.durable import write_bytes
    from gausscape.stress_testing.junit import junit_bytes

    if table is not None:
        write_table(test.scenarios.columns(), table)
    if junit is not None:
        write_bytes(junit, junit_bytes(limits, name=f"stress test of {test.outcome}", seconds=seconds, strict=strict))
    if figures is not None:
        from gausscape.figures import save_figure
        from gausscape.figures.stress_figures import draw_all

        figures.mkdir(exist_ok=overwrite)
        for stem, figure in draw_all(test, comparison).items():
            save_figure(figure, figures / f"{stem}.png")


def _kept(context: typer.Context, names: "Sequence[str]") -> list[str]:
    """Options that were typed, to be typed again."""
    words: list[str] = []
    for name in names:
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE":
            words += [f"--{name}"] if context.params[name] is True else [f"--{name}", str(context.params[name])]
    return words


def _following(
    words: list[str], test: "StressTest", *, fails: str | None, out: Path | None, against: Path | None
) -> list[str]:
    if against is not None:
        return [*words, "--against", str(against), "--tolerance", "worse <= 2%", "--junit", "stress.xml"]
    if fails is None:
        return [*words, "--fails", _some_rule(test), "--figures", "figures"]
    if out is None:
        return [*words, "--fails", fails, "--out", "stress"]
    return [*words, "--against", str(out), "--tolerance", "worse <= 2%"]


def _some_rule(test: "StressTest") -> str:
    """A bound that some scenarios of this test pass."""
    import numpy as np

    known = test.scenarios.y[np.isfinite(test.scenarios.y)]
    return f"y < {np.quantile(known, 0.05):.3g}" if len(known) else "y < 0.2"
