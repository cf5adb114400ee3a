"""Is every row scored exactly once, and to the bit, when workers are killed in the middle?

Each round scores the same rows into a new folder by two workers; a child of this script kills one of them with SIGKILL at a random
moment while it does a shard. The folder is then compared with that of a serial run without kills: the bytes of every shard and
of the summary, and each id once. Rounds in which the run was over before the kill are done again and not counted. With
--driver the process that drives the run is killed instead, its workers with it or not, and the run is started again.

    python benchmarks/faults/worker_kills.py [--kills 20] [--engine local|ray] [--driver]
"""

import argparse
import contextlib
import hashlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

import gausscape as gs
from gausscape.modalities.tables.example import example_items
from gausscape.space.shares import share_interval

ROWS, CHUNK = 12_000, 1000
DRIVE = """
import sys
from gausscape.datasets import scan
from gausscape.scale.scoring import score_data

if __name__ == "__main__":
    space, rows, out, engine, workers = sys.argv[1:]
    chunks = scan(rows, chunk={chunk})
    columns = ("exceedance", "support", "log_likelihood_bound")
    score_data(space, chunks, out, columns=columns, draws=20, engine=engine, workers=int(workers))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--engine", default="local", choices=["local", "ray"])
    parser.add_argument("--driver", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        gs.fit(example_items(2000), latent=2, schedule=gs.Schedule(steps=200), seed=0).save(folder / "orders.space")
        example_items(ROWS, seed=1).to_parquet(folder / "rows.parquet")
        (folder / "drive.py").write_text(DRIVE.format(chunk=CHUNK))
        drive(folder, "serial", "local", 1).communicate()
        truth = digests(folder / "serial")
        random, exact, killed, extra = np.random.default_rng(), 0, 0, []
        while killed < options.kills:
            began = time.monotonic()
            if not kill_one(folder, options.engine, random, is_driver=options.driver):
                continue
            killed += 1
            ids = pq.read_table(folder / "round", columns=["id"])["id"].to_pylist() if (folder / "round").exists() else []
            same = digests(folder / "round") == truth
            exact += same and sorted(ids, key=int) == [str(row) for row in range(ROWS)]
            extra.append(time.monotonic() - began)
            print(f"kill {killed}: {'exactly once, same bytes' if same else 'DIFFERENT'} ({extra[-1]:.0f} s)", flush=True)
        upper = share_interval(options.kills - exact, options.kills)[1]
        what = "drivers" if options.driver else "workers"
        print(
            f"{options.engine}, {what} killed: exactly once and the same bytes {exact} of {options.kills} "
            f"(95% bound on the share of failures: {upper:.1%}); {statistics.median(extra):.0f} s a round"
        )
        sys.exit(exact != options.kills)


def drive(folder: Path, out: str, engine: str, workers: int) -> subprocess.Popen:
    command = [sys.executable, "drive.py", "orders.space", "rows.parquet", out, engine, str(workers)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def kill_one(folder: Path, engine: str, random: np.random.Generator, *, is_driver: bool) -> bool:
    """Score with one kill in the middle; whether there was one."""
    out = folder / "round"
    shutil.rmtree(out, ignore_errors=True)
    run = drive(folder, "round", engine, 2)
    wanted, is_killed = int(random.integers(1, ROWS // CHUNK)), False
    while run.poll() is None and not is_killed:
        if len(list(out.glob("_run/part-*.json"))) < wanted:
            time.sleep(0.002)
            continue
        time.sleep(random.uniform(0, 0.1))
        victims = [run.pid] if is_driver else actors(out) if engine == "ray" else workers(run.pid)
        for victim in random.permutation(victims)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(victim), signal.SIGKILL)
                is_killed = run.poll() is None or is_driver
    run.wait()
    if is_driver and is_killed:
        drive(folder, "round", engine, 2).wait()
    return is_killed


def workers(parent: int) -> list[int]:
    """The driver's own children that work: spawned interpreters, and not the tracker of their resources."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            is_child = int((each / "stat").read_text().rpartition(")")[2].split()[1]) == parent
            if is_child and b"spawn_main" in (each / "cmdline").read_bytes():
                found.append(int(each.name))
    return found


def actors(out: Path) -> list[int]:
    """Ray's processes that are at a shard, as the engine notes them."""
    found = []
    for each in out.glob("_run/tries-*"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            found.append(int(each.read_text().split()[-1]))
    return found


def digests(folder: Path) -> dict[str, str]:
    names = [*folder.glob("part-*.parquet"), *folder.glob("_summary.json")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in names}


if __name__ == "__main__":
    main()
