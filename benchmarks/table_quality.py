"""Are generated rows as good as real ones, and what does the generator cost? Against CTGAN, TVAE and a Gaussian copula.

    pip install ctgan
    python benchmarks/table_quality.py --data-dir DATA [--tables telco adult] [--seeds 3] [--epochs 300] [--cache FOLDER]
        [--without ctgan tvae copula pca] [--development]
    python benchmarks/table_quality.py --data-dir DATA --rates 3

DATA holds telco-churn/WA_Fn-UseC_-Telco-Customer-Churn.csv and adult/adult.data, adult/adult.test. Telco is split 80 / 20 once
and for all; of Adult the published parts are taken. Every generator gets the same rows to fit and draws as many new ones;
they are judged by `gausscape.quality` against the rows held out, with equal seeds. CTGAN and TVAE are those of the
`ctgan` package with its defaults (300 epochs, batches of 500). The copula has empirical margins; levels and numbers that repeat
are intervals of a latent normal score, and correlations are fitted to scores drawn within these intervals.

- C2ST: area under the curve of a boosting and of a linear classifier that tell generated from real rows; .5 is best.
- pairs: mean absolute error of Pearson, Spearman, correlation ratio and Cramer's V over all pairs of columns.
- TSTR: AUC on held-out rows of a boosting that learned churn or income from generated rows.
- nearer: share of generated rows that are nearer to a fitted than to a held-out row; .5 is ideal.
- preparation: CPU seconds before the first training step (for CTGAN and TVAE those of a fit with no epoch).
- fit: CPU seconds of the whole fit on one thread, for gausscape its calibration and audit included.
- presented/s: rows x epochs, that is rows that the training loop looked at, per CPU second of training.
- rows/s: rows of the table per CPU second of training: the table's size over the time that training takes.

`--rates N` measures training rates alone: N rounds in which each contestant trains for a short while in turn, so that a noisy
machine disturbs all alike; rows/s then follow from the rows that a full training presents (ours: at most, it may stop early).

`--cache FOLDER` keeps what the rivals generated, by table, rival, epochs and seed, so that a second run fits only our side.
`--development` fits three quarters of the fitting rows and judges on the fourth: for choosing defaults without the final rows.
CPU seconds, because a shared machine's wall clock says little; on an idle machine with one thread the two agree.
"""

import argparse
import importlib.util
import json
import statistics
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy import stats

import gausscape as gs
from gausscape.modality import find_modality
from gausscape.quality import Quality, measure_quality
from gausscape.training.loop import Training

PASSES = 30
FIRST_PASSES = 10
FITTED = 0.63
"""Share of the rows that a fit of gausscape trains on; the others stop, calibrate and audit it."""
BRIEF_STEPS = 400
BRIEF_ROWS = {"TVAE": 120_000, "CTGAN": 40_000}


@dataclass(frozen=True)
class Table:
    """Rows to fit, rows held out, the target, and columns of numbers that are codes."""

    name: str
    fit: pd.DataFrame
    held_out: pd.DataFrame
    target: str

    @property
    def discrete(self) -> list[str]:
        """Columns of levels."""
        return [name for name in self.fit if not pd.api.types.is_numeric_dtype(self.fit[name])]


@dataclass(frozen=True)
class Generated:
    """Rows, and CPU seconds: before training, of training, of the whole fit; and rows presented in training."""

    rows: pd.DataFrame
    preparation: float
    training: float
    fit: float
    presented: int


# --- data ---------------------------------------------------------------------------------------------------------


def read_telco(folder: Path) -> Table:
    """Customers; blank total charges belong to customers of the first month, who were charged nothing yet."""
    frame = pd.read_csv(folder / "telco-churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv").drop(columns="customerID")
    frame["TotalCharges"] = frame["TotalCharges"].str.strip().replace("", "0").astype(float)
    frame["SeniorCitizen"] = np.where(frame["SeniorCitizen"] == 1, "Yes", "No")
    order, held = np.random.default_rng([0, 201]).permutation(len(frame)), len(frame) // 5
    fit, held_out = (frame.iloc[rows].reset_index(drop=True) for rows in (order[held:], order[:held]))
    return Table("telco", fit, held_out, "Churn")


def read_adult(folder: Path) -> Table:
    """Census rows; a "?" is a level like others."""
    frames = []
    for name in ("adult.data", "adult.test"):
        frame = pd.read_csv(folder / "adult" / name, skipinitialspace=True).rename(columns={"Y": "income"})
        frame["income"] = frame["income"].str.rstrip(".")
        frames.append(frame)
    return Table("adult", frames[0], frames[1], "income")


