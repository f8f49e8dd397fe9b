"""Where an app listens, when it is asked somewhere else."""

import os
import socket

import pytest

from usher.model.target import HttpTarget, ListenTarget, ServerTarget, Target, TcpTarget
from usher.runtime.listening import Elsewhere, asked_port, of_tree


@pytest.mark.parametrize(
    ("target", "port"),
    [
        (HttpTarget("http://127.0.0.1:3001/health"), 3001),
        (HttpTarget("http://localhost/health"), 80),
        (HttpTarget("http://[::1]:8080/"), 8080),
        (HttpTarget("http://api.example:3001/"), 0),
        (HttpTarget("http://localhost:port/"), 0),
        (HttpTarget("//[/health"), 0),
        (HttpTarget("/health"), 0),
        (TcpTarget("[::1]:5432"), 5432),
        (TcpTarget("db:5432"), 0),
        (ListenTarget(3000), 3000),
        (ListenTarget(), 0),
        (ServerTarget("redis", address="127.0.0.1:6379"), 0),
    ],
)
def test_which_port_of_this_host_is_asked(target: Target, port: int) -> None:
    assert asked_port(target) == port


def test_it_says_where_the_process_listens_instead() -> None:
    now = [0.0]
    elsewhere = Elsewhere(lambda: now[0])
    pid = os.getpid()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port, wrong = server.getsockname()[1], unused.getsockname()[1]
        assert f"127.0.0.1:{port}" in map(str, of_tree(pid))
        said = elsewhere.look(pid, TcpTarget(f"127.0.0.1:{wrong}"))
        assert f"pid {pid} listens on " in said
        assert f"127.0.0.1:{port}" in said
        assert said.endswith(f"the probe asks port {wrong}")
        assert elsewhere.look(pid, TcpTarget(f"127.0.0.1:{port}")) == ""
        assert elsewhere.look(0, TcpTarget(f"127.0.0.1:{wrong}")) == ""
