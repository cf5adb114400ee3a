"""compare_methods: the same objects, the same seeds and the same unseen objects for each method."""

__all__ = ["compare_methods"]

import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from gausscape.errors import CalibrationError, ConfigurationError, DataError, DivergenceError
from gausscape.items import Items
from gausscape.method_comparison.measuring import Judge, Measured
from gausscape.method_comparison.report import MethodComparison, Run
from gausscape.modality import Modality, find_modality, recognise
from gausscape.training.fitting import METHODS, fit
from gausscape.training.gan.guard import CollapseWarning
from gausscape.training.schedule import Schedule
from gausscape.training.splits import split_objects

FEWEST_HELD_OUT = 20


def compare_methods(
    data: Any,
    *,
    methods: Sequence[str] = ("vae", "gan", "pca"),
    seeds: int = 5,
    held_out: Any = None,
    latent: int | None = None,
    modality: str | dict | Modality | None = None,
    schedules: Mapping[str, Schedule] | None = None,
    progress: bool = False,
) -> MethodComparison:
    """Fit each method with each seed, and measure all of them by the same unseen objects.

    Args:
        data: What `fit` takes.
        methods: Names of methods of `fit`.
        seeds: How many fits of each method, with the seeds 0, 1, 2, ...
        held_out: Objects that no fit sees; None to keep 30% of the data back, the same for all fits.
        latent: Latent coordinates of all of them; None for the modality's suggestion.
        modality: The kind of data, if it cannot be recognised, with its options.
        schedules: Budget of a method, by its name; the method's own default for others.
        progress: Tell each fit on standard error.

    Returns:
        MethodComparison: print it, plot it, `save` it. A fit that fails or collapses is counted, not hidden.

    Raises:
        ConfigurationError: If a method or schedule is unknown, or cannot fit this kind of data.
        DataError: If there are too few objects.

    Example:
        >>> spots = np.random.default_rng(0).uniform(size=(200, 4, 4)).astype("float32")
        >>> found = compare_methods(spots, methods=["pca"], seeds=2, latent=2)
        >>> len(found.runs), found.failures("pca")
        (2, 0)
    """
    methods = tuple(dict.fromkeys([methods] if isinstance(methods, str) else methods))
    schedules = dict(schedules or {})
    _check(methods, seeds, schedules)
    items = Items.of(data)
    kind = _kind(modality, items)
    if held_out is None:
        split = split_objects(kind.to_tensors(items.values), seed=0)
        unseen = items.take(np.sort(np.concatenate([split.calibration, split.audit])))
        items = items.take(np.sort(np.concatenate([split.fit, split.validation])))
    else:
        unseen = Items.of(held_out)
    if len(unseen) < FEWEST_HELD_OUT:
        raise DataError(
            f"A comparison needs at least {FEWEST_HELD_OUT} unseen objects, but there are {len(unseen)}. "
            "Pass more data, or held_out=."
        )
    # The kind of data is learned once, from what may be seen, so that all fits have the same cells.
    kind = _kind(modality, items)
    judge = Judge(kind, unseen)
    runs, distances = [], {}
    for seed in range(seeds):
        for method in methods:
            run, measured = _one(judge, items, kind, method, seed, latent=latent, schedule=schedules.get(method))
            runs.append(run)
            if measured is not None:
                distances[method, seed] = measured.distances
            if progress:
                _tell(run)
    return MethodComparison(
        name=items.name,
        kind=kind.name,
        objects={"fitted": len(items), "unseen": len(judge.objects)},
        methods=methods,
        seeds=seeds,
        runs=tuple(runs),
        agreement={method: _agreement(method, seeds, distances) for method in methods},
    )


def _check(methods: tuple[str, ...], seeds: int, schedules: Mapping[str, Schedule]) -> None:
    for method in methods:
        if method not in METHODS:
            raise ConfigurationError(f"methods needs names of {', '.join(METHODS)}, but got {method!r}. Choose some.")
    if not methods:
        raise ConfigurationError(f"methods needs at least one of {', '.join(METHODS)}, but got none. Choose some.")
    if not isinstance(seeds, int) or isinstance(seeds, bool) or not 1 <= seeds <= 1000:
        raise ConfigurationError(f"seeds needs a whole number from 1 to 1,000, but got {seeds!r}. Pass seeds=5.")
    for method in schedules:
        if method not in methods:
            raise ConfigurationError(
                f"schedules names {method!r}, which is not compared ({', '.join(methods)}). Remove it."
            )


def _kind(asked: str | dict | Modality | None, items: Items) -> Modality:
    if isinstance(asked, Modality):
        return asked
    options = {key: value for key, value in asked.items() if key != "name"} if isinstance(asked, dict) else {}
    name = (asked.get("name") if isinstance(asked, dict) else asked) or items.modality
    return (find_modality(name) if name else recognise(items.values)).infer(items.values, **options)


def _one(
    judge: Judge, items: Items, kind: Modality, method: str, seed: int, *, latent: int | None, schedule: Schedule | None
) -> tuple[Run, Measured | None]:
    began = time.process_time()
    try:
        with warnings.catch_warnings():
            # A collapse is counted in the report.
            warnings.simplefilter("ignore", CollapseWarning)
            space = fit(items, method=method, latent=latent, modality=kind, schedule=schedule, seed=seed)
        measured = judge.measure(space, fit_seconds=time.process_time() - began)
    except (DivergenceError, CalibrationError) as error:
        # Only what a seed can be to blame for; a wrong call is one for all seeds.
        return Run(method, seed, failure=str(error)), None
    training = space.record["training"]
    return (
        Run(
            method,
            seed,
            values=measured.values,
            actual=measured.actual,
            holds=measured.holds,
            live=len(space.live_axes),
            collapsed=bool(training.get("collapsed", False)),
            setbacks=len(training.get("warnings", [])),
        ),
        measured,
    )


def _agreement(method: str, seeds: int, distances: Mapping[tuple[str, int], np.ndarray]) -> tuple[float, ...]:
    """Rank correlation of the distances of each two fits of a method."""
    found = [distances[method, seed] for seed in range(seeds) if (method, seed) in distances]
    return tuple(float(np.corrcoef(stats.rankdata(a), stats.rankdata(b))[0, 1]) for a, b in combinations(found, 2))


def _tell(run: Run) -> None:
    told = run.failure or ", ".join(f"{name} {value:.3g}" for name, value in run.values.items())
    print(f"{run.method}, seed {run.seed}: {told}{', collapsed' if run.collapsed else ''}", file=sys.stderr, flush=True)
