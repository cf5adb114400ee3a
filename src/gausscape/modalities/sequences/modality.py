"""Sequences as tensors: checked, scaled channel by channel, scored with noise that remembers itself, drawn as lines."""

__all__ = ["SequenceModality"]

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from gausscape.errors import ConfigurationError, DataError, SchemaError, ShapeError
from gausscape.likelihoods import LearnedGaussian, Likelihood
from gausscape.modalities.sequences.checks import (
    channel_names,
    first_gap,
    place_and_scale,
    refuse_empty,
    spread_between,
    whole_option,
)
from gausscape.modalities.sequences.likelihood import AutoregressiveGaussian
from gausscape.modalities.sequences.measures import measure_sequences, noticeable_differences, section_of_steps
from gausscape.modalities.sequences.native import Form, looks_like_sequences, stack_sequences
from gausscape.modalities.sequences.nets import build_networks
from gausscape.modality import Autoencoder, Features, Modality, Picture, Tensors
from gausscape.networks import Decoder
from gausscape.space.column_files import column_bytes, npz_bytes

FEWEST = 10
SHORTEST, LONGEST = 4, 4096
MOST_CELLS = 65_536
OPTIONS = ("channels", "length", "gaps", "shifts", "noise")
NOISES = ("autoregressive", "independent")
NOTICEABLE = 0.05
HIDDEN_SHARE = 0.5
KNOT_EVERY, MOST_KNOTS = 8, 32
STEPS_OF_A_SHIFT = 70
BLUR = 0.3


