"""A classifier of digits to be explained: trained on a part of the bundled MNIST digits, kept in memory, saved on request.

From within this folder the command line reaches it by name:

    gausscape explain digits.space mnist-5k --around 4681 --outcome digit_classifier:predict --target 9

    python digit_classifier.py [--out digits.skops]
"""

import argparse
import functools
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures

import gausscape as gs

TRAINED = 4000
"""Number of digits it learns from; the other 1,000 are for tests."""


def split() -> tuple[gs.Items, gs.Items]:
    """(digits to learn from, held-out digits), the same ones each time."""
    digits = gs.load_data("mnist-5k")
    order = np.random.default_rng(0).permutation(len(digits))
    return digits.take(order[:TRAINED]), digits.take(order[TRAINED:])


@functools.cache
def train() -> Pipeline:
    """The fitted classifier; the first call takes a few seconds, later ones nothing."""
    learned, _ = split()
    # Logistic regression on 50 principal components and their products, well regularised: it is as accurate as a small
    # neural network on so few digits, and does not jump from 0 to 1, which would leave little to explain in between.
    classifier = make_pipeline(
        MinMaxScaler(),
        PCA(50, random_state=0),
        PolynomialFeatures(2, include_bias=False),
        LogisticRegression(C=0.01, max_iter=500),
    )
    return classifier.fit(learned.values.reshape(len(learned), -1), learned.labels)


def predict(images: np.ndarray) -> np.ndarray:
    """Probabilities of the digits 0 to 9, (n, 10), of images (n, 28, 28) with grey levels 0 to 255."""
    return train().predict_proba(np.asarray(images).reshape(len(images), -1))


def save(path: str | Path) -> Path:
    """Write the classifier as a .skops file, which gausscape takes as an outcome as well; needs `pip install skops`."""
    from skops import io

    io.dump(train(), path)
    return Path(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="a .skops file to write")
    options = parser.parse_args()
    _, held_out = split()
    right = predict(held_out.values).argmax(1) == held_out.labels
    print(f"{right.mean():.1%} of {len(held_out):,} held-out digits are read correctly.")
    if options.out is not None:
        print(f"Written: {save(options.out)}")


if __name__ == "__main__":
    main()
