"""Landmarks: originals that are kept, so that any point can be told by the nearest of them, and a direction by its two ends."""

__all__ = ["Landmarks"]

import base64
from dataclasses import dataclass

import numpy as np

MOST = 1_000
LONGEST_TEXT, LONGEST_NAME = 200, 28


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Kept originals.

    Args:
        cells: Their cells, (m, cells), float16 (nobody is told more of them than who is nearest).
        texts: What each stands for.
    """

    cells: np.ndarray
    texts: tuple[str, ...]

    @classmethod
    def choose(cls, cells: np.ndarray, texts: tuple[str, ...]) -> "Landmarks":
        """At most 1,000 of these, evenly over the rows."""
        rows = np.unique(np.linspace(0, len(cells) - 1, min(MOST, len(cells))).round().astype(int))
        return cls(cells[rows].astype(np.float16), tuple(texts[row][:LONGEST_TEXT] for row in rows))

    def nearest(self, cells: np.ndarray, *, count: int = 1) -> np.ndarray:
        """Positions of the nearest ones to each point (n, cells), nearest first, (n, count)."""
        kept = self.cells.astype(np.float64)
        squares = (kept**2).sum(1) - 2 * cells @ kept.T
        return np.argsort(squares, axis=1, kind="stable")[:, :count]

    def name_directions(self, count: int) -> tuple[str, ...]:
        """The first `count` axes by the two originals that lie most purely at either end."""
        kept = self.cells.astype(np.float64)
        pure = kept[:, :count] / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-9)
        names: list[str] = []
        for axis in range(count):
            low, high = (_short(self.texts[int(end)]) for end in (pure[:, axis].argmin(), pure[:, axis].argmax()))
            name = f"'{low}' to '{high}'"
            names.append(name if name not in names else f"{name} (direction {axis + 1})")
        return tuple(names)

    def document(self) -> dict:
        """JSON-able: the texts, and the cells as base64 of little-endian float16."""
        packed = base64.b64encode(self.cells.astype("<f2").tobytes()).decode("ascii")
        return {"texts": list(self.texts), "cells": packed}

    @classmethod
    def from_document(cls, document: dict) -> "Landmarks":
        """The landmarks with that state."""
        flat = np.frombuffer(base64.b64decode(document["cells"]), "<f2").astype(np.float16)
        return cls(flat.reshape(len(document["texts"]), -1), tuple(document["texts"]))


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - 3].rstrip() + "..."
