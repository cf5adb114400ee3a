"""Schedule: how long a training goes on, how fast, and when it stops."""

__all__ = ["Schedule"]

from dataclasses import dataclass

import torch

from gausscape.errors import ConfigurationError
from gausscape.training.device import check_device

OPERATIONS = 9e12
LARGE_OPERATIONS = 1_000_000
MOST_PRESENTATIONS = 3_000_000
EPOCHS, EPOCHS_LARGE = 300, 80
FEWEST_STEPS = 300


@dataclass(frozen=True)
class Schedule:
    """How long, how fast, and when to stop.

    Args:
        steps: Optimiser steps; None for the default budget (see `length`).
        batch: Objects in a step.
        learning_rate: Highest rate of AdamW (Loshchilov & Hutter 2019).
        average: Decay of the running average of the weights; 0 keeps the last weights.
        evaluations: How often the validation bound is taken.
        patience: Evaluations without a better bound after which training stops.
        precision: Of the matrix products in training: "float32"; "bfloat16" (mixed, as PyTorch's autocast does it);
            "auto" takes bfloat16 for large networks on processors that have units for it, unless they hold convolutions
            that are slower so. Answers are always float32.
        decoders: How many decoders share the encoder. From 2 on their disagreement is one more support gate, "spread";
            each further one costs a third of the training.
        shards: Equal parts that each step's batch is cut into, each with noise of its own. Any number of processes that
            divides it may share the fit, and all give the same bytes. None for the number of processes, 1 without others.
        device: Where training runs: "cpu"; "cuda", an NVIDIA GPU, or "cuda:1", the GPU of that number; "auto" takes a GPU if
            PyTorch finds one. Experimental on a GPU. Everything after training runs on the processor.
        weight_decay: Of the networks' matrices, decoupled from the gradient. None for what the kind of data suggests.

    Raises:
        ConfigurationError: If an argument is out of its range.

    Example:
        >>> Schedule(steps=50).length(1000)
        50
    """

    steps: int | None = None
    batch: int = 256
    learning_rate: float = 4e-3
    average: float = 0.998
    evaluations: int = 20
    patience: int = 4
    precision: str = "auto"
    decoders: int = 1
    shards: int | None = None
    device: str = "cpu"
    weight_decay: float | None = None

    def __post_init__(self):
        bounds = (("batch", 1, 1_000_000), ("evaluations", 1, 10_000), ("patience", 1, 10_000), ("decoders", 1, 16))
        for name, low, high in bounds:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ConfigurationError(f"schedule.{name} needs a whole number from {low} to {high}, but got {value!r}.")
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise ConfigurationError(f"schedule.precision needs auto, float32 or bfloat16, but got {self.precision!r}.")
        if self.shards is not None and (not isinstance(self.shards, int) or not 1 <= self.shards <= 4096):
            raise ConfigurationError(f"schedule.shards needs a whole number from 1 to 4096, but got {self.shards!r}.")
        if self.steps is not None and (not isinstance(self.steps, int) or self.steps < 1):
            raise ConfigurationError(f"schedule.steps needs a whole number above 0, but got {self.steps!r}.")
        if not isinstance(self.learning_rate, int | float) or not self.learning_rate > 0:
            raise ConfigurationError(f"schedule.learning_rate needs a number above 0, but got {self.learning_rate!r}.")
        if self.weight_decay is not None and (not isinstance(self.weight_decay, int | float) or not 0 <= self.weight_decay <= 10):
            raise ConfigurationError(f"schedule.weight_decay needs a number from 0 to 10, but got {self.weight_decay!r}.")
        if not isinstance(self.average, int | float) or not 0 <= self.average < 1:
            raise ConfigurationError(f"schedule.average needs a number from 0 to below 1, but got {self.average!r}.")

        check_device(self.device)

    def is_mixed(self, operations: int, *, is_suited: bool = True, device: torch.device | None = None) -> bool:
        """Whether products are taken in bfloat16.

        Args:
            operations: Of the network, for one object.
            is_suited: Whether its layers are as fast in bfloat16 on a processor (see `machine.suits_bfloat16`).
            device: Where it is trained; None for the processor.
        """
        if self.precision != "auto":
            return self.precision == "bfloat16"
        if device is not None and device.type == "cuda":
            return operations >= LARGE_OPERATIONS and torch.cuda.is_bf16_supported(including_emulation=False)
        # The name is private, but nothing public tells bfloat16 units from their slow emulation.
        has_units = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        return is_suited and operations >= LARGE_OPERATIONS and bool(has_units())

    def batch_size(self, objects: int) -> int:
        """Objects in a step: `batch`, or a quarter of a small data set."""
        return max(1, min(self.batch, objects // 4)) if objects >= 4 else objects

    def length(self, objects: int, operations: int = 0) -> int:
        """Steps for this many objects and a network of this many floating-point operations an object.

        The default budget is one of work, 9e12 operations forward (two to three minutes of one core), so that a
        larger network does not take longer; at most 300 epochs, or 80 of a large network, which learns few objects by
        heart sooner; at least 300 steps.
        """
        if self.steps is not None:
            return self.steps
        epochs = EPOCHS_LARGE if operations >= LARGE_OPERATIONS else EPOCHS
        presentations = min(MOST_PRESENTATIONS, epochs * objects, int(OPERATIONS / max(operations, 1)))
        return max(FEWEST_STEPS, presentations // self.batch_size(objects))

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of a step: a short linear rise, then linear decay to zero."""
        rise = min(1.0, (step + 1) / max(1.0, 0.02 * steps))
        return self.learning_rate * rise * (1 - step / steps)
