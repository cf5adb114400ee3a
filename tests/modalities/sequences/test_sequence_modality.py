"""Sequences: what is accepted and refused, scaling, gaps, shifts, features, parts, files."""

import io
import json

import numpy as np
import pyarrow.parquet
import pytest
import torch

import gausscape as gs
from gausscape.errors import ConfigurationError, DataError, SchemaError, ShapeError
from gausscape.modalities.sequences import MODALITY
from gausscape.modalities.sequences.example import example_items
from gausscape.modalities.sequences.likelihood import AutoregressiveGaussian
from gausscape.modality import recognise
from gausscape.training.schedule import Schedule


def waves(n=30, length=40, channels=None, seed=0):
    rng = np.random.default_rng(seed)
    shape = (n, length) if channels is None else (n, length, channels)
    return np.cumsum(rng.normal(size=shape), axis=1)


def test_lists_of_arrays_are_recognised_and_arrays_are_not():
    assert recognise(list(waves())) is MODALITY
    assert recognise(tuple(waves(channels=2))) is MODALITY
    assert not MODALITY.accepts(waves())
    assert not MODALITY.accepts(waves(channels=3))
    assert not MODALITY.accepts([])
    assert not MODALITY.accepts([[1.0, 2.0]])
    assert not MODALITY.accepts([np.zeros((2, 2, 2))])
    assert not MODALITY.accepts([np.array(["a"])])


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "uint8"])
@pytest.mark.parametrize("channels", [None, 1, 3])
@pytest.mark.parametrize("stacked", [True, False])
def test_objects_come_back_in_their_form(dtype, channels, stacked):
    values = (20 * np.abs(waves(channels=channels))).astype(dtype)
    given = values if stacked else list(values)
    kind = MODALITY.infer(given)
    back = kind.to_items(kind.present(kind.to_tensors(given), None)[1]["cells"])
    assert type(back) is type(given)
    assert back[0].dtype == values.dtype
    assert back[0].shape == values[0].shape
    np.testing.assert_allclose(np.stack(list(back)), values, rtol=1e-5, atol=1e-4)


def test_Q1_an_empty_sequence_is_named():
    values = list(waves())
    values[7] = np.zeros(0)
    with pytest.raises(ShapeError, match=r"sequence 7 is empty \(length 0\)"):
        MODALITY.infer(values)


@pytest.mark.parametrize("length", [1, 3, 4097, 1_000_000])
def test_Q1_lengths_out_of_bounds_are_refused_with_the_length(length):
    # One array seen many times: a million steps need no memory of their own here.
    with pytest.raises(ShapeError, match=rf"sequence 0 has {length:,} steps"):
        MODALITY.infer(np.broadcast_to(np.zeros((1, length), np.float32), (10, length)))


def test_Q1_another_length_is_named_with_its_object():
    values = list(waves())
    values[4] = values[4][:25]
    with pytest.raises(ShapeError, match="sequence 0 has 40 steps and sequence 4 25"):
        MODALITY.infer(values)
    kind = MODALITY.infer(list(waves()))
    with pytest.raises(ShapeError, match="40 steps, but got 25"):
        kind.to_tensors([value[:25] for value in waves()])


def test_Q1_only_the_option_length_cuts_and_fills_up():
    values = list(waves())
    values[4] = values[4][:25]
    kind = MODALITY.infer(values, length=30)
    tensors = kind.to_tensors(values)
    observed = tensors["observed"].numpy()
    assert kind.length == 30
    assert observed[4].sum() == 25
    assert observed[4, :25].all()
    assert observed[[0, 1, 2, 3, 5]].all()
    back = kind.to_items(tensors["series"])
    np.testing.assert_allclose(back[0], values[0][:30], rtol=1e-5, atol=1e-5)
    whole = MODALITY.infer([np.arange(k % 3 + 20) + k for k in range(12)], length=21)
    assert whole.to_items(torch.zeros(1, 21))[0].dtype == np.float64
    for wrong in (1, 5000, 2.5, True, "30"):
        with pytest.raises(ConfigurationError, match="length"):
            MODALITY.infer(values, length=wrong)


