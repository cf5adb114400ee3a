"""Are abnormal heartbeats told from normal ones by a space that never saw any? ECG5000, against isolation forests and PCA.

    python benchmarks/ecg_anomaly.py --data-dir DIR [--seeds 5]
    python benchmarks/ecg_anomaly.py --twin [--seeds 5]

Of the normal beats (class 1 of both published parts together) 70% are fitted, the product's own parts of which fit,
stop, calibrate and audit; the other 30% and all abnormal beats (classes 2 to 5) are scored. With --twin the bundled
made-up beats are taken.

AUROC: held-out normal against abnormal beats. Ours are the p-values of `space.assess`: exceedance (a T^2: rarity on
the manifold), the gates "residual" (a Q: what the code leaves out), "neighbours" and "cycle", and combinations by
Bonferroni (number of p-values times the smallest; Jackson & Mudholkar 1979 for the pair). Rivals are fitted on the
same beats: isolation forests on raw values and on PCA scores, the error of PCA's reconstruction, and probabilistic PCA
with the same calibration as ours. PCA keeps the components of 95% of the variance, and as a second, unfair choice the
number of 2 to 40 that is best on the scored beats themselves.

Calibration: share of held-out normal beats whose exceedance is at most 10% and 1%, with the interval of a right claim
(95%, binomial).

Noise: d' of real change, that is of the step between the two posterior means of random pairs of held-out beats, under
noise that is taken as independent and under the noise with memory, each in its own space; and the d' that an
independent noise of the same scale would have claimed in the second.

Median [least, most] over seeds.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

import gausscape as gs

FITTED, TREES, KEPT = 0.7, 200, (2, 5, 10, 15, 20, 30, 40)
SINGLE = ("exceedance", "residual", "neighbours", "cycle")
CLAIMS = (0.10, 0.01)
PAIRS = 200
FAIR = ("IsolationForest, raw values", "IsolationForest, PCA 95%", "PCA 95%, reconstruction error")
OURS = ("2 min(exceedance, residual)", "4 min(all)")


def beats(data_dir: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """(normal, abnormal) beats (n, 140)."""
    if data_dir is None:
        parts, usual = [gs.load_data("heartbeats")], "normal"
    else:
        parts, usual = [gs.load_data("ecg5000", data_dir=data_dir, split=split) for split in ("train", "test")], 1
    values = np.concatenate([part.values for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    return values[labels == usual], values[labels != usual]


def own_scores(space: gs.Space, values: np.ndarray) -> dict[str, np.ndarray]:
    """-log p of each p-value and combination."""
    told = space.assess(values)
    combined = {
        "2 min(exceedance, residual)": ("exceedance", "residual"),
        "3 min(exceedance, neighbours, residual)": ("exceedance", "neighbours", "residual"),
        "4 min(all)": SINGLE,
    }
    found = {name: told[name] for name in SINGLE}
    found |= {name: np.minimum.reduce([told[each] for each in several]) for name, several in combined.items()}
    return {name: -np.log(p) for name, p in found.items()}


def rival_scores(fitted: np.ndarray, sets: list[np.ndarray], seed: int) -> dict[str, list[np.ndarray]]:
    """Of each rival, how strange each object of each set is."""

    def forest(view) -> list[np.ndarray]:
        trees = IsolationForest(n_estimators=TREES, random_state=seed).fit(view(fitted))
        return [-trees.score_samples(view(values)) for values in sets]

    found = {"IsolationForest, raw values": forest(lambda values: values)}
    for kept in (0.95, *KEPT):
        solver = PCA(kept, svd_solver="full").fit(fitted)
        name = "95%" if kept == 0.95 else str(kept)
        found[f"IsolationForest, PCA {name}"] = forest(solver.transform)
        rebuilt = [solver.inverse_transform(solver.transform(values)) for values in sets]
        found[f"PCA {name}, reconstruction error"] = [((a - b) ** 2).sum(1) for a, b in zip(sets, rebuilt, strict=True)]
    return found


def auroc(usual: np.ndarray, strange: np.ndarray) -> float:
    """Share of pairs in which the strange one has the larger score, ties counted half."""
    return float(roc_auc_score(np.r_[np.zeros(len(usual)), np.ones(len(strange))], np.r_[usual, strange]))


def detectability(space: gs.Space, values: np.ndarray, *, white: bool) -> float:
    """Median d' of the expected change between random pairs; `white` False takes the same noise as independent."""
    mean = space.embed(values[: 2 * PAIRS]).mean
    half = len(mean) // 2
    decoder, law = space.codec.networks.decoder, space.codec.networks.likelihood
    with torch.no_grad():
        first, second = (
            decoder(torch.tensor(part, dtype=torch.float32)) for part in (mean[:half], mean[half : 2 * half])
        )
        if white:
            return float(law.scaled_tangent(first, second - first).norm(dim=-1).median())
        return float(((second - first) / law.std.flatten()).norm(dim=-1).median())


