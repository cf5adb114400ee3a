"""How long does one explanation take when the model is fast? Seconds for 512 calls, beside KernelSHAP and LIME.

    pip install shap lime
    python benchmarks/explanation_speed.py [--repeats 9] [--space FOLDER]

The model is a scikit-learn LogisticRegression on the pixels of the bundled digits, y the probability of the object's own
digit. One explanation of ours is `gs.explain(space, y, space.patch(x), data=held_out, calls=512)`, everything included:
the encoding of 500 held-out digits, the fidelity gate (its calls come on top and are printed), the patch. The gate is told to
pass everything, so that all the work is done; how many it would pass is printed. Every repeat takes
another held-out digit and a new Outcome, so that nothing is remembered between them; the repeats of all methods take turns.
KernelSHAP (shap, one background image) and LIME (lime, image explainer with hide_color=0) get the same model, digit and
512 calls on 49 squares of 4 x 4 pixels; KernelSHAP on all 784 pixels as well, as its documentation does for digits. Median
[least, most] over repeats on one core; the first call of each, which pays for imports and caches, stands apart.

The space has the default number of axes for images; --space takes a saved one of the same digits instead of fitting it.
"""

import argparse
import contextlib
import io
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

import gausscape as gs
from gausscape.space.space import Space

CALLS = 512
FITTED, HELD_OUT = 4_000, 500
SQUARE = 4
REQUIRED = 2.0
LEAST_FIDELITY = 0.9

Probabilities = Callable[[np.ndarray], np.ndarray]
"""Digits (n, 28, 28), uint8 or float 0..255 -> probabilities (n, 10)."""


