"""When it says "global", is it? False and missed verdicts of the ledger and of what people use instead.

    python benchmarks/global_verdicts.py [--repeats 400] [--fits 12] [--patches 60] [--patch-level 0.05]

Part 1 draws local effects with known truth: patches are independent draws from a population in which a stated share goes
up by so many standard errors, and the rest does something else. "Overlap" lets the errors of all patches correlate by
0.8: "yes" in either half of the probes, "hidden" across both, where no check can see it. "Unchecked" is the ledger's count
without its other conditions. The table gives how often each rule declares one direction general; a row marked FALSE
has no direction that more than half of the population goes, so that every such call is wrong and 5% is allowed. "Share"
is how often the stated lower bound of the share holds (95% is promised), "net" the same for the lower end of net-to-gross.

Part 2 fits a neural network to simulated rows in which the sign of one feature's effect depends on a group, measures local
effects by probing the network, and asks the rivals in their own way: mean SHAP values (the `shap` library if it is
installed, else exact Shapley values with the same background), a linear regression, a partial-dependence slope. The truth
is the network's own share of rows that go up, from ten times the probes.
"""

import argparse
import itertools
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from gausscape.explanation.ledger import Ledger
from gausscape.explanation.partial_conjunction import PATCH_LEVEL, benjamini_hochberg, one_sided
from gausscape.explanation.patch_effects import PatchEffects

ALPHA = 0.05
RULES = ("ledger", "unchecked", "PC-Simes", "mean", "pooled", "signs", "BH>1/2")


@dataclass(frozen=True)
class Scenario:
    """One truth: `share` of the population goes up by `up` standard errors, the rest by `rest`.

    Args:
        name: What the table calls it.
        share, up, rest: As above.
        exact: Whether exactly that share of the patches goes up, instead of a random number.
        outlier: Size of one patch that is out of all proportion, in standard errors; 0 for none.
        freedom: Degrees of freedom of the standard errors.
        features: Number of features in the ledger, all with this truth if `alike`, else with no effect but the first.
    """

    name: str
    share: float
    up: float
    rest: float = 0.0
    exact: bool = False
    outlier: float = 0.0
    freedom: int = 38
    features: int = 1
    alike: bool = False

    @property
    def is_general(self) -> bool:
        """Whether one direction holds for more than half of the population."""
        return self.share > 0.5 or (self.rest < 0 and self.share < 0.5)


SCENARIOS = (
    Scenario("nothing goes anywhere", 0.0, 8),
    Scenario("30% up by 8 se, rest 0", 0.3, 8),
    Scenario("50% up by 8 se, rest 0", 0.5, 8),
    Scenario("50% up by 3 se, rest 0", 0.5, 3),
    Scenario("exactly 50% up by 8 se, rest 0", 0.5, 8, exact=True),
    Scenario("50% up, 50% down, 8 se", 0.5, 8, rest=-8),
    Scenario("50% up by 30 se, 50% down by 3 se", 0.5, 30, rest=-3),
    Scenario("nothing but one outlier, 1000 se", 0.0, 8, outlier=1000),
    Scenario("50% up by 8 se and one outlier", 0.5, 8, outlier=1000),
    Scenario("60% up by 8 se, rest 0", 0.6, 8),
    Scenario("80% up by 3 se, rest 0", 0.8, 3),
    Scenario("exactly 80% up by 3 se, rest 0", 0.8, 3, exact=True),
    Scenario("the same, 8 degrees of freedom", 0.8, 3, exact=True, freedom=8),
    Scenario("the same, 1 of 10 features", 0.8, 3, exact=True, features=10),
    Scenario("the same, all of 10 features", 0.8, 3, exact=True, features=10, alike=True),
    Scenario("80% up by 3 se, 20% down by 12 se", 0.8, 3, rest=-12),
    Scenario("90% up by 3 se, 10% down by 3 se", 0.9, 3, rest=-3),
    Scenario("all up by 3 se", 1.0, 3),
    Scenario("all up by 2 se", 1.0, 2),
)


