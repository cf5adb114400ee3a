"""What a decoder's output means: the law of the observed cells given the output.

A decoder gives a tensor `output` (n, outputs); the data are `cells` (n, cells). A likelihood scores cells under an
output, gives the mean cell, draws cells, and gives the Fisher information of each output (for pull-back lengths).
Every log-likelihood is a proper one: nats for each object, constants included.
"""

__all__ = [
    "Bernoulli",
    "Categorical",
    "ContinuousBernoulli",
    "DiscretisedLogistic",
    "GradedGaussian",
    "Likelihood",
    "LearnedGaussian",
    "Product",
    "find_likelihood",
]

import abc
import math
import re

import torch
from torch import Tensor, nn
from torch.nn import functional

from gausscape.errors import ConfigurationError
from gausscape.gaussian import LOG_2_PI

FAR = 1e3
MOST_ROWS = 512
FIRST_SHARE = 0.6


class Likelihood(nn.Module, abc.ABC):
    """The law of `cells` observed values given a decoder's output.

    Attributes:
        cells: Number of observed values of an object.
        outputs: Number of decoder outputs that it needs.
    """

    cells: int
    outputs: int

    @property
    def words(self) -> str:
        """What it is called: log-likelihoods compare only between spaces where these words are the same."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(self).__name__)

    @property
    def chooses(self) -> bool:
        """Whether an expected object is no object: a category is one of its levels, not a mixture of them."""
        return False

    @abc.abstractmethod
    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        """Log-likelihood of cells (n, cells), nats, shape (n,); where `observed` (n, cells) is 0 the cell is left out."""

    def log_likelihood_of_pairs(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        """Log-likelihood of each of n objects under each of m outputs, nats, shape (n, m).

        Args:
            output: Shape (m, outputs).
            cells: Shape (n, cells).
            observed: 1 for the cells that count, (n, cells).

        Example:
            >>> law = Bernoulli(2)
            >>> law.log_likelihood_of_pairs(torch.zeros(3, 2), torch.ones(1, 2))
            tensor([[-1.3863, -1.3863, -1.3863]])
        """
        columns = [self.log_likelihood(one.expand(len(cells), -1), cells, observed) for one in output]
        return torch.stack(columns, dim=1)

    @abc.abstractmethod
    def mean(self, output: Tensor) -> Tensor:
        """Expected cells, shape (n, cells)."""

    @abc.abstractmethod
    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        """The draw that standard normal noise decides: equal noise at near outputs gives near cells, or equal categories.

        Args:
            output: Shape (n, outputs).
            noise: Independent standard normal numbers, (n, cells).

        Returns:
            Cells, shape (n, cells): a function of both arguments and of nothing else.
        """

    def drawn_given(self, output: Tensor, cells: Tensor, observed: Tensor, noise: Tensor) -> Tensor:
        """The draw that noise decides, given the cells that are observed; here cells are independent given the output.

        Args:
            output: Shape (n, outputs).
            cells: Shape (n, cells).
            observed: 1 for the cells that are known, (n, cells); they come back as they are.
            noise: Independent standard normal numbers, (n, cells).
        """
        return torch.where(observed > 0, cells, self.drawn(output, noise))

    def sample(self, output: Tensor, generator: torch.Generator) -> Tensor:
        """One draw of the cells, shape (n, cells)."""
        noise = torch.randn((len(output), self.cells), generator=generator, dtype=output.dtype)
        return self.drawn(output, noise)

    @abc.abstractmethod
    def information(self, output: Tensor) -> Tensor:
        """Diagonal Fisher information of each output, shape (n, outputs)."""

    def scaled_tangent(self, output: Tensor, tangent: Tensor) -> Tensor:
        """A vector whose squared norm is t' I t, the squared Fisher length of a tangent t at the output, in nats.

        A small step eps t of the output changes the law by KL = eps^2 / 2 times that square (Kullback 1959, section 2.6).

        Args:
            output: Shape (n, outputs).
            tangent: Directions of change of the output, shape (n, outputs), or several for each, (..., n, outputs).

        Returns:
            Shape (..., n, k), one entry an output here.

        Example:
            >>> law = Bernoulli(2)  # an information of 1/4 at logit 0
            >>> law.scaled_tangent(torch.zeros(1, 2), torch.tensor([[6.0, 8.0]])).norm(dim=-1)
            tensor([5.])
        """
        # The floor keeps the gradient of the root finite where an output is so sure that nothing can be learned there.
        return self.information(output).clamp_min(torch.finfo(output.dtype).tiny).sqrt() * tangent

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        """An observation at `output` with the noise of another object; here a draw of its own, where noise cannot be added.

        Args:
            output: Shape (n, outputs).
            residual: Cells less expected cells of the other objects, (n, cells); 0 where a cell was not observed.
            generator: Of what the residual leaves open.

        Returns:
            Cells, shape (n, cells).

        Example:
            >>> law = LearnedGaussian(2)
            >>> law.renoise(torch.zeros(1, 2), torch.tensor([[0.5, -0.5]]), torch.Generator())
            tensor([[ 0.5000, -0.5000]])
        """
        return self.sample(output, generator)

    def initial_output(self, cells: Tensor) -> Tensor:
        """The constant output that suits typical cells (n, cells): where a decoder's last bias should start."""
        return torch.zeros(self.outputs)

    def initial_spread(self, cells: Tensor) -> float | None:
        """Standard deviation that a new decoder's outputs should have about their mean; None to leave them as they come."""
        return None

    def start_at(self, cells: Tensor) -> None:
        """Let training start from what typical cells (n, cells) suggest; by default there is nothing to set."""
        return

    def journeys(self) -> list[tuple[nn.Parameter, float]]:
        """Parameters that training must be able to bring a long way, each with how far, in its own units; often none."""
        return []


