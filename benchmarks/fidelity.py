"""Does y answer on decoded objects what it answers on real ones? Agreement and correlation, beside PCA of as many axes.

    python benchmarks/fidelity.py [--seeds 3] [--telco FILE.csv]

For held-out objects x and their reconstructions x' (the expected object at the posterior mean): the concordance of y(x)
and y(x') (Lin 1989: 1 only where they are equal), their correlation, for labels the share that is equal; and, over the
numbers that the modality measures on objects, the median and the least correlation of real and reconstructed. "Gate" is
the overall agreement of `gs.explain`'s own gate, on up to 200 of these objects in the rendering that it takes by itself:
a real image that takes the code of its neighbour and keeps its own residual; draws of a table. The target is .95 in all.

- Strokes (10,000 fitted, 10 axes): slant, mass, extent and elongation by moments, in radians, full pixels and pixels.
- Digits (4,000 of the bundled set fitted; 16 axes are the default): the probability of the own class, which is near 1 for
  most, of a four, and the label; of a logistic regression and of a small network, both of scikit-learn and trained on the
  same 4,000.
- Telco customer churn (IBM's public table, --telco): probability of leaving by gradient boosting; 16 axes, without
  customerID, TotalCharges as a number; 3,500 rows fitted.

Mean over seeds [least, most].
"""

import argparse
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

import gausscape as gs
from gausscape.explanation.fidelity import measure_fidelity
from gausscape.space.space import Space
from strokes import SIDE, draw_images

STROKES, STROKES_HELD_OUT, DIGITS, CUSTOMERS = 10_000, 2_000, 4_000, 3_500
TARGET = 0.95
COLUMNS = ("concordance", "correlation", "features, median", "features, least", "gate")

Outcomes = dict[str, Callable[[Any], np.ndarray]]
"""Name -> objects (n) to y (n,), numbers or labels."""

OWN_CLASS = "own class"

Fits = dict[str, dict[str, Any]]
"""Name -> arguments of `gs.fit`."""


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="number of fits (default 3)")
    parser.add_argument("--telco", help="the CSV file of the telco customer churn table; left out if not given")
    parser.add_argument("--skip", nargs="*", choices=("strokes", "digits"), default=[], help="leave these out")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name, run in {"strokes": strokes, "digits": digits}.items():
        if name not in options.skip:
            show(name, [run(seed) for seed in range(options.seeds)])
    if options.telco:
        show("telco churn", [customers(options.telco, seed) for seed in range(options.seeds)])


Found = dict[tuple[str, str], tuple[float, ...]]
"""(outcome, space) -> one number for each of COLUMNS."""


def strokes(seed: int) -> Found:
    """One seed on strokes."""
    rng = np.random.default_rng([seed, 71])
    images, held_out = (draw_images(n, rng).reshape(-1, SIDE, SIDE) for n in (STROKES, STROKES_HELD_OUT))
    outcomes: Outcomes = {name: _moment(name) for name in moments(held_out[:1])}
    return judge(seed, images, held_out, outcomes, fits={"VAE 10": {"latent": 10}, "PCA 10": _pca(10)})


def digits(seed: int) -> Found:
    """One seed on digits."""
    items = gs.load_data("mnist-5k")
    order = np.random.default_rng([seed, 72]).permutation(len(items))
    fitted, held_out = items.take(order[:DIGITS]), items.take(order[DIGITS:])
    own = np.asarray(held_out.labels).astype(int)
    outcomes: Outcomes = {}
    for name, model in {
        "logistic": LogisticRegression(max_iter=200),
        "network": MLPClassifier((64,), early_stopping=True, random_state=seed),
    }.items():
        model.fit(_flat(fitted.values), np.asarray(fitted.labels).astype(int))
        accuracy = (model.predict(_flat(held_out.values)) == own).mean()
        print(f"digits, seed {seed}: {name} is right on {accuracy:.1%} of held-out digits", flush=True)
        probability = partial(_probability, model)
        outcomes[f"{name}: p({OWN_CLASS})"] = partial(probability, column=own)
        outcomes[f"{name}: p(four)"] = partial(probability, column=4)
        outcomes[f"{name}: label"] = partial(_label, model)
    fits: Fits = {
        "VAE 16": {"latent": 16},
        "VAE 16, KL weight 0.25": {"latent": 16, "objective": gs.Elbo(kl_weight=0.25)},
        "VAE 32, KL weight 0.25": {"latent": 32, "objective": gs.Elbo(kl_weight=0.25)},
        "PCA 16": _pca(16),
        "PCA 32": _pca(32),
    }
    return judge(seed, fitted.values, held_out.values, outcomes, fits=fits)


def customers(file: str, seed: int) -> Found:
    """One seed on the telco table."""
    frame = pd.read_csv(file).drop(columns="customerID")
    left = (frame.pop("Churn") == "Yes").to_numpy()
    order = np.random.default_rng([seed, 73]).permutation(len(frame))
    fitted, held_out = order[:CUSTOMERS], order[CUSTOMERS:]
    levels = {name: frame[name].unique() for name in frame if not pd.api.types.is_numeric_dtype(frame[name])}
    levels.pop("TotalCharges", None)

    def prepared(rows: pd.DataFrame) -> pd.DataFrame:
        ready = rows.assign(TotalCharges=pd.to_numeric(rows["TotalCharges"], errors="coerce"))
        return ready.assign(**{name: pd.Categorical(ready[name], categories=known) for name, known in levels.items()})

    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", max_iter=150, learning_rate=0.05, random_state=seed
    ).fit(prepared(frame.iloc[fitted]), left[fitted])
    outcomes: Outcomes = {"probability of leaving": lambda rows: model.predict_proba(prepared(rows))[:, 1]}
    table = {"modality": {"name": "tables", "numeric": ["TotalCharges"]}}
    fits: Fits = {
        "VAE 16": {"latent": 16, **table},
        "VAE 16, KL weight 1": {"latent": 16, "objective": gs.Elbo(kl_weight=1.0), **table},
        "PCA 16": _pca(16) | table,
    }
    return judge(seed, frame.iloc[fitted], frame.iloc[held_out], outcomes, fits=fits)


