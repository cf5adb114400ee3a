"""Where the server may listen (row W10)."""

import socket

import pytest

from gausscape.errors import ConfigurationError, StorageError
from gausscape.page.server.running import serve


async def nothing(scope, receive, send):
    raise NotImplementedError


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_W10_what_others_can_reach_needs_to_be_allowed(host):
    with pytest.raises(ConfigurationError, match="--allow-remote"):
        serve(nothing, host=host)


def test_W10_a_taken_port_names_its_holder_and_the_next_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StorageError, match=rf"port {port}.*holds it.*--port (\d+)"):
            serve(nothing, port=port)


def test_W10_an_impossible_port_is_refused():
    with pytest.raises(ConfigurationError, match="port"):
        serve(nothing, port=70000)
