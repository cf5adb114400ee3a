"""How many single flipped bits in a saved space does a load notice, beside a plain load of its safetensors files?

    python benchmarks/bit_flips.py SPACE_FOLDER --flips 2000

Works on a copy. Each flip turns one random bit, uniform over the bytes of all files, loads, and turns it back.
Exits with 1 if any damaged folder was accepted.
"""

__all__ = ["main"]

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import safetensors
import safetensors.numpy

from gausscape.errors import GausscapeError
from gausscape.space.folder import read_folder


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark and prints its figures.

    Example:
        >>> import numpy as np
        >>> from gausscape.space.folder import write_folder
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     write_folder(f"{parent}/it", arrays={"w.safetensors": {"a": np.ones(99)}})
        ...     main([f"{parent}/it", "--flips", "20"])  # doctest: +ELLIPSIS
        2 files, ...
        read_folder refused 20 of 20 flips (100.0 %)
        ...
        0
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("space", type=Path, metavar="SPACE_FOLDER")
    parser.add_argument("--flips", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        read_folder(options.space)
    except GausscapeError as error:
        print(f"A benchmark needs a healthy space to start from. {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as parent:
        copy = Path(parent) / "copy"
        shutil.copytree(options.space, copy)
        return _measure(copy, options.flips, random.Random(options.seed))


def _measure(space: Path, flips: int, draw: random.Random) -> int:
    paths = sorted(space.iterdir())
    sizes = [path.stat().st_size for path in paths]
    print(f"{len(paths)} files, {sum(sizes):,} bytes, {flips:,} flips")
    refused = plain = plain_refused = 0
    spent = 0.0
    for path in draw.choices(paths, weights=sizes, k=flips):
        position, bit = draw.randrange(path.stat().st_size), draw.randrange(8)
        _flip(path, position, bit)
        start = time.perf_counter()
        refused += _is_refused(space)
        spent += time.perf_counter() - start
        if path.suffix == ".safetensors":
            plain += 1
            plain_refused += _is_refused_plainly(path)
        _flip(path, position, bit)
    print(f"read_folder refused {refused:,} of {flips:,} flips ({_share(refused, flips)})")
    print(f"safetensors.numpy.load refused {plain_refused:,} of the {plain:,} flips that fell in a .safetensors file "
          f"({_share(plain_refused, plain)})")
    print(f"mean time of a refusal: {1e3 * spent / max(flips, 1):.2f} ms")
    read_folder(space)  # all bits are back, so that every flip was judged alone
    return 0 if refused == flips else 1


def _flip(path: Path, position: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1 << bit]))


def _is_refused(space: Path) -> bool:
    try:
        read_folder(space)
    except GausscapeError:
        return True
    return False


def _is_refused_plainly(path: Path) -> bool:
    try:
        safetensors.numpy.load(path.read_bytes())
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, OverflowError):
        return True
    return False


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


if __name__ == "__main__":
    sys.exit(main())
