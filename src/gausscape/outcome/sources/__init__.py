"""What y may be made of: one file a kind, each of which says what it accepts."""

__all__ = ["HttpEndpoint", "Source"]

from gausscape.outcome.sources.http_endpoint import HttpEndpoint
from gausscape.outcome.sources.source import Source
