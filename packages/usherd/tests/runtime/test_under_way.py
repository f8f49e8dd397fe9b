"""What is under way at a server: connections in its queue, and those it has accepted."""

import os
import socket

from usher.runtime import processes
from usher.runtime.sockets import queued


def test_connections_are_counted_before_and_after_they_are_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        port = address[1]
        assert (queued(server.fileno()), processes.connections(os.getpid(), port)) == (0, 0)
        with socket.create_connection(address):
            assert (queued(server.fileno()), processes.connections(os.getpid(), port)) == (1, 0)
            accepted, _ = server.accept()
            with accepted:
                assert (queued(server.fileno()), processes.connections(os.getpid(), port)) == (0, 1)
