"""How do the walkthroughs become notebooks? Each script is taken apart into cells, run, and written with its outputs.

    python build.py [NAME ...]            run the scripts and write their notebooks
    python build.py --check [NAME ...]    run the scripts, write nothing; fail if a cell does, or a notebook is out of step

Names are those of the scripts, or their beginnings ("2" is enough); none means all. Notebooks are never edited by hand. It needs
jupytext, nbclient and ipykernel. What differs between two machines (times, paths, versions) is kept out of the files.
"""

__all__ = ["find_scripts", "read_script", "run_notebook", "tell_differences"]

import argparse
import base64
import os
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from gausscape.figures.notebook import lighten

HERE = Path(__file__).resolve().parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SECONDS_A_CELL = 600
MOST_BYTES = 400_000
LARGER_DATA = "GAUSSCAPE_TEST_DATA"


def find_scripts(names: list[str] | None = None) -> list[Path]:
    """The walkthroughs in their order, those whose names begin like one of the given ones; every one without names.

    Raises:
        SystemExit: If a name is none's beginning.
    """
    scripts = sorted(path for path in HERE.glob("*.py") if re.match(r"\d", path.name))
    if not names:
        return scripts
    for name in names:
        if not any(path.name.startswith(name) for path in scripts):
            raise SystemExit(f"No walkthrough begins with {name!r}. There are: {', '.join(p.stem for p in scripts)}.")
    return [path for path in scripts if path.name.startswith(tuple(names))]


def read_script(script: Path) -> NotebookNode:
    """The script as a notebook without outputs; cells are named by their place, so that equal scripts give equal files."""
    notebook = jupytext.read(script, fmt="py:percent")
    for place, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{place:02d}"
        cell.metadata = NotebookNode({"tags": cell.metadata.tags} if "tags" in cell.metadata else {})
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python", "file_extension": ".py"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def run_notebook(notebook: NotebookNode, *, bundled: bool = True) -> NotebookNode:
    """The notebook with the outputs of a run in a new kernel on one thread; the argument is changed.

    Args:
        notebook: From `read_script`.
        bundled: Whether larger data sets that happen to be here are hidden from it.

    Raises:
        CellExecutionError: If a cell fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        # A reader's own IPython settings must not show in the outputs.
        own = {"IPYTHONDIR": scratch, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "PYTHONHASHSEED": "0"}
        client = NotebookClient(
            notebook,
            timeout=SECONDS_A_CELL,
            kernel_name=KERNEL["name"],
            record_timing=False,
            resources={"metadata": {"path": str(HERE)}},
        )
        hidden = {LARGER_DATA} if bundled else set()
        client.execute(env={name: value for name, value in os.environ.items() if name not in hidden} | own)
    notebook.metadata.language_info = NotebookNode(name="python", file_extension=".py")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_clean(each) for each in cell.outputs if _is_shown(each, cell.metadata.get("tags", []))]
            cell.metadata.pop("execution", None)
    return notebook


def tell_differences(script: Path) -> list[str]:
    """Where the committed notebook is not that of the script, in sentences; () if it is in step."""
    path = script.with_suffix(".ipynb")
    if not path.exists():
        return [f"{path.name} is missing. Run: python {HERE.parent.name}/{HERE.name}/build.py {script.stem}"]
    kept, wanted = nbformat.read(path, as_version=4), read_script(script)
    if len(kept.cells) != len(wanted.cells):
        return [f"{path.name} has {len(kept.cells)} cells, the script {len(wanted.cells)}. Build it again."]
    return [
        f"{path.name}, {old.id}: the source is not that of the script. Build it again."
        for old, new in zip(kept.cells, wanted.cells, strict=True)
        if (old.cell_type, old.source) != (new.cell_type, new.source)
    ]


def _is_shown(output: NotebookNode, tags: list[str]) -> bool:
    """Standard error is noise of the machine, unless a warning is part of the lesson."""
    return output.output_type != "stream" or output.name != "stderr" or "warning" in tags


def _clean(output: NotebookNode) -> NotebookNode:
    """The picture once and light, with its words as the text that stands for it."""
    if "data" not in output or "image/png" not in output.data:
        return output
    words = output.data.get("text/plain", "A figure.")
    if words.startswith(("<Figure", "<Drawing")):
        words = "A figure."
    size = output.metadata.get("image/png", {})
    picture = lighten(base64.b64decode(output.data["image/png"]))
    output.data = NotebookNode({"text/plain": words, "image/png": base64.b64encode(picture).decode()})
    output.metadata = NotebookNode({"image/png": NotebookNode({**size, "alt": words})})
    return output


def _processor_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="walkthroughs, by the beginning of their names; none means all")
    parser.add_argument("--check", action="store_true", help="run and compare, write nothing")
    parser.add_argument("--larger-data", action="store_true", help=f"let scripts see ${LARGER_DATA}; only with --check")
    options = parser.parse_args()
    if options.larger_data and not options.check:
        parser.error("--larger-data goes with --check only: the notebooks are those of the bundled data.")
    wrong: list[str] = []
    for script in find_scripts(options.names):
        notebook, start, before = read_script(script), time.perf_counter(), _processor_seconds()
        try:
            run_notebook(notebook, bundled=not options.larger_data)
        except CellExecutionError as error:
            print(f"{script.name}: a cell failed\n{error}")
            wrong.append(f"{script.name}: a cell failed.")
            continue
        text = nbformat.writes(notebook) + "\n"
        if options.check:
            wrong += tell_differences(script)
        else:
            script.with_suffix(".ipynb").write_text(text, encoding="utf-8")
        if len(text) > MOST_BYTES:
            wrong.append(f"{script.stem}: {len(text) / 1e3:,.0f} kB, at most {MOST_BYTES / 1e3:,.0f} are wanted.")
        seconds = _processor_seconds() - before
        wall = time.perf_counter() - start
        print(f"{script.stem}: {seconds:.0f} s of one processor ({wall:.0f} s), {len(text) / 1e3:,.0f} kB", flush=True)
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
