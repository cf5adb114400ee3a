"""The page against a live model: a small server on this machine, for outcomes that cannot run in a browser."""

__all__ = ["LiveModel", "build_application", "refuse_remote", "serve"]

from gausscape.page.server.application import build_application
from gausscape.page.server.live import LiveModel
from gausscape.page.server.running import refuse_remote, serve
