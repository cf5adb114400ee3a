"""Which tensor operations does a function of a batch run? Runs it once and writes down what passes the dispatcher."""

__all__ = ["Call", "Recording", "UnknownStep", "record"]

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class UnknownStep(Exception):
    """A decoder runs an operation that a page has no counterpart of; the message names it."""


@dataclass(frozen=True)
class Call:
    """One operation on values that follow from the inputs.

    Args:
        name: Of the operation, "addmm" say.
        arguments: By name, defaults filled in; a tensor that follows from the inputs stands as its `Value`.
        outputs: What came out: values (None for what is no tensor of floats).
    """

    name: str
    arguments: dict[str, Any]
    outputs: tuple["Value | None", ...]


@dataclass(frozen=True)
class Value:
    """A tensor that follows from the inputs.

    Args:
        number: 0 for the inputs, then in the order in which they came up.
        shape: Its shape in this run.
    """

    number: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Recording:
    """What a run did: its calls in order, and which value it gave back."""

    calls: tuple[Call, ...]
    answer: Value


def record(function: Callable[[Tensor], Tensor], inputs: Tensor) -> Recording:
    """Run a function and write down every operation on what follows from the inputs; all else is a constant of the run.

    Raises:
        UnknownStep: If a value decides about the way the run takes, is changed in place while others look at it, or leaves
            torch; or if the answer does not follow from the inputs.

    Example:
        >>> made = record(lambda z: torch.sin(z) * torch.arange(2.0), torch.zeros(3, 2))
        >>> [call.name for call in made.calls], made.answer.shape
        (['sin', 'mul'], (3, 2))
    """
    recorder = _Recorder(inputs)
    with torch.no_grad(), recorder:
        answer = function(inputs)
    value = recorder.value_of(answer)
    if value is None:
        raise UnknownStep("the answer does not follow from the latent point")
    return Recording(tuple(recorder.calls), value)


class _Recorder(TorchDispatchMode):
    def __init__(self, inputs: Tensor):
        super().__init__()
        self.calls: list[Call] = []
        self._count = 0
        # Tensors are kept, so that no address is given to another one meanwhile.
        self._known: dict[int, tuple[Tensor, Value]] = {id(inputs): (inputs, Value(0, tuple(inputs.shape)))}

    def value_of(self, tensor: Any) -> Value | None:
        found = self._known.get(id(tensor))
        return None if found is None else found[1]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = _named(func, args, kwargs)
        arguments = {name: self._told(value) for name, value in given.items()}
        follows = any(_holds_value(value) for value in arguments.values())
        name = func.overloadpacket.__name__
        if follows and func._schema.is_mutable:
            self._refuse_shared(given, name)
        out = func(*args, **kwargs)
        if follows:
            outs = out if isinstance(out, tuple | list) else (out,)
            if any(not isinstance(each, Tensor) and each is not None for each in outs):
                raise UnknownStep(f"a value decides what is done ({name})")
            self.calls.append(Call(name, arguments, tuple(self._add(each) for each in outs)))
        return out

    def _told(self, value: Any) -> Any:
        if isinstance(value, tuple | list):
            return [self._told(each) for each in value]
        return (self.value_of(value) or value.detach()) if isinstance(value, Tensor) else value

    def _add(self, tensor: Any) -> Value | None:
        if not isinstance(tensor, Tensor):
            return None
        self._count += 1
        value = Value(self._count, tuple(tensor.shape))
        self._known[id(tensor)] = (tensor, value)
        return value

    def _refuse_shared(self, given: dict[str, Any], name: str) -> None:
        # A tensor that is changed in place is a new value under its old name; whoever looks at the same memory would miss it.
        changed = given.get("self")
        if not isinstance(changed, Tensor):
            raise UnknownStep(f"{name} writes into a tensor")
        memory = changed.untyped_storage().data_ptr()
        others = (tensor for tensor, _ in self._known.values() if tensor is not changed)
        if self.value_of(changed) is None or any(tensor.untyped_storage().data_ptr() == memory for tensor in others):
            raise UnknownStep(f"{name} writes into a tensor that others look at")


def _named(func: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    expected = func._schema.arguments
    given = dict(zip((argument.name for argument in expected), args, strict=False)) | kwargs
    defaults = {argument.name: argument.default_value for argument in expected if argument.has_default_value()}
    return defaults | given


def _holds_value(told: Any) -> bool:
    return isinstance(told, Value) or (isinstance(told, list) and any(_holds_value(each) for each in told))
