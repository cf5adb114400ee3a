"""Most likely failure points as objects with their distance and their share of the failure probability."""

__all__ = ["captioned_modes", "shown_modes"]

from collections.abc import Sequence

from gausscape.figures.stress_objects import Shown, shown_fitting
from gausscape.figures.stress_values import Digits
from gausscape.figures.stress_words import percent
from gausscape.figures.strip import Captioned
from gausscape.figures.style import Look
from gausscape.modality import Modality, Picture
from gausscape.space.support import Support
from gausscape.stress_testing.probability.failure_probability import Mode


def captioned_modes(modes: Sequence[Mode], modality: Modality) -> list[Picture]:
    """The picture of each mode."""
    return [modality.pictures(mode.item)[0] for mode in modes]


def shown_modes(
    modes: Sequence[Mode], pictures: Sequence[Picture], digits: Digits, width: float, look: Look
) -> list[Shown]:
    """The likeliest modes, as many as fit in one line, numbered from 1.

    Args:
        modes: The likeliest first.
        pictures: One each.
        digits: How y is written.
        width: Inches.
        look: Size of the words.
    """
    if not modes:
        return []
    return [
        Shown(
            Captioned(
                picture,
                mode.support,
                digits(mode.y),
                (f"{mode.distance:.1f} sd out", f"share {percent(mode.share)}"),
                mode.support != Support.UNSUPPORTED,
            ),
            sign=str(i + 1),
        )
        for i, (mode, picture) in enumerate(zip(modes[: shown_fitting(pictures, width, look)], pictures, strict=False))
    ]
