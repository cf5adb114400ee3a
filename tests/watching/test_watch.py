"""A watch: stated false alarms on windows in law, changes that are found, told and merged, and bad input that is refused."""

import numpy as np
import pytest
from scipy import stats

from gausscape.errors import ConfigurationError, DataError
from gausscape.watching import Watch
from gausscape.watching.settings import WatchSettings


@pytest.mark.parametrize("size", [1, 8])
def test_alarms_of_windows_in_law_come_at_the_stated_rate(space, draw_rows, size):
    # 5% stated, 400 windows. Held-out objects are a draw too, so a half more or less is allowed beside the binomial 1e-6.
    rng = np.random.default_rng(10 + size)
    watch = Watch.begin(space, false_alarms=0.05, seed=size)
    rows = draw_rows(400 * size, rng)
    reports = [watch.observe(rows.iloc[start : start + size]) for start in range(0, len(rows), size)]
    low, high = stats.binom.ppf([1e-7, 1 - 1e-7], 400, 0.05)
    assert low * 0.5 <= watch.counts["alarms"] <= high * 1.2
    assert watch.counts["tested"] == 400
    p = np.array([report.probability for report in reports])
    assert stats.kstest(p, "uniform").pvalue > 1e-6


def test_a_change_is_found_at_once_told_by_name_and_merged_into_one_episode(space, draw_rows):
    rng = np.random.default_rng(20)
    watch = Watch.begin(space, false_alarms="1 in 100 windows")
    for _ in range(60):
        watch.observe(draw_rows(20, rng))
    before = watch.counts["alarms"]
    changed = []
    for _ in range(12):
        rows = draw_rows(20, rng)
        rows["age"] += 4.0
        changed.append(watch.observe(rows))
    found = [report for report in changed if report.alarm is not None]
    assert before <= 8
    assert len(found) >= 10
    first = found[0]
    assert first.alarm is not None
    assert first.alarm.features[0].name == "age"
    assert first.alarm.features[0].direction == "higher"
    assert first.lower < first.distance < first.upper
    assert first.percentile > 99
    assert len(watch.episodes.kept) == watch.episodes.count
    assert watch.episodes.kept[-1].alarms >= 10
    assert "age higher" in str(first)
    assert watch.windows.doubtless


def test_the_object_that_carries_the_change_comes_first(space, draw_rows):
    rng = np.random.default_rng(21)
    watch = Watch.begin(space)
    rows = draw_rows(10, rng)
    rows.loc[7, "hours"] = 40.0
    alarm = watch.observe(rows).alarm
    assert alarm is not None
    assert alarm.objects[0].id == "7"
    assert alarm.objects[0].support == "UNSUPPORTED"


def test_a_small_shift_that_stays_is_found_by_the_memory(space, draw_rows):
    rng = np.random.default_rng(22)
    watch = Watch.begin(space, seed=3)
    for _ in range(80):
        watch.observe(draw_rows(4, rng))
    by = []
    for _ in range(150):
        rows = draw_rows(4, rng)
        rows["amount"] += 1.2
        report = watch.observe(rows)
        by += [] if report.alarm is None else list(report.alarm.by)
    assert "memory" in by


def test_rows_and_single_objects_speak_the_same_unit(space, draw_rows):
    # The mean of m objects lies about sqrt(m) nearer to usual than one object does.
    rng = np.random.default_rng(23)
    one, many = Watch.begin(space), Watch.begin(space)
    usual = one.observe(draw_rows(1, rng)).usual, many.observe(draw_rows(100, rng)).usual
    assert 7 < usual[0][1] / usual[1][1] < 14


def test_learned_windows_are_the_reference_and_raise_no_alarm(space, draw_rows):
    # The stream lies elsewhere than the space: what it does all the time is usual.
    rng = np.random.default_rng(24)
    watch = Watch.begin(space, learn=80)
    for _ in range(160):
        rows = draw_rows(10, rng)
        rows["age"] += 2.0
        watch.observe(rows)
    assert watch.counts["learned"] == 80
    assert watch.counts["alarms"] <= 8
    assert any(watch.observe(draw_rows(10, rng)).alarm is not None for _ in range(20))


