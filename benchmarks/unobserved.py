"""Is what was never observed told apart? Held-out digits, noise, a factor out of range, and what a decoder makes far out.

    python benchmarks/unobserved.py [--classes 0 1 2 ... 9] [--pca-classes 0 1 2 ... 9]

Digits: of the bundled 5,000, one class is kept away altogether; of the rest 1,000 are held out and the others fitted.
Asked are the held-out ones (nothing is wrong with them), the class that was kept away, uniform noise, and digits with shuffled
pixels. Strokes: 8,000 with a slant within 2 standard deviations are fitted; asked are 2,000 such and 1,000 with a
slant from 2.3 to 3.5.

A method gives each object a p-value. "False alarm" is the share of held-out objects with p at or below 5 and 1%; "holds" how often
its 95% interval (Clopper-Pearson) contains what was claimed or lies below. AUROC: held-out against each strange set.
FPR: share of the strange that pass as usual where 95% of the held-out objects are let through. Ours are the p-values of
`space.assess`: exceedance, the gates "neighbours", "cycle" and "residual", and combinations by Bonferroni (number of
p-values times the smallest). Rivals are fitted on the objects that fitted the space, and get their p-values by ranks among
those that calibrate it. "PCA" is `fit(..., method="pca")` with the same calibration.

Decoder failures: codes in uniform directions of the digits' space at 1 to 3 times the median radius are decoded; an oracle
that sees pixels calls a decoded image a failure if its mean distance to the 5 nearest real images is larger than that of
99% of held-out images ("raw"), or of 99% of reconstructed held-out images ("smooth": decoded images have no noise, which
alone brings them nearer). Of these failures, how many does the label UNSUPPORTED catch, and how many a
k-nearest-neighbour rule on codes that gives false alarm to 1% of the held-out codes? Read it beside "others flagged":
a rule that flags everything catches everything.

Median [least, most] over the classes.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import torch
from scipy import stats
from scipy.spatial import KDTree
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

import gausscape as gs
from gausscape.training.splits import split_objects
from strokes import SIDE, draw_factors, render

HELD_OUT, STRANGE, LATENT, NEIGHBOURS, DRAWS = 1_000, 500, 16, 5, 20
ALPHAS = (0.05, 0.01)
SLANT_SPREAD, USUAL, FROM, TO = 0.35, 2.0, 2.3, 3.5
RADII = np.linspace(1.0, 3.0, 9)
EACH_RADIUS = 100

Table = defaultdict[str, defaultdict[str, list[float]]]
"""Method -> figure -> one number a run."""

Measure = Callable[[np.ndarray], np.ndarray]
"""Images -> how strange, (n,)."""


# --- p-values ------------------------------------------------------------------------------------------------------


def own_p_values(space: gs.Space, images: np.ndarray) -> dict[str, np.ndarray]:
    """Of one space: single ones and combinations."""
    told = space.assess(images)
    single = {name: told[name] for name in ("exceedance", "residual", "neighbours", "cycle")}

    def bonferroni(*names: str) -> np.ndarray:
        return np.minimum(1.0, len(names) * np.minimum.reduce([single[name] for name in names]))

    return single | {
        "2 min(exceedance, residual)": bonferroni("exceedance", "residual"),
        "2 min(neighbours, residual)": bonferroni("neighbours", "residual"),
        "3 min(exceedance, neighbours, residual)": bonferroni("exceedance", "neighbours", "residual"),
        "4 min(all)": bonferroni(*single),
    }


def rivals(space: gs.Space, fitted: np.ndarray, *, seed: int) -> dict[str, Measure]:
    """How strange by each rival, fitted on these images."""

    def pixels(images: np.ndarray) -> np.ndarray:
        scale = 255.0 if images.dtype == np.uint8 else 1.0
        return images.reshape(len(images), -1) / scale

    def codes(images: np.ndarray) -> np.ndarray:
        return space.aggregate.whiten(space.embed(images).mean)

    found: dict[str, Measure] = {
        "likelihood bound": lambda images: -space.score_samples(images, draws=DRAWS, seed=seed)
    }
    for where, view in (("pixels", pixels), ("codes", codes)):
        rows = view(fitted)
        forest = IsolationForest(random_state=seed).fit(rows)
        near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(rows)
        found[f"IsolationForest, {where}"] = lambda images, forest=forest, view=view: (
            -forest.score_samples(view(images))
        )
        found[f"kNN distance, {where}"] = lambda images, near=near, view=view: near.kneighbors(view(images))[0].mean(1)
    found["Mahalanobis, codes"] = lambda images: (codes(images) ** 2).sum(1)
    return found


def ranked(measure: Measure, calibration: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Conformal p-values (Bates et al. 2023)."""
    reference = np.sort(measure(calibration))
    return (1 + len(reference) - np.searchsorted(reference, measure(images), side="left")) / (len(reference) + 1)


