"""A fit on another device: chosen or refused in words; on a pretended GPU no tensor of a step is left on the processor."""

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from torch.overrides import TorchFunctionMode

import gausscape as gs
from gausscape.errors import ConfigurationError, DivergenceError
from gausscape.modalities.images.example import example_items
from gausscape.modality import Autoencoder, Modality, Tensors, find_modality
from gausscape.training import device, ensemble, feed, loop
from gausscape.training.loop import Training
from gausscape.training.objective import Elbo
from gausscape.training.schedule import Schedule

GPU = torch.device("cuda", 0)
# What stands for it where there is none: a device type that PyTorch can guard without a driver.
PRETENDED = torch.device("meta")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that PyTorch can use")


def weights(space: gs.Space) -> dict[str, bytes]:
    return {name: values.numpy().tobytes() for name, values in space.codec.networks.state_dict().items()}


# --- chosen and refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "CPU", "meta", "", None, 0])
def test_unknown_devices_are_refused_when_they_are_named(name):
    with pytest.raises(ConfigurationError, match=r"schedule.device needs auto, cpu, cuda or cuda:1"):
        Schedule(device=name)


def test_a_named_gpu_is_asked_for_only_when_the_training_begins(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    schedule = Schedule(steps=2, device="cuda")
    with pytest.raises(
        ConfigurationError, match=r"needs a GPU, but PyTorch .* finds none .* Use device='auto' or 'cpu'"
    ):
        gs.fit(example_items(40, seed=0), latent=2, schedule=schedule)


def test_auto_is_the_processor_where_there_is_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    fits = [
        gs.fit(example_items(60, seed=0), latent=2, schedule=Schedule(steps=5, device=name)) for name in ("auto", "cpu")
    ]
    assert weights(fits[0]) == weights(fits[1])
    assert [space.record["schedule"]["device"] for space in fits] == ["cpu", "cpu"]


@pytest.mark.parametrize("method", ["pca", "gan"])
def test_methods_of_the_processor_refuse_a_gpu(method):
    with pytest.raises(ConfigurationError, match=r"needs method='vae', but got .* Use schedule.device='auto' or 'cpu'"):
        gs.fit(example_items(60, seed=0), latent=2, method=method, schedule=Schedule(steps=5, device="cuda"))


def test_each_process_of_a_shared_fit_takes_the_gpu_of_its_number(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device.choose_device("auto") == device.choose_device("cuda") == GPU
    assert device.choose_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(ConfigurationError, match=r"number 2 .*, but this machine has 2. Choose another"):
        device.choose_device("cuda:2")
    monkeypatch.setattr(device.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(device.distributed, "get_world_size", lambda: 4)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert device.choose_device("auto") == torch.device("cuda", 1)
    with pytest.raises(ConfigurationError, match=r"names one for all. Use device='cuda'"):
        device.choose_device("cuda:0")
    monkeypatch.setenv("LOCAL_RANK", "3")
    with pytest.raises(ConfigurationError, match=r"Start fewer processes"):
        device.choose_device("auto")


def test_moved_takes_constants_and_shared_tensors_along():
    module = torch.nn.Linear(2, 2)
    module.constant, module.again = torch.ones(2), module.weight
    copy, holder = device.moved((module, {"same": module.constant}), torch.device("meta"))
    assert {tensor.device.type for tensor in (copy.weight, copy.bias, copy.constant, holder["same"])} == {"meta"}
    assert copy.again is copy.weight
    assert holder["same"] is copy.constant
    assert copy.weight.requires_grad
    assert module.weight.device.type == module.constant.device.type == "cpu"


# --- a pretended GPU: shapes, types and devices, without values ----------------------------------------------------


class Pretending(TorchFunctionMode):
    """Tensors come to the pretended GPU as fakes, and random numbers made there must come from a generator made there."""

    def __init__(self, fakes: FakeTensorMode):
        super().__init__()
        self.fakes, self.make = fakes, torch.Generator
        self.made: list[tuple[torch.Generator, torch.device]] = []

    def generator(self, where: torch.device | str = "cpu") -> torch.Generator:
        self.made.append((self.make(), torch.device(where)))
        return self.made[-1][0]

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is Tensor.pin_memory:
            return args[0]
        if func is Tensor.to and not isinstance(args[0], FakeTensor):
            args = (self.fakes.from_tensor(args[0]), *args[1:])
        found = func(*args, **kwargs)
        if (generator := kwargs.get("generator")) is not None:
            where = next(where for one, where in self.made if one is generator)
            assert where == found.device, f"{func.__name__} of {found.device} draws from a generator of {where}"
        return found


@pytest.fixture
def pretended_gpu(monkeypatch):
    """A context in which device="cuda" is a GPU that works out shapes and devices, and refuses to be asked for values."""

    # PyTorch has no fused kernels for the pretended device.
    plain, norm, clip = torch.optim.AdamW, torch.nn.utils.get_total_norm, torch.nn.utils.clip_grads_with_norm_

    @contextlib.contextmanager
    def pretended():
        shapes = ShapeEnv(allow_scalar_outputs=False)
        fakes = FakeTensorMode(allow_non_fake_inputs=True, shape_env=shapes)
        with fakes, Pretending(fakes) as pretending, monkeypatch.context() as patch:
            patch.setattr(loop, "choose_device", lambda name: PRETENDED)
            patch.setattr(loop, "count_operations", lambda *networks_and_data: 1)
            patch.setattr(feed, "free_memory", lambda where: 10**9)
            patch.setattr(torch, "Generator", pretending.generator)
            patch.setattr(torch, "autocast", lambda *types, enabled=True: contextlib.nullcontext())
            patch.setattr(torch.optim, "AdamW", lambda groups, fused, **settings: plain(groups, **settings))
            patch.setattr(torch.nn.utils, "get_total_norm", lambda tensors, foreach: norm(tensors))
            patch.setattr(
                torch.nn.utils,
                "clip_grads_with_norm_",
                lambda tensors, most, total, foreach: clip(tensors, most, total),
            )
            yield

    return pretended


VALUES: dict[str, Callable[[], Any]] = {
    "images": lambda: example_items(50, seed=0),
    "tables": lambda: gs.load_data("penguins").take(np.arange(50)).values,
    "sequences": lambda: gs.load_data("heartbeats").take(np.arange(50)).values,
    "graphs": lambda: gs.load_data("molecules").take(np.arange(50)).values,
}


def kinds(name: str, **architecture: Any) -> tuple[Modality, Tensors, Autoencoder]:
    """(kind, tensors, networks) of some objects."""
    values = VALUES[name]()
    kind = find_modality(name).infer(values)
    tensors = kind.to_tensors(values)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return kind, tensors, kind.networks(3, size=50, architecture=architecture or None, tensors=tensors)


def begun(kind: Modality, tensors: Tensors, networks: Autoencoder, **settings: Any) -> Training:
    objective = settings.pop("objective", Elbo())
    fitted, validation = (
        {name: values[rows] for name, values in tensors.items()} for rows in (slice(40), slice(40, 50))
    )
    schedule = Schedule(**{"steps": 10, "device": "cuda", "precision": "float32", **settings})
    return Training(networks, kind, fitted, validation, objective, schedule, 0)


CASES = {
    "images": ("images", {}),
    "images, sharing": ("images", {"objective": Elbo(sharing=0.5)}),
    "images, draws": ("images", {"objective": Elbo(draws=3)}),
    "images, shards": ("images", {"shards": 2}),
    "tables": ("tables", {}),
    "sequences": ("sequences", {}),
    "graphs": ("graphs", {}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_step_on_a_gpu_keeps_all_its_tensors_there_and_asks_for_no_value(case, pretended_gpu, monkeypatch):
    name, settings = CASES[case]
    # A graph's edits are made by the processor, and its dropped features drawn from the value of the code itself.
    monkeypatch.setattr("gausscape.modalities.graphs.node_by_node.edited", lambda tensors, schema, **rest: tensors)
    objects = kinds(name, dropped=0) if name == "graphs" else kinds(name)
    with pretended_gpu():
        training = begun(*objects, **settings)
        training.networks.train()
        for step in (0, 8):  # towards the end other bounds are maximised
            training.step = step
            training._one_step()
        held = [*training.parameters, *training.average, *training.best, *training._divergences, *training._unseen]
        held += [parameter.grad for parameter in training.parameters if parameter.grad is not None]
        assert {tensor.device for tensor in held} == {PRETENDED}
        assert len(training._unseen) == 2
        assert not training._losses
    assert {parameter.device.type for parameter in objects[2].parameters()} == {"cpu"}


def test_a_further_decoder_is_trained_on_the_gpu(pretended_gpu):
    kind, tensors, networks = kinds("images")
    with pretended_gpu():
        training = begun(kind, tensors, networks, decoders=2)
        ensemble.train_decoders(training, lambda seed: networks)
        assert {parameter.device for parameter in training.networks.others.parameters()} == {PRETENDED}


# --- losses that are looked at late -------------------------------------------------------------------------------


def on_processor(seen: Callable[[Training], None] = lambda training: None, *, late: bool = True) -> Training:
    training = begun(*kinds("images"), device="cpu", steps=60, evaluations=3)
    training.looks_late = late
    training.run(after_step=seen, report=lambda progress: None)
    return training


def test_a_fit_whose_losses_are_looked_at_late_is_the_same():
    at_once, late = on_processor(late=False), on_processor()
    assert all(torch.equal(one, other) for one, other in zip(at_once.best, late.best, strict=True))
    assert late.history == at_once.history
    assert late._losses == at_once._losses


def test_a_divergence_is_told_by_its_step_before_anything_is_kept_or_saved():
    trainings: list[Training] = []

    def spoil(training: Training) -> None:
        trainings.append(training)
        if training.step == 27:
            with torch.no_grad():
                training.parameters[0].fill_(torch.nan)

    with pytest.raises(DivergenceError, match=r"at step 27 of 60 the loss is nan; the weights of step 20 are kept"):
        on_processor(spoil)
    training = trainings[-1]
    assert 27 < training.step <= 27 + 25
    assert all(bool(torch.isfinite(best).all()) for best in training.best)


def test_a_state_is_not_given_away_before_its_losses_are_looked_at():
    training = begun(*kinds("images"), device="cpu")
    training.step, training._unseen = 3, [torch.tensor([1.0, 1.0]), torch.tensor([1.0, torch.inf])]
    with pytest.raises(DivergenceError, match=r"at step 2 of 10 the gradient of the whole network is not finite"):
        training.state()


def test_after_a_step_back_the_losses_of_the_weights_that_were_given_up_do_not_count():
    training = begun(*kinds("images"), device="cpu")
    training.step, training._unseen = 25, [torch.tensor([1.0 if step == 0 else 1e9, 1.0]) for step in range(25)]
    training._catch_up()
    assert len(training.setbacks) == 1
    assert training._high == 0


# --- a GPU -------------------------------------------------------------------------------------------------------------


@needs_gpu
@pytest.mark.parametrize("name", ["images", "tables", "graphs", "sequences"])
def test_a_fit_on_a_gpu_is_as_good_and_comes_back_to_the_processor(name):
    values = VALUES[name]()
    bounds = []
    for where in ("cpu", "cuda"):
        space = gs.fit(values, latent=3, seed=0, schedule=Schedule(steps=200, device=where, decoders=2))
        assert {tensor.device.type for tensor in space.codec.networks.state_dict().values()} == {"cpu"}
        assert space.record["schedule"]["device"] == where
        bounds.append(space.record["held_out_bound"])
    assert abs(bounds[1] - bounds[0]) <= 0.05 * abs(bounds[0]) + 1.0


@needs_gpu
def test_a_run_on_a_gpu_goes_on_from_its_state():
    first = begun(*kinds("images"))
    first.networks.train()
    for _ in range(4):
        first._one_step()
    again = begun(*kinds("images"))
    again.restore(*first.state())
    again.networks.train()
    for training in (first, again):
        training._one_step()
        training._catch_up()
    assert again.step == 5
    assert again._losses == pytest.approx(first._losses, rel=1e-4)
