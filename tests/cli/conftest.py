"""The command line, run in this process."""

import sys

import pytest

from gausscape.cli import main


@pytest.fixture
def run(monkeypatch, capsys):
    """Run one command in this process: (exit code, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["gausscape", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call
