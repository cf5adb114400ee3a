"""Device: where a fit trains, and how networks, batches and noise come to it and back."""

__all__ = ["carry", "check_device", "choose_device", "free_memory", "made_on", "moved"]

import contextlib
import copy
import os
import re
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed
from torch.overrides import TorchFunctionMode

from gausscape.errors import ConfigurationError
from gausscape.modality import Tensors

Thing = TypeVar("Thing")


def check_device(name: Any) -> None:
    """Whether this is the name of a device; whether it is there is asked when a training begins.

    Raises:
        ConfigurationError: If it is not.
    """
    if not isinstance(name, str) or not re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?", name):
        raise ConfigurationError(
            f"schedule.device needs auto, cpu, cuda or cuda:1 (a GPU's number), but got {name!r}. Choose one."
        )


def choose_device(name: str) -> torch.device:
    """The device of this name. Of the processes that share a fit each takes the GPU of its number on its machine.

    Args:
        name: "auto" for a GPU where PyTorch can use one, else the processor; "cpu"; "cuda"; or "cuda:1".

    Raises:
        ConfigurationError: If there is no such device.

    Example:
        >>> choose_device("cpu")
        device(type='cpu')
    """
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ConfigurationError(
            f"schedule.device={name!r} needs a GPU, but PyTorch {torch.__version__} finds none on this machine. Use device='auto' "
            "or 'cpu', or install a driver and a PyTorch built for it."
        )
    is_shared = distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1
    _, _, number = name.partition(":")
    if is_shared and number:
        raise ConfigurationError(
            f"A shared fit needs a GPU for each process, but schedule.device={name!r} names one for all. Use device='cuda'."
        )
    index, count = int(number or (os.environ.get("LOCAL_RANK", "0") if is_shared else 0)), torch.cuda.device_count()
    if index >= count:
        mend = "Start fewer processes on it, or use device='cpu'." if is_shared else "Choose another, or use device='auto'."
        raise ConfigurationError(
            f"schedule.device={name!r} needs the GPU number {index} (counted from 0), but this machine has {count}. {mend}"
        )
    return torch.device("cuda", index)


def free_memory(device: torch.device) -> int:
    """Bytes that are free on a GPU, with those that PyTorch holds in reserve."""
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def made_on(device: torch.device) -> contextlib.AbstractContextManager[Any]:
    """In here tensors are made on the device; for the processor nothing changes."""
    return contextlib.nullcontext() if device.type == "cpu" else device


def carry(tensors: Tensors, device: torch.device) -> Tensors:
    """The tensors on the device: the same if they are there, else copies that the processor need not wait for."""
    return {name: _carried(values, device) for name, values in tensors.items()}


def _carried(values: Tensor, device: torch.device) -> Tensor:
    if values.device == device:
        return values
    # Only from pinned memory does a copy go on beside the work.
    return values.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else values.to(device)


def moved(thing: Thing, device: torch.device) -> Thing:
    """A copy, of a module or of anything that holds tensors, whose tensors are all on the device.

    `Module.to` moves parameters and buffers; constants that a module or a modality keeps beside them stay where they were.

    Example:
        >>> moved({"weights": torch.ones(2)}, torch.device("meta"))["weights"].device
        device(type='meta')
    """
    with _Moving(device), torch.no_grad():
        return copy.deepcopy(thing)


class _Moving(TorchFunctionMode):
    """Copies of tensors are made on a device."""

    def __init__(self, device: torch.device):
        super().__init__()
        self.device = device

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # Parameters copy themselves by `clone`, all other tensors by `__deepcopy__`.
        if func is Tensor.__deepcopy__ or func is Tensor.clone:
            return args[0].detach().to(self.device, copy=True)
        return func(*args, **(kwargs or {}))
