"""How many objects break the constraints of their kind of data, as they are written?"""

__all__ = ["measure_violations"]

from typing import Any

import numpy as np

from gausscape.modality import Modality
from gausscape.quality.report import Violation


def measure_violations(modality: Modality, held_out: Any, generated: Any) -> tuple[Violation, ...]:
    """Shares of generated and of held-out objects, in native form, that break each constraint of the modality.

    Args:
        modality: The kind of data, with its constraints.
        held_out: Real objects.
        generated: Generated ones, as anyone receives them.

    Example:
        >>> from gausscape.modalities.tables import TableModality
        >>> from gausscape.modalities.tables.example import example_items
        >>> frame = example_items()
        >>> tables = TableModality.infer(frame).constrained(["amount >= 10"])
        >>> (found,) = measure_violations(tables, frame, frame)
        >>> found.constraint, found.generated == found.real > 0
        ('amount >= 10', True)
    """
    made, real = modality.broken(generated), modality.broken(held_out)
    return tuple(Violation(text, float(np.mean(made[text])), float(np.mean(real[text]))) for text in made)
