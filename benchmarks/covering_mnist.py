"""Do more faults far out mean a worse model, or worse pictures? Combinatorial testing of latent shells on MNIST, with a referee.

    python benchmarks/covering_mnist.py [--bins 8] [--axes 9] [--strength 3] [--repeats 1] [--out FOLDER]
    python benchmarks/covering_mnist.py --mnist DIR --bins 20 --repeats 2

The protocol is that of CIT4DNN: a latent space of ten axes, five shells between chi quantiles (here: between calibrated
exceedances), 3-way covering arrays of 20 bins for each direction, one decoded image a row, and a differential oracle: a fault
is a test on which the classifiers (three, trained here) do not agree. They report 748 faults among 14,658 tests in the
innermost shell and 3,134 among 16,073 in the outermost (5.1% and 19.5%), no picture having been looked at.

Three questions are asked of every test besides: does its picture pass the space's support gates ("objects"), do four of the
five nearest labelled real images agree on its class ("judged"), and, of a fault, both ("confirmed": then at least one
classifier is wrong about a picture that is like the data)? The first design is theirs, with shells of N(0, I); its calibrated
exceedance ("median p") is what the shell's name would have to be. Rivals with as many tests: covering arrays in calibrated
shells, anywhere in the bins or as near to the data as the bins allow; random codes of the same shell; random draws of the law;
real images. The last column is the share of the feasible combinations of a shell that the tests show.

Without --mnist the space and the classifiers are fitted to 4,000 of the bundled images and the other 1,000 are the real ones;
with it, to the 60,000 training images, and the 10,000 test images are the real ones. Contact sheets of the faults are written
to --out, one a shell and design: confirmed ones first, then those that the referee could not judge, then those that are no
objects; above each what the classifiers say, and the referee in brackets. Look at them: gates and referee both go by the
space's encoder, so some confirmed pictures are ambiguous to the eye, and some that are "no objects" look like digits that are
merely written in a way that no image of the data is.

References:
    Dola, McDaniel, Dwyer & Soffa 2024, CIT4DNN: Generating diverse and rare inputs for neural networks using latent space
    combinatorial testing (ICSE); figures from its repository, less-lab-uva/CIT4DNN.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

import gausscape as gs
from gausscape.space.gaussian_law import GaussianLaw
from gausscape.space.whitening import Whitening
from gausscape.stress_testing.covering_arrays.combinations import Combinations
from gausscape.stress_testing.covering_arrays.coverage import measure_coverage
from gausscape.stress_testing.covering_arrays.covering import CoveringArray, covering_scenarios
from gausscape.stress_testing.covering_arrays.shell import Shell
from gausscape.stress_testing.failures.referee import NeighbourReferee

SHELLS = ((1.0, 0.01), (0.51, 0.01), (0.06, 0.01), (0.01, 1e-4), (1e-4, 1e-6))
PUBLISHED = ((14_658, 748), (14_668, 789), (15_421, 1_291), (15_825, 1_782), (16_073, 3_134))
LATENT = 10
LEAST_P = 0.01
NEIGHBOURS = 20_000
SHEET = (2, 16)
AT_ONCE = 2_000
WIDTH = 11


class Classifiers:
    """Three networks of different shape, trained on the same images. A fault is a test on which they do not agree."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, *, presentations: int, seed: int):
        # The caller's stream of random numbers is put back afterwards.
        with torch.random.fork_rng():
            self.networks = []
            for number, build in enumerate((narrow, wide, dense)):
                torch.manual_seed(1000 * seed + number)
                self.networks.append(trained(build(), images, labels, presentations))

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Classes, (n, 3)."""
        with torch.inference_mode():
            parts = [
                np.stack([network(batch).argmax(1).numpy() for network in self.networks], axis=1)
                for batch in as_tensor(images).split(AT_ONCE)
            ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.networks)), int)


def narrow() -> nn.Sequential:
    """LeNet-like."""
    first, second = nn.Conv2d(1, 8, 5, padding=2), nn.Conv2d(8, 16, 5)
    pool, head = nn.MaxPool2d(2), (nn.Flatten(), nn.Linear(400, 84), nn.ReLU(), nn.Linear(84, 10))
    return nn.Sequential(first, nn.ReLU(), pool, second, nn.ReLU(), pool, *head)


def wide() -> nn.Sequential:
    """Smaller windows, more of them, dropout."""
    first, second = nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 32, 3, padding=1)
    pool, head = nn.MaxPool2d(2), (nn.Flatten(), nn.Dropout(0.3), nn.Linear(1568, 10))
    return nn.Sequential(first, nn.ReLU(), pool, second, nn.ReLU(), pool, *head)


def dense() -> nn.Sequential:
    """No windows at all."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 10))