def main() -> None:
    """Parse, fit, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9, help="digits explained after the first (default 9)")
    parser.add_argument("--space", help="folder of a saved space of mnist-5k, instead of fitting one")
    options = parser.parse_args()
    torch.set_num_threads(1)
    items = gs.load_data("mnist-5k")
    order = np.random.default_rng(0).permutation(len(items))
    fitted, held_out = items.take(order[:FITTED]), items.take(order[FITTED : FITTED + HELD_OUT])
    labels = np.asarray(fitted.labels).astype(str)
    classifier = LogisticRegression(max_iter=200).fit(_flat(fitted.values), labels)
    space = gs.load(options.space) if options.space else gs.fit(fitted)
    digits = np.asarray(held_out.labels).astype(str)
    print(
        f"{space!r}\nmodel: right on {(classifier.predict(_flat(held_out.values)) == digits).mean():.1%} of held-out digits"
    )

    def probabilities(images: np.ndarray) -> np.ndarray:
        return classifier.predict_proba(_flat(images))

    rows = range(options.repeats + 1)
    targets = [int(np.flatnonzero(classifier.classes_ == digits[row])[0]) for row in rows]
    agreements: list[float] = []
    ours = [
        _ours(space, probabilities, held_out, row, target, agreements)
        for row, target in zip(rows, targets, strict=True)
    ]
    background = fitted.values.mean(0)
    methods = {"gausscape": ours}
    for name, prepare in {
        f"KernelSHAP, {(28 // SQUARE) ** 2} squares": _kernel_shap_squares,
        "KernelSHAP, 784 pixels": _kernel_shap_pixels,
        f"LIME, {(28 // SQUARE) ** 2} squares": _lime,
    }.items():
        methods[name] = [
            prepare(probabilities, held_out.values[row], background, target)
            for row, target in zip(rows, targets, strict=True)
        ]
    warnings.filterwarnings("ignore")  # both libraries warn on every call
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    calls: dict[str, int] = {}
    for row in rows:
        for name, runs in methods.items():
            start = time.perf_counter()
            calls[name] = runs[row]()
            seconds[name].append(time.perf_counter() - start)
    asked = [time_alone(probabilities, held_out.values) for _ in rows]
    print(f"\n{CALLS} calls of the model alone: {_told(asked)}")
    print(f"{'':<26}{'first':>8}{'then, seconds':>24}{'ratio to ours':>16}{'calls':>8}")
    for name, found in seconds.items():
        ratio = np.median(found[1:]) / np.median(seconds["gausscape"][1:])
        print(f"{name:<26}{found[0]:>8.2f}{_told(found[1:]):>24}{ratio:>16.2f}{calls[name]:>8}")
    passed = sum(agreement >= LEAST_FIDELITY for agreement in agreements)
    print(f"The gate would pass {passed} of {len(agreements)} (median agreement {np.median(agreements):.2f}).")
    print(
        f"Required: a median below {REQUIRED:g} s; {'held' if np.median(seconds['gausscape'][1:]) < REQUIRED else 'MISSED'}."
    )


def _ours(
    space: Space, probabilities: Probabilities, held_out: gs.Items, row: int, target: int, agreements: list[float]
) -> Callable[[], int]:
    def run() -> int:
        outcome = gs.Outcome.of(probabilities, kind="probability", target=target, classes=list("0123456789"))
        patch = space.patch(held_out.take([row]))
        answer = gs.explain(space, outcome, patch, data=held_out, calls=CALLS, least_fidelity=0.0)
        agreements.append(answer.patches[0].agreement.agreement)
        return answer.calls

    return run


def _kernel_shap_squares(
    probabilities: Probabilities, image: np.ndarray, background: np.ndarray, target: int
) -> Callable[[], int]:
    segments = _squares(image.shape)

    def run() -> int:
        import shap  # a rival, in no requirement of the package

        count = _Counted(lambda on: probabilities(np.where(on[:, segments] > 0, image, background))[:, target])
        explainer = shap.KernelExplainer(count, np.zeros((1, segments.max() + 1)))
        explainer.shap_values(np.ones(segments.max() + 1), nsamples=CALLS, silent=True)
        return count.rows

    return run


def _kernel_shap_pixels(
    probabilities: Probabilities, image: np.ndarray, background: np.ndarray, target: int
) -> Callable[[], int]:
    def run() -> int:
        import shap

        count = _Counted(lambda pixels: probabilities(pixels.reshape(-1, *image.shape))[:, target])
        explainer = shap.KernelExplainer(count, background.reshape(1, -1))
        explainer.shap_values(image.astype(float).ravel(), nsamples=CALLS, silent=True)
        return count.rows

    return run


def _lime(probabilities: Probabilities, image: np.ndarray, background: np.ndarray, target: int) -> Callable[[], int]:
    segments = _squares(image.shape)

    def run() -> int:
        from lime.lime_image import LimeImageExplainer

        count = _Counted(lambda images: probabilities(images[..., 0]))
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar cannot be turned off
            explanation = LimeImageExplainer(random_state=0).explain_instance(
                image.astype(float),
                count,
                top_labels=1,
                hide_color=0,
                num_samples=CALLS,
                batch_size=256,
                segmentation_fn=lambda _: segments,
            )
        return count.rows if explanation.local_exp else 0

    return run


class _Counted:
    """A model that counts the objects it was asked about."""

    def __init__(self, model: Callable[[np.ndarray], np.ndarray]):
        self.model, self.rows = model, 0

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        self.rows += len(batch)
        return self.model(batch)


def time_alone(probabilities: Probabilities, images: np.ndarray) -> float:
    """Seconds of the model itself."""
    start = time.perf_counter()
    probabilities(np.resize(images, (CALLS, *images.shape[1:])))
    return time.perf_counter() - start


def _squares(shape: tuple[int, ...]) -> np.ndarray:
    row, column = np.arange(shape[0]) // SQUARE, np.arange(shape[1]) // SQUARE
    return row[:, None] * (column.max() + 1) + column


def _flat(images: np.ndarray) -> np.ndarray:
    return np.asarray(images, float).reshape(len(images), -1) / 255


def _told(seconds: list[float]) -> str:
    return f"{np.median(seconds):.2f} [{min(seconds):.2f}, {max(seconds):.2f}]"


if __name__ == "__main__":
    main()
