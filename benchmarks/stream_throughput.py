"""How many events a second become graphs on one core, and does memory stay flat as the stream grows?

Writes streams of generated events (who wrote to whom, 400 members, in order of time) as CSV, JSON lines and Parquet,
follows each in a process of its own, and prints events a second of processor time (one core; and of the clock on the
wall, which other programs slow down) and the largest resident memory. The rules make one graph, or rows, an hour; the cursor
of every window is made too, as a watch needs it. The last column is the memory over that of the shortest stream.

    python benchmarks/stream_throughput.py [--events 100000 300000 1000000] [--rule graph]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RULES = {
    "graph": "{time: at, window: {every: 1h}, objects: {graph: {source: a, target: b, weight: count}}}",
    "late": "{time: at, window: {every: 1h}, late: {wait: 10m}, objects: {graph: {source: a, target: b, weight: count}}}",
    "rows": "{time: at, window: {every: 1h}, objects: {rows: {by: a, columns: {n: count, mean: {mean: x}}}}}",
    "follows": "{time: at, window: {every: 1h}, objects: {follows: {item: b, within: a}}}",
}
A_SECOND = 2  # events of the stream's own time, so that every window has 7,200 whatever the length of the stream


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--rule", choices=RULES, nargs="+", default=list(RULES))
    parser.add_argument("--follow", nargs=2, metavar=("FILE", "RULE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.follow:
        measure(Path(options.follow[0]), RULES[options.follow[1]])
        return
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("csv", "jsonl", "parquet"):
            paths = [write(Path(folder) / f"events{n}.{ending}", n) for n in options.events]
            for rule in options.rule:
                report(ending, rule, paths, options.events)


def report(ending: str, rule: str, paths: list[Path], sizes: list[int]) -> None:
    """One row for each length of the stream."""
    memory = []
    for path, n in zip(paths, sizes, strict=True):
        command = [sys.executable, __file__, "--follow", str(path), rule]
        seconds, wall, peak, windows = subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout.split()
        memory.append(float(peak))
        print(
            f"{ending:<8} {rule:<8} {n:>9,} events {windows:>5} windows  {n / float(seconds):>9,.0f} events/s "
            f"(wall {n / float(wall):>9,.0f})  "
            f"{float(peak):7.1f} MB  x{memory[-1] / memory[0]:.3f}",
            flush=True,
        )


def write(path: Path, n: int) -> Path:
    """The events, made in blocks so that this process stays small too."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    random = np.random.default_rng([n, 1])
    start = np.datetime64("2024-01-01T00:00:00", "us")
    at = start + (np.arange(n) * (1_000_000 // A_SECOND)).astype("timedelta64[us]")
    names = np.array([f"member {member}" for member in range(400)])
    chosen = random.zipf(1.3, (2, n)) % 400
    table = pa.table(
        {
            "at": np.datetime_as_string(at, unit="ms"),
            "a": names[chosen[0]],
            "b": names[chosen[1]],
            "x": random.random(n),
        }
    )
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=50_000)
    elif path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        table.to_pandas().to_json(path, orient="records", lines=True)
    return path


def measure(path: Path, text: str) -> None:
    """Follow one file; print seconds of the processor and of the wall, the largest resident memory in MB, the windows."""
    import networkx  # noqa: F401 - loading the library is no part of following

    from gausscape.datasets.streams import Rule, follow

    busy, began = time.process_time(), time.perf_counter()
    windows = sum(1 for _ in follow(path, Rule.parse(text)))
    print(time.process_time() - busy, time.perf_counter() - began, peak_memory(), windows)


def peak_memory() -> float:
    """Largest resident memory of this process in MB; Linux, where ru_maxrss would also tell that of the parent."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    main()
