"""Codec: a frozen encoder and decoder with their kind of data, run in batches. Objects in, codes out, and back."""

__all__ = ["Codec"]

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from gausscape.errors import DataError, ShapeError
from gausscape.gaussian import Gaussian
from gausscape.items import Items
from gausscape.modality import Autoencoder, Modality, Tensors

BATCH = 1024
CELLS_AT_ONCE = 2**20
DRAWN_AT_ONCE = 4_000
"""Draws whose decoded cells stay near the processor: a third quicker than 20,000."""
WIDER = 1.4


class Codec:
    """Encodes and decodes in batches, as NumPy float64 outside and in the networks' precision inside.

    Args:
        modality: The kind of data.
        networks: Trained; frozen here.
    """

    def __init__(self, modality: Modality, networks: Autoencoder):
        self.modality = modality
        self.networks = networks.eval().requires_grad_(False)

    @property
    def latent(self) -> int:
        """Number of latent coordinates."""
        return self.networks.latent

    def tensors(self, data: Any) -> Tensors:
        """Objects in native form, or Items, as checked tensors."""
        return self.modality.to_tensors(data.values if isinstance(data, Items) else data)

    def read(self, data: Any) -> tuple[Any, Tensors]:
        """(objects in native form, their tensors); a single object may come without its batch axis."""
        values = data.values if isinstance(data, Items) else data
        try:
            return values, self.modality.to_tensors(values)
        except DataError as error:
            one = self.modality.several(values)
            if one is None:
                raise
            try:
                return one, self.modality.to_tensors(one)
            except DataError as other:
                # A single object that is flawed is told so; else the first complaint is about what came.
                single = isinstance(error, ShapeError) and not isinstance(other, ShapeError)
                raise (other if single else error) from None

    def embed(self, tensors: Tensors) -> Gaussian:
        """Posterior of each object, NumPy, (n, latent).

        Raises:
            DataError: If a code overflows.
        """
        means, stds = [np.zeros((0, self.latent))], [np.zeros((0, self.latent))]
        for inputs, targets in self._presented(tensors):
            posterior = self.networks.encode({**targets, **inputs})
            means.append(posterior.mean.double().numpy())
            stds.append(posterior.std.double().numpy())
        mean, std = np.concatenate(means), np.concatenate(stds)
        if not np.isfinite(mean).all():
            row = int(np.argwhere(~np.isfinite(mean).all(1))[0, 0])
            raise DataError(f"Embedding needs values near those that were fitted, but object {row} overflows. Check its scale.")
        return Gaussian(mean, std)

    def cells(self, z: np.ndarray, *, seed: int | None = None) -> torch.Tensor:
        """Expected cells at latent points (n, latent), or with a seed one draw of them; float32, (n, cells)."""
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        likelihood = self.networks.likelihood
        parts = [torch.zeros(0, likelihood.cells)]
        for start in range(0, len(z), BATCH):
            output = self.networks.decoder(torch.tensor(z[start : start + BATCH], dtype=self._dtype))
            parts.append((likelihood.mean(output) if generator is None else likelihood.sample(output, generator)).float())
        return torch.cat(parts)

    def drawn(self, z: np.ndarray, noise: np.ndarray) -> torch.Tensor:
        """The draw of the cells at latent points (n, latent) that standard normal noise (n, cells) decides; (n, cells)."""
        likelihood = self.networks.likelihood
        parts = [torch.zeros(0, likelihood.cells)]
        for start in range(0, len(z), BATCH):
            output = self.networks.decoder(torch.tensor(z[start : start + BATCH], dtype=self._dtype))
            numbers = torch.tensor(noise[start : start + BATCH], dtype=self._dtype)
            parts.append(likelihood.drawn(output, numbers).float())
        return torch.cat(parts)

    def items(self, z: np.ndarray, *, seed: int | None = None) -> Any:
        """Objects in native form at latent points (n, latent)."""
        return self.modality.to_items(self.cells(z, seed=seed))

    def observed(self, tensors: Tensors) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(cells of the objects as they came, float32, (n, cells); which of them are there, same shape, or None for all)."""
        _, targets = self.modality.present(tensors, None)
        return targets["cells"].float(), targets.get("observed")

    def residual_cells(self, tensors: Tensors, mean: np.ndarray) -> torch.Tensor:
        """Observed less expected cells at the posterior means (n, latent): what the codes leave out; 0 where unobserved."""
        cells, observed = self.observed(tensors)
        residual = cells - self.cells(mean)
        return residual if observed is None else residual * observed

    def carried(self, z: np.ndarray, residual: torch.Tensor) -> Any:
        """Objects at latent points (n, latent) that keep what their code leaves out: expected cells + residual.

        Args:
            z: Points.
            residual: Rows of `residual_cells`, one for all or one a point.
        """
        return self.modality.to_items(self.cells(z) + residual)

    def observed_again(self, z: np.ndarray, residual: torch.Tensor, *, seed: int) -> Any:
        """Objects at latent points (n, latent) observed with the noise of others, in native form (legal and rounded).

        Args:
            z: Points.
            residual: Rows of `residual_cells`, one a point.
            seed: Of what cannot be carried over, a category for instance.
        """
        generator = torch.Generator().manual_seed(seed)
        likelihood = self.networks.likelihood
        parts = [torch.zeros(0, likelihood.cells)]
        for start in range(0, len(z), BATCH):
            output = self.networks.decoder(torch.tensor(z[start : start + BATCH], dtype=self._dtype))
            parts.append(likelihood.renoise(output, residual[start : start + BATCH].to(output.dtype), generator).float())
        return self.modality.to_items(torch.cat(parts))

    def embed_again(self, z: np.ndarray) -> Gaussian:
        """Posterior of the object decoded at each point: legal, rounded objects, as anyone would receive them."""
        rows = BATCH * max(1, CELLS_AT_ONCE // (BATCH * self.networks.likelihood.cells))
        parts = [self.embed(self.tensors(self.items(z[start : start + rows]))) for start in range(0, len(z), rows)]
        if not parts:
            return Gaussian(np.zeros((0, self.latent)), np.zeros((0, self.latent)))
        return Gaussian(np.concatenate([part.mean for part in parts]), np.concatenate([part.std for part in parts]))

    def spread(self, z: np.ndarray) -> np.ndarray:
        """Disagreement of all decoders at latent points, (n,): variance of the expected cell, mean over the cells."""
        decoders = [self.networks.decoder, *self.networks.others]
        found = [np.zeros(0)]
        for start in range(0, len(z), BATCH):
            points = torch.from_numpy(z[start : start + BATCH]).to(self._dtype)
            expected = torch.stack([self.networks.likelihood.mean(decoder(points)) for decoder in decoders])
            found.append(expected.double().var(0, correction=0).mean(1).numpy())
        return np.concatenate(found)

    def residual(self, tensors: Tensors, mean: np.ndarray) -> np.ndarray:
        """-log p(x | z = mean), nats, (n,): what the code leaves undescribed."""
        found, start = [np.zeros(0)], 0
        for _, targets in self._presented(tensors):
            z = torch.from_numpy(mean[start : start + len(targets["cells"])]).to(self._dtype)
            start += len(z)
            log_likelihood = self.networks.likelihood.log_likelihood(
                self.networks.decoder(z), targets["cells"], targets.get("observed")
            )
            found.append(-log_likelihood.double().numpy())
        return np.concatenate(found)

    def bound(self, tensors: Tensors, *, draws: int, seed: int) -> np.ndarray:
        """Importance-weighted lower bound of log p(x), nats, (n,): log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x).

        Burda et al. 2016 (IWAE), eq. 8, under the N(0, I) prior of the training. Every second draw comes from a posterior
        1.4 times as wide, and q is the mixture of the two (balance heuristic, Veach & Guibas 1995): posteriors are too
        narrow, and where one is not, this costs at most half of the draws. The draws of an object follow from the seed
        and its own cells, so that its score does not depend on its company.
        """
        scores = [np.zeros(0)]
        scale = torch.ones(draws, 1, 1, dtype=self._dtype)
        scale[1::2] = WIDER
        for inputs, targets in self._presented(tensors, batch=max(1, DRAWN_AT_ONCE // draws)):
            posterior = self.networks.encode({**targets, **inputs})
            noise = scale * _noise_of_each(targets["cells"], draws, self.latent, seed).to(self._dtype)
            z = posterior.mean + posterior.std * noise
            wide = {name: values.repeat(draws, 1) for name, values in targets.items()}
            output = self.networks.decoder(z.flatten(0, 1))
            log_likelihood = self.networks.likelihood.log_likelihood(output, wide["cells"], wide.get("observed"))
            # The constants of prior and posterior cancel.
            gap = torch.log(posterior.std).sum(-1) - 0.5 * (z**2).sum(-1) - _log_proposal(noise)
            weight = log_likelihood.reshape(draws, -1) + gap
            scores.append((torch.logsumexp(weight.double(), 0) - np.log(draws)).numpy())
        return np.concatenate(scores)

    @property
    def _dtype(self) -> torch.dtype:
        return next((tensor.dtype for tensor in self.networks.state_dict().values() if tensor.is_floating_point()), torch.float32)

    def _presented(self, tensors: Tensors, *, batch: int = BATCH) -> Iterator[tuple[Tensors, Tensors]]:
        for start in range(0, len(next(iter(tensors.values()))), batch):
            part = {name: values[start : start + batch] for name, values in tensors.items()}
            inputs, targets = self.modality.present(part, None)
            yield self._typed(inputs), self._typed(targets)

    def _typed(self, tensors: Tensors) -> Tensors:
        return {name: values.to(self._dtype) if values.is_floating_point() else values for name, values in tensors.items()}


def _log_proposal(noise: torch.Tensor) -> torch.Tensor:
    """Log density, without constants, of noise (draws, n, latent) of which every second draw is scaled by `WIDER`."""
    squares, share = (noise**2).sum(-1), (len(noise) // 2) / len(noise)
    if not share:
        return -0.5 * squares
    wider = np.log(share) - noise.shape[-1] * np.log(WIDER) - 0.5 * squares / WIDER**2
    return torch.logaddexp(np.log(1 - share) - 0.5 * squares, wider)


def _noise_of_each(cells: torch.Tensor, draws: int, latent: int, seed: int) -> torch.Tensor:
    """Standard normal noise (draws, n, latent) from a generator for each object, keyed by its cells."""
    noise = np.empty((draws, len(cells), latent), dtype=np.float32)
    salt = seed.to_bytes(16, "little")
    for row, values in enumerate(np.ascontiguousarray(cells.numpy())):
        key = int.from_bytes(hashlib.blake2b(values.data, digest_size=16, salt=salt).digest(), "little")
        noise[:, row] = np.random.Generator(np.random.Philox(key=key)).standard_normal((draws, latent), dtype=np.float32)
    return torch.from_numpy(noise)
