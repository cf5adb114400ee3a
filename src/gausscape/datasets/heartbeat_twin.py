"""Heartbeats made from a seed: electrocardiograms of one beat each, normal ones and three kinds that are not."""

__all__ = ["KINDS", "draw_heartbeats"]

import numpy as np

STEPS = 140
WAVES = ("P", "Q", "R", "S", "T")
PLACES = np.array([28.0, 50.0, 56.0, 62.0, 100.0])
HEIGHTS = np.array([0.18, -0.18, 1.6, -0.4, 0.42])
WIDTHS = np.array([4.5, 1.8, 2.4, 2.2, 8.0])
HEART_OF_BEAT = 56.0
MEMORY, NOISE = 0.6, 0.03

KINDS = {"normal": 0.8, "early beat": 0.08, "ST depression": 0.07, "bundle block": 0.05}
"""Name of each kind, and its share."""


def draw_heartbeats(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(voltages (n, 140), float32, in millivolts; the kind of each).

    A beat is a sum of five bumps P, Q, R, S and T (McSharry et al. 2003, eq. 1, its bumps laid along time), whose
    heights and widths vary, on a time axis that the heart rate stretches; a slow wander of the baseline and noise
    whose neighbouring steps are correlated by 0.6 lie upon it. An early beat has no P, a wide R and a T that is turned
    over; ST depression lowers what lies between S and T; a bundle block has a wide R with two peaks.

    Args:
        n: How many.
        seed: Of everything.

    Example:
        >>> voltages, kinds = draw_heartbeats(50, 0)
        >>> voltages.shape, str(kinds[0])
        ((50, 140), 'normal')
    """
    rng = np.random.default_rng([seed, 71])
    counts = [round(n * share) for share in list(KINDS.values())[1:]]
    names = np.repeat(list(KINDS), [n - sum(counts), *counts])
    strength = np.exp(rng.normal(0, 0.12, (n, 1)))
    heights = HEIGHTS * strength * np.exp(rng.normal(0, 0.15, (n, 5)))
    widths = WIDTHS * np.exp(rng.normal(0, 0.08, (n, 5)))
    places = PLACES + rng.normal(0, [1.5, 0.4, 0.3, 0.5, 2.5], (n, 5))
    rate = np.exp(rng.normal(0, 0.08, (n, 1)))
    places = HEART_OF_BEAT + (places - HEART_OF_BEAT) * rate
    early, block = names == "early beat", names == "bundle block"
    heights[early, 0] = 0.0
    widths[early, 2] *= rng.uniform(1.8, 2.8, early.sum())
    heights[early, 4] *= -rng.uniform(0.6, 1.3, early.sum())
    time = np.arange(STEPS)
    beats = (heights[:, :, None] * np.exp(-((time - places[:, :, None]) ** 2) / (2 * widths[:, :, None] ** 2))).sum(1)
    # The second peak of a bundle block comes after the first, and is lower.
    second = rng.uniform(0.5, 0.9, (n, 1)) * heights[:, 2:3]
    late = places[:, 2:3] + rng.uniform(8, 12, (n, 1))
    beats += np.where(block[:, None], second * np.exp(-((time - late) ** 2) / (2 * 3.5**2)), 0.0)
    lowered = (names == "ST depression")[:, None] * rng.uniform(0.2, 0.45, (n, 1))
    between = 1 / (1 + np.exp(-(time - places[:, 3:4] - 4) / 2)) / (1 + np.exp((time - places[:, 4:5] + 8) / 4))
    beats -= lowered * between
    wander = rng.normal(0, 0.04, (n, 1)) * np.sin(
        2 * np.pi * time / STEPS * rng.uniform(0.3, 1, (n, 1)) + rng.uniform(0, 6.3, (n, 1))
    )
    noise = rng.normal(0, NOISE, (n, STEPS))
    for t in range(1, STEPS):
        noise[:, t] = MEMORY * noise[:, t - 1] + np.sqrt(1 - MEMORY**2) * noise[:, t]
    return (beats + wander + noise).astype(np.float32), names
