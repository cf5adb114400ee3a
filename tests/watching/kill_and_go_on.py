"""A watch in a process of its own, and children of it that are killed at every kind of place; told what became of the alarms.

    python kill_and_go_on.py FOLDER POINT [POINT ...]

FOLDER holds a space ("space"). Prints one line of JSON a run: the unbroken one first, then one for each point such as
"any:7": the process is killed there, again and again from where it goes on, until the watch is through.
"""

import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas

from gausscape.items import Items
from gausscape.space.saving import load_space
from gausscape.watching import Watch, WatchFolder

NAMES = ["amount", "age", "hours", "visits"]


def windows(after: int):
    """Twelve windows, of which the last four have changed; those after a number."""
    rng = np.random.default_rng(30)
    for number in range(12):
        rows = pandas.DataFrame(rng.normal(size=(6, 4)), columns=NAMES)
        rows["age"] += 9.0 * (number >= 8)
        if number > after:
            ids = np.array([f"{number}/{row}" for row in range(len(rows))])
            yield SimpleNamespace(
                number=number,
                start=10 * number,
                end=10 * number + 10,
                items=Items(rows, ids),
                events=6,
                late=0,
                cursor={"after": number},
            )


def run(space, state: Path) -> None:
    with WatchFolder(state, every=0) as folder:
        watch = folder.open(Watch.begin(space, false_alarms=0.05, seed=1))
        after = -1 if watch.cursor is None else watch.cursor["after"]
        for _ in folder.follow(watch, windows(after)):
            pass


def in_a_child(space, state: Path, point: str) -> int:
    """How the child ended: 0, or minus the signal."""
    child = os.fork()
    if child == 0:
        os.environ["GAUSSCAPE_FAULT"] = f"kill@{point}"
        run(space, state)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def told(state: Path, killed: int) -> str:
    alarms = {path.name: path.stat().st_size for path in sorted((state / "alarms").iterdir())}
    with WatchFolder(state) as folder:
        watch = folder.open(Watch.begin(SPACE, false_alarms=0.05, seed=1))
    return json.dumps(
        {"killed": killed, "lines": (state / "alarms.jsonl").read_text(), "objects": alarms, "counts": watch.counts}
    )


if __name__ == "__main__":
    place = Path(sys.argv[1])
    SPACE = load_space(place / "space")
    run(SPACE, place / "unbroken")
    print(told(place / "unbroken", 0), flush=True)
    for point in sys.argv[2:]:
        state, killed = place / point.replace(":", "-"), 0
        while in_a_child(SPACE, state, point) == -signal.SIGKILL and killed < 200:
            killed += 1
        print(told(state, killed), flush=True)
