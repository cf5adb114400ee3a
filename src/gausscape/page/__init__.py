"""Writes answers as an interactive page that opens by double-click and asks no other host for anything."""

__all__ = ["write_page"]

from gausscape.page.write import write_page