class Bernoulli(Likelihood):
    """Cells in {0, 1}; the outputs are logits.

    Grey cells in [0, 1] are scored as the expectation over binary draws, x log p + (1 - x) log(1 - p).

    Args:
        cells: Number of cells.
        grey: Whether cells between 0 and 1 are legal: then noise may be added to them.

    Example:
        >>> law = Bernoulli(2)
        >>> law.log_likelihood(torch.zeros(1, 2), torch.ones(1, 2))
        tensor([-1.3863])
    """

    def __init__(self, cells: int, *, grey: bool = True):
        super().__init__()
        self.cells = self.outputs = cells
        self.grey = grey

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        if observed is None:
            return (cells * output - functional.softplus(output)).sum(-1)
        return ((cells * output - functional.softplus(output)) * observed).sum(-1)

    def log_likelihood_of_pairs(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        # Linear in the cells: one product of matrices for all pairs.
        if observed is None:
            return cells @ output.T - functional.softplus(output).sum(-1)
        return (cells * observed) @ output.T - observed @ functional.softplus(output).T

    def mean(self, output: Tensor) -> Tensor:
        return torch.sigmoid(output)

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        return (torch.special.ndtr(-noise) < torch.sigmoid(output)).to(output.dtype)

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        """The residual added; where only 0 and 1 are legal, the cell at the rank that the other's had under its own law."""
        expected = torch.sigmoid(output)
        if self.grey:
            return (expected + residual).clamp(0, 1)
        # A 1 leaves the residual 1 - p and had a rank below p, a 0 leaves -p and had one above.
        uniform = torch.rand(output.shape, generator=generator, dtype=output.dtype)
        rank = torch.where(residual > 0, uniform * (1 - residual), uniform * (1 + residual) - residual)
        return (rank < expected).to(output.dtype)

    def information(self, output: Tensor) -> Tensor:
        probability = torch.sigmoid(output)
        return probability * (1 - probability)

    def initial_output(self, cells: Tensor) -> Tensor:
        return torch.logit(cells.mean(0).clamp(0.002, 0.998))


class ContinuousBernoulli(Likelihood):
    """Cells in [0, 1] with density C(p) p^x (1-p)^(1-x) (Loaiza-Ganem & Cunningham 2019, 1907.06845); outputs are logits.

    Example:
        >>> law = ContinuousBernoulli(1)
        >>> round(float(law.log_likelihood(torch.zeros(1, 1), torch.full((1, 1), 0.3))), 6)  # uniform at logit 0
        0.0
    """

    def __init__(self, cells: int):
        super().__init__()
        self.cells = self.outputs = cells

    @staticmethod
    def _log_normaliser(output: Tensor) -> Tensor:
        # log C as a function of the logit l: log(l / (1 - e^-l)) + softplus(-l) with C(p) p^x (1-p)^(1-x)
        # = exp(x l) * l / (e^l - 1). Near 0 a series avoids 0/0: log(l / (e^l - 1)) = -l/2 - l^2/24 + ...
        small = output.abs() < 0.05
        safe = torch.where(small, torch.ones_like(output), output)
        magnitude = safe.abs()
        direct = torch.log(magnitude) - torch.log(-torch.expm1(-magnitude)) - functional.relu(safe)
        return torch.where(small, -output / 2 - output**2 / 24, direct)

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        terms = cells * output + self._log_normaliser(output)
        return (terms if observed is None else terms * observed).sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        small = output.abs() < 0.05
        safe = torch.where(small, torch.ones_like(output), output)
        direct = 1 / (1 - torch.exp(-safe)) - 1 / safe
        return torch.where(small, 0.5 + output / 12, direct)

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        uniform = torch.special.ndtr(noise)
        small = output.abs() < 1e-3
        safe = torch.where(small, torch.ones_like(output), output)
        # Inverse of F(x) = expm1(l x) / expm1(l), written so that neither sign overflows.
        positive = torch.log(uniform + (1 - uniform) * torch.exp(-safe.abs())) / safe.abs() + 1
        negative = -torch.log1p(uniform * torch.expm1(-safe.abs())) / safe.abs()
        draw = torch.where(safe > 0, positive, negative)
        return torch.where(small, uniform, draw).clamp(0, 1)

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        return (self.mean(output) + residual).clamp(0, 1)

    def information(self, output: Tensor) -> Tensor:
        # Variance of the exponential family: 1/l^2 - 1/(4 sinh^2(l/2)); 1/12 at 0.
        small = output.abs() < 0.05
        safe = torch.where(small, torch.ones_like(output), output)
        return torch.where(small, torch.full_like(output, 1 / 12), 1 / safe**2 - 0.25 / torch.sinh(safe.clamp(-60, 60) / 2) ** 2)


class LearnedGaussian(Likelihood):
    """Real cells with one learned standard deviation, shared or one a cell (Rybkin et al. 2021, sigma-VAE).

    Args:
        cells: Number of cells.
        shared: One scale for all cells (images) or one each (tables).
        floor: Smallest standard deviation; without it duplicated values give an infinite likelihood (Mattei & Frellsen 2018).

    Example:
        >>> law = LearnedGaussian(3)
        >>> law.log_likelihood(torch.zeros(1, 3), torch.zeros(1, 3)).shape
        torch.Size([1])
    """

    def __init__(self, cells: int, *, shared: bool = True, floor: float = 0.01):
        super().__init__()
        self.cells = self.outputs = cells
        self.floor = floor
        self.log_std = nn.Parameter(torch.zeros(1 if shared else cells))
        self._journey = 0.0

    @property
    def std(self) -> Tensor:
        """Standard deviation of the noise, shape (1,) or (cells,), in the units of the cells."""
        return self.floor + torch.exp(self.log_std)

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        std = self.std
        squares = (cells - output) ** 2
        if observed is None and std.numel() == 1:
            return -0.5 * squares.sum(-1) / std**2 - self.cells * (0.5 * LOG_2_PI + torch.log(std))
        terms = -0.5 * (squares / std**2 + LOG_2_PI) - torch.log(std)
        return (terms if observed is None else terms * observed).sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        return output

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        return output + self.std * noise

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        return output + residual

    def information(self, output: Tensor) -> Tensor:
        return (1 / self.std**2).expand_as(output)

    def initial_output(self, cells: Tensor) -> Tensor:
        return cells.mean(0)

    def initial_spread(self, cells: Tensor) -> float:
        return float((cells - cells.mean(0)).double().square().mean().sqrt())

    def start_at(self, cells: Tensor) -> None:
        """Start the noise high: its std is 0.6 times that of the cells along their strongest direction.

        A direction of variance l is coded only while w std^2 < l, with w the weight of the divergence (Lucas et al. 2019,
        1911.02469, section 4). Noise that starts near l and comes down slowly lets one direction after another come in,
        as in deterministic annealing (Rose 1998, section II). The share was found on drawings with known causes: from
        0.5 down, distances follow the causes less well; from 0.7 up, a short training can lose all axes for good.

        Args:
            cells: Some fitted objects, shape (n, cells).

        Example:
            >>> law = LearnedGaussian(2)
            >>> law.start_at(torch.tensor([[0.0, 0.5], [2.0, 0.5]]))
            >>> round(law.log_std.exp().item(), 4)
            0.6
        """
        some = cells[:: -(-len(cells) // MOST_ROWS)].double()
        some = some - some.mean(0)
        # The largest eigenvalue of the covariance, from the rows: there may be far more cells.
        strongest = float(torch.linalg.eigvalsh(some @ some.T / len(some))[-1])
        first = max(FIRST_SHARE * math.sqrt(max(strongest, 0.0)), self.floor)
        with torch.no_grad():
            self.log_std.fill_(math.log(first))
        self._journey = math.log(first / self.floor)

    def journeys(self) -> list[tuple[nn.Parameter, float]]:
        return [(self.log_std, self._journey)] if self._journey else []


class DiscretisedLogistic(Likelihood):
    """Cells on a grid of `levels` values in [0, 1]: the mass that a logistic law puts on each bin (Salimans et al. 2017).

    The output is the location; the scale is learned and shared. The two outer bins take the tails.

    Example:
        >>> law = DiscretisedLogistic(1, levels=2)
        >>> output = torch.full((1, 1), 0.2)
        >>> total = sum(law.log_likelihood(output, torch.full((1, 1), x)).exp() for x in (0.0, 1.0))
        >>> round(total.item(), 5)
        1.0
    """

    def __init__(self, cells: int, *, levels: int = 256):
        super().__init__()
        self.cells = self.outputs = cells
        self.levels = levels
        self.log_scale = nn.Parameter(torch.tensor([-2.0]))

    @property
    def scale(self) -> Tensor:
        """Scale of the logistic law, shape (1,); its standard deviation is pi/sqrt(3) times this."""
        return 1e-3 + torch.exp(self.log_scale)

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        half = 0.5 / (self.levels - 1)
        scale = self.scale
        upper = (cells + half - output) / scale
        lower = (cells - half - output) / scale
        # log(sigmoid(upper) - sigmoid(lower)) without cancellation, far in either tail.
        inner = functional.logsigmoid(upper) + functional.logsigmoid(-lower) + torch.log(-torch.expm1(lower - upper))
        terms = torch.where(
            cells < half, functional.logsigmoid(upper), torch.where(cells > 1 - half, functional.logsigmoid(-lower), inner)
        )
        return (terms if observed is None else terms * observed).sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        # E clamp(X, 0, 1) = integral of P(X > t) over [0, 1], up to half a level.
        scale = self.scale
        return scale * (functional.softplus(output / scale) - functional.softplus((output - 1) / scale))

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        # logit(Phi(noise)), by the two logarithms that keep their digits in either tail.
        logistic = torch.special.log_ndtr(noise) - torch.special.log_ndtr(-noise)
        draw = output + self.scale * logistic
        return (draw.clamp(0, 1) * (self.levels - 1)).round() / (self.levels - 1)

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        shifted = (self.mean(output) + residual).clamp(0, 1)
        return (shifted * (self.levels - 1)).round() / (self.levels - 1)

    def information(self, output: Tensor) -> Tensor:
        # Location information of a logistic law whose tails, of mass `low` and `high`, are seen as two lumps.
        half, scale = 0.5 / (self.levels - 1), self.scale
        low, high = torch.sigmoid((half - output) / scale), torch.sigmoid((output - 1 + half) / scale)
        inner = ((1 - 2 * low) ** 3 + (1 - 2 * high) ** 3) / 6
        return (inner + low * (1 - low) ** 2 + high * (1 - high) ** 2) / scale**2

    def initial_output(self, cells: Tensor) -> Tensor:
        return cells.mean(0)


class Categorical(Likelihood):
    """One column with k levels as k one-hot cells; the outputs are logits.

    Example:
        >>> law = Categorical(4)
        >>> law.log_likelihood(torch.zeros(1, 4), torch.eye(4)[:1])
        tensor([-1.3863])
    """

    def __init__(self, levels: int):
        super().__init__()
        self.cells = self.outputs = levels

    @property
    def chooses(self) -> bool:
        return True

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        terms = cells * functional.log_softmax(output, -1)
        return (terms if observed is None else terms * observed).sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        return torch.softmax(output, -1)

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        """The level of the largest noisy logit (Gumbel 1954; Maddison et al. 2014): each level answers to its own noise.

        A level whose logit rises is never given up for another, as it could be if one number cut through all of them.
        """
        gumbel = -torch.log(-torch.special.log_ndtr(noise.double()))
        levels = (output.double() + gumbel).argmax(-1)
        return functional.one_hot(levels, self.cells).to(output.dtype)

    def information(self, output: Tensor) -> Tensor:
        probability = torch.softmax(output, -1)
        return probability * (1 - probability)

    def scaled_tangent(self, output: Tensor, tangent: Tensor) -> Tensor:
        # I = diag(p) - p p': the logits are known up to a constant, which the mean over the levels takes out.
        probability = torch.softmax(output, -1)
        centred = tangent - (probability * tangent).sum(-1, keepdim=True)
        return probability.clamp_min(torch.finfo(output.dtype).tiny).sqrt() * centred

    def initial_output(self, cells: Tensor) -> Tensor:
        return torch.log(cells.mean(0).clamp_min(1e-3))


class GradedGaussian(Likelihood):
    """Ordered cells with few distinct values: the mass that a normal law puts on the interval of each (ordered probit).

    P(interval k) = Phi((b_k - output) / std) - Phi((a_k - output) / std), one learned std a cell (McKelvey & Zavoina 1975).
    A density on repeated values would be unbounded; this mass is not, and its nats compare with those of categories.

    Args:
        cuts: Increasing scores between neighbouring grades, one list a cell; a cell with m cuts has m + 1 grades.
        floor: Smallest standard deviation.

    Example:
        >>> law = GradedGaussian([[-1.0, 1.0], [0.0]])
        >>> output = torch.tensor([[0.3, -0.2]])
        >>> grades = [torch.tensor([[first, second]]) for first in (-2.0, 0.0, 2.0) for second in (-1.0, 1.0)]
        >>> round(sum(law.log_likelihood(output, cells).exp() for cells in grades).item(), 5)
        1.0
    """

    EDGE = 1e4
    bounds: Tensor
    lowest: Tensor
    highest: Tensor

    def __init__(self, cuts: list[list[float]], *, floor: float = 0.02):
        super().__init__()
        self.cells = self.outputs = len(cuts)
        self.floor = floor
        self.log_std = nn.Parameter(torch.zeros(len(cuts)))
        width = max(len(row) for row in cuts)
        bounds = torch.full((len(cuts), width + 2), self.EDGE)
        bounds[:, 0] = -self.EDGE
        for bound, row in zip(bounds, cuts, strict=True):
            bound[1 : len(row) + 1] = torch.tensor(row)
        self.register_buffer("bounds", bounds, persistent=False)
        # Mean of a standard normal beyond the outermost cuts, phi / Phi: where a typical value of an end grade lies.
        ends = torch.tensor([[row[0], -row[-1]] for row in cuts], dtype=torch.float64)
        typical = torch.exp(-0.5 * ends**2 - 0.5 * LOG_2_PI - torch.special.log_ndtr(ends)).float()
        self.register_buffer("lowest", -typical[:, 0], persistent=False)
        self.register_buffer("highest", typical[:, 1], persistent=False)

    @property
    def std(self) -> Tensor:
        """Standard deviation of the score, shape (cells,)."""
        return self.floor + torch.exp(self.log_std)

    @property
    def chooses(self) -> bool:
        return True

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        bounds = self.bounds.to(output.dtype)
        upper = torch.searchsorted(bounds, cells.T.contiguous().to(output.dtype)).clamp(1, bounds.shape[1] - 1)
        std = self.std
        # Beyond some 10,000 deviations torch's gradient of log Phi is wrong in single precision.
        high = ((bounds.gather(1, upper).T - output) / std).clamp(-FAR, FAR)
        low = ((bounds.gather(1, upper - 1).T - output) / std).clamp(-FAR, FAR)
        # Work in the lower tail, where log Phi keeps its digits; the floor keeps log(1 - e^gap) finite.
        mirrored = low + high > 0
        outer, inner = torch.where(mirrored, -low, high), torch.where(mirrored, -high, low)
        log_outer = torch.special.log_ndtr(outer)
        gap = (torch.special.log_ndtr(inner) - log_outer).clamp_max(-1e-6)
        terms = log_outer + torch.log(-torch.expm1(gap))
        return (terms if observed is None else terms * observed).sum(-1)

    def mean(self, output: Tensor) -> Tensor:
        """The output, kept within the typical scores of the end grades: beyond the last cut it may grow without meaning."""
        return torch.minimum(torch.maximum(output, self.lowest.to(output.dtype)), self.highest.to(output.dtype))

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        """A grade drawn from its mass, and in its interval a score at the rank that the draw has there, as in the data."""
        bounds, std = self.bounds.double(), self.std.double()
        centre = output.double()
        draw = centre + std * noise.double()
        upper = torch.searchsorted(bounds, draw.T.contiguous()).clamp(1, bounds.shape[1] - 1)
        high, low = bounds.gather(1, upper).T, bounds.gather(1, upper - 1).T

        def between(first: Tensor, last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            """Mass below each in the tail where digits are kept, and which tail that is."""
            sign = torch.where(first > 0, -1.0, 1.0)
            return sign, torch.special.ndtr(sign * first), torch.special.ndtr(sign * last)

        # Where in its interval the draw stands, by mass under its own law, in [0, 1].
        sign, first, last = between((low - centre) / std, (high - centre) / std)
        at = torch.special.ndtr(sign * (draw - centre) / std)
        rank = ((at - first) / (last - first).where(last != first, torch.ones_like(at))).clamp(0, 1)
        # The same rank among the standard normal scores of the interval, which is where data of that grade lie.
        sign, first, last = between(low, high)
        mass = (first + rank * (last - first)).clamp_min(1e-300)
        return (sign * torch.special.ndtri(mass)).to(output.dtype)

    def information(self, output: Tensor) -> Tensor:
        # sum over grades of (dP/d output)^2 / P.
        std = self.std[:, None]
        scaled = (self.bounds.to(output.dtype) - output[..., None]) / std
        mass = torch.special.ndtr(scaled).diff(dim=-1)
        slope = (torch.exp(-0.5 * scaled**2 - 0.5 * LOG_2_PI) / std).diff(dim=-1)
        return torch.where(mass > 1e-12, slope**2 / mass.clamp_min(1e-12), torch.zeros_like(mass)).sum(-1)

    def initial_output(self, cells: Tensor) -> Tensor:
        return cells.mean(0)


class Product(Likelihood):
    """Independent blocks side by side: the columns of a table, each with its own likelihood.

    Example:
        >>> law = Product([LearnedGaussian(2, shared=False), Categorical(3)])
        >>> law.cells, law.outputs
        (5, 5)
        >>> law.words
        'Learned Gaussian and Categorical'
    """

    def __init__(self, blocks: list[Likelihood]):
        super().__init__()
        self.parts = nn.ModuleList(blocks)
        self.cells = sum(block.cells for block in blocks)
        self.outputs = sum(block.outputs for block in blocks)
        self._cell_sizes = [block.cells for block in blocks]
        self._output_sizes = [block.outputs for block in blocks]

    @property
    def blocks(self) -> list[Likelihood]:
        """The likelihood of each block, in order."""
        return [part for part in self.parts if isinstance(part, Likelihood)]

    @property
    def words(self) -> str:
        return " and ".join(dict.fromkeys(block.words for block in self.blocks))

    @property
    def chooses(self) -> bool:
        # A black-and-white picture with an expected grey pixel is still a picture; a half-ticked box is no row of a table.
        return any(block.chooses or isinstance(block, Bernoulli) for block in self.blocks)

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        masks = [None] * len(self.parts) if observed is None else observed.split(self._cell_sizes, -1)
        parts = zip(self.blocks, output.split(self._output_sizes, -1), cells.split(self._cell_sizes, -1), masks, strict=True)
        return torch.stack([block.log_likelihood(out, own, mask) for block, out, own, mask in parts]).sum(0)

    def _each(self, method: str, output: Tensor, *arguments) -> Tensor:
        parts = zip(self.blocks, output.split(self._output_sizes, -1), strict=True)
        return torch.cat([getattr(block, method)(part, *arguments) for block, part in parts], -1)

    def mean(self, output: Tensor) -> Tensor:
        return self._each("mean", output)

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        parts = zip(self.blocks, output.split(self._output_sizes, -1), noise.split(self._cell_sizes, -1), strict=True)
        return torch.cat([block.drawn(own, numbers) for block, own, numbers in parts], -1)

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        parts = zip(self.blocks, output.split(self._output_sizes, -1), residual.split(self._cell_sizes, -1), strict=True)
        return torch.cat([block.renoise(own, noise, generator) for block, own, noise in parts], -1)

    def information(self, output: Tensor) -> Tensor:
        return self._each("information", output)

    def scaled_tangent(self, output: Tensor, tangent: Tensor) -> Tensor:
        parts = zip(self.blocks, *(each.split(self._output_sizes, -1) for each in (output, tangent)), strict=True)
        return torch.cat([block.scaled_tangent(own, change) for block, own, change in parts], -1)

    def initial_output(self, cells: Tensor) -> Tensor:
        parts = zip(self.blocks, cells.split(self._cell_sizes, -1), strict=True)
        return torch.cat([block.initial_output(part) for block, part in parts])

    def start_at(self, cells: Tensor) -> None:
        for block, part in zip(self.blocks, cells.split(self._cell_sizes, -1), strict=True):
            block.start_at(part)

    def journeys(self) -> list[tuple[nn.Parameter, float]]:
        return [journey for block in self.blocks for journey in block.journeys()]


IMAGE_LIKELIHOODS = {
    "bernoulli": Bernoulli,
    "continuous-bernoulli": ContinuousBernoulli,
    "gaussian": LearnedGaussian,
    "discretised-logistic": DiscretisedLogistic,
}


def find_likelihood(name: object, cells: int) -> Likelihood:
    """The likelihood of one homogeneous block of cells, by its name.

    Args:
        name: "bernoulli", "continuous-bernoulli", "gaussian" or "discretised-logistic".
        cells: Number of cells.

    Raises:
        ConfigurationError: If there is none of that name.

    Example:
        >>> find_likelihood("gaussian", 64).outputs
        64
    """
    if not isinstance(name, str) or name not in IMAGE_LIKELIHOODS:
        raise ConfigurationError(
            f"A likelihood needs one of the names {', '.join(IMAGE_LIKELIHOODS)}, but got {name!r}. Choose one of these."
        )
    return IMAGE_LIKELIHOODS[name](cells)
