"""The training loop: the same bytes from the same seed, stoppable after any step and resumable from any checkpoint.

Batches come from a feed, whose order is a function of the seed; all noise comes from one generator whose state is
saved, or, where a step is cut into parts, from one for each (seed, step, part). The parts' gradients are added in their
order, so that it does not matter which process took which. The weights that are kept are a running average (Polyak &
Juditsky 1992), at the step where the bound on validation objects was best.
"""

__all__ = ["Progress", "Trained", "Training"]

import contextlib
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gausscape.errors import ConfigurationError, DivergenceError
from gausscape.modality import Autoencoder, Modality, Tensors
from gausscape.space.durable import fault_point
from gausscape.training.batch_loss import BatchLoss
from gausscape.training.device import carry, choose_device, moved
from gausscape.training.feed import Feed, MemoryFeed
from gausscape.training.group import Alone, Group
from gausscape.training.machine import count_operations, fast_products, suits_bfloat16
from gausscape.training.objective import Elbo
from gausscape.training.optimising import make_optimiser
from gausscape.training.schedule import Schedule
from gausscape.training.seeds import mix_seeds

DIVERGED_STEPS = 10
MOST_SETBACKS = 2
AVERAGED_STEPS = 8
CLIP = 50.0


@dataclass(frozen=True)
class Progress:
    """Where a training stands: given to the reporter after each evaluation and now and then between.

    Args:
        step, steps: Done and planned.
        loss: Recent mean loss, nats.
        divergence: Recent mean divergence, nats.
        live: Axes that carry at least 0.02 nats.
        bound: Latest bound on validation objects, nats (None before the first, or without validation objects).
    """

    step: int
    steps: int
    loss: float
    divergence: float
    live: int
    bound: float | None = None


@dataclass
class Trained:
    """How a training went.

    Args:
        steps: Steps done.
        best_step: Step whose averaged weights were kept.
        history: One row an evaluation: step, loss, divergence, bound.
        stopped_early: Whether patience ran out before the planned steps.
    """

    steps: int
    best_step: int
    history: list[dict[str, float]]
    stopped_early: bool


