"""The loop repeats itself byte by byte, stops when it diverges, and leaves the caller's randomness alone."""

import hashlib

import numpy as np
import pytest
import torch
from torch import nn

from gausscape.errors import ConfigurationError, DataError, DivergenceError
from gausscape.gaussian import Gaussian
from gausscape.modalities.images.example import example_items
from gausscape.modality import find_modality
from gausscape.space.saving import load_space
from gausscape.training.fitting import fit
from gausscape.training.loop import Training
from gausscape.training.objective import Elbo
from gausscape.training.schedule import Schedule


def training(*, objective=None, schedule=None, seed=0, objects=200, networks=None) -> Training:
    images = example_items(objects, seed=2)
    kind = find_modality("images").infer(images)
    tensors = kind.to_tensors(images)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = networks or kind.networks(2, size=objects, tensors=tensors)
    rest, validation = ({key: value[part] for key, value in tensors.items()} for part in (slice(40, None), slice(40)))
    return Training(networks, kind, rest, validation, objective or Elbo(), schedule or Schedule(steps=40), seed)


def run(state: Training):
    return state.run(after_step=lambda _: None, report=lambda _: None)


def digest(state: Training) -> str:
    whole = hashlib.sha256()
    for name, tensor in state.networks.state_dict().items():
        whole.update(name.encode() + tensor.numpy().tobytes())
    return whole.hexdigest()


def test_N7_N8_the_same_seed_gives_the_same_bytes_and_another_seed_others(untouched_randomness):
    found = []
    for seed in (0, 0, 1):
        state = training(seed=seed)
        run(state)
        found.append(digest(state))
    assert found[0] == found[1] != found[2]


