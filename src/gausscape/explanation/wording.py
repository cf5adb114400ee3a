"""In which words is a verdict told? The caller's words, and sentences that never pass off an average as a law."""

__all__ = ["Wording", "write_sentence"]

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from gausscape.explanation.verdict import Evidence, Verdict, rank_directions

MAJORITY = 0.5


@dataclass(frozen=True)
class Wording:
    """The caller's words.

    Args:
        population: What the objects are called, in the plural.
        outcome: What the outcome is called.
        phrases: For a feature, what a rise of it is called; where none is given "higher <feature>", or a level's own name.

    Example:
        >>> Wording("customers", "churn", {"tenure": "a longer contract"}).state("tenure", -1)
        'a longer contract lowers churn'
        >>> Wording().state("age", 1)
        'higher age raises y'
    """

    population: str = "objects"
    outcome: str = "y"
    phrases: Mapping[str, str] = field(default_factory=dict)

    def phrase(self, feature: str) -> str:
        """What a rise of the feature is called; a level ("Contract = Two year") is called by its name."""
        return self.phrases.get(feature, feature if " = " in feature else f"higher {feature}")

    def state(self, feature: str, sign: int) -> str:
        """The finding as a clause."""
        return f"{self.phrase(feature)} {_verb(sign)} {self.outcome}"


def write_sentence(
    verdict: Verdict, feature: str, *, up: Evidence, down: Evidence, objections: tuple[str, ...], wording: Wording
) -> str:
    """The finding in words; never an average.

    Example:
        >>> up = Evidence(1, 60, 2, 0, 1.0, 1.0, 0, 0.0, -0.9, -1.0)
        >>> down = Evidence(-1, 60, 54, 54, 1e-9, 1e-8, 52, 0.7142, 0.9, 0.8)
        >>> words = Wording("customers", "churn", {"tenure": "a longer contract"})
        >>> print(write_sentence(Verdict.GLOBAL, "tenure", up=up, down=down, objections=(), wording=words))
        In at least 71% of customers, a longer contract lowers churn; of 60 patches 54 show it, 2 show the opposite and 4 neither.
    """
    return _SENTENCES[verdict](feature, *rank_directions(up, down), objections, wording)


def _at_least(evidence: Evidence) -> str:
    """The proven share, rounded down; "more than half" where only the majority itself is proven."""
    share = evidence.share_at_least
    return f"at least {math.floor(100 * share)}%" if share > MAJORITY else "more than half"


def _global(feature: str, main: Evidence, other: Evidence, objections: tuple[str, ...], wording: Wording) -> str:
    neither = main.patches - main.count - other.count
    return (
        f"In {_at_least(main)} of {wording.population}, {wording.state(feature, main.sign)}; of {main.patches} patches "
        f"{main.count} show it, {other.count} show the opposite and {neither} neither."
    )


def _mixed(feature: str, main: Evidence, other: Evidence, objections: tuple[str, ...], wording: Wording) -> str:
    shares = [math.floor(100 * each.share_at_least) for each in (main, other)]
    proven = [f"at least {share}%" if share else "under 1% proven" for share in shares]
    return (
        f"{_capital(wording.state(feature, main.sign))} for some {wording.population} ({proven[0]}; {main.count} of "
        f"{main.patches} patches show it{_together(main)}) and {_verb(other.sign)} it for others ({proven[1]}; "
        f"{other.count} patches{_together(other)}): no one direction holds in general."
    )


def _local(feature: str, main: Evidence, other: Evidence, objections: tuple[str, ...], wording: Wording) -> str:
    also = f", in {other.count} it {_verb(other.sign)} it{_together(other)}" if other.discoveries else ""
    return (
        f"In {main.count} of {main.patches} patches {wording.state(feature, main.sign)}{_together(main)}{also}; that is not "
        f"shown to be a rule for {wording.population}: {'; '.join(objections)}."
    )


def _together(evidence: Evidence) -> str:
    """One count is told throughout, that of the patches' own tests; that of the stricter test only where it differs, by name."""
    if evidence.discoveries == evidence.count:
        return ""
    still = {0: "none still does", 1: "1 still does"}.get(evidence.discoveries, f"{evidence.discoveries} still do")
    return f" ({still} with all patches tested at once)"


def _undetermined(feature: str, main: Evidence, other: Evidence, objections: tuple[str, ...], wording: Wording) -> str:
    return (
        f"Nothing is shown about {wording.phrase(feature)} and {wording.outcome}: in none of {main.patches} patches does the "
        "effect stand out from its error with all patches tested at once."
    )


_SENTENCES = {
    Verdict.GLOBAL: _global,
    Verdict.MIXED: _mixed,
    Verdict.LOCAL: _local,
    Verdict.UNDETERMINED: _undetermined,
}


def _verb(sign: int) -> str:
    return "raises" if sign > 0 else "lowers"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
