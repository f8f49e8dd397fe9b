"""Which connections of a process a drain has to wait for."""

import os
import socket
from pathlib import Path

from usher.runtime import connections


def test_connections_of_its_ports_and_paths_count_until_they_are_closed(tmp_path: Path) -> None:
    path = str(tmp_path / "s.sock")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as tcp6,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind(path)
        local.listen()
        ports = [tcp.getsockname()[1], tcp6.getsockname()[1]]

        def count() -> int:
            return connections.count_open(os.getpid(), ports, [path])

        assert count() == 0, "a listening socket is no connection"
        clients = [
            socket.create_connection(tcp.getsockname()[:2]),
            socket.create_connection(tcp6.getsockname()[:2]),
            socket.socket(socket.AF_UNIX),
        ]
        clients[2].connect(path)
        served = [listener.accept()[0] for listener in (tcp, tcp6, local)]
        assert count() == 3, "and the clients' ends are not its own"
        clients[0].close()
        assert count() == 3, "it still has to answer, or to close"
        for expected, connection in zip((2, 1, 0), served, strict=True):
            connection.close()
            assert count() == expected
        for client in clients:
            client.close()


def test_nothing_is_open_where_nothing_listens() -> None:
    assert connections.count_open(os.getpid(), [], []) == 0
