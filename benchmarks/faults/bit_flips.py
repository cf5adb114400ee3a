"""Of single flipped bits in everything that gausscape keeps, how many load silently wrong? And with the formats alone?

    python benchmarks/faults/bit_flips.py [--flips 10000] [--seed 0]

Makes a space, a checkpoint, the folder of a stress test, the state of a watch, a file of scores and the payload of a page;
turns one bit of a file drawn from all of theirs, reads, compares with what was kept, and turns it back. A flip is
refused (an error of gausscape), harmless (what was read is the same), or silently wrong. Rivals hold the same weights:
safetensors, torch.load(weights_only=True), and Parquet as written by default. Takes about 2 minutes on a quiet core.
Exits with 1 if anything was silently wrong.
"""

__all__ = ["main"]

import argparse
import io
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas

sys.path.insert(0, str(Path(__file__).parent))
from counting import Row

from gausscape.errors import GausscapeError


@dataclass
class Artefact:
    """Files, and the reader that must notice.

    Args:
        name: In the table.
        paths: All its files.
        read: Gives what they hold, in a form that `same` compares.
        refusals: Errors that count as noticed.
    """

    name: str
    paths: list[Path]
    read: Callable[[], Any]
    refusals: tuple[type[BaseException], ...] = (GausscapeError,)


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark and prints its rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # torch.load warns of some damage, and loads it
    with tempfile.TemporaryDirectory() as parent:
        own, rivals = _make(Path(parent))
        wrong = _measure("gausscape: " + ", ".join(each.name for each in own), own, options.flips, options.seed)
        for rival in rivals:
            _measure(f"  rival: {rival.name}", [rival], max(1, options.flips // 10), options.seed)
    return 1 if wrong else 0


def _measure(name: str, artefacts: list[Artefact], flips: int, seed: int) -> int:
    began, draw = time.monotonic(), random.Random(seed)
    places = [(artefact, path) for artefact in artefacts for path in artefact.paths]
    # Each file is drawn as often as any other, so that a small manifest is hit as often as large weights.
    kept = {id(artefact): artefact.read() for artefact in artefacts}
    told = {"refused": 0, "harmless": 0, "wrong": 0, "escaped": 0}
    for artefact, path in draw.choices(places, k=flips):
        position, bit = draw.randrange(path.stat().st_size), draw.randrange(8)
        _flip(path, position, bit)
        try:
            told["harmless" if same(artefact.read(), kept[id(artefact)]) else "wrong"] += 1
        except artefact.refusals:
            told["refused"] += 1
        except Exception as error:
            told["escaped"] += 1
            print(f"    {path.name}, byte {position}, bit {bit}: {type(error).__name__}: {str(error)[:120]}")
        _flip(path, position, bit)
    lost = told["wrong"] + told["escaped"]
    print(Row("bit flips that are not silently wrong", flips - lost, flips, time.monotonic() - began), name, sep="\n    ")
    counts = (f"{told['refused']:,} refused", f"{told['harmless']:,} harmless", f"{told['wrong']:,} silently wrong")
    print("    " + ", ".join([*counts, f"{told['escaped']:,} other errors"]), flush=True)
    return lost


def _flip(path: Path, position: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1 << bit]))


def same(found: Any, kept: Any) -> bool:
    """Whether two readings hold the same, bit by bit."""
    if isinstance(kept, dict):
        return isinstance(found, dict) and found.keys() == kept.keys() and all(same(found[key], kept[key]) for key in kept)
    if isinstance(kept, list | tuple):
        return len(found) == len(kept) and all(map(same, found, kept))
    if isinstance(kept, np.ndarray):
        return found.dtype == kept.dtype and found.shape == kept.shape and found.tobytes() == kept.tobytes()
    return type(found) is type(kept) and found == kept


def _make(parent: Path) -> tuple[list[Artefact], list[Artefact]]:
    import gausscape as gs
    from gausscape.page.pack import pack, unpack
    from gausscape.page.write import build_page
    from gausscape.space.column_files import column_bytes
    from gausscape.space.parquet import parse_parquet
    from gausscape.stress_testing import Design
    from gausscape.watching import Watch, WatchFolder

    draw = np.random.default_rng(0)
    values = draw.normal(size=(600, 2)) @ draw.normal(size=(2, 5)) + 0.1 * draw.normal(size=(600, 5))
    frame = pandas.DataFrame(values, columns=list("abcde"))
    checkpoints = gs.Checkpoints(parent / "run", interval=0.0)
    space = gs.fit(frame, latent=2, schedule=gs.Schedule(steps=20), checkpoints=checkpoints)
    space.save(parent / "space")
    test = gs.stress_test(space, lambda rows: rows["a"].to_numpy(), exceedance=(0.1,), design=Design(each=20, rays=2))
    test.save(parent / "stress")
    with WatchFolder(parent / "watch") as folder:
        watch = folder.open(Watch.begin(space))
        folder.observe(watch, frame.head(40), number=0)
        folder.save(watch)
    scores = {"id": frame.index.astype(str).to_numpy(), "exceedance": space.exceedance(frame).probability}
    (parent / "scores.parquet").write_bytes(column_bytes(scores, ".parquet"))
    (parent / "page.gsp").write_bytes(pack(build_page(space).document))
    own = [
        Artefact(name, sorted((parent / place).iterdir()), lambda place=place: _folder(parent / place))
        for name, place in (("space", "space"), ("checkpoint", "run/checkpoint"), ("stress test", "stress"), ("watch", "watch/state"))
    ]
    own.append(_file("scores", parent / "scores.parquet", lambda data: parse_parquet("scores.parquet", data)))
    own.append(_file("page", parent / "page.gsp", unpack))
    weights = {name: tensor.numpy() for name, tensor in space.codec.networks.state_dict().items()}
    return own, _rivals(parent, weights, scores)


def _folder(place: Path) -> dict[str, Any]:
    from gausscape.space.folder import read_folder

    found = read_folder(place)
    return {"documents": found.documents, "arrays": found.arrays, "texts": found.texts, "tables": found.tables}


def _file(name: str, path: Path, parse: Callable[[bytes], Any], refusals: tuple = (GausscapeError,)) -> Artefact:
    return Artefact(name, [path], lambda: parse(path.read_bytes()), refusals)


def _rivals(parent: Path, weights: dict[str, np.ndarray], scores: dict[str, np.ndarray]) -> list[Artefact]:
    import pyarrow
    import pyarrow.parquet
    import safetensors.numpy
    import torch

    (parent / "w.safetensors").write_bytes(safetensors.numpy.save(weights))
    torch.save({name: torch.from_numpy(array) for name, array in weights.items()}, parent / "w.pt")
    pyarrow.parquet.write_table(pyarrow.table(scores), parent / "plain.parquet")

    def of_torch(data: bytes) -> dict[str, np.ndarray]:
        return {name: tensor.numpy() for name, tensor in torch.load(io.BytesIO(data), weights_only=True).items()}

    def of_parquet(data: bytes) -> dict[str, np.ndarray]:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(data))
        return {name: table[name].to_numpy() for name in table.column_names}

    return [
        _file("safetensors", parent / "w.safetensors", safetensors.numpy.load, (Exception,)),
        _file("torch.load(weights_only=True)", parent / "w.pt", of_torch, (Exception,)),
        _file("Parquet by default", parent / "plain.parquet", of_parquet, (Exception,)),
    ]


if __name__ == "__main__":
    sys.exit(main())
