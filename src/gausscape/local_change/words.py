"""How is a change told in a few lines?"""

__all__ = ["tell"]

from typing import TYPE_CHECKING

from gausscape.local_change.features import in_words
from gausscape.local_change.verdict import Verdict
from gausscape.space.support import Support

if TYPE_CHECKING:
    from gausscape.local_change.change import Change

SOURCES = {
    "posterior": "the objects were measured with noise",
    "calibration": "there are only so many held-out objects",
    "model": "fits with other seeds disagree",
}


def tell(change: "Change") -> str:
    """The change in five to eight lines, for a reader who knows statistics but not this space."""
    names = f" from {change.a_id} to {change.b_id}" if change.a_id is not None and change.b_id is not None else ""
    (low, high), (near, far) = change.interval, change.distance_interval
    lines = [
        f"The change{names} measures {change.distance:.2f} standard deviations ({near:.2f} to {far:.2f}): "
        f"{change.percentile:.0f}% of random pairs of objects lie closer together ({low:.0f}% to {high:.0f}%).",
        f"For scale: the nearest other object is typically {change.landmark_neighbour:.2f} away, a random one "
        f"{change.landmark_pair:.2f}, and the same object measured again stays within {change.landmark_again:.2f}, "
        "19 times in 20.",
        _verdict(change),
    ]
    if not change.identical:
        lines += [in_words(change.features), _doubt(change)]
    if change.comparison is not None:
        lines.append(str(change.comparison))
    return "\n".join([*lines, str(change.path)])


def _verdict(change: "Change") -> str:
    if change.verdict == Verdict.WITHHELD:
        outside = [name for name, label in zip("ab", change.support, strict=True) if label == Support.UNSUPPORTED]
        which = "Both lie" if len(outside) == 2 else "One of the two lies"
        return (
            f"{which} outside the data ({' and '.join(outside)} {'are' if len(outside) == 2 else 'is'} UNSUPPORTED); the "
            "distance is an extrapolation, and no verdict is given."
        )
    if change.verdict == Verdict.SAME:
        return "The two objects have the same place in this space."
    if change.verdict == Verdict.NOISE:
        return (
            f"It cannot be told from noise (d' = {change.detectability:.1f}): the same object measured again differs as much "
            f"{change.noise_probability:.0%} of the time."
        )
    # d' weighs directions by their own noise, the distance does not: a small change in a quiet direction shows.
    small = change.distance <= change.landmark_again
    where = " in these directions, which measuring again hardly moves," if small else ""
    return (
        f"It is more than noise (d' = {change.detectability:.1f}): the same object measured again differs as much{where} "
        f"{_rarely(change.noise_probability)}."
    )


def _doubt(change: "Change") -> str:
    of = "" if change.uncertainty.model is not None else "Of what was measured, "
    words = f"{of}{'its' if of else 'Its'} percentile is uncertain mostly because {SOURCES[change.dominant_source]}."
    return f"{words} {change.stability}"


def _rarely(probability: float) -> str:
    return "less than 1 time in 1,000" if probability < 0.001 else f"{probability:.1%} of the time"
