"""Do explanations tell the truth where it is known? y is a known function of known factors, beside correlated companions.

    pip install shap lime
    python benchmarks/faithfulness.py [--seeds 5] [--objects 24] [--part strokes tables]

Strokes (16 x 16): the slant and the thickness of the pen, measured by moments of the image, decide y (a logistic curve of
both); the position follows the slant and the length the thickness, each with correlation .8, and neither matters. The
true on-manifold gradient at a stroke is the shortest change of pixels whose inner product with every tangent (central
difference of the renderer along one factor) is what y does along that factor on clean renders. Ours is the same
from a patch: J (J'J)^-1 b, with J the central differences of `space.decode` along the whitened axes and b the gradient of
`gs.explain`; "damped" adds the variance s^2 of the reconstruction error, J (J'J + s^2 I)^-1 b, what y is expected to do
when pixels are seen to move, so that axes which the decoder hardly shows do not count without bound. "Cosine" is that
with the truth in pixels; "along factors" that of the changes of y which a method foretells along the six factors (its
inner product with each tangent), and "credit" the share of them, in absolute value, that goes to position and length.
The crossbar that one stroke in five carries touches some factors' true effects too. A second table tells ours as the
product prints it, by features of the decoded image, where the truth is exact.

Tables: eight Gaussian columns: three causes, three that each tell of one (correlation .8) and two others; y is a smooth
law of the causes. Explained are that law itself, and a gradient boosting fitted to it with noise as large as its own
spread. The truth is the law's gradient; "credit" is the share of what all five other columns get. A law that reads its
causes alone gives raw, interventional methods no chance to err; the boosting does use companions a little, and how much
is in the row "the model itself" (8,192 calls along the data); "to the model" is the cosine with that row. "Comes along"
are on-manifold effects, which credit companions by their nature and are held against their own truth, the covariance
times the gradient. "Deletion": columns are taken away, the most important (effect times distance from the mean) first,
and filled in on the manifold, by the exact conditional law: how far y moves, mean over steps, as a share of how far it
moves at last; more is better.

Everybody gets about 512 calls an object; ours include the fidelity gate. Where the gate withholds an explanation,
nobody is compared; how many, and what would have been said, is printed. Values of SHAP and LIME are contributions; "slopes"
are the same as gradients (the shortest vector that contributes as much over the distance from the background). Means over
objects and seeds, 95% intervals from 2,000 resamples of objects within seeds; the last column is ours less the other, paired.
"""

import argparse
import contextlib
import io
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import HistGradientBoostingRegressor

import gausscape as gs
from gausscape.explanation.patch_explanation import PatchExplanation
from gausscape.space.patch import Patch
from gausscape.space.space import Space
from strokes import SIDE, draw_factors, render

FITTED, HELD_OUT, ROWS = 10_000, 500, 4_000
CALLS, OWN_CALLS = 512, 456
"""With 24 objects the fidelity gate takes about 55 calls an object more."""

RHO = 0.8
LEAST_FIDELITY = 0.9
STEP = 0.05
SQUARE = 2
RESAMPLES = 2_000

MEANS = np.array([0.0, np.log(1.1), 0.0, 9.5, 7.5, 7.5])
SPREADS = np.array([0.35, 0.28, 2.0, 1.3, 0.8, 0.8])
SLANT, THICKNESS, LENGTH, POSITION = 0, 1, 3, 4

COLUMNS = ("cause a", "cause b", "cause c", "tells of a", "tells of b", "tells of c", "other d", "other e")
CAUSES = 3
TABLE_WEIGHT = 0.25
OURS = f"gausscape, KL weight {TABLE_WEIGHT:g}"

Model = Callable[[np.ndarray], np.ndarray]
"""Objects as rows (n, cells) -> y (n,)."""


