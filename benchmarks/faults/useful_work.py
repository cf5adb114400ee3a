"""How much of the work is useful if a fit is killed once a minute? CPU seconds of the unbroken fit / of all the broken ones.

    python benchmarks/faults/useful_work.py [--every 60] [--kills 9]

A fit long enough for so many kills runs once unbroken. Then the same fit is killed with `kill -9` after each --every
seconds and started anew with resume, as a scheduler would do it: a fresh interpreter each time, whose start counts as
lost. The end must have the same bytes. Both ways are measured in CPU seconds (user + system, children that were killed
included) and in wall time. Takes about twice (kills + 1) * every seconds: 20 minutes as it stands, 4 minutes with
--every 30 --kills 3. A shorter interval is harsher: what a start costs (3 s) does not shrink with it.
"""

__all__ = ["main"]

import argparse
import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from small_fit import space_digest_of

SCRIPT = Path(__file__).with_name("small_fit.py")
TRIED = 600


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark and prints its shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=float, default=60.0)
    parser.add_argument("--kills", type=int, default=9)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as parent:
        place = Path(parent)
        one, many = (_run(place / f"try{steps}", steps)[0] for steps in (TRIED, 4 * TRIED))
        each = (many - one) / (3 * TRIED)
        steps = int((options.kills + 0.6) * options.every / each)
        cpu, wall = _run(place / "unbroken", steps)
        broken_cpu, broken_wall, kills = _broken(place / "broken", steps, options.every)
        same = space_digest_of(place / "unbroken") == space_digest_of(place / "broken")
    print(f"{steps:,} steps, {kills} kills, one after each {options.every:g} s; same bytes at the end: {'yes' if same else 'NO'}")
    print(f"useful work: {cpu / broken_cpu:.1%} of the CPU time ({cpu:.0f} s of {broken_cpu:.0f} s), "
          f"{wall / broken_wall:.1%} of the wall time ({wall:.0f} s of {broken_wall:.0f} s)")  # fmt: skip
    print("Published: more than 90% at one stop in about 3 hours (Llama 3, section 3.3.4); no figure for one a minute is known.")
    return 0 if same else 1


def _start(folder: Path, steps: int) -> subprocess.Popen:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, str(SCRIPT), str(folder), "--steps", str(steps)])


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(folder: Path, steps: int) -> tuple[float, float]:
    spent, began = _spent(), time.monotonic()
    if _start(folder, steps).wait():
        raise SystemExit("the unbroken fit failed")
    return _spent() - spent, time.monotonic() - began


def _broken(folder: Path, steps: int, every: float) -> tuple[float, float, int]:
    spent, began, kills = _spent(), time.monotonic(), 0
    while True:
        process = _start(folder, steps)
        with contextlib.suppress(subprocess.TimeoutExpired):
            if process.wait(every):
                raise SystemExit("a resumed fit failed")
            return _spent() - spent, time.monotonic() - began, kills
        process.kill()
        process.wait()
        kills += 1


if __name__ == "__main__":
    sys.exit(main())
