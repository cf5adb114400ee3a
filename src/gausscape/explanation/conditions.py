"""When is a finding general? The conditions beside the count of patches, and what to say where one fails."""

__all__ = ["Conditions"]

from dataclasses import dataclass

from gausscape.explanation.verdict import Evidence
from gausscape.explanation.wording import Wording

LEAST_NET_TO_GROSS = 0.5
LEAST_COVERAGE = 0.5


@dataclass(frozen=True)
class Conditions:
    """What a general claim must meet beside its own evidence.

    Args:
        alpha: Probability that any GLOBAL verdict of the ledger is wrong, at most.
        coverage: Share of held-out objects that lie in a patch with a good local fit.
        shared_errors_p: p-value of "the errors of the patches are independent".
        errors_are_shared: Whether they are shared enough to forbid counting.
        fewest: The smallest number of patches that could prove a majority here.
        wording: The caller's words.
    """

    alpha: float
    coverage: float
    shared_errors_p: float
    errors_are_shared: bool
    fewest: int
    wording: Wording

    def objections(self, evidence: Evidence, opposite: Evidence, *, adjusted: float | None = None) -> tuple[str, ...]:
        """What stands against calling this direction general; nothing if all conditions hold.

        Args:
            evidence: For the direction that is claimed.
            opposite: For the other one.
            adjusted: p-value to use instead of `evidence.adjusted`, if fewer claims are tested.
        """
        p = evidence.adjusted if adjusted is None else adjusted
        reasons = []
        if not p <= self.alpha:
            small = f"; no fewer than {self.fewest} patches could" if evidence.patches < self.fewest else ""
            reasons.append(
                f"{evidence.count} of {evidence.patches} patches show it and {opposite.count} show the opposite, which does not "
                f"prove a majority (adjusted p {p:.2g}, needed {self.alpha:g}{small})"
            )
        if not evidence.net_to_gross_lower > LEAST_NET_TO_GROSS:
            reasons.append(
                f"the changes do not add up that way: the net is {evidence.net_to_gross:.0%} of the gross change, at least "
                f"{evidence.net_to_gross_lower:.0%}, and must exceed {LEAST_NET_TO_GROSS:.0%}"
            )
        if not self.coverage >= LEAST_COVERAGE:
            reasons.append(
                f"{LEAST_COVERAGE:.0%} of {self.wording.population} must lie in a patch with a good local fit, but only "
                f"{self.coverage:.0%} do: take more patches or a larger radius, or fit a space with fewer axes, where neighbours "
                "are nearer"
            )
        if self.errors_are_shared:
            reasons.append(
                f"the errors of different patches are shared (p {self.shared_errors_p:.2g}), so that patches are no separate "
                "witnesses: give each its own probes"
            )
        return tuple(reasons)