@pytest.mark.parametrize(
    "odd", [["a", "b", "c", "d"], "text", [b"\xff"], None, np.array(["x"] * 40), np.zeros((2, 2, 2)), {}]
)
def test_Q2_what_is_no_number_is_named_with_its_object(odd):
    values = list(waves())
    values[3] = odd
    with pytest.raises(DataError, match="sequence 3"):
        MODALITY.infer(values)


def test_infinite_numbers_are_named_by_object_and_step():
    values = waves(channels=2)
    values[5, 11, 1] = np.inf
    with pytest.raises(DataError, match="sequence 5 has inf at step 11, channel 1"):
        MODALITY.infer(list(values))


def test_what_never_varies_or_is_never_there_is_refused():
    with pytest.raises(DataError, match="the same"):
        MODALITY.infer(np.full((20, 30), 0.1))
    values = waves(channels=2)
    values[3] = np.nan
    with pytest.raises(DataError, match="sequence 3 has none"):
        MODALITY.infer(values)
    values = waves(channels=2)
    values[..., 1] = np.nan
    with pytest.raises(DataError, match="'second' has none"):
        MODALITY.infer(values, channels=["first", "second"])


def test_a_constant_channel_beside_a_varying_one_is_kept():
    values = waves(channels=2)
    values[..., 1] = 7
    kind = MODALITY.infer(values)
    np.testing.assert_array_equal(kind.to_items(kind.to_tensors(values)["series"])[..., 1], 7)


def test_options_are_checked():
    for options in (
        {"channels": ["a"]},
        {"channels": ["a", "a"]},
        {"channels": "ab"},
        {"noise": "pink"},
        {"shifts": -1},
        {"gaps": 1.5},
    ):
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            MODALITY.infer(waves(channels=2), **options)


def test_gaps_are_refused_where_the_fit_had_none_and_taken_where_it_asked_for_them():
    values = waves()
    broken = values.copy()
    broken[2, 9] = np.nan
    with pytest.raises(DataError, match="sequence 2 lacks a value at step 9"):
        MODALITY.infer(values).to_tensors(broken)
    with pytest.raises(DataError, match="sequence 2 lacks"):
        MODALITY.infer(broken, gaps=False)
    tensors = MODALITY.infer(values, gaps=True).to_tensors(broken)
    assert int((tensors["observed"] == 0).sum()) == 1


def test_other_channels_are_refused():
    kind = MODALITY.infer(waves(channels=2), channels=["x", "y"])
    with pytest.raises(SchemaError, match="2 channels x, y, but got 3"):
        kind.to_tensors(waves(channels=3))


def test_training_shifts_target_and_input_alike_and_never_without_a_generator():
    values = np.tile(np.arange(40.0), (50, 1)) + np.arange(50)[:, None]
    kind = MODALITY.infer(values, shifts=3)
    tensors = kind.to_tensors(values)
    inputs, targets = kind.present(tensors, None)
    assert torch.equal(targets["cells"], tensors["series"])
    _, targets = kind.present(tensors, torch.Generator().manual_seed(0))
    step = float(tensors["series"][0, 1] - tensors["series"][0, 0])
    moved = ((tensors["series"] - targets["cells"])[:, 20] / step).round().int()
    assert set(moved.tolist()) == set(range(-3, 4))
    for row, by in enumerate(moved.tolist()):
        steps = (torch.arange(40) - by).clamp(0, 39)
        torch.testing.assert_close(targets["cells"][row], tensors["series"][row][steps])
    assert set(inputs) == {"series"}


def test_hidden_stretches_are_still_scored():
    values = waves(n=200)
    kind = MODALITY.infer(values, gaps=True, shifts=0)
    inputs, targets = kind.present(kind.to_tensors(values), torch.Generator().manual_seed(1))
    assert targets["observed"].all()
    hidden = (inputs["mask"] == 0).any(1)
    assert 0.2 < hidden.float().mean() < 0.7
    assert (inputs["series"][inputs["mask"] == 0] == 0).all()


