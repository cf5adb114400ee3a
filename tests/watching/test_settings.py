"""Rates in numbers and words; the two tests together err at the stated rate."""

import pytest

from gausscape.errors import ConfigurationError
from gausscape.watching.settings import WatchSettings, parse_rate


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5])
def test_both_tests_together_err_at_the_stated_rate(rate):
    settings = WatchSettings(rate)
    assert 1 - (1 - settings.window_rate) * (1 - settings.memory_rate) == pytest.approx(rate)


def test_rates_are_read_and_nonsense_is_refused():
    assert parse_rate("1 in 2_000") == 0.0005
    for wrong in ("", "1 in 0", "often", "1 of 100"):
        with pytest.raises(ConfigurationError, match="1 in 100"):
            parse_rate(wrong)
