"""A generative adversarial space answers what every space answers, repeats itself, and says when it collapsed."""

import warnings
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

import gausscape as gs
from gausscape.cli.output import summary
from gausscape.configuration import parse_settings
from gausscape.errors import ConfigurationError
from gausscape.likelihoods import LearnedGaussian
from gausscape.modalities.graphs.example import example_items as example_graphs
from gausscape.modalities.images.example import example_items
from gausscape.modalities.sequences.example import example_items as example_sequences
from gausscape.modalities.tables.example import example_items as example_table
from gausscape.space.inverting import InvertingEncoder
from gausscape.space.manifolds import measure_covering
from gausscape.stress_testing import Design
from gausscape.training.checkpoints import Checkpoints
from gausscape.training.gan.discriminator import find_reading
from gausscape.training.gan.guard import CollapseWarning, Guard
from gausscape.training.gan.objective import Adversarial, adversarial_schedule
from gausscape.training.schedule import Schedule

BUDGET = Schedule(steps=60, batch=32)

pytestmark = pytest.mark.filterwarnings("ignore::gausscape.training.gan.guard.CollapseWarning")


def fitted(data=None, *, seed=0, **options) -> gs.Space:
    data = example_items(160, seed=2) if data is None else data
    return gs.fit(
        data, method="gan", latent=2, schedule=BUDGET, objective=Adversarial(inversion_steps=15), seed=seed, **options
    )


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return example_items(160, seed=2)


@pytest.fixture(scope="module")
def space(images) -> gs.Space:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollapseWarning)
        return fitted(images)


def test_the_same_seed_gives_the_same_codes_and_another_seed_others(space, images, untouched_randomness):
    again, other = fitted(images), fitted(images, seed=1)
    codes = space.embed(images[:20]).mean
    assert codes.tobytes() == again.embed(images[:20]).mean.tobytes()
    assert codes.tobytes() != other.embed(images[:20]).mean.tobytes()


def test_it_says_that_the_gates_of_generated_objects_are_blind(space, images, tmp_path):
    space.save(tmp_path / "a.space")
    loaded = gs.load(tmp_path / "a.space")
    (note,) = [note for note in loaded.notes if "blind" in note]
    assert note in (tmp_path / "a.space" / "MODEL_CARD.md").read_text()
    assert note in summary(loaded)
    design = Design(each=5, rays=2)
    test = gs.stress_test(loaded, lambda x: x.reshape(len(x), -1).mean(1), exceedance=(0.3,), design=design)
    assert note in test.notes
    assert not [note for note in gs.fit(images, method="pca", latent=2).notes if "blind" in note]


def test_the_documented_settings_are_those_that_exist_with_their_defaults():
    text = (Path(__file__).resolve().parents[3] / "docs" / "configuration.md").read_text()
    (block,) = [part for part in text.split("```yaml")[1:] if part.lstrip().startswith("method: gan")]
    settings = parse_settings(block.split("```")[0])
    assert settings["objective"] == asdict(Adversarial())
    assert settings["schedule"]["steps"] == adversarial_schedule(10_000).steps


def test_a_saved_space_answers_with_the_same_bytes(space, images, tmp_path):
    space.save(tmp_path / "a.space")
    loaded = gs.load(tmp_path / "a.space")
    for one, other in zip(
        (
            space.embed(images).mean,
            space.embed(images).std,
            space.sample(5, seed=1).codes,
            space.exceedance(images).probability,
        ),
        (
            loaded.embed(images).mean,
            loaded.embed(images).std,
            loaded.sample(5, seed=1).codes,
            loaded.exceedance(images).probability,
        ),
        strict=True,
    ):
        assert one.tobytes() == other.tobytes()
    names = [name for name, _ in loaded.codec.networks.named_parameters()]
    assert not [name for name in names if name.startswith("encoder") and "decoder" in name.split(".")[1:2]]
    assert loaded.record["training"]["inversion"] == space.record["training"]["inversion"]


def test_everything_that_a_space_answers_works(space, images):
    assert set(space.assess(images[:5])["support"]) <= {label.value for label in gs.Support}
    assert len(space.sample(4, exceedance=0.2, seed=0)) == 4
    change = gs.measure_change(space, images[:1], images[1:2])
    assert change.distance > 0
    assert space.patch(images[0]).radius > 0
    assert np.isfinite(space.score_samples(images[:5], draws=5)).all()
    assert gs.plot(space, side=3) is not None


