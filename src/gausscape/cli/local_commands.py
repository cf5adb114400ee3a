"""The commands about local change: change, explain, patch. They register themselves on the app."""

__all__ = ["change", "explain", "patch"]

from gausscape.cli.change_command import change
from gausscape.cli.explain_command import explain
from gausscape.cli.patch_command import patch
