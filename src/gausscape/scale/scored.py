"""Scored: the folder of scores and what they say together."""

__all__ = ["Scored"]

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from gausscape.scale.columns import BOUND


@final
@dataclass(frozen=True, repr=False)
class Scored:
    """Scores of all objects of a source, in a folder of Parquet files.

    Args:
        folder: Where they are: `pandas.read_parquet(folder)` or `pyarrow.dataset.dataset(folder)` read it.
        run: What was scored with what, JSON-able.
        summary: Counts over all objects, JSON-able.
        shards: Number of files.
        redone: Those of them that this call made; the others stood there.
        damaged: Those of them that stood there, but damaged.
    """

    folder: Path
    run: dict[str, Any]
    summary: dict[str, Any]
    shards: int
    redone: int = field(compare=False)
    damaged: int = field(compare=False)

    def __len__(self) -> int:
        """Number of objects."""
        return self.summary["rows"]

    @property
    def support(self) -> dict[str, int]:
        """Objects of each label; none if that column was not asked for."""
        return self.summary.get("support", {})

    @property
    def shares(self) -> dict[float, float]:
        """Share of objects with at most that exceedance, by level; none if that column was not asked for."""
        counts = {float(level): count for level, count in self.summary.get("at_most", {}).items()}
        return {level: counts[level] / max(len(self), 1) for level in sorted(counts, reverse=True)}

    @property
    def mean_bound(self) -> float | None:
        """Mean bound on the log-likelihood, nats; None if that column was not asked for."""
        told = self.summary.get(BOUND)
        return told["mean"] if told and told["count"] else None

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {"out": str(self.folder), "objects": len(self), "shards": self.shards, "run": self.run, "summary": self.summary}

    def __str__(self) -> str:
        kept = self.shards - self.redone
        lines = [f"{len(self):,} objects in {self.shards:,} shards" + (f", {kept:,} of which were done before" if kept else "")]
        if self.damaged:
            lines.append(f"  {self.damaged:,} shards stood there damaged and were made anew")
        if self.support:
            lines.append("  " + ", ".join(f"{count:,} {label}" for label, count in self.support.items()))
        lines += [f"  share with exceedance <= {level:g}: {share:.4%}" for level, share in self.shares.items() if level <= 0.1]
        if self.summary.get("most_unusual"):
            told = ", ".join(f"{name} ({p:.2g})" for p, name in self.summary["most_unusual"][:5])
            lines.append(f"  most unusual: {told}")
        if self.mean_bound is not None:
            lines.append(f"  mean bound on the log-likelihood: {self.mean_bound:.3f} nats")
        if "y" in self.summary:
            lost = sum(self.summary["y_failures"].values())
            told = self.summary["y"]
            mean = told["mean"] if told["count"] else None
            lines.append(f"  y: mean {'unknown' if mean is None else f'{mean:.4g}'}, {lost:,} objects without an answer")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)
