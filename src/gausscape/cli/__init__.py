"""The command line: parse, call one verb, print. Refusals are one sentence on standard error, never a traceback."""

__all__ = ["main"]

import os
import sys

from gausscape.errors import ConfigurationError, GausscapeError, StoppedError


def main() -> None:
    """Run the command line: exits with 0, 1 (data or files), 2 (a wrong call), 130 or 143 (stopped, state saved)."""
    # Threads that spin while they wait stall each other on a busy machine, and are hardly faster on a
    # quiet one. Read once, when torch is loaded, so it must be said before that.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from gausscape.cli import (  # noqa: F401  (their commands register themselves)
        local_commands,
        page_command,
        quality_command,
        score_command,
        serve_command,
        stress_command,
        table_commands,
        versus_command,
        watch_command,
    )
    from gausscape.cli.answering import in_options
    from gausscape.cli.app import app
    from gausscape.cli.plain_streams import plain_streams

    with plain_streams():
        try:
            app()
        except BrokenPipeError:
            # The reader (| head) has seen enough. Standard output is closed quietly so that Python does not complain again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except GausscapeError as error:
            if "--debug" in sys.argv or os.environ.get("GAUSSCAPE_DEBUG"):
                raise
            print(f"gausscape: {in_options(str(error))}", file=sys.stderr)
            code = 2 if isinstance(error, ConfigurationError) else error.exit_code if isinstance(error, StoppedError) else 1
            sys.exit(code)
        except KeyboardInterrupt:
            print("gausscape: stopped", file=sys.stderr)
            sys.exit(130)
