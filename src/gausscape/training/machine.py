"""How the machine is used while training: which matrix kernels, and how much work an object is."""

__all__ = ["count_operations", "fast_products", "suits_bfloat16"]

import contextlib
from collections.abc import Iterator

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from gausscape.modality import Autoencoder, Modality, Tensors


def count_operations(networks: Autoencoder, modality: Modality, tensors: Tensors) -> int:
    """Floating-point operations of one object's way through encoder and decoder."""
    inputs, _ = modality.present({name: values[:1] for name, values in tensors.items()}, None)
    was = networks.training
    networks.eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        networks.decoder(networks.encode(inputs).mean)
    networks.train(was)
    return int(counter.get_total_flops())


def suits_bfloat16(networks: nn.Module) -> bool:
    """Whether nothing in these networks is slower in bfloat16: a processor's plain convolutions may be, by up to 15 times.

    A module with `suits_bfloat16 = True` vouches for the convolutions in it.

    Example:
        >>> suits_bfloat16(nn.Linear(2, 2)), suits_bfloat16(nn.Sequential(nn.Conv2d(1, 2, 3)))
        (True, False)
    """
    if getattr(networks, "suits_bfloat16", False):
        return True
    return not isinstance(networks, nn.modules.conv._ConvNd) and all(
        suits_bfloat16(child) for child in networks.children()
    )


@contextlib.contextmanager
def fast_products(device: torch.device | None = None) -> Iterator[None]:
    """Let torch take oneDNN's matrix kernels in here: up to twice MKL's speed on AMD processors; on a GPU its TF32 units.

    PyTorch allows a processor to round the factors meanwhile. The user's setting is put back afterwards.

    Args:
        device: Where the products are taken; None for the processor.
    """
    before = torch.get_float32_matmul_precision()
    # On a GPU "medium" would be bfloat16, which is the schedule's to choose.
    torch.set_float32_matmul_precision("high" if device is not None and device.type == "cuda" else "medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