def developed(table: Table) -> Table:
    """Three quarters of the fitting rows against the fourth."""
    order, held = np.random.default_rng([1, 301]).permutation(len(table.fit)), len(table.fit) // 4
    fit, held_out = (table.fit.iloc[rows].reset_index(drop=True) for rows in (order[held:], order[:held]))
    return Table(table.name, fit, held_out, table.target)


# --- generators ---------------------------------------------------------------------------------------------------


def suggested(table: Table) -> gs.Schedule:
    """The schedule that a fit of these rows takes by itself."""
    objects = round(FITTED * len(table.fit))
    return gs.Schedule(**find_modality("tables").infer(table.fit).suggested_schedule(objects))


def of_space(table: Table, *, seed: int, method: str) -> Generated:
    """Rows drawn from a space's law and likelihood; the loop alone counts as training."""
    spent, presented = [0.0], [0]
    run = Training.run

    def timed(self: Training, **arguments):
        start = time.process_time()
        try:
            return run(self, **arguments)
        finally:
            spent[0] += time.process_time() - start
            presented[0] += self.step * self.batch

    Training.run = timed  # type: ignore[method-assign]
    try:
        start = time.process_time()
        space = gs.fit(table.fit, seed=seed, method=method)
        fit = time.process_time() - start
    finally:
        Training.run = run  # type: ignore[method-assign]
    claims = ", ".join(
        f"{row.claimed:.3g}: {row.actual:.3g} ({'holds' if row.holds else 'FAILS'})" for row in space.audit.rows
    )
    print(f"  {space!r}; audit {claims}", flush=True)
    z = space.aggregate.full(space.aggregate.law.sample(len(table.fit), np.random.default_rng([seed, 5])))
    # The rest of a fit is the law, calibration, round trip and audit, which no rival has.
    return Generated(space.decode(z, seed=seed), 0.0, spent[0] or fit, fit, presented[0])


def of_copula(table: Table, *, seed: int) -> Generated:
    """A Gaussian copula of mixed columns.

    Each value owns the interval of normal scores between the shares below and up to it (levels in the order of their codes); the
    rank correlation of mixed columns is found by drawing scores in their intervals, given those of the other columns, in
    Gibbs passes, and taking the correlation of the last passes' scores (Hoff 2007, section 3).
    """
    start, rng = time.process_time(), np.random.default_rng([seed, 401])
    frame = table.fit
    n, low, high, back = len(frame), [], [], []
    for name in frame:
        values, code = np.unique(frame[name].to_numpy(), return_inverse=True)
        ends = np.cumsum(np.bincount(code)) / n
        starts = np.concatenate([[0.0], ends[:-1]])
        low.append(stats.norm.ppf(starts[code]))
        high.append(stats.norm.ppf(np.minimum(ends[code], 1.0)))
        back.append((values, ends))
    lower, upper = np.stack(low, 1), np.stack(high, 1)
    rho, mean = np.eye(lower.shape[1]), np.zeros((lower.shape[1],) * 2)
    scores = truncated(np.zeros(lower.shape), np.ones(lower.shape[1]), lower, upper, rng)
    for turn in range(PASSES):
        for k in range(lower.shape[1]):
            others = np.arange(lower.shape[1]) != k
            weights = np.linalg.solve(rho[np.ix_(others, others)], rho[others, k])
            spread = np.sqrt(max(1e-4, 1 - rho[k, others] @ weights))
            expected = scores[:, others] @ weights
            scores[:, k] = truncated(expected, spread, lower[:, k], upper[:, k], rng)
        rho = np.corrcoef(scores.T)
        if turn >= FIRST_PASSES:
            mean += rho / (PASSES - FIRST_PASSES)
    drawn = rng.multivariate_normal(np.zeros(len(mean)), mean, size=n, method="cholesky")
    shares = stats.norm.cdf(drawn)
    rows = {
        name: values[np.minimum(np.searchsorted(ends, shares[:, k]), len(values) - 1)]
        for k, (name, (values, ends)) in enumerate(zip(frame, back, strict=True))
    }
    spent = time.process_time() - start
    return Generated(pd.DataFrame(rows).astype(frame.dtypes.to_dict()), 0.0, spent, spent, PASSES * n)