def test_N7_a_fit_does_not_hear_the_caller_s_randomness():
    data, found = example_items(120, seed=4), []
    for caller in (1, 2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(caller)
            space = fit(data, latent=2, schedule=Schedule(steps=10), seed=9)
        found.append(space.embed(data).mean.tobytes())
    assert found[0] == found[1]
    assert fit(data, latent=2, schedule=Schedule(steps=10), seed=10).embed(data).mean.tobytes() != found[0]


def test_a_restored_state_goes_on_with_the_same_bytes():
    whole = training()
    run(whole)
    first, kept = training(), {}

    def save(state: Training) -> None:
        if state.step == 17:
            kept["state"] = state.state()

    first.run(after_step=save, report=lambda _: None)
    second = training(seed=0)
    with torch.no_grad():  # whatever it starts from
        for parameter in second.networks.parameters():
            parameter.add_(1.0)
    second.restore(*kept["state"])
    run(second)
    assert digest(first) == digest(second) == digest(whole)
    assert second.history == whole.history


def test_a_saved_state_is_a_copy():
    state = training()
    _, arrays = state.state()
    before = {name: array.copy() for name, array in arrays.items()}
    run(state)
    assert all(np.array_equal(before[name], arrays[name]) for name in before)


def test_N1_a_rate_of_a_million_stops_naming_step_and_rate():
    with pytest.raises(DivergenceError, match=r"at step \d+ of 300.*learning_rate <= .*it is 1e\+06") as caught:
        fit(example_items(300), latent=2, schedule=Schedule(steps=300, learning_rate=1e6))
    assert isinstance(caught.value, ArithmeticError)
    assert int(str(caught.value).split("at step ")[1].split()[0]) < 60


class _PoisonedBackward(torch.autograd.Function):
    @staticmethod
    def forward(context, values):
        return values.clone()

    @staticmethod
    def backward(context, gradient):
        return gradient * float("nan")


class _Poisoned(nn.Module):
    """A decoder that is sound forward and gives NaN backward from its 7th call on."""

    def __init__(self, decoder: nn.Module):
        super().__init__()
        self.decoder = decoder
        self.calls = 0

    def forward(self, z):
        self.calls += torch.is_grad_enabled()
        output = self.decoder(z)
        return _PoisonedBackward.apply(output) if self.calls >= 7 else output


def test_N2_nan_in_the_backward_pass_only_is_found_at_its_step_and_the_layer_named():
    state = training(schedule=Schedule(steps=40, evaluations=1))
    state.networks.decoder = _Poisoned(state.networks.decoder)
    state = training(networks=state.networks, schedule=Schedule(steps=40, evaluations=1))
    with pytest.raises(DivergenceError, match=r"at step 6 of 40 the gradient of decoder\.decoder\.shift\.bias is not finite"):
        run(state)
    assert all(torch.isfinite(parameter).all() for parameter in state.networks.parameters())


def test_a_bound_that_is_not_finite_stops_the_training():
    state = training()
    state.validation = {key: value.float().mul(torch.inf).nan_to_num(nan=1e30, posinf=1e30) for key, value in state.validation.items()}
    with pytest.raises(DivergenceError, match="validation"):
        run(state)


def test_training_raises_the_bound():
    state = training(schedule=Schedule(steps=150, patience=20))
    trained = run(state)
    bounds = [row["bound"] for row in trained.history]
    assert bounds[-1] > bounds[0]
    assert trained.steps == 150
    assert not trained.stopped_early


def test_history_has_one_row_an_evaluation():
    trained = run(training(schedule=Schedule(steps=40, evaluations=4)))
    assert [row["step"] for row in trained.history] == [10, 20, 30, 40]
    assert all(set(row) == {"step", "loss", "divergence", "bound"} for row in trained.history)
    assert trained.best_step in (10, 20, 30, 40)


def test_patience_ends_a_training_that_no_longer_gains_and_keeps_the_best_weights():
    schedule = Schedule(steps=400, evaluations=40, patience=2, learning_rate=1e-12)
    state = training(schedule=schedule, objective=Elbo(warm_up=0.15))
    seen = iter(-float(number) for number in range(100))
    state._validation_bound = lambda: next(seen)  # falls from the first evaluation on
    trained = run(state)
    assert trained.stopped_early
    # During the warm-up (before step 60) the latest is the best.
    assert trained.best_step == 50
    assert trained.steps == 70
    assert all(torch.equal(kept, parameter) for kept, parameter in zip(state.best, state.parameters, strict=True))


def test_free_bits_let_axes_spend_nats_for_nothing():
    nats = torch.tensor([[0.0, 0.1, 3.0], [0.2, 0.1, 1.0]])
    scores = torch.zeros(2)
    assert float(Elbo(warm_up=0.0).loss(scores, nats, 1.0)) == pytest.approx(0.1 + 0.1 + 2.0)
    assert float(Elbo(warm_up=0.0, free_bits=0.5).loss(scores, nats, 1.0)) == pytest.approx(0.5 + 0.5 + 2.0)
    # And no gradient pulls on them.
    nats = nats.requires_grad_()
    Elbo(warm_up=0.0, free_bits=0.5).loss(scores, nats, 1.0).backward()
    assert (nats.grad[:, :2] == 0).all()
    assert (nats.grad[:, 2] > 0).all()


def test_the_weight_of_the_divergence_rises_to_its_value():
    objective = Elbo(kl_weight=0.4, warm_up=0.5)
    assert [objective.weight(progress) for progress in (0.0, 0.25, 0.5, 1.0)] == [0.0, 0.2, 0.4, 0.4]
    assert Elbo(warm_up=0.0).weight(0.0) == 1.0


def test_the_loss_is_the_negative_bound():
    law = Gaussian(torch.randn(5, 3, generator=torch.Generator().manual_seed(0)), torch.ones(5, 3))
    scores = torch.arange(5.0)
    loss = Elbo(warm_up=0.0).loss(scores, law.divergence_by_axis(), 1.0)
    assert float(loss) == pytest.approx(float((law.divergence_from_standard() - scores).mean()), rel=1e-6)


def test_N6_collapse_leaves_a_space_that_answers_and_names_its_axes():
    rng = np.random.default_rng(0)
    noise = rng.uniform(0.3, 0.7, (200, 4, 4))  # nothing to learn
    space = fit(noise, latent=3, objective=Elbo(kl_weight=50.0), schedule=Schedule(steps=60))
    assert len(space.live_axes) >= 1
    assert max(space.record["axes"]["nats"]) < 0.1
    answers = space.assess(noise)
    assert all(np.isfinite(answers[key]).all() for key in ("exceedance", "lower", "upper"))


def test_N6_log_deviations_of_50_are_kept_finite():
    state = training()

    class Extreme(nn.Module):
        def forward(self, inputs):
            n = len(inputs["pixels"])
            return torch.zeros(n, 2), torch.tensor([50.0, -50.0]).expand(n, 2)

    state.networks.encoder = Extreme()
    posterior = state.networks.encode(state.fitted)
    assert torch.isfinite(posterior.divergence_from_standard()).all()
    assert (posterior.std > 0).all()


@pytest.mark.parametrize(
    ("entry", "value"),
    [("steps", 0), ("steps", 1.5), ("batch", 0), ("batch", True), ("learning_rate", 0.0), ("learning_rate", float("nan")),
     ("learning_rate", "fast"), ("average", 1.0), ("evaluations", 0), ("patience", -1)],
)
def test_impossible_schedules_are_refused_by_name(entry, value):
    with pytest.raises(ConfigurationError, match=rf"schedule\.{entry}"):
        Schedule(**{entry: value})


@pytest.mark.parametrize(("entry", "value"), [("kl_weight", -1.0), ("kl_weight", "1"), ("free_bits", float("nan")), ("warm_up", 1.1)])
def test_impossible_objectives_are_refused_by_name(entry, value):
    with pytest.raises(ConfigurationError, match=rf"objective\.{entry}"):
        Elbo(**{entry: value})


@pytest.mark.parametrize("objects", [1, 3, 4, 50, 1000, 10**6])
def test_the_budget_fits_the_data(objects):
    schedule = Schedule()
    batch, steps = schedule.batch_size(objects), schedule.length(objects)
    assert 1 <= batch <= min(objects, schedule.batch)
    assert steps >= 300
    assert steps * batch <= max(300 * objects, 300 * batch)
    rates = [schedule.rate(step, steps) for step in range(0, steps, max(1, steps // 50))]
    assert all(0 < rate <= schedule.learning_rate for rate in rates)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "magic"}, "method"),
        ({"latent": 0}, "latent"),
        ({"latent": 2.5}, "latent"),
        ({"latent": True}, "latent"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"modality": "sounds"}, "sounds"),
        ({"method": "pca", "architecture": "dense"}, "architecture"),
        ({"method": "pca", "latent": 200}, "fewer components"),
    ],
)
def test_impossible_arguments_of_fit_are_refused_by_name(options, message):
    with pytest.raises(ConfigurationError, match=message):
        fit(example_items(60), **options)


