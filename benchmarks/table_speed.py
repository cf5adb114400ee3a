"""How quick are tables prepared, trained on and drawn, and how good are rows after equally long fits? Against TVAE.

    pip install ctgan
    OMP_NUM_THREADS=1 python benchmarks/table_speed.py --data-dir DATA [--tables adult made] [--rounds 3] [--without quality]

DATA holds adult/adult.data and adult/adult.test (and telco-churn, for `--tables telco`); "made" is a generated table of 50,000 rows
and 20 columns, a quarter of them held out. TVAE is that of the `ctgan` package with its defaults. Everything is measured in CPU
seconds (user and system) of one thread; contestants take turns within a round, and ratios are taken within a round. Told are
medians [least, most]; a ratio above 1 says that gausscape is so many times quicker.

- preparation: rows a second through `Modality.infer` and `to_tensors`; TVAE: `DataTransformer.fit` and `transform`.
- presented: rows that a training loop looks at a second; ours is the real loop with the network and schedule that a fit takes,
  TVAE's its own, over rows that were prepared before.
- table: rows of the table a second of a whole training: its rows over the seconds that all that is presented in it would take
  (TVAE: 300 epochs; ours: the planned steps, though a fit may stop sooner).
- drawn: new rows a second in native form; TVAE: `sample`.
- quality, one fit each: both may take as long as a fit of gausscape does, preparation and (ours) calibration and audit included;
  TVAE trains for as many epochs as that leaves room for, at least one. Judged by `gausscape.quality` on held-out rows: the AUC of
  classifiers that tell generated from real (.5 is best), mean distance of columns and of associations (0 is best).
"""

import argparse
import importlib.util
import statistics
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

import gausscape as gs
from asking_speed import generated
from gausscape.modality import find_modality
from gausscape.quality import measure_quality
from table_quality import Table, our_rate, planned, read_adult, read_telco, suggested

