"""Every writer of the product, failed and killed at each of its points in turn; told what stands on the disk afterwards.

    python writers.py FOLDER [NAME ...]

Prints one line of JSON a writer. A case writes an "old" version and then a "new" one over it; `covers` names the functions
that hand bytes to `gausscape.space.durable`. Each point is one write, flush, rename or removal.
"""

import contextlib
import gc
import hashlib
import io
import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas

from gausscape.errors import GausscapeError
from gausscape.space import durable

MOST = 200
VERSIONS = ("old", "new")


@dataclass(frozen=True)
class Case:
    """One way to write.

    Args:
        covers: "module:function" of each writer that it goes through.
        write: Writes that version into a place.
        targets: Names in the place, each of which must be old or new as a whole.
        load: The product's own reader; must not raise for a place that a killed writer has left.
        told: What the place says when a reader asks, where names and bytes alone do not tell old from new.
        is_command: Whether the writer is a command, which tells a failure on standard error and exits.
    """

    covers: tuple[str, ...]
    write: Callable[[Path, str], Any]
    targets: tuple[str, ...]
    load: Callable[[Path], Any] = lambda place: None
    told: Callable[[Path], dict[str, str]] | None = None
    is_command: bool = False


# What is written.


def rows(version: str, n: int = 60) -> pandas.DataFrame:
    draw = np.random.default_rng(VERSIONS.index(version))
    return pandas.DataFrame(draw.normal(size=(n, 2)) @ [[2.0, 0.5, 0.0, 0.3], [0.0, 1.0, 0.7, -0.4]], columns=list("abcd"))


@cache
def space(version: str) -> Any:
    from gausscape.training.fitting import fit

    return fit(rows(version, 300), latent=2, method="pca", modality="tables")


@cache
def stress(version: str) -> Any:
    from gausscape.stress_testing import Design, stress_test

    return stress_test(
        space("old"), lambda frame: frame["a"].to_numpy(), exceedance=(0.1,), seed=VERSIONS.index(version),
        design=Design(each=20, rays=2),
    )  # fmt: skip


@cache
def page(version: str) -> Any:
    from gausscape.page.write import Wanted, build_page

    return build_page(space("old"), wanted=Wanted(version, "2026-01-01"))


@cache
def figure(version: str) -> Any:
    from gausscape.figures import plot

    return plot(space(version))


@cache
def samples(version: str) -> Any:
    return space("old").sample(5, seed=VERSIONS.index(version))


class Steps:
    """Stands for a training: a document and an array that tell how far it is."""

    def __init__(self, step: int):
        self.step = self.steps = step

    def state(self) -> tuple[dict[str, int], dict[str, np.ndarray]]:
        return {"step": self.step}, {"network/w": np.full(50, self.step, np.float32)}

    def restore(self, document: dict[str, int], arrays: dict[str, np.ndarray]) -> None:
        assert (arrays["network/w"] == document["step"]).all()
        self.step = document["step"]


FACTS = {"data": {}, "configuration": {}, "environment": {}}


def checkpoint(place: Path, version: str) -> None:
    from gausscape.training.checkpoints import Checkpoints

    (place / "run").mkdir(exist_ok=True)
    kept = Checkpoints(place / "run")
    kept.begin(Steps(0), FACTS)
    # The second and later saves move the one before aside.
    for step in (1, 2, 3) if version == "old" else (4,):
        kept.save(Steps(step))


def resumed(place: Path) -> dict[str, str]:
    from gausscape.training.checkpoints import Checkpoints

    training, kept = Steps(0), Checkpoints(place / "run", resume=True)
    kept.begin(training, FACTS)
    assert not kept.warnings, kept.warnings
    return {"run": {2: "old", 3: "old", 4: "new"}.get(training.step, f"step {training.step}")}


def watch_state(place: Path, version: str) -> None:
    from gausscape.watching import Watch, WatchFolder

    with WatchFolder(place / "state") as folder:
        watch = folder.open(Watch.begin(space("old"), seed=1))
        if version == "new" and not watch.counts["windows"]:  # each window counts once
            folder.observe(watch, rows("new", 12), number=0)
        folder.save(watch)


