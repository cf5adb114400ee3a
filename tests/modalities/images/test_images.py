"""Images of every pixel type come back as they were, and what cannot be an image is refused in words."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import gausscape
from gausscape.configuration import parse_settings
from gausscape.errors import ConfigurationError, DataError, GausscapeError, ShapeError
from gausscape.modalities.images.convolutions import SameConvolution, SameTransposed, mirrored
from gausscape.modalities.images.example import example_items
from gausscape.modalities.images.keras_terms import ACTIVATIONS
from gausscape.modalities.images.modality import ImageModality
from gausscape.modalities.images.subpixel import SubpixelDecoder
from gausscape.networks import DenseDecoder
from gausscape.training.fitting import fit
from gausscape.training.schedule import Schedule

GREY = example_items(40)


def cells_of(modality: ImageModality, values: np.ndarray) -> torch.Tensor:
    return modality.present(modality.to_tensors(values), None)[1]["cells"]


# --- pixels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "peak"),
    [
        (GREY, 255),
        ((GREY.astype("uint16") * 257), 65535),
        (GREY > 100, 1),
        ((GREY / 255).astype("float32"), 1),
        ((GREY / 255).astype("float64"), 1),
        (GREY.astype("int64"), 255),
        (np.repeat(GREY[..., None], 3, axis=3), 255),
        (GREY[..., None], 255),
    ],
    ids=["uint8", "uint16", "bool", "float32", "float64", "int64", "colour", "one-channel"],
)
def test_I2_every_pixel_type_comes_back_as_it_was(values, peak):
    modality = ImageModality.infer(values)
    assert modality.peak == peak
    cells = cells_of(modality, values)
    assert cells.dtype == torch.float32
    assert 0 <= float(cells.min()) <= float(cells.max()) <= 1
    back = modality.to_items(cells)
    assert back.dtype == values.dtype
    assert back.shape == values.shape
    np.testing.assert_allclose(back.astype(float), values.astype(float), rtol=1e-6, atol=1e-6 * peak)


def test_I2_fortran_order_strides_and_byte_order_do_not_matter():
    wanted = cells_of(ImageModality.infer(GREY), GREY)
    for values in (np.asfortranarray(GREY), np.repeat(GREY, 2, axis=0)[::2], GREY[::-1][::-1]):
        assert torch.equal(cells_of(ImageModality.infer(values), values), wanted)
    swapped = (GREY / 255).astype(">f8")
    assert ImageModality.infer(swapped).to_items(cells_of(ImageModality.infer(swapped), swapped)).dtype == swapped.dtype


@pytest.mark.parametrize("value", [0, 255])
def test_I8_all_black_and_all_white_are_scaled_without_nan(value):
    images = np.full((20, 4, 4), value, "uint8")
    modality = ImageModality.infer(images)
    assert modality.likelihood == "bernoulli"
    assert torch.isfinite(modality.networks(2, size=20, tensors=modality.to_tensors(images)).decoder(torch.zeros(1, 2))).all()
    with pytest.raises(DataError, match="distinct"):
        fit(images)


def test_I8_single_pixels_are_images():
    images = np.arange(200, dtype="uint8")[:, None, None]
    space = fit(images, latent=1, schedule=Schedule(steps=20))
    assert space.decode(space.embed(images).mean).shape == (200, 1, 1)
    assert np.isfinite(space.exceedance(images).probability).all()


@pytest.mark.parametrize("shape", [(20, 0, 4), (20, 4, 0), (20, 4, 4, 0)])
def test_I8_images_without_pixels_are_refused(shape):
    with pytest.raises(GausscapeError):
        ImageModality.infer(np.zeros(shape, "uint8"))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers_are_named_by_image(bad):
    images = (GREY / 255).astype("float32")
    modality = ImageModality.infer(images)
    images[17, 2, 3] = bad
    for action in (ImageModality.infer, modality.to_tensors):
        with pytest.raises(DataError, match="image 17 has NaN or infinite"):
            action(images)


@pytest.mark.parametrize(("bad", "words"), [(1.5, "to 1.5"), (-0.25, "from -0.25")])
def test_pixels_out_of_range_are_named_with_their_range(bad, words):
    images = (GREY / 255).astype("float32")
    images[9, 0, 0] = bad
    with pytest.raises(DataError, match=rf"from 0 to 1, but image 9.*{words}.*peak="):
        ImageModality.infer(images)


def test_a_stated_peak_is_used():
    images = (GREY.astype("float64") / 4).astype("int32")
    with pytest.raises(DataError, match="int32 with values"):
        ImageModality.infer(images)
    modality = ImageModality.infer(images, peak=64)
    assert np.array_equal(modality.to_items(cells_of(modality, images)), images)


@pytest.mark.parametrize("peak", [0, -1, "bright", True, float("nan"), float("inf")])
def test_an_impossible_peak_is_refused(peak):
    with pytest.raises(ConfigurationError, match="peak"):
        ImageModality.infer(GREY, peak=peak)


# --- shapes ------------------------------------------------------------------------------------------------------


def test_I1_images_of_another_size_are_refused_with_both_sizes():
    modality = ImageModality.infer(GREY)
    with pytest.raises(ShapeError, match=r"shape \(n, 8, 8\), but got shape \(5, 9, 8\)"):
        modality.to_tensors(np.zeros((5, 9, 8), "uint8"))
    with pytest.raises(ShapeError, match=r"\(5, 8, 8, 1\)"):
        modality.to_tensors(np.zeros((5, 8, 8, 1), "uint8"))


@pytest.mark.parametrize("channels", [2, 4, 8])
def test_other_numbers_of_channels_are_refused(channels):
    with pytest.raises(ShapeError, match="1 or 3 channels"):
        ImageModality.infer(np.zeros((20, 8, 8, channels), "uint8"))


def test_channels_first_is_explained():
    with pytest.raises(ShapeError, match="moveaxis"):
        ImageModality.infer(np.zeros((20, 3, 8, 8), "uint8"))


@pytest.mark.parametrize("dtype", ["complex64", "U3", "datetime64[s]", "O"])
def test_pixels_of_other_types_are_refused(dtype):
    values = np.zeros((20, 4, 4), "int64").astype(dtype)
    with pytest.raises(DataError, match="numbers"):
        ImageModality.infer(values)
    with pytest.raises(GausscapeError):
        ImageModality.infer(np.zeros((20, 4, 4), "uint8")).to_tensors(values)


@pytest.mark.parametrize("n", [0, 1, 9])
def test_too_few_images_are_refused(n):
    with pytest.raises(DataError, match=f"at least 10, but {n} came"):
        ImageModality.infer(GREY[:n])


# --- the likelihood ----------------------------------------------------------------------------------------------


def test_the_likelihood_is_chosen_by_how_grey_the_pixels_are_and_says_so():
    binary, grey = ImageModality.infer((GREY > 100).astype("float32")), ImageModality.infer(GREY)
    assert binary.likelihood == "bernoulli"
    assert "black or white" in binary.notes[0]
    assert grey.likelihood == "gaussian"
    assert "grey" in grey.notes[0]
    assert "limit 20%" in binary.notes[0] or "up to 20%" in grey.notes[0]


@pytest.mark.parametrize("name", ["bernoulli", "continuous-bernoulli", "gaussian", "discretised-logistic"])
def test_a_stated_likelihood_is_used(name):
    modality = ImageModality.infer(GREY, likelihood=name)
    assert modality.likelihood == name
    assert "as asked" in modality.notes[0]
    space = fit(GREY, modality={"name": "images", "likelihood": name}, latent=2, schedule=Schedule(steps=10))
    assert np.isfinite(space.score_samples(GREY)).all()


def test_asking_for_bernoulli_on_grey_pixels_warns_in_the_note():
    assert "noise" in ImageModality.infer(GREY, likelihood="bernoulli").notes[0]


@pytest.mark.parametrize("name", ["poisson", "", 3, ["bernoulli"]])
def test_an_unknown_likelihood_is_refused_with_the_known_ones(name):
    with pytest.raises(ConfigurationError, match="discretised-logistic"):
        ImageModality.infer(GREY, likelihood=name)


def test_binary_presentations_are_drawn_with_the_grey_value_as_probability():
    # 4,000 draws of each pixel; 6.5 standard deviations over 64 pixels: false-alarm rate 5e-9.
    modality = ImageModality.infer(GREY, likelihood="bernoulli")
    one = {"pixels": modality.to_tensors(GREY[:1])["pixels"].repeat(4000, 1)}
    inputs, targets = modality.present(one, torch.Generator().manual_seed(0))
    assert torch.equal(inputs["pixels"], targets["cells"])
    assert set(targets["cells"].unique().tolist()) <= {0.0, 1.0}
    grey = torch.from_numpy(GREY[0].reshape(-1) / 255.0)
    error = (grey * (1 - grey) / 4000).sqrt()
    assert ((targets["cells"].double().mean(0) - grey).abs() <= 6.5 * error + 1e-9).all()


# --- architectures -----------------------------------------------------------------------------------------------

KERAS = """\
encoder:
  input_shape: [8, 8, 1]
  filters: [4, 8]
  kernel_sizes: [3, [3, 3]]
  activations: [relu, leaky_relu]
  strides: [2, 1]
  latent_dim: 2
