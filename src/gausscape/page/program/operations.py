"""How is each operation of a decoder written as steps that a page knows?"""

__all__ = ["write_call"]

from gausscape.page.program.arrangement_operations import ARRANGEMENT
from gausscape.page.program.call_pairs import CallPair
from gausscape.page.program.drafting import Draft
from gausscape.page.program.layer_operations import LAYERS
from gausscape.page.program.pointwise_operations import POINTWISE
from gausscape.page.program.recording import Call, UnknownStep

_WRITERS = POINTWISE | ARRANGEMENT | LAYERS


def write_call(one: Call, other: Call, draft: Draft) -> None:
    """Add the steps of one call, which was recorded in both runs.

    Raises:
        UnknownStep: If a page has no such operation.
    """
    if one.name != other.name:
        raise UnknownStep("the way through the decoder changes with the number of objects")
    # What is done in place is a new value all the same.
    write = _WRITERS.get(one.name) or _WRITERS.get(one.name.removesuffix("_"))
    if write is None:
        raise UnknownStep(f"the page knows no operation {one.name}")
    write(CallPair(one, other), draft)
