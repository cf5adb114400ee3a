"""What does it cost to share a fit, and is it the same fit?

Steps per second of the training loop on the bundled MNIST images, in one round each, in turns:

- alone: one process, a step in one part, and in two parts;
- torchrun: two processes (gloo on the loopback), a step in two parts;
- the rival: torch's DistributedDataParallel around the same network, optimiser and likelihood in a bare loop, in two processes;
- Ray, if it is installed: two workers of TorchTrainer.

Start-up is told apart: the seconds from starting the processes to their first step. Whatever shared a fit must end with the
weights of the one process with two parts: their SHA-256 is compared. Processes have one thread each; on a machine with
fewer than two free cores nothing can be gained, and the ratio of CPU seconds is what tells.

    python benchmarks/shared_fit.py [--steps 200] [--rounds 3] [--no-ray]
"""

import argparse
import hashlib
import importlib.util
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import gausscape as gs
from gausscape.modality import Autoencoder, Modality, Tensors, find_modality
from gausscape.training.group import Alone, Group, find_group
from gausscape.training.loop import Training
from gausscape.training.machine import fast_products

BATCH = 256
LATENT = 16
SHARED = ("torchrun, 2 processes", "DistributedDataParallel", "Ray, 2 workers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-ray", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.steps, Path(options.out))
        return
    contests = ["alone, 1 part", "alone, 2 parts", *SHARED]
    if options.no_ray or importlib.util.find_spec("ray") is None:
        contests.remove("Ray, 2 workers")
        print("Ray was not measured")
    found: dict[str, list[dict]] = {name: [] for name in contests}
    for _ in range(options.rounds):
        for name in contests:
            found[name].append(contest(name, options.steps))
    for name, rows in found.items():
        rates = [row["rate"] for row in rows]
        cpu = statistics.median(row["cpu"] for row in rows)
        start = statistics.median(row["start"] for row in rows)
        print(
            f"{name:<26} {statistics.median(rates):7.1f} steps/s ({min(rates):.1f} to {max(rates):.1f}), "
            f"{1000 * cpu / options.steps:6.1f} CPU-ms a step over all processes, start-up {start:5.1f} s"
        )
    for name, rival in (
        ("alone, 2 parts", "alone, 1 part"),
        ("torchrun, 2 processes", "alone, 2 parts"),
        ("torchrun, 2 processes", "DistributedDataParallel"),
        ("Ray, 2 workers", "torchrun, 2 processes"),
    ):
        if name in found:
            ratios = [one["rate"] / other["rate"] for one, other in zip(found[name], found[rival], strict=True)]
            print(f"  {name} / {rival}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) in steps/s")
    digests = {row["weights"] for name in found for row in found[name] if name not in ("alone, 1 part", "DistributedDataParallel")}
    print("equal bytes of weights, alone in 2 parts and shared:", "yes" if len(digests) == 1 else f"NO, {len(digests)} kinds")


