"""How bad a case is found near an object, by equal calls of the model, and does the bound from random draws hold?

    python benchmarks/worst_case.py [--data FILE.csv] [--spaces FOLDER] [--centres 40] [--only digits] [--radius R]

Two tasks. MNIST: 4,000 of the bundled 5,000 digits fit the space and a scikit-learn network; y is the probability of the digit's
own class, and the worst is the largest fall. Telco churn (the CSV file, or what GAUSSCAPE_DATA_DIR holds; without it the
bundled penguins): half of the rows fit the space and gradient boosting; y is the probability of leaving, and the worst is
the largest change either way. Centres are held-out objects that pass the gates.

Rivals, each with as many calls as the search used around that centre:

- class kept (digits): our search, kept among objects that the referee gives the start's class;
- draws: random draws in the ball, gated like ours;
- neighbours: real objects inside the ball, at most so many, drawn at random (they need no gate: they are real);
- noise: the object itself with noise as large as ours changed it. Images: Gaussian pixel noise of the same norm. Tables:
  the numbers moved in a random direction by the same norm in standard deviations, and as many other columns redrawn from
  their marginals. Its worst is the worst of all, valid or not.

"Valid" is judged on the objects that the model received, alike for all: every support gate of `Space.assess` (neighbours,
cycle, residual) at least .01. Of real objects about 1% fail each gate. "Valid worst" is the mean over centres of the worst
among valid ones (the start where none is). "Same class" (digits): a second classifier, which has no part in any search, gives
the worst object at least an even chance of the start's own class; the others have changed or are not sure, and a fall
there is no fault. "Ours as bad": share of the centres at which the valid worst of the search is at least as bad as that of the
rival.

The bound: with 95% confidence at most 1 - .05^(1/m) of the objects in the patch are worse than the worst of m draws. Asked is
how often that is true against 20,000 draws, over centres and seeds; 95% is right, with a binomial error.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures

import gausscape as gs
from gausscape.space.gated import ACCEPTED
from gausscape.stress_testing.failures.referee import ModelReferee, NeighbourReferee
from gausscape.stress_testing.maker import Maker
from gausscape.stress_testing.nearby.surroundings import Surroundings
from gausscape.stress_testing.nearby.worst_case import WorstCase
from gausscape.stress_testing.nearby.worst_search import find_worst
from gausscape.stress_testing.nearby.worst_telling import wilks_bound

FILE = "WA_Fn-UseC_-Telco-Customer-Churn.csv"
BRUTE = 20_000
BOUND_CENTRES, BOUND_SEEDS = 10, 40
Noise = Callable[[WorstCase, int, np.random.Generator], Any]
"""(ours, number, source of randomness) -> so many objects with noise as large as ours is far from its start."""


@dataclass(frozen=True)
class Task:
    """What is asked.

    Args:
        name: For people.
        space: The fitted space.
        outcome: y of the object at each centre.
        centres: Held-out objects.
        real: Objects that may be neighbours.
        goal: Of the search.
        noise: The rival.
        radii: Budgets, None for the usual one.
        referee: Names the class that an object really has; None where that is no question (who leaves is not seen on them).
        judge: Another one, who has no part in any search.
    """

    name: str
    space: gs.Space
    outcome: Callable[[gs.Items], gs.Outcome]
    centres: gs.Items
    real: gs.Items
    goal: str
    noise: Noise
    radii: tuple[float | None, ...]
    referee: NeighbourReferee | None = None
    judge: ModelReferee | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the CSV file; unset: looked for under $GAUSSCAPE_DATA_DIR")
    parser.add_argument("--spaces", type=Path, help="keep the fitted spaces in this folder, and take them from there")
    parser.add_argument("--centres", type=int, default=40)
    parser.add_argument("--only", choices=("digits", "rows"), help="one task alone")
    parser.add_argument("--radius", type=float, help="one budget for both, in standard deviations; unset: two each")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tasks = []
    if options.only != "rows":
        tasks.append(digits(options.spaces, options.centres))
    if options.only != "digits":
        tasks.append(rows(find_table(options.data), options.spaces, options.centres))
    for task in tasks:
        for radius in task.radii if options.radius is None else (options.radius,):
            compare(task, radius)
        check_bound(task)


# --- tasks ---------------------------------------------------------------------------------------------------------------


def digits(folder: Path | None, centres: int) -> Task:
    data = gs.load_data("mnist-5k")
    order = np.random.default_rng(0).permutation(len(data))
    known, new = data.take(order[:4000]), data.take(order[4000:])
    space = fitted(folder, "mnist", lambda: gs.fit(known, seed=0))
    network = MLPClassifier((64,), max_iter=200, early_stopping=True, random_state=0).fit(
        flat(known.values), known.labels
    )
    print(f"MNIST: {space}; accuracy {network.score(flat(new.values), new.labels):.3f}")

    def own_class(one: gs.Items) -> gs.Outcome:
        label = 0 if one.labels is None else int(one.labels[0])
        return gs.Outcome.of(
            lambda x: network.predict_proba(flat(x)), target=label, classes=tuple(range(10)), batch=4096
        )

    def pixel_noise(ours: WorstCase, n: int, rng: np.random.Generator) -> np.ndarray:
        start = ours.start.astype(float)
        noise = rng.normal(size=(n, *start.shape[1:]))
        size = np.linalg.norm(ours.item.astype(float) - start)
        noise *= size / np.linalg.norm(noise.reshape(n, -1), axis=1).reshape(-1, 1, 1)
        return (start + noise).round().clip(0, 255).astype(np.uint8)

    second = make_pipeline(
        PCA(50, random_state=0), PolynomialFeatures(2, include_bias=False), LogisticRegression(C=0.5, max_iter=500)
    ).fit(flat(known.values), known.labels)
    print(f"the judge's accuracy {second.score(flat(new.values), new.labels):.3f}")
    ten = tuple(range(10))
    judge = ModelReferee(
        gs.Outcome.of(lambda x: second.predict_proba(flat(x)), target=0, classes=ten, batch=4096), least=0.5
    )
    right = np.flatnonzero(network.predict(flat(new.values)) == new.labels)
    centres_of = objects(space, new.take(right), centres)
    referee = NeighbourReferee(space, known)
    return Task("MNIST", space, own_class, centres_of, data, "fall", pixel_noise, (None, 1.0), referee, judge)


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1) / 255.0


def rows(path: Path | None, folder: Path | None, centres: int) -> Task:
    if path is None:
        data, name, target = gs.load_data("penguins"), "penguins", None
    else:
        table = pd.read_csv(path)
        table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
        data, name, target = gs.load_data(table, id_column="customerID", label_column="Churn"), "telco churn", "Yes"
    order = np.random.default_rng(0).permutation(len(data))
    known, new = data.take(order[: len(order) // 2]), data.take(order[len(order) // 2 :])
    objective = gs.Elbo(kl_weight=0.35)
    space = fitted(
        folder, name.split()[0], lambda: gs.fit(known, latent=16 if target else 4, objective=objective, seed=0)
    )
    one_hot = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
        remainder="passthrough",
        sparse_threshold=0,
    )
    trees = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=40 if target else 5, random_state=0
    )
    model = make_pipeline(one_hot, trees).fit(known.values, known.labels)
    print(f"{name}: {space}; accuracy {model.score(new.values, new.labels):.3f}")

    def leaving(one: gs.Items) -> gs.Outcome:
        return gs.Outcome.of(model, target=target or str(model.classes_[0]), batch=4096)

    frame = known.values
    numbers = frame.select_dtypes("number").columns
    others = [column for column in frame.columns if column not in numbers]
    spread = frame[numbers].std().to_numpy()

    def column_noise(ours: WorstCase, n: int, rng: np.random.Generator) -> pd.DataFrame:
        many = pd.concat([ours.start] * n, ignore_index=True)
        moved = (ours.item[numbers].to_numpy(float) - ours.start[numbers].to_numpy(float)) / spread
        step = rng.normal(size=(n, len(numbers)))
        step *= np.sqrt(np.nansum(moved**2)) / np.linalg.norm(step, axis=1, keepdims=True)
        for k, column in enumerate(numbers):
            own = many[column].to_numpy(float) + step[:, k] * spread[k]
            own = own.clip(frame[column].min(), frame[column].max())
            many[column] = own.round().astype(frame[column].dtype) if frame[column].dtype.kind in "iu" else own
        changed = sum(str(ours.item[column].iloc[0]) != str(ours.start[column].iloc[0]) for column in others)
        redrawn = rng.random((n, len(others))).argsort(1) < changed
        for k, column in enumerate(others):
            drawn = frame[column].to_numpy(object)[rng.integers(len(frame), size=n)]
            many[column] = np.where(redrawn[:, k], drawn, many[column].to_numpy(object))
        return many

    return Task(name, space, leaving, objects(space, new, centres), data, "change", column_noise, (None, 1.0))


def fitted(folder: Path | None, name: str, fit: Callable[[], gs.Space]) -> gs.Space:
    place = None if folder is None else folder / f"{name}.space"
    if place is not None and place.exists():
        return gs.load(place)
    space = fit()
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        space.save(place)
    return space


def objects(space: gs.Space, items: gs.Items, most: int) -> gs.Items:
    return items.take(np.flatnonzero(is_valid(space, items.values))[:most])


def is_valid(space: gs.Space, values: Any) -> np.ndarray:
    told = space.assess(values)
    return np.minimum.reduce([told[name] for name in ("neighbours", "cycle", "residual")]) >= ACCEPTED


def find_table(asked: Path | None) -> Path | None:
    if asked is not None:
        return asked
    folder = os.environ.get("GAUSSCAPE_DATA_DIR")
    return next(iter(sorted(Path(folder).rglob(FILE))), None) if folder else None


# --- the comparison ------------------------------------------------------------------------------------------------------


def compare(task: Task, radius: float | None) -> None:
    kept = ("class kept",) if task.referee is not None else ()
    names = ("search (ours)", *kept, "draws", "neighbours", "noise")
    worst: dict[str, list[float]] = {name: [] for name in names}
    valid: dict[str, list[bool]] = {name: [] for name in names}
    valid_worst: dict[str, list[float]] = {name: [] for name in names}
    crossed: dict[str, list[bool]] = {name: [] for name in names}
    same: dict[str, list[bool]] = {name: [] for name in names}
    calls, seconds, counts, shares, used = [], [], [], [], 0.0
    codes = task.space.aggregate.whiten(task.space.embed(task.real).mean)
    for k in range(len(task.centres)):
        one, rng = task.centres.take([k]), np.random.default_rng([k, 71])
        started = time.process_time()
        y = task.outcome(one)
        ours = find_worst(task.space, y, one, radius=radius, goal=task.goal)
        seconds.append(time.process_time() - started)
        budget = ours.calls
        calls.append(budget)
        shares.append(ours.objects)
        used = ours.radius
        patch = task.space.patch(one, used)
        draws = find_worst(
            task.space,
            y,
            one,
            radius=radius,
            goal=task.goal,
            draws=max(1, round((budget - 1) / max(ours.objects, 0.01))),
            calls=0,
        )
        inside = np.flatnonzero(np.linalg.norm(codes - patch.u, axis=1) <= used)
        inside = inside[task.real.ids[inside] != one.ids[0]]
        near = task.real.take(rng.permutation(inside)[:budget]).values
        counts.append(len(near))
        noisy = task.noise(ours, budget, rng)
        found = [ours.item, draws.item, near, noisy]
        if task.referee is not None:
            own = find_worst(task.space, y, one, radius=radius, goal=task.goal, referee=task.referee, keep_class=True)
            found.insert(1, own.item)
        for name, values in zip(names, found, strict=True):
            if not len(values):
                values, badness, good = ours.start, np.zeros(1), np.ones(1, dtype=bool)
            else:
                change = y(values).values - ours.start_y
                badness = -change if task.goal == "fall" else np.abs(change)
                good = is_valid(task.space, values)
            first = int(badness.argmax())
            if task.judge is not None and one.labels is not None:
                same[name].append(bool(task.judge.judge(values[first : first + 1])[0] == str(one.labels[0])))
            worst[name].append(max(float(badness[first]), 0.0))
            valid[name].append(bool(good[first]))
            valid_worst[name].append(max(float(badness[good].max(initial=0.0)), 0.0))
            ends = ours.start_y + np.array([-1, 1]) * badness[first]
            crossed[name].append(bool(((ends >= 0) & (ends <= 1) & ((ends > 0.5) != (ours.start_y > 0.5))).any()))
    told = f"{task.name}, radius {used:.3g}: {len(task.centres)} centres, {np.mean(calls):.0f} calls each, "
    told += f"{np.mean(shares):.0%} of the ball are objects, {np.median(counts):.0f} real neighbours (median), "
    told += f"{np.mean(seconds):.2f} s each"
    titles = f"{'':16}{'worst change':>14}{'crosses 1/2':>13}{'valid':>8}{'valid worst':>13}{'same class':>12}"
    print(f"\n{told}\n{titles}{'ours as bad':>16}")
    for name in names:
        ahead = np.mean(np.array(valid_worst["search (ours)"]) >= np.array(valid_worst[name]))
        print(
            f"{name:16}{np.mean(worst[name]):14.3f}{np.mean(crossed[name]):13.0%}{np.mean(valid[name]):8.0%}"
            f"{np.mean(valid_worst[name]):13.3f}{f'{np.mean(same[name]):.0%}' if same[name] else '-':>12}"
            + (f"{ahead:16.0%}" if name != names[0] else "")
        )


def check_bound(task: Task) -> None:
    """A cheap y, linear in the code with a curved part, so that 20,000 objects cost nothing."""
    held, total, most = 0, 0, 0.0
    maker = Maker(task.space)
    for k in range(min(BOUND_CENTRES, len(task.centres))):
        patch = task.space.patch(task.centres.take([k]))
        around = Surroundings.of(patch, maker, np.random.default_rng(0))
        rng = np.random.default_rng([k, 72])
        slope, curve = rng.normal(size=(2, around.ball.dimension))
        offsets = around.ball.uniform(BRUTE, rng)
        offsets = offsets[around.strangeness(around.ball.codes(offsets)) == 0]
        y = np.sort(offsets @ slope + (offsets @ curve) ** 2)
        for seed in range(BOUND_SEEDS):
            own = around.ball.uniform(299, np.random.default_rng([k, seed, 73]))
            own = own[around.strangeness(around.ball.codes(own)) == 0]
            if not len(own):
                continue
            worst = (own @ slope + (own @ curve) ** 2).min()
            share = np.searchsorted(y, worst) / len(y)
            held, total, most = held + (share <= wilks_bound(len(own))), total + 1, max(most, share)
    error = np.sqrt(held / total * (1 - held / total) / total)
    print(
        f"\n{task.name}: the 95% bound holds in {held / total:.1%} +- {error:.1%} of {total} cases; largest share {most:.1%}"
    )


if __name__ == "__main__":
    main()
