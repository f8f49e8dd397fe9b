"""The primary's part of Node's cluster protocol: what a worker asks, and how it is answered.

An unmodified worker asks before each `listen` (act queryServer) and gets the listening socket
itself, so all workers accept from one queue (Node's SCHED_NONE). What a worker may ask is checked
here, field by field; nothing here opens or sends anything.
"""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

HANDLES_LIMIT: Final = 64
"""Sockets of one worker; Node's own limit is that of descriptors."""

_CMD: Final = "NODE_CLUSTER"
_PATH_LIMIT: Final = 107
_DATA_LIMIT: Final = 1024

_IPV6_ONLY: Final = 1
"""Flag of libuv in queryServer."""

_STREAM: Final = (4, 6)
_DATAGRAM: Final = ("udp4", "udp6")
_UNIX: Final = -1

DISCONNECT: Final = {"cmd": _CMD, "act": "disconnect"}
"""Makes a worker close its servers and its channel; it ends by itself when nothing is open."""


class Query:
    """A worker's wish to listen.

    `key` names the socket among those of its service: workers that ask alike share one. `seq` is
    repeated in the answer. `request` is what `sockets.bind` takes; None when the worker names a
    descriptor that it was started with (`fd`). `data` is what all its workers must have alike
    (keys of TLS session tickets): the first one's counts.
    """

    __slots__ = ("data", "fd", "handle_type", "key", "request", "seq")

    def __init__(self, seq: int, key: str, request: dict[str, Any] | None, fd: int) -> None:
        self.data: dict[str, str] | None = None
        self.seq = seq
        self.key = key
        self.request = request
        self.fd = fd
        datagram = request is not None and request["type"] == "dgram"
        self.handle_type = "dgram.Native" if datagram else "net.Native"

    @property
    def port(self) -> int:
        """The TCP or UDP port; 0 when any will do or it is no such socket."""
        return 0 if self.request is None else self.request["address"].get("port", 0)


def is_internal(message: dict[str, Any]) -> bool:
    """Whether Node itself speaks, and not the program."""
    command = message.get("cmd")
    return isinstance(command, str) and command.startswith("NODE_")


def act(message: dict[str, Any]) -> str:
    """What a worker's cluster module does; empty when it is not that which speaks."""
    name = message.get("act")
    return name if message.get("cmd") == _CMD and isinstance(name, str) else ""


def query(message: dict[str, Any], folder: str) -> Query:
    """Read a queryServer; relative paths are below `folder`.

    Raises OSError for what is refused, with the number that the worker is to see; ValueError when
    it cannot even be answered.
    """
    asked = _address(message, folder)
    asked.data = _data(message.get("data"))
    return asked


def _data(data: Any) -> dict[str, str] | None:
    if data is None or (isinstance(data, dict) and len(str(data)) <= _DATA_LIMIT):  # pyright: ignore[reportUnknownArgumentType] (JSON is untyped)
        return data  # pyright: ignore[reportUnknownVariableType]
    raise OSError(errno.EINVAL, "no data to share")


def _address(message: dict[str, Any], folder: str) -> Query:
    seq = sequence(message)
    fd = message.get("fd")
    if isinstance(fd, int) and fd >= 0:
        return Query(seq, f"fd:{fd}", None, fd)
    kind, address, port = message.get("addressType"), message.get("address"), message.get("port")
    if kind == _UNIX:
        return _unix(seq, address, folder)
    if kind not in _STREAM + _DATAGRAM or not (address is None or isinstance(address, str)):
        raise OSError(errno.EINVAL, "no address")
    port = 0 if port is None else port
    if not isinstance(port, int) or not 0 <= port <= 0xFFFF:
        raise OSError(errno.EINVAL, "no port")
    # Node leaves the host out for "all": both families on one socket where there is IPv6.
    request = {
        "type": "dgram" if kind in _DATAGRAM else "stream",
        "address": {"host": address or ("0.0.0.0" if kind == "udp4" else "::"), "port": port},  # noqa: S104
        "any_family": not address and kind in _STREAM,
        "v6only": bool(_number(message, "flags") & _IPV6_ONLY),
    }
    # Each listen(0) of a worker is another port, and the n-th of all workers is the same one.
    which = (
        f"{address}:{port}:{kind}" if port else f"{address}:0:{kind}:{_number(message, 'index')}"
    )
    return Query(seq, which, request, -1)


def _unix(seq: int, path: Any, folder: str) -> Query:
    if not isinstance(path, str) or not path or "\0" in path:
        raise OSError(errno.EINVAL, "no path")
    path = os.path.join(folder, path)
    if len(os.fsencode(path)) > _PATH_LIMIT:
        raise OSError(errno.ENAMETOOLONG, "the path is too long")
    return Query(seq, path, {"type": "stream", "address": {"path": path}}, -1)


def sequence(message: dict[str, Any]) -> int:
    """Return the number by which an answer refers to this message; raises ValueError."""
    return int(message.get("seq", ""))


def acknowledgement(seq: int) -> dict[str, Any]:
    """Answer what needs no more than an answer."""
    return {"cmd": _CMD, "ack": seq}


def granted(asked: Query) -> dict[str, Any]:
    """Answer a query; the socket goes with it, and what its workers have alike."""
    answer = {"cmd": _CMD, "ack": asked.seq, "key": asked.key, "errno": 0, "data": asked.data}
    return {"cmd": "NODE_HANDLE", "type": asked.handle_type, "msg": answer}


def refused(seq: int, key: str, number: int) -> dict[str, Any]:
    """Answer a query with an error; the program gets it as the server's `error` event."""
    return {"cmd": _CMD, "ack": seq, "key": key, "errno": -number, "data": None}


def listening(message: dict[str, Any]) -> dict[str, Any]:
    """What a worker says it listens on: address (None: all), port (-1: a path), type."""
    address, port = message.get("address"), message.get("port")
    return {
        "address": address[:_PATH_LIMIT] if isinstance(address, str) else None,
        "port": port if isinstance(port, int) else -1,
        "type": str(message.get("addressType"))[:8],
    }


def _number(message: dict[str, Any], field: str) -> int:
    value = message.get(field)
    return value if isinstance(value, int) else 0