# --- judging -------------------------------------------------------------------------------------------------------


def judge(
    fitted: np.ndarray,
    usual: np.ndarray,
    strange: dict[str, np.ndarray],
    table: Table,
    *,
    latent: int,
    seed: int,
    vae: bool,
) -> gs.Space:
    """Fit, ask, note; the space of the last method fitted."""
    sets = {"usual": usual} | strange
    pca = gs.fit(fitted, latent=latent, seed=seed, method="pca")
    spaces = {"PCA": pca} | ({"gausscape": gs.fit(fitted, latent=latent, seed=seed)} if vae else {})
    for name, space in spaces.items():
        print(f"  {space!r}", flush=True)
        told = {which: own_p_values(space, images) for which, images in sets.items()}
        for score in told["usual"]:
            if name == "gausscape" or score.startswith("2 min(exc"):
                note(table, f"{name}, {score}", {which: told[which][score] for which in sets})
    if vae:
        # Ranks among objects that the networks were fitted to would alarm too often: the rivals get the space's own parts.
        split = split_objects(spaces["gausscape"].codec.tensors(fitted), seed=seed)
        calibration = fitted[split.calibration]
        for name, measure in rivals(spaces["gausscape"], fitted[split.fit], seed=seed).items():
            note(table, name, {which: ranked(measure, calibration, images) for which, images in sets.items()})
    return spaces["gausscape" if vae else "PCA"]


def note(table: Table, method: str, p: dict[str, np.ndarray]) -> None:
    """False alarms, AUROC and FPR of one method in one run."""
    row, usual = table[method], p["usual"]
    for alpha in ALPHAS:
        alarms = int((usual <= alpha).sum())
        row[f"false alarm at {alpha:.0%}"].append(100 * alarms / len(usual))
        row[f"holds {alpha:.0%}"].append(
            float(stats.beta.ppf(0.025, alarms, len(usual) - alarms + 1) <= alpha if alarms else True)
        )
    let_through = np.quantile(usual, 0.05)
    for name, values in p.items():
        if name != "usual":
            truth = np.repeat([1, 0], [len(usual), len(values)])
            row[f"AUROC {name}"].append(float(roc_auc_score(truth, np.concatenate([usual, values]))))
            row[f"FPR {name}"].append(100 * float((values >= let_through).mean()))


def digits(left_out: int, table: Table, failures: Table, *, vae: bool) -> None:
    """One class kept away."""
    items = gs.load_data("mnist-5k")
    images, labels = items.values, np.asarray(items.labels).astype(int)
    rng = np.random.default_rng([left_out, 162])
    order = rng.permutation(np.flatnonzero(labels != left_out))
    usual, fitted = images[order[:HELD_OUT]], images[order[HELD_OUT:]]
    shuffled = usual[:STRANGE].reshape(STRANGE, -1)
    strange = {
        "class": images[labels == left_out],
        "noise": rng.integers(0, 256, (STRANGE, *images.shape[1:]), dtype=np.uint8),
        "shuffled": rng.permuted(shuffled, axis=1).reshape(-1, *images.shape[1:]),
    }
    print(f"digits without {left_out}", flush=True)
    space = judge(fitted, usual, strange, table, latent=LATENT, seed=left_out, vae=vae)
    if vae:
        decoder_failures(space, fitted, usual, failures, rng)


def slanted(table: Table, seed: int) -> None:
    """A factor out of range."""
    rng = np.random.default_rng([seed, 163])
    factors, crossbar = draw_factors(12_000, rng)
    kept = np.abs(factors[:, 0]) <= USUAL * SLANT_SPREAD
    images = render(factors[kept], crossbar[kept], rng).reshape(-1, SIDE, SIDE)[:10_000]
    factors, crossbar = draw_factors(1_000, rng)
    factors[:, 0] = rng.choice([-1, 1], 1_000) * SLANT_SPREAD * rng.uniform(FROM, TO, 1_000)
    print("strokes without far slants", flush=True)
    strange = {"slant": render(factors, crossbar, rng).reshape(-1, SIDE, SIDE)}
    judge(images[:8_000], images[8_000:], strange, table, latent=10, seed=seed, vae=True)


