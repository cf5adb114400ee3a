"""How are functions of single numbers, and of pairs of them, written as steps?"""

__all__ = ["POINTWISE"]

import numpy as np
from torch import Tensor

from gausscape.page.program.call_pairs import CallPair, Write
from gausscape.page.program.drafting import Draft
from gausscape.page.program.recording import UnknownStep, Value

_UNARY = (
    *(
        "neg",
        "reciprocal",
        "sqrt",
        "rsqrt",
        "abs",
        "exp",
        "expm1",
        "log",
        "log1p",
        "sin",
        "cos",
        "tanh",
        "sigmoid",
        "erf",
    ),
    *("silu", "relu", "mish", "hardsigmoid", "hardswish"),
)


def _pointwise(op: str, **names: str) -> Write:
    """A function of each number; settings by the name that they have in the call."""

    def write(call: CallPair, draft: Draft) -> None:
        settings = {ours: call.get(theirs) for ours, theirs in names.items()}
        # Cut into pieces or not, each number is treated alike.
        draft.bind(call.one.outputs[0], draft.add(op, [draft.of(call["self"])], call.shape, **settings))

    return write


def _hardtanh(call: CallPair, draft: Draft) -> None:
    low, high = call.get("min_val", -1.0), call.get("max_val", 1.0)
    draft.bind(call.one.outputs[0], draft.add("clamp", [draft.of(call["self"])], call.shape, low=low, high=high))


def _clamp_end(ours: str, theirs: str) -> Write:
    def write(call: CallPair, draft: Draft) -> None:
        ends = {"low": None, "high": None} | {ours: call[theirs]}
        if isinstance(call[theirs], Tensor | Value):
            raise UnknownStep("clamp by a tensor")
        draft.bind(call.one.outputs[0], draft.add("clamp", [draft.of(call["self"])], call.shape, **ends))

    return write


def _clamp(call: CallPair, draft: Draft) -> None:
    if isinstance(call["min"], Tensor | Value) or isinstance(call["max"], Tensor | Value):
        raise UnknownStep("clamp by a tensor")
    draft.bind(
        call.one.outputs[0], draft.add("clamp", [draft.of(call["self"])], call.shape, low=call["min"], high=call["max"])
    )


def _power(call: CallPair, draft: Draft) -> None:
    if not isinstance(call["exponent"], int | float) or not isinstance(call["self"], Value):
        raise UnknownStep("a power that is no number")
    draft.bind(
        call.one.outputs[0], draft.add("power", [draft.of(call["self"])], call.shape, exponent=float(call["exponent"]))
    )


def _binary(op: str, *, turned: bool = False) -> Write:
    def write(call: CallPair, draft: Draft) -> None:
        first, second = (draft.operand(call.both(name), call.rank) for name in ("self", "other"))
        alpha = call.get("alpha", 1)
        if turned:
            first, second = second, first
        if alpha != 1:
            second = draft.add("mul", [second, draft.constant(np.array(float(alpha)))], second[1])
        if call.get("rounding_mode") is not None:
            raise UnknownStep("a division that rounds")
        draft.bind(call.one.outputs[0], draft.add(op, [first, second], call.shape))

    return write


def _where(call: CallPair, draft: Draft) -> None:
    operands = [draft.operand(call.both(name), call.rank) for name in ("condition", "self", "other")]
    draft.bind(call.one.outputs[0], draft.add("where", operands, call.shape))


def _masked_fill(call: CallPair, draft: Draft) -> None:
    mask, value, own = (draft.operand(call.both(name), call.rank) for name in ("mask", "value", "self"))
    draft.bind(call.one.outputs[0], draft.add("where", [mask, value, own], call.shape))


POINTWISE: dict[str, Write] = (
    {name: _pointwise(name) for name in _UNARY}
    | {name: _binary(name) for name in ("add", "sub", "mul", "div", "maximum", "minimum")}
    | {name: _binary(name) for name in ("lt", "le", "gt", "ge", "eq", "ne")}
    | {
        "softplus": _pointwise("softplus", beta="beta", threshold="threshold"),
        "gelu": _pointwise("gelu", approximate="approximate"),
        "leaky_relu": _pointwise("leaky_relu", slope="negative_slope"),
        "elu": _pointwise("elu", alpha="alpha", scale="scale", input_scale="input_scale"),
        "hardtanh": _hardtanh,
        "clamp": _clamp,
        "clamp_min": _clamp_end("low", "min"),
        "clamp_max": _clamp_end("high", "max"),
        "pow": _power,
        "rsub": _binary("sub", turned=True),
        "where": _where,
        "masked_fill": _masked_fill,
    }
)
"""By the name of the operation."""
