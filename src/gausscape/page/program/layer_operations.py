"""How are products, convolutions, normalisations and softmax written as steps?"""

__all__ = ["LAYERS"]

from typing import Any

import numpy as np

from gausscape.page.program.call_pairs import CallPair, Write
from gausscape.page.program.drafting import Draft, Operand, Shape
from gausscape.page.program.recording import UnknownStep, Value


def _addmm(call: CallPair, draft: Draft) -> None:
    if call.get("beta", 1) != 1 or call.get("alpha", 1) != 1:
        raise UnknownStep("a scaled matrix product")
    _linear(call, draft, "mat1", "mat2", "self", transposed=True)


def _mm(call: CallPair, draft: Draft) -> None:
    _linear(call, draft, "self", "mat2", None, transposed=True)


def _functional_linear(call: CallPair, draft: Draft) -> None:
    _linear(call, draft, "input", "weight", "bias", transposed=False)


def _linear(call: CallPair, draft: Draft, own: str, weight: str, bias: str | None, *, transposed: bool) -> None:
    matrix, shift = call.fixed(weight), None if bias is None else call.fixed(bias)
    if (
        not isinstance(call[own], Value)
        or matrix is None
        or matrix.ndim != 2
        or (shift is not None and shift.ndim != 1)
    ):
        raise UnknownStep("a product of two values")
    name, shape = draft.of(call[own])
    # Weights by output, inputs side by side: the order in which a product reads them.
    operands = [(name, shape), draft.kept(matrix, transposed=transposed)]
    if shift is not None:
        operands.append(draft.kept(shift))
    draft.bind(call.one.outputs[0], draft.add("linear", operands, call.shape))


def _layer_norm(call: CallPair, draft: Draft) -> None:
    operand, axes = call.value(draft, "input"), len(call["normalized_shape"])
    _normalise(call, draft, "layer_norm", operand, operand[1][-axes:], {"axes": axes, "eps": call["eps"]})


def _group_norm(call: CallPair, draft: Draft) -> None:
    operand = call.value(draft, "input")
    _normalise(call, draft, "group_norm", operand, operand[1][:1], {"groups": call["group"], "eps": call["eps"]})


def _normalise(call: CallPair, draft: Draft, op: str, operand: Operand, shape: Shape, settings: dict[str, Any]) -> None:
    given = (call.fixed("weight"), np.ones(shape)), (call.fixed("bias"), np.zeros(shape))
    affine = [draft.constant(usual) if own is None else draft.kept(own) for own, usual in given]
    draft.bind(call.one.outputs[0], draft.add(op, [operand, *affine], call.shape, **settings))


def _batch_norm(call: CallPair, draft: Draft) -> None:
    if call.get("training", False):
        raise UnknownStep("a normalisation over the batch")
    operand = call.value(draft, "input")
    mean, variance, weight, bias = (call.fixed(name) for name in ("running_mean", "running_var", "weight", "bias"))
    if mean is None or variance is None:
        raise UnknownStep("a normalisation over the batch")
    scale = (variance.double() + call["eps"]).rsqrt()
    scale = scale if weight is None else scale * weight.double()
    shift = -mean.double() * scale
    shift = shift if bias is None else shift + bias.double()
    wide = (-1, *[1] * (len(operand[1]) - 1))
    scaled = draft.add("mul", [operand, draft.constant(scale.numpy().reshape(wide))], operand[1])
    draft.bind(call.one.outputs[0], draft.add("add", [scaled, draft.constant(shift.numpy().reshape(wide))], operand[1]))


def _convolution(call: CallPair, draft: Draft) -> None:
    operand, weight, bias = call.value(draft, "input"), call.fixed("weight"), call.fixed("bias")
    if weight is None or weight.ndim not in (3, 4) or len(operand[1]) != weight.ndim - 1:
        raise UnknownStep("a convolution of other than one or two dimensions")
    flat = weight.ndim == 3
    # Along one dimension it is a picture one pixel high.
    sides = {
        ours: [rest, int(call[theirs][-1])] if flat else [int(side) for side in call[theirs]]
        for ours, theirs, rest in (("stride", "stride", 1), ("padding", "padding", 0), ("dilation", "dilation", 1))
    }
    operands = [operand, draft.constant(weight.unsqueeze(2).double().numpy()) if flat else draft.kept(weight)]
    if bias is not None:
        operands.append(draft.kept(bias))
    op = "conv_transposed" if call["transposed"] else "conv"
    # The shape of the answer says what an output padding adds.
    draft.bind(call.one.outputs[0], draft.add(op, operands, call.shape, groups=int(call["groups"]), **sides))


def _softmax(op: str) -> Write:
    def write(call: CallPair, draft: Draft) -> None:
        draft.bind(call.one.outputs[0], draft.add(op, [call.value(draft)], call.shape, axis=call.axis()))

    return write


LAYERS: dict[str, Write] = {
    "addmm": _addmm,
    "mm": _mm,
    "linear": _functional_linear,
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "native_batch_norm": _batch_norm,
    "convolution": _convolution,
    "_softmax": _softmax("softmax"),
    "_log_softmax": _softmax("log_softmax"),
}
"""By the name of the operation."""
