"""Writes answers as a static page that opens by double-click and asks no other host for anything."""

__all__ = ["Commands", "Illustration", "Section", "Table", "write_report"]

from gausscape.page.report import Commands, Illustration, Section, Table, write_report
