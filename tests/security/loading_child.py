"""Load each file named, under a limit on memory; for each print as JSON what came of it, the seconds, and the megabytes more."""

import json
import resource
import sys
import time
from pathlib import Path

import pandas  # noqa: F401 - imports count before the limit is set
import PIL.Image  # noqa: F401
import pyarrow.compute
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet  # noqa: F401

from gausscape.datasets import load
from gausscape.errors import GausscapeError


def megabytes(key: str) -> int:
    # ru_maxrss is inherited from the process that forked; these are this one's own, in kB.
    return int(Path("/proc/self/status").read_text().split(key)[1].split()[0]) // 1000


def main() -> None:
    allowed = (megabytes("VmSize:") + int(sys.argv[1])) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    for path in sys.argv[2:]:
        before, started = megabytes("VmHWM:"), time.perf_counter()
        try:
            outcome = f"loaded {len(load(path))}"
        except GausscapeError as error:
            outcome = f"{type(error).__name__}: {error}"
        except BaseException as error:
            outcome = f"ESCAPED {type(error).__name__}: {error}"
        told = {"outcome": outcome, "seconds": time.perf_counter() - started, "more": megabytes("VmHWM:") - before}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
