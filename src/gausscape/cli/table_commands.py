"""The commands about columns and gaps: schema, complete. They register themselves on the app."""

__all__ = ["complete", "schema"]

from gausscape.cli.complete_command import complete
from gausscape.cli.schema_command import schema