def as_tensor(images: np.ndarray) -> torch.Tensor:
    """uint8 (n, 28, 28) -> float (n, 1, 28, 28) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).float().reshape(-1, 1, 28, 28) / 255


def trained(network: nn.Module, images: np.ndarray, labels: np.ndarray, presentations: int) -> nn.Module:
    """Adam with a falling rate; images are shifted by up to two pixels."""
    inputs, targets = as_tensor(images), torch.from_numpy(labels.astype(np.int64))
    steps = presentations // 64
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    network.train()
    for _ in range(steps):
        rows = torch.randint(len(inputs), (64,))
        shift = tuple(torch.randint(-2, 3, (2,)).tolist())
        loss = nn.functional.cross_entropy(network(inputs[rows].roll(shift, (2, 3))), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


@dataclass(frozen=True)
class Tests:
    """Tests of one design, judged.

    Args:
        images: (n, 28, 28), uint8.
        said: By the classifiers, (n, 3).
        objects: Whether each passes the gates.
        judged: Class by the referee, "" where it is not sure.
        p: Calibrated exceedance of each.
        covered: Share of the feasible combinations of the shell that they show.
    """

    images: np.ndarray
    said: np.ndarray
    objects: np.ndarray
    judged: np.ndarray
    p: np.ndarray
    covered: float

    @property
    def faults(self) -> np.ndarray:
        """Tests on which the classifiers do not agree."""
        return (self.said != self.said[:, :1]).any(1)

    @property
    def confirmed(self) -> np.ndarray:
        """Faults that are objects of a class that the referee knows."""
        return self.faults & self.objects & (self.judged != "")


class Judge:
    """Asks the classifiers, the gates and the referee about codes or images."""

    def __init__(self, space: gs.Space, classifiers: Classifiers, referee: NeighbourReferee):
        self.space, self.classifiers, self.referee = space, classifiers, referee

    def codes(self, z: np.ndarray, covered: float) -> Tests:
        """Codes, decoded."""
        parts = [self.space.describe_codes(z[start : start + AT_ONCE]) for start in range(0, len(z), AT_ONCE)]
        images = np.concatenate([part.items for part in parts])
        objects = np.concatenate([part.gates for part in parts]) >= LEAST_P
        p = np.concatenate([part.exceedance.probability for part in parts])
        return self._judged(images, objects, p, covered)

    def images(self, images: np.ndarray, covered: float) -> Tests:
        """Real images."""
        told = self.space.assess(images)
        objects = np.minimum.reduce([told[name] for name in self.space.gates]) >= LEAST_P
        return self._judged(images, objects, told["exceedance"], covered)

    def _judged(self, images: np.ndarray, objects: np.ndarray, p: np.ndarray, covered: float) -> Tests:
        return Tests(images, self.classifiers(images), objects, self.referee.judge(images), p, covered)


def shown(space: gs.Space, array: CoveringArray, z: np.ndarray) -> float:
    """Share of the array's feasible combinations that codes show within its shell."""
    inside = array.shell.holds(space.aggregate.surprise(z))
    table = Combinations(array.grid.axes, array.grid.bins, array.strength)
    return float(table.shown(array.grid.find(z[inside])).sum()) / array.feasible


def of_the_prior(space: gs.Space) -> gs.Space:
    """The same networks with the law that they were trained towards: N(0, I) on the live axes."""
    live = len(space.live_axes)
    law = GaussianLaw(Whitening(np.zeros(live), np.eye(live)))
    return gs.Space(
        space.codec,
        replace(space.aggregate, law=law),
        of_objects=space.of_objects,
        of_codes=space.of_codes,
        gates=space.gates,
        round_trip=space.round_trip,
        record=space.record,
    )


