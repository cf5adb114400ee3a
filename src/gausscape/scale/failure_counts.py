"""FailureCounts: how often y failed, by how unusual the objects are."""

__all__ = ["FailureCounts"]

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from gausscape.errors import DamagedFileError
from gausscape.scale.band_counts import BandCounts
from gausscape.space.durable import write_bytes
from gausscape.space.safe_json import json_bytes


@final
@dataclass(frozen=True, repr=False)
class FailureCounts:
    """Counts of failures over all objects of a source, and over drawn scenarios.

    The intervals are exact for objects that are drawn alike and apart from each other (Clopper & Pearson 1934): of the scenarios
    that holds by construction, of the source's objects the reader has to know it.

    Args:
        run: What was asked of what, JSON-able.
        real: Counts of the source's objects.
        drawn: Counts of scenarios of the calibrated law; None if none were drawn. Their rates are those of the objects that the
            decoder makes, and no better than its support: see the counts of supported ones.
    """

    run: dict[str, Any]
    real: BandCounts
    drawn: BandCounts | None

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        parts = {"real": self.real, "drawn": self.drawn}
        return {
            "run": self.run,
            "counts": {name: None if part is None else part.document() for name, part in parts.items()},
            "rows": {name: None if part is None else list(part.rows()) for name, part in parts.items()},
        }

    def save(self, path: str | Path) -> Path:
        """Write as JSON, durably."""
        write_bytes(path, json_bytes(self.document()))
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> "FailureCounts":
        """The answer in a file.

        Raises:
            DamagedFileError: If it is none.
        """
        try:
            document = json.loads(Path(path).read_bytes())
            real, drawn = (document["counts"][name] for name in ("real", "drawn"))
            return cls(document["run"], BandCounts.from_document(real), None if drawn is None else BandCounts.from_document(drawn))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise DamagedFileError(f"{path} needs to be counts of failures, but {error!r} came up. Count again.") from error

    def __str__(self) -> str:
        y = self.run["outcome"]["name"]
        lines = [f"{self.run['fails']} ({y}), over all objects of {self.run['source']['name']}:", str(self.real)]
        if self.drawn is not None:
            lines += [f"and over {self.run['scenarios']:,} scenarios of the calibrated law:", str(self.drawn)]
        lost = sum(int(part.table[..., 2].sum()) for part in (self.real, self.drawn) if part is not None)
        if lost:
            lines.append(f"{lost:,} objects without an answer count as failures.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)
