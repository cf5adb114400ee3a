"""How near does a small failure probability come, at 3,000 calls, and does its interval hold the truth?

    python benchmarks/rare_events.py [--repeats 40] [--calls 3000] [--seed 7000] [--only PART_OF_A_NAME]

For each problem of limit_states.py and each method: root mean square error of log10 P over the repeats (a repeat that finds
nothing counts as 1e-7), mean of estimate / truth, share of the stated 90% intervals that hold the truth, calls used,
and for gausscape how often its refinement was accepted. Subset simulation gets the draws a level that spend all calls,
which takes knowing the answer, and one level more where it needs one. FORM states no interval. OpenTURNS' own algorithms run
beside, at the same calls, if it is installed.
"""

import argparse
import logging
import time
import warnings
from collections.abc import Callable

import numpy as np
from scipy import stats

from gausscape.stress_testing.probability.form import find_design_point
from gausscape.stress_testing.probability.limit_state import LimitState
from gausscape.stress_testing.probability.plain_sampling import Z90, draw_plain
from gausscape.stress_testing.probability.proposals import Bell, Shifted
from gausscape.stress_testing.probability.rare_event import estimate_probability
from gausscape.stress_testing.probability.subset_simulation import CHAIN, simulate_subsets
from limit_states import LimitCase, known_cases, public_cases

NOTHING = 1e-7
Answer = tuple[float, float, float, int, bool | None]
"""(estimate, lower, upper, calls, accepted); NaN for an interval that is not stated."""


def gausscape(case: LimitCase, calls: int, seed: int) -> Answer:
    answer = estimate_probability(case.limit, case.dimension, calls=calls, seed=seed)
    return answer.estimate, answer.lower, answer.upper, answer.calls, answer.accepted


def plain(case: LimitCase, calls: int, seed: int) -> Answer:
    state = LimitState(case.limit, case.dimension, calls=calls)
    sample = draw_plain(state, calls, np.random.default_rng([seed, 1]))
    return sample.estimate, *sample.interval, state.calls, None


def subsets(case: LimitCase, calls: int, seed: int) -> Answer:
    rng = np.random.default_rng([seed, 2])
    # A level more than the answer suggests may be needed, and is granted.
    state = LimitState(case.limit, case.dimension, calls=2 * calls)
    answer = simulate_subsets(state, draw_plain(state, level_size(case, calls), rng), rng)
    return answer.estimate, *log_interval(answer.estimate, answer.variation), state.calls, None


def form(case: LimitCase, calls: int, seed: int) -> Answer:
    state, point = design_point(case, calls, seed)
    p = 0.0 if point is None else float(stats.norm.sf(np.linalg.norm(point)))
    return p, float("nan"), float("nan"), state.calls, None


def form_sampling(case: LimitCase, calls: int, seed: int) -> Answer:
    state, point = design_point(case, calls, seed)
    if point is None:
        return 0.0, float("nan"), float("nan"), state.calls, None
    return sampled(state, Shifted(point), np.random.default_rng([seed, 4]))


def cross_entropy(case: LimitCase, calls: int, seed: int) -> Answer:
    """Rubinstein & Kroese 2004: one Gaussian with full covariance, smoothed by .7, levels of a tenth, a fifth of the calls each."""
    rng = np.random.default_rng([seed, 5])
    d, state = case.dimension, LimitState(case.limit, case.dimension, calls=calls)
    centre, covariance, each = np.zeros(d), np.eye(d), calls // 5
    while state.left >= 2 * each:
        law = Bell(centre, covariance)
        u = law.draw(each, rng)
        g = state.ask(u)
        threshold = max(float(np.quantile(g, 0.1)), 0.0)
        low = u[g <= threshold]
        weights = np.exp(-law.log_ratio(low))
        weights /= weights.sum()
        new = weights @ low
        scatter = (low - new).T @ ((low - new) * weights[:, None])
        centre, covariance = 0.7 * new + 0.3 * centre, 0.7 * scatter + 0.3 * covariance
        if threshold == 0:
            break
    return sampled(state, Bell(centre, covariance), rng)


METHODS: dict[str, Callable[[LimitCase, int, int], Answer]] = {
    "gausscape": gausscape,
    "plain Monte Carlo": plain,
    "subset simulation": subsets,
    "FORM": form,
    "FORM + sampling": form_sampling,
    "cross entropy": cross_entropy,
}


def level_size(case: LimitCase, calls: int) -> int:
    """Draws a level that spend all calls, for a known number of levels."""
    levels = int(np.ceil(-np.log10(case.probability) - 1e-9))
    return int(calls / (1 + (levels - 1) * (1 - 1 / CHAIN))) // CHAIN * CHAIN