def test_features_follow_what_was_done_to_a_sequence():
    time = np.arange(60)
    base = np.exp(-((time - 30) ** 2) / 40)
    values = np.stack([base * (1 + 0.02 * k) for k in range(12)])
    kind = MODALITY.infer(values, shifts=0)

    def told(series):
        found = kind.features(kind.to_tensors(series[None])["series"])
        return dict(zip(found.names, found.values[0], strict=True))

    plain = told(base)
    assert told(base + 1)["mean"] == pytest.approx(plain["mean"] + 1, abs=1e-5)
    assert told(2 * base)["peak to peak"] == pytest.approx(2 * plain["peak to peak"], rel=1e-5)
    later = told(np.roll(base, 5))
    assert later["time of the highest (steps)"] - plain["time of the highest (steps)"] == pytest.approx(5, abs=0.2)
    assert told(base + time / 59)["change from start to end"] - plain["change from start to end"] == pytest.approx(
        1, abs=1e-4
    )
    rough = told(base + 0.1 * (-1.0) ** time)
    assert rough["roughness"] > 2 * plain["roughness"]
    assert told(np.sin(2 * np.pi * time / 15))["period (steps)"] == pytest.approx(15, rel=0.1)
    names, part = kind.parts()
    assert names == ("steps 0 to 11", "steps 12 to 23", "steps 24 to 35", "steps 36 to 47", "steps 48 to 59")
    raised = base + np.where(part == 1, 0.5, 0)
    changed = told(raised)
    assert changed["mean of steps 12 to 23"] == pytest.approx(plain["mean of steps 12 to 23"] + 0.5, abs=1e-5)


def test_features_of_gaps_are_those_of_what_is_there():
    values = example_items(60)
    kind = MODALITY.infer(values, channels=["bump", "wave"])
    tensors = kind.to_tensors(values)
    observed = tensors["observed"].clone()
    observed[0, 1::2] = 0
    told = kind.features(tensors["series"], observed)
    own = np.array([name.startswith("wave: ") for name in told.names])
    assert np.isnan(told.values[0, own]).all()
    assert np.isfinite(told.values[0, ~own]).all()


def test_files_hold_what_was_made(tmp_path):
    kind = MODALITY.infer(example_items(20), channels=["bump", "wave"])
    some, told = example_items(3), {"exceedance": np.array([0.1, 0.2, 0.3]), "codes": np.zeros((3, 2))}
    with np.load(io.BytesIO(kind.to_file(some, told, ".npz"))) as archive:
        assert archive["items"].shape == (3, 24, 2)
    table = pyarrow.parquet.read_table(io.BytesIO(kind.to_file(some, told, ".parquet")))
    assert table.column_names == ["id", "time", "bump", "wave", "_exceedance"]
    assert table.num_rows == 72
    path = tmp_path / "made.parquet"
    path.write_bytes(kind.to_file(some, told, ".parquet"))
    again = gs.load_data(path, id_column="id", read={"time_column": "time", "value_columns": "bump,wave"})
    np.testing.assert_array_equal(np.stack(again.values), np.stack(some))


@pytest.mark.parametrize("architecture", ["dense", "convolutional"])
def test_each_architecture_learns_what_makes_the_sequences(architecture):
    rng = np.random.default_rng(1)
    time, height = np.arange(32), rng.normal(1, 0.3, 120)
    values = height[:, None] * np.sin(2 * np.pi * time / 32) + rng.normal(0, 0.02, (120, 32))
    items = gs.Items.of(values)
    space = gs.fit(
        items, modality="sequences", latent=2, architecture=architecture, schedule=Schedule(steps=150), seed=0
    )
    rebuilt = np.asarray(space.reconstruct(values))
    assert np.abs(rebuilt - values).mean() < 0.3 * np.abs(values - values.mean(0)).mean()
    strange = np.abs(rng.normal(1, 0.3, (20, 1))) * np.sign(np.sin(2 * np.pi * time / 32))
    # 24 objects calibrate, so that the smallest two-sided p-value there is 2 / 25.
    assert (space.assess(strange)["residual"] < 0.09).all()


