"""Placed: codes of scenarios and what is known of them before anybody is asked: how rare, how supported, from which design."""

__all__ = ["Placed", "judge_codes"]

from dataclasses import dataclass

import numpy as np

from gausscape.space.calibration import Exceedance
from gausscape.space.gated import Gated
from gausscape.space.space import Space
from gausscape.stress_testing.probability.failure_probability import Estimate


@dataclass(frozen=True, eq=False)
class Placed:
    """n codes of one tail and level, or of one design.

    Args:
        tail: Name of the tail or design.
        asked: Exceedance asked for; NaN if none was.
        z: Latent points, (n, latent).
        noise: Standard normal numbers, (n, k).
        depth: Standard deviations, (n,).
        exceedance: Claimed probability of each.
        support: Label of each, (n,).
        gates: Smallest p-value of the support gates, (n,).
        gate: Name of the gate that has it, (n,).
        acceptance: Share of all draws that passed the gates.
        claim: Probability of the design as a whole, where that is another one than that of its median code: P(condition).
        intended: Class that they were made to be, "" for none.
        refused: Why there are none; "" if there are.
    """

    tail: str
    asked: float
    z: np.ndarray
    noise: np.ndarray
    depth: np.ndarray
    exceedance: Exceedance
    support: np.ndarray
    gates: np.ndarray
    gate: np.ndarray
    acceptance: float = float("nan")
    claim: Estimate | None = None
    intended: str = ""
    refused: str = ""

    def __len__(self) -> int:
        return len(self.z)

    @property
    def level(self) -> str:
        """The level in an id: "1%", or "all"."""
        return f"{100 * self.asked:.6g}%" if np.isfinite(self.asked) else "all"

    @classmethod
    def refusal(cls, space: Space, tail: str, asked: float, why: str, *, noise_size: int) -> "Placed":
        """No codes, and the reason."""
        nothing = np.zeros(0)
        text = np.zeros(0, dtype="<U13")
        rarity = Exceedance(nothing, nothing, nothing, floor=space.of_codes.floor)
        return cls(
            tail, asked, np.zeros((0, space.latent)), np.zeros((0, noise_size)), nothing, rarity, text, nothing, text,
            refused=why,
        )  # fmt: skip


def judge_codes(space: Space, z: np.ndarray) -> tuple[Exceedance, np.ndarray, np.ndarray, np.ndarray]:
    """(radial exceedance, support, smallest p-value of the gates, its gate's name) of latent points (n, latent)."""
    told = space.assess_codes(z)
    rarity = Exceedance(told["exceedance"], told["lower"], told["upper"], floor=space.of_codes.floor)
    found = Gated.of(z, {name: told[name] for name in space.gates if name in told})
    return rarity, told["support"], found.smallest, found.gate
