"""Which class does a model's answer mean, and how sure of it is the model?"""

__all__ = ["AnsweredClasses", "name_of_class", "read_classes"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.outcome import Outcome
from gausscape.outcome.answers import Answers

SIDES = ("0", "1")
"""What a model that gives one probability chooses between; at 1/2 it says "1"."""


@dataclass(frozen=True, eq=False)
class AnsweredClasses:
    """The classes that n answers mean.

    Args:
        names: All classes as far as they are known, in the order of the columns; () if they are not.
        said: The class that each answer means, text, (n,); "" where the model gave none.
        probabilities: Of each class, (n, classes), NaN where the model gave none; None where it answers with labels alone.
    """

    names: tuple[str, ...]
    said: np.ndarray
    probabilities: np.ndarray | None

    def lead(self, name: str) -> np.ndarray:
        """By how much a class is ahead of the likeliest other one, in [-1, 1], (n,); without probabilities 1 or -1."""
        if self.probabilities is None:
            return np.where(self.said == name, 1.0, -1.0)
        own = self.names.index(name)
        return self.probabilities[:, own] - np.delete(self.probabilities, own, axis=1).max(1, initial=0.0)


def read_classes(outcome: Outcome, answers: Answers) -> AnsweredClasses | None:
    """The classes that answers mean: labels, or the likeliest of several classes; None where they are plain numbers.

    Args:
        outcome: Whose answers they are.
        answers: Of n objects.

    Example:
        >>> y = Outcome.of(lambda x: np.stack([x, 1 - x], 1), classes=("cat", "dog"), target="cat")
        >>> told = read_classes(y, y(np.array([0.9, 0.2])))
        >>> told.said.tolist(), told.lead("cat").round(1).tolist()
        (['cat', 'dog'], [0.8, -0.6])
    """
    known = tuple(name_of_class(name) for name in outcome.classes or ())
    missing = ~np.isfinite(answers.values)
    if outcome.kind == "label":
        said = np.array(
            ["" if lost else name_of_class(raw) for raw, lost in zip(answers.raw, missing, strict=True)], dtype=str
        )
        return AnsweredClasses(known, said, None)
    if outcome.kind != "probability":
        return None
    probabilities = np.asarray(answers.raw, dtype=np.float64)
    if probabilities.ndim == 1:
        probabilities, known = np.stack([1 - probabilities, probabilities], axis=1), SIDES
    names = known or tuple(str(k) for k in range(probabilities.shape[1]))
    # The last of equals, so that an even chance of two counts as the second: what most libraries say at one half.
    likeliest = probabilities.shape[1] - 1 - np.nan_to_num(probabilities)[:, ::-1].argmax(1)
    return AnsweredClasses(names, np.where(missing, "", np.array(names, dtype=str)[likeliest]), probabilities)


def name_of_class(label: Any) -> str:
    """A label as text: 7, 7.0 and "7" are one class; None and NaN are none, "".

    Example:
        >>> [name_of_class(label) for label in (7, 7.0, "7", None, True)]
        ['7', '7', '7', '', 'True']
    """
    if label is None or label != label:
        return ""
    if isinstance(label, float | np.floating) and float(label).is_integer():
        return str(int(label))
    return str(label)