def test_the_noise_is_as_asked():
    assert isinstance(MODALITY.infer(waves()).likelihood(), AutoregressiveGaussian)
    assert not isinstance(MODALITY.infer(waves(), noise="independent").likelihood(), AutoregressiveGaussian)


def test_own_modules_are_taken():
    kind = MODALITY.infer(waves(length=10))

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.map = torch.nn.Linear(10, 6)

        def forward(self, rows):
            return self.map(rows).chunk(2, -1)

    nets = kind.networks(
        3, size=30, architecture=(Encoder(), torch.nn.Linear(3, 10)), tensors=kind.to_tensors(waves(length=10))
    )
    assert nets.document["architecture"] == {"own": ["Encoder", "Linear"]}
    assert nets.encode(kind.present(kind.to_tensors(waves(length=10)), None)[0]).mean.shape == (30, 3)


@pytest.mark.parametrize("settings", [{"name": "dense", "width": 16}, {"name": "convolutional", "width": 4, "stages": 2}])
def test_sizes_of_built_in_networks_can_be_asked_for(settings):
    kind = MODALITY.infer(waves(length=10))
    nets = kind.networks(3, size=30, architecture=settings, tensors=kind.to_tensors(waves(length=10)))
    assert settings.items() <= nets.document["architecture"].items()
    assert nets.decoder(torch.zeros(4, 3)).shape == (4, 10)
    first = next(nets.encoder.parameters())
    assert first.shape[0] == settings["width"]


@pytest.mark.parametrize(
    "settings", [{"name": "deep"}, {"width": 3}, {"name": "dense", "stages": 2}, {"name": "convolutional", "stages": 9}]
)
def test_impossible_sizes_are_refused(settings):
    with pytest.raises(ConfigurationError, match="architecture"):
        MODALITY.infer(waves(length=10)).networks(3, size=30, architecture=settings)


def test_the_convolutional_decoder_is_started_and_stretched():
    kind = MODALITY.infer(waves(length=10))
    decoder = kind.networks(3, size=30, architecture="convolutional").decoder
    decoder.start_at(torch.linspace(-1, 1, 10))
    decoder.stretch(torch.tensor(0.0))
    output = decoder(torch.randn(5, 3))
    assert torch.equal(output, output[:1].expand(5, -1))


class Named(list):
    """A list that says what its channels are called, and when their steps come."""

    channels, step, start = ("pulse", "pressure"), 0.25, 1.0


class Turned(Named):
    channels = ("pressure", "pulse")


def test_names_and_times_of_the_source_are_kept():
    values = waves(channels=2)
    kind = MODALITY.infer(Named(values))
    assert kind.channels == Named.channels
    assert MODALITY.infer(Named(values), channels=["a", "b"]).channels == ("a", "b")
    restored = MODALITY.from_document(json.loads(json.dumps(kind.document())))
    assert restored == kind
    header, first, second = restored.to_file(list(values[:1]), {}, ".csv").decode().splitlines()[:3]
    assert header.replace('"', "") == "id,time,pulse,pressure"
    assert [float(line.split(",")[1]) for line in (first, second)] == [1.0, 1.25]
    old = {name: value for name, value in kind.document().items() if name not in ("step", "start")}
    assert MODALITY.from_document(old).step == 1.0


def test_channels_in_another_order_are_put_right():
    values = waves(channels=2)
    kind = MODALITY.infer(Named(values))
    turned = Turned([each[:, ::-1].copy() for each in values])
    np.testing.assert_array_equal(kind.to_tensors(turned)["series"], kind.to_tensors(Named(values))["series"])
