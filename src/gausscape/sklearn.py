"""The estimator face: a Gaussian space of numeric columns inside scikit-learn pipelines, searches and frames."""

__all__ = ["GaussianSpace"]

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from gausscape.training.fitting import fit
from gausscape.training.objective import Elbo
from gausscape.training.schedule import Schedule

FEWEST_STEPS = 100
EPOCHS = 60


class GaussianSpace(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A calibrated Gaussian space of the rows of a numeric table.

    The rows are fitted as `gausscape.fit` fits any table; what a pipeline can use is exposed under scikit-learn's own
    names, and everything else is in `space_`. Missing values (NaN) are allowed.

    Args:
        latent: Number of latent coordinates.
        method: "vae", or "pca" for probabilistic PCA.
        steps: Optimiser steps; None for 60 epochs, at least 100 steps and at most the default budget of `gausscape.fit`:
            searches fit often, so that less is spent here. Pass a number for a final fit.
        kl_weight: Weight of the divergence in the objective; None for what the kind of data suggests.
        learning_rate: Highest learning rate; None for the default.
        random_state: Seed, as everywhere in scikit-learn: None for another fit each time.

    Attributes:
        space_: The fitted `gausscape.Space`, in double precision.
        n_features_in_: Number of columns.
        feature_names_in_: Names of the columns, if the input had any.

    Example:
        >>> rows = np.random.default_rng(0).normal(size=(200, 3))
        >>> estimator = GaussianSpace(latent=1, method="pca", random_state=0).fit(rows)
        >>> estimator.transform(rows).shape, estimator.inverse_transform(np.zeros((1, 1))).shape
        ((200, 1), (1, 3))
        >>> estimator.get_feature_names_out()
        array(['gaussianspace0'], dtype=object)
    """

    def __init__(
        self,
        latent: int = 2,
        *,
        method: str = "vae",
        steps: int | None = None,
        kl_weight: float | None = None,
        learning_rate: float | None = None,
        random_state: Any = None,
    ):
        self.latent = latent
        self.method = method
        self.steps = steps
        self.kl_weight = kl_weight
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "GaussianSpace":
        """Fit the space.

        Args:
            X: Numbers, (n, columns); NaN where a value is missing.
            y: Ignored.

        Raises:
            ValueError: If the data cannot be used; the message names the place.
        """
        rows = self._validated(X, reset=True)
        self.space_ = fit(
            rows,
            latent=self.latent,
            method=self.method,
            modality="tables",
            objective=Elbo(kl_weight=self.kl_weight),
            schedule=self._schedule(len(rows)),
            seed=self._seed(),
        )
        # In single precision a row's code would depend on the size of its batch in the seventh digit.
        self.space_.codec.networks.double()
        self._n_features_out = self.space_.latent
        return self

    def partial_fit(self, X: Any, y: Any = None) -> "GaussianSpace":
        """Bring law and calibration up to date with new rows, without training; the first call fits.

        Args:
            X: Numbers, (n, columns), at least 20 different rows after the first call.
            y: Ignored.
        """
        if not hasattr(self, "space_"):
            return self.fit(X)
        self.space_ = self._fitted().partial_fit(self._validated(X), seed=self._seed())
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Posterior means, (n, latent)."""
        return self._fitted().embed(self._validated(X)).mean

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Expected rows at latent points (n, latent), (n, columns)."""
        points = np.asarray(X, dtype=np.float64)
        return np.asarray(self._fitted().decode(points), dtype=np.float64)

    def score_samples(self, X: Any) -> np.ndarray:
        """Importance-weighted lower bound of each row's log-likelihood, nats, (n,) (Burda et al. 2016, eq. 8)."""
        return self._fitted().score_samples(self._validated(X))

    def score(self, X: Any, y: Any = None) -> float:
        """Mean of `score_samples`."""
        return float(self.score_samples(X).mean())

    def sample(self, n_samples: int = 1) -> np.ndarray:
        """New rows, (n, columns), drawn by `random_state`."""
        return np.asarray(self._fitted().sample(n_samples, seed=self._seed()).items, dtype=np.float64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _fitted(self) -> Any:
        check_is_fitted(self, "space_")
        return self.space_

    def _validated(self, X: Any, *, reset: bool = False) -> np.ndarray:
        if not reset:
            check_is_fitted(self, "space_")
        return np.asarray(
            validate_data(
                self,
                X,
                reset=reset,
                dtype=np.float64,
                ensure_all_finite="allow-nan",
                ensure_min_samples=10 if reset else 1,
                ensure_min_features=2 if reset and self.method == "pca" else 1,
            )
        )

    def _schedule(self, rows: int) -> Schedule:
        default = Schedule()
        steps = self.steps
        if steps is None:
            steps = min(default.length(rows), max(FEWEST_STEPS, EPOCHS * rows // default.batch_size(rows)))
        return Schedule(steps=steps, learning_rate=self.learning_rate or default.learning_rate)

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer) and self.random_state >= 0:
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))