def test_an_object_s_code_does_not_depend_on_its_company(space, images):
    whole = space.embed(images[:30])
    alone = space.embed(images[7:8])
    assert np.allclose(whole.mean[7], alone.mean[0], atol=1e-4)
    assert np.allclose(whole.std[7], alone.std[0], rtol=1e-3)


def inverting(space: gs.Space) -> InvertingEncoder:
    encoder = space.codec.networks.encoder
    assert isinstance(encoder, InvertingEncoder)
    return encoder


def test_the_descent_never_makes_an_object_s_posterior_worse(space, images):
    encoder, networks = inverting(space), space.codec.networks
    inputs, targets = space.modality.present(space.codec.tensors(images), None)
    start = encoder.first({**targets, **inputs})[0]

    def loss(z: torch.Tensor) -> torch.Tensor:
        return 0.5 * z.square().sum(-1) - networks.likelihood.log_likelihood(networks.decoder(z), targets["cells"])

    refined = encoder.refine(start, targets["cells"], None)
    assert bool((loss(refined) <= loss(start) + 1e-3).all())
    assert bool((loss(refined) < loss(start) - 1e-3).any())


def test_the_deviations_are_those_of_the_curvature(space):
    encoder, networks = inverting(space), space.codec.networks
    z = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    step, std = 1e-3, networks.likelihood.std
    for axis in range(2):
        move = step * torch.eye(2)[axis]
        slope = (networks.decoder(z + move) - networks.decoder(z - move)) / (2 * step)
        by_hand = 1 + (slope / std).square().sum(-1)
        assert torch.allclose(encoder.precision(z, None)[:, axis], by_hand, rtol=2e-2)


def test_a_linear_generator_is_inverted_as_probabilistic_pca_would():
    # With x = W z + noise the mode is (W'W + s^2 I)^-1 W'x (Tipping & Bishop 1999, eq. 8).
    random = torch.Generator().manual_seed(3)
    linear = torch.nn.Linear(2, 6, bias=False)
    with torch.no_grad():
        linear.weight.copy_(torch.randn(6, 2, generator=random))
    likelihood = LearnedGaussian(6)
    cells = torch.randn(5, 6, generator=random)
    encoder = InvertingEncoder(torch.nn.Identity(), linear, likelihood, steps=300)
    found = encoder.refine(torch.zeros(5, 2), cells, None)
    weight, variance = linear.weight.detach(), float(likelihood.std.detach()) ** 2
    right = torch.linalg.solve(weight.T @ weight + variance * torch.eye(2), weight.T @ cells.T).T
    assert torch.allclose(found, right, atol=2e-2)


def test_recall_falls_where_the_generator_forgets_a_group_and_precision_where_it_invents_one():
    rng = np.random.default_rng(0)
    left, right = rng.normal(-5, 1, (400, 2)), rng.normal(5, 1, (400, 2))
    both = np.concatenate([left[:200], right[:200]])
    forgets = measure_covering(both, rng.normal(-5, 1, (400, 2)))
    assert forgets.precision > 0.9
    assert 0.4 < forgets.recall < 0.6
    invents = measure_covering(left, np.concatenate([left[200:], right[200:]]))
    assert 0.4 < invents.precision < 0.6
    assert measure_covering(left[:200], left[200:]).balance > 0.85


def test_the_guard_tells_collapse_from_progress():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(200, 5))
    guard = Guard(real)
    well = guard.measure(rng.normal(size=(200, 5)))
    assert guard.is_better(well)
    assert guard.collapse(well, 0.9) is None
    alike = guard.measure(0.05 * rng.normal(size=(200, 5)))
    assert guard.collapse(alike, 0.1) is None  # nothing has been learned yet
    assert "as far apart" in guard.collapse(alike, 0.9)
    forgetful = guard.measure(real[:1] + 0.8 * np.array([1, 0, 0, 0, 0]) * rng.normal(size=(200, 5)) * 3)
    assert guard.collapse(forgetful, 0.9) is not None


def test_a_collapsing_training_warns_by_name_goes_back_and_says_so_in_the_end(images):
    # A discriminator that learns ten times as fast, with nothing to hold it back, leaves nothing to learn from.
    wild = Adversarial(real_label=1.0, instance_noise=0.0, penalty=0.0, discriminator_rate=50.0, inversion_steps=2)
    schedule = Schedule(steps=80, batch=32, learning_rate=0.03)
    with pytest.warns(CollapseWarning, match="Mode collapse: at step"):
        space = gs.fit(images, method="gan", latent=2, schedule=schedule, objective=wild)
    training = space.record["training"]
    assert training["warnings"]
    assert "went back to step" in training["warnings"][0]
    assert training["collapsed"] == (len(training["warnings"]) == 3)


