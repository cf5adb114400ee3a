"""The spaces that several drawings share, each fitted once."""

import functools
import warnings

import numpy as np

import gausscape as gs


@functools.cache
def shuffled_digits():
    """5,000 digits in random order."""
    digits = gs.load_data("mnist-5k")
    return digits.take(np.random.default_rng(0).permutation(len(digits)))


@functools.cache
def plane(kl_weight: float = 1.0):
    """A space of two axes, fitted to 4,000 digits."""
    known = shuffled_digits().take(np.arange(4000))
    return gs.fit(known, latent=2, seed=0, objective=gs.Elbo(kl_weight=kl_weight), schedule=gs.Schedule(steps=1500))


@functools.cache
def measures():
    """A space of sixteen axes, fitted to 4,000 digits."""
    return gs.fit(shuffled_digits().take(np.arange(4000)), latent=16, seed=0, schedule=gs.Schedule(steps=1500))


def unseen():
    """1,000 digits that no space has seen."""
    return shuffled_digits().take(np.arange(4000, 5000))


@functools.cache
def classifier():
    """A small network that tells digits apart: images (n, 28, 28) -> probabilities (n, 10)."""
    from sklearn.neural_network import MLPClassifier

    known = shuffled_digits().take(np.arange(4000))
    network = MLPClassifier((64,), alpha=0.1, max_iter=25, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network.fit(known.values.reshape(4000, -1) / 255, known.labels.astype(int))
    return lambda images: network.predict_proba(np.asarray(images).reshape(len(images), -1) / 255)


def pair():
    """A usual 4 and a usual 9 that no space has seen, each a batch of one."""
    items = unseen()
    rarity = measures().exceedance(items).probability
    found = []
    for label in ("4", "9"):
        own = np.flatnonzero(items.labels.astype(str) == label)
        found.append(items.take(own[[rarity[own].argmax()]]))
    return tuple(found)
