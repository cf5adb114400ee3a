"""What a failure probability shows first: most likely failures that are objects at all."""

from dataclasses import replace

import numpy as np

from gausscape.stress_testing.probability.failing import _objects_first
from gausscape.stress_testing.probability.failure_probability import Mode

PLACE = Mode(
    u=np.zeros(2), distance=1.0, z=np.zeros(2), noise=np.zeros(0), item=None, y=0.0, support="SUPPORTED", share=0.1, nearest="a"
)


def test_failures_that_are_objects_come_first_and_keep_their_order():
    labels = ["UNSUPPORTED", "RARE_OBSERVED", "UNSUPPORTED", "SUPPORTED", "EXTRAPOLATED"]
    modes = [replace(PLACE, support=label, share=k) for k, label in enumerate(labels)]
    assert [mode.support for mode in _objects_first(modes)] == [
        "RARE_OBSERVED",
        "SUPPORTED",
        "EXTRAPOLATED",
        "UNSUPPORTED",
        "UNSUPPORTED",
    ]
    assert [mode.share for mode in _objects_first(modes)] == [1, 3, 4, 0, 2]
