"""What is handed on of a graph exactly: number of nodes, sum of squared degrees, number of edges, each beside those before it."""

__all__ = ["MOST_MEASURES", "ExactMeasures", "varying_measures"]

import torch
from torch import Tensor, nn

from gausscape.modality import Tensors

MOST_MEASURES = 3
LEAST_VARIATION = 1e-3
FAR = 4.0


class ExactMeasures(nn.Module):
    """Standardised measures of a graph, the same under any names of its nodes, of which no number needs to be learned.

    The first is the number of nodes. The second, what the sum of squared degrees is beyond what that number lets expect,
    grows with every edge of a hub far more than with one between leaves; the third, what the number of edges is beyond
    both, counts rings. Squared degrees and edges together are the trace of the squared Laplacian, so that a change of its
    spectrum is not missed. Far from the fit the second and third grow as a logarithm.

    Args:
        measures: How many, 0 to 3.
        size: Mean and unit of the number of nodes.
    """

    centre: Tensor
    turn: Tensor

    def __init__(self, measures: int, *, size: tuple[float, float]):
        super().__init__()
        self.measures, self.size = measures, size
        self.register_buffer("centre", torch.zeros(measures, dtype=torch.float64))
        self.register_buffer("turn", torch.eye(measures, dtype=torch.float64))

    def forward(self, inputs: Tensors, dtype: torch.dtype) -> Tensor:
        """Shape (n, measures)."""
        told = _measures(inputs)[:, : self.measures]
        centre, unit = self.size
        beyond = (told - self.centre.double()) @ self.turn.double().T
        far = beyond.abs() / FAR
        tamed = torch.where(far > 1, beyond.sign() * FAR * (1 + far.clamp_min(1).log()), beyond)
        return torch.cat([(told[:, :1] - centre) / unit, tamed[:, 1:]], -1).to(dtype)

    def start_at(self, inputs: Tensors) -> None:
        """Take from each measure what those before it tell, and bring the rest to a spread of one, over these graphs."""
        if not self.measures:
            return
        told = _measures(inputs)[:, : self.measures]
        self.centre.copy_(told.mean(0))
        rest = _rest(told)
        spread = rest.std(0, correction=0)
        # rest = centred @ turn.T, where turn is a triangle.
        turn = torch.linalg.lstsq(
            told - told.mean(0), rest / spread.clamp_min(LEAST_VARIATION), driver="gelsd"
        ).solution
        self.turn.copy_(turn.T)


def varying_measures(inputs: Tensors) -> int:
    """How many of the measures tell these graphs apart, counted up to the first that says nothing new, 0 to 3."""
    told = _measures(inputs)
    varies = _rest(told).std(0, correction=0) > LEAST_VARIATION * (1 + told.mean(0).abs())
    return int(varies.long().cumprod(0).sum())


def _measures(inputs: Tensors) -> Tensor:
    """(number of nodes, sum of squared degrees, number of edges), whole numbers, (n, 3); no directions, no self-loops."""
    edges = inputs["edges"] > 0
    degrees = (edges | edges.transpose(1, 2)).sum(2).double()
    return torch.stack([(inputs["types"] > 0).sum(1).double(), degrees.square().sum(1), degrees.sum(1) / 2], 1)


def _rest(told: Tensor) -> Tensor:
    """Each column centred, less what those before it tell linearly."""
    columns: list[Tensor] = []
    for column in (told - told.mean(0)).T:
        for other in columns:
            column = column - other * ((column @ other) / (other @ other).clamp_min(1e-12))
        columns.append(column)
    return torch.stack(columns, 1)