def judge(normal: np.ndarray, abnormal: np.ndarray, seed: int, table: dict[str, list[float]]) -> None:
    """Fit all, score, note."""
    order = np.random.default_rng([seed, 1]).permutation(len(normal))
    count = round(FITTED * len(normal))
    fitted, held_out = normal[order[:count]], normal[order[count:]]

    def fit(**settings) -> gs.Space:
        options = settings.pop("options", {})
        return gs.fit(gs.Items.of(fitted), modality={"name": "sequences"} | options, seed=seed, **settings)

    spaces = {
        "gausscape": fit(),
        "gausscape, independent noise": fit(options={"noise": "independent"}),
        "PCA, same calibration": fit(method="pca"),
    }
    for name, space in spaces.items():
        print(f"seed {seed}: {name}: {space!r}; bound {space.record['held_out_bound']:.1f} nats", flush=True)
        usual, strange = own_scores(space, held_out), own_scores(space, abnormal)
        for score in usual:
            table[f"AUROC, {name}, {score}"].append(auroc(usual[score], strange[score]))
        p = space.exceedance(held_out).probability
        for claim in CLAIMS:
            table[f"claimed {claim:.0%}, {name}"].append(100 * float((p <= claim).mean()))
    rivals = {name: auroc(*pair) for name, pair in rival_scores(fitted, [held_out, abnormal], seed).items()}
    for name in FAIR:
        table[f"AUROC, {name}"].append(rivals[name])
    for kind in ("IsolationForest, PCA", "reconstruction error"):
        best = max((name for name in rivals if kind in name), key=rivals.__getitem__)
        table[f"AUROC, {kind.removesuffix(', PCA')}, best number of components (chosen on the scored beats)"].append(
            rivals[best]
        )
    ours, plain = spaces["gausscape"], spaces["gausscape, independent noise"]
    table["d' of pairs, noise with memory"].append(detectability(ours, held_out, white=True))
    table["d' of pairs, the same noise taken as independent"].append(detectability(ours, held_out, white=False))
    table["d' of pairs, independent noise, own space"].append(detectability(plain, held_out, white=True))
    rho = float(ours.codec.networks.likelihood.rho.mean())
    table["memory rho"].append(rho)
    table["sqrt((1 + rho) / (1 - rho))"].append(float(np.sqrt((1 + rho) / (1 - rho))))
    fair, best = max(rivals[name] for name in FAIR), max(rivals.values())
    for score in OURS:
        own = table[f"AUROC, gausscape, {score}"][-1]
        table[f"AUROC, gausscape, {score}, less the best of the three rivals"].append(own - fair)
        table[f"AUROC, gausscape, {score}, less the best of all (chosen on the scored beats)"].append(own - best)
        print(f"seed {seed}: {score} {own:.4f}; best rival {fair:.4f}, of all {best:.4f}")
    print(f"seed {seed}: {len(fitted):,} fitted, {len(held_out):,} held out, {len(abnormal):,} abnormal", flush=True)


def print_table(table: dict[str, list[float]], held_out: int) -> None:
    """Median [least, most] over seeds."""
    print()
    for name, values in table.items():
        digits = 4 if name.startswith("AUROC") else 2
        told = f"{np.median(values):.{digits}f} [{min(values):.{digits}f}, {max(values):.{digits}f}]"
        claim = next((claim for claim in CLAIMS if name.startswith(f"claimed {claim:.0%},")), None)
        if claim is not None:
            low, high = (100 * end / held_out for end in stats.binom.interval(0.95, held_out, claim))
            told += f"   a right claim gives {low:.1f} to {high:.1f}"
        print(f"{name:<100}{told}")


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data-dir", type=Path, help="folder with ECG5000_TRAIN and ECG5000_TEST")
    source.add_argument("--twin", action="store_true", help="take the bundled made-up beats")
    parser.add_argument("--seeds", type=int, default=5, help="number of splits and fits (default 5)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    normal, abnormal = beats(arguments.data_dir)
    table: dict[str, list[float]] = defaultdict(list)
    for seed in range(arguments.seeds):
        judge(normal, abnormal, seed, table)
    print_table(table, len(normal) - round(FITTED * len(normal)))


if __name__ == "__main__":
    main()
