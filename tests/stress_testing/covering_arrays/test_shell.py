"""A shell: bounded by calibrated exceedances, refused where they cannot be certified or are no shell."""

import numpy as np
import pytest

from gausscape.errors import CalibrationError, ConfigurationError
from gausscape.space.calibration import Calibration
from gausscape.stress_testing.covering_arrays.shell import Shell

CALIBRATION = Calibration.fit(np.random.default_rng(0).exponential(size=1000), seed=0)


@pytest.mark.parametrize("bounds", [(1.0, 0.5), (0.1, 0.01), (0.01, 0.0001)])
def test_it_holds_what_lies_between_its_exceedances(bounds):
    surprise = np.linspace(0, 20, 2001)
    p = CALIBRATION.exceedance(surprise).probability
    inside = Shell.between(CALIBRATION, bounds).holds(surprise)
    clear = (abs(np.log(p / bounds[0])) > 1e-6) & (abs(np.log(p / bounds[1])) > 1e-6)
    np.testing.assert_array_equal(inside[clear], ((p <= bounds[0]) & (p >= bounds[1]))[clear])


def test_extrapolation_agrees_with_the_calibration_and_says_so():
    shell = Shell.between(CALIBRATION, (0.001, 1e-6), certified=False)
    p = CALIBRATION.exceedance(np.array([shell.inner, shell.outer])).probability
    np.testing.assert_allclose(p, [0.001, 1e-6], rtol=1e-6)
    assert "extrapolated" in str(shell)
    assert Shell.between(CALIBRATION, (0.1, 0.01), certified=False) == Shell.between(CALIBRATION, (0.1, 0.01))


def test_the_default_is_never_finer_than_the_calibration():
    few = Calibration.fit(np.random.default_rng(0).exponential(size=60), seed=0)
    assert Shell.between(few).rare == few.floor
    assert Shell.between(CALIBRATION).rare == 1e-4


@pytest.mark.parametrize("bounds", [(0.99, 0.9999), (0.0, 0.1), (0.5, 0.5), (2.0, 0.1), (float("nan"), 0.1)])
def test_what_is_no_shell_is_refused(bounds):
    with pytest.raises(ConfigurationError, match="larger first"):
        Shell.between(CALIBRATION, bounds)


def test_what_cannot_be_certified_is_refused():
    with pytest.raises(CalibrationError, match="certify"):
        Shell.between(CALIBRATION, (0.01, 1e-6))
    with pytest.raises(CalibrationError, match="extrapolated"):
        Shell.between(CALIBRATION, (0.01, 1e-200), certified=False)
