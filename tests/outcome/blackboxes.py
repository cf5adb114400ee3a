"""Models that behave and models that do not, importable by name so that a worker process can open them."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np


def mean(images):
    return images.reshape(len(images), -1).mean(axis=1)


def softmax(images, k=3):
    """Probabilities of k classes."""
    scores = images.reshape(len(images), -1)[:, :k]
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


class Counted:
    """A model that remembers every batch it saw."""

    def __init__(self, function=mean):
        self.function = function
        self.batches = []

    def __call__(self, batch):
        self.batches.append(batch)
        return self.function(batch)

    @property
    def objects(self):
        return sum(map(len, self.batches))


def _marked(images):
    """Whether each image carries the mark that the models here cannot bear."""
    return images.reshape(len(images), -1)[:, 0] == 99


def raises(images):
    if _marked(images).any():
        raise ValueError("cannot bear the mark")
    return mean(images)


def hangs(images):
    while _marked(images).any():
        time.sleep(0.01)
    return mean(images)


def segfaults(images):
    if _marked(images).any():
        ctypes.string_at(0)
    return mean(images)


def leaves_at_once(images):
    if _marked(images).any():
        os._exit(0)
    return mean(images)


def exits(images):
    if _marked(images).any():
        sys.exit(3)
    return mean(images)


def interrupts_itself(images):
    if _marked(images).any():
        raise KeyboardInterrupt
    return mean(images)


def is_killed(images):
    if _marked(images).any():
        os.kill(os.getpid(), signal.SIGKILL)
    return mean(images)


def crashes_once(images):
    """Dies on the first call that any process makes with the mark; the file at $BLACKBOX_MARKER remembers."""
    marker = Path(os.environ["BLACKBOX_MARKER"])
    if _marked(images).any() and not marker.exists():
        marker.touch()
        os._exit(7)
    return mean(images)


def always_dies(images):
    os._exit(5)


def slow(images):
    time.sleep(0.05 * len(images))
    return mean(images)


def process_number(images):
    return np.full(len(images), os.getpid())


text = "blackboxes:mean"
