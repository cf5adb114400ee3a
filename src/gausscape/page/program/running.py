"""What does a program compute? The same steps in NumPy: the reference for what a page computes."""

__all__ = ["constants_of", "run_program"]

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gausscape.errors import ConfigurationError
from gausscape.page.program.byte_planes import from_planes

Step = dict[str, Any]
Run = Callable[[Step, list[np.ndarray]], np.ndarray]


MOST_NUMBERS = 100_000_000
Watch = Callable[[Step, list[np.ndarray]], None]


def run_program(program: dict[str, Any], z: np.ndarray, *, watch: Watch | None = None) -> np.ndarray:
    """Expected cells at latent points, as a page computes them.

    Args:
        program: From `write_program`.
        z: Latent points, (n, latent).
        watch: Told of each step and of what it is given.

    Returns:
        Shape (n, cells), float32.

    Raises:
        ConfigurationError: If the program has an operation that is unknown here.
    """
    constants = constants_of(program)
    # All values of a batch are kept; of large pictures few fit.
    numbers = sum(math.prod(step["shape"]) for step in program["steps"]) + program["inputs"]
    many = max(1, min(len(z), MOST_NUMBERS // numbers))
    parts = [_run(program, constants, z[start : start + many], watch) for start in range(0, max(len(z), 1), many)]
    return np.concatenate(parts)


def _run(program: dict[str, Any], constants: dict[str, np.ndarray], z: np.ndarray, watch: Watch | None) -> np.ndarray:
    n = len(z)
    values: dict[str, np.ndarray] = {"z": np.asarray(z, dtype=np.float32).reshape(n, program["inputs"])}
    for step in program["steps"]:
        run = _RUNS.get(step["op"])
        if run is None:
            raise ConfigurationError(
                f"A program needs known operations, but has {step['op']!r}. Write it with this version."
            )
        rank = len(step["shape"])
        given = [
            _wide(values[name], True, rank) if name in values else _wide(constants[name], False, rank)
            for name in step["in"]
        ]
        if watch is not None:
            watch(step, given)
        values[step["out"]] = np.broadcast_to(run(step, given), (n, *step["shape"])).astype(np.float32)
    return values[program["steps"][-1]["out"]] if program["steps"] else values["z"]


def constants_of(program: dict[str, Any]) -> dict[str, np.ndarray]:
    """All constants of a program by name, those that were rounded among them."""
    whole = {
        name: np.asarray(each["data"], dtype=np.float32).reshape(each["shape"])
        for name, each in program["constants"].items()
    }
    return whole | {name: from_planes(each) for name, each in program.get("quantised", {}).items()}


def _wide(values: np.ndarray, is_value: bool, rank: int) -> np.ndarray:
    return values if is_value or values.ndim >= rank else values.reshape((1,) * (rank - values.ndim) + values.shape)


def _pointwise(function: Callable[[np.ndarray], np.ndarray]) -> Run:
    return lambda step, given: function(given[0])


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return special.expit(x)


def _softplus(step: Step, given: list[np.ndarray]) -> np.ndarray:
    x = given[0].astype(np.float64) * step["beta"]
    return np.where(x > step["threshold"], x, np.logaddexp(0, x)) / step["beta"]


def _gelu(step: Step, given: list[np.ndarray]) -> np.ndarray:
    x = given[0].astype(np.float64)
    if step["approximate"] == "tanh":
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x * special.ndtr(x)


def _elu(step: Step, given: list[np.ndarray]) -> np.ndarray:
    x = given[0].astype(np.float64)
    low = step["alpha"] * np.expm1(np.minimum(x, 0) * step["input_scale"])
    return step["scale"] * np.where(x > 0, x, low)


def _clamp(step: Step, given: list[np.ndarray]) -> np.ndarray:
    return np.clip(
        given[0], -np.inf if step["low"] is None else step["low"], np.inf if step["high"] is None else step["high"]
    )


def _linear(step: Step, given: list[np.ndarray]) -> np.ndarray:
    product = given[0] @ given[1].T
    return product if len(given) == 2 else product + given[2]


def _layer_norm(step: Step, given: list[np.ndarray]) -> np.ndarray:
    x, weight, bias = given
    axes = tuple(range(-step["axes"], 0))
    return _standardised(x, axes, step["eps"]) * weight + bias


def _group_norm(step: Step, given: list[np.ndarray]) -> np.ndarray:
    x, weight, bias = given
    n, channels, *rest = x.shape
    parted = x.reshape(n, step["groups"], -1)
    wide = (channels, *[1] * len(rest))
    return _standardised(parted, (2,), step["eps"]).reshape(x.shape) * weight.reshape(wide) + bias.reshape(wide)


def _standardised(x: np.ndarray, axes: tuple[int, ...], eps: float) -> np.ndarray:
    centred = x - x.mean(axes, keepdims=True, dtype=np.float64).astype(np.float32)
    return centred / np.sqrt((centred**2).mean(axes, keepdims=True) + eps)


def _concat(step: Step, given: list[np.ndarray]) -> np.ndarray:
    n, axis = max(len(each) for each in given), step["axis"] + 1
    # A constant has no batch: it stands beside every object.
    whole = [each if each.ndim == len(step["shape"]) + 1 else each[None] for each in given]
    return np.concatenate([np.broadcast_to(each, (n, *each.shape[1:])) for each in whole], axis)


def _slice(step: Step, given: list[np.ndarray]) -> np.ndarray:
    axis = step["axis"]
    stop = step["start"] + (step["shape"][axis] - 1) * step["step"] + 1
    return given[0][(slice(None),) * (axis + 1) + (slice(step["start"], stop, step["step"]),)]


def _pad(step: Step, given: list[np.ndarray]) -> np.ndarray:
    widths = [(0, 0), *zip(step["before"], step["after"], strict=True)]
    return np.pad(given[0], widths, constant_values=step["value"])


def _reduce(function: Callable[..., np.ndarray]) -> Run:
    return lambda step, given: function(given[0], axis=tuple(axis + 1 for axis in step["axes"])).reshape(
        -1, *step["shape"]
    )


def _softmax(step: Step, given: list[np.ndarray]) -> np.ndarray:
    return special.softmax(given[0].astype(np.float64), axis=step["axis"] + 1)


def _log_softmax(step: Step, given: list[np.ndarray]) -> np.ndarray:
    return special.log_softmax(given[0].astype(np.float64), axis=step["axis"] + 1)


def _conv(step: Step, given: list[np.ndarray]) -> np.ndarray:
    image, weight = _image(given[0]), given[1]
    (down, right), (up, left), (tall, wide) = step["stride"], step["padding"], step["dilation"]
    image = np.pad(image, ((0, 0), (0, 0), (up, up), (left, left)))
    groups = step["groups"]
    height, width = step["shape"][1] if len(step["shape"]) == 3 else 1, step["shape"][-1]
    out = np.zeros((len(image), len(weight), height, width), np.float32)
    share, inner = len(weight) // groups, weight.shape[1]
    for group in range(groups):
        own, rows = image[:, group * inner : (group + 1) * inner], slice(group * share, (group + 1) * share)
        for y in range(weight.shape[2]):
            for x in range(weight.shape[3]):
                seen = own[:, :, y * tall :, x * wide :][
                    :, :, : (height - 1) * down + 1 : down, : (width - 1) * right + 1 : right
                ]
                out[:, rows] += _turned(weight[rows, :, y, x], seen)
    return _with_bias(out, given).reshape(-1, *step["shape"])


def _conv_transposed(step: Step, given: list[np.ndarray]) -> np.ndarray:
    image, weight = _image(given[0]), given[1]
    (down, right), (up, left), (tall, wide) = step["stride"], step["padding"], step["dilation"]
    groups, (n, channels, height, width) = step["groups"], image.shape
    rows, columns = step["shape"][1] if len(step["shape"]) == 3 else 1, step["shape"][-1]
    share, inner = weight.shape[1], channels // groups
    high, broad = weight.shape[2:]
    # Painted onto a sheet with room for all, then cut.
    reach = up + rows + (high - 1) * tall + down, left + columns + (broad - 1) * wide + right
    needed = (height - 1) * down + 1 + (high - 1) * tall, (width - 1) * right + 1 + (broad - 1) * wide
    out = np.zeros((n, share * groups, max(reach[0], needed[0]), max(reach[1], needed[1])), np.float32)
    for group in range(groups):
        own = image[:, group * inner : (group + 1) * inner]
        kernel = weight[group * inner : (group + 1) * inner]
        target = out[:, group * share : (group + 1) * share]
        for y in range(high):
            for x in range(broad):
                painted = _turned(kernel[:, :, y, x].T, own)
                onto = target[:, :, y * tall :, x * wide :]
                onto[:, :, : (height - 1) * down + 1 : down, : (width - 1) * right + 1 : right] += painted
    cut = out[:, :, up : up + rows, left : left + columns]
    return _with_bias(cut, given).reshape(-1, *step["shape"])


def _turned(matrix: np.ndarray, image: np.ndarray) -> np.ndarray:
    """A matrix (outs, channels) times each pixel of images (n, channels, height, width)."""
    n, channels, height, width = image.shape
    return (matrix @ image.reshape(n, channels, -1)).reshape(n, -1, height, width)


def _image(values: np.ndarray) -> np.ndarray:
    return values[:, :, None] if values.ndim == 3 else values


def _with_bias(out: np.ndarray, given: list[np.ndarray]) -> np.ndarray:
    return out if len(given) == 2 else out + given[2].reshape(-1, 1, 1)


def _compare(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Run:
    return lambda step, given: function(*given).astype(np.float32)


_RUNS: dict[str, Run] = {
    "neg": _pointwise(np.negative),
    "reciprocal": _pointwise(np.reciprocal),
    "sqrt": _pointwise(np.sqrt),
    "rsqrt": _pointwise(lambda x: 1 / np.sqrt(x)),
    "abs": _pointwise(np.abs),
    "exp": _pointwise(np.exp),
    "expm1": _pointwise(np.expm1),
    "log": _pointwise(np.log),
    "log1p": _pointwise(np.log1p),
    "sin": _pointwise(np.sin),
    "cos": _pointwise(np.cos),
    "tanh": _pointwise(np.tanh),
    "erf": _pointwise(special.erf),
    "sigmoid": _pointwise(_sigmoid),
    "silu": _pointwise(lambda x: x * _sigmoid(x)),
    "relu": _pointwise(lambda x: np.maximum(x, 0)),
    "mish": _pointwise(lambda x: x * np.tanh(np.logaddexp(0, x))),
    "hardsigmoid": _pointwise(lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    "hardswish": _pointwise(lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    "softplus": _softplus,
    "gelu": _gelu,
    "elu": _elu,
    "leaky_relu": lambda step, given: np.where(given[0] > 0, given[0], step["slope"] * given[0]),
    "power": lambda step, given: given[0] ** step["exponent"],
    "clamp": _clamp,
    "add": lambda step, given: given[0] + given[1],
    "sub": lambda step, given: given[0] - given[1],
    "mul": lambda step, given: given[0] * given[1],
    "div": lambda step, given: given[0] / given[1],
    "maximum": lambda step, given: np.maximum(*given),
    "minimum": lambda step, given: np.minimum(*given),
    "lt": _compare(np.less),
    "le": _compare(np.less_equal),
    "gt": _compare(np.greater),
    "ge": _compare(np.greater_equal),
    "eq": _compare(np.equal),
    "ne": _compare(np.not_equal),
    "where": lambda step, given: np.where(given[0] != 0, given[1], given[2]),
    "reshape": lambda step, given: given[0].reshape(-1, *step["shape"]),
    "permute": lambda step, given: given[0].transpose(0, *(axis + 1 for axis in step["axes"])),
    "expand": lambda step, given: given[0],
    "slice": _slice,
    "take": lambda step, given: np.take(given[0], given[1].astype(int).reshape(-1), axis=step["axis"] + 1),
    "concat": _concat,
    "pad": _pad,
    "sum": _reduce(np.sum),
    "mean": _reduce(np.mean),
    "amax": _reduce(np.max),
    "amin": _reduce(np.min),
    "linear": _linear,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "conv": _conv,
    "conv_transposed": _conv_transposed,
}
