"""Generated messages between the members of teams: a stream whose laws, and whose change, are known."""

__all__ = ["RULE", "generate_messages"]

from typing import TYPE_CHECKING

import numpy as np

from gausscape.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

RULE = """\
time: at
window: {every: 1d}
objects:
  graph:
    source: sender
    target: receiver
    source_type: sender_team
    target_type: receiver_team
    weight: count
label: {mode: day}
"""
"""One graph a day: who wrote to whom, how often; nodes have their team as type, graphs are "work" or "weekend"."""

START = np.datetime64("2024-01-01T00:00:00", "us")  # a Monday
# Messages by hour of the day: little at night, most before and after noon.
HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 10, 25, 45, 55, 50, 30, 40, 55, 50, 40, 25, 15, 12, 10, 8, 4, 2], dtype=float)
SALT = 1_297_434_451


def generate_messages(
    days: int = 200,
    *,
    seed: int = 0,
    members: int = 30,
    teams: int = 3,
    a_day: float = 150.0,
    within: float = 0.85,
    hub_from: float | None = None,
    hub_share: float = 0.25,
) -> "pd.DataFrame":
    """Messages in order of time, one a row.

    The number of messages of a day is Poisson with mean `a_day` (0.35 of it on Saturdays and Sundays), their hours
    follow a working day. Members write with fixed activities (Dirichlet), to a member of their own team with probability
    `within` and else to any of another. From day `hub_from` on, a share `hub_share` of all messages is sent by one
    member ("m00") to anybody: the number of messages and their times stay, who writes to whom changes.

    Args:
        days: Days from Monday 2024-01-01 on.
        seed: Starts the random numbers; the days before `hub_from` do not depend on it being given.
        members: How many write and are written to; member i is in team i modulo `teams`.
        teams: How many teams, of at least two members each.
        a_day: Mean number of messages of a working day.
        within: Probability that a message stays in the team of its sender.
        hub_from: Day, from 0, with its fraction, at which the change begins; None for no change.
        hub_share: Share of the messages after the change that the hub sends.

    Returns:
        A pandas frame with the columns id, at (UTC, without zone), sender, receiver, sender_team, receiver_team and day
        ("work" or "weekend"). `frame.to_csv("messages.csv", index=False)` makes a file that `follow` reads with `RULE`.

    Raises:
        ConfigurationError: If the numbers do not make such a stream.

    Example:
        >>> from gausscape.datasets.streams import Rule, follow
        >>> windows = list(follow(generate_messages(days=7), Rule.parse(RULE)))
        >>> [str(window.items.labels[0]) for window in windows]
        ['work', 'work', 'work', 'work', 'work', 'weekend', 'weekend']
    """
    import pandas as pd

    if not (
        days >= 1 and teams >= 1 and members >= 2 * teams and a_day > 0 and 0 <= within <= 1 and 0 <= hub_share <= 1
    ):
        raise ConfigurationError(
            "Messages need days >= 1, members >= 2 * teams, a_day > 0, and shares from 0 to 1, but got "
            f"{days=}, {members=}, {teams=}, {a_day=}, {within=}, {hub_share=}. Change them."
        )
    random = np.random.default_rng([seed, SALT])
    activity = random.dirichlet(np.full(members, 3.0))
    mean = np.where(np.arange(days) % 7 < 5, a_day, 0.35 * a_day)
    day = np.repeat(np.arange(days), random.poisson(mean))
    n = len(day)
    hour = random.choice(24, n, p=HOURS / HOURS.sum())
    moment = day * 86_400_000_000 + hour * 3_600_000_000 + random.integers(0, 3_600_000_000, n)
    order = np.argsort(moment, kind="stable")
    moment, day = moment[order], day[order]
    sender = random.choice(members, n, p=activity)
    receiver = receivers(sender, random.random(n) < within, activity, teams, random)
    # The change has random numbers of its own, so that the days before it are those of the stream without it.
    if hub_from is not None:
        other = np.random.default_rng([seed, SALT, 1])
        taken = (other.random(n) < hub_share) & (moment >= hub_from * 86_400_000_000)
        anybody = other.integers(1, members, n)
        sender, receiver = np.where(taken, 0, sender), np.where(taken, anybody, receiver)
    names = np.array([f"m{member:02d}" for member in range(members)])
    team = np.array([f"team {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[member % teams % 26]}" for member in range(members)])
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "at": START + moment.astype("timedelta64[us]"),
            "sender": names[sender],
            "receiver": names[receiver],
            "sender_team": team[sender],
            "receiver_team": team[receiver],
            "day": np.where(day % 7 < 5, "work", "weekend"),
        }
    )


def receivers(
    sender: np.ndarray, stays: np.ndarray, activity: np.ndarray, teams: int, random: np.random.Generator
) -> np.ndarray:
    """Whom each message goes to: by activity, among the own team or the others, never the sender."""
    members = len(activity)
    team = np.arange(members) % teams
    draws = random.random(len(sender))
    found = np.empty(len(sender), dtype=np.int64)
    for member in range(members):
        own = team == team[member]
        own[member] = False
        others = team != team[member]
        for inside, group in ((True, own), (False, others if others.any() else own)):
            chosen = (sender == member) & (stays == inside)
            among = np.flatnonzero(group)
            steps = np.cumsum(activity[among]) / activity[among].sum()
            found[chosen] = among[np.minimum(np.searchsorted(steps, draws[chosen], side="right"), len(among) - 1)]
    return found
