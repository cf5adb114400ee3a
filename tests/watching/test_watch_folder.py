"""The state of a watch on disk: killed anywhere it goes on to the same alarms; others' states and second processes are refused."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gausscape.errors import ConfigurationError, DamagedFileError, LockedError, StorageError
from gausscape.watching import Watch, WatchFolder
from gausscape.watching.alarm_log import AlarmLog
from gausscape.watching.state import state_of, watch_from_state

# From a few points a window to several windows between two kills; a run that dies sooner than one window never gets on.
POINTS = ("any:61", "fsync:31", "rename:7", "step:2")


def test_killed_anywhere_it_goes_on_to_the_same_alarms_byte_for_byte(space, tmp_path):
    space.save(tmp_path / "space")
    script = Path(__file__).with_name("kill_and_go_on.py")
    command = [sys.executable, str(script), str(tmp_path), *POINTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    unbroken, *others = [json.loads(line) for line in done.stdout.splitlines()]
    assert unbroken["lines"].count("\n") >= 3
    assert unbroken["counts"]["windows"] == 12
    assert len(others) == len(POINTS)
    assert sum(other["killed"] for other in others) >= 2 * len(POINTS)
    for other in others:
        assert {**other, "killed": 0} == unbroken


@pytest.mark.parametrize("learn", [0, 40])
def test_a_watch_goes_on_from_its_state_as_if_never_stopped(space, draw_rows, learn):
    def reports(split: int | None) -> list[str]:
        rng, watch = np.random.default_rng(31), Watch.begin(space, false_alarms=0.1, learn=learn)
        found = []
        for number in range(70):
            if number == split:
                document, arrays = state_of(watch)
                fresh = Watch.begin(space, false_alarms=0.1, learn=learn)
                watch = watch_from_state(fresh, json.loads(json.dumps(document)), arrays)
            rows = draw_rows(3, rng)
            rows["age"] += 3.0 * (number > 62)
            found.append(str(watch.observe(rows)))
        return found

    whole = reports(None)
    assert reports(20) == whole
    assert reports(55) == whole


def test_a_state_of_another_space_rule_or_settings_is_refused_with_the_difference(space, draw_rows, tmp_path):
    with WatchFolder(tmp_path / "state") as folder:
        folder.open(Watch.begin(space, rule={"every": "1d"}))
    for other, named in (
        (Watch.begin(space, rule={"every": "2d"}), "watch.rule.every was '1d' and is '2d'"),
        (Watch.begin(space, rule={"every": "1d"}, false_alarms=0.02), "false_alarms was 0.01 and is 0.02"),
        (
            Watch.begin(space.partial_fit(draw_rows(400, np.random.default_rng(1))), rule={"every": "1d"}),
            "watch.space was",
        ),
    ):
        with WatchFolder(tmp_path / "state") as folder, pytest.raises(ConfigurationError, match=named):
            folder.open(other)


def test_two_watches_on_one_folder_are_refused(tmp_path):
    with WatchFolder(tmp_path / "state"), pytest.raises(LockedError, match="held by pid"):
        WatchFolder(tmp_path / "state").__enter__()


def test_an_altered_state_is_refused(space, tmp_path):
    with WatchFolder(tmp_path / "state") as folder:
        folder.open(Watch.begin(space))
    place = tmp_path / "state" / "state" / "watch.json"
    place.write_bytes(place.read_bytes().replace(b'"tested": 0', b'"tested": 9'))
    with WatchFolder(tmp_path / "state") as folder, pytest.raises(DamagedFileError):
        folder.open(Watch.begin(space))


def test_the_objects_of_an_alarm_are_saved_beside_it(space, draw_rows, tmp_path):
    rng = np.random.default_rng(33)
    with WatchFolder(tmp_path / "state") as folder:
        watch = folder.open(Watch.begin(space))
        rows = draw_rows(10, rng)
        rows.loc[4, "hours"] = 40.0
        assert folder.observe(watch, rows, number=5).alarm is not None
    line = json.loads((tmp_path / "state" / "alarms.jsonl").read_text())
    assert (tmp_path / "state" / line["file"]).stat().st_size > 0
    assert line["number"] == 5
    assert line["alarm"]["objects"][0]["id"] == "4"
    assert {"probability", "distance", "lower", "upper", "percentile", "usual"} <= set(line)


def test_windows_that_are_not_over_are_left_for_later(space, draw_rows, tmp_path):
    from types import SimpleNamespace

    rows = draw_rows(3, np.random.default_rng(0))
    window = SimpleNamespace(number=0, start=0, end=1, items=rows, events=3, late=0, cursor={}, complete=False)
    with WatchFolder(tmp_path / "state") as folder:
        watch = folder.open(Watch.begin(space))
        assert list(folder.follow(watch, [window])) == []
        assert watch.last is None


def test_a_torn_line_is_written_anew_and_a_whole_one_is_left(tmp_path):
    path = tmp_path / "alarms.jsonl"
    AlarmLog(path, position=0, fresh=True).append({"window": 1})
    whole = path.read_bytes()
    for torn in (whole[:5], whole):
        path.write_bytes(torn)
        AlarmLog(path, position=0, fresh=False).append({"window": 1})
        assert path.read_bytes() == whole


def test_a_log_that_lost_alarms_or_is_not_ours_is_refused(tmp_path):
    path = tmp_path / "alarms.jsonl"
    path.write_text("mine\n")
    with pytest.raises(StorageError, match="5 bytes"):
        AlarmLog(path, position=0, fresh=True)
    with pytest.raises(DamagedFileError, match="Put it back"):
        AlarmLog(path, position=50, fresh=False)
