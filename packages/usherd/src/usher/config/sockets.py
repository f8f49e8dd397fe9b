"""`sockets`: addresses that usher listens on for a service."""

import ipaddress
from typing import Final

from usher.config.app import Written
from usher.config.check import quote
from usher.config.schema import Socket
from usher.model.spec import PROBE_SOCKET, Address, SocketSpec, TcpAddress, UnixAddress

_PATH_LIMIT: Final = 107
"""Bytes of a Unix socket's path: sun_path without its final zero."""


def read_sockets(written: Written, *, cluster: bool) -> tuple[SocketSpec, ...]:
    """Build the sockets of an app; what is wrong is reported and left out.

    `cluster`: the workers of a Node cluster share what they listen on, whoever opened it.
    """
    sockets: list[SocketSpec] = []
    for position, socket in enumerate(written.app.sockets):
        try:
            built = _socket(socket, cluster=cluster)
        except ValueError as error:
            written.complain("sockets", str(error), inside=(position, "listen"))
            continue
        if socket.name == PROBE_SOCKET or socket.name in {other.name for other in sockets}:
            message = f"the name {socket.name!r} is taken"
            written.complain("sockets", message, inside=(position, "name"))
        sockets.append(built)
    return tuple(sockets)


def tcp_address(text: str) -> TcpAddress:
    """Read "127.0.0.1:8000" or "[::1]:8000"; "localhost" is 127.0.0.1. Raises ValueError."""
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and int(port[:6]) <= 65535):
        raise ValueError(f"cannot use {quote(text)}: expected 'host:port' or 'unix:/path'")
    bracketed = host.startswith("[") and host.endswith("]")
    host = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        advice = "an address of this machine, such as 127.0.0.1 or 0.0.0.0"
        raise ValueError(f"cannot listen on {quote(text)}: expected {advice}") from None
    if (address.version == 6) != bracketed:
        raise ValueError(f"cannot use {quote(text)}: write an IPv6 address as '[::1]:8000'")
    return TcpAddress(host=host, port=int(port))


def _socket(socket: Socket, *, cluster: bool) -> SocketSpec:
    address = _address(socket)
    default = "shared" if cluster or isinstance(address, UnixAddress) else "per-instance"
    mode = socket.mode or default
    if mode == "per-instance" and isinstance(address, UnixAddress):
        raise ValueError("cannot give each instance a Unix socket at one path: use a TCP address")
    backlog = SocketSpec(name="", address=address).backlog
    return SocketSpec(socket.name, address, mode, socket.backlog or backlog)


def _address(socket: Socket) -> Address:
    if not socket.listen.startswith("unix:"):
        if socket.file_mode is not None:
            raise ValueError("'file_mode' belongs to a Unix socket ('unix:/path')")
        return tcp_address(socket.listen)
    path = socket.listen.removeprefix("unix:")
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"cannot use {quote(socket.listen)}: the path must begin with '/'")
    if len(path.encode()) > _PATH_LIMIT:
        raise ValueError(f"cannot use {quote(socket.listen)}: longer than {_PATH_LIMIT} bytes")
    mode = socket.file_mode
    return UnixAddress(path) if mode is None else UnixAddress(path, mode=int(mode))
