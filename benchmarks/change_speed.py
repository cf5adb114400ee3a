"""How fast are the measures of a change: closed forms, the pull-back metric, and short paths?

One core. Each figure is the median of several repeats, with the smallest and the largest in brackets, and stands beside
a rival from the same run:

- closed forms between laws in 16 dimensions, in pairs per second; rivals: a Python loop over the pairs (timed on 2,000)
  and torch.distributions.kl_divergence;
- the pull-back metric at 1,000 points of a 2-D space of digits, in units of one batched decode of those points; rival:
  torch.autograd.functional.jacobian point by point (timed on 20 points and scaled to 1,000);
- short paths for 100 pairs at once; rival: one pair at a time (timed on 5 pairs and scaled to 100).

    python benchmarks/change_speed.py [--repeats 7]
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

import gausscape as gs
from gausscape.gaussian import Gaussian
from gausscape.space.codec import Codec
from gausscape.space.pull_back import geodesics, metric_at, path_length

PAIRS = 100_000
DIMENSION = 16
LOOPED = 2_000
POINTS = 1_000
SINGLE_POINTS = 20
PATHS = 100
SINGLE_PATHS = 5
STEPS = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(1)
    closed_forms(options.repeats)
    items = gs.load_data("mnist-5k")
    space = gs.fit(items, latent=2, schedule=gs.Schedule(steps=400))
    codes = space.embed(items).mean
    pull_back(space.codec, codes[:POINTS], options.repeats)
    short_paths(space.codec, codes[:PATHS], codes[PATHS : 2 * PATHS], min(3, options.repeats))


def closed_forms(repeats: int) -> None:
    """Pairs per second of each closed form."""
    rng = np.random.default_rng(0)
    shape = PAIRS, DIMENSION
    one, other = (Gaussian(rng.standard_normal(shape), np.exp(rng.standard_normal(shape))) for _ in range(2))
    first, second = one[:LOOPED], other[:LOOPED]
    for name in ("divergence", "jeffreys", "wasserstein", "fisher_rao"):
        measure = getattr(Gaussian, name)
        report(f"{name}, one call", rates(lambda measure=measure: measure(one, other), PAIRS, repeats), "pairs/s")
        looped = rates(
            lambda measure=measure: [measure(first[[row]], second[[row]]) for row in range(LOOPED)], LOOPED, repeats
        )
        report(f"{name}, Python loop", looped, "pairs/s")
    laws = [
        torch.distributions.Independent(torch.distributions.Normal(torch.from_numpy(law.mean), torch.from_numpy(law.std)), 1)
        for law in (one, other)
    ]
    report(
        "KL, torch.distributions", rates(lambda: torch.distributions.kl_divergence(*laws), PAIRS, repeats), "pairs/s"
    )


def pull_back(codec: Codec, z: np.ndarray, repeats: int) -> None:
    """The metric, in batched decodes timed beside it."""
    points = torch.from_numpy(z).float()
    ratios, naive = [], []
    for number in range(repeats + 1):
        decode = seconds(lambda: codec.networks.decoder(points))
        ours = seconds(lambda: metric_at(codec, z))
        single = seconds(lambda: naive_metric(codec, points[:SINGLE_POINTS])) * len(points) / SINGLE_POINTS
        if number:  # the first round warms up
            ratios.append(ours / decode)
            naive.append(single / decode)
    report(f"metric at {len(z):,} points", ratios, "batched decodes")
    report("metric, point by point", naive, f"batched decodes (scaled from {SINGLE_POINTS} points)")


def naive_metric(codec: Codec, points: torch.Tensor) -> torch.Tensor:
    """J' I J with one Jacobian a point, as a first try would have it."""
    found = []
    for point in points:
        jacobian = torch.autograd.functional.jacobian(codec.networks.decoder, point[None])[0, :, 0]
        scaled = codec.networks.likelihood.scaled_tangent(codec.networks.decoder(point[None]), jacobian.T[:, None])[:, 0]
        found.append(scaled @ scaled.T)
    return torch.stack(found)


def short_paths(codec: Codec, a: np.ndarray, b: np.ndarray, repeats: int) -> None:
    """Seconds for all pairs at once and one by one, and what the paths gain."""
    few = range(SINGLE_PATHS)
    together, alone = [], []
    for _ in range(repeats):
        together.append(seconds(lambda: geodesics(codec, a, b, steps=STEPS)))
        single = seconds(lambda: [geodesics(codec, a[[row]], b[[row]], steps=STEPS) for row in few])
        alone.append(single * len(a) / SINGLE_PATHS)
    report(f"{len(a)} paths at once", together, "s")
    report("paths, one at a time", alone, f"s (scaled from {SINGLE_PATHS} pairs)")
    gain = path_length(codec, geodesics(codec, a, b, steps=STEPS)) / path_length(codec, np.linspace(a, b, STEPS, axis=1))
    report("length / straight line", gain.tolist(), f"over {len(a)} pairs")


def seconds(action: Callable[[], object]) -> float:
    """Wall seconds of one run."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def rates(action: Callable[[], object], count: int, repeats: int) -> list[float]:
    """Things per second in each repeat, after one for warming up."""
    action()
    return [count / seconds(action) for _ in range(repeats)]


def report(name: str, values: list[float], unit: str) -> None:
    """One row: median, and spread."""
    print(f"{name:<28} {statistics.median(values):>14,.4g} ({min(values):,.4g} to {max(values):,.4g}) {unit}", flush=True)


if __name__ == "__main__":
    main()
