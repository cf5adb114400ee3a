"""A fitted space follows a stream: which windows are unusual, since when, and what carries it."""

__all__ = [
    "Alarm",
    "AlarmedObject",
    "Episode",
    "FeatureDifference",
    "Watch",
    "WatchFolder",
    "WatchHistory",
    "WindowReport",
]

from gausscape.watching.answers import Alarm, AlarmedObject, FeatureDifference, WindowReport
from gausscape.watching.episodes import Episode
from gausscape.watching.history import WatchHistory
from gausscape.watching.watch import Watch
from gausscape.watching.watch_folder import WatchFolder
