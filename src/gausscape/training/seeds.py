"""One seed from several numbers: streams of random numbers that do not meet."""

__all__ = ["mix_seeds"]

import numpy as np


def mix_seeds(*numbers: int) -> int:
    """One seed from several numbers."""
    return int(np.random.SeedSequence([abs(number) for number in numbers]).generate_state(1, np.uint64)[0] >> 1)
