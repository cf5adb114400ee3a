"""Many categorical columns side by side, scored at once."""

__all__ = ["Choices"]

from typing import final

import torch
from torch import Tensor

from gausscape.likelihoods import Categorical, Likelihood, Product


@final
class Choices(Likelihood):
    """Independent categorical columns as one likelihood: the same figures as one block each, in a few matrix products.

    Scored block by block, twenty columns cost twenty times the calls of one, which for the small networks of a table is most
    of a step. Here the log-sum-exp of all columns is one product with a matrix of zeros and ones.

    Args:
        levels: Number of levels of each column, two or more.

    Example:
        >>> law = Choices([2, 3])
        >>> cells = torch.tensor([[1.0, 0.0, 0.0, 0.0, 1.0]])
        >>> law.log_likelihood(torch.zeros(1, 5), cells)  # -log 2 - log 3
        tensor([-1.7918])
    """

    member: Tensor
    padded: Tensor

    def __init__(self, levels: list[int]):
        super().__init__()
        self.columns = Product([Categorical(count) for count in levels])
        self.cells = self.outputs = sum(levels)
        column = torch.repeat_interleave(torch.arange(len(levels)), torch.tensor(levels))
        # Which column each cell belongs to, (cells, columns), and each column's cells, repeating its first to equal length.
        self.register_buffer("member", torch.nn.functional.one_hot(column, len(levels)).float(), persistent=False)
        starts = torch.tensor(levels).cumsum(0) - torch.tensor(levels)
        places = torch.arange(max(levels))[None].expand(len(levels), -1)
        inside = places < torch.tensor(levels)[:, None]
        self.register_buffer("padded", starts[:, None] + torch.where(inside, places, 0), persistent=False)

    @property
    def words(self) -> str:
        return self.columns.words

    @property
    def chooses(self) -> bool:
        return True

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        member = self.member.to(output.dtype)
        shifted = self._shifted(output, member)
        total = torch.log(torch.exp(shifted) @ member)
        if observed is not None:
            cells = cells * observed
        return (cells * shifted).sum(-1) - ((cells @ member) * total).sum(-1)

    def _shifted(self, output: Tensor, member: Tensor) -> Tensor:
        # Any shift of a column's logits cancels; taking its largest out keeps the exponentials finite.
        with torch.no_grad():
            highest = output.index_select(-1, self.padded.flatten()).unflatten(-1, self.padded.shape).amax(-1)
        return output - highest @ member.T

    def mean(self, output: Tensor) -> Tensor:
        member = self.member.to(output.dtype)
        mass = torch.exp(self._shifted(output, member))
        return mass / ((mass @ member) @ member.T)

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        return self.columns.drawn(output, noise)

    def information(self, output: Tensor) -> Tensor:
        return self.columns.information(output)

    def scaled_tangent(self, output: Tensor, tangent: Tensor) -> Tensor:
        return self.columns.scaled_tangent(output, tangent)

    def initial_output(self, cells: Tensor) -> Tensor:
        return self.columns.initial_output(cells)
