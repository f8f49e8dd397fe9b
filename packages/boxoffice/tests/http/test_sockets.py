"""Which sockets are ours, decided from the environment."""

import os
import socket

import pytest

from boxoffice.http.sockets import (
    Inherited,
    SocketError,
    adopt,
    demand_loopback,
    inherited_sockets,
    listen,
)

PID = 42


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ()),
        ({"LISTEN_FDS": "0"}, ()),
        ({"LISTEN_FDS": "1"}, (Inherited(3, "unknown"),)),
        ({"LISTEN_FDS": "1", "LISTEN_PID": "42"}, (Inherited(3, "unknown"),)),
        ({"LISTEN_FDS": "1", "LISTEN_PID": "43"}, ()),
        (
            {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "http:probe"},
            (Inherited(3, "http"), Inherited(4, "probe")),
        ),
        (
            {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "http"},
            (Inherited(3, "http"), Inherited(4, "unknown")),
        ),
    ],
)
def test_sockets_are_taken_when_they_are_meant_for_us(
    environ: dict[str, str], expected: tuple[Inherited, ...]
) -> None:
    assert inherited_sockets(environ, PID) == expected


@pytest.mark.parametrize("count", ["-1", "two", ""])
def test_a_count_that_is_none_is_an_error(count: str) -> None:
    with pytest.raises(SocketError, match="LISTEN_FDS is"):
        inherited_sockets({"LISTEN_FDS": count}, PID)


def test_a_descriptor_that_does_not_listen_is_refused_and_left_open() -> None:
    with socket.socket() as silent:
        with pytest.raises(SocketError, match="no listening socket"):
            adopt(silent.fileno())
        silent.getsockname()
    reading, writing = os.pipe()
    with pytest.raises(SocketError, match="cannot listen on descriptor"):
        adopt(reading)
    os.close(writing)
    os.close(reading)


def test_taken_address_says_what_to_do() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(SocketError, match=rf"127\.0\.0\.1:{port}.*--port"):
            listen("127.0.0.1", port)


def test_addresses_that_others_reach_are_refused() -> None:
    with listen("127.0.0.1", 0) as local:
        demand_loopback(local, "there are no accounts yet")
    with (
        listen("0.0.0.0", 0) as everywhere,  # noqa: S104 - to see it refused; nobody is answered
        pytest.raises(SocketError, match="there are no accounts yet"),
    ):
        demand_loopback(everywhere, "there are no accounts yet")