def contest(name: str, steps: int) -> dict:
    """One contestant's round: steps per second, CPU seconds in the steps over all processes, seconds of start-up, weights."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        began = time.time()
        if name == "Ray, 2 workers":
            ray_workers(steps, out)
        else:
            words = [sys.executable]
            if name in SHARED:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", 0))
                    port = probe.getsockname()[1]
                words += ["-m", "torch.distributed.run", "--nproc_per_node=2", "--master_addr=127.0.0.1", f"--master_port={port}"]
            words += [__file__, "--worker", name, "--steps", str(steps), "--out", str(out)]
            subprocess.run(words, check=True, env=environment(), timeout=1800)
        rows = [json.loads(path.read_text()) for path in sorted(out.glob("*.json"))]
    return {
        "rate": steps / max(row["seconds"] for row in rows),
        "cpu": sum(row["cpu"] for row in rows),
        "start": max(row["began"] for row in rows) - began,
        "weights": rows[0]["weights"],
    }


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "GLOO_SOCKET_IFNAME": "lo"}


def ray_workers(steps: int, out: Path) -> None:
    """The same work in Ray's TorchTrainer."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    import ray.train
    from ray.train.torch import TorchConfig, TorchTrainer

    settings = {name: environment()[name] for name in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GLOO_SOCKET_IFNAME")}
    settings |= {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0"}
    ray.init(
        num_cpus=3,
        object_store_memory=80 << 20,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        _node_ip_address="127.0.0.1",
        runtime_env={"env_vars": settings},
    )
    try:
        TorchTrainer(
            lambda given: work("Ray, 2 workers", given["steps"], Path(given["out"])),
            train_loop_config={"steps": steps, "out": str(out)},
            torch_config=TorchConfig(backend="gloo"),
            scaling_config=ray.train.ScalingConfig(num_workers=2, resources_per_worker={"CPU": 1}),
            run_config=ray.train.RunConfig(storage_path=str(out / "ray")),
        ).fit()
    finally:
        ray.shutdown()


def work(name: str, steps: int, out: Path) -> None:
    """One process of a contestant; what it measured goes to a file of its own."""
    torch.set_num_threads(1)
    items = gs.load_data("mnist-5k")
    modality = find_modality("images").infer(items.values)
    tensors = modality.to_tensors(items.values)
    group = find_group() if name in SHARED else Alone()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        networks = modality.networks(LATENT, size=len(items), tensors=tensors)
    if name == "DistributedDataParallel":
        run = rival(modality, networks, tensors, group)
    else:
        run = ours(modality, networks, tensors, group, shards=1 if name == "alone, 1 part" else 2)
    run(5)
    group.exchange("ready")
    began, wall, cpu = time.time(), time.perf_counter(), time.process_time()
    run(steps)
    measured = {"began": began, "seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    weights = b"".join(parameter.detach().numpy().tobytes() for parameter in networks.parameters())
    measured["weights"] = hashlib.sha256(weights).hexdigest()
    (out / f"{group.rank}.json").write_text(json.dumps(measured))
    group.exchange("done")


def ours(modality: Modality, networks: Autoencoder, tensors: Tensors, group: Group, *, shards: int):
    """The product's loop, with its averages and checks; evaluations are left out, for the rival has none."""
    nothing = {name: values[:0] for name, values in tensors.items()}
    schedule = gs.Schedule(steps=100_000, batch=BATCH, shards=shards)
    training = Training(networks, modality, tensors, nothing, gs.Elbo(kl_weight=1.0), schedule, 0, group)

    def run(steps: int) -> None:
        networks.train()
        with fast_products():
            for _ in range(steps):
                training._one_step()

    return run


def rival(modality: Modality, networks: Autoencoder, tensors: Tensors, group: Group):
    """A bare loop around torch's DistributedDataParallel: half of each batch in each process."""

    class Loss(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.networks = networks

        def forward(self, batch: Tensors, generator: torch.Generator) -> torch.Tensor:
            inputs, targets = modality.present(batch, generator)
            posterior = networks.encode(inputs)
            z = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
            score = networks.likelihood.log_likelihood(networks.decoder(z), targets["cells"])
            return (posterior.divergence_from_standard() - score).mean()

    loss = torch.nn.parallel.DistributedDataParallel(Loss())
    optimiser = torch.optim.AdamW(networks.parameters(), lr=2e-3, fused=True)
    generator = torch.Generator().manual_seed(group.rank)
    own, rows, step = BATCH // group.size, len(next(iter(tensors.values()))), 0

    def run(steps: int) -> None:
        nonlocal step
        with fast_products():
            for _ in range(steps):
                start = step * BATCH % (rows - BATCH) + group.rank * own
                step += 1
                optimiser.zero_grad(set_to_none=True)
                loss({name: values[start : start + own] for name, values in tensors.items()}, generator).backward()
                torch.nn.utils.clip_grad_norm_(networks.parameters(), 50.0)
                optimiser.step()

    return run


if __name__ == "__main__":
    main()
