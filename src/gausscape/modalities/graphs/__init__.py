"""Graphs: networkx graphs with types, numbers and directions, of a few nodes or of thousands."""

__all__ = ["MODALITY", "GraphModality"]

from gausscape.modalities.graphs.modality import GraphModality

MODALITY = GraphModality
