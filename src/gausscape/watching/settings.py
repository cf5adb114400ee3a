"""How a watch was asked to watch: the rate of false alarms, what counts as usual, the season, the seed."""

__all__ = ["WatchSettings", "parse_rate"]

import re
from dataclasses import asdict, dataclass
from typing import Any

from gausscape.errors import ConfigurationError

OF_EACH_SEASON = 20
LEAST_LEARNED = 40


@dataclass(frozen=True)
class WatchSettings:
    """Settings that never change while a watch goes on.

    Args:
        false_alarms: Share of usual windows that may be alarms, in (0, 0.5].
        learn: Number of windows of the stream that only teach what is usual; 0 to take the space's held-out objects.
        season: Windows in one season, when windows are to be compared with those of the same phase only; 1 for none.
        merge: Alarms at most this many windows apart are one episode.
        seed: Of everything random.

    Raises:
        ConfigurationError: If one is impossible.

    Example:
        >>> WatchSettings(false_alarms=0.01).window_rate
        0.005
    """

    false_alarms: float = 0.01
    learn: int = 0
    season: int = 1
    merge: int = 5
    seed: int = 0

    def __post_init__(self):
        if not 0 < self.false_alarms <= 0.5:
            raise ConfigurationError(
                f"false_alarms needs a share of windows in (0, 0.5], but got {self.false_alarms!r}. Pass 0.01 for 1 in 100."
            )
        for name, least in (("learn", 0), ("season", 1), ("merge", 1), ("seed", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ConfigurationError(
                    f"{name} needs a whole number from {least}, but got {value!r}. Pass {least}, say."
                )
        if 0 < self.learn < LEAST_LEARNED:
            raise ConfigurationError(
                f"learn needs {LEAST_LEARNED} windows or more, but got {self.learn}. Pass learn=200, say."
            )
        if self.season > 1 and self.learn < OF_EACH_SEASON * self.season:
            raise ConfigurationError(
                f"A season of {self.season} windows needs {OF_EACH_SEASON} seasons to learn from, learn="
                f"{OF_EACH_SEASON * self.season} or more, but got learn={self.learn}. Learn longer, or leave season away."
            )

    @property
    def window_rate(self) -> float:
        """Rate of false alarms of the one-window test: half of it all."""
        return self.false_alarms / 2

    @property
    def memory_rate(self) -> float:
        """Rate of the memory test, so that together they give the stated rate if they err independently."""
        return (self.false_alarms - self.window_rate) / (1 - self.window_rate)

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def parse_rate(text: str | float) -> float:
    """A rate of false alarms: a share such as 0.01, or words such as "1 in 1000 windows".

    Raises:
        ConfigurationError: If it is neither.

    Example:
        >>> parse_rate("1 in 1,000 windows"), parse_rate("0.01"), parse_rate(0.05)
        (0.001, 0.01, 0.05)
    """
    if isinstance(text, int | float):
        return float(text)
    words = re.fullmatch(r"\s*(\d+)\s+in\s+([\d,_]+)(?:\s+windows?)?\s*", text)
    try:
        return int(words[1]) / int(re.sub("[,_]", "", words[2])) if words else float(text)
    except (ValueError, ZeroDivisionError):
        raise ConfigurationError(
            f"A rate of false alarms needs a share of windows or words, but got {text!r}. Give 0.01, or '1 in 100 windows'."
        ) from None
