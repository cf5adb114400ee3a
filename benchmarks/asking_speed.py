"""What does a row cost when a fitted space is asked, and does the cost stay the same from 1,000 to 100,000 rows?

    OMP_NUM_THREADS=1 python benchmarks/asking_speed.py [--rounds 3] [--most 100000] [--space FOLDER.space ...]

Without `--space` two small spaces are fitted: mnist-5k (5,000 images) and a generated table of 10,000 rows and 20 columns. For
each, CPU microseconds a row (user and system, one thread), median of rounds [least, most], at n = 1,000, 10,000 and 100,000 rows:

- embed, assess (exceedance, support, gates, nearest object), score_samples with 100 draws (of up to 1,000 rows), sample (whole law);
- change: one object against n;
- bare: the same networks in a plain loop, encode and decode and nothing else; `assess` encodes twice and decodes twice, so that
  two times bare is the least that it can cost;
- PCA: scikit-learn's `score_samples` of as many components on the same numbers;
- neighbours: the 5 nearest fitted codes alone, and the same by scikit-learn's NearestNeighbors (`algorithm="auto"`), which has to
  find the same distances.

Contestants take turns within a round. "flat" is the cost of a row at the most rows over that at the fewest; "memory" is what the
process's peak grew by from 10,000 rows to the most, for each row more: input, tensors and answers included.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

import gausscape as gs
from gausscape.items import take

FEWEST, AT_ONCE, DRAWS, MOST_SCORED = 1_000, 1_024, 100, 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--space", nargs="*", default=[])
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.space:
        spaces = [gs.load(folder) for folder in options.space]
    else:
        brief = gs.Schedule(steps=100)
        spaces = [gs.fit(generated(10_000), schedule=brief), gs.fit(gs.load_data("mnist-5k"), schedule=brief)]
    for space in spaces:
        show(space, rounds=options.rounds, most=options.most)


def generated(rows: int) -> pd.DataFrame:
    """Twelve columns of numbers and eight of levels that share three factors."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((rows, 3))
    columns: dict[str, Any] = {}
    for k in range(12):
        spread = factors @ rng.standard_normal(3) / 2 + rng.standard_normal(rows) / 2
        columns[f"number {k}"] = np.round(np.exp(spread), (2, 6, 0)[k % 3])
    for k in range(8):
        cuts = np.linspace(-2, 2, 1 + 3 * k)
        levels = np.array([f"level {j}" for j in range(len(cuts) + 1)])
        columns[f"levels {k}"] = levels[np.digitize(factors @ rng.standard_normal(3), cuts)]
    return pd.DataFrame(columns)


def show(space: gs.Space, *, rounds: int, most: int) -> None:
    print(f"\n{space!r}")
    seen = space.sample(2_000, seed=1).items
    sizes = [n for n in (FEWEST, 10_000, 100_000) if n <= most]
    print(f"{'CPU microseconds a row':<34}" + "".join(f"{f'n = {n:,}':>26}" for n in sizes) + f"{'flat':>22}")
    found: dict[str, dict[int, list[float]]] = {}
    peaks: dict[int, int] = {}
    for n in sizes:
        rows = take(seen, np.resize(np.arange(len(seen)), n))
        contests = questions(space, rows, n)
        if n > FEWEST:  # on its own, before any other question has been asked of so many rows
            space.assess(rows)
            peaks[n] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        for turn in range(rounds + 1):
            for name, ask in contests.items():
                seconds = cpu_seconds(ask, repeats=max(1, 5_000 // n))
                if turn:  # the first round prepares what is kept
                    found.setdefault(name, {}).setdefault(n, []).append(1e6 * seconds / n)
    for name, by_size in found.items():
        cells = "".join(f"{told(by_size.get(n, [])):>26}" for n in sizes)
        ratios = [last / first for first, last in zip(by_size[sizes[0]], by_size.get(sizes[-1], []), strict=False)]
        print(f"{name:<34}{cells}{told(ratios, digits=2):>22}")
    for name, over in (("assess", "bare encode and decode"), ("neighbours, scikit-learn", "neighbours")):
        ratios = [one / other for one, other in zip(found[name][sizes[-1]], found[over][sizes[-1]], strict=True)]
        print(f"{name} / {over}, n = {sizes[-1]:,}: {told(ratios, digits=2)}")
    if len(peaks) > 1:
        (few, least), *_, (many, largest) = peaks.items()
        print(
            f"memory: {(largest - least) / (many - few):,.0f} bytes a row more, peak {largest / 2**20:,.0f} MiB",
            flush=True,
        )


def questions(space: gs.Space, rows: Any, n: int) -> dict[str, Callable[[], Any]]:
    one = take(rows, np.zeros(1, dtype=np.int64))
    tensors = space.codec.tensors(rows)
    cells = space.codec.observed(tensors)[0].numpy()
    pca = PCA(space.latent, random_state=0).fit(cells[:2_000])
    codes = space.embed(rows).mean
    near = NearestNeighbors(n_neighbors=5).fit(space.aggregate.fitted.codes)
    same = near.kneighbors(space.aggregate.whiten(codes[:200]))[0].mean(1)
    if not np.allclose(same, space.aggregate.neighbours(codes[:200])[0]):
        raise SystemExit("The two searches for neighbours disagree.")
    asked: dict[str, Callable[[], Any]] = {
        "embed": lambda: space.embed(rows),
        "assess": lambda: space.assess(rows),
        "sample": lambda: space.sample(n),
        "change, 1 against n": lambda: gs.measure_change(space, one, rows),
        "neighbours": lambda: space.aggregate.neighbours(codes),
        "bare encode and decode": lambda: bare(space, tensors),
        "PCA score_samples": lambda: pca.score_samples(cells),
        "neighbours, scikit-learn": lambda: near.kneighbors(space.aggregate.whiten(codes)),
    }
    if n <= MOST_SCORED:
        asked[f"score_samples, {DRAWS} draws"] = lambda: space.score_samples(rows, draws=DRAWS)
    return asked


def bare(space: gs.Space, tensors: dict[str, torch.Tensor]) -> None:
    """What the networks cost by themselves."""
    networks = space.codec.networks
    with torch.inference_mode():
        for start in range(0, len(next(iter(tensors.values()))), AT_ONCE):
            part = {name: values[start : start + AT_ONCE] for name, values in tensors.items()}
            inputs, targets = space.modality.present(part, None)
            networks.likelihood.mean(networks.decoder(networks.encode({**targets, **inputs}).mean))


def cpu_seconds(ask: Callable[[], Any], *, repeats: int) -> float:
    began = time.process_time()
    for _ in range(repeats):
        ask()
    return (time.process_time() - began) / repeats


def told(values: list[float], *, digits: int = 1) -> str:
    if not values:
        return "not measured"
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f}, {max(values):.{digits}f}]"


if __name__ == "__main__":
    main()
