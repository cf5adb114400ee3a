"""Generated messages: the same seed gives the same stream, and the planted change is where it should be."""

import numpy as np
import pytest

import gausscape as gs
from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.messages import RULE, generate_messages
from gausscape.errors import ConfigurationError


def test_a_stream_is_made_of_its_seed_alone(untouched_randomness):
    one, same, other = generate_messages(9, seed=1), generate_messages(9, seed=1), generate_messages(9, seed=2)
    assert one.equals(same)
    assert not one.equals(other)
    assert one["at"].is_monotonic_increasing
    assert (one["sender"] != one["receiver"]).all()


def test_the_change_begins_where_it_is_planted_and_moves_nothing_before():
    plain, changed = generate_messages(40, seed=3), generate_messages(40, seed=3, hub_from=20.5)
    before = (plain["at"] < np.datetime64("2024-01-21T12:00")).to_numpy()
    assert plain[before].equals(changed[before])
    assert plain["at"].equals(changed["at"])
    after = changed[~before]
    n = len(after)
    share = (after["sender"] == "m00").mean()
    base = (plain["sender"] == "m00").mean()
    # A share of n draws is within 5.3 of its standard deviations but once in ten million.
    assert abs(share - (0.25 + 0.75 * base)) < 5.3 * np.sqrt(0.25 / n) + 5.3 * np.sqrt(0.25 / len(plain))


def test_the_teams_keep_their_share_and_the_days_their_rhythm():
    frame = generate_messages(100, seed=5)
    n = len(frame)
    assert abs((frame["sender_team"] == frame["receiver_team"]).mean() - 0.85) < 5.3 * np.sqrt(0.85 * 0.15 / n)
    hours = frame["at"].dt.hour
    assert (hours.between(8, 18)).mean() > 0.75
    weekend = (frame["day"] == "weekend").mean()
    assert abs(weekend - 28 * 0.35 / (72 + 28 * 0.35)) < 5.3 * np.sqrt(0.15 / n)


def test_a_csv_of_the_events_gives_the_same_graphs(tmp_path):
    frame = generate_messages(5)
    frame.to_csv(tmp_path / "messages.csv", index=False)
    rule = Rule.parse(RULE)
    for one, other in zip(follow(frame, rule), follow(tmp_path / "messages.csv", rule), strict=True):
        assert list(one.items.values[0].edges(data=True)) == list(other.items.values[0].edges(data=True))


def test_the_catalogue_gives_its_windows():
    items = gs.load_data("messages")
    assert len(items) == 200
    assert items.ids[:2].tolist() == ["2024-01-01T00:00", "2024-01-02T00:00"]
    assert items.labels[4:6].tolist() == ["work", "weekend"]
    assert items.values[0].is_directed()


def test_impossible_numbers_are_refused():
    with pytest.raises(ConfigurationError, match=r"members >= 2 \* teams.*members=3"):
        generate_messages(3, members=3)
