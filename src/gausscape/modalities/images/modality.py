"""Images as tensors: checked, scaled to [0, 1], scored pixel by pixel, drawn as rasters."""

__all__ = ["ImageModality"]

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from gausscape.errors import ConfigurationError, DataError, ShapeError
from gausscape.likelihoods import find_likelihood
from gausscape.modalities.images.built_in import MAP, FlatEncoder
from gausscape.modalities.images.nets import build_networks
from gausscape.modalities.images.shape import (
    REGION_NOTICEABLE,
    measure_shape,
    noticeable_differences,
    region_of_pixels,
)
from gausscape.modality import Autoencoder, Features, Modality, Picture, Tensors
from gausscape.networks import Decoder
from gausscape.space.column_files import npz_bytes

FEWEST = 10
NEARLY_BINARY = 0.2
GREY_KL_WEIGHT = 3.0
SHARING = 0.6
DRAWS = 5
STRONG_DECAY = 0.3
SPREAD_DRAWS = 512
LARGEST = 3 * 1024 * 1024


@dataclass(frozen=True)
class ImageModality(Modality):
    """Images of one size.

    Args:
        height, width, channels: Size; 1 channel is grey, 3 are red, green, blue.
        flat: Whether the arrays have no channel axis, (n, height, width).
        dtype: NumPy type of the pixels as given; decoded images come back in it.
        peak: Pixel value of full brightness (255 for uint8, 1 for floats).
        likelihood: Name of the pixel likelihood.
        notes: What was chosen and why.

    Example:
        >>> modality = ImageModality.infer(np.tile(np.eye(8, dtype="uint8") * 255, (12, 1, 1)))
        >>> modality.likelihood
        'bernoulli'
    """

    height: int
    width: int
    channels: int
    flat: bool
    dtype: str
    peak: float
    likelihood: str
    notes: tuple[str, ...] = ()

    name: ClassVar[str] = "images"
    summary: ClassVar[str] = "arrays (n, height, width) or (n, height, width, channels)"
    endings: ClassVar[tuple[str, ...]] = (".npz",)

    @classmethod
    def accepts(cls, values: Any) -> bool:
        return isinstance(values, np.ndarray) and values.ndim in (3, 4)

    @classmethod
    def infer(cls, values: Any, **options: Any) -> "ImageModality":
        """Learn size, scale and likelihood.

        Args:
            values: Images (n, height, width) or (n, height, width, channels), unsigned integers or floats in [0, 1].
            **options: `likelihood` (a name) and `peak` (pixel value of full brightness).
        """
        unknown = set(options) - {"likelihood", "peak"}
        if unknown:
            raise ConfigurationError(f"Images take the options likelihood and peak, but got {', '.join(sorted(unknown))}.")
        if not cls.accepts(values):
            shape = getattr(values, "shape", None)
            raise ShapeError(
                f"Images need an array (n, height, width) or (n, height, width, channels), but a {type(values).__name__}"
                f"{f' of shape {shape}' if shape is not None else ''} came. Stack the images into one array."
            )
        if values.ndim == 4 and values.shape[3] not in (1, 3):
            raise ShapeError(
                f"Images need 1 or 3 channels in the last axis, but the shape is {values.shape}. "
                "Move the channels last (np.moveaxis(images, 1, -1)) or drop the alpha channel."
            )
        if len(values) < FEWEST:
            raise DataError(f"A fit of images needs at least {FEWEST}, but {len(values)} came. Collect more.")
        height, width = values.shape[1:3]
        channels = values.shape[3] if values.ndim == 4 else 1
        if height * width * channels > LARGEST or height * width == 0:
            raise DataError(
                f"Images need between 1 and {LARGEST:,} pixel values each, but the shape is {values.shape[1:]}. "
                "Resize them first (--resize)."
            )
        peak = _peak(values) if options.get("peak") is None else _asked_peak(options["peak"])
        fractions = _fractions(values, peak)
        likelihood, reason = _choose_likelihood(fractions, options.get("likelihood"))
        return cls(
            height, width, channels, values.ndim == 3, str(values.dtype), peak, likelihood, (f"likelihood {likelihood}: {reason}",)
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image as given."""
        return (self.height, self.width) if self.flat else (self.height, self.width, self.channels)

    @property
    def cells(self) -> int:
        """Pixel values in one image."""
        return self.height * self.width * self.channels

    def to_tensors(self, values: Any) -> Tensors:
        if not isinstance(values, np.ndarray) or values.shape[1:] != self.shape:
            came = f"shape {values.shape}" if isinstance(values, np.ndarray) else f"a {type(values).__name__}"
            raise ShapeError(f"This space needs images of shape (n, {', '.join(map(str, self.shape))}), but got {came}. Resize them.")
        if np.dtype(values.dtype).kind not in "buif":
            raise DataError(f"Images need numbers, but the pixel type is {values.dtype}. Convert them to uint8.")
        if values.dtype == np.uint8 and self.peak == 255:
            return {"pixels": torch.from_numpy(np.ascontiguousarray(values).reshape(len(values), self.cells).copy())}
        return {"pixels": torch.from_numpy(_fractions(values, self.peak).reshape(len(values), self.cells))}

    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        pixels = tensors["pixels"]
        if generator is not None and self.likelihood == "bernoulli":
            # Salakhutdinov & Murray 2008: a fresh binary draw for each presentation.
            cells = _draw(pixels, generator)
        else:
            cells = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
        return {"pixels": cells}, {"cells": cells}

    def networks(self, latent: int, *, size: int, architecture: Any = None, tensors: Tensors | None = None) -> Autoencoder:
        likelihood = find_likelihood(self.likelihood, self.cells)
        encoder, decoder, document = build_networks(
            (self.height, self.width, self.channels),
            latent,
            size=size,
            architecture=architecture,
            logits=self.likelihood.endswith("bernoulli"),
        )
        networks = Autoencoder(encoder, decoder, likelihood, latent=latent, document={"size": size, "architecture": document})
        if tensors is not None:
            cells = self.present(tensors, None)[1]["cells"]
            likelihood.start_at(cells)
            if isinstance(encoder, FlatEncoder):
                encoder.start_at(cells.mean(0))
            if isinstance(decoder, Decoder):
                decoder.start_at(likelihood.initial_output(cells))
                spread = likelihood.initial_spread(cells)
                if spread is not None:
                    _match_spread(decoder, latent, spread)
        return networks

    def to_items(self, cells: Tensor) -> np.ndarray:
        fractions = cells.detach().cpu().numpy().reshape(-1, *self.shape).clip(0, 1)
        kind = np.dtype(self.dtype)
        scaled = fractions * self.peak
        return (np.rint(scaled) if kind.kind in "bui" else scaled).astype(kind)

    def pictures(self, values: Any) -> list[Picture]:
        images = _fractions(np.asarray(values), self.peak).reshape(-1, self.height, self.width, self.channels)
        return [Picture("raster", image[..., 0] if self.channels == 1 else image) for image in images]

    def picture_recipe(self) -> dict[str, Any]:
        """Pixels as they are, in as many steps as their type has."""
        levels = int(self.peak) if np.dtype(self.dtype).kind in "bui" else None
        return {"kind": "raster", "height": self.height, "width": self.width, "channels": self.channels, "levels": levels}

    def to_file(self, values: Any, told: dict[str, np.ndarray], ending: str) -> bytes:
        """.npz: the images as "items"."""
        return npz_bytes({"items": np.asarray(values)} | told)

    def features(self, cells: Tensor, observed: Tensor | None = None) -> Features:
        """Brightness, position, extent, slant and thickness of what is drawn, and the brightness of each region."""
        pixels = cells.detach().cpu().numpy().astype(np.float64).reshape(-1, self.height, self.width, self.channels)
        grey = pixels.mean(-1)
        told, least = measure_shape(grey), noticeable_differences(self.height, self.width)
        names, region = region_of_pixels(self.height, self.width)
        for k, name in enumerate(names):
            told[f"brightness in {name}"] = grey[:, region == k].mean(1)
        noticeable = np.array([least.get(name, REGION_NOTICEABLE) for name in told])
        return Features(tuple(told), np.stack(list(told.values()), axis=1), noticeable)

    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The regions of a grid of at most 4 x 4."""
        names, region = region_of_pixels(self.height, self.width)
        return names, np.repeat(region.ravel(), self.channels)

    def suggested_kl_weight(self) -> float:
        """3 for grey pixels whose noise scale is learned, so that axes follow what made the images; otherwise 1.

        Such pixels are many and nearly free of noise: under the bound itself the divergence hardly counts, and one
        cause is spread over several axes (Higgins et al. 2017). The weight was chosen on drawings with known causes.
        """
        return GREY_KL_WEIGHT if self.likelihood == "gaussian" else 1.0

    def suggested_tightening(self, latent: int) -> dict[str, Any]:
        """On a map shared codes; above three coordinates, where posteriors hardly overlap, several draws of each image."""
        if self.likelihood != "bernoulli":
            return {}
        return {"sharing": SHARING} if latent <= MAP else {"draws": DRAWS}

    def suggested_weight_decay(self, latent: int) -> float:
        """Ten times the usual for black-and-white images in more than three coordinates, which are learned by heart sooner."""
        strong = self.likelihood == "bernoulli" and latent > MAP
        return STRONG_DECAY if strong else super().suggested_weight_decay(latent)

    def document(self) -> dict:
        return asdict(self) | {"notes": list(self.notes)}

    @classmethod
    def from_document(cls, document: dict) -> "ImageModality":
        return replace(cls(**document), notes=tuple(document["notes"]))


def _match_spread(decoder: Decoder, latent: int, spread: float) -> None:
    # A new decoder that answers z with more spread than dim images have first learns to ignore z, and stays there.
    z = torch.randn(SPREAD_DRAWS, latent, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        output = decoder(z)
        decoder.stretch(spread / (output - output.mean(0)).square().mean().sqrt())


def _asked_peak(asked: Any) -> float:
    if isinstance(asked, bool) or not isinstance(asked, int | float) or not 0 < asked < float("inf"):
        raise ConfigurationError(f"peak (full brightness) needs a number above 0, but got {asked!r}. Pass 255, say.")
    return float(asked)


def _peak(values: np.ndarray) -> float:
    kind = np.dtype(values.dtype)
    if kind.kind not in "buif":
        raise DataError(f"Images need numbers, but the pixel type is {kind}. Convert them to uint8.")
    if kind.kind == "b" or kind.kind == "f":
        return 1.0
    if kind.kind == "u":
        return float(np.iinfo(kind).max)
    if kind.kind == "i" and values.min() >= 0 and 128 <= values.max() <= 255:
        return 255.0
    raise DataError(
        f"Images need unsigned integers, booleans or floats in [0, 1], but the type is {values.dtype} with values "
        f"{values.min()} to {values.max()}. Convert them, or say which value is full brightness with peak=."
    )


def _draw(pixels: Tensor, generator: torch.Generator) -> Tensor:
    if pixels.dtype != torch.uint8:
        return torch.bernoulli(pixels, generator=generator)
    # Four 16-bit uniforms from each 64-bit word: several times faster than one float a pixel, exact to 2^-16.
    words = torch.randint(-(2**63), 2**63 - 1, ((pixels.numel() + 3) // 4,), generator=generator)
    uniform = words.view(torch.int16)[: pixels.numel()].view_as(pixels)
    return (uniform < (pixels.to(torch.int32) * 257 - 32768).to(torch.int16)).float()


def _fractions(values: np.ndarray, peak: float) -> np.ndarray:
    fractions = values.astype("float32") / np.float32(peak)
    if not np.isfinite(fractions).all():
        row = int(np.argwhere(~np.isfinite(fractions).reshape(len(fractions), -1).all(1))[0, 0])
        raise DataError(f"Images need finite pixels, but image {row} has NaN or infinite ones. Repair or drop it.")
    if fractions.size and (fractions.min() < 0 or fractions.max() > 1):
        row = int(np.argwhere(((fractions < 0) | (fractions > 1)).reshape(len(fractions), -1).any(1))[0, 0])
        raise DataError(
            f"Images need pixels from 0 to {peak:g}, but image {row} has values from {values[row].min():g} to "
            f"{values[row].max():g}. Rescale them, or say which value is full brightness with peak=."
        )
    return fractions


def _choose_likelihood(fractions: np.ndarray, asked: str | None) -> tuple[str, str]:
    mean = float(fractions.mean(dtype="float64"))
    spread = mean * (1 - mean)
    grey = float((fractions * (1 - fractions)).mean(dtype="float64")) / spread if spread > 0 else 0.0
    if asked is not None:
        find_likelihood(asked, 1)
        if asked == "bernoulli" and grey > NEARLY_BINARY:
            return asked, f"as asked; but {grey:.0%} of the pixel variance is grey, which binary draws turn into noise"
        return asked, "as asked"
    if grey <= NEARLY_BINARY:
        draws = "" if grey == 0 else ", with a fresh binary draw for each presentation"
        return "bernoulli", f"pixels are black or white but for {grey:.0%} of their variance (limit {NEARLY_BINARY:.0%}){draws}"
    return "gaussian", f"pixels are grey ({grey:.0%} of their variance; binary up to {NEARLY_BINARY:.0%}); one scale is learned"