def random_codes(space: gs.Space, shell: Shell, n: int, rng: np.random.Generator, *, uniform: bool) -> np.ndarray:
    """Codes of a shell: exceedance uniform between its bounds, any direction or those of real tail codes."""
    rays = space.aggregate.directions(n, rng, uniform=uniform)
    log_p = np.log(rng.uniform(shell.rare, shell.common, n))
    calibration = space.of_codes
    levels = np.interp(-log_p, -calibration.log_probability, calibration.knots)
    return space.aggregate.unwhiten(rays * space.aggregate.law.radius_along(rays, levels)[:, None])


def designs(
    space: gs.Space, bounds: tuple[float, float], options: argparse.Namespace, seed: int
) -> Iterator[tuple[str, np.ndarray, float]]:
    """(name, codes, share of combinations shown) of each design for one shell; random ones have as many tests as the second."""
    shell = Shell.between(space.of_codes, bounds, certified=False)
    asked = {"strength": options.strength, "bins": options.bins, "axes": options.axes, "seed": seed}
    by_chi = Shell(*bounds, *(0.0 - np.log(bounds)), certified=False)
    published = covering_scenarios(of_the_prior(space), **asked, between=by_chi, directions="uniform")
    yield "covering, N(0, I) as published", published.z, published.share
    plain = covering_scenarios(space, **asked, between=shell, directions="uniform")
    yield "covering, anywhere in the bins", plain.z, plain.share
    near = covering_scenarios(space, **asked, between=shell)
    yield "covering, near the data", near.z, near.share
    rng = np.random.default_rng([seed, 5])
    for name, uniform in (("random, all directions", True), ("random, directions of the data", False)):
        z = random_codes(space, shell, len(plain), rng, uniform=uniform)
        yield name, z, shown(space, plain, z)


def row(runs: list[Tests]) -> str:
    """Counts of all repeats together, shares of these."""
    faults = np.concatenate([run.faults for run in runs])
    objects = np.concatenate([run.objects for run in runs])
    judged = np.concatenate([run.judged for run in runs]) != ""
    confirmed = np.concatenate([run.confirmed for run in runs])
    p = float(np.median(np.concatenate([run.p for run in runs])))
    shares = (objects, objects[faults], judged[faults])
    told = [f"{mask.mean():.1%}" if len(mask) else "-" for mask in shares]
    covered = float(np.mean([run.covered for run in runs]))
    cells = (
        f"{len(faults):,}", f"{faults.sum():,}", f"{faults.mean():.1%}", *told, f"{confirmed.sum():,}",
        f"{confirmed.mean():.1%}", f"{100 * p:.2g}%", "-" if np.isnan(covered) else f"{covered:.1%}",
    )  # fmt: skip
    return "".join(f"{cell:>{WIDTH}}" for cell in cells)


