"""Comparison: y on real objects and on what is rendered from their codes, all asked about at once and each once."""

__all__ = ["Comparison"]

import numpy as np
import torch

from gausscape.explanation.agreement import Agreement, measure_agreement
from gausscape.items import Items
from gausscape.outcome import Outcome
from gausscape.space.rendering import Expected, Rendering
from gausscape.space.space import Space

DRAWS = 4
ROWS_AT_ONCE = 4096


class Comparison:
    """y on real objects and on rendered ones.

    Args:
        space: A fitted space.
        outcome: y.
        items: Real objects.
        seed: Of the draws.
    """

    def __init__(self, space: Space, outcome: Outcome, items: Items, seed: int):
        self.space, self.outcome, self.items, self.seed = space, outcome, items, seed
        self.rng = np.random.default_rng([seed, 41])
        self.tensors = space.codec.tensors(items)
        self.mean = space.codec.embed(self.tensors).mean
        self.real = np.full(len(items), np.nan)
        self.plain = np.full(len(items), np.nan)
        self.drawn = np.full((len(items), DRAWS), np.nan)
        self.moved: dict[tuple[int, int], float] = {}

    def ask(self, places: list[tuple[np.ndarray, np.ndarray, Rendering]]) -> None:
        """y for all comparisons: places are (objects, their neighbours, how they are rendered)."""
        own = np.unique(np.concatenate([rows for rows, _, _ in places]))
        real = np.unique(np.concatenate([own, *[partner for _, partner, rendering in places if rendering.carries]]))
        self.real[real] = self.outcome(self.items.take(real).values).values
        self.plain[own] = self.rendered(own, own, Expected())
        for kind in {rendering for _, _, rendering in places}:
            mine = [(rows, partner) for rows, partner, rendering in places if rendering == kind]
            if kind.carries:
                pairs = np.unique(np.concatenate([np.stack(each, axis=1) for each in mine]), axis=0)
                told = self.rendered(pairs[:, 0], pairs[:, 1], kind)
                self.moved |= {(int(i), int(j)): float(y) for (i, j), y in zip(pairs, told, strict=True)}
            elif kind.drawn:
                rows = np.unique(np.concatenate([rows for rows, _ in mine]))
                self.drawn[rows] = np.stack([self.rendered(rows, rows, kind, draw) for draw in range(DRAWS)], axis=1)

    def rendered(self, rows: np.ndarray, at: np.ndarray, rendering: Rendering, draw: int = 0) -> np.ndarray:
        """y on objects with the codes of `at` and, where it is carried, the residual of `rows`, (n,)."""
        codec, found = self.space.codec, [np.zeros(0)]
        for start in range(0, len(rows), ROWS_AT_ONCE):
            own, there = rows[start : start + ROWS_AT_ONCE], at[start : start + ROWS_AT_ONCE]
            residual = torch.zeros(1, codec.networks.likelihood.cells)
            if rendering.carries:
                residual = codec.residual_cells(
                    {name: each[own] for name, each in self.tensors.items()}, self.mean[own]
                )
            cells = rendering.cells(codec, self.mean[there], residual, seed=self.draw_seed(draw, start))
            found.append(self.outcome(self.space.modality.to_items(cells)).values)
        return np.concatenate(found)

    def draw_seed(self, draw: int, start: int) -> int:
        return int(np.random.SeedSequence([self.seed, 61, draw, start]).generate_state(1)[0])

    def agreement(
        self, rows: np.ndarray, partner: np.ndarray, rendering: Rendering, *, floor: float, reach: float | None = None
    ) -> Agreement:
        """The agreement on some objects that were asked about, with their neighbours."""
        changes = rendering.carries
        if changes:
            answers = np.array([self.moved[int(i), int(j)] for i, j in zip(rows, partner, strict=True)])[:, None]
            real, base = self.real[partner], self.real[rows]
        else:
            answers = self.drawn[rows] if rendering.drawn else self.plain[rows][:, None]
            real, base = self.real[rows], np.zeros(len(rows))
        told = np.isfinite(answers).all(1) & np.isfinite(real) & np.isfinite(base)
        known = np.isfinite(self.real[rows]) & np.isfinite(self.plain[rows])
        return measure_agreement(
            answers[told],
            real[told],
            base=base[told] if changes else None,
            plain=(self.plain[rows][known], self.real[rows][known]),
            kind=self.outcome.kind or "number",
            floor=floor,
            failed=1 - float(told.mean()),
            reach=reach,
            seed=self.seed,
        )