def test_no_objects_are_refused():
    with pytest.raises(DataError, match="at least 10"):
        fit(example_items(60)[:0])


def test_fitting_changes_nothing_of_the_caller_s():
    data = example_items(120)
    before = data.copy()
    encoder, decoder = _OwnEncoder(), nn.Linear(2, 64)
    weights = [parameter.detach().clone() for parameter in (*encoder.parameters(), *decoder.parameters())]
    fit(data, latent=2, architecture=(encoder, decoder), schedule=Schedule(steps=5))
    assert np.array_equal(data, before)
    for parameter, weight in zip((*encoder.parameters(), *decoder.parameters()), weights, strict=True):
        assert torch.equal(parameter, weight)
        assert parameter.requires_grad


class _OwnEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 4)

    def forward(self, pixels):
        return tuple(self.layer(pixels).chunk(2, -1))


def test_further_decoders_disagree_more_off_the_data_than_on_it(tmp_path):
    schedule = Schedule(steps=150, decoders=3)
    space = fit(example_items(240, seed=1), latent=2, schedule=schedule)
    assert len(space.codec.networks.others) == 2
    on_data = space.codec.spread(space.embed(example_items(240, seed=2)).mean)
    far_off = space.codec.spread(np.random.default_rng(0).normal(size=(240, 2)) * 8)
    assert np.median(far_off) > 3 * np.median(on_data)
    assert {"neighbours", "cycle", "spread"} <= set(space.assess_codes(np.zeros((1, 2))))
    space.save(tmp_path / "several")
    again = load_space(tmp_path / "several")
    np.testing.assert_array_equal(again.codec.spread(np.zeros((1, 2))), space.codec.spread(np.zeros((1, 2))))
    alone = fit(example_items(240, seed=1), latent=2, schedule=Schedule(steps=150))
    np.testing.assert_array_equal(alone.embed(example_items(5)).mean, space.embed(example_items(5)).mean)


def test_a_training_that_runs_away_goes_back_says_so_and_goes_on():
    state = training(schedule=Schedule(steps=120, evaluations=10, patience=20))

    def kick(current):
        if current.step == 40 and not current.setbacks:
            with torch.no_grad():
                current.networks.decoder.last.weight.mul_(1e5)

    trained = state.run(after_step=kick, report=lambda progress: None)
    assert len(state.setbacks) == 1
    assert "went back to the weights of step" in state.setbacks[0]
    assert trained.steps == 120
    assert trained.history[-1]["bound"] > trained.history[0]["bound"]


def test_a_name_in_place_of_objects_is_told_how_to_read_it():
    from gausscape.errors import DataError
    from gausscape.training.fitting import fit

    with pytest.raises(DataError, match=r"gs\.load_data\('rows\.csv'\)"):
        fit("rows.csv")