def test_a_season_is_no_change(space, draw_rows):
    rng = np.random.default_rng(25)

    def alarms(season: int, learn: int) -> int:
        watch = Watch.begin(space, learn=learn, season=season)
        for number in range(learn + 28):
            rows = draw_rows(10, rng)
            rows["age"] += 3.0 * (number % 7 == 6)
            watch.observe(rows)
        return watch.counts["alarms"]

    assert alarms(7, 140) <= 6
    assert alarms(1, 0) >= 4


def test_the_same_windows_give_the_same_reports(space, draw_rows):
    def told() -> list[str]:
        rng, watch = np.random.default_rng(26), Watch.begin(space, false_alarms=0.2)
        return [str(watch.observe(draw_rows(3, rng))) for _ in range(30)]

    assert told() == told()


def test_empty_windows_are_counted_and_not_tested(space, draw_rows):
    watch = Watch.begin(space)
    report = watch.observe(draw_rows(3, np.random.default_rng(0)).iloc[:0], number=4)
    assert report.state == "empty"
    assert watch.counts["empty"] == 1
    assert watch.counts["tested"] == 0


def test_a_window_counts_once(space, draw_rows):
    watch, rows = Watch.begin(space), draw_rows(3, np.random.default_rng(0))
    watch.observe(rows, number=4)
    with pytest.raises(DataError, match="larger than 4"):
        watch.observe(rows, number=4)


def test_objects_of_another_kind_leave_the_watch_as_it_was(space, draw_rows):
    watch, rows = Watch.begin(space), draw_rows(3, np.random.default_rng(0))
    watch.observe(rows)
    with pytest.raises(DataError):
        watch.observe(rows.drop(columns="age"))
    assert watch.counts["windows"] == 1
    assert watch.observe(rows).number == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"false_alarms": 0.0},
        {"false_alarms": 0.7},
        {"learn": 5},
        {"season": 7},
        {"season": 0},
        {"merge": 0},
        {"seed": -1},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ConfigurationError):
        WatchSettings(**wrong)


def test_a_rate_that_is_no_rate_is_refused(space):
    with pytest.raises(ConfigurationError, match="1 in 100"):
        Watch.begin(space, false_alarms="now and then")


def test_memory_stays_flat_over_many_windows(space, draw_rows):
    from gausscape.watching.state import state_of

    def held(windows: int) -> int:
        watch, rng = Watch.begin(space, false_alarms=0.02), np.random.default_rng(0)
        rows = draw_rows(64, rng)
        for _ in range(windows):
            watch.observe(rows.iloc[rng.integers(0, 64, 1)])
        document, arrays = state_of(watch)
        kept = {name: array for name, array in arrays.items() if not name.startswith(("scores", "own", "history"))}
        return len(str(document["episodes"])) + sum(array.size for array in kept.values())

    # Pools and history grow up to their stated sizes; nothing else grows with the stream.
    assert held(240) <= held(120) * 1.05 + 6_000


def test_features_of_real_objects_are_ranked_from_the_start(space, draw_rows):
    # Far out along a usual direction of the codes, but one window is one row: 1 in 100 needs more than ranks among 60.
    rng = np.random.default_rng(27)
    watch = Watch.begin(space, reference=draw_rows(150, rng))
    assert "features" in watch.observe(draw_rows(1, rng)).parts
    changed = draw_rows(1, rng)
    changed["hours"] += 60.0
    report = watch.observe(changed)
    assert report.probability < 1e-3
    assert report.alarm.features[0].name == "hours"
    assert "features" not in Watch.begin(space).observe(draw_rows(1, rng)).parts


def test_two_sources_of_what_is_usual_are_refused(space, draw_rows):
    with pytest.raises(ConfigurationError, match="both learn and reference"):
        Watch.begin(space, learn=50, reference=draw_rows(50, np.random.default_rng(0)))
