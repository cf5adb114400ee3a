"""The commands about local change: change, patch, explain. They register themselves on the app."""

__all__ = ["change", "explain", "patch"]

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gausscape.cli import output
from gausscape.cli.app import DataDir, IdColumn, Json, LabelColumn, Overwrite, Seed, Source, SpaceFolder, Split, app
from gausscape.errors import ConfigurationError, DataError, StorageError

if TYPE_CHECKING:
    from gausscape.items import Items
    from gausscape.outcome import Outcome

Picture = Annotated[Path | None, typer.Option("--out", help="Picture to write: .png or .svg.")]
Radius = Annotated[float | None, typer.Option(help="Radius of a patch, in standard deviations of the data's law.")]
Percentile = Annotated[
    float | None, typer.Option(help="Radius as a percentile of nearest-neighbour distances (0 to 100).")
]
OutcomeSource = Annotated[
    str,
    typer.Option(
        "--outcome", metavar="Y", help="y: module:function, a .onnx or .skops file, an MLflow folder, an http address."
    ),
]
Target = Annotated[str | None, typer.Option(help="Class or label whose probability is y.")]
Name = Annotated[str, typer.Option(help="What y is called in the answer.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Open model files that can run code of their own (pickle, joblib, MLflow).")
]
Timeout = Annotated[
    float | None, typer.Option(help="Seconds one call of y may take; y then runs in a process of its own.")
]
Budget = Annotated[int | None, typer.Option(min=1, help="The most objects that y may be asked about.")]

PICTURES = (".png", ".svg")


@app.command()
def change(
    space: SpaceFolder,
    source: Source,
    a: Annotated[
        str, typer.Argument(metavar="A", help="Id of the first object (its row number, if rows have no ids).")
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="Id of the second object.")],
    out: Picture = None,
    path: Annotated[
        str, typer.Option(help="straight, or geodesic: the way on which the object changes least.")
    ] = "straight",
    steps: Annotated[int, typer.Option(min=2, max=60, help="Objects on the path, both ends included.")] = 9,
    refit: Annotated[list[Path] | None, typer.Option(help="A space fitted with another seed; repeat for more.")] = None,
    data_dir: DataDir = None,
    split: Split = None,
    id_column: IdColumn = None,
    label_column: LabelColumn = None,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Measure the change from object A to object B of SOURCE: how far, in which direction, is that much?"""
    from gausscape.local_change import measure_change
    from gausscape.space.saving import load_space

    _check_picture(out, overwrite)
    loaded = load_space(space)
    items = _load(source, data_dir, split, id_column, label_column)
    answer = measure_change(
        loaded,
        _pick(items, a),
        _pick(items, b),
        path=path,
        steps=steps,
        refits=[load_space(folder) for folder in refit or []],
        seed=seed,
    )
    _tell(answer, out, as_json, f"gausscape patch {space} {source} {a} --out patch.png")


@app.command()
def patch(
    space: SpaceFolder,
    source: Source,
    centre: Annotated[str, typer.Argument(metavar="ID", help="Id of the object in the centre.")],
    radius: Radius = None,
    percentile: Percentile = None,
    out: Picture = None,
    data_dir: DataDir = None,
    split: Split = None,
    id_column: IdColumn = None,
    label_column: LabelColumn = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Look at the patch around an object of SOURCE: who lives there, what changes most, what is unusual near here."""
    from gausscape.space.saving import load_space

    _check_picture(out, overwrite)
    loaded = load_space(space)
    items = _load(source, data_dir, split, id_column, label_column)
    place = loaded.patch(_pick(items, centre), radius, percentile=percentile)
    if as_json:
        _draw(place, out)
        unusual = place.unusual(items)
        output.print_json(place.document() | {"unusual": unusual.document(), "out": None if out is None else str(out)})
        return
    print(place)
    print(f"\n{place.directions(min(5, len(loaded.live_axes)))}")
    print(f"\n{place.unusual(items)}")
    _draw(place, out)
    _end(out, f"gausscape explain {space} {source} --around {centre} --outcome module:function")


