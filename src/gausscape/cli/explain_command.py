"""The command explain: what moves y, in patches, between two objects, over the inputs of one, or over a plane?"""

__all__ = ["explain"]

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gausscape.cli.answering import PICTURES, TABLES, answering, refuse_idle, refuse_taken, tell, to_columns
from gausscape.cli.app import Json, Overwrite, Seed, SpaceFolder, app
from gausscape.cli.asking import Batch, Budget, Name, OutcomeSource, Target, Timeout, Trust, try_outcome
from gausscape.cli.given import Given, Percentile, Picture, Radius, draw_picture, open_space, pick
from gausscape.cli.sources import Reading, Source, reads_source
from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    from gausscape.items import Items
    from gausscape.outcome import Outcome
    from gausscape.space.patch import Patch
    from gausscape.space.space import Space

PAINTED = 500
LEDGER = 20
"""Patches from which on there is a ledger."""
OF_PATCHES = ("radius", "percentile", "calls", "rendering", "least_fidelity", "population", "phrase", "table")
USES = {
    "--around": OF_PATCHES,
    "--patches": OF_PATCHES,
    "--between": (),
    "--inputs-of": ("calls",),
    "--overlay": ("radius", "percentile"),
}
"""What can be asked of y, and which options each question takes beside those that all take."""


