"""The decoder and the law of a space as plain numbers and operations, for a page that runs them where there is no Python."""

__all__ = ["ProgramAnswer", "calibration_tables", "law_tables", "run_program", "write_program"]

from gausscape.page.program.law_tables import calibration_tables, law_tables
from gausscape.page.program.running import run_program
from gausscape.page.program.writing import ProgramAnswer, write_program
