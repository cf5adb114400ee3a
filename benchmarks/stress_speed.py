"""What does a stress test of 10,000 scenarios cost, after the fit? Digits and a fast classifier.

    python benchmarks/stress_speed.py [--scenarios 10000] [--repeats 3] [--mnist DIR] [--threads 2]

A space is fitted to digits (bundled, or the 60,000 of --mnist) and a logistic regression learns to read them. The time is
that of `stress_test` as a whole: draws at 10%, 1% and .1% with their gates, objects, answers, nearest real objects,
sorted hits and the levels table; response curve and failure probability are timed apart. Median [least, most] over
repeats, each with a seed of its own. The rival does the least that could be called a stress test: it draws N(0, I) codes, decodes and
asks, without gates, calibration, neighbours or referee.
"""

import argparse
import time

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gausscape as gs
from gausscape.stress_testing import Design, stress_test

LEVELS = (0.1, 0.01, 0.001)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--mnist", help="folder with the four MNIST files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--space", help="a fitted space to use instead of fitting one")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    digits = gs.load_data("mnist", data_dir=options.mnist) if options.mnist else gs.load_data("mnist-5k")
    order = np.random.default_rng(0).permutation(len(digits))
    learned, held_out = digits.take(order[:-1000]), digits.take(order[-1000:])
    space = gs.load(options.space) if options.space else gs.fit(learned, latent=16, seed=0)
    few = learned.take(np.arange(min(len(learned), 10_000)))
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, tol=1e-2)).fit(flat(few.values), few.labels)
    print(f"{space}; the classifier reads {classifier.score(flat(held_out.values), held_out.labels):.1%} of held-out digits\n")
    rows: dict[str, list[float]] = {}
    each = -(-options.scenarios // len(LEVELS))
    for seed in range(options.repeats):
        for name, settings in (
            ("levels, 'label != 9'", {"fails": "label != 9", "calls": 0, "design": Design(each=each, rays=0)}),
            ("levels, 'wrong label'", {"fails": "wrong label", "calls": 0, "design": Design(each=each, rays=0)}),
            ("levels, response, probability", {"fails": "wrong label", "design": Design(each=each)}),
        ):
            y = gs.Outcome.of(lambda x: classifier.predict_proba(flat(x)), classes=classifier.classes_, target=9, batch=4096)
            started, own = time.perf_counter(), time.process_time()
            test = stress_test(space, y, held_out, exceedance=LEVELS, seed=seed, **settings)
            rows.setdefault(name, []).append(time.perf_counter() - started)
            rows.setdefault(f"{name}, CPU", []).append(time.process_time() - own)
        started, own = time.perf_counter(), time.process_time()
        z = np.random.default_rng(seed).standard_normal((len(test), space.latent))
        classifier.predict_proba(flat(space.decode(z)))
        rows.setdefault("N(0, I), decode, ask", []).append(time.perf_counter() - started)
        rows.setdefault("N(0, I), decode, ask, CPU", []).append(time.process_time() - own)
    print(f"{len(test):,} scenarios, seconds:")
    for name, found in rows.items():
        print(f"{name:<40}{np.median(found):8.2f} [{min(found):.2f}, {max(found):.2f}]")


def flat(images: np.ndarray) -> np.ndarray:
    return np.asarray(images, dtype=np.float32).reshape(len(images), -1) / 255


if __name__ == "__main__":
    main()