@dataclass
class Scores:
    """What every method scored on every object: method -> rows of (seed, object, score 1, score 2 ...)."""

    columns: tuple[str, ...]
    rows: dict[str, list[tuple[float, ...]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, method: str, seed: int, place: int, *scores: float) -> None:
        """One object's."""
        self.rows[method].append((seed, place, *scores))

    def show(self, ours: str, *, share_of: dict[str, str] | None = None) -> None:
        """Means with intervals, and ours less the others on the same objects.

        Args:
            ours: The method that the others are compared with, by the first score.
            share_of: Score -> the score by whose mean it is divided.
        """
        shown = [name for name in self.columns if name not in (share_of or {}).values()]
        print(f"{'':<38}" + "".join(f"{name:>22}" for name in shown) + f"{'ours less it':>24}{'objects':>9}")
        for method, rows in self.rows.items():
            own = np.array(rows)
            cells = []
            for name in shown:
                part = (share_of or {}).get(name)
                below = own[:, 2 + self.columns.index(part)] if part else np.ones(len(own))
                cells.append(_interval(own[:, 2 + self.columns.index(name)], below, own[:, 0]))
            paired = "" if method == ours else self._paired(ours, method)
            print(f"{method:<38}" + "".join(f"{cell:>22}" for cell in cells) + f"{paired:>24}{len(own):>9}")

    def _paired(self, ours: str, method: str) -> str:
        first = {row[:2]: row[2] for row in self.rows[ours]}
        both = np.array([(row[0], first[row[:2]] - row[2]) for row in self.rows[method] if row[:2] in first])
        return _interval(both[:, 1], np.ones(len(both)), both[:, 0], sign="+") if len(both) else "-"


def _interval(values: np.ndarray, below: np.ndarray, seeds: np.ndarray, *, sign: str = "") -> str:
    """Mean [95% interval], objects resampled within seeds; objects without a number are left out."""
    there = np.isfinite(values)
    values, below, seeds = values[there], below[there], seeds[there]
    if not len(values):
        return "-"
    rng, groups = np.random.default_rng(0), [np.flatnonzero(seeds == seed) for seed in np.unique(seeds)]
    draws = np.concatenate([group[rng.integers(len(group), size=(RESAMPLES, len(group)))] for group in groups], axis=1)
    low, high = np.quantile(values[draws].mean(1) / below[draws].mean(1), [0.025, 0.975])
    return f"{values.mean() / below.mean():{sign}.3f} [{low:{sign}.2f}, {high:{sign}.2f}]"


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    """Of the angle between two vectors; 0 if either is 0."""
    size = np.linalg.norm(one) * np.linalg.norm(other)
    return float(one @ other / size) if size > 0 else 0.0


def share(effects: np.ndarray, chosen: np.ndarray | slice) -> float:
    """Of the absolute effects; not a number if all are 0."""
    whole = np.abs(effects).sum()
    return float(np.abs(effects[chosen]).sum() / whole) if whole > 0 else np.nan


def told(answer: PatchExplanation, names: tuple[str, ...], kind: str) -> np.ndarray:
    """Effects of one kind by feature; 0 for what cannot be moved, as the product says nothing of it."""
    found = [getattr(answer.effect(name), kind) for name in names]
    return np.array([0.0 if effect is None else effect.value for effect in found])


# --- strokes -----------------------------------------------------------------------------------------------------


def draw_correlated(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Factors of strokes whose position tells of the slant and whose length of the thickness, and who has a crossbar."""
    factors, crossbar = draw_factors(n, rng)
    factors[:, THICKNESS] = np.log(factors[:, THICKNESS])
    standard = (factors - MEANS) / SPREADS
    for cause, companion in ((SLANT, POSITION), (THICKNESS, LENGTH)):
        standard[:, companion] = RHO * standard[:, cause] + np.sqrt(1 - RHO**2) * standard[:, companion]
    return standard, crossbar


def draw(standard: np.ndarray, crossbar: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
    """Images (n, 16, 16) from standardised factors."""
    factors = MEANS + SPREADS * standard
    factors[:, THICKNESS] = np.exp(factors[:, THICKNESS])
    return render(factors, crossbar, rng).reshape(-1, SIDE, SIDE)


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """Slant (shear), half thickness, length and position of what is drawn, by moments."""
    images = np.asarray(images, float)
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    mass = images.sum((1, 2)) + 1e-9
    centre_x, centre_y = (images * x).sum((1, 2)) / mass, (images * y).sum((1, 2)) / mass
    wide = (images * x**2).sum((1, 2)) / mass - centre_x**2
    tall = (images * y**2).sum((1, 2)) / mass - centre_y**2
    lean = (images * x * y).sum((1, 2)) / mass - centre_x * centre_y
    length = np.sqrt(12 * ((wide + tall) / 2 + np.sqrt((wide - tall) ** 2 / 4 + lean**2 + 1e-12)))
    return {
        "slant": -lean / tall,
        "half thickness": mass / length / 2,
        "length": length,
        "position x": centre_x,
        "position y": centre_y,
    }


SLANT_WEIGHT, THICKNESS_WEIGHT, USUAL_THICKNESS = 1.5 / 0.33, 1.5 / 0.3, 1.35


def stroke_outcome(images: np.ndarray) -> np.ndarray:
    """y: a black box on images (n, 16, 16)."""
    seen = measure(images)
    score = SLANT_WEIGHT * seen["slant"] + THICKNESS_WEIGHT * (seen["half thickness"] - USUAL_THICKNESS)
    return 1 / (1 + np.exp(-score))


def true_gradients(standard: np.ndarray, crossbar: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(tangents (n, pixels, 6), changes of y along them (n, 6), on-manifold gradients (n, pixels))."""
    tangents, changes = [], []
    for axis in np.eye(standard.shape[1]):
        ends = [draw(standard + side * STEP * axis, crossbar).astype(float) for side in (1, -1)]
        tangents.append((ends[0] - ends[1]).reshape(len(standard), -1) / (2 * STEP))
        changes.append((stroke_outcome(ends[0]) - stroke_outcome(ends[1])) / (2 * STEP))
    tangent, change = np.stack(tangents, axis=2), np.stack(changes, axis=1)
    shortest = [own @ np.linalg.solve(own.T @ own, moved) for own, moved in zip(tangent, change, strict=True)]
    return tangent, change, np.stack(shortest)


def pixel_gradient(space: Space, patch: Patch, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the on-manifold gradient in pixels, J (pixels, live)) of one patch, from y's gradient (live,)."""
    steps = STEP * np.eye(len(gradient))
    ends = space.decode(space.aggregate.unwhiten(patch.u + np.concatenate([steps, -steps])))
    plus, minus = np.asarray(ends, float).reshape(2, len(steps), -1)
    slopes = (plus - minus).T / (2 * STEP)
    return slopes @ np.linalg.lstsq(slopes.T @ slopes, gradient)[0], slopes


def judge_strokes(seed: int, objects: int, scores: Scores, by_feature: Scores) -> None:
    """Fit, explain, compare on one seed."""
    rng = np.random.default_rng([seed, 91])
    images = draw(*draw_correlated(FITTED, rng), rng)
    standard, crossbar = draw_correlated(HELD_OUT, rng)
    held_out = draw(standard, crossbar, rng)
    tangent, change, truth = true_gradients(standard[:objects], crossbar[:objects])
    distractors = np.array([LENGTH, POSITION])
    names = tuple(measure(held_out[:1]))
    answered: set[int] = set()
    for method in ("vae", "pca"):
        space = gs.fit(images, latent=10, seed=seed, method=method)
        noise = float(np.var(held_out - space.reconstruct(held_out)))
        outcome = gs.Outcome.of(stroke_outcome)
        patches = [space.patch(image) for image in held_out[:objects]]
        answer = gs.explain(
            space, outcome, patches, data=held_out, calls=OWN_CALLS, least_fidelity=0.0, features=measure, seed=seed
        )
        print(
            f"strokes, seed {seed}: {space!r}; {answer.calls / objects:.0f} calls an object; overall {answer.fidelity.overall}"
        )
        ours = f"gausscape, {method.upper()} space"
        for i, patch in enumerate(answer.patches):
            if patch.surrogate is None:
                print(f"  object {i}: {patch.withheld}")
                continue
            vector, slopes = pixel_gradient(space, patch.patch, patch.surrogate.gradient)
            is_open = patch.agreement.agreement >= LEAST_FIDELITY
            row = ours if is_open else f"  {ours}: withheld"
            found = tangent[i].T @ vector
            scores.add(row, seed, i, cosine(vector, truth[i]), cosine(found, change[i]), share(found, distractors))
            if not is_open:
                continue
            damped = slopes @ np.linalg.solve(
                slopes.T @ slopes + noise * np.eye(slopes.shape[1]), patch.surrogate.gradient
            )
            found = tangent[i].T @ damped
            scores.add(
                f"  {ours}, damped",
                seed,
                i,
                cosine(damped, truth[i]),
                cosine(found, change[i]),
                share(found, distractors),
            )
            if method == "vae":
                answered.add(i)
                best = slopes @ np.linalg.lstsq(slopes, truth[i])[0]
                scores.add("  best within that space's tangents", seed, i, cosine(best, truth[i]), np.nan, np.nan)
            seen = measure(held_out)
            y = float(stroke_outcome(held_out[i : i + 1])[0])
            exact = np.zeros(len(names))
            exact[:2] = (
                y
                * (1 - y)
                * np.array([SLANT_WEIGHT * seen["slant"].std(), THICKNESS_WEIGHT * seen["half thickness"].std()])
            )
            for kind, words in (("direct", "others held"), ("on_manifold", "with what comes along")):
                effects = told(patch, names, kind)
                by_feature.add(f"{ours}, {words}", seed, i, cosine(effects, exact), share(effects, slice(2, None)))
    background = images.mean(0)
    for i in sorted(answered):
        scores.add("the truth", seed, i, 1.0, 1.0, share(change[i], distractors))
        for name, vector in image_rivals(held_out[i], background, held_out[objects:], seed=seed).items():
            found = tangent[i].T @ vector
            scores.add(name, seed, i, cosine(vector, truth[i]), cosine(found, change[i]), share(found, distractors))


def image_rivals(image: np.ndarray, background: np.ndarray, others: np.ndarray, *, seed: int) -> dict[str, np.ndarray]:
    """Attributions to pixels, (pixels,), by method, 512 calls each."""
    import shap  # rivals, in no requirement of the package
    from lime.lime_image import LimeImageExplainer

    row, column = (np.arange(SIDE) // SQUARE for _ in range(2))
    squares = row[:, None] * (SIDE // SQUARE) + column
    count = squares.max() + 1
    image = image.astype(float)

    def masked(on: np.ndarray) -> np.ndarray:
        return stroke_outcome(np.where(on[:, squares] > 0, image, background))

    np.random.seed(seed)  # noqa: NPY002  shap draws from the global state
    values = shap.KernelExplainer(masked, np.zeros((1, count))).shap_values(
        np.ones(count), nsamples=CALLS, l1_reg=False, silent=True
    )
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bar cannot be turned off
        lime = LimeImageExplainer(random_state=seed).explain_instance(
            image,
            lambda images: stroke_outcome(images[..., 0])[:, None],
            top_labels=1,
            hide_color=0,
            num_samples=CALLS,
            batch_size=CALLS,
            segmentation_fn=lambda _: squares,
        )
    weights = np.zeros(count)
    for square, weight in lime.local_exp[0]:
        weights[square] = weight
    pixels = SIDE * SIDE
    flat, rng = image.ravel(), np.random.default_rng([seed, 93])
    steps = STEP * np.eye(pixels)
    plus, minus = (stroke_outcome((flat + side * steps).reshape(-1, SIDE, SIDE)) for side in (1, -1))
    black = np.zeros(pixels)
    donors = others.reshape(len(others), -1)[rng.integers(len(others), size=(2, pixels)), np.arange(pixels)]
    return {
        "KernelSHAP, 64 squares": np.asarray(values).ravel()[squares].ravel(),
        "KernelSHAP, 64 squares, slopes": _slopes(np.asarray(values).ravel(), image - background, squares),
        "LIME, 64 squares": weights[squares].ravel(),
        "LIME, 64 squares, slopes": _slopes(weights, image, squares),
        "input gradient, differences": (plus - minus) / (2 * STEP),
        "occlusion, pixel by pixel": _exchanged(flat, np.stack([background.ravel(), black]))[0],
        "permutation, pixel by pixel": _exchanged(flat, donors)[0],
        "permutation, slopes": _exchanged(flat, donors)[1],
    }


def _slopes(values: np.ndarray, distance: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """The shortest vector whose inner product with the distance from the background is, square by square, the value."""
    size = np.bincount(squares.ravel(), (distance**2).ravel())
    return ((values / np.maximum(size, 1e-3))[squares] * distance).ravel()


def _exchanged(flat: np.ndarray, fills: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(what y loses when one pixel takes another value, the same for each grey level), mean over fills (k, pixels)."""
    pixels = np.arange(len(flat))
    changed = np.tile(flat, (len(fills), len(flat), 1))
    changed[:, pixels, pixels] = fills
    y = float(stroke_outcome(flat.reshape(1, SIDE, SIDE))[0])
    lost = y - stroke_outcome(changed.reshape(-1, SIDE, SIDE)).reshape(fills.shape)
    distance = flat - fills
    return lost.mean(0), (lost * distance).sum(0) / np.maximum((distance**2).sum(0), 1e-6)


# --- tables ------------------------------------------------------------------------------------------------------


def draw_table(n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows (n, 8) of standard Gaussian columns."""
    return rng.standard_normal((n, len(COLUMNS))) @ np.linalg.cholesky(covariance()).T


def covariance() -> np.ndarray:
    """Of the columns, (8, 8)."""
    found = np.eye(len(COLUMNS))
    for cause in range(CAUSES):
        found[cause, CAUSES + cause] = found[CAUSES + cause, cause] = RHO
    return found


def law(x: np.ndarray) -> np.ndarray:
    """y of rows (n, 8): a smooth function of the three causes."""
    return x[:, 0] + 0.8 * np.tanh(1.5 * x[:, 1]) - 0.6 * x[:, 2] + 0.3 * x[:, 0] * x[:, 2]


def law_gradient(x: np.ndarray) -> np.ndarray:
    """Its gradient at rows (n, 8), the same shape."""
    found = np.zeros_like(x)
    found[:, 0] = 1 + 0.3 * x[:, 2]
    found[:, 1] = 1.2 / np.cosh(1.5 * x[:, 1]) ** 2
    found[:, 2] = -0.6 + 0.3 * x[:, 0]
    return found


def judge_tables(seed: int, objects: int, tables: dict[str, Scores]) -> None:
    """Fit, explain, compare on one seed."""
    rng = np.random.default_rng([seed, 95])
    rows, held_out = draw_table(ROWS, rng), draw_table(HELD_OUT, rng)
    noisy = law(rows) + law(rows).std() * rng.standard_normal(ROWS)
    boosting = HistGradientBoostingRegressor(random_state=0).fit(rows, noisy)
    models: dict[str, Model] = {"the law itself": law, "gradient boosting": boosting.predict}
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    others = pd.DataFrame(held_out, columns=list(COLUMNS))
    truth = law_gradient(held_out[:objects])
    fits = {
        OURS: gs.fit(frame, latent=8, seed=seed, objective=gs.Elbo(kl_weight=TABLE_WEIGHT)),
        "gausscape, KL weight 1": gs.fit(frame, latent=8, seed=seed, objective=gs.Elbo(kl_weight=1.0)),
        "gausscape, PCA 7": gs.fit(frame, latent=7, seed=seed, method="pca"),
    }
    for name, model in models.items():
        own = [own_effects(model, row) for row in held_out[:objects]]
        explained = [Explained(tables[name], model, seed, i, held_out[i], truth[i], own[i]) for i in range(objects)]
        answered: set[int] = set()
        for ours, space in fits.items():
            outcome = gs.Outcome.of(lambda batch, model=model: model(batch.to_numpy(float)))
            patches = [space.patch(others.iloc[[i]]) for i in range(objects)]
            answer = gs.explain(space, outcome, patches, data=others, calls=OWN_CALLS, least_fidelity=0.0, seed=seed)
            asked = answer.calls / objects
            print(f"{name}, seed {seed}: {space!r}; {asked:.0f} calls an object; overall {answer.fidelity.overall}")
            for row, patch in zip(explained, answer.patches, strict=True):
                if patch.surrogate is None:
                    print(f"  object {row.place}: {patch.withheld}")
                elif patch.agreement.agreement < LEAST_FIDELITY:
                    row.score(f"  {ours}: withheld", told(patch, COLUMNS, "direct"))
                else:
                    row.score(f"{ours}, others held", told(patch, COLUMNS, "direct"))
                    row.score(f"{ours}, input alone", told(patch, COLUMNS, "raw"))
                    row.score(f"{ours}, comes along", told(patch, COLUMNS, "on_manifold"), along=covariance())
                    answered |= {row.place} if ours == OURS else set()
        for i in sorted(answered):
            explained[i].score("the truth", truth[i])
            explained[i].score("the model itself", own[i])
            for rival, (effects, contributions) in table_rivals(model, held_out[i], rows, seed=seed).items():
                explained[i].score(rival, effects, contributions=contributions)


@dataclass(frozen=True)
class Explained:
    """One row of a table, and what is true there.

    Args:
        scores: Where scores go.
        model: y.
        seed, place: Which row it is.
        row: It, (8,).
        truth: Gradient of the law, (8,).
        own: Slopes of the model, (8,).
    """

    scores: Scores
    model: Model
    seed: int
    place: int
    row: np.ndarray
    truth: np.ndarray
    own: np.ndarray

    def score(
        self,
        method: str,
        effects: np.ndarray,
        *,
        along: np.ndarray | None = None,
        contributions: np.ndarray | None = None,
    ) -> None:
        """Score effects (8,).

        Args:
            method: Whose they are.
            effects: Slopes, or contributions.
            along: Covariance, (8, 8), where slopes count what comes along.
            contributions: What they should be, (8,), where they are no slopes.
        """
        aim, own = self.truth, self.own
        if along is not None:
            aim, own = along @ aim, along @ own
        aim = aim if contributions is None else contributions
        size = np.abs(effects * self.row if contributions is None else effects)
        area, full = deletion(self.model, self.row, np.argsort(-size, kind="stable"))
        to_model = cosine(effects, own) if contributions is None else np.nan
        credit = share(effects, slice(CAUSES, None))
        self.scores.add(method, self.seed, self.place, cosine(effects, aim), credit, to_model, area, full)


def own_effects(model: Model, row: np.ndarray, *, calls: int = 8_192) -> np.ndarray:
    """Slopes of the model around a row, along the data: within half a standard deviation, others held, (8,)."""
    steps = 0.5 * draw_table(calls // 2, np.random.default_rng(97))
    odd = (model(row + steps) - model(row - steps)) / 2
    return np.linalg.lstsq(steps, odd)[0]


def deletion(model: Model, row: np.ndarray, order: np.ndarray, *, draws: int = 64) -> tuple[float, float]:
    """(how far y moves when columns go in that order, mean over steps; how far when all are gone)."""
    moved, noise, whole = [], draw_table(draws, np.random.default_rng(98)), covariance()
    y = float(model(row[None])[0])
    for gone in range(1, len(row) + 1):
        kept = order[gone:]
        # Matheron: a draw, corrected by what the kept columns tell of its error, is a draw given these columns.
        gain = whole[:, kept] @ np.linalg.inv(whole[np.ix_(kept, kept)])
        filled = noise + (row[kept] - noise[:, kept]) @ gain.T
        moved.append(abs(y - float(model(filled).mean())))
    return float(np.mean(moved)), moved[-1]


def table_rivals(
    model: Model, row: np.ndarray, rows: np.ndarray, *, seed: int
) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """By method: slopes (8,) and None, or contributions (8,) and what they should be; 512 calls each."""
    import shap
    from lime.lime_tabular import LimeTabularExplainer

    rng = np.random.default_rng([seed, 96])
    # Two rows stand for the data: with 254 coalitions of eight columns that is 508 calls.
    background = rows[rng.permutation(len(rows))[:2]]
    values, exact = (
        np.asarray(
            shap.KernelExplainer(each, background).shap_values(row, nsamples=CALLS // 2, l1_reg=False, silent=True)
        )
        for each in (model, law)
    )
    distance = row - background.mean(0)
    explainer = LimeTabularExplainer(
        rows, mode="regression", discretize_continuous=False, sample_around_instance=True, random_state=seed
    )
    found = explainer.explain_instance(row, model, num_features=len(row), num_samples=CALLS)
    lime = np.zeros(len(row))
    # For a regression it keeps the slopes under 1, and the same with the opposite sign under 0.
    for column, weight in found.local_exp[1]:
        lime[column] = weight
    each = CALLS // len(row)
    donors = rows[rng.integers(len(rows), size=(len(row), each)), np.arange(len(row))[:, None]]
    ends = np.tile(row, (len(row), each, 1))
    ends[np.arange(len(row)), :, np.arange(len(row))] = donors
    lost = model(row[None])[0] - model(ends.reshape(-1, len(row))).reshape(len(row), each)
    apart = row[:, None] - donors
    sizes = np.linspace(0.02, 1, each // 2)
    steps = np.repeat(np.eye(len(row)), len(sizes), axis=0) * np.tile(sizes, len(row))[:, None]
    odd = ((model(row + steps) - model(row - steps)) / 2).reshape(len(row), -1)
    return {
        "KernelSHAP (against SHAP of the law)": (values, exact),
        "KernelSHAP, slopes": (values / np.where(np.abs(distance) < 0.1, np.inf, distance), None),
        "LIME": (lime, None),
        "permutation, slopes": ((lost * apart).sum(1) / (apart**2).sum(1), None),
        "differences, up to 1 sd": ((odd * sizes).sum(1) / (sizes**2).sum(), None),
    }


def main() -> None:
    """Parse, run every seed, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="number of fits (default 5)")
    parser.add_argument("--objects", type=int, default=24, help="held-out objects explained on each seed (default 24)")
    parser.add_argument("--part", nargs="+", choices=("strokes", "tables"), default=["strokes", "tables"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="shap|lime|sklearn")
    if "strokes" in options.part:
        scores, by_feature = Scores(("cosine", "along factors", "credit")), Scores(("cosine", "credit"))
        for seed in range(options.seeds):
            judge_strokes(seed, options.objects, scores, by_feature)
        print("\nStrokes, in pixels")
        scores.show("gausscape, VAE space")
        print("\nStrokes, in features of the decoded image")
        by_feature.show("gausscape, VAE space, others held")
    if "tables" in options.part:
        columns = ("cosine", "credit", "to the model", "deletion", "at last")
        tables = {name: Scores(columns) for name in ("the law itself", "gradient boosting")}
        for seed in range(options.seeds):
            judge_tables(seed, options.objects, tables)
        for name, scores in tables.items():
            print(f"\nTables: {name}")
            scores.show(f"{OURS}, others held", share_of={"deletion": "at last"})
    print("\nRequired of ours: a cosine of .9 or more, and less than 10% of the credit to distractors.")


if __name__ == "__main__":
    main()
