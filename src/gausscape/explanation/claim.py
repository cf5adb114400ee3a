"""Does a claim that was made elsewhere, from an average, stand?"""

__all__ = ["Claim", "Confirmation"]

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Claim:
    """What became of a claim that was made elsewhere, from an average.

    Args:
        feature: Its name.
        sign: The claimed direction, 1 or -1.
        upheld: Whether the patches bear it out in general.
        reason: Why, or why not, in a sentence.
    """

    feature: str
    sign: int
    upheld: bool
    reason: str

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{'UPHELD' if self.upheld else 'REFUSED'}: {self.reason}"


@dataclass(frozen=True)
class Confirmation:
    """Which GLOBAL verdicts hold again on other centres.

    Args:
        claims: One a GLOBAL verdict.
    """

    claims: tuple[Claim, ...]

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Features whose verdict holds again."""
        return tuple(claim.feature for claim in self.claims if claim.upheld)

    @property
    def lost(self) -> tuple[str, ...]:
        """Features whose verdict does not."""
        return tuple(claim.feature for claim in self.claims if not claim.upheld)

    def document(self) -> list[dict[str, Any]]:
        """JSON-able."""
        return [claim.document() for claim in self.claims]

    def __str__(self) -> str:
        head = f"{len(self.confirmed)} of {len(self.claims)} global verdicts hold again."
        return "\n".join([head, *(str(claim) for claim in self.claims)])
