"""How are steps written that move numbers, repeat them, or sum over axes?"""

__all__ = ["ARRANGEMENT"]

import numpy as np

from gausscape.page.program.call_pairs import CallPair, Write, axis_of
from gausscape.page.program.drafting import Draft
from gausscape.page.program.recording import UnknownStep


def _same(call: CallPair, draft: Draft) -> None:
    draft.bind(call.one.outputs[0], draft.of(call["self"]))


def _reshape(call: CallPair, draft: Draft) -> None:
    name, shape = draft.of(call["self"])
    found = (name, shape) if shape == call.shape else draft.add("reshape", [(name, shape)], call.shape)
    draft.bind(call.one.outputs[0], found)


def _filled(value: float | str) -> Write:
    def write(call: CallPair, draft: Draft) -> None:
        number = call[value] if isinstance(value, str) else value
        draft.bind(call.one.outputs[0], draft.add("expand", [draft.constant(np.array(float(number)))], call.shape))

    return write


def _concatenate(call: CallPair, draft: Draft) -> None:
    operands = [draft.operand(pair, call.rank) for pair in zip(*call.both("tensors"), strict=True)]
    axis = axis_of(call["dim"], call.rank)
    draft.bind(call.one.outputs[0], draft.add("concat", operands, call.shape, axis=axis))


def _stack(call: CallPair, draft: Draft) -> None:
    operands = [draft.operand(pair, call.rank - 1) for pair in zip(*call.both("tensors"), strict=True)]
    axis = axis_of(call["dim"], call.rank)
    wide = [draft.add("reshape", [each], (*each[1][:axis], 1, *each[1][axis:])) for each in operands]
    draft.bind(call.one.outputs[0], draft.add("concat", wide, call.shape, axis=axis))


def _permute(call: CallPair, draft: Draft) -> None:
    rank = len(call["self"].shape)
    order = [dim % rank for dim in call["dims"]]
    _turn(call, draft, order)


def _transpose(call: CallPair, draft: Draft) -> None:
    rank = len(call["self"].shape)
    order = list(range(rank))
    one, other = call["dim0"] % rank, call["dim1"] % rank
    order[one], order[other] = other, one
    _turn(call, draft, order)


def _turn(call: CallPair, draft: Draft, order: list[int]) -> None:
    if order[0] != 0:
        raise UnknownStep("the axis of the batch is moved")
    axes = [axis - 1 for axis in order[1:]]
    draft.bind(call.one.outputs[0], draft.add("permute", [call.value(draft)], call.shape, axes=axes))


def _slice(call: CallPair, draft: Draft) -> None:
    own = call["self"]
    if call["dim"] % len(own.shape) == 0 and call.one.outputs[0] is not None and call.one.outputs[0].shape == own.shape:
        _same(call, draft)
        return
    axis, start = call.axis(), call.get("start", 0)
    side = call.value(draft)[1][axis]
    start = min(start + side if start < 0 else start, side)
    step = draft.add("slice", [call.value(draft)], call.shape, axis=axis, start=start, step=call.get("step", 1))
    draft.bind(call.one.outputs[0], step)


def _select(call: CallPair, draft: Draft) -> None:
    operand, axis = call.value(draft), call.axis()
    start = call["index"] % operand[1][axis]
    cut = (*operand[1][:axis], 1, *operand[1][axis + 1 :])
    piece = draft.add("slice", [operand], cut, axis=axis, start=start, step=1)
    draft.bind(call.one.outputs[0], draft.add("reshape", [piece], call.shape))


def _split(call: CallPair, draft: Draft) -> None:
    operand, axis, start = call.value(draft), call.axis(), 0
    for value, shape in zip(call.one.outputs, call.shapes, strict=True):
        draft.bind(value, draft.add("slice", [operand], shape, axis=axis, start=start, step=1))
        start += shape[axis]