def judge(seed: int, fitted: Any, held_out: Any, outcomes: Outcomes, *, fits: Fits) -> Found:
    """Fit every space and compare y on real and reconstructed objects."""
    found: Found = {}
    for name, settings in fits.items():
        space = gs.fit(fitted, seed=seed, **settings)
        print(f"seed {seed}, {name}: {space!r}", flush=True)
        codes = space.embed(held_out).mean
        again = space.decode(codes)
        features = feature_correlations(space, held_out, codes)
        for outcome, y in outcomes.items():
            real, told = y(held_out), y(again)
            if real.dtype.kind in "US":
                same, correlation = float((real == told).mean()), np.nan
            else:
                same, correlation = concordance(real, told), float(np.corrcoef(real, told)[0, 1])
            # The gate takes numbers alone, and the own class is known for all objects in order, not for those it picks.
            is_gated = real.dtype.kind not in "US" and OWN_CLASS not in outcome
            gate = measure_fidelity(space, y, held_out, seed=seed).overall.agreement if is_gated else np.nan
            found[outcome, name] = same, correlation, float(np.median(features)), float(features.min()), gate
    return found


def concordance(one: np.ndarray, other: np.ndarray) -> float:
    """Lin's concordance: 1 - mean squared difference / what it would be if the two were independent.

    Example:
        >>> round(concordance(np.arange(4.0), np.arange(4.0) + 1), 3)
        0.714
    """
    apart = one.var() + other.var() + (one.mean() - other.mean()) ** 2
    return float(1 - ((one - other) ** 2).mean() / apart) if apart > 0 else 1.0


def feature_correlations(space: Space, objects: Any, codes: np.ndarray) -> np.ndarray:
    """Of the modality's own numbers on real and on reconstructed objects; those that vary among the real ones."""
    codec = space.codec
    cells, observed = codec.observed(codec.tensors(objects))
    real = space.modality.features(cells, observed).values
    told = space.modality.features(codec.cells(codes)).values
    found = []
    for own, again in zip(real.T, told.T, strict=True):
        there = np.isfinite(own) & np.isfinite(again)
        if there.sum() > 2 and own[there].std() > 1e-9:
            # A number that the reconstruction holds still tells nothing of the real one.
            varies = again[there].std() > 1e-9
            found.append(np.corrcoef(own[there], again[there])[0, 1] if varies else 0.0)
    return np.array(found)


def moments(images: np.ndarray) -> dict[str, np.ndarray]:
    """Slant of the main axis, mass, extent (root of the sum of second moments) and elongation (ratio of the axes).

    Example:
        >>> bar = np.zeros((1, 16, 16))
        >>> bar[0, 2:14, 6:8] = bar[0, 2:8, 7:9] = 1
        >>> {name: round(float(value[0]), 2) for name, value in moments(bar).items()}
        {'slant': 0.07, 'mass': 30.0, 'extent': 3.48, 'elongation': 4.76}
    """
    images = np.asarray(images, float)
    y, x = np.mgrid[: images.shape[1], : images.shape[2]].astype(float)
    mass = images.sum((1, 2)) + 1e-9
    centre_x, centre_y = (images * x).sum((1, 2)) / mass, (images * y).sum((1, 2)) / mass
    wide = (images * x**2).sum((1, 2)) / mass - centre_x**2
    tall = (images * y**2).sum((1, 2)) / mass - centre_y**2
    lean = (images * x * y).sum((1, 2)) / mass - centre_x * centre_y
    half, across = (wide + tall) / 2, np.hypot((wide - tall) / 2, lean)
    return {
        "slant": np.arctan2(0.0 - lean, (tall - wide) / 2) / 2,
        "mass": mass,
        "extent": np.sqrt(wide + tall),
        "elongation": np.sqrt((half + across) / np.maximum(half - across, 1e-9)),
    }


def _moment(name: str) -> Callable[[np.ndarray], np.ndarray]:
    return lambda images: moments(images)[name]


def _probability(model: Any, images: np.ndarray, *, column: Any) -> np.ndarray:
    return model.predict_proba(_flat(images))[np.arange(len(images)), column]


def _label(model: Any, images: np.ndarray) -> np.ndarray:
    return model.predict(_flat(images)).astype(str)


def _pca(axes: int) -> dict[str, Any]:
    return {"method": "pca", "latent": axes}


def _flat(images: np.ndarray) -> np.ndarray:
    return np.asarray(images, float).reshape(len(images), -1) / 255


def show(title: str, runs: list[Found]) -> None:
    """Mean [least, most] over seeds, and what misses the target."""
    columns: dict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    for run in runs:
        for key, numbers in run.items():
            columns[key].append(numbers)
    print(f"\n{title:<52}" + "".join(f"{name:>20}" for name in COLUMNS))
    for (outcome, space), rows in columns.items():
        numbers = np.array(rows)
        cells = [
            "-" if np.isnan(each).any() else f"{each.mean():.3f} [{each.min():.2f}, {each.max():.2f}]"
            for each in numbers.T
        ]
        missed = "  below" if numbers[:, 0].mean() < TARGET else ""
        print(f"{outcome:<26}{space:<26}" + "".join(f"{cell:>20}" for cell in cells) + missed)
    print(flush=True)


if __name__ == "__main__":
    main()
