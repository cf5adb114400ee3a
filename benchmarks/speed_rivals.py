"""Rivals of `speed.py` that live in packages of their own; run by it, in whichever interpreter has them.

    python benchmarks/speed_rivals.py NAME

reads one line a round, the number of objects to train on, and answers with "CPU seconds, wall seconds, objects" of the
training alone. Imports nothing of gausscape.
"""

import contextlib
import io
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Round = Callable[[int], int]
"""Trains on about so many objects, and tells how many they were."""


def main() -> None:
    name, threads = sys.argv[1], int(sys.argv[2])
    started: dict[str, Callable[[int], Round]] = {"tensorflow": tensorflow, "pythae": pythae}
    train = started[name](threads)
    train(500)  # traces, and fills the caches
    for line in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        seen = train(int(line))
        print(time.process_time() - cpu, time.perf_counter() - wall, seen, flush=True)


def tensorflow(threads: int) -> Round:
    """`keras_demo` on batches of 128."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    _, step = keras_demo(tf)
    images = np.random.default_rng(0).uniform(size=(5120, 28, 28, 1)).astype("float32")

    def train(objects: int) -> int:
        steps = max(1, objects // 128)
        for number in range(steps):
            start = 128 * (number % 40)
            step(tf.constant(images[start : start + 128]))
        return 128 * steps

    return train


def keras_demo(tf: Any) -> tuple[Any, Callable[[Any], None]]:
    """The network of the YAML in `speed.py` as Keras users build and train it: (decoder, one traced step of Adam on grey images)."""
    layers, same = tf.keras.layers, {"padding": "same", "activation": "relu"}
    encoder = tf.keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, strides=2, **same),
            layers.Conv2D(64, 3, strides=2, **same),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )
    decoder = tf.keras.Sequential(
        [
            layers.Input((2,)),
            layers.Dense(7 * 7 * 64),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(64, 3, strides=2, **same),
            layers.Conv2DTranspose(32, 3, strides=2, **same),
            layers.Conv2DTranspose(1, 3, padding="same"),
        ]
    )
    optimiser = tf.keras.optimizers.Adam(1e-3)
    weights = encoder.trainable_variables + decoder.trainable_variables

    @tf.function
    def step(grey):
        x = tf.cast(tf.random.uniform(tf.shape(grey)) < grey, tf.float32)
        with tf.GradientTape() as tape:
            mean, log_std = tf.split(encoder(x), 2, axis=1)
            z = mean + tf.exp(log_std) * tf.random.normal(tf.shape(mean))
            scores = tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=decoder(z))
            divergence = 0.5 * tf.reduce_sum(mean**2 + tf.exp(2 * log_std) - 1 - 2 * log_std, axis=1)
            loss = tf.reduce_mean(tf.reduce_sum(scores, axis=[1, 2, 3]) + divergence)
        optimiser.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    return decoder, step


def pythae(threads: int) -> Round:
    """pythae's own pipeline on its own default network (one hidden layer of 512, 16 coordinates), batches of 256."""
    import torch
    from pythae.models import VAE, VAEConfig
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig

    torch.set_num_threads(threads)
    logging.disable(logging.CRITICAL)
    images = torch.from_numpy(np.random.default_rng(0).uniform(size=(5120, 1, 28, 28)).astype("float32"))

    def train(objects: int) -> int:
        epochs = max(1, round(objects / len(images)))
        with tempfile.TemporaryDirectory() as folder:
            settings = BaseTrainerConfig(
                output_dir=folder, num_epochs=epochs, per_device_train_batch_size=256, learning_rate=1e-3, no_cuda=True
            )
            model = VAE(VAEConfig(input_dim=(1, 28, 28), latent_dim=16, reconstruction_loss="bce"))
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                TrainingPipeline(model=model, training_config=settings)(train_data=images)
        return epochs * len(images)

    return train


if __name__ == "__main__":
    main()
