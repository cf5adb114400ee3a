"""A folder of event files is the stream that one file of all its events is."""

import threading
import time

import pandas as pd
import pytest

from gausscape.datasets.streams import Rule, follow
from gausscape.datasets.streams.sources.delimited_events import DelimitedEvents
from gausscape.datasets.streams.sources.file_lines import FileLines
from gausscape.datasets.streams.sources.folder_events import FolderEvents
from gausscape.errors import DataError

RULE = Rule.parse("time: {column: at, unit: s}\nwindow: {every: 100s}\nobjects: {graph: {source: a, target: b, weight: count}}\n")
EVENTS = pd.DataFrame({"at": range(0, 1200, 10), "a": [str(row % 3) for row in range(120)], "b": [str(row % 5) for row in range(120)]})


def write(frame, path):
    frame.to_parquet(path, row_group_size=7) if path.suffix == ".parquet" else frame.to_csv(path, index=False)


@pytest.fixture(params=[".csv", ".parquet"])
def folder(request, tmp_path):
    """Four files in order, one without rows, and names that do not count."""
    place = tmp_path / "events"
    place.mkdir()
    cuts = [0, 33, 33, 71, 120]
    for number in range(4):
        write(EVENTS[cuts[number] : cuts[number + 1]], place / f"{number}{request.param}")
    (place / "_being_written.csv").write_text("no events")
    (place / "README.md").write_text("no events")
    return place


def told(windows):
    return [(w.number, w.events, sorted(w.items.values[0].edges(data="weight")), w.complete) for w in windows]


def test_a_folder_gives_the_windows_of_one_file_from_any_cursor(folder, tmp_path):
    write(EVENTS, tmp_path / "whole.csv")
    whole = told(follow(tmp_path / "whole.csv", RULE))
    windows = list(follow(folder, RULE))
    assert told(windows) == whole
    for place, window in enumerate(windows):
        assert told(follow(folder, RULE, cursor=window.cursor)) == whole[place + 1 :]


def test_a_file_that_was_changed_removed_or_came_too_early_is_named(folder):
    suffix = next(folder.glob("0.*")).suffix
    cursor = list(follow(folder, RULE))[8].cursor
    kept = (folder / f"0{suffix}").read_bytes()
    (folder / f"0{suffix}").write_bytes(kept + b"\n")
    with pytest.raises(DataError, match=f"0{suffix} was changed"):
        list(follow(folder, RULE, cursor=cursor))
    (folder / f"0{suffix}").unlink()
    with pytest.raises(DataError, match=f"0{suffix} is gone"):
        list(follow(folder, RULE, cursor=cursor))
    (folder / f"0{suffix}").write_bytes(kept)
    write(EVENTS, folder / f"00{suffix}")
    with pytest.raises(DataError, match=f"00{suffix} comes before"):
        list(follow(folder, RULE, cursor=cursor))


def test_a_folder_that_is_waited_on_gives_new_files(tmp_path):
    write(EVENTS[:50], tmp_path / "1.csv")
    source = FolderEvents(tmp_path, lambda path: DelimitedEvents(FileLines(path)), endings=(".csv",), poll=0.01)

    def add():
        time.sleep(0.05)
        write(EVENTS[50:], tmp_path / "_2.csv")
        (tmp_path / "_2.csv").rename(tmp_path / "2.csv")

    adding = threading.Thread(target=add)
    adding.start()
    found = source.events(["at"], wait=True)
    assert [int(next(found)[0]) for _ in range(len(EVENTS))] == EVENTS["at"].tolist()
    adding.join()


def test_a_folder_without_events_is_refused(tmp_path):
    with pytest.raises(DataError, match="has none"):
        list(follow(tmp_path, RULE))
