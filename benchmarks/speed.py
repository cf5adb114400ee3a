"""How fast is a fit, beside its rivals and beside what the machine allows?

Objects trained on per CPU second (user + system) and per second of the clock. Contestants take turns in every round, so
that a noisy machine disturbs all alike; medians [least, most], and the ratio within each round to the first of each table.

- "Demo's network": a YAML in the terms of Keras, batches of 128, through gausscape and in TensorFlow; the same network in
  plain torch modules and a plain loop; and oneDNN's own kernels alone for these shapes, forward and backward, in both
  precisions: nothing else of a step, so no training in that precision can reach it.
- "Default image network": the product's loop against a bare one (no order, average, checks, evaluation), with the same
  matrix products and with torch's.
- "pythae's network": its default one in its own trainer and in the product's loop.
- "Tables": the default network of a mixed table against TVAE's loop (ctgan), rows presented, preparation left out.

    python benchmarks/speed.py [--rounds 3] [--threads 1] [--rivals-python PATH]

TensorFlow and pythae run in processes of their own, in the interpreter of --rivals-python (this one, if it is left out).
A rival that is not installed is named as not measured. About two minutes on a quiet machine.
"""

import argparse
import contextlib
import importlib.util
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional

import gausscape as gs
from gausscape.modality import Autoencoder, Modality, Tensors, find_modality
from gausscape.training.loop import Training
from gausscape.training.machine import count_operations, fast_products, suits_bfloat16

BATCH = 256
DEMO_BATCH = 128
DEMO: dict[str, Any] = {
    "encoder": {"filters": [32, 64], "kernel_sizes": [3, 3], "activations": ["relu", "relu"], "strides": [2, 2]},
    "decoder": {
        "reshape": [7, 7, 64],
        "filters": [64, 32, 1],
        "kernel_sizes": [3, 3, 3],
        "activations": ["relu", "relu", "sigmoid"],
        "strides": [2, 2, 1],
    },
}
SHAPES = ((1, 32, 28, 2), (32, 64, 14, 2), (64, 64, 14, 2), (32, 64, 28, 2), (1, 32, 28, 1))
"""Channels, filters, side and stride of the demo's convolutions; the last three are transposed."""

Contest = Callable[[], tuple[float, float, int]]
"""Trains once: CPU seconds, wall seconds, objects."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rivals-python", default=sys.executable)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    images = gs.load_data("mnist-5k").values
    modality = find_modality("images").infer(images)
    tensors = modality.to_tensors(images)

    def networks(latent: int, architecture: Any) -> Autoencoder:
        torch.manual_seed(0)
        return modality.networks(latent, size=50_000, architecture=architecture, tensors=tensors)

    with contextlib.ExitStack() as stack:
        contests = {
            "gausscape, the YAML": ours(modality, lambda: networks(2, DEMO), tensors, steps=60, batch=DEMO_BATCH),
            "plain torch modules and loop": plain_convolutions(tensors, steps=25),
        }
        add_rival(stack, contests, "TensorFlow, the same YAML", "tensorflow", options, objects=60 * DEMO_BATCH)
        contests["limit: oneDNN alone, float32"] = kernels(torch.float32)
        contests["limit: oneDNN alone, bfloat16"] = kernels(torch.bfloat16)
        show("Demo's network (images)", contests, options.rounds)

        contests = {
            "gausscape's loop": ours(modality, lambda: networks(2, None), tensors, steps=400, batch=BATCH),
            "bare loop, same products": bare(modality, lambda: networks(2, None), tensors, steps=400, is_plain=False),
            "bare loop, torch's products": bare(modality, lambda: networks(2, None), tensors, steps=200, is_plain=True),
        }
        show("Default image network (images)", contests, options.rounds)

        own = (PythaeEncoder, pythae_decoder)
        contests = {
            "gausscape's loop": ours(
                modality, lambda: networks(16, tuple(make() for make in own)), tensors, steps=400, batch=BATCH
            ),
        }
        add_rival(stack, contests, "pythae's trainer", "pythae", options, objects=10 * 5120)
        show("pythae's network (images)", contests, options.rounds)

    table = mixed_table(3000)
    kind = find_modality("tables").infer(table)
    rows = kind.to_tensors(table)
    schedule = gs.Schedule(**kind.suggested_schedule(50_000))
    contests = {
        "gausscape, default": ours(
            kind, lambda: kind.networks(8, size=50_000, tensors=rows), rows, steps=200, batch=schedule.batch
        )
    }
    if importlib.util.find_spec("ctgan"):
        contests["TVAE (ctgan)"] = tvae(table)
    else:
        print("ctgan is not installed, so TVAE was not measured")
    show("Tables (rows)", contests, options.rounds)


def show(title: str, contests: dict[str, Contest], rounds: int) -> None:
    """Run every contestant once a round; print rates, and the ratios of the first to the others."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contests}
    for _ in range(rounds):
        for name, train in contests.items():
            cpu, wall, objects = train()
            found[name].append((objects / cpu, objects / wall))
    print(f"\n{title:<32} {'per CPU-s':>26} {'per second':>26} {'first / this, CPU':>22}")
    first = next(iter(found.values()))
    for name, rates in found.items():
        ratios = [mine[0] / theirs[0] for mine, theirs in zip(first, rates, strict=True)]
        cells = [_spread([rate[part] for rate in rates], ",.0f") for part in (0, 1)]
        print(
            f"{name:<32} {cells[0]:>26} {cells[1]:>26} {_spread(ratios, '.3f') if rates is not first else '':>22}",
            flush=True,
        )