def watch_alarm(place: Path, version: str) -> None:
    from gausscape.watching import Watch, WatchFolder

    with WatchFolder(place / "state", every=1e6) as folder:
        watch = folder.open(Watch.begin(space("old"), seed=1))
        if version == "new" and not watch.counts["windows"]:
            far = rows("new", 12)
            far.loc[3, "c"] = 60.0
            assert folder.observe(watch, far, number=0).alarm is not None
        folder.save(watch)  # removes what a killed writer has left


def watched(place: Path) -> None:
    from gausscape.watching import Watch, WatchFolder

    with WatchFolder(place / "state") as folder:
        folder.open(Watch.begin(space("old"), seed=1))


def load_test(place: Path) -> None:
    from gausscape.stress_testing import load_stress_test

    load_stress_test(place / "stress", space("old"))


def load_fitted(place: Path) -> None:
    from gausscape.space.saving import load_space

    load_space(place / "it.space")


def load_columns(place: Path) -> None:
    from gausscape.space.parquet import parse_parquet

    parse_parquet("scores.parquet", (place / "scores.parquet").read_bytes())


def command(*words: str) -> None:
    from gausscape.cli import main

    before, sys.argv = sys.argv, ["gausscape", *words]
    try:
        main()
    except SystemExit as stopped:
        if stopped.code:
            raise GausscapeError(sys.stderr.getvalue() if isinstance(sys.stderr, io.StringIO) else "failed") from None
    finally:
        sys.argv = before


def given(place: Path, name: str, version: str) -> str:
    path = place.with_name(name)  # beside the place, which is judged
    if not path.exists():
        frame = rows(version)
        frame.loc[::10, "b"] = np.nan
        frame.to_csv(path, index=False) if path.suffix == ".csv" else space("old").save(path)
    return str(path)


def answered_once() -> None:
    """Reading and working out happen once: it is the writing that is judged, and children inherit no other threads."""
    import gausscape.cli.complete_command
    import gausscape.cli.quality_command
    import gausscape.quality
    from gausscape.cli.given import Given
    from gausscape.space.space import Space

    load, complete, known = Given.load, Space.complete, {}

    def load_once(self, *asked, **options):
        if self.source not in known:
            known[self.source] = load(self, *asked, **options)
        return known[self.source]

    def complete_once(self, items, **options):
        if id(items) not in known:
            known[id(items)] = complete(self, items, **options)
        return known[id(items)]

    Given.load, Space.complete = load_once, complete_once
    for module in (gausscape.cli.complete_command, gausscape.cli.quality_command):
        module.open_space = lambda folder: space("old")
    gausscape.quality.space_quality = lambda space, items, *asked, **options: SimpleNamespace(
        document=lambda: {"mean": float(items.values["a"].mean())}
    )


def schema_command(place: Path, version: str) -> None:
    command("schema", given(place, f"{version}.csv", version), "--out", str(place / "schema.yaml"), "--overwrite")


def complete_command(place: Path, version: str) -> None:
    words = ("--out", str(place / "whole.csv"), "--table", str(place / "cells.csv"), "--draws", "3", "--overwrite")
    command("complete", given(place, "fitted.space", "old"), given(place, f"{version}.csv", version), *words)


def quality_command(place: Path, version: str) -> None:
    words = ("--out", str(place / "quality.json"), "--overwrite", "--json")
    command("quality", given(place, "fitted.space", "old"), given(place, f"{version}.csv", version), *words)


def stress_files(place: Path, version: str) -> None:
    from gausscape.cli.stress_command import _write

    _write(
        stress(version), None, (), figures=None, table=place / "scenarios.csv", junit=place / "stress.xml", overwrite=True,
        strict=False, seconds=float(VERSIONS.index(version)),
    )  # fmt: skip


def comparison(place: Path, version: str) -> None:
    from gausscape.method_comparison.report import MethodComparison

    told: Any = SimpleNamespace(document=lambda: {"version": version})
    MethodComparison.save(told, place / "versus.json")


def failures(place: Path, version: str) -> None:
    from gausscape.scale.failure_counts import FailureCounts

    told: Any = SimpleNamespace(document=lambda: {"version": version})
    FailureCounts.save(told, place / "failures.json")