def test_terms_of_keras_build_both_networks_and_wrong_ones_are_named_with_their_line(images):
    text = """
encoder:
  filters: [4]
  kernel_sizes: [3]
  activations: [leaky_relu]
  strides: [2]
  latent_dim: 2
decoder:
  reshape: [8, 8, 4]
  filters: [1]
  kernel_sizes: [3]
  activations: [sigmoid]
  strides: [2]
"""
    side = images.shape[1]
    text = text.replace("[8, 8, 4]", f"[{side // 2}, {side // 2}, 4]")
    assert fitted(images, architecture=parse_settings(text)).latent == 2
    with pytest.raises(ConfigurationError, match="'filter' came on line 3"):
        fitted(images, architecture=parse_settings(text.replace("filters: [4]", "filter: [4]")))
    with pytest.raises(ConfigurationError, match="decoder ends at"):
        fitted(
            images,
            architecture=parse_settings(text.replace("strides: [2]\n", "strides: [1]\n").replace("latent_dim: 2", "")),
        )


def test_own_modules_are_taken_and_asked_for_again(images, tmp_path):
    cells = images[0].size

    class Outward(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(cells, 4)

        def forward(self, pixels):
            return self.layer(pixels).chunk(2, -1)

    pair = Outward(), torch.nn.Linear(2, cells)
    space = fitted(images, architecture=pair)
    space.save(tmp_path / "own.space")
    with pytest.raises(ConfigurationError, match="own modules"):
        gs.load(tmp_path / "own.space")
    loaded = gs.load(tmp_path / "own.space", networks=(Outward(), torch.nn.Linear(2, cells)))
    assert np.array_equal(loaded.embed(images[:3]).mean, space.embed(images[:3]).mean)


@pytest.mark.parametrize("example", [example_sequences, example_table], ids=["sequences", "tables"])
def test_other_kinds_of_data_fit_too(example, tmp_path):
    data = example()
    space = fitted(data)
    space.save(tmp_path / "s")
    posterior = gs.load(tmp_path / "s").embed(data)
    assert np.array_equal(posterior.mean, space.embed(data).mean)
    assert np.isfinite(posterior.std).all()


def test_graphs_checkpoints_decoders_and_foreign_objectives_are_refused(images, tmp_path):
    with pytest.raises(ConfigurationError, match="one order"):
        fitted(example_graphs())
    with pytest.raises(ConfigurationError, match="no checkpoints"):
        fitted(images, checkpoints=Checkpoints(tmp_path / "run"))
    with pytest.raises(ConfigurationError, match="one generator"):
        gs.fit(images, method="gan", schedule=Schedule(steps=5, decoders=2))
    with pytest.raises(ConfigurationError, match="of the kind Adversarial"):
        gs.fit(images, method="gan", objective=gs.Elbo())
    with pytest.raises(ConfigurationError, match="of the kind Elbo"):
        gs.fit(images, objective=Adversarial())


@pytest.mark.parametrize("entry", [{"real_label": 0.2}, {"penalty": -1}, {"noise_until": 2}, {"inversion_steps": 1.5}])
def test_impossible_settings_are_named(entry):
    with pytest.raises(ConfigurationError, match=f"objective.{next(iter(entry))} needs"):
        Adversarial(**entry)


def test_entries_that_the_user_names_win_over_the_adversarial_defaults():
    assert adversarial_schedule(100, Schedule(steps=7, learning_rate=0.02)) == Schedule(
        steps=7, learning_rate=0.02, batch=64, average=0.995
    )


def test_noise_falls_in_a_straight_line_to_nothing():
    objective = Adversarial(instance_noise=0.4, noise_until=0.5)
    assert [round(objective.noise(p), 3) for p in (0.0, 0.25, 0.5, 0.9)] == [0.4, 0.2, 0.0, 0.0]


def test_how_an_encoder_reads_cells_is_found_on_the_data(images):
    kind = gs.fit(images, latent=2, method="pca").modality
    tensors = kind.to_tensors(images)
    reading = find_reading(kind, tensors)
    inputs, targets = kind.present(tensors, None)
    assert reading is not None
    shown = reading.inputs(targets["cells"], None)
    assert all(torch.equal(shown[name], values) for name, values in inputs.items())
