"""y as an .onnx file, run by onnxruntime."""

__all__ = ["SOURCE", "OnnxFile"]

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gausscape.errors import ConfigurationError, DamagedFileError, DataError, MissingExtraError
from gausscape.outcome.sources.source import Model, Source, existing_file, path_of

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


@dataclass(frozen=True)
class OnnxFile(Source):
    """A network or a pipeline in ONNX.

    One input takes the whole batch, in the type and with the axes that the file declares (a single axis of length one
    may be added, or the axes of an image laid out as one). Several inputs take the columns of a frame by name. Of
    several outputs the probabilities are taken, known by their name or by being a map from class to number.
    """

    path: Path

    @classmethod
    def accepts(cls, given: Any) -> bool:
        path = path_of(given)
        return path is not None and path.suffix.lower() == ".onnx"

    @classmethod
    def of(cls, given: Any, *, trust: bool) -> "OnnxFile":
        return cls(existing_file(Path(given)))

    @property
    def described(self) -> str:
        return f"the ONNX file {self.path.name}"

    def open(self) -> Model:
        try:
            import onnxruntime
        except ImportError:
            raise MissingExtraError(
                f"{self.described} needs onnxruntime, which is not installed. Run: pip install 'gausscape[onnx]'."
            ) from None
        try:
            session = onnxruntime.InferenceSession(str(self.path), providers=["CPUExecutionProvider"])
        except Exception as error:
            raise DamagedFileError(
                f"{self.described} should be a whole ONNX model, but cannot be opened ({str(error)[:300]}). Export it anew."
            ) from error
        inputs = session.get_inputs()
        for slot in inputs:
            if slot.type not in _TYPES:
                raise ConfigurationError(
                    f"{self.described} needs inputs of {', '.join(_TYPES)}, but {slot.name!r} is {slot.type}. "
                    "Pass a function that runs it."
                )
        output, is_map = _chosen(session.get_outputs(), self.described)
        note = "; ".join(f"{slot.name!r} goes in as {slot.type} of shape {slot.shape}" for slot in inputs[:3])
        return Model(_Session(session, inputs, output, is_map), "probability" if is_map else None, None, note)


def _chosen(outputs: Sequence[Any], described: str) -> tuple[str, bool]:
    """Name of the output that holds y, and whether it is a list of maps from class to probability."""
    maps = [output for output in outputs if output.type.startswith("seq(map(")]
    tensors = [output for output in outputs if output.type.startswith("tensor(")]
    floats = [output for output in tensors if output.type in ("tensor(float)", "tensor(double)", "tensor(float16)")]
    named = [output for output in floats if "prob" in output.name.lower()]
    for group in (maps, named, floats, tensors):
        if len(group) == 1:
            return group[0].name, group is maps
        if group:
            names = ", ".join(repr(output.name) for output in group)
            raise ConfigurationError(
                f"{described} needs one output to take as y, but has {names}. Pass a function that picks one."
            )
    raise ConfigurationError(f"{described} needs an output of numbers, but has none. Pass a function that runs it.")


@dataclass(frozen=True)
class _Session:
    """Brings a batch into the form that the inputs declare, and maps of probabilities into an array."""

    session: Any
    inputs: Sequence[Any]
    output: str
    is_map: bool

    def __call__(self, batch: Any) -> Any:
        if len(self.inputs) == 1:
            fed = {self.inputs[0].name: _laid_out(np.asarray(batch), self.inputs[0])}
        else:
            fed = {slot.name: _laid_out(_column(batch, slot.name), slot) for slot in self.inputs}
        answer = self.session.run([self.output], fed)[0]
        if not self.is_map:
            return answer
        import pandas

        classes = list(answer[0])
        return pandas.DataFrame([[entry[name] for name in classes] for entry in answer], columns=classes)


def _column(batch: Any, name: str) -> np.ndarray:
    if not hasattr(batch, "columns") or name not in batch.columns:
        raise DataError(
            f"The ONNX model has an input for each column, but the objects have no column {name!r}. Rename theirs."
        )
    return np.asarray(batch[name])


def _laid_out(array: np.ndarray, slot: Any) -> np.ndarray:
    declared = [size if isinstance(size, int) else None for size in slot.shape][1:]
    array = array.astype(_TYPES[slot.type])
    if array.ndim == len(declared) + 1:
        return array
    if len(declared) == 1 and declared[0] in (None, math.prod(array.shape[1:])):
        return array.reshape(len(array), -1)
    # An image without an axis for its one channel, wherever the network has that axis.
    if array.ndim == len(declared) and declared.count(1) == 1:
        return np.expand_dims(array, declared.index(1) + 1)
    return array  # onnxruntime names the difference


SOURCE = OnnxFile
