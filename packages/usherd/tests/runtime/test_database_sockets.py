"""Sockets to an endpoint, counted over a process and its children."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from usher.runtime import database_sockets

CHILD = """
import socket, sys
held = [socket.create_connection((sys.argv[1], int(sys.argv[2]))) for _ in range(int(sys.argv[3]))]
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["127.0.0.1", "::1"])
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family) as listener:
        try:
            listener.bind((request.param, 0))
        except OSError:
            pytest.skip("this host has no IPv6")
        listener.listen(8)
        yield listener


def test_connections_of_a_process_are_counted(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    ends = database_sockets.endpoints([host], port)
    words = [sys.executable, "-c", CHILD, host, str(port), "3"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stdout
        try:
            assert child.stdout.readline() == b"held\n"
            assert database_sockets.count(child.pid, ends) == 3
            # A parent's count has its children's in it; its own end of the listener is none.
            assert database_sockets.count(os.getpid(), ends) == 3
            other = database_sockets.endpoints([host], port + 1)
            assert database_sockets.count(child.pid, other) == 0
        finally:
            child.stdin.close()
            child.wait(10)
    assert database_sockets.count(child.pid, ends) in (0, None)


def test_an_address_is_written_as_the_kernel_does() -> None:
    little = sys.byteorder == "little"
    ends = database_sockets.endpoints(["127.0.0.1"], 5432)
    assert ("0100007F:1538" if little else "7F000001:1538") in ends
    mapped = "0000000000000000FFFF00000100007F:1538" if little else ""
    assert not mapped or mapped in ends
