"""Is memory flat in the number of rows? One pass and one fit of Parquet in chunks, against reading it whole.

Writes Parquet files of 1e5, 1e6 and 1e7 rows of three columns to a temporary folder, and measures in a process of its own for each
line: the largest memory it ever held (ru_maxrss) and its processor seconds (user + system).

    pass     moments, quantiles and levels of each column, and a uniform sample, by chunks
    fit      gs.fit(gs.scan_data(file)): samples of bounded size, all rows streamed to training
    whole    the rival: pandas.read_parquet and gs.fit of the frame

Claim: from 1e6 to 1e7 rows the peak of `pass` grows by less than 5%, that of `fit` by less than 10%; at 1e5 rows the samples of a
fit are not yet full. Processor seconds a row are those beyond the smallest file's, over the rows beyond.

    OMP_NUM_THREADS=1 python benchmarks/larger_than_memory.py                 # about 10 minutes on one core
    OMP_NUM_THREADS=1 python benchmarks/larger_than_memory.py --rows 100000 1000000 --limit 300
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

STEPS = 1000
PART = 100_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    options.add_argument("--limit", type=int, default=1800, help="seconds that one line may take")
    options.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.child:
        WAYS[asked.child[0]](asked.child[1])
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({"peak": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime}))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = {rows: written(Path(folder) / f"{rows}.parquet", rows) for rows in asked.rows}
        for way in asked.ways:
            told(way, {rows: measured(way, file, asked.limit) for rows, file in files.items()})


def told(way: str, found: dict[int, dict | None]) -> None:
    print(f"\n{way:<8}{'rows':>12}{'peak MB':>10}{'against first':>15}{'cpu s':>10}{'us a further row':>18}")
    first_rows, first = next(iter(found.items()))
    for rows, one in found.items():
        if one is None or first is None:
            print(f"{'':<8}{rows:>12,}   did not finish: out of memory or time")
            continue
        more = (one["cpu"] - first["cpu"]) / (rows - first_rows) * 1e6 if rows > first_rows else float("nan")
        print(
            f"{'':<8}{rows:>12,}{one['peak']:>10.0f}{one['peak'] / first['peak']:>15.3f}{one['cpu']:>10.1f}{more:>18.2f}"
        )
    known = [one for one in found.values() if one]
    if len(known) > 2:
        print(
            f"{'':<8}the largest against the one before: {known[-1]['peak'] / known[-2]['peak']:.3f} of its peak memory"
        )
    sys.stdout.flush()


def measured(way: str, file: Path, limit: int) -> dict | None:
    try:
        ran = subprocess.run(
            [sys.executable, __file__, "--child", way, str(file)],
            capture_output=True,
            text=True,
            timeout=limit,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        print(f"({way}: {str(getattr(error, 'stderr', '') or error)[-300:]})", file=sys.stderr)
        return None
    return json.loads(ran.stdout.splitlines()[-1])


def written(file: Path, rows: int) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("x", pa.float64()), ("y", pa.float64()), ("level", pa.string())])
    random = np.random.default_rng(0)
    with pq.ParquetWriter(file, schema, write_page_checksum=True) as writer:
        for start in range(0, rows, PART):
            n = min(PART, rows - start)
            x = random.normal(size=n)
            y, level = x + 0.5 * random.standard_t(4, size=n), random.choice(["a", "b", "c"], n)
            writer.write_table(pa.table({"x": x, "y": y, "level": level}, schema=schema))
    return file


def one_pass(file: str) -> None:
    import gausscape as gs
    from gausscape.keyed_random import keyed_uniforms
    from gausscape.summaries import KeyedSample, LevelCounts, Moments, Quantiles

    chunks, start = gs.scan_data(file), 0
    moments, quantiles = {name: Moments() for name in "xy"}, {name: Quantiles() for name in "xy"}
    levels, sample = LevelCounts(), KeyedSample.empty(size=10_000, seed=0)
    for number, size in enumerate(chunks.sizes):
        items = chunks.read(number)
        for name in "xy":
            values = items.values[name].to_numpy()
            moments[name] = moments[name].merged(Moments.of(values))
            quantiles[name] = quantiles[name].merged(Quantiles.of(values))
        levels = levels.merged(LevelCounts.of(items.values["level"].tolist()))
        sample = sample.adding(keyed_uniforms(items.ids, seed=0)[:, 0, 0], np.arange(start, start + size))
        start += size


def fit_in_chunks(file: str) -> None:
    import gausscape as gs

    gs.fit(gs.scan_data(file), latent=2, schedule=gs.Schedule(steps=STEPS))


def fit_in_memory(file: str) -> None:
    import pandas as pd

    import gausscape as gs

    gs.fit(pd.read_parquet(file), latent=2, schedule=gs.Schedule(steps=STEPS))


WAYS = {"pass": one_pass, "fit": fit_in_chunks, "whole": fit_in_memory}

if __name__ == "__main__":
    main()