@app.command()
@reads_source
def explain(
    context: typer.Context,
    space: SpaceFolder,
    source: Source,
    outcome: OutcomeSource,
    around: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Explain the patch around this object; repeat for more.")
    ] = None,
    patches: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Explain N random patches; 20 or more make a ledger.")
    ] = None,
    between: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Split the change of y from object A to B.")
    ] = None,
    inputs_of: Annotated[str | None, typer.Option(metavar="ID", help="Split y of this object over its inputs.")] = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Paint y over a plane: around --around ID, or through the middle.")
    ] = False,
    radius: Radius = None,
    percentile: Percentile = None,
    calls: Annotated[
        int | None,
        typer.Option(
            min=64, metavar="N", help="Objects that y is asked about: 512 in each patch, 4096 for --inputs-of."
        ),
    ] = None,
    rendering: Annotated[
        str | None, typer.Option(metavar="HOW", help="expected, drawn or carried; unset: what suits the data.")
    ] = None,
    least_fidelity: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Agreement below which nothing is explained.")
    ] = 0.9,
    population: Annotated[
        str, typer.Option(metavar="TEXT", help="What the ledger calls the objects, in the plural.")
    ] = "objects",
    phrase: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FEATURE=TEXT", help="What the ledger calls a rise of a feature: 'tenure=a longer stay'; repeat."
        ),
    ] = None,
    target: Target = None,
    name: Name = "y",
    batch: Batch = 256,
    budget: Budget = None,
    timeout: Timeout = None,
    trust: Trust = False,
    out: Picture = None,
    table: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write each patch and feature: .csv or .parquet; a ledger to FILE-ledger."),
    ] = None,
    reading: Reading = Given,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Explain what moves y: in patches, between two objects, over the inputs of one, or over a plane.

    Needs one of --around, --patches, --between, --inputs-of and --overlay. SOURCE is best unseen by the fit.
    """
    mode = _what_is_asked(around=around, patches=patches, between=between, inputs_of=inputs_of, overlay=overlay)
    refuse_idle(context, {name for names in USES.values() for name in names} - set(USES[mode]), mode)
    refuse_taken(out, "--out", PICTURES, overwrite=overwrite)
    refuse_taken(table, "--table", TABLES, overwrite=overwrite)
    wanted = patches or len(around or [])
    ledger = None if table is None or wanted < LEDGER else table.with_name(f"{table.stem}-ledger{table.suffix}")
    refuse_taken(ledger, "--table", TABLES, overwrite=overwrite)
    calls = calls or (4096 if mode == "--inputs-of" else 512)
    given = reading(source)
    with answering(as_json):
        from gausscape.explanation import Explanation, Wording, explain_change, explain_object
        from gausscape.explanation import explain as explain_patches
        from gausscape.page.files import headed

        loaded = open_space(space)
        items = given.load_or_sample(loaded)
        named = [pick(items, each) for each in (*(around or ()), *(between or ()), *([inputs_of] if inputs_of else ()))]
        places = [loaded.patch(each, radius, percentile=percentile) for each in named] if around else None
        phrases = _read_phrases(phrase or [], loaded, items)
        # Data that do not belong to the space are told before y is asked about them.
        loaded.codec.tensors(items)
        planned = {"--around": wanted * calls, "--patches": wanted * calls, "--inputs-of": calls}.get(mode)
        if budget is not None and planned is not None and budget < planned:
            raise ConfigurationError(
                f"{mode} asks y about {planned:,} objects and needs some hundreds more for its checks, but --budget {budget} "
                "came. Raise it, or lower --calls."
            )
        y, checked = try_outcome(
            outcome, items, name=name, target=target, batch=batch, budget=budget, timeout=timeout, trust=trust,
            planned=planned,
        )  # fmt: skip
        answer: Any
        try:
            if mode == "--between":
                answer = explain_change(loaded, y, *named)
            elif mode == "--inputs-of":
                answer = explain_object(loaded, y, named[0], data=items, calls=calls, seed=seed)
            elif mode == "--overlay":
                place = places[0] if places else _middle(loaded, radius, percentile)
                answer = _paint(loaded, y, items, place, seed=seed)
            else:
                answer = explain_patches(
                    loaded, y, patches or places or [], data=items, calls=calls, rendering=rendering,
                    least_fidelity=least_fidelity, radius=radius if patches else None,
                    percentile=percentile if patches else None, wording=Wording(population, name, phrases), seed=seed,
                )  # fmt: skip
        finally:
            y.close()
        head = headed("explanation", loaded, answer) if isinstance(answer, Explanation) else {}
        if table is not None and isinstance(answer, Explanation):
            ledger = _write_tables(answer, table, ledger)
        if out is not None:
            draw_picture(answer, out)
    tell(
        str(answer),
        as_json=as_json,
        document=head | {"check": checked.document()} | answer.document(),
        written={"out": out} | ({"table": table, "ledger_table": ledger} if "table" in USES[mode] else {}),
        following=_after_explain(mode, [str(space), *given.words], outcome, str(items.ids[0]), between),
    )


def _what_is_asked(
    *,
    around: list[str] | None,
    patches: int | None,
    between: tuple[str, str] | None,
    inputs_of: str | None,
    overlay: bool,
) -> str:
    asked = {
        "--around": bool(around) and not overlay,
        "--patches": patches is not None,
        "--between": between is not None,
        "--inputs-of": inputs_of is not None,
        "--overlay": overlay,
    }
    found = [mode for mode, is_asked in asked.items() if is_asked]
    if len(found) != 1:
        came = " and ".join(found) or "none of them"
        raise ConfigurationError(
            f"explain needs one of --around ID, --patches N, --between A B, --inputs-of ID or --overlay, but got {came}. "
            "Pass --patches 60 for a ledger, say."
        )
    if overlay and len(around or []) > 1:
        raise ConfigurationError(
            f"--overlay needs one place, but {len(around or [])} came as --around. Give one, or none for the middle."
        )
    return found[0]


def _read_phrases(phrases: list[str], space: "Space", items: "Items") -> dict[str, str]:
    """What each feature's rise is called. A feature's name may hold = itself, as in 'Contract = Two year'."""
    if not phrases:
        return {}
    cells, _ = space.codec.observed(space.codec.tensors(items.take([0])))
    names = space.modality.features(cells).names
    found = {}
    for text in phrases:
        ends = [place for place, letter in enumerate(text) if letter == "="]
        cut = next((place for place in ends if text[:place].strip() in names and text[place + 1 :].strip()), None)
        if cut is None:
            import difflib

            near = difflib.get_close_matches(text.partition("=")[0].strip(), names, n=3) or names[:5]
            raise ConfigurationError(
                f"--phrase needs FEATURE=TEXT with a feature of this space ({', '.join(near)} ...), but got {text!r}. "
                "Name one as the answer does, and put the whole into quotes."
            )
        found[text[:cut].strip()] = text[cut + 1 :].strip()
    return found


def _middle(space: "Space", radius: float | None, percentile: float | None) -> "Patch | None":
    """A patch in the middle of the space; None for the usual one."""
    import numpy as np

    if radius is None and percentile is None:
        return None
    middle = space.aggregate.unwhiten(np.zeros((1, len(space.live_axes))))[0]
    return space.patch(middle, radius, percentile=percentile)


def _paint(space: "Space", y: "Outcome", items: "Items", place: "Patch | None", *, seed: int) -> Any:
    import numpy as np

    from gausscape.explanation import paint_outcome

    # y is asked about each object that is shown.
    shown = np.sort(np.random.default_rng([seed, 61]).permutation(len(items))[:PAINTED])
    return paint_outcome(space, y, patch=place, data=items.take(shown), seed=seed)


def _write_tables(answer: Any, table: Path, ledger: Path | None) -> Path | None:
    """Write patches and features, and the ledger beside them; returns the ledger's path if there is one."""
    from gausscape.cli.tables import write_table

    write_table(to_columns(answer.rows()), table)
    if ledger is None or answer.ledger is None:
        return None
    write_table(to_columns(answer.ledger.rows()), ledger)
    return ledger


def _after_explain(mode: str, words: list[str], outcome: str, some: str, between: tuple[str, str] | None) -> list[str]:
    if between is not None:
        return ["gausscape", "change", *words, *between, "--out", "change.png"]
    following = {
        "--around": ["--patches", "60"],
        "--patches": ["--overlay", "--out", "overlay.png"],
        "--inputs-of": ["--patches", "60"],
        "--overlay": ["--around", some],
    }
    return ["gausscape", "explain", *words, "--outcome", outcome, *following[mode]]
