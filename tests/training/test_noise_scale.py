"""The noise scale of grey images: it starts from the data, goes equally far in any length of training, and nothing collapses."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from gausscape.likelihoods import Bernoulli, Categorical, GradedGaussian, LearnedGaussian, Product
from gausscape.modalities.images.example import example_items
from gausscape.modality import Autoencoder, find_modality
from gausscape.training.fitting import fit
from gausscape.training.loop import Training
from gausscape.training.objective import Elbo
from gausscape.training.schedule import Schedule

FEW_STEPS = Schedule(steps=150)


def grey(n: int, *, brightness: float = 1.0) -> np.ndarray:
    return (example_items(n, seed=2) / 255 * brightness).astype("float32")


def black_and_white(n: int) -> np.ndarray:
    return (grey(n) > 0.5).astype("float32")


def networks(images: np.ndarray) -> Autoencoder:
    kind = find_modality("images").infer(images)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind.networks(2, size=len(images), tensors=kind.to_tensors(images))


def training(images: np.ndarray, schedule: Schedule) -> Training:
    kind = find_modality("images").infer(images)
    tensors = kind.to_tensors(images)
    rest, validation = ({key: value[part] for key, value in tensors.items()} for part in (slice(40, None), slice(40)))
    return Training(networks(images), kind, rest, validation, Elbo(), schedule, 0)


def rates_of_the_scale(state: Training) -> list[float]:
    (parameter,) = state.networks.likelihood.parameters()
    (group,) = [group for group in state.optimiser.param_groups if any(each is parameter for each in group["params"])]
    found: list[float] = []
    state.run(after_step=lambda _: found.append(group["lr"]), report=lambda _: None)
    return found


@pytest.mark.parametrize("brightness", [1.0, 0.4, 0.05])
def test_the_noise_starts_with_the_spread_along_the_strongest_direction(brightness):
    images = grey(120, brightness=brightness)
    strongest = np.linalg.eigvalsh(np.cov(images.reshape(120, -1).T.astype(float), bias=True))[-1]
    assert float(networks(images).likelihood.log_std.detach().exp()) == pytest.approx(0.6 * math.sqrt(strongest), rel=1e-4)


def test_the_start_follows_the_contrast_and_not_the_brightness_of_the_data():
    images = grey(120)
    start = [float(networks(each).likelihood.log_std.detach().exp()) for each in (images, 0.4 * images, 0.4 * images + 0.5)]
    assert start[1] == pytest.approx(0.4 * start[0], rel=1e-4)
    assert start[2] == pytest.approx(start[1], rel=1e-4)


@pytest.mark.parametrize("brightness", [1.0, 0.05])
def test_a_new_decoder_spreads_as_the_data_do(brightness):
    images = grey(120, brightness=brightness)
    output = networks(images).decoder(torch.randn(4000, 2, generator=torch.Generator().manual_seed(5))).detach()
    cells = torch.from_numpy(images.reshape(120, -1))
    assert LearnedGaussian(64).initial_spread(output) == pytest.approx(LearnedGaussian(64).initial_spread(cells), rel=0.2)


def test_loading_builds_the_same_networks_without_data():
    kind = find_modality("images").infer(grey(60))
    empty, full = kind.networks(2, size=60), networks(grey(60))
    assert {name: tensor.shape for name, tensor in empty.state_dict().items()} == {
        name: tensor.shape for name, tensor in full.state_dict().items()
    }
    assert empty.likelihood.journeys() == []


def test_equal_cells_leave_the_scale_at_its_floor_and_finite():
    law = LearnedGaussian(3, floor=0.01)
    law.start_at(torch.full((5, 3), 0.3))
    assert float(law.log_std.detach()) == pytest.approx(math.log(0.01))
    assert law.journeys() == []


def test_a_product_starts_each_block_on_its_own_cells():
    law = Product([LearnedGaussian(2), Categorical(2), LearnedGaussian(1)])
    cells = torch.tensor([[0.0, 1.0, 1.0, 0.0, 7.0], [2.0, 3.0, 0.0, 1.0, 9.0]])
    law.start_at(cells)
    # Variance 2 along the diagonal of the first two cells, 1 of the last.
    starts = [parameter.detach().exp().item() for parameter, _ in law.journeys()]
    assert starts == pytest.approx([0.6 * math.sqrt(2), 0.6])
    assert [far for _, far in law.journeys()] == pytest.approx([math.log(start / 0.01) for start in starts])


@pytest.mark.parametrize("law", [Bernoulli(2), Categorical(2), GradedGaussian([[0.0], [0.0]])], ids=lambda law: type(law).__name__)
def test_other_likelihoods_have_nothing_to_start_and_no_journey(law):
    before = {name: tensor.clone() for name, tensor in law.state_dict().items()}
    cells = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    law.start_at(cells)
    assert all(torch.equal(tensor, before[name]) for name, tensor in law.state_dict().items())
    assert law.journeys() == []
    assert law.initial_spread(cells) is None


def test_the_journey_is_as_long_in_a_short_training_as_in_a_long_one():
    images = grey(120)
    for steps in (40, 160):
        state = training(images, Schedule(steps=steps, patience=100))
        ((_, far),) = state.networks.likelihood.journeys()
        # Adam moves a parameter by at most about its rate in a step, so the sum of the rates is how far it can come.
        assert sum(rates_of_the_scale(state)) == pytest.approx(far, rel=1e-6)
        assert far == pytest.approx(math.log(networks(images).likelihood.log_std.detach().exp().item() / 0.01), rel=1e-5)


def test_after_the_same_share_of_200_and_of_2000_steps_the_noise_has_come_equally_far():
    images, found = grey(120), []
    for steps in (200, 2000):
        state = training(images, Schedule(steps=steps))
        start = float(state.networks.likelihood.log_std.detach())
        while state.step < steps // 5:
            state._one_step()
        found.append(start - float(state.networks.likelihood.log_std.detach()))
    # At one pace for both the long training would have come ten times as far.
    assert found[1] == pytest.approx(found[0], rel=0.3)
    assert found[0] > 1


def test_only_a_scale_with_a_journey_has_a_pace_of_its_own():
    of_bits, of_greys = (training(images, Schedule(steps=10)) for images in (black_and_white(120), grey(120)))
    assert ["pace" in group for group in of_bits.optimiser.param_groups] == [False, False]
    assert ["pace" in group for group in of_greys.optimiser.param_groups] == [False, False, True]
    for state in (of_bits, of_greys):
        grouped = [parameter for group in state.optimiser.param_groups for parameter in group["params"]]
        assert all(mine is theirs for mine, theirs in zip(state.parameters, grouped, strict=True))


def test_a_scale_that_is_not_trained_keeps_its_value():
    state = training(grey(120), Schedule(steps=10))
    frozen = networks(grey(120))
    frozen.likelihood.requires_grad_(False)
    own = dataclasses.replace(state, networks=frozen)
    own.run(after_step=lambda _: None, report=lambda _: None)
    assert torch.equal(own.networks.likelihood.log_std, networks(grey(120)).likelihood.log_std)


@pytest.mark.parametrize(("objects", "brightness"), [(100, 1.0), (300, 0.4)], ids=["few", "dim"])
def test_few_or_dim_images_keep_more_than_one_live_axis(objects, brightness):
    space = fit(grey(objects, brightness=brightness), latent=4, schedule=FEW_STEPS, seed=3)
    assert len(space.live_axes) > 1


def test_the_weight_of_the_divergence_is_the_kind_s_unless_an_objective_is_given():
    few = Schedule(steps=5)
    for images, weight in ((grey(60), 3.0), (black_and_white(60), 1.0)):
        kind = find_modality("images").infer(images)
        assert kind.suggested_kl_weight() == weight
        assert fit(images, latent=2, schedule=few).record["objective"]["kl_weight"] == weight
        own = fit(images, latent=2, schedule=few, objective=Elbo(kl_weight=0.5))
        assert own.record["objective"]["kl_weight"] == 0.5