@dataclass(frozen=True)
class SequenceModality(Modality):
    """Sequences of one length, measured at equal steps, of one channel or several.

    Args:
        length: Time steps of a sequence.
        channels: Names of the channels.
        form: How the user's sequences look.
        centre, scale: Median and robust spread of each channel, (channels,): cells are (value - centre) / scale.
        gaps: Whether values may be missing (NaN); then a mask goes along.
        cut: Whether sequences of another length are cut or end in missing values, as the option `length` asked.
        shifts: Most steps by which a training presentation is moved to and fro, its ends drawn out.
        blur: Standard deviation of the noise that training adds to what the encoder sees, (channels,), in scaled units.
        noise: "autoregressive" (order one) or "independent".
        notes: What was chosen and why.
        step, start: Length of a step and time of the first one, in the user's units of time, for files.

    Example:
        >>> waves = [np.sin(np.arange(30) / 3 + phase) for phase in np.linspace(0, 6, 40)]
        >>> kind = SequenceModality.infer(waves, channels=["wave"])
        >>> kind.length, kind.channels, kind.gaps
        (30, ('wave',), False)
    """

    length: int
    channels: tuple[str, ...]
    form: Form
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    gaps: bool
    cut: bool
    shifts: int
    blur: tuple[float, ...]
    noise: str
    notes: tuple[str, ...] = ()
    step: float = 1.0
    start: float = 0.0

    name: ClassVar[str] = "sequences"
    summary: ClassVar[str] = (
        "a list of arrays (time,) or (time, channels) of one length, or an array of them (modality='sequences')"
    )
    endings: ClassVar[tuple[str, ...]] = (".npz", ".parquet", ".csv")

    @classmethod
    def accepts(cls, values: Any) -> bool:
        return looks_like_sequences(values)

    @classmethod
    def infer(cls, values: Any, **options: Any) -> "SequenceModality":
        """Learn length, channels and scale.

        Args:
            values: A list of arrays (time,) or (time, channels), or one array (n, time) or (n, time, channels); a list
                may carry `channels` (names), `step` and `start` (times) as attributes, as a table that was read does; at
                least 10 of them, 4 to 4,096 steps (made for up to 512), equally spaced in time. NaN is a missing value.
            **options: `channels` (their names), `length` (cut longer sequences there, let shorter ones end in missing
                values), `gaps` (True: let later sequences have missing values though these have none), `shifts` (most
                steps that training moves a sequence to and fro; a seventieth of the length unless given) and `noise`
                ("autoregressive", or "independent" for noise without memory).
        """
        unknown = [name for name in options if name not in OPTIONS]
        if unknown:
            raise ConfigurationError(
                f"Sequences take the options {', '.join(OPTIONS)}, but got {unknown[0]!r}. Use one of these."
            )
        length = whole_option("length", options.get("length"), SHORTEST, LONGEST)
        series, form = stack_sequences(values, length=length)
        n, steps, count = series.shape
        if n < FEWEST:
            raise DataError(f"A fit of sequences needs at least {FEWEST}, but {n} came. Collect more.")
        if not SHORTEST <= steps <= LONGEST or steps * count > MOST_CELLS:
            raise ShapeError(
                f"Sequences need {SHORTEST} to {LONGEST:,} steps and at most {MOST_CELLS:,} values, but sequence 0 has "
                f"{steps:,} steps of {count:,} channel{'s'[: count != 1]}. "
                "Cut them with modality={'name': 'sequences', 'length': N}, or average first."
            )
        names = channel_names(options.get("channels", getattr(values, "channels", None)), count)
        shifts = whole_option("shifts", options.get("shifts"), 0, steps // 4)
        shifts = round(steps / STEPS_OF_A_SHIFT) if shifts is None else shifts
        noise = options.get("noise", NOISES[0])
        if noise not in NOISES:
            raise ConfigurationError(
                f"Option noise needs to be one of {', '.join(NOISES)}, but got {noise!r}. Choose one."
            )
        missing = np.isnan(series)
        gaps = options.get("gaps")
        if gaps not in (None, True, False):
            raise ConfigurationError(f"Option gaps needs true or false, but got {gaps!r}. Pass one of them.")
        if gaps is False and missing.any():
            raise DataError(
                f"Option gaps=False needs sequences without missing values, but {first_gap(missing)}. Fill it, or leave gaps away."
            )
        refuse_empty(missing, names)
        centre, scale = place_and_scale(series, names)
        blur = tuple((BLUR * spread_between(series) / scale).tolist())
        notes = [
            f"noise {noise}: "
            + ("as asked" if "noise" in options else "neighbouring steps share it, and its memory is learned")
        ]
        has_gaps = bool(gaps) or bool(missing.any())
        if has_gaps and np.dtype(form.dtype).kind in "bui":
            form = replace(form, dtype="float64")  # whole numbers have no way to say that one is missing
        if missing.any():
            notes.append(f"missing values ({missing.mean():.1%}) are modelled")
        if shifts:
            notes.append(f"training moves each sequence by up to {shifts} step{'s'[: shifts != 1]} to and fro")
        return cls(
            steps,
            names,
            form,
            centre,
            scale,
            gaps=has_gaps,
            cut=length is not None,
            shifts=shifts,
            blur=blur,
            noise=noise,
            notes=tuple(notes),
            step=float(getattr(values, "step", 1.0)),
            start=float(getattr(values, "start", 0.0)),
        )

    @property
    def cells(self) -> int:
        """Values in one sequence; cell t * channels + c."""
        return self.length * len(self.channels)

    def to_tensors(self, values: Any) -> Tensors:
        """ "series" (n, cells), float32, scaled, 0 where missing, and with gaps "observed" (n, cells), uint8."""
        series = self._series(values)
        there = np.isfinite(series)
        if not self.gaps and not there.all():
            raise DataError(
                f"This space was fitted to sequences without missing values, but {first_gap(~there)}. Fill it, or fit "
                "with the option gaps=True."
            )
        scaled = (
            np.where(there, (series - self.centre) / self.scale, 0.0)
            .astype(np.float32)
            .reshape(len(series), self.cells)
        )
        if not self.gaps:
            return {"series": torch.from_numpy(scaled)}
        return {
            "series": torch.from_numpy(scaled),
            "observed": torch.from_numpy(there.astype(np.uint8).reshape(len(series), self.cells)),
        }

    def present(self, tensors: Tensors, generator: torch.Generator | None) -> tuple[Tensors, Tensors]:
        """Inputs {"series"[, "mask"]} and target {"cells"[, "observed"]}, each (n, cells).

        With a generator each sequence is moved by up to `shifts` steps, target and input alike, so that a shift is
        learned as a shift; the input gets noise on top, so that few sequences are not learned by heart (Im et al.
        2017, 1511.06406); and with gaps, in half of the rows a stretch of time is hidden from the encoder and still
        scored.
        """
        cells = tensors["series"]
        observed = tensors["observed"].to(cells.dtype) if self.gaps else None
        if generator is not None and self.shifts:
            moved = torch.randint(-self.shifts, self.shifts + 1, (len(cells), 1), generator=generator)
            cells = self._moved(cells, moved)
            observed = None if observed is None else self._moved(observed, moved)
        seen = cells
        if generator is not None:
            blur = torch.tensor(self.blur, dtype=cells.dtype).repeat(self.length)
            seen = cells + blur * torch.randn(cells.shape, generator=generator, dtype=cells.dtype)
        if observed is None:
            return {"series": seen}, {"cells": cells}
        shown = observed
        if generator is not None:
            shown = observed * self._kept(len(cells), generator).to(cells.dtype)
        return {"series": seen * shown, "mask": shown}, {"cells": cells, "observed": observed}

    def likelihood(self) -> Likelihood:
        """The law of the cells, as chosen."""
        if self.noise == "independent":
            return LearnedGaussian(self.cells)
        knots = min(MOST_KNOTS, max(1, self.length // KNOT_EVERY))
        return AutoregressiveGaussian(self.length, len(self.channels), knots=knots)

    def networks(
        self, latent: int, *, size: int, architecture: Any = None, tensors: Tensors | None = None
    ) -> Autoencoder:
        likelihood = self.likelihood()
        shape = (self.length, len(self.channels))
        encoder, decoder, document = build_networks(shape, latent, size=size, gaps=self.gaps, architecture=architecture)
        if tensors is not None:
            inputs, targets = self.present(tensors, None)
            cells = targets["cells"]
            if self.gaps:
                observed = targets["observed"]
                typical = (cells * observed).sum(0) / observed.sum(0).clamp_min(1)
                cells = torch.where(observed > 0, cells, typical)
            likelihood.start_at(cells)
            encoder.start_at(inputs)
            if isinstance(decoder, Decoder):
                decoder.start_at(likelihood.initial_output(cells))
        return Autoencoder(
            encoder, decoder, likelihood, latent=latent, document={"size": size, "architecture": document}
        )

    def to_items(self, cells: Tensor) -> Any:
        scaled = cells.detach().cpu().numpy().astype(np.float64).reshape(-1, self.length, len(self.channels))
        return self.form.build(scaled * self.scale + self.centre)

    def pictures(self, values: Any) -> list[Picture]:
        return [Picture("line", series) for series in self._series(values)]

    def picture_recipe(self) -> dict[str, Any]:
        """Each channel back in its own units, within what its type holds."""
        limits = self.form.limits
        ends = [None, None] if limits is None else [np.full(len(self.channels), end, dtype=np.float32) for end in limits]
        return {
            "kind": "line",
            "time": self.length,
            "channels": len(self.channels),
            "names": list(self.channels),
            "scale": np.asarray(self.scale, dtype=np.float32),
            "shift": np.asarray(self.centre, dtype=np.float32),
            "low": ends[0],
            "high": ends[1],
            "whole": limits is not None,
        }

    def features(self, cells: Tensor, observed: Tensor | None = None) -> Features:
        """Level, spread, trend, extremes, rhythm and roughness of each channel, and its level in each fifth of the time."""
        scaled = cells.detach().cpu().numpy().astype(np.float64).reshape(-1, self.length, len(self.channels))
        series = scaled * self.scale + self.centre
        if observed is not None:
            series = np.where(observed.cpu().numpy().reshape(series.shape) > 0, series, np.nan)
        told: dict[str, np.ndarray] = {}
        noticeable: list[float] = []
        for c, channel in enumerate(self.channels):
            own = measure_sequences(series[..., c])
            least = noticeable_differences(self.length, self.scale[c])
            told |= {self._of(channel, name): values for name, values in own.items()}
            noticeable += [least.get(name, NOTICEABLE * self.scale[c]) for name in own]
        return Features(tuple(told), np.stack(list(told.values()), axis=1), np.array(noticeable))

    def parts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The sections of time, channel by channel."""
        names, section = section_of_steps(self.length)
        count = len(self.channels)
        told = tuple(self._of(channel, name) for channel in self.channels for name in names)
        return told, (np.arange(count) * len(names) + section[:, None]).ravel()

    def to_file(self, values: Any, told: dict[str, np.ndarray], ending: str) -> bytes:
        """A file of the sequences.

        .npz holds all in one array "items"; .parquet and .csv one row a step with id and time (in the user's units, if
        the source told them), and what is told under
        names with a leading _.
        """
        series = self._series(values)
        if ending == ".npz":
            return npz_bytes({"items": np.asarray(self.form.build(series))} | told)
        n = len(series)
        columns: dict[str, Any] = {
            "id": np.repeat(np.arange(n), self.length),
            "time": np.tile(self._times(), n),
        }
        columns |= {name: series[..., c].ravel() for c, name in enumerate(self.channels)}
        columns |= {f"_{name}": np.repeat(column, self.length) for name, column in told.items() if column.ndim == 1}
        return column_bytes(columns, ending)

    def suggested_latent(self) -> int:
        """12, or a quarter of the cells of short sequences; axes that carry nothing are dropped."""
        return max(2, min(12, self.cells // 4))

    def suggested_kl_weight(self) -> float:
        return 0.25

    def document(self) -> dict:
        return asdict(self) | {
            name: list(getattr(self, name)) for name in ("channels", "centre", "scale", "blur", "notes")
        }

    @classmethod
    def from_document(cls, document: dict) -> "SequenceModality":
        lists = {name: tuple(document[name]) for name in ("channels", "centre", "scale", "blur", "notes")}
        return replace(cls(**document), form=Form(**document["form"]), **lists)

    def _times(self) -> np.ndarray:
        steps = np.arange(self.length)
        whole = self.step.is_integer() and self.start.is_integer()
        return steps * int(self.step) + int(self.start) if whole else np.round(self.start + steps * self.step, 12)

    def _series(self, values: Any) -> np.ndarray:
        if isinstance(values, list | tuple) and not len(values):
            return np.zeros((0, self.length, len(self.channels)))
        series, form = stack_sequences(values, length=self.length if self.cut else None)
        if series.shape[2] != len(self.channels) or (form.flat != self.form.flat and len(self.channels) > 1):
            raise SchemaError(
                f"This space needs sequences of the {len(self.channels)} channels {', '.join(self.channels)}, but got "
                f"{series.shape[2]}. Give each sequence as an array (time, channels)."
            )
        named = tuple(getattr(values, "channels", None) or self.channels)
        if named != self.channels and sorted(named) == sorted(self.channels):
            series = series[..., [named.index(channel) for channel in self.channels]]
        if series.shape[1] != self.length:
            raise ShapeError(
                f"This space needs sequences of {self.length:,} steps, but got {series.shape[1]:,}. Cut or resample them, "
                "or fit with modality={'name': 'sequences', 'length': N}."
            )
        return series

    def _moved(self, cells: Tensor, moved: Tensor) -> Tensor:
        by_time = cells.unflatten(-1, (self.length, len(self.channels)))
        steps = (torch.arange(self.length) - moved).clamp(0, self.length - 1)
        return torch.gather(by_time, 1, steps[..., None].expand_as(by_time)).flatten(1)

    def _kept(self, n: int, generator: torch.Generator) -> Tensor:
        start, share, chosen = torch.rand(3, n, 1, generator=generator)
        place = torch.arange(self.length) / self.length
        hidden = (place >= start) & (place < start + HIDDEN_SHARE * share) & (chosen < HIDDEN_SHARE)
        return (~hidden).repeat_interleave(len(self.channels), 1)

    def _of(self, channel: str, name: str) -> str:
        return name if len(self.channels) == 1 else f"{channel}: {name}"