def _spread(values: list[float], form: str) -> str:
    return f"{statistics.median(values):{form}} [{min(values):{form}}, {max(values):{form}}]"


def _timed(run: Callable[[], None], objects: int) -> tuple[float, float, int]:
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return time.process_time() - cpu, time.perf_counter() - wall, objects


def ours(modality: Modality, make: Callable[[], Autoencoder], tensors: Tensors, *, steps: int, batch: int) -> Contest:
    """The product's loop, with its averages, checks and evaluations."""
    held_out = {name: values[:350] for name, values in tensors.items()}
    # One evaluated object to 57 presented ones, as in a default fit of MNIST (20 times 2,000 to 2.4 million).
    evaluations = max(1, steps * batch // 20_000)

    def train() -> tuple[float, float, int]:
        # The first steps generate the machine's kernels, which the rivals have behind them as well.
        started(2, held_out).run(after_step=_discard, report=_discard)
        training = started(steps, {name: values[: steps * batch // 57] for name, values in held_out.items()})
        return _timed(lambda: _discard(training.run(after_step=_discard, report=_discard)), steps * training.batch)

    def started(length: int, validation: Tensors) -> Training:
        schedule = gs.Schedule(steps=length, batch=batch, evaluations=evaluations, patience=1000)
        return Training(make(), modality, tensors, validation, gs.Elbo(), schedule, 0)

    return train


def _discard(anything: object) -> None:
    return None


def bare(
    modality: Modality, make: Callable[[], Autoencoder], tensors: Tensors, *, steps: int, is_plain: bool
) -> Contest:
    """The least a loop can do with this network: with torch's own products, or with those that ours takes."""

    def train() -> tuple[float, float, int]:
        networks = make()
        operations = count_operations(networks, modality, tensors)
        is_mixed = not is_plain and gs.Schedule().is_mixed(operations, is_suited=suits_bfloat16(networks))
        optimiser = torch.optim.AdamW(networks.parameters(), lr=2e-3, fused=True)
        generator = torch.Generator().manual_seed(0)
        rows = len(next(iter(tensors.values())))

        def run() -> None:
            for step in range(steps):
                start = step * BATCH % (rows - BATCH)
                batch = {name: values[start : start + BATCH] for name, values in tensors.items()}
                inputs, targets = modality.present(batch, generator)
                with torch.autocast("cpu", torch.bfloat16, enabled=is_mixed):
                    posterior = networks.encode(inputs)
                    z = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
                    output = networks.decoder(z).float()
                score = networks.likelihood.log_likelihood(output, targets["cells"])
                _descend((posterior.divergence_from_standard() - score).mean(), networks, optimiser)

        with contextlib.nullcontext() if is_plain else fast_products():
            return _timed(run, steps * BATCH)

    return train


def _descend(loss: torch.Tensor, networks: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(networks.parameters(), 50.0)
    optimiser.step()


def plain_convolutions(tensors: Tensors, *, steps: int) -> Contest:
    """The demo's network as a torch user writes it down, in a plain loop over tensors in memory."""
    grey = tensors["pixels"].float().reshape(-1, 1, 28, 28) / 255

    def train() -> tuple[float, float, int]:
        torch.manual_seed(0)
        encoder = nn.Sequential(
            *(
                nn.Conv2d(1, 32, 3, 2, 1),
                nn.ReLU(),
                nn.Conv2d(32, 64, 3, 2, 1),
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(3136, 4),
            )
        )
        decoder = nn.Sequential(
            *(nn.Linear(2, 3136), nn.Unflatten(1, (64, 7, 7)), nn.ConvTranspose2d(64, 64, 3, 2, 1, 1), nn.ReLU()),
            *(nn.ConvTranspose2d(64, 32, 3, 2, 1, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 3, 1, 1)),
        )
        both = nn.ModuleList([encoder, decoder])
        optimiser = torch.optim.Adam(both.parameters(), lr=1e-3)

        def run() -> None:
            for step in range(steps):
                start = step * DEMO_BATCH % (len(grey) - DEMO_BATCH)
                x = torch.bernoulli(grey[start : start + DEMO_BATCH])
                mean, log_std = encoder(x).chunk(2, -1)
                z = mean + log_std.exp() * torch.randn_like(mean)
                scores = functional.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum")
                divergence = 0.5 * (mean**2 + (2 * log_std).exp() - 1 - 2 * log_std).sum()
                optimiser.zero_grad()
                ((scores + divergence) / len(x)).backward()
                optimiser.step()

        return _timed(run, steps * DEMO_BATCH)

    return train


def kernels(kind: torch.dtype) -> Contest:
    """oneDNN's convolutions of the demo's shapes: forward, and both halves of the backward pass."""
    halves, work = torch.ops.aten.convolution_backward, []
    for number, (channels, filters, side, stride) in enumerate(SHAPES):
        x = torch.rand(DEMO_BATCH, channels, side, side).to(kind).to(memory_format=torch.channels_last)
        weight = torch.rand(filters, channels, 3, 3).to(kind)
        out = (
            torch.rand(DEMO_BATCH, filters, side // stride, side // stride)
            .to(kind)
            .to(memory_format=torch.channels_last)
        )
        if number < 2:
            settings = (None, [stride, stride], [1, 1], [1, 1], False, [0, 0], 1)
            work.append(lambda x=x, weight=weight, stride=stride: functional.conv2d(x, weight, None, stride, 1))
            # Nobody needs the gradient of the pixels.
            work.append(lambda a=(out, x, weight, *settings), first=number == 0: halves(*a, [not first, True, False]))
        else:
            extra = stride - 1
            settings = (None, [stride, stride], [1, 1], [1, 1], True, [extra, extra], 1)
            work.append(lambda o=out, w=weight, s=stride, e=extra: functional.conv_transpose2d(o, w, None, s, 1, e))
            work.append(lambda a=(x, out, weight, *settings): halves(*a, [True, True, False]))

    def train() -> tuple[float, float, int]:
        def run() -> None:
            for _ in range(15):
                for part in work:
                    part()

        return _timed(run, 15 * DEMO_BATCH)

    return train


class PythaeEncoder(nn.Module):
    """pythae's default encoder for flat data: one hidden layer of 512."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(784, 512), nn.ReLU())
        self.mean, self.log_std = nn.Linear(512, 16), nn.Linear(512, 16)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.hidden(pixels)
        return self.mean(features), self.log_std(features)


def pythae_decoder() -> nn.Module:
    """pythae's default decoder for flat data; its last sigmoid belongs to our likelihood."""
    return nn.Sequential(nn.Linear(16, 512), nn.ReLU(), nn.Linear(512, 784))


def add_rival(
    stack: contextlib.ExitStack,
    contests: dict[str, Contest],
    title: str,
    name: str,
    options: argparse.Namespace,
    *,
    objects: int,
) -> None:
    """A rival in a process of its own, which waits for its turns."""
    probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    if subprocess.run([options.rivals_python, "-c", probe], check=False).returncode:
        print(f"{title} was not measured: {options.rivals_python} has no {name}")
        return
    script = str(Path(__file__).with_name("speed_rivals.py"))
    rival = stack.enter_context(
        subprocess.Popen(
            [options.rivals_python, script, name, str(options.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    )
    assert rival.stdin
    assert rival.stdout
    stack.callback(rival.stdin.close)
    told, heard = rival.stdin, rival.stdout

    def train() -> tuple[float, float, int]:
        told.write(f"{objects}\n")
        told.flush()
        cpu, wall, seen = heard.readline().split()
        return float(cpu), float(wall), int(seen)

    contests[title] = train


def mixed_table(rows: int) -> pd.DataFrame:
    """Twelve columns, a third of them categories, that hang together."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(rows, 3)) @ rng.normal(size=(3, 12)) + 0.5 * rng.normal(size=(rows, 12))
    columns: dict[str, Any] = {f"number {k}": np.round(factors[:, k], 3) for k in range(8)}
    columns |= {f"kind {k}": np.array(list("abcd"))[np.digitize(factors[:, 8 + k], (-1.0, 0.0, 1.0))] for k in range(4)}
    return pd.DataFrame(columns)


def tvae(table: pd.DataFrame) -> Contest:
    """TVAE's own loop with its defaults; timed from its first optimiser step to its last."""
    from ctgan import TVAE
    from torch.optim.optimizer import register_optimizer_step_post_hook

    discrete = [name for name in table if table[name].dtype == object or str(table[name].dtype) in ("str", "string")]

    def train() -> tuple[float, float, int]:
        moments: list[tuple[float, float]] = []

        def note(*_: object) -> None:
            moments.append((time.process_time(), time.perf_counter()))

        hook = register_optimizer_step_post_hook(note)
        model = TVAE(epochs=10, enable_gpu=False)
        try:
            model.fit(table, discrete)
        finally:
            hook.remove()
        (cpu, wall), (last_cpu, last_wall) = moments[0], moments[-1]
        return last_cpu - cpu, last_wall - wall, (len(moments) - 1) * 500

    return train


if __name__ == "__main__":
    main()
