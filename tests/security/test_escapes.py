"""Row S8: what data say is shown as text, never obeyed: by a figure, a terminal, a spreadsheet, a browser or a CI server."""

import os
import re
import subprocess
import sys
import types
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from gausscape.cli.plain_streams import plain_streams
from gausscape.figures.bars import Bar, draw_bars, plan_bars
from gausscape.figures.style import Look, new_sheet, to_bytes
from gausscape.printable import printable
from gausscape.space.column_files import column_bytes
from gausscape.space.saving import _in_markdown
from gausscape.stress_testing.junit import junit_bytes
from gausscape.stress_testing.tolerance import Checked, State

HOSTILE = [
    "$\\frac{$", "$", "$$x_$", "a\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "nul\x00", "--><script>alert(1)</script>", "]]>",
    "\ud800", "\u202egpj.exe", "=cmd()", "\r\nline", "\x7f\x08\x08", "\ufffe", "&lt;", "'\"`", "{{7*7}}", "%s%n",
]  # fmt: skip
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.filterwarnings("ignore:Glyph")  # no font has them all
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_name_in_a_figure_is_text_and_no_formula(text, kind):
    sheet = new_sheet(Look(width=4), 1)
    sheet.write(0.2, 0.5, text)
    drawn = to_bytes(sheet.figure, kind)
    if kind == "svg":
        root = ElementTree.fromstring(drawn)
        assert not [each for each in root.iter() if each.tag.endswith("script")]


@pytest.mark.filterwarnings("ignore:Glyph")
def test_bars_take_such_names():
    look = Look(width=6)
    plan = plan_bars(look, [Bar(name, 0.1 * i, note=name) for i, name in enumerate(HOSTILE)], 5.6, unit="$y$\x1b")
    sheet = new_sheet(look, plan.height + 0.4)
    draw_bars(sheet, plan, 0.2, 0.2)
    ElementTree.fromstring(to_bytes(sheet.figure, "svg"))


@pytest.mark.parametrize("text", HOSTILE)
def test_the_terminal_gets_no_control_characters(text, capsys):
    with plain_streams():
        print(f"column {text!s} of", text)
        print(text, file=sys.stderr)
    told = capsys.readouterr()
    assert not CONTROLS.search(told.out + told.err)
    assert printable(text).strip("\ufffd")[:3] in told.out


def test_the_command_line_says_hostile_names_and_refusals_as_text(tmp_path):
    (tmp_path / "evil.csv").write_bytes(b"\x1b[31mage\x1b[2J,\x1b]0;owned\x07b\n" + b"1,x\n2,y\n3,z\n" * 6)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    for arguments in (["schema", "evil.csv"], ["info", "\x1b[31mno.space"]):
        done = subprocess.run(
            [sys.executable, "-m", "gausscape", *arguments], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        said = (done.stdout + done.stderr).decode("utf-8")
        assert said
        assert not CONTROLS.search(said), arguments


def test_progress_and_help_may_still_draw():
    stream = types.SimpleNamespace(write=len, isatty=lambda: True)
    before, sys.stdout = sys.stdout, stream
    try:
        with plain_streams():
            assert sys.stdout.rich_proxied_file is stream
            assert sys.stdout.isatty()
    finally:
        sys.stdout = before


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_spreadsheet_runs_neither_cells_nor_names_of_columns(start):
    import pandas as pd

    cells = [f"{start}cmd|'/c calc'!A1", "plain"]
    for column in (np.array(cells, dtype=object), pd.Series(cells), pd.Categorical(cells)):
        lines = column_bytes({f"{start}name": column, "n": np.array([-1.5, 2.0])}, ".csv").decode()
        assert lines.startswith("\"'")
        assert f"\n\"'{start}cmd" in lines
        assert "-1.5" in lines
        assert "'-1.5" not in lines


@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "\ud800"])
def test_junit_stays_well_formed(text):
    found = junit_bytes([Checked(text, 0.5, 0.4, 0.6, 0.1, State.BROKEN)], name=text, seconds=1.0)
    root = ElementTree.fromstring(found)
    assert {each.tag for each in root.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "system-out", "skipped"}


def test_a_model_card_holds_no_markup_from_data():
    told = _in_markdown("<img src=x onerror=alert(1)> [click](javascript:alert(1))\n# Heading `code` | cell \x1b[31m")
    assert re.search(r"(?<!\\)[<>\[\]`|]", told) is None
    assert "\n" not in told
    assert "\x1b" not in told