@dataclass
class Training:
    """One training under way: everything that a checkpoint must hold, and nothing else.

    Args:
        networks: Trained in place; on another device than the processor, a copy there (see `networks_at_home`).
        modality: Presents the batches.
        fitted: Objects to fit: tensors, or a feed of them.
        validation: Objects that stop the fit; may be empty.
        objective, schedule, seed: What to maximise, how, and with which randomness.
        group: The processes that share this training; each holds all of it.

    Raises:
        ConfigurationError: If a step cannot be cut into its parts, the parts cannot be dealt out to the processes, or
            there is no such device.
    """

    networks: Autoencoder
    modality: Modality
    fitted: Tensors | Feed
    validation: Tensors
    objective: Elbo
    schedule: Schedule
    seed: int
    group: Group = field(default_factory=Alone)
    step: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    best_step: int = 0
    best_bound: float = -math.inf
    waited: int = 0

    def __post_init__(self):
        self.device = choose_device(self.schedule.device)
        self.feed = self.fitted if isinstance(self.fitted, Feed) else MemoryFeed(self.fitted, seed=self.seed)
        operations = count_operations(self.networks, self.modality, self.feed.first(1))
        self.steps = self.schedule.length(self.feed.objects, round(operations * self.objective.work))
        self.is_mixed = self.schedule.is_mixed(operations, is_suited=suits_bfloat16(self.networks), device=self.device)
        self.shards = self.schedule.shards or self.group.size
        self.batch = self._whole_batch(self.schedule.batch_size(self.feed.objects))
        if self.device.type != "cpu":
            # Together: they may share constants.
            self.networks, self.modality = moved((self.networks, self.modality), self.device)
            self.feed = self.feed.placed(self.device)
        self.optimiser, named = make_optimiser(self.networks, self.schedule, self.steps)
        self.names, self.parameters = list(named), list(named.values())
        self.loss = BatchLoss(self.networks, self.modality, self.objective, self.device, self.is_mixed)
        # To ask a GPU for the loss of each step would have it wait for the answer.
        self.looks_late = self.device.type != "cpu"
        self.generator = torch.Generator(self.device).manual_seed(mix_seeds(self.seed, 2))
        self.average = [parameter.detach().clone() for parameter in self.parameters]
        self.best = [parameter.detach().clone() for parameter in self.parameters]
        self._losses: list[float] = []
        self._divergences: list[Tensor] = []
        self._unseen: list[Tensor] = []
        self._first_loss: float | None = None
        self._high = 0
        self.setbacks: list[str] = []

    def _whole_batch(self, size: int) -> int:
        self.group.own(self.shards)
        if size < self.shards:
            raise ConfigurationError(
                f"A step needs at least one object in each of its parts, but schedule.shards is {self.shards} and a step has "
                f"{size} objects. Take fewer shards, or a larger batch."
            )
        averaging = [name for name, each in self.networks.named_modules() if getattr(each, "track_running_stats", False)]
        if self.shards > 1 and averaging:
            raise ConfigurationError(
                f"schedule.shards={self.shards} needs layers that keep nothing from one batch to the next, but {averaging[0]} "
                "keeps running statistics. Use group or layer normalisation, or shards=1."
            )
        return size - size % self.shards

    def run(self, *, after_step: Callable[["Training"], None], report: Callable[[Progress], None]) -> Trained:
        """Train to the end (or from a restored state to the end); the networks then hold the weights that are kept.

        Raises:
            DivergenceError: If the loss or a gradient leaves the finite numbers, or the loss explodes.
        """
        with fast_products(self.device):
            return self._run(after_step, report)

    def _run(self, after_step: Callable[["Training"], None], report: Callable[[Progress], None]) -> Trained:
        self.networks.train()
        every = max(1, self.steps // self.schedule.evaluations)
        while self.step < self.steps and not self._is_done():
            if self.step % every == 0:
                # Before a step, not after one: who loses another here still holds a whole state.
                self._check_together()
            self._one_step()
            if self.step % every == 0 or self.step == self.steps:
                self._evaluate()
                report(self.progress())
            elif self.step % 25 == 0:
                report(self.progress())
            fault_point("step")
            after_step(self)
        _fill(self.parameters, self.best)
        self.networks.eval()
        return Trained(self.step, self.best_step, self.history, self.step < self.steps)

    def _is_done(self) -> bool:
        return self.waited >= self.schedule.patience

    def progress(self) -> Progress:
        """Where the training stands."""
        self._catch_up()
        recent = torch.stack(self._divergences[-25:]).mean(0) if self._divergences else torch.zeros(1)
        loss = float(np.mean(self._losses[-25:])) if self._losses else math.nan
        bound = self.history[-1].get("bound") if self.history else None
        return Progress(self.step, self.steps, loss, float(recent.sum()), int((recent > 0.02).sum()), bound)

    def _one_step(self) -> None:
        loss, divergence = self._take_gradients()
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        total = torch.nn.utils.get_total_norm(gradients, foreach=True)
        if not self.looks_late:
            self._refuse_infinite(float(loss), total)
        # Only now: clipping by a norm of NaN would make every gradient NaN.
        torch.nn.utils.clip_grads_with_norm_(self.parameters, CLIP, total, foreach=True)
        if self.looks_late:
            self._unseen.append(torch.stack([loss, total]))
        else:
            self._see(float(loss))
        slowed = 0.5 ** len(self.setbacks)
        for group in self.optimiser.param_groups:
            group["lr"] = slowed * self.schedule.rate(self.step, self.steps) * group.get("pace", 1.0)
        self.optimiser.step()
        self.step += 1
        if self.step % AVERAGED_STEPS == 0 or self.step == self.steps:
            self._update_average()
        self._divergences.append(divergence)
        del self._divergences[:-100]

    def _refuse_infinite(self, value: float, total: Tensor) -> None:
        if not math.isfinite(value):
            self._diverged(f"the loss is {value}")
        if not math.isfinite(float(total)):
            # In order of the forward pass: backwards, NaN spreads from the last of them to all before it.
            culprits = [
                name
                for name, parameter in self.networks.named_parameters()
                if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all())
            ]
            self._diverged(f"the gradient of {culprits[-1] if culprits else 'the whole network'} is not finite")

    def _see(self, value: float) -> None:
        self._watch(value)
        self._losses.append(value)
        del self._losses[:-100]

    def _catch_up(self) -> None:
        """Look at the losses that nobody has looked at yet.

        Asked with every report, evaluation and checkpoint, so that a divergence is told at most 25 steps late, and never
        after weights were kept or saved.
        """
        unseen, self._unseen = self._unseen, []
        setbacks = len(self.setbacks)
        for number, (value, norm) in enumerate(torch.stack(unseen).tolist() if unseen else [], start=self.step - len(unseen)):
            if not math.isfinite(value) or not math.isfinite(norm):
                infinite = f"the loss is {value}" if not math.isfinite(value) else "the gradient of the whole network is not finite"
                self._diverged(infinite, number)
            self._see(value)
            if len(self.setbacks) > setbacks:
                return  # the losses after it are those of the weights that were given up

    def batch_at(self, step: int, feed: Feed | None = None) -> Tensors:
        """The objects of a step, on the device; of another feed if one is given."""
        return carry((feed or self.feed).batch(step, self.batch), self.device)

    def _take_gradients(self) -> tuple[Tensor, Tensor]:
        """Set the parameters' gradients; the loss and the mean divergence by axis come back."""
        batch = self.batch_at(self.step)
        if self.shards > 1:
            return self._add_gradients(batch)
        loss, divergence = self.loss(batch, self.generator, self.step / self.steps)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        return loss.detach(), divergence

    def _add_gradients(self, batch: Tensors) -> tuple[Tensor, Tensor]:
        objects = self.batch // self.shards

        def take(part: int) -> Tensor:
            # From numbers alone: whoever takes this part, after whatever resume, draws the same noise.
            generator = torch.Generator(self.device).manual_seed(mix_seeds(self.seed, 6, self.step, part))
            rows = slice(part * objects, (part + 1) * objects)
            own = {name: values[rows] for name, values in batch.items()}
            loss, divergence = self.loss(own, generator, self.step / self.steps)
            gradients = torch.autograd.grad(loss, self.parameters, materialize_grads=True)
            return torch.cat([loss.detach()[None], divergence, *(gradient.flatten() for gradient in gradients)])

        mean = self.group.add(take(part) for part in self.group.own(self.shards)) / self.shards
        sizes = [parameter.numel() for parameter in self.parameters]
        loss, divergence, *gradients = mean.split([1, self.networks.latent, *sizes])
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            # In the parameter's own memory format, which the fused optimiser relies on.
            parameter.grad = torch.empty_like(parameter).copy_(gradient.view(parameter.shape))
        return loss[0], divergence.clone()

    def _update_average(self) -> None:
        # Early on the average follows closely: the full decay from the start would remember the initial weights.
        decay = min(self.schedule.average**AVERAGED_STEPS, self.step / (10 * AVERAGED_STEPS + self.step))
        with torch.no_grad():
            for average, parameter in zip(self.average, self.parameters, strict=True):
                average.lerp_(parameter, 1 - decay)

    def _watch(self, loss: float) -> None:
        if self._first_loss is None:
            self._first_loss = loss
        self._high = self._high + 1 if loss > 100 * abs(self._first_loss) + 1000 else 0
        if self._high >= DIVERGED_STEPS:
            cause = f"the loss rose from {self._first_loss:.4g} to {loss:.4g}"
            if len(self.setbacks) >= MOST_SETBACKS:
                self._diverged(cause)
            self._step_back(cause)

    def _step_back(self, cause: str) -> None:
        """Go back to the best weights with fresh moments and half the rate; said in `setbacks`, never silently."""
        self.setbacks.append(
            f"at step {self.step} {cause}: training went back to the weights of step {self.best_step} and on with "
            f"{self.schedule.learning_rate * 0.5 ** (len(self.setbacks) + 1):.2g} as its largest rate"
        )
        _fill(self.parameters, self.best)
        _fill(self.average, self.best)
        self.optimiser.state.clear()
        # The gradients at hand are those of the weights that were given up.
        self.optimiser.zero_grad(set_to_none=True)
        self._high = 0

    def _diverged(self, cause: str, step: int | None = None) -> None:
        rate, step = self.schedule.learning_rate, self.step if step is None else step
        kept = f"the weights of step {self.best_step} are kept" if self.best_step else "no good step came before"
        raise DivergenceError(
            f"Training needs finite, falling losses, but at step {step} of {self.steps} {cause}; {kept}. "
            f"Try schedule.learning_rate <= {min(rate / 4, 2e-3):.2g} (it is {rate:g}), or a larger warm_up."
        )

    def _evaluate(self) -> None:
        self._catch_up()
        row = {"step": float(self.step), "loss": float(np.mean(self._losses[-25:])), "divergence": self.progress().divergence}
        if len(next(iter(self.validation.values()))):
            with self.averaged():
                row["bound"] = self.loss.bound(self.validation, torch.Generator(self.device).manual_seed(mix_seeds(self.seed, 4)))
            if not math.isfinite(row["bound"]):
                self._diverged(f"the bound on validation objects is {row['bound']}")
            warm = self.step / self.steps >= self.objective.warm_up
            if row["bound"] > self.best_bound or not warm:
                self.best_bound, self.best_step, self.waited = row["bound"], self.step, 0
                self._keep()
            else:
                self.waited += 1
        else:
            self.best_step = self.step
            self._keep()
        self.history.append(row)

    def _check_together(self) -> None:
        if self.group.size > 1:
            digest = hashlib.sha256(b"".join(average.cpu().numpy().tobytes() for average in self.average)).hexdigest()
            self.group.check_equal({"sha256": digest}, f"weights at step {self.step}")

    def _keep(self) -> None:
        _fill(self.best, self.average)

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """In here the networks hold the running average, ready to be used; afterwards training goes on as if nothing were."""
        current = [parameter.detach().clone() for parameter in self.parameters]
        _fill(self.parameters, self.average)
        self.networks.eval()
        try:
            yield
        finally:
            _fill(self.parameters, current)
            self.networks.train()

    def networks_at_home(self) -> Autoencoder:
        """The networks on the processor, where all that comes after a training is done."""
        return self.networks if self.device.type == "cpu" else moved(self.networks, torch.device("cpu"))

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Everything needed to go on with the same bytes: a JSON-able document and arrays."""
        self._catch_up()
        arrays: dict[str, np.ndarray] = {"generator": self.generator.get_state().numpy()}
        for name, tensor in self.networks.state_dict().items():
            arrays[f"network/{name}"] = tensor.cpu().numpy()
        moments = self.optimiser.state_dict()["state"]
        for number, name in enumerate(self.names):
            arrays[f"average/{name}"] = self.average[number].cpu().numpy()
            arrays[f"best/{name}"] = self.best[number].cpu().numpy()
            for key, value in moments.get(number, {}).items():
                arrays[f"optimiser/{name}/{key}"] = value.cpu().numpy()
        if self._divergences:
            arrays["recent_divergences"] = torch.stack(self._divergences).cpu().numpy()
        document = {
            "step": self.step,
            "history": [dict(row) for row in self.history],
            "best_step": self.best_step,
            "best_bound": self.best_bound if math.isfinite(self.best_bound) else None,
            "waited": self.waited,
            "recent_losses": list(self._losses),
            "first_loss": self._first_loss,
            "high": self._high,
            "setbacks": list(self.setbacks),
        }
        return document, {name: np.array(array) for name, array in arrays.items()}

    def restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Go back to a state of the same training."""
        self.generator.set_state(torch.from_numpy(arrays["generator"]))
        own = self.networks.state_dict()
        self.networks.load_state_dict({name: torch.from_numpy(arrays[f"network/{name}"]) for name in own})
        state: dict[int, dict[str, Tensor]] = {}
        for number, name in enumerate(self.names):
            self.average[number] = torch.from_numpy(arrays[f"average/{name}"]).to(self.device)
            self.best[number] = torch.from_numpy(arrays[f"best/{name}"]).to(self.device)
            prefix = f"optimiser/{name}/"
            moments = {key[len(prefix) :]: torch.from_numpy(array) for key, array in arrays.items() if key.startswith(prefix)}
            if moments:
                state[number] = moments
        self.optimiser.load_state_dict({"state": state, "param_groups": self.optimiser.state_dict()["param_groups"]})
        self.step, self.history = document["step"], list(document["history"])
        self.best_step, self.waited = document["best_step"], document["waited"]
        self.best_bound = -math.inf if document["best_bound"] is None else document["best_bound"]
        self._losses, self._first_loss, self._high = list(document["recent_losses"]), document["first_loss"], document["high"]
        self.setbacks = list(document["setbacks"])
        self._unseen = []
        recent = arrays.get("recent_divergences")
        self._divergences = [] if recent is None else list(torch.from_numpy(recent).to(self.device))


def _fill(targets: Sequence[Tensor], sources: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for target, source in zip(targets, sources, strict=True):
            target.copy_(source)