decoder:
  reshape: [4, 4, 8]
  filters: [4, 1]
  kernel_sizes: [4, 3]
  activations: [relu, sigmoid]
  strides: [2, 1]
  latent_dim: 2
"""


@pytest.mark.parametrize(
    "architecture", ["subpixel", "dense", "convolutional", parse_settings(KERAS)], ids=["subpixel", "dense", "conv", "keras"]
)
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)])
def test_architectures_turn_images_into_codes_and_back(architecture, shape):
    values = GREY.reshape(len(GREY), *shape)
    modality = ImageModality.infer(values)
    networks = modality.networks(2, size=40, architecture=architecture)
    posterior = networks.encode(modality.present(modality.to_tensors(values), None)[0])
    assert posterior.mean.shape == (40, 2)
    assert networks.decoder(posterior.mean).shape == (40, 64)


@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (9, 3, 3), (28, 28)])
def test_the_built_in_architectures_take_any_size(shape):
    values = np.random.default_rng(0).integers(0, 256, (12, *shape)).astype("uint8")
    modality = ImageModality.infer(values)
    for architecture in ("subpixel", "dense", "convolutional"):
        networks = modality.networks(3, size=12, architecture=architecture)
        assert networks.decoder(torch.zeros(2, 3)).shape == (2, modality.cells)
        assert networks.encode({"pixels": cells_of(modality, values)}).mean.shape == (12, 3)


def test_images_are_decoded_by_subpixels_unless_another_architecture_is_named():
    modality = ImageModality.infer(GREY)
    assert modality.networks(2, size=40).document["architecture"]["name"] == "subpixel"
    assert modality.networks(2, size=40, architecture="dense").document["architecture"]["name"] == "dense"


@pytest.mark.parametrize("name", ["subpixel", "dense"])
def test_convolutions_can_stand_before_the_encoder(name, tmp_path):
    settings = {"name": name, "encoder": {"filters": 4, "width": 16}}
    for shape in ((8, 8), (5, 7, 3), (1, 1)):
        values = np.random.default_rng(0).integers(0, 256, (12, *shape)).astype("uint8")
        modality = ImageModality.infer(values)
        networks = modality.networks(3, size=12, architecture=settings, tensors=modality.to_tensors(values))
        cells = cells_of(modality, values)
        assert torch.allclose(networks.encoder.encoder.centre, cells.mean(0))
        assert networks.encode({"pixels": cells}).mean.shape == (12, 3)
    space = fit(GREY, latent=2, architecture=settings, schedule=Schedule(steps=5))
    space.save(tmp_path / "space")
    assert np.array_equal(gausscape.load(tmp_path / "space").embed(GREY).mean, space.embed(GREY).mean)


@pytest.mark.parametrize("name", ["subpixel", "dense"])
def test_sizes_of_built_in_networks_can_be_asked_for(name):
    text = f"name: {name}\nencoder: {{width: 32, blocks: 0}}\ndecoder: {{blocks: 1}}"
    networks = ImageModality.infer(GREY).networks(5, size=40, architecture=parse_settings(text))
    told = networks.document["architecture"]
    assert told["encoder"] == {"width": 32, "blocks": 0, "filters": 0}
    assert told["decoder"] == {"width": 96 if name == "subpixel" else 128, "blocks": 1, "frequencies": 0}
    assert networks.encoder.encoder.first.weight.shape == (32, 64)
    assert networks.decoder(torch.zeros(2, 5)).shape == (2, 64)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: deep", "name among subpixel, dense, convolutional, but got 'deep' on line 1"),
        ("name: dense\nwidth: 3", "takes name, encoder and decoder, but 'width' came on line 2"),
        ("name: dense\nencoder:\n  width: 0", "encoder of the architecture dense needs width .* from 1 to 4096, but got 0 on line 3"),
        ("name: dense\nencoder:\n  frequencies: 3", "takes width, blocks, filters, but got 'frequencies' on line 3"),
        ("name: dense\nencoder: 3", "needs a mapping with width, blocks, filters, but got 3"),
        ("name: convolutional\ndecoder: {}", "one size only, but 'decoder' came on line 2"),
    ],
)
def test_impossible_sizes_are_refused_with_their_line(text, message):
    with pytest.raises(ConfigurationError, match=message):
        ImageModality.infer(GREY).networks(2, size=40, architecture=parse_settings(text))


@pytest.mark.parametrize("size", [40, 3_000, 10_000, 50_000])
@pytest.mark.parametrize("name", ["subpixel", "dense"])
def test_documents_of_earlier_versions_name_the_architecture_alone(name, size):
    # Their widths followed from the number of fitted images, by a rule that must stay as it is.
    width = {40: 0.25, 3_000: 0.5, 10_000: 0.75, 50_000: 1.0}[size] * (384 if name == "subpixel" else 512)
    networks = ImageModality.infer(GREY).networks(2, size=size, architecture=name)
    assert networks.document["architecture"]["decoder"]["width"] == width


def test_starting_and_stretching_a_decoder_are_what_they_say():
    torch.manual_seed(0)
    for decoder in (SubpixelDecoder(2, (4, 5, 1), width=16), DenseDecoder(2, 20, width=16)):
        before = decoder(torch.randn(7, 2, generator=torch.Generator().manual_seed(1)))
        decoder.start_at(torch.linspace(-1, 1, 20))
        decoder.stretch(torch.tensor(1e-4))
        after = decoder(torch.randn(7, 2, generator=torch.Generator().manual_seed(1)))
        assert torch.allclose(after, torch.linspace(-1, 1, 20).expand(7, -1), atol=1e-3)
        assert torch.allclose((after - after.mean(0)) * 1e4, before - before.mean(0), atol=1e-2)


@pytest.mark.parametrize("image", [(8, 8, 1), (5, 7, 3), (1, 1, 1)])
def test_subpixels_are_torchs_pixel_shuffle_of_a_convolution_cropped(image):
    torch.manual_seed(0)
    height, width, channels = image
    decoder = SubpixelDecoder(2, image, width=16, blocks=1)
    decoder.start_at(torch.rand(height * width * channels))
    z = torch.randn(4, 2)
    depth, rows, columns = decoder.maps
    maps = functional.silu(decoder.dense(z)).reshape(4, rows, columns, depth).permute(0, 3, 1, 2)
    fine = functional.pixel_shuffle(decoder.last(maps), 2)[:, :, :height, :width]
    assert torch.allclose(decoder(z), fine.permute(0, 2, 3, 1).flatten(1) + decoder.shift.bias, atol=1e-6)


def test_keras_terms_are_read_from_yaml_fitted_and_loaded(tmp_path):
    space = fit(GREY, latent=2, architecture=parse_settings(KERAS), schedule=Schedule(steps=5))
    space.save(tmp_path / "space")
    assert np.array_equal(gausscape.load(tmp_path / "space").embed(GREY).mean, space.embed(GREY).mean)


def test_a_last_sigmoid_belongs_to_a_likelihood_with_logits():
    for likelihood, kept in (("bernoulli", False), ("gaussian", True)):
        modality = ImageModality.infer(GREY, likelihood=likelihood)
        decoder = modality.networks(2, size=40, architecture=parse_settings(KERAS)).decoder
        assert any(isinstance(layer, nn.Sigmoid) for layer in decoder.modules()) is kept


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_known_activation_works(activation):
    settings = parse_settings(KERAS.replace("leaky_relu", activation))
    networks = ImageModality.infer(GREY).networks(2, size=40, architecture=settings)
    assert torch.isfinite(networks.encode({"pixels": torch.rand(3, 64)}).mean).all()


@pytest.mark.parametrize("side", [1, 2, 5, 8, 9])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_padding_has_tensorflow_s_shapes(side, kernel, stride):
    image = torch.zeros(1, 2, side, side + 1)
    inward = SameConvolution(2, 3, kernel, stride)(image)
    assert inward.shape == (1, 3, -(-side // stride), -(-(side + 1) // stride))
    outward = SameTransposed(2, 3, kernel, stride)(image)
    assert outward.shape == (1, 3, side * stride, (side + 1) * stride)


@pytest.mark.parametrize("side", [2, 5, 8])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_padding_puts_the_odd_cell_at_the_end_as_tensorflow_does(side, kernel, stride):
    module = SameConvolution(2, 3, kernel, stride).double()
    image = torch.randn(1, 2, side, side + 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pads = []
    for length in (side + 1, side):
        total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        pads += [total // 2, total - total // 2]
    padded = torch.nn.functional.pad(image, pads)
    plain = torch.nn.functional.conv2d(padded, module.convolution.weight, module.convolution.bias, stride=stride)
    assert torch.allclose(mirrored(module(mirrored(image))), plain, atol=1e-12)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_transposed_convolution_is_the_adjoint_of_the_convolution(kernel, stride):
    # TensorFlow defines it so; with equal weights <conv x, y> = <x, conv' y>.
    generator = torch.Generator().manual_seed(0)
    forward, backward = SameConvolution(2, 3, kernel, stride).double(), SameTransposed(3, 2, kernel, stride).double()
    with torch.no_grad():
        backward.convolution.weight.copy_(forward.convolution.weight)
        forward.convolution.bias.zero_()
        backward.convolution.bias.zero_()
        x = torch.randn(1, 2, 4 * stride, 3 * stride, generator=generator, dtype=torch.float64)
        y = torch.randn(1, 3, 4, 3, generator=generator, dtype=torch.float64)
        assert float((forward(x) * y).sum()) == pytest.approx(float((x * backward(y)).sum()), rel=1e-9)


def replaced(old: str, new: str) -> str:
    assert old in KERAS
    return KERAS.replace(old, new, 1)


def decoder_replaced(old: str, new: str) -> str:
    encoder, decoder = KERAS.split("decoder:")
    assert old in decoder
    return f"{encoder}decoder:{decoder.replace(old, new, 1)}"


WRONG = {
    "an unknown part": (KERAS + "middle: {}\n", "'middle' came on line 15"),
    "no decoder": (KERAS.split("decoder:")[0], "needs an entry decoder"),
    "a part that is no mapping": ("encoder: [1]\ndecoder: {}\n", "needs an entry encoder"),
    "an unknown entry": (replaced("filters:", "filter:"), "'filter' came on line 3"),
    "an unknown decoder entry": (decoder_replaced("reshape:", "shape:"), "'shape' came on line 9"),
    "a missing list": (replaced("  filters: [4, 8]\n", ""), "encoder needs an entry filters"),
    "no reshape": (decoder_replaced("  reshape: [4, 4, 8]\n", ""), "reshape"),
    "filters that are no list": (replaced("[4, 8]", "4"), r"encoder\.filters on line 3"),
    "an empty list": (replaced("filters: [4, 8]", "filters: []"), r"encoder\.filters on line 3"),
    "filters that are text": (replaced("[4, 8]", "[4, many]"), r"encoder\.filters on line 3"),
    "filters of zero": (replaced("[4, 8]", "[4, 0]"), r"encoder\.filters on line 3"),
    "filters that are true": (replaced("[4, 8]", "[4, true]"), r"encoder\.filters on line 3"),
    "a kernel that is not square": (replaced("[3, 3]", "[3, 5]"), r"encoder\.kernel_sizes on line 4"),
    "a kernel nested too deeply": (replaced("[3, 3]", "[[3], [3]]"), r"encoder\.kernel_sizes on line 4"),
    "too few kernels": (replaced("[3, [3, 3]]", "[3]"), r"encoder\.kernel_sizes on line 4 has 1 values for 2 filters"),
    "an unknown activation": (replaced("leaky_relu", "rleu"), r"encoder\.activations on line 5 has 'rleu'"),
    "an activation that is a list": (replaced("leaky_relu", "[relu]"), r"encoder\.activations on line 5"),
    "too many activations": (replaced("leaky_relu", "relu, relu"), r"encoder\.activations on line 5 has 3 values"),
    "a negative stride": (replaced("strides: [2, 1]", "strides: [2, -1]"), r"encoder\.strides on line 6"),
    "too few strides": (decoder_replaced("strides: [2, 1]", "strides: [2]"), r"decoder\.strides on line 13 has 1 values"),
    "another latent": (replaced("latent_dim: 2", "latent_dim: 3"), r"encoder\.latent_dim on line 7 is 3.*latent=2"),
    "another decoder latent": (decoder_replaced("latent_dim: 2", "latent_dim: 5"), r"decoder\.latent_dim on line 14 is 5"),
    "another image": (replaced("[8, 8, 1]", "[28, 28, 1]"), r"encoder\.input_shape on line 2"),
    "a reshape of two": (decoder_replaced("[4, 4, 8]", "[4, 4]"), r"decoder\.reshape on line 9"),
    "a decoder that ends elsewhere": (decoder_replaced("[4, 4, 8]", "[7, 4, 8]"), r"ends at \[14, 8, 1\].*reshape on line 9"),
    "a decoder of other channels": (decoder_replaced("filters: [4, 1]", "filters: [4, 3]"), r"ends at \[8, 8, 3\]"),
}


@pytest.mark.parametrize("case", WRONG)
def test_every_wrong_entry_is_named_with_its_line(case):
    text, message = WRONG[case]
    with pytest.raises(ConfigurationError, match=message):
        ImageModality.infer(GREY).networks(2, size=40, architecture=parse_settings(text))


def test_python_mappings_with_tuples_are_read_too():
    settings = {
        "encoder": {"filters": (4,), "kernel_sizes": ((3, 3),), "activations": ["relu"], "strides": (2,)},
        "decoder": {"reshape": (4, 4, 4), "filters": [1], "kernel_sizes": [(3, 3)], "activations": ["linear"], "strides": [2]},
    }
    assert ImageModality.infer(GREY).networks(2, size=40, architecture=settings).decoder(torch.zeros(1, 2)).shape == (1, 64)


@pytest.mark.parametrize("architecture", ["resnet", 3, (nn.Linear(2, 2),), ("a", "b"), [1, 2, 3]])
def test_other_architectures_are_refused(architecture):
    with pytest.raises(GausscapeError):
        ImageModality.infer(GREY).networks(2, size=40, architecture=architecture)


class OwnEncoder(nn.Module):
    def __init__(self, cells: int = 64, latent: int = 2):
        super().__init__()
        self.layer = nn.Linear(cells, 2 * latent)

    def forward(self, pixels):
        return tuple(self.layer(pixels).chunk(2, -1))


def test_own_modules_are_fitted_and_needed_again_at_load(tmp_path):
    pair = (OwnEncoder(), nn.Linear(2, 64))
    space = fit(GREY, latent=2, architecture=pair, schedule=Schedule(steps=5))
    space.save(tmp_path / "space")
    with pytest.raises(ConfigurationError, match=r"OwnEncoder, Linear.*networks=\(encoder, decoder\)"):
        gausscape.load(tmp_path / "space")
    again = gausscape.load(tmp_path / "space", networks=(OwnEncoder(), nn.Linear(2, 64)))
    assert np.array_equal(again.embed(GREY).mean, space.embed(GREY).mean)
    with pytest.raises(GausscapeError):
        gausscape.load(tmp_path / "space", networks=(OwnEncoder(latent=3), nn.Linear(3, 64)))


@pytest.mark.parametrize(
    ("encoder", "decoder", "message"),
    [
        (OwnEncoder(latent=3), nn.Linear(2, 64), "own encoder"),
        (nn.Linear(64, 2), nn.Linear(2, 64), "own encoder"),
        (OwnEncoder(cells=65), nn.Linear(2, 64), "own encoder"),
        (OwnEncoder(), nn.Linear(2, 63), "own decoder"),
        (OwnEncoder(), nn.Linear(3, 64), "own decoder"),
    ],
)
def test_own_modules_of_other_shapes_are_refused(encoder, decoder, message):
    with pytest.raises(ShapeError, match=message):
        ImageModality.infer(GREY).networks(2, size=40, architecture=(encoder, decoder))


def test_pictures_are_rasters_in_zero_to_one():
    for values in (GREY, np.repeat(GREY[..., None], 3, axis=3)):
        picture = ImageModality.infer(values).pictures(values[:2])[1]
        assert picture.kind == "raster"
        assert picture.data.shape == values.shape[1:]
        np.testing.assert_allclose(picture.data, values[1] / 255, atol=1e-6)
