"""y as an object with predict_proba or predict, as those of scikit-learn."""

__all__ = ["SOURCE", "Estimator"]

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.outcome.sources.source import Model, Source


@dataclass(frozen=True)
class Estimator(Source):
    """An estimator: predict_proba if it has it, else predict (labels if it knows its classes, else numbers).

    Images go in as rows of pixels where the estimator says that it was fitted on so many columns.
    """

    estimator: Any

    @classmethod
    def accepts(cls, given: Any) -> bool:
        return hasattr(given, "predict_proba") or hasattr(given, "predict")

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "Estimator":
        if isinstance(given, type):
            raise ConfigurationError(
                f"y needs to be a fitted estimator, but the class {given.__name__} came. Pass an object that was fitted."
            )
        return cls(given)

    @property
    def described(self) -> str:
        return f"the estimator {type(self.estimator).__name__}"

    def open(self) -> Model:
        gives_probabilities = hasattr(self.estimator, "predict_proba")
        # Several outputs have a list of arrays of classes, which names no single list of classes.
        known = getattr(self.estimator, "classes_", None)
        classes = tuple(known.tolist()) if isinstance(known, np.ndarray) and known.ndim == 1 else None
        kind = "probability" if gives_probabilities else "label" if classes is not None else None
        columns = getattr(self.estimator, "n_features_in_", None)
        return Model(
            _Rows(self.estimator.predict_proba if gives_probabilities else self.estimator.predict, columns),
            kind,
            classes,
            f"each array goes in as one row of {columns} columns, as the estimator was fitted" if columns else "",
        )


@dataclass(frozen=True)
class _Rows:
    """Calls an estimator with images laid out as the rows that it was fitted on."""

    predict: Any
    columns: int | None

    def __call__(self, batch: Any) -> Any:
        if isinstance(batch, np.ndarray) and batch.ndim > 2 and math.prod(batch.shape[1:]) == self.columns:
            batch = batch.reshape(len(batch), -1)
        return self.predict(batch)


SOURCE = Estimator
