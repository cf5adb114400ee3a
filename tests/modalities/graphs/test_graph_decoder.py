"""Codes to the law of a graph: the first coordinate is copied, and dropping features reads no other randomness."""

import torch

from gausscape.modalities.graphs.decoder import GraphDecoder


def test_features_are_dropped_by_the_code_alone():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        decoder = GraphDecoder(4, 20, slots=5, size=(3.0, 1.0), width=32, blocks=1, dropped=50, counted=True).train()
    z = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    before = torch.random.get_rng_state()
    with torch.no_grad():
        first, second, other = decoder(z), decoder(z), decoder(z + 1e-3)
        still = decoder.eval()(z)
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(first, second)
    assert not torch.allclose(first, other, atol=1e-2)
    assert not torch.allclose(first, still, atol=1e-2)
    assert torch.equal(first[:, 0], z[:, 0])