def truncated(mean: np.ndarray, spread, low: np.ndarray, high: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Normal scores within intervals, by the inverse of the distribution function in the tail that keeps digits."""
    a, b = (low - mean) / spread, (high - mean) / spread
    sign = np.where(a > 0, -1.0, 1.0)
    first, last = stats.norm.cdf(sign * a), stats.norm.cdf(sign * b)
    share = first + rng.random(first.shape) * (last - first)
    return mean + spread * sign * stats.norm.ppf(np.clip(share, 1e-300, 1 - 1e-16))


def of_rival(kind: str, table: Table, *, seed: int, epochs: int) -> Generated:
    """CTGAN or TVAE of the published package."""
    import ctgan  # a rival, in no requirement of the package

    seconds = {}
    for count in (0, epochs):
        model = getattr(ctgan, kind)(epochs=count)
        model.set_random_state(seed)
        start = time.process_time()
        model.fit(table.fit, table.discrete)
        seconds[count] = time.process_time() - start
    rows = model.sample(len(table.fit))
    return Generated(rows, seconds[0], seconds[epochs] - seconds[0], seconds[epochs], epochs * len(table.fit))


def kept(folder: Path | None, name: str, make: Callable[[], Generated]) -> Generated:
    """What `make` gives, from the folder if it was made before."""
    if folder is None:
        return make()
    rows, told = folder / f"{name}.parquet", folder / f"{name}.json"
    if not (rows.exists() and told.exists()):
        found = make()
        folder.mkdir(parents=True, exist_ok=True)
        found.rows.to_parquet(rows)
        figures = {key: getattr(found, key) for key in ("preparation", "training", "fit", "presented")}
        told.write_text(json.dumps(figures))
    return Generated(pd.read_parquet(rows), **json.loads(told.read_text()))


# --- rates --------------------------------------------------------------------------------------------------------


def show_rates(table: Table, rounds: int, epochs: int) -> None:
    """Rows presented per CPU second of training, in turns, and what they mean for the whole table."""
    full = len(table.fit) * epochs
    contests: dict[str, tuple[Callable[[], float], int]] = {
        "gausscape": (
            lambda: our_rate(table, replace(suggested(table), steps=BRIEF_STEPS // 2)),
            planned(table, suggested(table)),
        ),
    }
    if importlib.util.find_spec("ctgan") is not None:
        contests["TVAE"] = (lambda: their_rate("TVAE", table), full)
        contests["CTGAN"] = (lambda: their_rate("CTGAN", table), full)
    found: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds + 1):
        for name, (measure, _) in contests.items():
            rate = measure()
            # The first round warms caches up and is dropped.
            if turn:
                found[name].append(rate)
    print(f"\n{table.name}: {len(table.fit):,} rows, {rounds} rounds, median [least, most]")
    print(f"{'':<28}{'presented/s':>30}{'presented in all':>20}{'training, CPU-s':>18}{'rows/s':>10}")
    for name, rates in found.items():
        middle, total = statistics.median(rates), contests[name][1]
        text = f"{middle:,.0f} [{min(rates):,.0f}, {max(rates):,.0f}]"
        print(
            f"{name:<28}{text:>30}{total:>20,}{total / middle:>18.1f}{len(table.fit) * middle / total:>10.0f}",
            flush=True,
        )


def training_of(table: Table, schedule: gs.Schedule) -> Training:
    """Our loop on the share of the rows that a fit trains on."""
    modality = find_modality("tables").infer(table.fit)
    rows = table.fit.iloc[: round(FITTED * len(table.fit))]
    tensors = modality.to_tensors(rows)
    networks = modality.networks(modality.suggested_latent(), size=len(rows), tensors=tensors)
    none = {name: values[:0] for name, values in tensors.items()}
    return Training(networks, modality, tensors, none, gs.Elbo(kl_weight=0.25), schedule, 0)


def planned(table: Table, schedule: gs.Schedule) -> int:
    """Rows that a full training presents, if it does not stop early."""
    training = training_of(table, schedule)
    return training.steps * training.batch


def our_rate(table: Table, schedule: gs.Schedule) -> float:
    """Rows presented per CPU second."""
    training = training_of(table, schedule)
    start = time.process_time()
    training.run(after_step=lambda _: None, report=lambda _: None)
    return training.steps * training.batch / (time.process_time() - start)


def their_rate(kind: str, table: Table) -> float:
    """Rows presented per CPU second, the preparation of a fit without epochs taken off."""
    epochs = max(1, BRIEF_ROWS[kind] // len(table.fit))
    made = of_rival(kind, table, seed=0, epochs=epochs)
    return made.presented / made.training


# --- judging ------------------------------------------------------------------------------------------------------

MEASURES: dict[str, Callable[[Quality, Generated, Table], float]] = {
    "C2ST boosting": lambda quality, made, table: quality.two_sample[0].generated,
    "C2ST linear": lambda quality, made, table: quality.two_sample[1].generated,
    "columns": lambda quality, made, table: quality.margin_error,
    "pairs": lambda quality, made, table: quality.association_error,
    "TSTR": lambda quality, made, table: quality.usefulness.generated if quality.usefulness else float("nan"),
    "nearer": lambda quality, made, table: quality.privacy.nearer,
    "copies": lambda quality, made, table: quality.privacy.copies,
    "preparation": lambda quality, made, table: made.preparation,
    "fit, CPU-s": lambda quality, made, table: made.fit,
    "presented/s": lambda quality, made, table: made.presented / made.training,
    "rows/s": lambda quality, made, table: len(table.fit) / made.training,
}


def show(table: Table, real: dict[str, float], found: dict[str, list[dict[str, float]]]) -> None:
    """Medians [least, most] of the seeds, and how many times a rival's training rows per second ours are."""
    print(
        f"\n{table.name}: {len(table.fit):,} rows to fit, {len(table.held_out):,} held out; median [least, most] of seeds"
    )
    print(f"{'':<18}{'real rows':>12}" + "".join(f"{name:>26}" for name in found))
    for measure in MEASURES:
        cells = ""
        for runs in found.values():
            values = [run[measure] for run in runs]
            middle, ends = statistics.median(values), (min(values), max(values))
            cells += f"{f'{middle:.4g} [{ends[0]:.4g}, {ends[1]:.4g}]':>26}"
        print(f"{measure:<18}{real.get(measure, float('nan')):>12.4g}{cells}")
    ours = statistics.median(run["rows/s"] for run in found["gausscape"])
    for name, runs in found.items():
        if name != "gausscape":
            speed = ours / statistics.median(run["rows/s"] for run in runs)
            print(f"gausscape against {name}: {speed:.1f} times the rows/s")


def contestants(
    table: Table, prefix: str, *, seed: int, options: argparse.Namespace
) -> dict[str, Callable[[], Generated]]:
    """Who generates, and how."""
    found: dict[str, Callable[[], Generated]] = {"gausscape": lambda: of_space(table, seed=seed, method="vae")}
    if "pca" not in options.without:
        found["gausscape, PCA"] = lambda: of_space(table, seed=seed, method="pca")
    if "copula" not in options.without:
        name = f"{prefix}-copula-{seed}"
        found["Gaussian copula"] = lambda: kept(options.cache, name, lambda: of_copula(table, seed=seed))
    absent = importlib.util.find_spec("ctgan") is None
    for kind in ("CTGAN", "TVAE"):
        if kind.lower() in options.without or absent:
            print(f"{kind} was skipped: {'ctgan is not installed' if absent else 'as asked'}")
            continue

        def make(kind: str = kind) -> Generated:
            name = f"{prefix}-{kind.lower()}-{options.epochs}-{seed}"
            return kept(options.cache, name, lambda: of_rival(kind, table, seed=seed, epochs=options.epochs))

        found[kind] = make
    return found


def main() -> None:
    """Parse, run every table and seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with telco-churn and adult")
    parser.add_argument("--tables", nargs="*", choices=("telco", "adult"), default=["telco", "adult"])
    parser.add_argument("--seeds", type=int, default=3, help="number of fits of every generator (default 3)")
    parser.add_argument("--epochs", type=int, default=300, help="of CTGAN and TVAE (default 300, their own default)")
    parser.add_argument("--cache", type=Path, help="folder for what the rivals generate")
    parser.add_argument("--without", nargs="*", choices=("ctgan", "tvae", "copula", "pca"), default=[])
    parser.add_argument("--rates", type=int, default=0, metavar="N", help="measure training rates alone, in N rounds")
    parser.add_argument("--development", action="store_true", help="leave the final rows alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="ctgan|rdt|sklearn|pandas")
    for name in options.tables:
        try:
            table = {"telco": read_telco, "adult": read_adult}[name](options.data_dir)
        except FileNotFoundError as error:
            print(f"{name} was skipped: {error}")
            continue
        table = developed(table) if options.development else table
        if options.rates:
            show_rates(table, options.rates, options.epochs)
            continue
        prefix = f"{table.name}{'-development' if options.development else ''}"
        found: dict[str, list[dict[str, float]]] = defaultdict(list)
        real: dict[str, float] = {}
        for seed in range(options.seeds):
            makers = contestants(table, prefix, seed=seed, options=options)
            for maker, make in makers.items():
                made = make()
                quality = measure_quality(
                    table.fit, table.held_out, made.rows, target=table.target, name=maker, seed=seed
                )
                found[maker].append({measure: tell(quality, made, table) for measure, tell in MEASURES.items()})
                real = {
                    "C2ST boosting": quality.two_sample[0].real,
                    "C2ST linear": quality.two_sample[1].real,
                    "columns": float(np.mean([margin.real for margin in quality.margins])),
                    "pairs": sum(kind.real * kind.pairs for kind in quality.associations)
                    / sum(kind.pairs for kind in quality.associations),
                    "TSTR": quality.usefulness.real if quality.usefulness else float("nan"),
                    "nearer": quality.privacy.real,
                    "copies": quality.privacy.real_copies,
                }
                told = ", ".join(f"{measure} {value:.4g}" for measure, value in found[maker][-1].items())
                print(f"{table.name}, seed {seed}, {maker}: {told}", flush=True)
        show(table, real, found)


if __name__ == "__main__":
    main()