def draw_independent(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Errors of half A and half B, (2, n, f), with variance 2, so that the mean of both has variance 1."""
    return math.sqrt(2) * rng.standard_normal((2, *shape))


def draw_overlapping(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The same, correlated by 0.8 between patches, separately in either half."""
    common = rng.standard_normal((2, 1, shape[1]))
    return math.sqrt(2) * (math.sqrt(0.8) * common + math.sqrt(0.2) * rng.standard_normal((2, *shape)))


def draw_hidden(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """The same, where one half shares with the other too, so that their difference tells nothing."""
    both = math.sqrt(0.8) * rng.standard_normal((1, shape[1])) + math.sqrt(0.2) * rng.standard_normal(shape)
    apart = rng.standard_normal(shape)
    return np.stack([both + apart, both - apart])


OVERLAPS = {"no": draw_independent, "yes": draw_overlapping, "hidden": draw_hidden}


def draw_effects(scenario: Scenario, n: int, *, draw_errors: Callable, rng: np.random.Generator) -> PatchEffects:
    """Effects with unit standard errors, which are estimated; features are independent of each other."""
    f = scenario.features
    goes_up = np.arange(n)[:, None] < np.full(f, round(scenario.share * n))
    if not scenario.exact:
        goes_up = rng.random((n, f)) < scenario.share
    truth = np.where(goes_up, float(scenario.up), float(scenario.rest))
    if not scenario.alike:
        truth[:, 1:] = 0.0
    if scenario.outlier:
        truth[0, 0] = scenario.outlier
    half_a, half_b = truth + draw_errors((n, f), rng)
    error = np.sqrt(rng.chisquare(scenario.freedom, (n, f)) / scenario.freedom)
    return PatchEffects(
        tuple(f"x{feature}" for feature in range(f)),
        (half_a + half_b) / 2,
        error,
        degrees_of_freedom=scenario.freedom,
        half_a=half_a,
        half_b=half_b,
        r_squared=np.full(n, 0.9),
        ids=tuple(str(patch) for patch in range(n)),
    )


def judge_all(effects: PatchEffects, ledger: Ledger) -> dict[str, int]:
    """What each rule says about the first feature: 1 or -1 if it declares that direction general, 0 else."""
    effect, error = effects.effect[:, 0], effects.standard_error[:, 0]
    n = len(effect)
    up, down = one_sided(effect, error, effects.degrees_of_freedom[:, 0])
    entry = ledger["x0"]
    unchecked = [side.sign for side in (entry.up, entry.down) if side.adjusted <= ALPHA]
    pooled = effect.mean() / math.sqrt(np.mean(error**2) / n)
    mean = stats.ttest_1samp(effect, 0.0)
    significant = [int((benjamini_hochberg(p) <= ALPHA / 2).sum()) for p in (up, down)]
    return {
        "ledger": entry.direction,
        "unchecked": unchecked[0] if unchecked else 0,
        "PC-Simes": _one_of(simes(up, n // 2 + 1) <= ALPHA / 2, simes(down, n // 2 + 1) <= ALPHA / 2),
        "mean": int(np.sign(mean.statistic)) if mean.pvalue <= ALPHA else 0,
        "pooled": int(np.sign(pooled)) if 2 * stats.norm.sf(abs(pooled)) <= ALPHA else 0,
        "signs": _one_of(wilson_lower((effect > 0).sum(), n) > 0.5, wilson_lower((effect < 0).sum(), n) > 0.5),
        "BH>1/2": _one_of(*(wilson_lower(count, n) > 0.5 for count in significant)),
    }


def simes(p: np.ndarray, at_least: int) -> float:
    """Partial-conjunction p-value of "at least so many truly go that way", Simes form (Benjamini & Heller 2008)."""
    n = len(p)
    rank = np.arange(at_least, n + 1)
    return float(((n - at_least + 1) / (rank - at_least + 1) * np.sort(p)[at_least - 1 :]).min())


def wilson_lower(count: int, n: int) -> float:
    """Lower end of the 95% Wilson interval of a share."""
    return float(stats.binomtest(int(count), n).proportion_ci(0.95, "wilson").low)


def _one_of(up: bool, down: bool) -> int:
    return 1 if up else -1 if down else 0


def run_arrays(repeats: int, n: int, *, patch_level: float) -> None:
    """Part 1: rates of declaring a direction general."""
    head = "".join(f"{rule:>10}" for rule in RULES)
    print(f"Part 1: {n} patches, {repeats} repeats; how often (%) one direction is declared general\n")
    print(f"{'truth':<36}{'overlap':>8}{'':>7}{head}{'share':>9}{'net':>7}")
    for (position, scenario), overlap in itertools.product(enumerate(SCENARIOS), OVERLAPS):
        if overlap == "hidden" and scenario.is_general:
            continue
        rng = np.random.default_rng([position, *overlap.encode()])
        said, held, net_held = [], [], []
        for repeat in range(repeats):
            effects = draw_effects(scenario, n, draw_errors=OVERLAPS[overlap], rng=rng)
            ledger = Ledger.of(effects, coverage=1.0, patch_level=patch_level, seed=repeat)
            said.append(judge_all(effects, ledger))
            up, down = ledger["x0"].up, ledger["x0"].down
            downs = 1 - scenario.share if scenario.rest < 0 else 0.0
            held.append(up.share_at_least <= scenario.share and down.share_at_least <= downs)
            net_held.append(up.net_to_gross_lower <= _true_net(scenario))
        # One outlier is no share of a population, and nothing has no sign: net-to-gross has no true value there.
        net = "-" if scenario.outlier or not scenario.share else f"{100 * np.mean(net_held):.1f}"
        cells = "".join(f"{100 * np.mean([each[rule] != 0 for each in said]):>10.1f}" for rule in RULES)
        kind = "" if scenario.is_general else "FALSE"
        print(f"{scenario.name:<36}{overlap:>8}{kind:>7}{cells}{100 * np.mean(held):>9.1f}{net:>7}", flush=True)


def _true_net(scenario: Scenario) -> float:
    up, rest = scenario.share * scenario.up, (1 - scenario.share) * scenario.rest
    return (up + rest) / (up + abs(rest)) if up else 0.0


@dataclass(frozen=True)
class Rows:
    """A population: `share` has slope `up` in x0, the others have slope `down`; x1 and x2 act alike on all."""

    name: str
    share: float
    up: float
    down: float

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(x0, x1, x2, group) and a noisy outcome."""
        group = (rng.random(n) < self.share).astype(np.float64)
        x = np.column_stack([rng.standard_normal((n, 3)), group])
        y = np.where(group > 0, self.up, self.down) * x[:, 0] + 0.8 * x[:, 1] + np.sin(x[:, 2])
        return x, y + 0.3 * rng.standard_normal(n)


POPULATIONS = (
    Rows("50% up, 50% down, alike", 0.5, 1.0, -1.0),
    Rows("50% up by 1.5, 50% down by 0.5", 0.5, 1.5, -0.5),
    Rows("30% up by 3, 70% down by 1", 0.3, 3.0, -1.0),
    Rows("80% up by 1, 20% down by 0.5", 0.8, 1.0, -0.5),
    Rows("all up by 1", 1.0, 1.0, 1.0),
)


def probe(predict: Callable, centres: np.ndarray, *, probes: int, rng: np.random.Generator) -> PatchEffects:
    """Local linear fits of the outcome around each centre, the group held."""
    spread = 0.4
    values = {"effect": [], "error": [], "a": [], "b": [], "fit": []}
    for centre in centres:
        steps = spread * rng.standard_normal((probes, 3))
        x = np.tile(centre, (probes, 1))
        x[:, :3] += steps
        y = predict(x)
        whole, first, second = (_least_squares(steps[part], y[part]) for part in _halves(probes))
        late = _halves(probes)[2]
        left = y[late] - first[0] @ np.column_stack([np.ones(probes // 2), steps[late]]).T
        values["effect"].append(whole[0][1:])
        values["error"].append(whole[1][1:])
        values["a"].append(first[0][1:])
        values["b"].append(second[0][1:])
        values["fit"].append(1 - np.mean(left**2) / np.var(y[late]))
    return PatchEffects(
        ("x0", "x1", "x2"),
        np.array(values["effect"]),
        np.array(values["error"]),
        degrees_of_freedom=probes - 4,
        half_a=np.array(values["a"]),
        half_b=np.array(values["b"]),
        r_squared=np.array(values["fit"]),
        ids=tuple(str(position) for position in range(len(centres))),
    )


def _halves(probes: int) -> tuple[slice, slice, slice]:
    return slice(None), slice(0, probes // 2), slice(probes // 2, None)


def _least_squares(steps: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    design = np.column_stack([np.ones(len(steps)), steps])
    # Where all rows are in one group that column repeats the intercept; the slopes are the same.
    inverse = np.linalg.pinv(design.T @ design)
    slope = inverse @ design.T @ y
    variance = np.sum((y - design @ slope) ** 2) / (len(y) - design.shape[1])
    return slope, np.sqrt(variance * np.diag(inverse))


def shapley_values(predict: Callable, x: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Shapley values of all features, (rows, 4): by `shap` if it is installed, else by all 16 coalitions."""
    try:
        import shap
    except ImportError:
        return _exact_shapley(predict, x, background)
    masker = shap.maskers.Independent(background, max_samples=len(background))
    return shap.explainers.Exact(predict, masker)(x, silent=True).values


def _exact_shapley(predict: Callable, x: np.ndarray, background: np.ndarray) -> np.ndarray:
    features = x.shape[1]
    value = {}
    for chosen in itertools.product((False, True), repeat=features):
        mixed = np.where(chosen, x[:, None], background[None])
        value[chosen] = predict(mixed.reshape(-1, features)).reshape(len(x), -1).mean(1)
    answer = np.zeros(x.shape)
    for chosen, feature in itertools.product(value, range(features)):
        if not chosen[feature]:
            size = sum(chosen)
            weight = math.factorial(size) * math.factorial(features - size - 1) / math.factorial(features)
            joined = (*chosen[:feature], True, *chosen[feature + 1 :])
            answer[:, feature] += weight * (value[joined] - value[chosen])
    return answer


def judge_rows(predict: Callable, x: np.ndarray, y: np.ndarray, background: np.ndarray) -> dict[str, int]:
    """What the rivals say about x0: the sign of an average that is significant at 5%."""
    shap_slope = stats.linregress(x[:, 0], shapley_values(predict, x, background)[:, 0])
    coefficient, error = _least_squares(x, y)
    t = coefficient[1] / error[1]
    low, high = x.copy(), x.copy()
    low[:, 0], high[:, 0] = -1.0, 1.0
    rise = predict(high) - predict(low)
    dependence = stats.ttest_1samp(rise, 0.0)
    return {
        "mean SHAP": int(np.sign(shap_slope.slope)) if shap_slope.pvalue <= ALPHA else 0,
        "regression": int(np.sign(t)) if 2 * stats.t.sf(abs(t), len(x) - 5) <= ALPHA else 0,
        "dependence": int(np.sign(dependence.statistic)) if dependence.pvalue <= ALPHA else 0,
    }


def run_rows(fits: int, n: int) -> None:
    """Part 2: the same question of a fitted network."""
    rules = ("ledger", "mean SHAP", "regression", "dependence", "signs")
    print(
        f"\nPart 2: a neural network, {n} patches, {fits} fits; how often (%) x0 is called general, and in brackets wrongly so\n"
    )
    print(f"{'rows':<34}{'true share up':>14}" + "".join(f"{rule:>16}" for rule in rules) + f"{'bound holds':>13}")
    for position, rows in enumerate(POPULATIONS):
        said, truths, held = [], [], []
        for repeat in range(fits):
            rng = np.random.default_rng([position, repeat, 3])
            x, y = rows.draw(1500, rng)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                network = MLPRegressor(hidden_layer_sizes=(32, 32), max_iter=120, random_state=repeat).fit(x, y)
            fresh = rows.draw(300, rng)[0]
            true = probe(network.predict, fresh, probes=400, rng=rng).effect[:, 0]
            effects = probe(network.predict, rows.draw(n, rng)[0], probes=40, rng=rng)
            ledger = Ledger.of(effects, coverage=float((effects.r_squared >= 0.5).mean()), seed=repeat)
            found = judge_all(effects, ledger)
            asked, answers = rows.draw(400, rng)
            said.append(found | judge_rows(network.predict, asked, answers, x[:50]))
            truths.append((true > 0).mean())
            held.append(
                ledger["x0"].up.share_at_least <= rows.share and ledger["x0"].down.share_at_least <= 1 - rows.share
            )
        wrong = {rule: [_is_wrong(each[rule], rows.share) for each in said] for rule in rules}
        cells = "".join(
            f"{100 * np.mean([each[rule] != 0 for each in said]):.0f} ({100 * np.mean(wrong[rule]):.0f})".rjust(16)
            for rule in rules
        )
        print(f"{rows.name:<34}{np.mean(truths):>14.2f}{cells}{100 * np.mean(held):>13.0f}", flush=True)


def _is_wrong(sign: int, share: float) -> bool:
    return (sign > 0 and share <= 0.5) or (sign < 0 and share >= 0.5)


def main() -> None:
    """Parse, run both parts, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=400, help="ledgers a row of part 1 (default 400)")
    parser.add_argument("--fits", type=int, default=12, help="networks a row of part 2; 0 leaves it out (default 12)")
    parser.add_argument("--patches", type=int, default=60, help="patches a ledger (default 60)")
    parser.add_argument(
        "--patch-level", type=float, default=PATCH_LEVEL, help=f"of a single patch (default {PATCH_LEVEL})"
    )
    arguments = parser.parse_args()
    start = time.process_time()
    run_arrays(arguments.repeats, arguments.patches, patch_level=arguments.patch_level)
    if arguments.fits:
        run_rows(arguments.fits, arguments.patches)
    print(f"\n{time.process_time() - start:.0f} s of processor time")


if __name__ == "__main__":
    main()
