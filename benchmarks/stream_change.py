"""How soon is a change of a stream found, and how often is there a false alarm, at the same stated rate?

    python benchmarks/stream_change.py false-alarms [--windows 10000] [--sizes 1 10]
    python benchmarks/stream_change.py rows [--repeats 20]
    python benchmarks/stream_change.py graphs [--seeds 5] [--method vae]
    python benchmarks/stream_change.py memory [--events 1000000]
    python benchmarks/stream_change.py bitcoin --data soc-sign-bitcoinotc.csv

false-alarms: windows of rows in law (two factors, four columns, noise) are watched with a space that was fitted on others; the
alarms are counted and held against the 99% interval of a binomial law with the stated rate. Half of the rate belongs to the
test of single windows, half to the memory.

rows: 200 windows of 10 rows in law, then one of four changes that stays. Delay is the number of windows until the first alarm
(1 is at once; 100 stands for never), median [least, most] over the repeats; "usual" is the share of windows before
the change that were alarms. graphs: who wrote to whom, one graph a day; 600 days are fitted, 100 more are in law, then one
member begins to send a share of all messages: their number and their times stay. bitcoin: graphs of two days of ratings
before May 2013 are fitted, those after it are watched; nobody labelled them.

Rivals learn from what fitted the space and get the same rate by ranks among other windows in law; of graphs, among the days
that calibrated it (work days and weekends apart, which favours them): Hotelling's T^2 of the mean of the features people
know; the maximum mean discrepancy with a Gaussian kernel of median width on the same features; of graphs also the number of
edges that differ from the day before of its kind ("edits") and the distance between the histogram of
degrees and the usual one ("degrees"). They look at one window at a time. "ours, window" is our test of single windows
alone, at the whole rate. Of graphs, our watch gets the days that calibrated the space as `reference`.

memory: a million events in windows of 1,000; the resident memory after a tenth and at the end.
"""

import argparse
import itertools
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy import stats

import gausscape as gs
from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.messages import RULE, generate_messages
from gausscape.training.splits import Split, split_objects

NAMES = ("amount", "age", "hours", "visits")
MIX = np.array([[2.0, 0.5, 0.0, 0.3], [0.0, 1.0, 0.7, -0.4]])
BEFORE, AFTER, NEVER, SIZE = 200, 100, 100, 10
FITTED, USUAL_DAYS, CHANGED_DAYS = 600, 100, 60
KNOWN_UNTIL = np.datetime64("2013-05-01")

Scores = Callable[[Any], float]
"""One window -> how strange; larger is stranger."""


