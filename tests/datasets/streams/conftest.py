"""A real Redis server for the tests of streams, and random events with all that goes wrong with them."""

import shutil
import socket
import subprocess
import time

import numpy as np
import pytest


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """Address of a Redis server of its own on a free loopback port; skips where there is no redis-server."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("needs redis-server, which is not installed (Debian: apt-get install redis-server)")
    redis = pytest.importorskip("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [
        binary,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.exceptions.ConnectionError:
            time.sleep(0.05)
    client.close()
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


@pytest.fixture
def unruly_events():
    """From a seed to events that are out of order, late, repeated, with gaps, and sometimes cannot be used."""

    def make(seed: int, n: int = 200) -> list[dict]:
        random = np.random.default_rng([seed, 5])
        seconds = np.cumsum(random.exponential(60, n) + 20_000 * (random.random(n) < 0.02))
        seconds = seconds - random.exponential(300, n) * (random.random(n) < 0.4)
        start = np.datetime64("2024-05-01", "us")
        events = []
        for row in range(n):
            when = start + np.timedelta64(int(max(seconds[row], 0) * 1e6), "us")
            sender, receiver = random.choice(list("abcdef"), 2)
            amount = "much" if random.random() < 0.03 else str(round(float(random.normal()), 3))
            event = {"id": str(row), "at": str(when), "a": str(sender), "b": str(receiver), "x": amount}
            if random.random() < 0.02:
                event["at"] = ""
            events.append(event)
            if random.random() < 0.1:
                events.append(events[int(random.integers(len(events)))])
        return events

    return make