def decoder_failures(
    space: gs.Space, fitted: np.ndarray, usual: np.ndarray, failures: Table, rng: np.random.Generator
) -> None:
    """UNSUPPORTED against an oracle on pixels, far out."""
    flat = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(fitted.reshape(len(fitted), -1).astype(float))

    def distance(images: np.ndarray) -> np.ndarray:
        return flat.kneighbors(images.reshape(len(images), -1).astype(float))[0].mean(1)

    live = len(space.live_axes)
    rays = rng.standard_normal((len(RADII) * EACH_RADIUS, live))
    u = np.sqrt(live) * np.repeat(RADII, EACH_RADIUS)[:, None] * rays / np.linalg.norm(rays, axis=1, keepdims=True)
    z = space.aggregate.unwhiten(u)
    decoded = distance(np.asarray(space.decode(z)))
    references = {"raw": usual, "smooth": np.asarray(space.reconstruct(usual))}
    failed_by = {oracle: decoded > np.quantile(distance(images), 0.99) for oracle, images in references.items()}
    tree = KDTree(space.aggregate.whiten(space.embed(fitted).mean))
    usual_distance = tree.query(space.aggregate.whiten(space.embed(usual).mean), k=NEIGHBOURS)[0].mean(1)
    by_neighbours = tree.query(u, k=NEIGHBOURS)[0].mean(1) > np.quantile(usual_distance, 0.99)
    told = space.assess_codes(z)
    rules = {
        "gausscape, UNSUPPORTED": told["support"] == "UNSUPPORTED",
        "  by the gate neighbours": told["neighbours"] < 0.01,
        "  by the gate cycle": told["cycle"] < 0.01,
        "  by the exceedance": told["exceedance"] < space.of_codes.floor,
        "kNN on codes at 1% false alarm": by_neighbours,
    }
    for oracle, failed in failed_by.items():
        for name, flagged in rules.items():
            row = failures[f"{oracle}: {name.strip()}"]
            row["failures"].append(float(failed.sum()))
            if failed.any():
                row["caught, %"].append(100 * flagged[failed].mean())
            if not failed.all():
                row["others flagged, %"].append(100 * flagged[~failed].mean())


def show(title: str, table: Table) -> None:
    """Median [least, most]."""
    figures = list(dict.fromkeys(figure for row in table.values() for figure in row if not figure.startswith("holds")))
    print(f"\n{title}\n{'':<54}" + "".join(f"{figure:>22}" for figure in figures))
    for method, row in table.items():
        cells = []
        for figure in figures:
            values = np.array(row[figure])
            digits = 3 if figure.startswith("AUROC") else 1
            cell = (
                f"{np.median(values):.{digits}f} [{values.min():.{digits}f}, {values.max():.{digits}f}]"
                if len(values)
                else "-"
            )
            held = row.get(figure.replace("false alarm at", "holds"))
            cells.append(
                f"{cell:>22}"
                if held is None or held is row[figure]
                else f"{cell + f' {sum(held):.0f}/{len(held)}':>22}"
            )
        print(f"{method:<54}" + "".join(cells))


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--classes", type=int, nargs="*", default=list(range(10)), help="kept away, VAE and PCA (default all)"
    )
    parser.add_argument(
        "--pca-classes", type=int, nargs="*", default=[], help="kept away, PCA alone, in a table of their own"
    )
    parser.add_argument("--stroke-seeds", type=int, default=2, help="fits of strokes (default 2)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    of_digits: Table = defaultdict(lambda: defaultdict(list))
    of_pca: Table = defaultdict(lambda: defaultdict(list))
    of_strokes: Table = defaultdict(lambda: defaultdict(list))
    failures: Table = defaultdict(lambda: defaultdict(list))
    for left_out in options.classes:
        digits(left_out, of_digits, failures, vae=True)
    for left_out in options.pca_classes:
        digits(left_out, of_pca, failures, vae=False)
    for seed in range(options.stroke_seeds):
        slanted(of_strokes, seed)
    for title, table in (
        ("Digits, one class kept away (AUROC, FPR in %, false alarm in % and in how many runs it holds)", of_digits),
        ("The same, PCA alone", of_pca),
        ("Strokes, slant out of range", of_strokes),
        ("Decoder failures, digits", failures),
    ):
        if table:
            show(title, table)


if __name__ == "__main__":
    main()