def draw(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Rows in law."""
    return pd.DataFrame(rng.normal(size=(n, 2)) @ MIX + 0.3 * rng.normal(size=(n, 4)), columns=list(NAMES))


def shifted(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """The first factor moves by half a standard deviation."""
    return draw(n, rng) + 0.5 * MIX[0]


def nudged(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """It moves by a fifth."""
    return draw(n, rng) + 0.2 * MIX[0]


def widened(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """One row in three comes from twice the spread."""
    rows = draw(n, rng)
    return rows.mul(np.where(rng.random(n) < 1 / 3, 2.0, 1.0), axis=0)


def unrelated(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Each column is as before, but "age" no longer belongs to the rest of its row."""
    return draw(n, rng).assign(age=draw(n, rng)["age"].to_numpy())


CHANGES = {"shift .5 sd": shifted, "shift .2 sd": nudged, "wider": widened, "unrelated": unrelated}


# --- rivals ----------------------------------------------------------------------------------------------------------


def hotelling(reference: np.ndarray) -> Scores:
    """T^2 of a window's mean."""
    mean, inverse = reference.mean(0), np.linalg.pinv(np.cov(reference.T))

    def score(window: np.ndarray) -> float:
        away = window.mean(0) - mean
        return float(len(window) * away @ inverse @ away)

    return score


def discrepancy(reference: np.ndarray, rng: np.random.Generator) -> Scores:
    """Maximum mean discrepancy to 500 reference objects (Gretton et al. 2012)."""
    scale = np.maximum(reference.std(0), 1e-9)
    usual = reference[rng.permutation(len(reference))[:500]] / scale
    width = np.median(((usual[:, None] - usual[None]) ** 2).sum(-1)[np.triu_indices(len(usual), 1)])

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.exp(-((a[:, None] - b[None]) ** 2).sum(-1) / width)

    def score(window: np.ndarray) -> float:
        own = window / scale
        return float(kernel(own, own).mean() - 2 * kernel(own, usual).mean())

    return score


def delay(alarms: np.ndarray, before: int) -> tuple[float, float]:
    """(windows from the change to the first alarm, share of alarms before it)."""
    found = np.flatnonzero(alarms[before:])
    return (float(found[0] + 1) if len(found) else float(NEVER)), float(alarms[:before].mean())


def watch_all(
    space: gs.Space, windows: list[Any], rate: float, *, seed: int, reference: Any = None
) -> dict[str, np.ndarray]:
    """Whether each window is an alarm: with both tests at the rate, and with the test of single windows alone at it."""
    watch = gs.Watch.begin(space, false_alarms=rate, seed=seed, reference=reference)
    reports = [watch.observe(window) for window in windows]
    alone = [report.probability is not None and report.probability <= rate for report in reports]
    return {"ours": np.array([report.alarm is not None for report in reports]), "ours, window": np.array(alone)}


def show(table: dict[tuple[str, str], list[tuple[float, float]]], columns: list[str]) -> None:
    """Median delay [least, most] and the share of usual windows that were alarms."""
    print("| test | " + " | ".join(f"{name}: delay | usual" for name in columns) + " |")
    print("|---" * (1 + 2 * len(columns)) + "|")
    for name in dict.fromkeys(row for row, _ in table):
        cells = []
        for column in columns:
            runs = np.array(table[name, column])
            least, middle, most = np.quantile(runs[:, 0], [0, 0.5, 1])
            cells += [f"{middle:.3g} [{least:.0f}, {most:.0f}]", f"{runs[:, 1].mean():.2%}"]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


# --- the parts -------------------------------------------------------------------------------------------------------


def false_alarms(windows: int, sizes: list[int], rate: float) -> None:
    rng = np.random.default_rng(0)
    space = gs.fit(draw(10_000, rng), latent=2, method="pca", modality="tables")
    print(f"False alarms, stated 1 in {1 / rate:.0f}, {windows:,} windows in law, PCA space of rows")
    print(
        "| objects a window | alarms | stated | 99% binomial | by window | by memory | ms a window |\n|---|---|---|---|---|---|---|"
    )
    low, high = stats.binom.ppf([0.005, 0.995], windows, rate)
    for size in sizes:
        watch, by, started = (
            gs.Watch.begin(space, false_alarms=rate, seed=size),
            {"window": 0, "memory": 0},
            time.perf_counter(),
        )
        for _ in range(windows):
            alarm = watch.observe(draw(size, rng)).alarm
            for name in () if alarm is None else alarm.by:
                by[name] += 1
        spent = 1e3 * (time.perf_counter() - started) / windows
        inside = "inside" if low <= watch.counts["alarms"] <= high else "OUTSIDE"
        print(
            f"| {size} | {watch.counts['alarms']} | {rate * windows:.0f} | {low:.0f} to {high:.0f}: {inside} | {by['window']} "
            f"| {by['memory']} | {spent:.1f} |",
            flush=True,
        )


def rows(repeats: int, rate: float) -> None:
    table: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for repeat in range(repeats):
        rng = np.random.default_rng([1, repeat])
        space = gs.fit(draw(5_000, rng), latent=2, method="pca", modality="tables")
        reference = draw(1_000, rng).to_numpy()
        rivals = {"Hotelling": hotelling(reference), "MMD": discrepancy(reference, rng)}
        others = [draw(SIZE, rng).to_numpy() for _ in range(2_000)]
        limits = {name: np.quantile([score(each) for each in others], 1 - rate) for name, score in rivals.items()}
        usual = [draw(SIZE, rng) for _ in range(BEFORE)]
        for change, make in CHANGES.items():
            windows = [*usual, *(make(SIZE, rng) for _ in range(AFTER))]
            found = watch_all(space, windows, rate, seed=repeat)
            found |= {
                name: np.array([score(each.to_numpy()) > limits[name] for each in windows])
                for name, score in rivals.items()
            }
            for name, alarms in found.items():
                table.setdefault((name, change), []).append(delay(alarms, BEFORE))
    print(f"Rows, windows of {SIZE}, stated 1 in {1 / rate:.0f}, {repeats} repeats")
    show(table, list(CHANGES))


def graphs(seeds: int, rate: float, method: str, shares: list[float]) -> None:
    rule, table = Rule.parse(RULE), {}
    for seed in range(seeds):
        days = FITTED + USUAL_DAYS + CHANGED_DAYS

        def windows(share: float, days: int = days, seed: int = seed) -> list[Any]:
            events = generate_messages(days, seed=seed, hub_from=float(FITTED + USUAL_DAYS), hub_share=share)
            return [window.items for window in follow(events, rule)]

        fitted = windows(shares[0])[:FITTED]
        values = [items.values[0] for items in fitted]
        space = gs.fit(values, latent=8, method=method, schedule=None if method == "pca" else gs.Schedule(steps=600))
        # The rivals are calibrated on the days that calibrated the space.
        split = split_objects(space.codec.tensors(values), seed=0)
        labels = [str(items.labels[0]) for items in fitted]
        for share in shares:
            stream = windows(share)[FITTED:]
            found = watch_all(space, stream, rate, seed=seed, reference=[values[row] for row in split.calibration])
            found |= _rival_alarms(space, split, labels, stream, values, rate)
            for name, alarms in found.items():
                table.setdefault((name, f"hub {share:.0%}"), []).append(delay(alarms, USUAL_DAYS))
        print(f"seed {seed}: {space}", flush=True)
    print(f"Graphs, one a day, {method}, stated 1 in {1 / rate:.0f}, {seeds} seeds")
    show(table, [f"hub {share:.0%}" for share in shares])


def _rival_alarms(
    space: gs.Space, split: Split, labels: list[str], stream: list[Any], fitted: list[Any], rate: float
) -> dict[str, np.ndarray]:
    """Whether each day is an alarm, by the rank of its score among usual days of its kind."""

    def of_kind(rows: np.ndarray) -> dict[str, list[Any]]:
        return {kind: [fitted[row] for row in rows if labels[row] == kind] for kind in sorted(set(labels))}

    def features(graph: Any) -> np.ndarray:
        cells, observed = space.codec.observed(space.codec.tensors([graph]))
        return np.nan_to_num(space.modality.features(cells, observed).values)

    def on_features(score: Scores) -> Scores:
        return lambda graph: score(features(graph))

    def on_degrees(mean: np.ndarray) -> Scores:
        return lambda graph: float(np.abs(np.cumsum(_degrees(graph) - mean)).sum())

    learned, ranked, rng = of_kind(split.fit), of_kind(split.calibration), np.random.default_rng(0)
    known = {kind: np.concatenate([features(graph) for graph in days]) for kind, days in learned.items()}
    usual = {kind: np.mean([_degrees(graph) for graph in days], axis=0) for kind, days in learned.items()}
    tests: dict[str, dict[str, Scores]] = {
        "Hotelling": {kind: on_features(hotelling(table)) for kind, table in known.items()},
        "MMD": {kind: on_features(discrepancy(table, rng)) for kind, table in known.items()},
        "degrees": {kind: on_degrees(histogram) for kind, histogram in usual.items()},
    }
    days = [(items.values[0], str(items.labels[0])) for items in stream]
    found = {}
    for name, by_kind in tests.items():
        limits = {
            kind: np.quantile([score(graph) for graph in ranked[kind]], 1 - rate, method="higher")
            for kind, score in by_kind.items()
        }
        found[name] = np.array([by_kind[kind](graph) > limits[kind] for graph, kind in days])
    pairs = list(itertools.pairwise(fitted))
    edits = np.array([_edits(one, other) for one, other in pairs])
    own = np.array([f"{_kind(i)}{_kind(i + 1)}" for i in range(len(pairs))])
    following = [fitted[-1], *(graph for graph, _ in days)]
    told = []
    for i in range(len(days)):
        pair = f"{_kind(FITTED - 1 + i)}{_kind(FITTED + i)}"
        low, high = np.quantile(edits[own == pair], [rate / 2, 1 - rate / 2])
        told.append(not low <= _edits(following[i], following[i + 1]) <= high)
    return found | {"edits": np.array(told)}


def _kind(day: int) -> str:
    return "work" if day % 7 < 5 else "weekend"


def _degrees(graph: Any) -> np.ndarray:
    return np.bincount([min(degree, 40) for _, degree in graph.degree()], minlength=41) / max(len(graph), 1)


def _edits(one: Any, other: Any) -> int:
    return len(set(one.edges) ^ set(other.edges)) + len(set(one.nodes) ^ set(other.nodes))


def memory(events: int) -> None:
    rng = np.random.default_rng(0)
    space = gs.fit(draw(5_000, rng), latent=2, method="pca", modality="tables")
    watch, many = gs.Watch.begin(space, false_alarms=0.01), events // 1_000
    early = 0
    for window in range(many):
        watch.observe(draw(1_000, rng))
        if window == many // 10:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{events:,} events: most resident memory {early / 1024:.0f} MiB after a tenth,")
    print(f"{late / 1024:.0f} MiB at the end ({late / early - 1:+.1%})")


def bitcoin(path: str, rate: float) -> None:
    rule = Rule.read(Path(__file__).resolve().parent.parent / "examples" / "rules" / "trust_network.yaml")
    windows = [window for window in follow(path, rule) if len(window.items)]
    first = [window.items.values[0] for window in windows if window.start < KNOWN_UNTIL]
    space = gs.fit([graph for k, graph in enumerate(first) if k % 4], latent=8)
    watch = gs.Watch.begin(space, false_alarms=rate, reference=first[::4])
    for report in watch.follow(windows[len(first) :]):
        if report.alarm is not None and report.alarm.opens:
            print(report)
    print(watch)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("part", choices=("false-alarms", "rows", "graphs", "memory", "bitcoin"))
    parser.add_argument("--windows", type=int, default=10_000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, 10])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--method", default="vae")
    parser.add_argument("--shares", type=float, nargs="*", default=[0.05, 0.1, 0.25])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--data", default="soc-sign-bitcoinotc.csv")
    given = parser.parse_args()
    torch.set_num_threads(1)
    parts: dict[str, Callable[[], None]] = {
        "false-alarms": lambda: false_alarms(given.windows, given.sizes, given.rate),
        "rows": lambda: rows(given.repeats, given.rate),
        "graphs": lambda: graphs(given.seeds, given.rate, given.method, given.shares),
        "memory": lambda: memory(given.events),
        "bitcoin": lambda: bitcoin(given.data, given.rate),
    }
    parts[given.part]()


if __name__ == "__main__":
    main()