def shard(place: Path, version: str) -> None:
    from gausscape.scale.run_folder import RunFolder, Shard, start_run

    folder: RunFolder = start_run(place / "run", {"source": "rows"})
    folder.put(0, Shard(version.encode() * 100, rows=3, summary={"version": version}))
    folder.close([], {"version": version}, {})


def begun_run(place: Path, version: str) -> None:
    from gausscape.scale.run_folder import start_run

    if version == "new":  # what a run is, is written once
        start_run(place / "run", {"source": "rows"})


def downloaded(place: Path, version: str) -> None:
    from gausscape.datasets.packed_download import keep

    keep(place / "set.bin", version.encode() * 500)


def scored(place: Path, version: str) -> None:
    from gausscape.cli.tables import write_table

    write_table({"id": np.arange(40), "exceedance": np.full(40, VERSIONS.index(version) / 2)}, place / "scores.parquet")


def sampled(place: Path, version: str) -> None:
    from gausscape.cli.tables import write_samples

    write_samples(samples(version), space("old").modality, place / "samples.csv")


def drawn(place: Path, version: str) -> None:
    from gausscape.figures import save_figure

    save_figure(figure(version), place / "map.png")


def page_file(place: Path, version: str) -> None:
    from gausscape.page.write import save_page

    save_page(page(version), place / "index.html")


CASES = {
    "space": Case(
        ("space.saving:save_space", "space.folder:write_folder"),
        lambda place, version: space(version).save(place / "it.space", overwrite=True), ("it.space",), load_fitted,
    ),
    "checkpoint": Case(("training.checkpoints:save",), checkpoint, ("run",), told=resumed),
    "stress test": Case(
        ("stress_testing.saving:save_stress_test",),
        lambda place, version: stress(version).save(place / "stress", overwrite=True), ("stress",), load_test,
    ),
    "state of a watch": Case(("watching.watch_folder:save",), watch_state, ("state/state",), watched),
    "objects of an alarm": Case(("watching.watch_folder:_write_alarm",), watch_alarm, ("state/alarms/0.parquet",), watched),
    "page": Case(("page.write:save_page",), page_file, ("index.html",)),
    "scores": Case(("cli.tables:write_table",), scored, ("scores.parquet",), load_columns),
    "samples": Case(("cli.tables:write_samples",), sampled, ("samples.csv",)),
    "figure": Case(("figures.style:save_figure",), drawn, ("map.png",)),
    "schema": Case(("cli.schema_command:schema",), schema_command, ("schema.yaml",), is_command=True),
    "completed objects": Case(
        ("cli.complete_command:complete",), complete_command, ("whole.csv", "cells.csv"), is_command=True
    ),
    "report on quality": Case(("cli.quality_command:quality",), quality_command, ("quality.json",), is_command=True),
    "files of a stress test": Case(("cli.stress_command:_write",), stress_files, ("scenarios.csv", "stress.xml")),
    "comparison of methods": Case(("method_comparison.report:save",), comparison, ("versus.json",)),
    "counts of failures": Case(("scale.failure_counts:save",), failures, ("failures.json",)),
    "beginning of a run over shards": Case(("scale.run_folder:start_run",), begun_run, ("run/_run/run.json",)),
    "shard": Case(
        ("scale.run_folder:put", "scale.run_folder:close"), shard,
        ("run/part-00000.parquet", "run/_run/part-00000.json", "run/_summary.json"),
    ),
    "download": Case(("datasets.packed_download:keep",), downloaded, ("set.bin",)),
}  # fmt: skip


# How it is judged.


