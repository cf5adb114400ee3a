"""How much memory will a fit take, asked before it begins; and what is said when it runs out all the same?"""

__all__ = ["explained", "refuse_too_large_batch", "step_memory", "while_calibrating", "while_training"]

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from gausscape.errors import MemoryLimitError
from gausscape.memory import memory_left, readable
from gausscape.training.device import carry, free_memory, made_on
from gausscape.training.loop import Training

ROWS = 4
COPIES = 8
"""Of each parameter, beside the weights: gradient, two moments, running average, best, and what a checkpoint's copy takes."""
BACKWARD = 1.6
"""What the backward pass holds beside what the forward pass has kept, as a factor."""


def step_memory(training: Training) -> tuple[int, int]:
    """Bytes that a training takes beside its weights and data: (whatever the batch, for each object of a batch).

    The activations that a few objects leave for the backward pass are counted as they are saved; nothing is trained.

    Args:
        training: About to begin.
    """
    networks, batch = training.networks, carry(training.feed.first(ROWS), training.device)
    own = {parameter.data_ptr() for parameter in networks.parameters()}
    weights = sum(parameter.numel() * parameter.element_size() for parameter in networks.parameters())
    kept: dict[int, int] = {}
    holding: list[Tensor] = []  # a freed tensor's place would be taken by the next, and counted once

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
            holding.append(tensor)
        return tensor

    was = networks.training
    networks.eval()
    try:
        generator = torch.Generator(training.device).manual_seed(0)
        saving = torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor)
        with torch.enable_grad(), saving, made_on(training.device):
            inputs, targets = training.modality.present(batch, generator)
            posterior = networks.encode(inputs)
            z = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
            output = networks.decoder(z)
            likelihood = networks.likelihood.log_likelihood(output, targets["cells"], targets.get("observed"))
            _ = training.objective.loss(likelihood, posterior.divergence_by_axis(), 1.0)
    finally:
        networks.train(was)
    rows = max(1, min(ROWS, training.feed.objects))
    # Later in the training several codes may be drawn for each object, each of which is decoded.
    return COPIES * weights, int(BACKWARD * training.objective.draws_at(1.0) * sum(kept.values()) / rows)


def objects_at_once(training: Training) -> int:
    """Objects whose activations are held together: a batch, or this process's share of it."""
    return training.batch // training.shards


def refuse_too_large_batch(training: Training) -> None:
    """Refuse a fit whose batches cannot be held, before its first step.

    Raises:
        MemoryLimitError: If they cannot; it names a batch that can.
    """
    fixed, each = step_memory(training)
    left, batch = _left(training), objects_at_once(training)
    if fixed + batch * each <= left:
        return
    told = f"A batch of {batch:,} needs about {readable(fixed + batch * each)}, but this process may take {readable(left)} more."
    most = int(0.7 * (left - fixed)) // max(1, each)
    if most < 1:
        raise MemoryLimitError(
            f"{told} The networks alone need {readable(fixed)}: use a smaller architecture, or a larger machine."
        )
    raise MemoryLimitError(f"{told} Try schedule.batch={most * training.shards}, or a machine with more memory.")


@contextlib.contextmanager
def explained(words: Callable[[], str]) -> Iterator[None]:
    """In here running out of memory is told in the terms of a fit.

    Args:
        words: What is to be said, worked out then.

    Raises:
        MemoryLimitError: If memory ran out.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryLimitError) or not _is_shortage(error):
            raise
        raise MemoryLimitError(words()) from error


def while_training(training: Training, folder: str | None) -> str:
    """What to say if memory ran out in training, whose checkpoints are in `folder`."""
    fixed, each, needed = 0, 0, "more"
    with contextlib.suppress(MemoryError, RuntimeError):
        fixed, each = step_memory(training)
        needed = f"about {readable(fixed + objects_at_once(training) * each)}"
    fewer = f"egin anew with schedule.batch={max(1, training.batch // 2)}."
    mend = f"B{fewer}" if folder is None else f"The last checkpoint in {folder} is whole: make room and resume, or b{fewer}"
    return (
        f"A batch of {training.batch:,} needs {needed}, but memory ran out at step {training.step:,} of {training.steps:,} "
        f"({readable(_left(training))} left). {mend}"
    )


def while_calibrating() -> str:
    """What to say if memory ran out after training."""
    return (
        f"Calibrating a trained space needs more memory than this process may take ({readable(memory_left())} left). Make room, "
        "and resume from the checkpoint if one is kept; or use fewer latent coordinates, or fewer objects."
    )


def _left(training: Training) -> int:
    """Bytes that the training may take, where it runs."""
    return memory_left() if training.device.type == "cpu" else free_memory(training.device)


def _is_shortage(error: Exception) -> bool:
    """PyTorch's allocator of main memory raises a plain RuntimeError."""
    told = ("can't allocate memory", "not enough memory", "could not create a memory", "unable to mmap")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(words in str(error) for words in told)
