"""What does scoring in shards cost beyond its arithmetic, and does it stay flat as the rows grow?

1. Overhead: `score_data` from a Parquet file into a folder, against a bare loop that reads the same batches with pyarrow, calls
   the same methods of the space on the same 4,096 rows, and writes a Parquet file: no chunks, ids, check sums, digests, flushes
   or summaries. CPU seconds (user + system) in turns within one process; median and spread of the ratio over rounds.
2. Growth: rows of 3 columns, each size in a process of its own: peak memory (ru_maxrss) and CPU microseconds a row.
3. With ray installed and --ray: start and cost a row apart, from two sizes.

    python benchmarks/scoring_rate.py [--rounds 5] [--rows 100000 1000000 10000000] [--ray]
"""

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import gausscape as gs
from gausscape.scale.columns import DEFAULT, RARITY, compute_columns
from gausscape.scale.one_thread import one_thread
from gausscape.scale.score_work import ROWS_AT_ONCE
from gausscape.scale.scoring import score_data

GROUP = 65_536
QUICK = {"use_dictionary": ["support"]}
"""The bare loop spares itself the search for repeated numbers too."""
SETS = {"light (exceedance, lower, upper)": RARITY, "default (with support)": DEFAULT}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(*options.child)))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = fit_space(folder)
        overhead(made, folder, options.rounds)
        growth(made, folder, options.rows)
        if options.ray and importlib.util.find_spec("ray"):
            ray_cost(made, folder)
        else:
            print("ray: not measured" + (" (not installed)" if options.ray else " (--ray)"))


def rows_of(n: int, seed: int) -> pd.DataFrame:
    """Three columns that hang together."""
    random = np.random.default_rng(seed)
    shared = random.normal(size=n)
    return pd.DataFrame(
        {
            "a": shared + 0.3 * random.normal(size=n),
            "b": np.exp(0.5 * shared + 0.2 * random.normal(size=n)),
            "c": random.normal(size=n) - shared,
        }
    )


def fit_space(folder: Path) -> Path:
    space = gs.fit(rows_of(5000, 0), latent=2, schedule=gs.Schedule(steps=300), seed=0)
    return space.save(folder / "rows.space")


def write_rows(path: Path, n: int) -> Path:
    if not path.exists():
        schema = pa.schema([(name, pa.float64()) for name in "abc"])
        with pq.ParquetWriter(path, schema) as writer:
            for start in range(0, n, GROUP):
                writer.write_table(pa.Table.from_pandas(rows_of(min(GROUP, n - start), start + 1), schema=schema))
    return path


def overhead(space: Path, folder: Path, rounds: int) -> None:
    n = 12 * GROUP  # enough that loading the space twice, by the driver and by the worker, is lost in it
    path = write_rows(folder / "overhead.parquet", n)
    for name, columns in SETS.items():
        times: dict[str, list[float]] = {"ours": [], "bare": []}
        for each in range(rounds):
            for who, run in (("ours", ours), ("bare", bare)):
                out = folder / f"{who}-{len(columns)}-{each}"
                began = time.process_time()
                run(space, path, out, columns)
                times[who].append(time.process_time() - began)
        ratios = [bare_s / ours_s for ours_s, bare_s in zip(times["ours"], times["bare"], strict=True)]
        print(
            f"{name}: {1e6 * statistics.median(times['ours']) / n:.1f} us of CPU a row, bare loop "
            f"{1e6 * statistics.median(times['bare']) / n:.1f}; rate {statistics.median(ratios):.1%} of the bare loop's "
            f"({min(ratios):.1%} to {max(ratios):.1%})",
            flush=True,
        )


def ours(space: Path, path: Path, out: Path, columns: tuple[str, ...]) -> None:
    score_data(space, path, out, columns=columns)


def bare(folder: Path, path: Path, out: Path, columns: tuple[str, ...]) -> None:
    with one_thread():
        space = gs.load(folder)
        for number, batch in enumerate(pq.ParquetFile(path).iter_batches(GROUP)):
            frame = batch.to_pandas()
            parts = []
            for start in range(0, len(frame), ROWS_AT_ONCE):
                few = frame.iloc[start : start + ROWS_AT_ONCE]
                parts.append(compute_columns(space, few, columns, draws=1, seed=0))
            table = {name: np.concatenate([part[name] for part in parts]) for name in columns}
            pq.write_table(pa.table({name: pa.array(values) for name, values in table.items()}), f"{out}-{number}.parquet", **QUICK)


def growth(space: Path, folder: Path, sizes: list[int]) -> None:
    found = []
    for n in sizes:
        path = write_rows(folder / f"{n}.parquet", n)
        found.append(in_child(space, path, folder / f"out-{n}", "local", "1") | {"rows": n})
        path.unlink()
        one = found[-1]
        print(
            f"{n:>13,} rows: {1e6 * one['cpu'] / n:6.1f} us of CPU a row, {n / one['wall']:>9,.0f} rows/s of wall time, "
            f"peak memory {one['peak']:7.1f} MB, {one['written'] / n:.1f} bytes written a row",
            flush=True,
        )
    if len(found) > 1:
        first, last = found[0], found[-1]
        cost = (last["cpu"] / last["rows"]) / (first["cpu"] / first["rows"]) - 1
        memory = last["peak"] / first["peak"] - 1
        print(f"from {first['rows']:,} to {last['rows']:,} rows: memory {memory:+.1%}, cost a row {cost:+.1%}")
        line = np.polyfit([one["rows"] for one in found], [one["cpu"] for one in found], 1)
        print(f"line through them: {1e6 * line[0]:.1f} us of CPU a row and {line[1]:.2f} s fixed")


def in_child(space: Path, path: Path, out: Path, engine: str, workers: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", str(space), str(path), str(out), engine, workers]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return json.loads(told.splitlines()[-1])


def child(space: str, path: str, out: str, engine: str, workers: str) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    score_data(space, path, out, columns=RARITY, engine=engine, workers=int(workers))
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "written": sum(part.stat().st_size for part in Path(out).glob("part-*")),
    }


def ray_cost(space: Path, folder: Path) -> None:
    """Wall seconds of a small and a larger run: what is left at 0 rows is Ray's start, the slope is the cost a row."""
    small, large = 65_536, 10 * 65_536
    walls = {}
    for engine in ("local", "ray"):
        walls[engine] = [
            in_child(space, write_rows(folder / f"ray-{n}.parquet", n), folder / f"out-{engine}-{n}", engine, "1")["wall"]
            for n in (small, large)
        ]
    for engine, (first, second) in walls.items():
        slope = (second - first) / (large - small)
        print(f"{engine}, 1 worker: {first - slope * small:6.2f} s fixed, {1e6 * slope:.1f} us of wall time a row", flush=True)


if __name__ == "__main__":
    main()
