"""Which is the simplest law that held-out codes do not contradict? One Gaussian, a mixture of them, or a flow."""

__all__ = ["Rung", "choose_law", "law_from_state"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from scipy import stats

from gausscape.errors import DamagedFileError, DataError
from gausscape.space.flow_law import FlowLaw
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.law import Law
from gausscape.space.mixture_law import ROWS_PER_PARAMETER_AXIS, MixtureLaw
from gausscape.space.standard_normal import normal_log_density
from gausscape.space.whitening import Whitening, as_codes

_FLOW_LEAST_ROWS = 5_000
_PASSING_P = 0.01
_TAIL = 0.01


@final
@dataclass(frozen=True)
class Rung:
    """What one rung of the ladder achieved on held-out codes.

    Attributes:
        name: Of the law.
        components: Gaussians of a mixture, couplings of a flow, 1 for one Gaussian.
        held_out_log_likelihood: Mean log density per held-out code, in nats.
        gain: The same less that of the rung below (for the first: less that of N(0, I), where training aimed), in nats.
        ks_p: Kolmogorov-Smirnov p of exp(-surprise) of held-out codes against the uniform law.
        passed: ks_p > 0.01, tail_p > 0.01 and, above the first rung, gain > 0.
        tail_p: Two-sided binomial p of the number of held-out codes beyond the level that the law gives 1%.

    Example:
        >>> print(Rung("gaussian", 1, -14.2, 0.31, 0.2, True, 0.7))
        gaussian (1): log-likelihood -14.200, gain +0.310 nats, KS p 0.2, tail p 0.7, passed
    """

    name: str
    components: int
    held_out_log_likelihood: float
    gain: float
    ks_p: float
    passed: bool
    tail_p: float = 1.0

    def __str__(self) -> str:
        verdict = "passed" if self.passed else "not passed"
        return (
            f"{self.name} ({self.components}): log-likelihood {self.held_out_log_likelihood:.3f}, "
            f"gain {self.gain:+.3f} nats, KS p {self.ks_p:.2g}, tail p {self.tail_p:.2g}, {verdict}"
        )


def choose_law(fit_codes: np.ndarray, held_out_codes: np.ndarray, *, seed: int) -> tuple[Law, list[Rung]]:
    """Climb the ladder Gaussian, mixture, flow; stop at the first law that held-out codes do not contradict.

    A rung passes if its held-out log-likelihood is above that of the rung below and exp(-surprise) of held-out codes is
    uniform: in the bulk (Kolmogorov-Smirnov p > 0.01) and, as that test hardly sees tails, in the share beyond the
    law's own 1% level (binomial p > 0.01; a Gaussian can pass the former with 2.4% there). If none passes, the law of
    highest held-out log-likelihood is taken; rank calibration makes its probabilities true all the same. A flow is
    tried only with 5,000 codes or more, in two dimensions or more.

    Args:
        fit_codes: One posterior sample per object that the law is fitted to, shape (n, d).
        held_out_codes: One posterior sample per object that it is judged on, shape (m, d).
        seed: Of all fits.

    Returns:
        The law, and the rungs that were climbed, in order.

    Raises:
        DataError: If codes are not finite, too few, or have dead axes.
        ShapeError: If the two have different numbers of axes.

    Example:
        >>> codes = np.random.default_rng(0).normal(size=(1000, 2))
        >>> law, rungs = choose_law(codes[:800], codes[800:], seed=0)
        >>> law.name, rungs[-1].passed
        ('gaussian', True)
    """
    fit_codes = as_codes(fit_codes)
    rows, dimension = fit_codes.shape
    held_out_codes = as_codes(held_out_codes, dimension)
    if not len(held_out_codes):
        raise DataError("A law is judged on held-out codes, but got none. Hold some objects back from the fit.")
    fits: list[Callable[[], Law]] = [lambda: GaussianLaw.fit(fit_codes)]
    if rows >= 2 * ROWS_PER_PARAMETER_AXIS * dimension:
        fits.append(lambda: MixtureLaw.fit(fit_codes, seed=seed))
    if rows >= _FLOW_LEAST_ROWS and dimension >= 2:
        fits.append(lambda: FlowLaw.fit(fit_codes, seed=seed))
    below = float(normal_log_density(held_out_codes).mean())
    laws: list[Law] = []
    rungs: list[Rung] = []
    for fit in fits:
        laws.append(fit())
        rungs.append(_judge(laws[-1], held_out_codes, below, must_gain=bool(rungs)))
        if rungs[-1].passed:
            return laws[-1], rungs
        below = rungs[-1].held_out_log_likelihood
    best = int(np.argmax([rung.held_out_log_likelihood for rung in rungs]))
    return laws[best], rungs


def _judge(law: Law, held_out: np.ndarray, below: float, *, must_gain: bool) -> Rung:
    log_likelihood = float(law.log_density(held_out).mean())
    exceedance = np.exp(-law.surprise(held_out))
    ks_p = float(stats.kstest(exceedance, "uniform").pvalue)
    tail_p = float(stats.binomtest(int((exceedance <= _TAIL).sum()), len(exceedance), _TAIL).pvalue)
    # N(0, I) is no rung: codes that hit it exactly are fitted a little worse, and that is no reason to climb.
    passed = (log_likelihood > below or not must_gain) and min(ks_p, tail_p) > _PASSING_P
    return Rung(law.name, law.components, log_likelihood, log_likelihood - below, ks_p, passed, tail_p)


def law_from_state(document: dict[str, Any], arrays: dict[str, np.ndarray]) -> Law:
    """Rebuild a law from what `Law.state` returned.

    Raises:
        DamagedFileError: If the law is unknown, or an array is missing, misshapen or not finite.

    Example:
        >>> law = GaussianLaw.fit(np.random.default_rng(0).normal(size=(100, 2)))
        >>> bool(law_from_state(*law.state()).surprise([[1.0, 1.0]]) == law.surprise([[1.0, 1.0]]))
        True
    """
    known: dict[str, type[Law]] = {law.name: law for law in (GaussianLaw, MixtureLaw, FlowLaw)}
    name, dimension = document.get("law"), document.get("dimension")
    if name not in known or not isinstance(dimension, int):
        raise DamagedFileError(
            f"A saved law is one of {', '.join(sorted(known))} with its dimension, but got {name!r}, {dimension!r}. "
            "The file is damaged, or a newer gausscape wrote it: upgrade, or save the space again."
        )
    try:
        whitening = Whitening(np.asarray(arrays["mean"], float), np.asarray(arrays["factor"], float))
        finite = all(np.isfinite(array).all() for array in arrays.values())
        if not finite or whitening.mean.shape != (dimension,) or whitening.factor.shape != (dimension, dimension):
            raise ValueError("values that are not finite, or another shape than the document says")
        law = known[str(name)]._rebuild(whitening, arrays)
        law.surprise(whitening.mean[None])
    except (KeyError, IndexError, ValueError, TypeError, np.linalg.LinAlgError, DataError) as cause:
        raise DamagedFileError(
            f"A saved {name} law needs its complete finite arrays, but this one has {cause}. "
            "The file is damaged: save the space again."
        ) from cause
    return law
