"""Alarms that belong together: merged when close, counted for ever, kept up to a bound, the same after a restart."""

from gausscape.watching.episodes import KEPT, Episodes


def test_alarms_that_are_close_are_one_episode_and_survive_a_restart():
    episodes = Episodes(merge=5)
    for number in (3, 8, 14, 15):
        episodes.alarm(number, f"s{number}", f"e{number}", float(number))
    again = Episodes.from_document(episodes.document())
    assert [(each.first, each.last, each.alarms, each.largest) for each in again.kept] == [
        (3, 8, 2, 8.0),
        (14, 15, 2, 15.0),
    ]
    assert (again.kept[0].start, again.kept[0].end) == ("s3", "e8")
    assert again.alarm(16, None, None, 1.0) == (2, False)


def test_old_episodes_leave_but_stay_counted():
    episodes = Episodes(merge=1)
    for number in range(0, 10 * KEPT, 5):
        episodes.alarm(number, None, None, 1.0)
    assert len(episodes.kept) == KEPT
    assert episodes.count == episodes.kept[-1].number == 2 * KEPT