def contact_sheet(tests: Tests, path: Path, title: str) -> None:
    """Faults, best confirmed first: three bands."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    bands = {
        "objects, class known to the referee": tests.confirmed,
        "objects, class not known": tests.faults & tests.objects & ~tests.confirmed,
        "no objects": tests.faults & ~tests.objects,
    }
    rows, width = SHEET
    ratios = [ratio for _ in bands for ratio in (0.35, *[1.0] * rows)]
    figure = pyplot.figure(figsize=(width * 0.72, sum(ratios) * 0.95))
    places = figure.add_gridspec(
        len(ratios), width, height_ratios=ratios, left=0.02, right=0.99, top=0.95, bottom=0.01, hspace=0.4
    )
    for band, (name, mask) in enumerate(bands.items()):
        first = band * (rows + 1)
        heading = figure.add_subplot(places[first, :])
        heading.axis("off")
        heading.text(0, 0, f"{name}: {mask.sum():,}", fontsize=10)
        for place, index in enumerate(np.flatnonzero(mask)[: width * rows]):
            axis = figure.add_subplot(places[first + 1 + place // width, place % width])
            axis.axis("off")
            axis.imshow(tests.images[index], cmap="gray_r", vmin=0, vmax=255)
            referee = f" ({tests.judged[index]})" if tests.judged[index] else ""
            axis.set_title("".join(map(str, tests.said[index])) + referee, fontsize=7, pad=2)
    figure.suptitle(title, fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main() -> None:
    """Parse, fit, test, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", help="folder with the four idx files of MNIST; without it the bundled 5,000 images")
    parser.add_argument("--space", help="a saved space, instead of fitting one")
    parser.add_argument("--strength", type=int, default=3, help="axes in a combination (default 3)")
    parser.add_argument(
        "--bins", type=int, default=8, help="bins of each direction (default 8; the publication has 20)"
    )
    parser.add_argument("--axes", type=int, default=9, help="directions that are cut (default 9)")
    parser.add_argument("--repeats", type=int, default=1, help="classifiers and arrays anew (default 1)")
    parser.add_argument(
        "--presentations", type=int, default=100_000, help="images shown to each classifier in training"
    )
    parser.add_argument("--out", help="folder for contact sheets of the faults")
    options = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    fitted, real = images(options.mnist)
    space = gs.load(options.space) if options.space else gs.fit(fitted, latent=LATENT, seed=0)
    options.axes = min(options.axes, len(space.live_axes))
    referee = NeighbourReferee(space, fitted.take(np.arange(min(len(fitted), NEIGHBOURS))))
    print(f"{space!r}, {len(real):,} real test images; {time.perf_counter() - began:.0f} s")
    print(
        "referee: {}; sure of {:.1%} of these, right about {:.2%} of them".format(referee.words, *referee.reliability)
    )
    coverage = measure_coverage(
        space, real, strength=options.strength, bins=options.bins, axes=options.axes, between=(1, 0.01)
    )
    print(f"the real test images: {coverage}", flush=True)
    found: dict[tuple[int, str], list[Tests]] = {}
    for seed in range(options.repeats):
        labels = np.asarray(fitted.labels).astype(int)
        classifiers = Classifiers(np.asarray(fitted.values), labels, presentations=options.presentations, seed=seed)
        said, truth = classifiers(np.asarray(real.values)), np.asarray(real.labels).astype(int)
        told = ", ".join(f"{share:.2%}" for share in (said == truth[:, None]).mean(0))
        print(
            f"classifiers of repeat {seed}: {told} right on real test images; {time.perf_counter() - began:.0f} s",
            flush=True,
        )
        judge = Judge(space, classifiers, referee)
        for number, bounds in enumerate(SHELLS):
            for name, z, covered in designs(space, bounds, options, seed):
                tests = judge.codes(z, covered)
                found.setdefault((number, name), []).append(tests)
                if options.out and seed == 0:
                    file = f"shell{number + 1}-{name.replace('(0, I)', '').replace(', ', '-').replace(' ', '-')}.png"
                    told = Shell.between(space.of_codes, bounds, certified=False)
                    contact_sheet(tests, Path(options.out) / file, f"{told}; {name}")
            print(f"  shell {number + 1}; {time.perf_counter() - began:.0f} s", flush=True)
        n = len(found[0, "random, all directions"][-1].p)
        drawn = space.aggregate.full(space.aggregate.law.sample(n, np.random.default_rng([seed, 6])))
        covered = shown(space, coverage.completion, drawn)
        found.setdefault((5, "draws of the law"), []).append(judge.codes(drawn, covered))
        found.setdefault((5, "real test images"), []).append(judge.images(np.asarray(real.values), coverage.share))
    print_table(space, found)
    print(f"\n{time.perf_counter() - began:.0f} s")


def images(folder: str | None) -> tuple[gs.Items, gs.Items]:
    """(to fit, real test images), both with labels."""
    if folder:
        train, test = (gs.load_data("mnist", data_dir=folder, split=split) for split in ("train", "test"))
        return train, test
    everything = gs.load_data("mnist-5k")
    order = np.random.default_rng(0).permutation(len(everything))
    return everything.take(order[:-1000]), everything.take(order[-1000:])


def print_table(space: gs.Space, found: dict[tuple[int, str], list[Tests]]) -> None:
    """One row a design, shell by shell."""
    titles = (
        "tests",
        "faults",
        "rate",
        "objects",
        "f. objects",
        "f. judged",
        "confirmed",
        "rate",
        "median p",
        "covered",
    )
    print("\n" + " " * 34 + "".join(f"{title:>{WIDTH}}" for title in titles))
    shell = -1
    for (number, name), runs in found.items():
        if number != shell and number < len(SHELLS):
            tests, faults = PUBLISHED[number]
            told = Shell.between(space.of_codes, SHELLS[number], certified=False)
            print(f"{told}; published: {faults:,} faults among {tests:,} tests, {faults / tests:.1%}")
        elif number != shell:
            print("no shell; combinations of the first")
        shell = number
        print(f"  {name:<32}{row(runs)}")


if __name__ == "__main__":
    main()