@app.command()
def explain(
    space: SpaceFolder,
    source: Source,
    outcome: OutcomeSource,
    around: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Explain the patch around this object; repeat for more.")
    ] = None,
    patches: Annotated[
        int | None, typer.Option(min=1, help="Explain this many random patches; 20 or more make a ledger.")
    ] = None,
    between: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Instead: split the change of y from object A to B.")
    ] = None,
    inputs_of: Annotated[
        str | None, typer.Option(metavar="ID", help="Instead: split y of this object over its inputs.")
    ] = None,
    radius: Radius = None,
    percentile: Percentile = None,
    calls: Annotated[int, typer.Option(min=64, help="Objects that y is asked about in each patch.")] = 512,
    rendering: Annotated[
        str | None, typer.Option(help="expected, drawn or carried; unset: what suits the data.")
    ] = None,
    least_fidelity: Annotated[
        float, typer.Option(min=0, max=1, help="Agreement below which nothing is explained.")
    ] = 0.9,
    population: Annotated[str, typer.Option(help="What the objects are called, in the plural.")] = "objects",
    target: Target = None,
    name: Name = "y",
    trust: Trust = False,
    timeout: Timeout = None,
    budget: Budget = None,
    out: Picture = None,
    data_dir: DataDir = None,
    split: Split = None,
    id_column: IdColumn = None,
    label_column: LabelColumn = None,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Explain what moves y: in patches, between two objects, or over the inputs of one. SOURCE is best unseen by the fit."""
    from gausscape.outcome import Outcome
    from gausscape.space.saving import load_space

    asked = [around is not None, patches is not None, between is not None, inputs_of is not None]
    if sum(asked) != 1:
        raise ConfigurationError(
            f"explain needs exactly one of --around ID, --patches N, --between A B or --inputs-of ID, but got {sum(asked)} of them. "
            "Pass --patches 60 for a ledger."
        )
    _check_picture(out, overwrite)
    loaded = load_space(space)
    items = _load(source, data_dir, split, id_column, label_column)
    if not os.path.exists(outcome):
        # A console script looks for modules beside itself; whoever types module:function means the folder they are in.
        sys.path.insert(0, os.getcwd())
    y = Outcome.of(outcome, name=name, target=target, trust=trust, timeout=timeout, budget=budget)
    answer: Any
    if between is not None:
        from gausscape.explanation import explain_change

        answer = explain_change(loaded, y, _pick(items, between[0]), _pick(items, between[1]))
    elif inputs_of is not None:
        from gausscape.explanation import explain_object

        answer = explain_object(loaded, y, _pick(items, inputs_of), data=items, calls=max(calls, 4096), seed=seed)
    else:
        answer = _explain_patches(
            loaded, y, items, around=around, patches=patches, radius=radius, percentile=percentile, calls=calls,
            rendering=rendering, least_fidelity=least_fidelity, population=population, seed=seed, quiet=as_json,
        )  # fmt: skip
    _tell(answer, out, as_json, f"gausscape map {space} --out map.png")


def _explain_patches(
    space: Any,
    y: "Outcome",
    items: "Items",
    *,
    around: list[str] | None,
    patches: int | None,
    radius: float | None,
    percentile: float | None,
    calls: int,
    rendering: str | None,
    least_fidelity: float,
    population: str,
    seed: int,
    quiet: bool,
) -> Any:
    from gausscape.explanation import Wording
    from gausscape.explanation import explain as explain_patches

    checked = y.check(items.take(range(min(len(items), 64))).values)
    if not quiet:
        print(f"{checked}\n")
    chosen: Any = patches
    if around is not None:
        chosen = [space.patch(_pick(items, each), radius, percentile=percentile) for each in around]
        radius = percentile = None
    return explain_patches(
        space, y, chosen, data=items, calls=calls, rendering=rendering, least_fidelity=least_fidelity,
        radius=radius, percentile=percentile, wording=Wording(population, y.name), seed=seed,
    )  # fmt: skip


def _load(
    source: str, data_dir: Path | None, split: str | None, id_column: str | None, label_column: str | None
) -> "Items":
    from gausscape.datasets import load

    return load(source, data_dir=data_dir, split=split, id_column=id_column, label_column=label_column)


def _pick(items: "Items", name: str) -> "Items":
    import numpy as np

    found = np.flatnonzero(items.ids.astype(str) == name)
    if not len(found):
        some = ", ".join(items.ids[:3].astype(str).tolist())
        raise DataError(
            f"{items.name} has {len(items):,} objects with ids like {some}, but none is called {name!r}. Choose one of its ids."
        )
    return items.take(found)


def _check_picture(out: Path | None, overwrite: bool) -> None:
    if out is None:
        return
    output.require_suffix(out, PICTURES)
    if out.exists() and not overwrite:
        raise StorageError(f"--out needs a free name, but {out} exists. Choose another, or pass --overwrite.")


def _draw(answer: Any, out: Path | None) -> None:
    if out is not None:
        from gausscape.figures import plot, save_figure

        save_figure(plot(answer), out)


def _tell(answer: Any, out: Path | None, as_json: bool, following: str) -> None:
    _draw(answer, out)
    if as_json:
        output.print_json(answer.document() | {"out": None if out is None else str(out)})
        return
    print(answer)
    _end(out, following)


def _end(out: Path | None, following: str) -> None:
    if out is not None:
        print(f"\nThe picture: {out}")
    output.print_next(following)
