"""Precision follows the layers: convolutions that nobody vouches for stay in float32."""

import pytest
import torch
from torch import nn

from gausscape.modalities.images.example import example_items
from gausscape.modality import find_modality
from gausscape.training.machine import suits_bfloat16
from gausscape.training.schedule import LARGE_OPERATIONS, Schedule

KERAS = {
    "encoder": {"filters": [4], "kernel_sizes": [3], "activations": ["relu"], "strides": [2]},
    "decoder": {"reshape": [6, 6, 4], "filters": [1], "kernel_sizes": [3], "activations": ["sigmoid"], "strides": [2]},
}


def test_convolutions_of_others_are_found_wherever_they_stand():
    assert suits_bfloat16(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    assert not suits_bfloat16(nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ConvTranspose2d(1, 1, 3))))


@pytest.mark.parametrize("architecture", [None, "convolutional", KERAS])
def test_our_own_networks_suit_bfloat16(architecture):
    images = example_items(40, seed=0)
    kind = find_modality("images").infer(images)
    height, width = images.shape[1:3]
    if isinstance(architecture, dict):
        architecture = {**architecture, "decoder": architecture["decoder"] | {"reshape": [height // 2, width // 2, 4]}}
    networks = kind.networks(2, size=40, architecture=architecture, tensors=kind.to_tensors(images))
    assert suits_bfloat16(networks)


def test_precision_is_float32_where_layers_do_not_suit_and_as_asked_where_asked(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    assert Schedule().is_mixed(LARGE_OPERATIONS)
    assert not Schedule().is_mixed(LARGE_OPERATIONS, is_suited=False)
    assert not Schedule().is_mixed(LARGE_OPERATIONS - 1)
    assert Schedule(precision="bfloat16").is_mixed(0, is_suited=False)
    assert not Schedule(precision="float32").is_mixed(LARGE_OPERATIONS)