def _unbind(call: CallPair, draft: Draft) -> None:
    operand, axis = call.value(draft), call.axis()
    cut = (*operand[1][:axis], 1, *operand[1][axis + 1 :])
    for start, (value, shape) in enumerate(zip(call.one.outputs, call.shapes, strict=True)):
        piece = draft.add("slice", [operand], cut, axis=axis, start=start, step=1)
        draft.bind(value, draft.add("reshape", [piece], shape))


def _take(call: CallPair, draft: Draft) -> None:
    index = call.fixed("index")
    if index is None:
        raise UnknownStep("a choice without an index")
    _taken(call, draft, call.axis(), index.numpy())


def _flip(call: CallPair, draft: Draft) -> None:
    operand, rank = call.value(draft), len(call["self"].shape)
    for dim in call["dims"]:
        axis = axis_of(dim, rank)
        order = np.arange(operand[1][axis])[::-1].copy()
        operand = draft.add("take", [operand, draft.constant(order)], operand[1], axis=axis)
    draft.bind(call.one.outputs[0], operand)


def _nearest(call: CallPair, draft: Draft) -> None:
    operand = call.value(draft)
    for axis in range(1, len(call.shape)):
        before, after = operand[1][axis], call.shape[axis]
        order = np.arange(after) * before // after
        operand = draft.add(
            "take", [operand, draft.constant(order)], (*operand[1][:axis], after, *operand[1][axis + 1 :]), axis=axis
        )
    draft.bind(call.one.outputs[0], operand)


def _taken(call: CallPair, draft: Draft, axis: int, index: np.ndarray) -> None:
    step = draft.add("take", [call.value(draft), draft.constant(index)], call.shape, axis=axis)
    draft.bind(call.one.outputs[0], step)


def _pad(call: CallPair, draft: Draft) -> None:
    operand, pads = call.value(draft), call["pad"]
    before, after = [0] * len(operand[1]), [0] * len(operand[1])
    if min(pads) < 0 or len(pads) // 2 > len(operand[1]):
        raise UnknownStep("a pad below nothing")
    for place in range(len(pads) // 2):
        before[-1 - place], after[-1 - place] = pads[2 * place : 2 * place + 2]
    value = float(call.get("value", 0.0))
    draft.bind(call.one.outputs[0], draft.add("pad", [operand], call.shape, before=before, after=after, value=value))


def _expand(call: CallPair, draft: Draft) -> None:
    name, shape = call.value(draft)
    if len(shape) != len(call.shape):
        raise UnknownStep("the axis of the batch is moved")
    draft.bind(call.one.outputs[0], draft.add("expand", [(name, shape)], call.shape))


def _reduce(op: str) -> Write:
    def write(call: CallPair, draft: Draft) -> None:
        operand, rank = call.value(draft), len(call["self"].shape)
        dims = call.get("dim")
        if dims is None or dims == []:
            raise UnknownStep("a sum over the whole batch")
        axes = sorted(axis_of(dim, rank) for dim in (dims if isinstance(dims, list | tuple) else [dims]))
        draft.bind(call.one.outputs[0], draft.add(op, [operand], call.shape, axes=axes))

    return write


ARRANGEMENT: dict[str, Write] = (
    {name: _same for name in ("alias", "detach", "clone", "_to_copy", "lift_fresh", "contiguous")}
    | {name: _reshape for name in ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "flatten", "unflatten")}
    | {name: _split for name in ("split", "split_with_sizes", "chunk")}
    | {name: _reduce(name) for name in ("sum", "mean", "amax", "amin")}
    | {
        "zeros_like": _filled(0.0),
        "ones_like": _filled(1.0),
        "new_zeros": _filled(0.0),
        "new_ones": _filled(1.0),
        "full_like": _filled("fill_value"),
        "new_full": _filled("fill_value"),
        "cat": _concatenate,
        "stack": _stack,
        "permute": _permute,
        "transpose": _transpose,
        "slice": _slice,
        "select": _select,
        "unbind": _unbind,
        "index_select": _take,
        "flip": _flip,
        "upsample_nearest1d": _nearest,
        "upsample_nearest2d": _nearest,
        "constant_pad_nd": _pad,
        "expand": _expand,
    }
)
"""By the name of the operation."""
