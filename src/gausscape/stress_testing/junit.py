"""Checked tolerances as JUnit XML, which every CI server reads."""

__all__ = ["junit_bytes"]

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from gausscape.stress_testing.tolerance import Checked, State

# What XML 1.0 cannot hold, section 2.2.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_bytes(checked: Sequence[Checked], *, name: str, seconds: float, strict: bool = False) -> bytes:
    """A test suite with one case for each tolerance: broken ones fail, open ones are skipped (or fail, with `strict`).

    Args:
        checked: What `check_tolerances` found.
        name: Of the suite: what was tested.
        seconds: That the test took.
        strict: Whether an open matter fails.

    Example:
        >>> junit_bytes([Checked("errors <= 0", 0.0, 0.0, 0.0, 0.1, State.HOLDS)], name="y", seconds=1.0).count(b"<testcase")
        1
    """
    broken = sum(each.is_broken(strict=strict) for each in checked)
    still_open = sum(each.state is State.OPEN and not each.is_broken(strict=strict) for each in checked)
    counts = {"tests": str(len(checked)), "failures": str(broken), "errors": "0", "skipped": str(still_open)}
    suites = ElementTree.Element("testsuites", counts | {"time": f"{seconds:.3f}"})
    suite = ElementTree.SubElement(suites, "testsuite", counts | {"name": _legal(name), "time": f"{seconds:.3f}"})
    for each in checked:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": "gausscape.stress", "name": _legal(each.tolerance), "time": "0"}
        )
        if each.is_broken(strict=strict):
            ElementTree.SubElement(case, "failure", {"message": _legal(str(each)), "type": each.state.value})
        elif each.state is State.OPEN:
            ElementTree.SubElement(case, "skipped", {"message": _legal(str(each))})
        ElementTree.SubElement(case, "system-out").text = _legal(str(each))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n"


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
