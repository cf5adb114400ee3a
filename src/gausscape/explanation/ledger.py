"""Which local effects add up to something general? The ledger keeps count, feature by feature, and refuses averages.

A feature is GLOBAL in one direction only if all of these hold:

1. more than half of the patches, and more than half of the population, are proven to go that way
   (`gausscape.explanation.partial_conjunction`), at a level that Holm's procedure adjusts over all features and both
   directions;
2. the changes do not cancel: the 95% interval of net-to-gross lies above 0.5 (`gausscape.explanation.net_to_gross`);
3. at least half of the held-out objects lie in a patch with a good local fit;
4. the errors of different patches show no sign of being shared (`gausscape.explanation.shared_errors`).

Otherwise it is MIXED if either direction stands out (Benjamini-Hochberg) in a tenth of the patches, LOCAL if any patch
stands out, and UNDETERMINED else. GLOBAL is guarded over the whole ledger; MIXED and LOCAL are guarded within a feature
only: of those patches that stand out one in twenty may be false.

References:
    Benjamini & Heller 2008, Screening for partial conjunction hypotheses, Biometrics 64.
    Bogomolov 2021, Testing partial conjunction hypotheses under dependency, arXiv:2105.09032.
    Goeman & Solari 2011, Multiple testing for exploratory research, Statistical Science 26.
"""

__all__ = ["Ledger"]

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError
from gausscape.explanation.claim import Claim, Confirmation
from gausscape.explanation.conditions import Conditions
from gausscape.explanation.ledger_table import flatten, write_table
from gausscape.explanation.partial_conjunction import PATCH_LEVEL, holm
from gausscape.explanation.patch_effects import PatchEffects
from gausscape.explanation.verdict import LedgerEntry, Verdict
from gausscape.explanation.weighing import weigh
from gausscape.explanation.wording import Wording, write_sentence


