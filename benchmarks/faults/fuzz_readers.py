"""Does anything but a GausscapeError leave a reader that is fed with bytes grown to break it (Atheris, libFuzzer)?

    python benchmarks/faults/fuzz_readers.py [--seconds 600] [--only NAME ...]

One target for each ending that a reader knows (found by looking), and for each loader of what gausscape writes: JSON and
tensors of a folder, Parquet, a page's payload, YAML settings. Every target runs in a process of its own for --seconds, begins
with healthy examples, and is guided by the coverage of gausscape's own code. Needs `pip install atheris`; without it the
same targets are fed with the examples, 200 random mutations a second of them, and no guidance. Exits with 1 if any failed.
"""

__all__ = ["main"]

import argparse
import contextlib
import importlib.util
import io
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from counting import Row

HEALTHY = {
    ".csv": b"a,b,c\n1,2.5,x\n3,,y\n4,1e3,\"z,\"\n",
    ".jsonl": b'{"a": 1, "b": "x"}\n{"a": null, "b": "y"}\n',
    ".edgelist": b"0 1 2.0\n1 2 1.5\n",
    ".ts": b"@problemName x\n@univariate true\n@classLabel true a b\n@data\n1,2,3:a\n2,3,4:b\n",
    ".graphml": b'<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="undirected"><node id="a"/><node id="b"/>'
    b'<edge source="a" target="b"/></graph></graphml>',
    ".yaml": b"latent: 4\nschedule: {steps: 100}\nmodality: {name: tables, schema: {a: numeric}}\n",
}


def main(arguments: list[str] | None = None) -> int:
    """Runs every target and prints a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--target", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    if options.target:
        return _one(options.target, options.seconds)
    guided = importlib.util.find_spec("atheris") is not None
    names, failed, began = options.only or list(targets()), [], time.monotonic()
    for name in names:
        command = [sys.executable, __file__, "--target", name, "--seconds", str(options.seconds)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", check=False, timeout=2 * options.seconds + 300
            )
            said = (done.stderr or done.stdout) if done.returncode else ""
        except subprocess.TimeoutExpired:
            said = "did not come to an end"
        print(f"    {name}: " + (" | ".join(said.strip().splitlines()[-12:])[:1500] or "nothing else left it"), flush=True)
        failed += [name] if said else []
    how = "guided by Atheris" if guided else "random mutations: atheris is not installed"
    print(Row(f"readers let nothing but GausscapeError out, {options.seconds} s each, {how}", len(names) - len(failed), len(names),
              time.monotonic() - began))  # fmt: skip
    return 1 if failed else 0


def targets() -> dict[str, tuple[Callable[[bytes], object], list[bytes]]]:
    """Name -> (what reads the bytes, healthy examples)."""
    from gausscape.configuration import parse_settings
    from gausscape.datasets.discovery import modules_of
    from gausscape.page.pack import pack, unpack
    from gausscape.space.column_files import column_bytes
    from gausscape.space.parquet import parse_parquet

    found: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {}
    for reader in modules_of("readers"):
        ending = reader.SUFFIXES[0]
        found[ending] = _of_file(ending), _examples(ending)
    found["space"] = _of_folder, [b'space.json{"a": [1, 2.5, "x"]}', b"w.safetensors" + _tensors()]
    import numpy as np

    found["scores"] = lambda data: parse_parquet("scores.parquet", data), [column_bytes({"a": np.arange(9.0)}, ".parquet")]
    found["page"] = unpack, [pack({"a": [1, 2], "b": "x"})]
    found["settings"] = lambda data: parse_settings(data.decode("utf-8", "replace")), [HEALTHY[".yaml"]]
    return found


def _of_file(ending: str) -> Callable[[bytes], object]:
    import gausscape as gs

    folder = tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    path = Path(folder) / f"it{ending}"

    def read(data: bytes) -> object:
        path.write_bytes(data)
        return gs.load_data(path)

    return read


def _of_folder(data: bytes) -> object:
    """A folder whose manifest is right: what a stranger could make, who can write a manifest too."""
    from gausscape.space.durable import write_files
    from gausscape.space.folder import read_folder
    from gausscape.space.manifest import MANIFEST, manifest_bytes

    name, cut = ("w.safetensors", 13) if data.startswith(b"w.safetensors") else ("space.json", 10)
    contents = {name: data[cut:]}
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as parent:
        write_files(f"{parent}/it", contents | {MANIFEST: manifest_bytes(contents)})
        return read_folder(f"{parent}/it")


def _tensors() -> bytes:
    import numpy as np
    import safetensors.numpy

    return safetensors.numpy.save({"a": np.ones((2, 3), np.float32), "b": np.arange(4)})


def _examples(ending: str) -> list[bytes]:
    import numpy as np
    import pandas
    from PIL import Image

    if ending in HEALTHY:
        return [HEALTHY[ending]]
    buffer, frame = io.BytesIO(), pandas.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    if ending == ".npy":
        np.save(buffer, np.arange(24.0).reshape(2, 3, 4))
    elif ending == ".parquet":
        frame.to_parquet(buffer)
    elif ending == ".arrow":
        frame.to_feather(buffer)
    else:
        with contextlib.suppress(ValueError, KeyError):
            Image.new("L", (5, 5)).save(buffer, format={".jpg": "JPEG"}.get(ending, ending[1:].upper()))
    return [buffer.getvalue()]


def _one(name: str, seconds: int) -> int:
    from gausscape.errors import GausscapeError

    if importlib.util.find_spec("atheris") is None:
        return _unguided(name, seconds)
    import atheris

    with atheris.instrument_imports(include=["gausscape"]):
        read, examples = targets()[name]

    def once(data: bytes) -> None:
        with contextlib.suppress(GausscapeError):
            read(data)

    with tempfile.TemporaryDirectory() as corpus:
        for number, example in enumerate(examples):
            (Path(corpus) / str(number)).write_bytes(example)
        flags = [f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=4096", "-timeout=30", f"-artifact_prefix={corpus}/"]
        atheris.Setup([sys.argv[0], *flags, corpus], once)
        atheris.Fuzz()  # ends the process: 0, or another code after an error that it prints
    return 0


def _unguided(name: str, seconds: int) -> int:
    from gausscape.errors import GausscapeError

    read, examples = targets()[name]
    draw, until = random.Random(0), time.monotonic() + seconds
    while time.monotonic() < until:
        data = bytearray(draw.choice(examples))
        for _ in range(draw.randrange(1, 8)):
            place = draw.randrange(len(data) + 1)
            data[place : place + draw.randrange(3)] = draw.randbytes(draw.randrange(4))
        with contextlib.suppress(GausscapeError):
            read(bytes(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
