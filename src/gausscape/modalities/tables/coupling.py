"""The likelihood of a row whose numbers, given the code, still lean on each other and on its categories."""

__all__ = ["Coupled"]

from typing import final

import torch
from torch import Tensor, nn

from gausscape.likelihoods import LearnedGaussian, Likelihood, Product


@final
class Coupled(Likelihood):
    """Normal scores that follow what the cells before them turned out to be; all other cells independent given the code.

    A short code leaves something of every column out, and what it leaves out of two columns is correlated. Score i has
    the mean o_i + sum_j B_ij (x_j - m_j) with o the decoder's output, m the expected cells and B strictly lower triangular among
    the scores: a linear regression on the residuals of the cells before, which is any covariance of Gaussian residuals
    (Pourahmadi 1999, eq. 2). Then the joint tails of two columns are right even where the code knows neither exactly.

    A cell that can be unobserved moves no other; the expected cells stay those of the decoder.

    Args:
        parts: The blocks; the first holds the scores.
        sources: Which cells are always observed, (cells,) of 0 and 1; None for all. Kept with the weights.

    Example:
        >>> law = Coupled([LearnedGaussian(2, shared=False)])
        >>> with torch.no_grad():
        ...     _ = law.coupling[1, 0].fill_(0.5)
        >>> noise = torch.tensor([[1.0, 0.0]])
        >>> law.drawn(torch.zeros(1, 2), noise).detach().round(decimals=1)  # the second follows half of the first
        tensor([[1.0000, 0.5000]])
    """

    sources: Tensor
    before: Tensor

    def __init__(self, parts: list[Likelihood], *, sources: Tensor | None = None):
        super().__init__()
        first = parts[0]
        if not isinstance(first, LearnedGaussian):
            raise TypeError(f"Coupling needs scores in the first block, but got a {type(first).__name__}.")
        self.inner = Product(parts)
        self.scores = first
        self.cells, self.outputs = self.inner.cells, self.inner.outputs
        self.coupling = nn.Parameter(torch.zeros(first.cells, self.cells))
        self.register_buffer("sources", torch.ones(self.cells) if sources is None else sources.float())
        before = torch.ones(first.cells, self.cells)
        before[:, : first.cells] = torch.tril(before[:, : first.cells], -1)
        self.register_buffer("before", before, persistent=False)

    @property
    def words(self) -> str:
        return f"coupled {self.inner.words}"

    @property
    def chooses(self) -> bool:
        return self.inner.chooses

    def _matrix(self, dtype: torch.dtype) -> Tensor:
        return (self.coupling * self.before * self.sources).to(dtype)

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        residual = cells - self.inner.mean(output)
        if observed is not None:
            residual = residual * (observed > 0)
        shift = residual @ self._matrix(output.dtype).T
        k = self.scores.cells
        return self.inner.log_likelihood(torch.cat([output[:, :k] + shift, output[:, k:]], -1), cells, observed)

    def mean(self, output: Tensor) -> Tensor:
        return self.inner.mean(output)

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        k = self.scores.cells
        cells = self.inner.drawn(output, noise)
        matrix = self._matrix(output.dtype)
        residual = (cells - self.inner.mean(output))[:, k:]
        own = cells[:, :k] - output[:, :k] + residual @ matrix[:, k:].T
        # r = own + B r with B strictly lower triangular: one substitution, row by row.
        unit = torch.eye(k, dtype=output.dtype) - matrix[:, :k]
        joint = torch.linalg.solve_triangular(unit, own.T, upper=False, unitriangular=True).T
        return torch.cat([output[:, :k] + joint, cells[:, k:]], -1)

    def drawn_given(self, output: Tensor, cells: Tensor, observed: Tensor, noise: Tensor) -> Tensor:
        """As `drawn`, given the cells (n, cells) that are observed: scores follow the residuals of observed ones on both sides.

        A joint draw r* is moved to what was observed by r_h = r*_h - P_hh^-1 P_ho (r_o - r*_o), P the precision of the scores'
        residuals given the other cells (Matheron's rule; Doucet 2010).
        """
        k = self.scores.cells
        cells, noise, expected = cells.double(), noise.double(), self.inner.mean(output).double()
        other = torch.where(observed[:, k:] > 0, cells[:, k:], self.inner.drawn(output, noise.to(output.dtype))[:, k:].double())
        matrix, std = self._matrix(torch.float64), self.scores.std.double()
        unit = torch.eye(k, dtype=torch.float64) - matrix[:, :k]
        own = std * noise[:, :k] + (other - expected[:, k:]) @ matrix[:, k:].T
        joint = torch.linalg.solve_triangular(unit, own.T, upper=False, unitriangular=True).T
        here = observed[:, :k].double()
        away = here * (cells[:, :k] - output[:, :k].double() - joint)
        precision = (unit / std[:, None]).T @ (unit / std[:, None])
        hidden = torch.diag_embed(1 - here)
        step = torch.linalg.solve(hidden @ precision @ hidden + torch.diag_embed(here), -(1 - here) * (away @ precision))
        scores = torch.where(here > 0, cells[:, :k], output[:, :k].double() + joint + step)
        return torch.cat([scores, other], -1).to(output.dtype)

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        # The residual of a real row is correlated already.
        return self.inner.renoise(output, residual, generator)

    def information(self, output: Tensor) -> Tensor:
        found = self.inner.information(output)
        k = self.scores.cells
        unit = torch.eye(k, dtype=output.dtype) - self._matrix(output.dtype)[:, :k]
        precision = ((unit / self.scores.std.to(output.dtype)[:, None]) ** 2).sum(0)
        return torch.cat([precision.expand(len(output), -1), found[:, k:]], -1)

    def scaled_tangent(self, output: Tensor, tangent: Tensor) -> Tensor:
        # How a category's own logit moves the scores that lean on it is left out: it is small beside what it moves itself.
        k = self.scores.cells
        found = self.inner.scaled_tangent(output, tangent)
        unit = torch.eye(k, dtype=output.dtype) - self._matrix(output.dtype)[:, :k]
        joint = tangent[..., :k] @ unit.T / self.scores.std.to(output.dtype)
        return torch.cat([joint, found[..., k:]], -1)

    def initial_output(self, cells: Tensor) -> Tensor:
        return self.inner.initial_output(cells)

    def start_at(self, cells: Tensor) -> None:
        self.inner.start_at(cells)

    def journeys(self) -> list[tuple[nn.Parameter, float]]:
        return self.inner.journeys()