@dataclass(frozen=True, repr=False)
class Ledger:
    """The verdicts on all features, made by `Ledger.of`.

    Args:
        entries: One a feature, in the order given.
        ids: Of the objects at the centres of the patches.
        conditions: What a general claim had to meet.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> truth = np.column_stack([np.full(60, -4.0), np.tile([6.0, -6.0], 30), np.zeros(60)])
        >>> half_a, half_b = truth + 2**0.5 * rng.normal(size=(2, 60, 3))
        >>> effects = PatchEffects(
        ...     ("tenure", "age", "height"), (half_a + half_b) / 2, np.ones((60, 3)), degrees_of_freedom=100,
        ...     half_a=half_a, half_b=half_b, r_squared=np.full(60, 0.9), ids=range(60),
        ... )
        >>> words = Wording("customers", "churn", {"tenure": "a longer contract"})
        >>> ledger = Ledger.of(effects, coverage=0.8, wording=words)
        >>> print(ledger["tenure"].sentence)
        In at least 85% of customers, a longer contract lowers churn; of 60 patches 58 show it, 0 show the opposite and 2 neither.
        >>> claim = ledger.judge_claim("age", 0.12)  # say, a mean SHAP value
        >>> claim.upheld, claim.reason.split(":")[0]
        (False, 'It is not shown to be a rule for customers that higher age raises churn')
    """

    entries: tuple[LedgerEntry, ...]
    ids: tuple[str, ...] = field(repr=False)
    conditions: Conditions

    @classmethod
    def of(
        cls,
        effects: PatchEffects,
        *,
        coverage: float,
        wording: Wording | None = None,
        alpha: float = 0.05,
        patch_level: float = PATCH_LEVEL,
        seed: int = 0,
    ) -> "Ledger":
        """Judge all features.

        Args:
            effects: Local effects in patches around centres that are independent draws from the population.
            coverage: Share of held-out objects that lie in a patch with a good local fit, 0 to 1.
            wording: The caller's words for the population, the outcome and the features.
            alpha: Probability that any GLOBAL verdict is wrong, at most.
            patch_level: One-sided level at which a single patch shows a direction. It must be set before the effects are
                seen. 0.1 finds weaker effects, and bears errors that are shared unseen less well.
            seed: Of the bootstrap.

        Raises:
            ConfigurationError: If a level or the coverage is out of range.
        """
        conditions, entries = weigh(
            effects,
            coverage=coverage,
            wording=wording or Wording(),
            alpha=alpha,
            patch_level=patch_level,
            seed=seed,
        )
        return cls(entries, effects.ids, conditions)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[LedgerEntry]:
        return iter(self.entries)

    def __getitem__(self, feature: str) -> LedgerEntry:
        for entry in self.entries:
            if entry.feature == feature:
                return entry
        names = ", ".join(entry.feature for entry in self.entries[:10])
        raise ConfigurationError(f"The ledger keeps features by name, but has no {feature!r}. It has: {names}.")

    def judge_claim(self, feature: str, direction: float) -> Claim:
        """Whether a claim made elsewhere, from an average, stands: upheld if the verdict is GLOBAL in that direction.

        Args:
            feature: Its name.
            direction: 1, -1, or the average itself (a mean SHAP value, a coefficient, a slope), of which the sign counts.

        Raises:
            ConfigurationError: If the feature is unknown, or the direction is 0 or no number.
        """
        entry, sign = self[feature], _sign(direction)
        claimed, opposite = (entry.up, entry.down) if sign > 0 else (entry.down, entry.up)
        return self._judge(entry, self.conditions.objections(claimed, opposite), sign)

    def confirm(self, other: "Ledger") -> Confirmation:
        """Which GLOBAL verdicts hold again in a ledger made from other centres, say from a held-out half.

        Only these claims are tested there, so that Holm's procedure adjusts over them alone.

        Args:
            other: A ledger of the same features, none of whose centres is one of this ledger's.

        Raises:
            DataError: If the two ledgers share a centre.
            ConfigurationError: If the other lacks a feature.
        """
        both = sorted(set(self.ids) & set(other.ids))
        if both:
            raise DataError(
                f"A confirmation needs centres of its own, but {len(both)} serve both ledgers, {both[0]!r} for one. Draw them "
                "from objects that the first ledger did not use."
            )
        claims = [entry for entry in self.entries if entry.verdict is Verdict.GLOBAL]
        again = [other[entry.feature] for entry in claims]
        sides = [
            (found.up, found.down) if entry.direction > 0 else (found.down, found.up)
            for entry, found in zip(claims, again, strict=True)
        ]
        adjusted = holm(np.array([claimed.p_value for claimed, _ in sides]))
        return Confirmation(
            tuple(
                other._judge(found, other.conditions.objections(claimed, opposite, adjusted=float(p)), claimed.sign)
                for found, (claimed, opposite), p in zip(again, sides, adjusted, strict=True)
            )
        )

    def rows(self) -> list[dict[str, Any]]:
        """One flat row a feature, for a data frame."""
        return [flatten(entry) for entry in self.entries]

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "patches": len(self.ids),
            "ids": list(self.ids),
            "alpha": self.conditions.alpha,
            "coverage": self.conditions.coverage,
            "shared_errors_p": self.conditions.shared_errors_p,
            "errors_are_shared": self.conditions.errors_are_shared,
            "entries": [entry.document() for entry in self.entries],
        }

    def _judge(self, entry: LedgerEntry, objections: tuple[str, ...], sign: int) -> Claim:
        wording = self.conditions.wording
        if not objections:
            found = entry.up if sign > 0 else entry.down
            sentence = write_sentence(
                Verdict.GLOBAL, entry.feature, up=entry.up, down=entry.down, objections=(), wording=wording
            )
            return Claim(entry.feature, found.sign, True, sentence)
        statement = (
            f"It is not shown to be a rule for {wording.population} that {wording.state(entry.feature, sign)}: "
            f"{'; '.join(objections)}."
        )
        if entry.direction == -sign:
            statement += f" The opposite is: {entry.sentence}"
        return Claim(entry.feature, sign, False, statement)

    def __str__(self) -> str:
        return write_table(self.entries, self.conditions)

    def __repr__(self) -> str:
        return str(self)


def _sign(direction: float) -> int:
    try:
        sign = float(np.sign(float(direction)))
    except (TypeError, ValueError):
        sign = 0.0
    if sign not in (1.0, -1.0):
        raise ConfigurationError(
            f"A claim needs a direction, but {direction!r} has none. Give 1, -1, or the average whose sign is claimed."
        )
    return int(sign)