def digest(path: Path) -> str:
    """Of a file, or of a folder as a reader finds it, also when a swap was interrupted."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        descriptor = durable.open_folder(path)
    except FileNotFoundError:
        return "none"
    try:
        found = {name: Path(f"/proc/self/fd/{descriptor}/{name}").read_bytes() for name in sorted(os.listdir(descriptor))}
    finally:
        os.close(descriptor)
    return hashlib.sha256(b"".join(name.encode() + hashlib.sha256(data).digest() for name, data in found.items())).hexdigest()


class Trial:
    """One writer in one place, put back to the old version before each fault."""

    def __init__(self, case: Case, parent: Path):
        self.case, self.place, self.kept = case, parent / "place", parent / "kept"
        self.place.mkdir(parents=True)
        self.write("old")
        shutil.copytree(self.place, self.kept)
        self.old = self.digests()
        self.write("new")
        self.new = self.digests()
        self.names = self.listing()
        assert all(self.old[name] != self.new[name] for name in case.targets), "the versions must differ"
        self.begin()
        self.write("new")
        assert self.digests() == self.new, "must repeat itself"

    def write(self, version: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.case.write(self.place, version)

    def begin(self) -> None:
        shutil.rmtree(self.place)
        shutil.copytree(self.kept, self.place)

    def digests(self) -> dict[str, str]:
        if self.case.told:
            return self.case.told(self.place)
        return {name: digest(self.place / name) for name in self.case.targets}

    def states(self) -> dict[str, str]:
        """Of each target: old, new, or torn."""
        self.case.load(self.place)
        found = self.digests()
        known = {name: {self.new[name]: "new", self.old[name]: "old"} for name in found}
        return {name: known[name].get(value, "torn") for name, value in found.items()}

    def listing(self) -> list[str]:
        """Files, and folders of a writer that has not ended; empty folders made on the way do no harm."""
        found = self.place.rglob("*")
        return sorted(str(path.relative_to(self.place)) for path in found if path.is_file() or "gausscape-" in path.name)

    def killed(self, point: int) -> dict[str, Any]:
        """States after a kill, and whether the next writer gets through and leaves nothing behind."""
        self.begin()
        status = self.in_a_child(f"kill@any:{point}")
        states = self.states()
        self.write("new")
        return {"status": status, "states": states, "mended": self.digests() == self.new and self.listing() == self.names}

    def in_a_child(self, plan: str) -> int:
        """0, or minus the signal, or 9 for an error that nobody asked for."""
        child = os.fork()
        if child == 0:
            code = 9
            signal.alarm(30)
            try:
                os.environ["GAUSSCAPE_FAULT"] = plan
                self.write("new")
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def here(self) -> int:
        """0, 1 for a refusal that names the place, or 9 for one that does not."""
        try:
            self.write("new")
        except GausscapeError as error:
            return 1 if "".join(str(self.place).split()) in "".join(str(error).split()) else 9
        return 0

    def failed(self, point: int) -> dict[str, Any]:
        """States after an error, and whether the writer itself has left nothing behind."""
        self.begin()
        os.environ["GAUSSCAPE_FAULT"] = f"any:{point}"
        try:
            status = self.here()
        finally:
            del os.environ["GAUSSCAPE_FAULT"]
        if status == 0:  # what could not be removed after the new state stood is left to the next writer
            self.write("new")
        return {"status": status, "states": self.states(), "mended": not any("gausscape-" in name for name in self.listing())}

    def full(self) -> dict[str, Any]:
        """No file may grow beyond 8 bytes, as on a full disk."""
        self.begin()
        before, endless = self.listing(), resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_FSIZE, (8, endless))
        try:
            status = self.here()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (endless, endless))
        return {"status": status, "states": self.states(), "mended": set(self.listing()) <= set(before)}


def through(one: Callable[[int], dict[str, Any]], times: int) -> list[dict[str, Any]]:
    """Point after point until the writer gets through, so many times in a row."""
    found: list[dict[str, Any]] = []
    while len(found) < MOST and [each["status"] for each in found[-times:]] != [0] * times:
        found.append(one(len(found) + 1))
    return found


def main(folder: Path, names: list[str]) -> None:
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN  # so that a limit on sizes is an error, not an end
    import gausscape.scale.run_folder
    import gausscape.watching.watch_folder

    # Their own points are steps of the work, not of a write.
    gausscape.watching.watch_folder.fault_point = gausscape.scale.run_folder.fault_point = lambda name: None
    answered_once()
    for name in names or CASES:
        trial = Trial(CASES[name], folder / name)
        gc.freeze()  # so that a child copies no page merely by counting
        # An error while tidying up stops nobody, so that getting through once does not mean that no point is left.
        told = {"kills": through(trial.killed, 1), "faults": through(trial.failed, 2), "full": trial.full()}
        print(json.dumps({"name": name, "targets": CASES[name].targets} | told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
