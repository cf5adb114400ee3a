"""The whole fault table in one command.

    python benchmarks/faults/all.py [--short]

Runs the scripts of this folder one after the other, each in a process of its own. In full it takes about 3 hours
of a quiet core, most of it fuzzing (a dozen targets of 10 minutes each), and --short about 15 minutes. Rows tell how often
it went well, of how many, with the failure rate that so many leave possible at 95%. Exits with 1 if any script found a failure.
"""

__all__ = ["main"]

import argparse
import subprocess
import sys
import time
from pathlib import Path

RUNS = (  # script, what it is given in full, and for --short
    ("bit_flips.py", [], ["--flips", "2000"]),
    ("fit_kills.py", [], ["--kills", "20"]),
    ("fuzz_readers.py", [], ["--seconds", "20"]),
    ("useful_work.py", [], ["--every", "30", "--kills", "3"]),
    ("worker_kills.py", ["--kills", "100"], ["--kills", "20"]),
    ("worker_kills.py", ["--kills", "20", "--driver"], ["--kills", "5", "--driver"]),
    ("worker_kills.py", ["--kills", "20", "--engine", "ray"], ["--kills", "2", "--engine", "ray"]),
)


def main(arguments: list[str] | None = None) -> int:
    """Runs every script of the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args(arguments)
    failed = []
    for script, whole, short in RUNS:
        words = short if options.short else whole
        command = " ".join([script, *words])
        began = time.monotonic()
        print(f"== {command}", flush=True)
        if subprocess.run([sys.executable, str(Path(__file__).with_name(script)), *words], check=False).returncode:
            failed.append(command)
        print(f"   ({time.monotonic() - began:.0f} s)\n", flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "all went well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
