"""The reference: one page for each public name of gausscape and one for the command line, found by looking."""

import contextlib
import importlib
import inspect
import io
import re
import sys

from mkdocs.structure.files import File
from typer.testing import CliRunner

import gausscape

ROOMS = {
    "training": "Fitting", "method_comparison": "Fitting", "space": "Spaces", "gaussian": "Spaces",
    "local_change": "Question 1: change",
    "explanation": "Question 2: explanation", "outcome": "Question 2: explanation", "stress_testing": "Question 3: stress",
    "watching": "Streams", "quality": "Quality", "figures": "Showing", "page": "Showing",
}  # fmt: skip
OTHERS = "Data and the rest"
BESIDE = ("gausscape.page.write.write_page", "gausscape.sklearn.GaussianSpace")


def on_config(config):
    """Put the pages under Reference, grouped by the question that they serve."""
    groups = {}
    for name, path in _public():
        groups.setdefault(_group(path), []).append({name: f"reference/{name}.md"})
    section = next(entry["Reference"] for entry in config.nav if "Reference" in entry)
    order = sorted(groups, key=[*dict.fromkeys(ROOMS.values()), OTHERS].index)
    section[:] = [
        "reference/index.md",
        {"Command line": "reference/command-line.md"},
        *({name: groups[name]} for name in order),
    ]
    return config


def on_files(files, config):
    """Write the pages."""
    for name, path in _public():
        options = {"heading_level": 1, "show_root_heading": "true", "heading": _spoken(name, path), "toc_label": name}
        text = f"::: {path}\n    options:\n" + "".join(f"      {key}: {value}\n" for key, value in options.items())
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    files.append(File.generated(config, "reference/command-line.md", content=_command_line()))
    return files


def on_page_markdown(markdown, page, config, files):
    """Fill the table of the reference's first page."""
    if page.file.src_uri != "reference/index.md":
        return markdown
    rows = {}
    for name, path in _public():
        module, _, attribute = path.rpartition(".")
        said = inspect.getdoc(getattr(importlib.import_module(module), attribute)) or ""
        first = re.split(r"(?<=[.?!:])\s", said.replace("\n", " "), maxsplit=1)[0].rstrip(":")
        rows.setdefault(_group(path), []).append(f"| [`{name}`]({name}.md) | {first.replace('|', chr(92) + '|')} |")
    order = sorted(rows, key=[*dict.fromkeys(ROOMS.values()), OTHERS].index)
    head = "| name | what it is |\n|---|---|\n"
    return markdown + "".join(f"\n## {group}\n\n{head}" + "\n".join(rows[group]) + "\n" for group in order)


def _public():
    """(name, where it is defined) of all that the package promises."""
    for name in sorted(gausscape.__all__, key=lambda name: (name[0].islower(), name.lower())):
        value = getattr(gausscape, name)
        yield name, f"{value.__module__}.{value.__qualname__}"
    for path in BESIDE:
        name = path.rpartition(".")[2]
        if name not in gausscape.__all__:
            yield name, path


def _group(path):
    return ROOMS.get(path.split(".")[1], OTHERS)


def _spoken(name, path):
    return f"gausscape.{name}" if name in gausscape.__all__ else path.replace(".write.", ".")


def _command_line():
    from gausscape.cli import main
    from gausscape.cli.app import app

    # Commands register themselves when the program starts; this is one start of it, unheard.
    given, sys.argv = sys.argv, ["gausscape", "--help"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main()
    sys.argv = given
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    said = [runner.invoke(app, ["--help"]).output]
    names = re.findall(r"^  ([a-z]+)  ", said[0].partition("Commands:")[2], re.MULTILINE)
    parts = [
        "# Command line\n\nWhat the commands say of themselves with `--help`. Exit status: 0 all is well, 1 data or files cannot "
        "be used, 2 a wrong call, 3 a limit of a stress test is broken.\n"
    ]
    for name in names:
        text = runner.invoke(app, [name, "--help"]).output.rstrip()
        parts.append(f"\n## `{name}`\n\n```text\n{text}\n```\n")
    return "".join(parts)