ROWS = 50_000
BRIEF_STEPS = 150
BRIEF_ROWS = 75_000
EPOCHS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="folder with adult and telco-churn")
    parser.add_argument("--tables", nargs="*", choices=("adult", "telco", "made"), default=["adult", "made"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", nargs="*", choices=("quality",), default=[])
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="ctgan|rdt|sklearn|pandas")
    if importlib.util.find_spec("ctgan") is None:
        raise SystemExit("TVAE was not measured: ctgan is not installed. Run: pip install ctgan")
    for name in options.tables:
        if name != "made" and options.data_dir is None:
            print(f"{name} was skipped: it needs --data-dir.")
            continue
        table = made(ROWS) if name == "made" else {"adult": read_adult, "telco": read_telco}[name](options.data_dir)
        print(f"\n{name}: {len(table.fit):,} rows of {table.fit.shape[1]} columns", flush=True)
        prepared = show_rates(table, options.rounds)
        if "quality" not in options.without:
            show_quality(table, prepared)


def made(rows: int) -> Table:
    frame = generated(rows + rows // 3)
    return Table("made", frame[:rows], frame[rows:].reset_index(drop=True), "levels 1")


@dataclass(frozen=True)
class Prepared:
    """TVAE's transformer after its own preparation, which stands in for a new one, so that the loop can be timed alone."""

    own: Any
    rows: np.ndarray
    seconds: float

    def fit(self, data: Any, discrete: Any) -> None:
        """Was done before."""

    def transform(self, data: Any) -> np.ndarray:
        return self.rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)


def prepare(table: Table) -> Prepared:
    from ctgan.data_transformer import DataTransformer

    start = time.process_time()
    transformer = DataTransformer()
    transformer.fit(table.fit, table.discrete)
    rows = transformer.transform(table.fit)
    return Prepared(transformer, rows, time.process_time() - start)


def trained(table: Table, prepared: Prepared, epochs: int) -> tuple[Any, float]:
    """(TVAE after so many epochs, CPU seconds of its loop)."""
    from ctgan.synthesizers import tvae

    model, own = tvae.TVAE(epochs=epochs), tvae.DataTransformer
    model.set_random_state(0)
    tvae.DataTransformer = lambda: prepared
    try:
        start = time.process_time()
        model.fit(table.fit, table.discrete)
        return model, time.process_time() - start
    finally:
        tvae.DataTransformer = own


def show_rates(table: Table, rounds: int) -> Prepared:
    """Rates in turns; what TVAE's transformer learned is handed on."""
    n, kind = len(table.fit), find_modality("tables")
    brief = replace(suggested(table), steps=BRIEF_STEPS)
    epochs = max(1, BRIEF_ROWS // n)
    share = n * EPOCHS, planned(table, suggested(table))
    space = gs.fit(table.fit[:5_000], schedule=gs.Schedule(steps=50), seed=0)
    rates: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))

    def rate(action: Callable[[], Any], rows: int) -> float:
        start = time.process_time()
        action()
        return rows / (time.process_time() - start)

    # Caches are warmed up by a small table.
    kind.infer(table.fit[:2_000]).to_tensors(table.fit[:2_000])
    prepare(replace(table, fit=table.fit[:2_000]))
    for _ in range(rounds):
        ours, theirs = {"preparation": rate(lambda: kind.infer(table.fit).to_tensors(table.fit), n)}, {}
        prepared = prepare(table)
        theirs["preparation"] = n / prepared.seconds
        ours["presented"] = our_rate(table, brief)
        model, seconds = trained(table, prepared, epochs)
        theirs["presented"] = epochs * n / seconds
        ours["table"], theirs["table"] = ours["presented"] * n / share[1], theirs["presented"] * n / share[0]
        ours["drawn"] = rate(lambda: drawn(space, 20_000), 20_000)
        theirs["drawn"] = rate(lambda model=model: model.sample(20_000), 20_000)
        for name in ours:
            rates[name]["ours"].append(ours[name])
            rates[name]["theirs"].append(theirs[name])
    print(f"{'rows a CPU second':<20}{'gausscape':>34}{'TVAE':>30}{'ratio':>24}")
    for name, found in rates.items():
        ratios = [one / other for one, other in zip(found["ours"], found["theirs"], strict=True)]
        print(f"{name:<20}{told(found['ours']):>34}{told(found['theirs']):>30}{told(ratios, digits=1):>24}", flush=True)
    return prepared


def drawn(space: gs.Space, rows: int, seed: int = 0) -> pd.DataFrame:
    """New rows of the space's law, with draws from its likelihood."""
    z = space.aggregate.full(space.aggregate.law.sample(rows, np.random.default_rng([seed, 5])))
    return space.decode(z, seed=seed)


def show_quality(table: Table, prepared: Prepared) -> None:
    """One fit of each, equally long."""
    start = time.process_time()
    space = gs.fit(table.fit, seed=0)
    seconds = time.process_time() - start
    _, first = trained(table, prepared, 1)
    epochs = max(1, round((seconds - prepared.seconds) / first))
    model, training = trained(table, prepared, epochs)
    print(
        f"fits: gausscape {seconds:.0f} CPU-s; TVAE {prepared.seconds + training:.0f} CPU-s, {prepared.seconds:.0f} of them "
        f"preparation, {epochs} of {EPOCHS} epochs"
    )
    for name, rows in (("gausscape", drawn(space, len(table.fit))), ("TVAE", model.sample(len(table.fit)))):
        quality = measure_quality(table.fit, table.held_out, rows, target=table.target, name=name, seed=0)
        learned = f", {table.target} learned {quality.usefulness.generated:.3f}" if quality.usefulness else ""
        print(
            f"{name:<12} AUC of boosting {quality.two_sample[0].generated:.3f}, linear {quality.two_sample[1].generated:.3f}, "
            f"columns {quality.margin_error:.3f}, pairs {quality.association_error:.3f}{learned}",
            flush=True,
        )


def told(values: list[float], *, digits: int = 0) -> str:
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} [{min(values):,.{digits}f}, {max(values):,.{digits}f}]"


if __name__ == "__main__":
    main()
