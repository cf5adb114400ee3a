"""A Redis stream as a source, against a real server."""

import threading

import pytest

from gausscape.datasets.streams import Rule, follow
from gausscape.errors import ConfigurationError, DataError, MissingExtraError

RULE = Rule.parse(
    "{time: {column: at, unit: s}, window: {every: 100s}, bad: drop, objects: {graph: {source: a, target: b, weight: count}}}"
)


@pytest.fixture
def stream(redis_server, request):
    """A client, a key of its own, and the address of the stream."""
    import redis

    client = redis.Redis.from_url(redis_server)
    key = request.node.name
    client.delete(key)
    yield client, key, f"{redis_server}?stream={key}"
    client.close()


def add(client, key: str, *times: float) -> None:
    for at in times:
        client.xadd(key, {"at": at, "a": int(at) % 3, "b": int(at) % 5})


def shown(windows) -> list:
    return [(w.number, w.events, w.bad, list(w.items.values[0].edges(data="weight")), w.cursor) for w in windows]


def test_cut_anywhere_and_gone_on_equals_unbroken(stream):
    client, key, address = stream
    add(client, key, *range(0, 3000, 7))
    client.xadd(key, {"at": "soon", "a": 1, "b": 2})
    client.xadd(key, {"at": 3000, "a": 1})
    whole = list(follow(address, RULE))
    assert len(whole) == 30
    assert sum(w.events for w in whole) == 429
    for place in (0, 1, 17, 29):
        assert shown(follow(address, RULE, cursor=whole[place].cursor)) == shown(whole[place + 1 :])


def test_new_entries_are_waited_for(stream):
    client, key, address = stream
    windows = follow(address, RULE, wait=True)
    timers = [threading.Timer(0.1 + 0.1 * step, add, (client, key, 60 * step)) for step in range(6)]
    for timer in timers:
        timer.start()
    found = [next(windows) for _ in range(2)]
    windows.close()
    for timer in timers:
        timer.join()
    assert [(w.number, w.events) for w in found] == [(0, 2), (1, 2)]


def test_the_time_of_an_entry_is_a_column_too(stream):
    client, key, address = stream
    client.xadd(key, {"a": 1, "b": 2}, id="86400000-5")
    rule = Rule.parse(
        "{time: {column: redis_time, unit: ms}, window: {every: 1d}, objects: {graph: {source: a, target: b}}}"
    )
    assert [w.number for w in follow(address, rule)] == [1]


def test_entries_trimmed_away_before_they_were_read_are_told(stream):
    client, key, address = stream
    add(client, key, *range(0, 500, 10))
    first = next(follow(address, RULE))
    client.xtrim(key, maxlen=39, approximate=False)  # 11 were read, 11 are gone: nothing is lost
    assert len(list(follow(address, RULE, cursor=first.cursor))) == 4
    client.xtrim(key, maxlen=30, approximate=False)
    with pytest.raises(DataError, match=r"\(11 read\), but 9 of the next were trimmed away. Trim it less"):
        list(follow(address, RULE, cursor=first.cursor))
    client.delete(key)
    with pytest.raises(DataError, match="there is no such stream now"):
        list(follow(address, RULE, cursor=first.cursor))
    add(client, key, 0, 10)
    with pytest.raises(DataError, match="it was made anew"):
        list(follow(address, RULE, cursor=first.cursor))


def test_a_key_of_another_type_and_no_stream_at_all(stream):
    client, key, address = stream
    assert list(follow(address, RULE)) == []
    client.set(key, "text")
    with pytest.raises(DataError, match=r"should be a stream \(made with XADD\), but the key holds another type"):
        list(follow(address, RULE))


def test_a_server_that_is_down_is_named_without_the_password():
    import socket

    pytest.importorskip("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DataError, match=rf"needs a Redis server, but 127.0.0.1:{port} does not answer") as caught:
        list(follow(f"redis://user:secret@127.0.0.1:{port}/0?stream=events", RULE))
    assert "secret" not in str(caught.value)


def test_an_address_needs_a_stream():
    with pytest.raises(ConfigurationError, match=r"redis://localhost:6379/0\?stream=events"):
        follow("redis://localhost", RULE)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    with pytest.raises(MissingExtraError, match=r"needs the package redis.*gausscape\[redis\]"):
        list(follow("redis://localhost?stream=events", RULE))