def design_point(case: LimitCase, calls: int, seed: int) -> tuple[LimitState, np.ndarray | None]:
    """FORM from near the centre; no failure is known to start from."""
    state = LimitState(case.limit, case.dimension, calls=calls)
    start = 0.1 * np.random.default_rng([seed, 3]).standard_normal(case.dimension)
    return state, find_design_point(state, start, calls=calls // 2)


def sampled(state: LimitState, law: Shifted | Bell, rng: np.random.Generator) -> Answer:
    u = law.draw(state.left, rng)
    terms = np.where(state.ask(u) <= 0, np.exp(-law.log_ratio(u)), 0.0)
    p = float(terms.mean())
    variation = float(terms.std() / len(terms) ** 0.5 / p) if p > 0 else float("inf")
    return p, *log_interval(p, variation), state.calls, None


def log_interval(p: float, variation: float) -> tuple[float, float]:
    factor = np.exp(Z90 * np.sqrt(np.log1p(variation**2))) if np.isfinite(variation) else np.inf
    return (p / factor, p * factor) if p > 0 else (0.0, 0.0)


def openturns_methods() -> dict[str, Callable[[LimitCase, int, int], Answer]]:
    """OpenTURNS' Monte Carlo, SubsetSampling and FORM with settings of its documentation."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import openturns as ot
    except ImportError:
        print("OpenTURNS: not installed")
        return {}
    ot.Log.Show(ot.Log.NONE)

    def event(case: LimitCase, counter: list[int]):
        def answer(sample):
            u = np.asarray(sample)
            counter[0] += len(u)
            return case.limit(u)[:, None]

        function = ot.PythonFunction(case.dimension, 1, func_sample=answer)
        vector = ot.RandomVector(ot.Normal(case.dimension))
        return ot.ThresholdEvent(ot.CompositeRandomVector(function, vector), ot.LessOrEqual(), 0.0)

    def ended(result, counter: list[int]) -> Answer:
        p, width = result.getProbabilityEstimate(), result.getConfidenceLength(0.9)
        return p, p - width / 2, p + width / 2, counter[0], None

    def monte_carlo(case: LimitCase, calls: int, seed: int) -> Answer:
        ot.RandomGenerator.SetSeed(seed)
        counter = [0]
        algorithm = ot.ProbabilitySimulationAlgorithm(event(case, counter), ot.MonteCarloExperiment())
        algorithm.setBlockSize(calls)
        algorithm.setMaximumOuterSampling(1)
        algorithm.run()
        return ended(algorithm.getResult(), counter)

    def subset_sampling(case: LimitCase, calls: int, seed: int) -> Answer:
        ot.RandomGenerator.SetSeed(seed)
        counter = [0]
        algorithm = ot.SubsetSampling(event(case, counter))
        levels = int(np.ceil(-np.log10(case.probability) - 1e-9))
        algorithm.setMaximumOuterSampling(calls // levels // 10)
        algorithm.setBlockSize(10)
        algorithm.run()
        return ended(algorithm.getResult(), counter)

    def form_of(case: LimitCase, calls: int, seed: int) -> Answer:
        counter = [0]
        solver = ot.AbdoRackwitz()
        solver.setMaximumCallsNumber(calls)
        start = 0.1 * np.random.default_rng([seed, 3]).standard_normal(case.dimension)
        algorithm = ot.FORM(solver, event(case, counter), start.tolist())
        try:
            algorithm.run()
            p = algorithm.getResult().getEventProbability()
        except Exception:
            # Its errors have no class of their own; a search that fails has found nothing.
            p = 0.0
        return p, float("nan"), float("nan"), counter[0], None

    return {
        "OpenTURNS Monte Carlo": monte_carlo,
        "OpenTURNS SubsetSampling": subset_sampling,
        "OpenTURNS FORM": form_of,
    }


WRONG = 1.8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7000)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    np.seterr(all="ignore")
    methods = METHODS | openturns_methods()
    print(f"{asked.repeats} repeats, {asked.calls:,} calls, seeds from {asked.seed}")
    print(
        f"{'problem':28s} {'method':26s} {'rmse log10':>10s} {'ratio':>7s} {'coverage':>8s} {'calls':>6s} {'accepted':>8s} "
        f"{'seconds':>7s}"
    )
    errors: dict[str, list[float]] = {}
    accepted: list[float] = []
    for case in known_cases() + public_cases():
        if asked.only not in case.name:
            continue
        for name, method in methods.items():
            start = time.perf_counter()
            # FORM has no other randomness than its start.
            repeats = min(asked.repeats, 10) if name == "OpenTURNS FORM" else asked.repeats
            answers = [method(case, asked.calls, asked.seed + repeat) for repeat in range(repeats)]
            rmse = tell(case, name, answers, (time.perf_counter() - start) / repeats)
            errors.setdefault(name, []).append(rmse)
            accepted += [answer[0] / case.probability for answer in answers if answer[4]]
    print(f"\n{'over all problems':28s} {'median rmse':>12s} {'at most .1':>12s}")
    for name, found in errors.items():
        print(f"{name:28s} {np.median(found):12.3f} {f'{sum(each <= 0.1 for each in found)} of {len(found)}':>12s}")
    wrong = sum(not 1 / WRONG < ratio < WRONG for ratio in accepted)
    print(f"accepted answers off by more than a factor {WRONG}: {wrong} of {len(accepted):,}")


def tell(case: LimitCase, name: str, answers: list[Answer], seconds: float) -> float:
    """Print a row; returns the RMSE of log10 P."""
    p, lower, upper, calls = (np.array([answer[position] for answer in answers], dtype=float) for position in range(4))
    error = np.log10(np.maximum(p, NOTHING) / case.probability)
    held = (lower <= case.probability) & (case.probability <= upper)
    coverage = "-" if np.isnan(lower).all() else f"{held.mean():.2f}"
    taken = [answer[4] for answer in answers]
    accepted = "-" if taken[0] is None else f"{np.mean(taken):.2f}"
    print(
        f"{case.name:28s} {name:26s} {np.sqrt(np.square(error).mean()):10.3f} {p.mean() / case.probability:7.2f} {coverage:>8s} "
        f"{calls.mean():6.0f} {accepted:>8s} {seconds:7.3f}",
        flush=True,
    )
    return float(np.sqrt(np.square(error).mean()))


if __name__ == "__main__":
    main()
