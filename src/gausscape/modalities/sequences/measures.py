"""What people see in a sequence: level, spread, trend, extremes and their times, rhythm, roughness, and the level of each section."""

__all__ = ["SECTIONS", "measure_sequences", "noticeable_differences", "section_of_steps"]

import numpy as np

SECTIONS = 5
FAINT = 1e-9
SHARPNESS = 4.0
NOTICEABLE = 0.05
SLOW = 0.1


def measure_sequences(series: np.ndarray) -> dict[str, np.ndarray]:
    """Numbers by name, each (n,), of one channel; they follow the values smoothly.

    Times are in steps. The time of the highest and of the lowest value is the mean time under weights exp(4 e), with e
    the value over the sequence's own spread, so that it moves and does not jump between two peaks. Rhythm is told of
    the deviations from the straight trend, from its spectrum: the period at the mean frequency, and the share of the
    power in the slowest tenth of the frequencies.

    Args:
        series: Shape (n, time), NaN where a value is missing; a gap is bridged by a straight line before rhythm,
            roughness and times are measured. Where nothing is there all numbers are NaN.

    Example:
        >>> told = measure_sequences(np.sin(2 * np.pi * np.arange(40) / 10)[None])
        >>> round(float(told["period (steps)"][0])), round(float(told["highest"][0]), 2)
        (10, 0.95)
    """
    n, length = series.shape
    there = np.isfinite(series)
    empty = ~there.any(1)
    filled = _bridged(series, there)
    steps = np.arange(length, dtype=np.float64)
    count = np.maximum(there.sum(1), 1)
    plain = np.where(there, filled, 0.0)
    mean = plain.sum(1) / count
    deviation = np.where(there, filled - mean[:, None], 0.0)
    spread = np.sqrt((deviation**2).sum(1) / count)
    offset = steps - (length - 1) / 2
    slope = (filled - filled.mean(1)[:, None]) @ offset / max(float((offset**2).sum()), FAINT)
    rough = np.sqrt((np.diff(filled, axis=1) ** 2).mean(1)) if length > 1 else np.zeros(n)
    period, slow = _rhythm(filled - filled.mean(1)[:, None] - slope[:, None] * offset)
    told = {
        "mean": mean,
        "spread": spread,
        "change from start to end": slope * (length - 1),
        "highest": filled.max(1),
        "lowest": filled.min(1),
        "peak to peak": filled.max(1) - filled.min(1),
        "time of the highest (steps)": _time_of(filled, mean, spread, steps),
        "time of the lowest (steps)": _time_of(-filled, -mean, spread, steps),
        "period (steps)": period,
        "slow share": slow,
        "roughness": rough,
    }
    names, section = section_of_steps(length)
    for k, name in enumerate(names):
        inside = section == k
        seen = there[:, inside]
        total = np.where(seen, filled[:, inside], 0.0).sum(1)
        told[f"mean of {name}"] = np.where(seen.any(1), total / np.maximum(seen.sum(1), 1), np.nan)
    return {name: np.where(empty, np.nan, values) for name, values in told.items()}


def noticeable_differences(length: int, scale: float) -> dict[str, float]:
    """From which difference on people see a change of each number of `measure_sequences` that is no level, in its units.

    Args:
        length: Number of steps.
        scale: Usual spread of the channel's values; levels are noticed from a twentieth of it on.

    Example:
        >>> noticeable_differences(100, 1.0)["time of the highest (steps)"]
        2.0
    """
    return {
        "time of the highest (steps)": length / 50,
        "time of the lowest (steps)": length / 50,
        "period (steps)": length / 100,
        "slow share": 0.02,
        "roughness": 0.01 * scale,
    }


def section_of_steps(length: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of up to five equal sections, and which of them each step belongs to, (length,).

    Example:
        >>> names, section = section_of_steps(10)
        >>> names[0], section.tolist()
        ('steps 0 to 1', [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    """
    sections = min(SECTIONS, length)
    section = np.arange(length) * sections // max(length, 1)
    ends = [(int(np.flatnonzero(section == k)[0]), int(np.flatnonzero(section == k)[-1])) for k in range(sections)]
    return tuple(f"steps {first} to {last}" if last > first else f"step {first}" for first, last in ends), section


def _bridged(series: np.ndarray, there: np.ndarray) -> np.ndarray:
    filled = np.where(there, series, 0.0)
    steps = np.arange(series.shape[1])
    for row in np.flatnonzero(~there.all(1) & there.any(1)):
        filled[row] = np.interp(steps, steps[there[row]], series[row, there[row]])
    return filled


def _time_of(values: np.ndarray, mean: np.ndarray, spread: np.ndarray, steps: np.ndarray) -> np.ndarray:
    raised = SHARPNESS * (values - mean[:, None]) / (spread[:, None] + FAINT)
    weights = np.exp(raised - raised.max(1, keepdims=True, initial=-np.inf))
    return (weights * steps).sum(1) / weights.sum(1)


def _rhythm(deviation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(period at the mean frequency, share of the slowest tenth), each (n,)."""
    power = np.abs(np.fft.rfft(deviation, axis=1)[:, 1:]) ** 2
    frequency = np.arange(1, power.shape[1] + 1) / deviation.shape[1]
    total = power.sum(1) + FAINT
    slowest = max(1, round(SLOW * power.shape[1]))
    centre = (power * frequency).sum(1) / total + FAINT * frequency.mean()
    # A flat line has no rhythm: its period is told as the whole length.
    return 1 / np.maximum(centre, frequency[0]), power[:, :slowest].sum(1) / total
