"""What if codes lie along bent shapes? A normalising flow of affine couplings: the last rung of the ladder."""

__all__ = ["FlowLaw"]

from collections.abc import Iterator
from typing import Any, ClassVar, final

import numpy as np

from gausscape.errors import ConfigurationError
from gausscape.space.density_rank import DensityRank, outermost_crossing
from gausscape.space.law import Law
from gausscape.space.standard_normal import normal_log_density
from gausscape.space.whitening import Whitening

_ROWS = 20_000
_COUPLINGS = 6
_HIDDEN = 48
_BATCH = 256
_EPOCHS = 40
_PIECE = 2_000
_PATIENCE = 4
_LARGEST_LOG_SCALE = 1.5

_COUPLING_ARRAYS = ("order", "weight_in", "bias_in", "weight_hidden", "bias_hidden", "weight_out", "bias_out")


@final
class FlowLaw(Law):
    """A normalising flow: six affine couplings from whitened codes to N(0, I).

    log p(u) = log N(f(u); 0, I) + log |det f'(u)|. A coupling leaves half of the axes as they are and shifts and scales
    the others by bounded functions of them, so the tails stay Gaussian along every ray. Trained with torch, which is
    imported only then; evaluated with numpy. Its surprise is a rank among its own draws, as for a mixture.

    Attributes:
        arrays: Weights of the couplings, see `_COUPLING_ARRAYS`.

    References:
        Dinh, Sohl-Dickstein & Bengio 2017, Density estimation using Real NVP, section 3.

    Example:
        >>> law = FlowLaw.fit(np.random.default_rng(0).normal(size=(500, 2)), seed=0, epochs=1)
        >>> law.components
        6
    """

    name: ClassVar[str] = "flow"

    def __init__(self, whitening: Whitening, arrays: dict[str, np.ndarray], rank: DensityRank | None = None):
        super().__init__(whitening)
        self.arrays = arrays
        self._rank = rank or DensityRank.of(self, likely_modes=np.zeros((1, whitening.dimension)))

    @classmethod
    def fit(cls, codes: np.ndarray, *, seed: int, epochs: int = _EPOCHS) -> "FlowLaw":
        """Fit by maximum likelihood on at most 20,000 rows, stopped early on a tenth of them.

        Args:
            codes: Shape (n, d), d >= 2.
            seed: Of the weights, the order and the split.
            epochs: At most so many passes.

        Raises:
            ConfigurationError: If there is one axis only.

        Example:
            >>> FlowLaw.fit(np.random.default_rng(0).normal(size=(500, 3)), seed=0, epochs=1).dimension
            3
        """
        whitening = Whitening.fit(codes)
        if whitening.dimension < 2:
            raise ConfigurationError("A flow couples axes and needs two or more, but got 1. Use MixtureLaw.")
        rng = np.random.default_rng(seed)
        u = rng.permutation(whitening.whiten(codes))[:_ROWS]
        return cls(whitening, _train_couplings(u, rng, epochs))

    @property
    def components(self) -> int:
        """Number of couplings."""
        return len(self.arrays["order"])

    def _couplings(self) -> Iterator[tuple[np.ndarray, ...]]:
        yield from zip(*(self.arrays[name] for name in _COUPLING_ARRAYS), strict=True)

    def _white_log_density(self, u: np.ndarray) -> np.ndarray:
        # In pieces that stay in the processor's cache: twice as fast, and a million rows need no gigabytes.
        pieces = np.array_split(u, max(1, len(u) // _PIECE))
        return np.concatenate([self._log_density_of_piece(piece) for piece in pieces])

    def _log_density_of_piece(self, u: np.ndarray) -> np.ndarray:
        log_determinant = np.zeros(len(u))
        kept_axes = u.shape[1] // 2
        for order, *weights in self._couplings():
            u = u[:, order]
            log_scale, shift = _conditioner(u[:, :kept_axes], *weights)
            u = np.concatenate([u[:, :kept_axes], u[:, kept_axes:] * np.exp(log_scale) + shift], axis=1)
            log_determinant += log_scale.sum(1)
        return normal_log_density(u) + log_determinant

    def _white_surprise(self, u: np.ndarray) -> np.ndarray:
        return self._rank.surprise(self._white_log_density(u))

    def _white_from_normal(self, v: np.ndarray) -> np.ndarray:
        u = v
        kept_axes = self.dimension // 2
        for order, *weights in reversed(list(self._couplings())):
            log_scale, shift = _conditioner(u[:, :kept_axes], *weights)
            u = np.concatenate([u[:, :kept_axes], (u[:, kept_axes:] - shift) * np.exp(-log_scale)], axis=1)
            u = u[:, np.argsort(order)]
        return u

    def _white_radius(self, directions: np.ndarray, levels: np.ndarray) -> np.ndarray:
        return outermost_crossing(self._white_surprise, directions, levels)

    def _own_arrays(self) -> dict[str, np.ndarray]:
        return {**self.arrays, **self._rank.arrays()}

    @classmethod
    def _rebuild(cls, whitening: Whitening, arrays: dict[str, np.ndarray]) -> "FlowLaw":
        rank = DensityRank.rebuild(arrays, whitening.dimension)
        return cls(whitening, {name: arrays[name] for name in _COUPLING_ARRAYS}, rank)


def _train_couplings(u: np.ndarray, rng: np.random.Generator, epochs: int) -> dict[str, np.ndarray]:
    import torch

    dimension = u.shape[1]
    initial = _initial_couplings(dimension, rng)
    orders = [torch.as_tensor(order) for order in initial["order"]]
    # Numbers come from numpy's generator, so neither torch's global seed nor its version decides the fit.
    weights = [torch.tensor(initial[name], dtype=torch.float32, requires_grad=True) for name in _COUPLING_ARRAYS[1:]]
    kept_axes = dimension // 2

    def loss(rows: Any) -> Any:
        log_determinant = 0.0
        for order, *coupling in zip(orders, *weights, strict=True):
            rows = rows[:, order]
            log_scale, shift = _conditioner(rows[:, :kept_axes], *coupling)
            rows = torch.cat([rows[:, :kept_axes], rows[:, kept_axes:] * log_scale.exp() + shift], dim=1)
            log_determinant = log_determinant + log_scale.sum(1)
        return (0.5 * rows.square().sum(1) - log_determinant).mean()

    held = torch.as_tensor(u[: len(u) // 10], dtype=torch.float32)
    rows = torch.as_tensor(u[len(u) // 10 :], dtype=torch.float32)
    optimizer = torch.optim.AdamW(weights, lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, epochs))
    best, best_loss, waited = [weight.detach().clone() for weight in weights], np.inf, 0
    for _ in range(epochs):
        for batch in torch.as_tensor(rng.permutation(len(rows))).split(_BATCH):
            optimizer.zero_grad()
            loss(rows[batch]).backward()
            optimizer.step()
        schedule.step()
        with torch.no_grad():
            held_loss = float(loss(held))
        waited += 1
        if held_loss < best_loss:
            best, best_loss, waited = [weight.detach().clone() for weight in weights], held_loss, 0
        if waited == _PATIENCE:
            break
    trained = {name: weight.double().numpy() for name, weight in zip(_COUPLING_ARRAYS[1:], best, strict=True)}
    return {"order": initial["order"], **trained}


def _initial_couplings(dimension: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    kept, moved, hidden = dimension // 2, dimension - dimension // 2, _HIDDEN
    orders = []
    for coupling in range(_COUPLINGS):
        # Every second coupling swaps the roles, so that each axis is moved whatever the shuffles are.
        orders.append(np.roll(np.arange(dimension), kept) if coupling % 2 else rng.permutation(dimension))
    shape = (_COUPLINGS,)
    return {
        "order": np.array(orders),
        "weight_in": rng.normal(0, kept**-0.5, (*shape, kept, hidden)),
        "bias_in": rng.normal(0, 0.5, (*shape, hidden)),
        "weight_hidden": rng.normal(0, hidden**-0.5, (*shape, hidden, hidden)),
        "bias_hidden": np.zeros((*shape, hidden)),
        # The last layer starts at zero: the untrained flow is the Gaussian of the first rung.
        "weight_out": np.zeros((*shape, hidden, 2 * moved)),
        "bias_out": np.zeros((*shape, 2 * moved)),
    }


def _conditioner(kept: Any, *weights: Any) -> tuple[Any, Any]:
    """Log scale and shift of the moved axes, given the kept ones: the same formula for numpy arrays and torch tensors.

    tanh units, because they are bounded: far out a coupling is a plain linear map and cannot invent a heavy tail.
    """
    weight_in, bias_in, weight_hidden, bias_hidden, weight_out, bias_out = weights
    tanh = np.tanh if isinstance(kept, np.ndarray) else type(kept).tanh
    out = tanh(tanh(kept @ weight_in + bias_in) @ weight_hidden + bias_hidden) @ weight_out + bias_out
    moved = out.shape[1] // 2
    return _LARGEST_LOG_SCALE * tanh(out[:, :moved] / _LARGEST_LOG_SCALE), out[:, moved:]
