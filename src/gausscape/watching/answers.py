"""What a watch says: of each window, of each alarm, of the objects and the features that carry it. Frozen and printable."""

__all__ = ["Alarm", "AlarmedObject", "FeatureDifference", "WindowReport"]

from dataclasses import asdict, dataclass
from typing import Any

SHOWN = 5
LEAST = 1e-6


@dataclass(frozen=True)
class FeatureDifference:
    """One feature of a window's objects against what is usual.

    Args:
        name: Of the feature.
        value, usual: Mean over the window's objects, and the usual mean, in the feature's own units.
        difference: Their difference in standard deviations of single objects.
        score: The same in standard deviations of the mean of as many usual objects; beyond 2 or so it is not chance.
    """

    name: str
    value: float
    usual: float
    difference: float
    score: float

    @property
    def direction(self) -> str:
        """ "higher" or "lower"."""
        return "higher" if self.difference > 0 else "lower"

    def __str__(self) -> str:
        told = f"{self.name} {self.direction}: {self.value:.4g}, usually {self.usual:.4g}"
        return f"{told} ({self.difference:+.2f} sd, z {self.score:+.1f})"


@dataclass(frozen=True)
class AlarmedObject:
    """One object that carries an alarm.

    Args:
        id: Its id.
        share: Its share in what is unusual about the window; 1 for a window of one object. Shares can be negative.
        exceedance: Probability of an object at least as unusual.
        support: Its support label.
        nearest: Id of the nearest fitted object.
    """

    id: str
    share: float
    exceedance: float
    support: str
    nearest: str

    def __str__(self) -> str:
        return f"{self.id} ({self.share:.0%} of it, exceedance {self.exceedance:.2g}, {self.support}, nearest fitted {self.nearest})"


@dataclass(frozen=True)
class Alarm:
    """Why a window is an alarm, and what carries it.

    Args:
        by: Which tests say so: "window" (this one alone is unusual), "memory" (it and those before it are).
        leading: What is most unusual: "shift", "spread", "residual" or "features".
        episode: Number of the episode that it belongs to, from 1; alarms close to each other are one episode.
        opens: Whether it is the first of its episode.
        objects: Those that carry it, most first.
        features: Those that differ most, most first.
    """

    by: tuple[str, ...]
    leading: str
    episode: int
    opens: bool
    objects: tuple[AlarmedObject, ...]
    features: tuple[FeatureDifference, ...]

    @property
    def reason(self) -> str:
        """One sentence."""
        what = {
            "shift": "its objects lie elsewhere than usual",
            "spread": "its objects are rarer, or commoner, than usual",
            "residual": "its objects are described worse, or better, by the space than usual",
            "features": "a number that people know of its objects is unusual",
        }[self.leading]
        tests = {"window": "this window alone is that unusual", "memory": "it and those before it are, together"}
        return f"{what}; {' and '.join(tests[name] for name in self.by)}"

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"by": list(self.by), "reason": self.reason}


@dataclass(frozen=True)
class WindowReport:
    """What a watch says of one window.

    Args:
        number: Of the window.
        start, end: As the stream gave them, as text; None if it gave none.
        objects, events, late: How many there were; late ones were dropped by the stream's rule.
        state: "watching", "learning" (it only counts as usual), or "empty" (nothing to test).
        probability: p of this window alone: how often a usual one is at least this unusual; None if it was not tested.
        parts: p of the shift of the mean, of the spread and of the residual among windows of usual objects, by name; and of the
            features, once windows enough are known for it.
        distance, lower, upper: Of the window's mean from the usual mean, in standard deviations of the law of single objects,
            with a 90% interval.
        usual: (5%, 50%, 95%, limit) of the distances of windows of as many usual objects; `limit` is exceeded as often as the
            one-window test gives false alarms.
        percentile: Percentage of such windows whose distance is smaller.
        drift_probability: p of this window along the direction in which the windows before it lie; None if not tested.
        memory: Level of the memory test in parts of its threshold: an alarm at 1.
        alarm: None if there is none.
    """

    number: int
    start: str | None
    end: str | None
    objects: int
    events: int
    late: int
    state: str
    probability: float | None = None
    parts: dict[str, float] | None = None
    distance: float | None = None
    lower: float | None = None
    upper: float | None = None
    usual: tuple[float, float, float, float] | None = None
    percentile: float | None = None
    drift_probability: float | None = None
    memory: float = 0.0
    alarm: Alarm | None = None

    @property
    def counted_as(self) -> str:
        """Name of the count that it adds to: "tested", "learned" or "empty"."""
        return {"watching": "tested", "learning": "learned"}.get(self.state, "empty")

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return found | {
            "usual": None if self.usual is None else dict(zip(("p5", "p50", "p95", "limit"), self.usual, strict=True)),
            "alarm": None if self.alarm is None else self.alarm.document(),
        }

    def __str__(self) -> str:
        when = "" if self.start is None else f" [{self.start}, {self.end})"
        head = f"Window {self.number}{when}, {self.objects:,} object{'s'[: self.objects != 1]}: "
        if self.distance is None or self.usual is None:
            return head + ("nothing to test." if self.state == "empty" else f"{self.state}.")
        told = (
            f"{self.distance:.2f} sd from usual [{self.lower:.2f}, {self.upper:.2f}], "
            f"percentile {self.percentile:.4g} (usually {self.usual[0]:.2f} to {self.usual[2]:.2f})"
        )
        if self.probability is not None and self.parts is not None:
            told += (
                f", p {_short(self.probability)} ({', '.join(f'{name} {_short(p)}' for name, p in self.parts.items())})"
            )
        if self.alarm is None:
            return f"{head}{told}."
        lines = [f"ALARM (episode {self.alarm.episode}). {head}{told}.", f"  Why: {self.alarm.reason}."]
        lines += [
            f"  {'Features: ' if i == 0 else '          '}{each}" for i, each in enumerate(self.alarm.features[:SHOWN])
        ]
        lines += [
            f"  {'Objects: ' if i == 0 else '         '}{each}" for i, each in enumerate(self.alarm.objects[:SHOWN])
        ]
        return "\n".join(lines)


def _short(p: float) -> str:
    """A probability; below one in a million it is an extrapolation that nobody should read digits from.

    Example:
        >>> _short(0.01234), _short(1e-30)
        ('0.012', '<1e-06')
    """
    return f"{p:.2g}" if p >= LEAST else f"<{LEAST:.0e}"
