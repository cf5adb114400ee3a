"""What sequences and their options must be before they are fitted, and the place and scale of their channels."""

__all__ = ["channel_names", "first_gap", "place_and_scale", "refuse_empty", "spread_between", "whole_option"]

from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DataError

QUARTILES_OF_NORMAL = 1.349


def whole_option(name: str, asked: Any, least: int, most: int) -> int | None:
    """The option as a whole number within bounds, or None if it was not given."""
    if asked is None:
        return None
    if not isinstance(asked, int) or isinstance(asked, bool) or not least <= asked <= most:
        raise ConfigurationError(
            f"Option {name} needs a whole number from {least} to {most:,}, but got {asked!r}. Change it."
        )
    return asked


def channel_names(asked: Any, count: int) -> tuple[str, ...]:
    """A name for each of `count` channels."""
    if asked is None:
        return ("value",) if count == 1 else tuple(f"channel {c}" for c in range(count))
    names = tuple(asked) if isinstance(asked, list | tuple) else ()
    if len(names) != count or len(set(names)) != count or not all(isinstance(name, str) and name for name in names):
        raise ConfigurationError(
            f"Option channels needs {count} different names, one for each channel, but got {asked!r}. Pass a list of texts."
        )
    return names


def first_gap(missing: np.ndarray) -> str:
    """In words, where the first of the missing values (n, time, channels) is."""
    row, step, channel = (int(place) for place in np.argwhere(missing)[0])
    return f"sequence {row} lacks a value at step {step}, channel {channel}"


def refuse_empty(missing: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse a sequence or a channel without any value."""
    blank = missing.all((1, 2))
    if blank.any():
        raise DataError(f"Every sequence needs a value, but sequence {int(blank.argmax())} has none. Leave it away.")
    for channel in np.flatnonzero(missing.all((0, 1))):
        raise DataError(
            f"Every channel needs a value, but {names[int(channel)]!r} has none in any sequence. Leave it away."
        )


def spread_between(series: np.ndarray) -> np.ndarray:
    """How much sequences differ at the same step: standard deviation, root mean square over the steps, (channels,)."""
    there = np.isfinite(series)
    count = np.maximum(there.sum(0), 1)
    plain = np.where(there, series, 0.0)
    mean = plain.sum(0) / count
    variance = (np.where(there, series - mean, 0.0) ** 2).sum(0) / count
    return np.sqrt(variance.mean(0))


def place_and_scale(series: np.ndarray, names: tuple[str, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(median, robust standard deviation) of each channel of series (n, time, channels); constant ones have scale 1."""
    centre = np.nanmedian(series, axis=(0, 1))
    low, high = np.nanquantile(series, [0.25, 0.75], axis=(0, 1))
    spread = np.nanstd(series, axis=(0, 1))
    varies = np.nanmax(series, axis=(0, 1)) > np.nanmin(series, axis=(0, 1))
    if not varies.any():
        raise DataError(
            f"Sequences need a channel that varies, but all values of {', '.join(names)} are the same. Check the source."
        )
    # Spikes on a flat line have no quartiles to speak of: there the standard deviation is the scale.
    scale = np.where(high - low > 0.1 * spread, (high - low) / QUARTILES_OF_NORMAL, spread)
    scale = np.where(varies & (scale > 0), scale, 1.0)
    return tuple(centre.tolist()), tuple(scale.tolist())
