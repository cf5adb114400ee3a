"""The adversarial loop: generator against discriminator, watched by a guard; the same bytes from the same seed."""

__all__ = ["AdversarialTraining"]

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gausscape.errors import DivergenceError
from gausscape.modality import Modality, Tensors
from gausscape.training.gan.discriminator import Discriminator
from gausscape.training.gan.guard import CollapseWarning, Guard
from gausscape.training.gan.objective import Adversarial
from gausscape.training.loop import Progress
from gausscape.training.machine import fast_products
from gausscape.training.schedule import Schedule
from gausscape.training.seeds import mix_seeds

MOST_SETBACKS = 2
PENALTY_EVERY = 8
MOMENTS = (0.5, 0.99)
CLIP = 50.0


class AdversarialTraining:
    """Trains a generator against a discriminator.

    The weights that are kept are a running average (Yazici et al. 2019), at the evaluation where the harmonic mean of
    precision and recall on the guard's held-out objects was best. On collapse both networks go back to that state and
    on with half the rate; after the second setback the next collapse ends the training, and `collapsed` says so.

    Args:
        generator: From z to cells; trained in place.
        discriminator: From cells to logits.
        kind: Presents batches.
        tensors: Fitted objects.
        guard: Watches on objects that are not fitted.
        latent: Coordinates of z.
        objective: The losses.
        schedule: Steps, batch, rate, average and evaluations; patience and the rest are not used.
        seed: Of batches, z and noise.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: Discriminator,
        *,
        kind: Modality,
        tensors: Tensors,
        guard: Guard,
        latent: int,
        objective: Adversarial,
        schedule: Schedule,
        seed: int,
    ):
        self.generator, self.discriminator, self.kind, self.tensors = generator, discriminator, kind, tensors
        self.guard, self.latent, self.objective, self.schedule = guard, latent, objective, schedule
        self.objects = len(next(iter(tensors.values())))
        self.batch = schedule.batch_size(self.objects)
        self.steps = schedule.length(self.objects)
        self.random = torch.Generator().manual_seed(mix_seeds(seed, 21))
        self.watching = torch.randn(guard.objects, latent, generator=torch.Generator().manual_seed(mix_seeds(seed, 22)))
        self.average = [value.detach().clone() for value in generator.parameters()]
        self.unit = self._unit()
        self.step, self.history, self.setbacks, self.collapsed = 0, [], [], False
        self._kept = self._state()
        self._kept_step = 0
        self._losses: list[tuple[float, float]] = []
        self._start()

    def _unit(self) -> float:
        """Standard deviation of the cells, over all of them: the unit of noise and penalty."""
        cells, observed = self._real(torch.arange(min(self.objects, 1024)))
        centre = cells.mean(0) if observed is None else (cells * observed).sum(0) / observed.sum(0).clamp_min(1)
        squares = (cells - centre).square()
        mean = squares.mean() if observed is None else (squares * observed).sum() / observed.sum().clamp_min(1)
        return max(float(mean.sqrt()), 1e-6)

    def _start(self) -> None:
        """Fresh optimisers, at the rate that is left after the setbacks so far."""
        rate = self.schedule.learning_rate * 0.5 ** len(self.setbacks)
        self.makes = torch.optim.Adam(self.generator.parameters(), lr=rate, betas=MOMENTS)
        self.tells = torch.optim.Adam(
            self.discriminator.parameters(), lr=rate * self.objective.discriminator_rate, betas=MOMENTS
        )

    def run(self, *, report: Callable[[Progress], None]) -> None:
        """Train to the end; the generator then holds the weights that are kept.

        Raises:
            DivergenceError: If a loss leaves the finite numbers.
        """
        every = max(1, self.steps // self.schedule.evaluations)
        self.generator.train()
        self.discriminator.train()
        with fast_products():
            while self.step < self.steps and not self.collapsed:
                self._one_step()
                if self.step % every == 0 or self.step == self.steps:
                    self._evaluate()
                    report(self.progress())
        self._go_back()
        self.generator.eval()

    def progress(self) -> Progress:
        """Where the training stands; the loss is the generator's, and there is no divergence."""
        recent = [made for _, made in self._losses[-25:]]
        return Progress(self.step, self.steps, float(np.mean(recent)) if recent else math.nan, 0.0, self.latent, None)

    def _real(self, rows: Tensor) -> tuple[Tensor, Tensor | None]:
        _, targets = self.kind.present({name: values[rows] for name, values in self.tensors.items()}, None)
        return targets["cells"].float(), targets.get("observed")

    def _noisy(self, cells: Tensor) -> Tensor:
        size = self.objective.noise(self.step / self.steps) * self.unit
        return cells + size * torch.randn(cells.shape, generator=self.random) if size else cells

    def _one_step(self) -> None:
        rows = torch.randint(self.objects, (self.batch,), generator=self.random)
        real, observed = self._real(rows)
        z = torch.randn(self.batch, self.latent, generator=self.random)
        told = self._step_discriminator(real, observed, z)
        generated = self.discriminator(self._noisy(self.generator(z)), observed)
        made = self.objective.generator_loss(generated)
        self.makes.zero_grad(set_to_none=True)
        made.backward()
        nn.utils.clip_grad_norm_(self.generator.parameters(), CLIP)
        self.makes.step()
        self.step += 1
        self._follow()
        losses = float(told), float(made.detach())
        if not all(map(math.isfinite, losses)):
            raise DivergenceError(
                f"Adversarial training needs finite losses, but at step {self.step} of {self.steps} the discriminator's is "
                f"{losses[0]} and the generator's {losses[1]}. Try schedule.learning_rate <= {self.schedule.learning_rate / 4:.2g}, "
                "or a larger objective.penalty."
            )
        self._losses.append(losses)
        del self._losses[:-100]

    def _step_discriminator(self, real: Tensor, observed: Tensor | None, z: Tensor) -> Tensor:
        with torch.no_grad():
            generated = self._noisy(self.generator(z))
        is_penalised = bool(self.objective.penalty) and self.step % PENALTY_EVERY == 0
        real = self._noisy(real).requires_grad_(is_penalised)
        score = self.discriminator(real, observed)
        loss = self.objective.discriminator_loss(score, self.discriminator(generated, observed))
        whole = loss
        if is_penalised:
            # Now and then with more weight is as good as always (Karras et al. 2020, section 3.1, lazy regularisation).
            (slope,) = torch.autograd.grad(score.sum(), real, create_graph=True)
            squares = slope.square().sum(-1).mean() * self.unit**2
            whole = loss + 0.5 * self.objective.penalty * PENALTY_EVERY * squares
        self.tells.zero_grad(set_to_none=True)
        whole.backward()
        nn.utils.clip_grad_norm_(self.discriminator.parameters(), CLIP)
        self.tells.step()
        return loss.detach()

    def _follow(self) -> None:
        # Early on the average follows closely: the full decay from the start would remember the first weights.
        decay = min(self.schedule.average, self.step / (10 + self.step))
        with torch.no_grad():
            for average, value in zip(self.average, self.generator.parameters(), strict=True):
                average.lerp_(value, 1 - decay)

    def _evaluate(self) -> None:
        current = [value.detach().clone() for value in self.generator.parameters()]
        _fill(self.generator, self.average)
        self.generator.eval()
        with torch.no_grad():
            cells = self.generator(self.watching)
        self.generator.train()
        _fill(self.generator, current)
        if not bool(torch.isfinite(cells).all()):
            raise DivergenceError(
                f"Adversarial training needs finite generated cells, but at step {self.step} of {self.steps} some are not. "
                f"Try schedule.learning_rate <= {self.schedule.learning_rate / 4:.2g}."
            )
        found = self.guard.measure(cells.numpy())
        told, made = np.mean(self._losses[-25:], axis=0).tolist()
        row = {"step": float(self.step), "discriminator_loss": told, "generator_loss": made}
        self.history.append(row | {"precision": found.precision, "recall": found.recall, "spread": found.spread})
        lost = self.guard.collapse(found, self.step / self.steps)
        if lost is not None:
            self._set_back(lost)
        elif self.guard.is_better(found):
            self._kept, self._kept_step = self._state(), self.step

    def _set_back(self, lost: str) -> None:
        """Back to the best state, on with half the rate; said by name, never silently."""
        if len(self.setbacks) >= MOST_SETBACKS:
            self.collapsed = True
            words = (
                f"at step {self.step} {lost}, for the third time: training ended, and step {self._kept_step} is kept"
            )
        else:
            words = (
                f"at step {self.step} {lost}: training went back to step {self._kept_step} and on with half the rate"
            )
        self.setbacks.append(words)
        warnings.warn(f"Mode collapse: {words}.", CollapseWarning, stacklevel=2)
        if not self.collapsed:
            current = self.step
            self._go_back()
            self.step = current  # the budget is spent all the same
            self._start()

    def _state(self) -> dict[str, Any]:
        return {
            "generator": [value.detach().clone() for value in self.generator.parameters()],
            "average": [value.clone() for value in self.average],
            "discriminator": [value.detach().clone() for value in self.discriminator.parameters()],
        }

    def _go_back(self) -> None:
        """To the best state: the generator stands at its average."""
        _fill(self.generator, self._kept["average"])
        _fill(self.discriminator, self._kept["discriminator"])
        self.average = [value.clone() for value in self._kept["average"]]

    @property
    def kept_step(self) -> int:
        """The step whose weights are kept."""
        return self._kept_step


def _fill(module: nn.Module, sources: list[Tensor]) -> None:
    with torch.no_grad():
        for target, source in zip(module.parameters(), sources, strict=True):
            target.copy_(source)
