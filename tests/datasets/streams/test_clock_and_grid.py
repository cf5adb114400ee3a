"""Times as they are written become instants; instants become windows."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.clock import Clock, duration
from gausscape.datasets.streams.faults import BadCell
from gausscape.datasets.streams.grid import Grid


def read(cell, **how) -> np.datetime64:
    return np.datetime64(Clock(("t",), **how).reader({"t": 0})((cell,)), "us")


@pytest.mark.parametrize(
    ("cell", "how", "instant"),
    [
        ("2024-05-01", {}, "2024-05-01"),
        ("2024-05-01T12:30:00.25", {}, "2024-05-01T12:30:00.25"),
        ("2024-05-01 12:30:00+02:00", {}, "2024-05-01T10:30"),
        ("2024-05-01T12:30:00Z", {"zone": "Asia/Tokyo"}, "2024-05-01T12:30"),
        ("2024-05-01T12:30:00", {"zone": "Europe/Berlin"}, "2024-05-01T10:30"),
        ("1714566600", {"unit": 1_000_000}, "2024-05-01T12:30"),
        (1714566600123, {"unit": 1000}, "2024-05-01T12:30:00.123"),
        ("1714566600.5", {"unit": 1_000_000}, "2024-05-01T12:30:00.5"),
        ("2005-06-03-15.42.50.675872", {"format": "%Y-%m-%d-%H.%M.%S.%f"}, "2005-06-03T15:42:50.675872"),
        ("Dec 10 06:55:46", {"format": "%b %d %H:%M:%S", "year": "2008"}, "2008-12-10T06:55:46"),
        (datetime(2024, 5, 1, 12, 30), {}, "2024-05-01T12:30"),
        (datetime(2024, 5, 1, 12, 30, tzinfo=timezone(timedelta(hours=2))), {}, "2024-05-01T10:30"),
        (datetime(2024, 5, 1).date(), {}, "2024-05-01"),
        ("1901-02-03T04:05:06.7", {}, "1901-02-03T04:05:06.7"),
    ],
)
def test_times_are_read(cell, how, instant):
    assert read(cell, **how) == np.datetime64(instant, "us")


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("soon", {}),
        (3, {}),
        (True, {"unit": 1}),
        ("nan", {"unit": 1}),
        ("inf", {"unit": 1}),
        ("", {}),
        (None, {}),
        ("1e30", {"unit": 1}),
    ],
)
def test_what_is_no_time_is_refused(cell, how):
    with pytest.raises(BadCell, match="in 't'"):
        read(cell, **how)


def test_lengths_of_time_have_units():
    assert [duration(text) for text in ("500ms", "1.5s", "2m", "2min", "1h", "1d", "1w")] == [
        500_000,
        1_500_000,
        120_000_000,
        120_000_000,
        3_600_000_000,
        86_400_000_000,
        604_800_000_000,
    ]
    for wrong in ("1", 60, "1 month", "-1h", ""):
        with pytest.raises(ValueError, match="with its unit"):
            duration(wrong)


def test_every_instant_lies_in_exactly_its_windows():
    random = np.random.default_rng([3, 3])
    for every, length, origin in ((10, 10, 0), (10, 25, 3), (7, 70, -5)):
        grid = Grid(every, length, origin)
        for time in random.integers(-1000, 1000, 200):
            inside = [n for n in range(-400, 400) if origin + n * every <= time < origin + n * every + length]
            assert list(grid.numbers(int(time))) == inside
            assert grid.horizon(int(time)) == inside[0]


def test_weeks_begin_on_monday_and_windows_where_from_says():
    def start(window: str) -> str:
        rule = Rule.parse(f"time: at\nwindow: {window}\nobjects: {{graph: {{source: a, target: b}}}}")
        (found,) = follow([{"at": "2024-05-02T10:20:30.5", "a": 1, "b": 2}], rule)
        return str(found.items.ids[0])

    assert start("{every: 1w}") == "2024-04-29T00:00"
    assert start("{every: 1d, from: 2024-05-01T06:00}") == "2024-05-02T06:00"
    assert start("{every: 45s}") == "2024-05-02T10:20:15"
    assert start("{every: 250ms}") == "2024-05-02T10:20:30.500000"
