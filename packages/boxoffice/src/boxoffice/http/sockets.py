"""Listening sockets that a supervisor opened for us (systemd's LISTEN_FDS convention)."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass

_FIRST = 3
_VARIABLES = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")


class SocketError(Exception):
    """There is nothing to listen on, or something we must not listen on."""


@dataclass(frozen=True)
class Inherited:
    """A descriptor of a listening socket, with the name its opener gave it.

    All of them serve the same application; one named `probe` belongs to this instance alone, so
    that its supervisor can judge it apart from its siblings on the shared address.
    """

    descriptor: int
    name: str


def inherited_sockets(environ: Mapping[str, str], pid: int) -> tuple[Inherited, ...]:
    """Read LISTEN_FDS and LISTEN_FDNAMES; empty when they are not meant for this process.

    A missing LISTEN_PID means us: a supervisor that execs a command cannot know its pid before.
    Raises SocketError for a count that is no number.
    """
    count = environ.get("LISTEN_FDS", "0")
    if environ.get("LISTEN_PID", str(pid)) != str(pid):
        return ()
    if not count.isdecimal():
        raise SocketError(f"cannot take over sockets: LISTEN_FDS is {count!r}, not a number")
    names = environ.get("LISTEN_FDNAMES", "").split(":")
    return tuple(
        Inherited(_FIRST + i, names[i] if i < len(names) and names[i] else "unknown")
        for i in range(int(count))
    )


def without_listen_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for programs we start: the sockets are ours, not theirs."""
    return {name: value for name, value in environ.items() if name not in _VARIABLES}


def adopt(descriptor: int) -> socket.socket:
    """Take over a listening socket; SocketError when the descriptor is none."""
    try:
        taken = socket.socket(fileno=descriptor)
        listening = taken.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise SocketError(
            f"cannot listen on descriptor {descriptor}: {error.strerror}; it must be open"
        ) from error
    if not listening:
        taken.detach()  # somebody else's: not ours to close
        raise SocketError(f"cannot listen on descriptor {descriptor}: it is no listening socket")
    taken.setblocking(False)
    taken.set_inheritable(False)
    return taken


def listen(host: str, port: int) -> socket.socket:
    """Open a socket of our own; SocketError says what to do when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SocketError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port"
        ) from error
    opened.setblocking(False)
    return opened


def demand_loopback(listening: socket.socket, why: str) -> None:
    """Refuse an address that other machines reach, and say `why` none may be.

    Unix sockets pass, their folder decides who may connect.
    """
    if listening.family == socket.AF_UNIX:
        return
    host: str = listening.getsockname()[0]
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        raise SocketError(f"cannot listen on {host}: {why}; or listen on 127.0.0.1")


def describe(listening: socket.socket) -> str:
    """The address as a person types it."""
    if listening.family == socket.AF_UNIX:
        return f"unix:{listening.getsockname()}"
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
