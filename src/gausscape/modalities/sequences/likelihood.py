"""AutoregressiveGaussian: real cells along time whose noise remembers itself, with exact scores also where cells are missing."""

__all__ = ["AutoregressiveGaussian"]

import math

import torch
from torch import Tensor, nn

from gausscape.gaussian import LOG_2_PI
from gausscape.likelihoods import Likelihood

MOST_LINK = 0.99
FIRST_SHARE = 0.6
LINK_JOURNEY = 1.8
MOST_ROWS = 512


class AutoregressiveGaussian(Likelihood):
    """Cells (time, channels) with Gaussian noise of order one: each channel has a scale and a link to the step before.

    The noise of a channel over its standard deviation, e = (x - mean) / std, is stationary:

        e_1 ~ N(0, 1),    e_t given e_(t-k) ~ N(rho^k e_(t-k), 1 - rho^(2k)),

    where t - k is the last step that was observed. Channels are independent given the mean. Were such noise taken as
    independent, a smooth change of the mean would look sqrt((1 + rho) / (1 - rho)) times as detectable as it is.

    Args:
        length: Number of time steps.
        channels: Number of channels; cells are ordered by time first: cell t * channels + c.
        floor: Smallest standard deviation.
        knots: Places in time at which a channel's standard deviation is learned (between them its logarithm is
            linear); 1 for one standard deviation for all times.

    References:
        Box, Jenkins, Reinsel & Ljung 2015, Time Series Analysis, section 3.2 (order one); Jones 1980, Technometrics 22,
        section 2 (likelihood with missing observations).

    Example:
        >>> law = AutoregressiveGaussian(3, 1)
        >>> law.log_likelihood(torch.zeros(1, 3), torch.zeros(1, 3)).shape
        torch.Size([1])
    """

    spread: Tensor

    def __init__(self, length: int, channels: int, *, floor: float = 0.01, knots: int = 1):
        super().__init__()
        self.length, self.channels, self.floor = length, channels, floor
        self.cells = self.outputs = length * channels
        self.log_std = nn.Parameter(torch.zeros(knots, channels))
        self.link = nn.Parameter(torch.zeros(channels))
        self.register_buffer("spread", _interpolation(length, knots), persistent=False)
        self._journeys: list[tuple[nn.Parameter, float]] = []

    @property
    def rho(self) -> Tensor:
        """Correlation of the noise of neighbouring steps, (channels,), within +-0.99."""
        return MOST_LINK * torch.tanh(self.link)

    @property
    def std(self) -> Tensor:
        """Standard deviation of the noise, (length, channels), in the units of the cells."""
        return self.floor + torch.exp(self.spread.to(self.log_std.dtype) @ self.log_std)

    def log_likelihood(self, output: Tensor, cells: Tensor, observed: Tensor | None = None) -> Tensor:
        std, rho = self.std, self.rho
        noise = self._by_time(cells - output) / std
        if observed is None:
            innovation = (noise[..., 1:, :] - rho * noise[..., :-1, :]).square().sum(-2) / (1 - rho**2)
            squares = noise[..., 0, :].square() + innovation
            logs = torch.log(std).sum() + 0.5 * (self.length - 1) * torch.log1p(-(rho**2)).sum()
            return -0.5 * squares.sum(-1) - logs - 0.5 * self.cells * LOG_2_PI
        seen = self._by_time(observed)
        before, gap = _last_seen(seen)
        # The power of a step that nothing precedes is 0 by decree: then the law is the stationary one, N(0, 1).
        first = before < 0
        # A place holder of 1 keeps the gradient finite where the power is thrown away.
        carry = torch.where(
            first, torch.zeros_like(noise), rho ** gap.where(~first, torch.ones_like(gap)).to(noise.dtype)
        )
        previous = torch.gather(noise * seen, -2, before.clamp_min(0))
        variance = 1 - carry**2
        terms = -0.5 * ((noise - carry * previous) ** 2 / variance + torch.log(variance) + LOG_2_PI) - torch.log(std)
        return (terms * seen).sum((-2, -1))

    def mean(self, output: Tensor) -> Tensor:
        return output

    def drawn(self, output: Tensor, noise: Tensor) -> Tensor:
        """The output plus noise of order one, step after step from independent normal numbers."""
        rho = self.rho
        fresh = torch.sqrt(1 - rho**2)
        numbers = self._by_time(noise)
        steps = [numbers[..., 0, :]]
        for t in range(1, self.length):
            steps.append(rho * steps[-1] + fresh * numbers[..., t, :])
        return output + (torch.stack(steps, -2) * self.std).flatten(-2)

    def renoise(self, output: Tensor, residual: Tensor, generator: torch.Generator) -> Tensor:
        return output + residual

    def information(self, output: Tensor) -> Tensor:
        """Diagonal of the inverse covariance: (1 + rho^2) / (1 - rho^2) / std^2, at both ends without the rho^2 above."""
        rho = self.rho
        ends = torch.zeros(self.length, 1, dtype=output.dtype)
        ends[0] += 1
        ends[-1] += 1
        inner = (1 + (1 - ends) * rho**2) / (1 - rho**2) if self.length > 1 else torch.ones_like(self.std)
        return (inner / self.std**2).flatten().to(output.dtype).expand_as(output)

    def scaled_tangent(self, output: Tensor, tangent: Tensor) -> Tensor:
        """The tangent as the noise sees it, white: its squared norm is t' C^-1 t with the full covariance C."""
        rho = self.rho
        scaled = self._by_time(tangent) / self.std
        white = (scaled[..., 1:, :] - rho * scaled[..., :-1, :]) / torch.sqrt(1 - rho**2)
        return torch.cat([scaled[..., :1, :], white], -2).flatten(-2)

    def initial_output(self, cells: Tensor) -> Tensor:
        return cells.mean(0)

    def initial_spread(self, cells: Tensor) -> float:
        """Root of the mean variance of a cell."""
        return float((cells - cells.mean(0)).double().square().mean().sqrt())

    def start_at(self, cells: Tensor) -> None:
        """Start with high noise that has no memory; both come to what the data ask for over the whole training.

        Noise with a long memory looks like the slow changes that the code should hold; it is let in slowly, so that the
        decoder comes first. See `gausscape.likelihoods.LearnedGaussian.start_at` for the height.

        Args:
            cells: Some fitted objects, shape (n, cells).
        """
        some = cells[:: -(-len(cells) // MOST_ROWS)].double()
        some = some - some.mean(0)
        strongest = float(torch.linalg.eigvalsh(some @ some.T / len(some))[-1])
        first = max(FIRST_SHARE * math.sqrt(max(strongest, 0.0)), self.floor)
        with torch.no_grad():
            self.log_std.fill_(math.log(first))
            self.link.zero_()
        self._journeys = [(self.log_std, math.log(first / self.floor)), (self.link, LINK_JOURNEY)]

    def journeys(self) -> list[tuple[nn.Parameter, float]]:
        return [journey for journey in self._journeys if journey[1] > 0]

    def _by_time(self, cells: Tensor) -> Tensor:
        return cells.unflatten(-1, (self.length, self.channels))


def _interpolation(length: int, knots: int) -> Tensor:
    """Weights (length, knots) of linear interpolation between knots that stand evenly from the first step to the last."""
    if knots == 1:
        return torch.ones(length, 1)
    place = torch.linspace(0, knots - 1, length)
    return (1 - (place[:, None] - torch.arange(knots)).abs()).clamp_min(0)


def _last_seen(seen: Tensor) -> tuple[Tensor, Tensor]:
    """(step of the last observation before each step, -1 for none; how many steps ago), each shaped as `seen`."""
    steps = torch.arange(seen.shape[-2])[:, None].expand(seen.shape)
    latest = torch.where(seen > 0, steps, -1).cummax(-2).values
    before = torch.cat([torch.full_like(latest[..., :1, :], -1), latest[..., :-1, :]], -2)
    return before, steps - before
