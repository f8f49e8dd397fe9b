"""Listening sockets, held here so that clients queue while a service restarts."""

from __future__ import annotations

import errno
import os
import socket
import stat

from usher.keeper import steering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_NO_IPV6: Final = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


class Held:
    """One socket and the record from which a later keeper can go on holding it.

    record: {"key", "type", "address", "backlog", "reuse_port", "mode", "order"}; `address` is the
    bound one; `order` is the place in its SO_REUSEPORT group, which steering counts by. A socket
    that a service asked for by itself has "asked": whose rights it was opened with, as [uid, gid,
    groups], or None for our own; and "data", what the workers that share it have alike.
    """

    __slots__ = ("chosen", "record", "socket")

    def __init__(self, sock: socket.socket, record: dict[str, Any]) -> None:
        self.socket = sock
        self.record = record
        self.chosen = True
        """Whether it gets new connections of its SO_REUSEPORT group."""


class Sockets:
    """All held sockets by key."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def __getitem__(self, key: str) -> Held:
        """Return the socket of `key`; raises KeyError with the words for the daemon."""
        if key not in self._held:
            raise KeyError(f"no socket {key!r} is held")
        return self._held[key]

    def get(self, key: str) -> Held | None:
        return self._held.get(key)

    def all(self) -> list[Held]:
        return list(self._held.values())

    def hold(self, request: dict[str, Any]) -> Held:
        """Bind and listen as asked, or return the socket already held for the key.

        One that joins a SO_REUSEPORT group gets no connections until it is steered to: who is to
        accept from it may not be there yet. Raises OSError when the address cannot be bound,
        ValueError when it is none.
        """
        key = request["key"]
        if key in self._held:
            return self._held[key]
        others = self._members(request["address"]) if request.get("reuse_port") else []
        if others:
            _choose(others)
        held = self.take(bind(request), request)
        held.chosen = not others
        return held

    def take(self, bound: socket.socket, request: dict[str, Any]) -> Held:
        """Hold a socket that was bound as `request` says; its key must be free."""
        record = {name: request.get(name) for name in ("key", "type", "backlog", "mode")}
        record["reuse_port"] = bool(request.get("reuse_port"))
        record["address"] = _address(bound)
        record |= {name: request[name] for name in ("asked", "data") if name in request}
        held = Held(bound, record)
        record["order"] = len(self._group(held))
        self._held[request["key"]] = held
        return held

    def adopt(self, record: dict[str, Any], fd: int) -> None:
        """Hold a socket that an earlier keeper bound; the key must be free."""
        if record["key"] in self._held:
            os.close(fd)
        else:
            self._held[record["key"]] = Held(socket.socket(fileno=fd), record)

    def close(self, key: str) -> None:
        """Stop listening for everybody who has the socket, and remove a Unix socket's file.

        Not that of one that was asked for: it may be where our rights must not be used.
        """
        held = self[key]
        del self._held[key]
        others = self._group(held)
        chosen = [each for each in others if each.chosen]
        is_steered = not held.chosen or len(chosen) < len(others)
        if is_steered:
            _choose_unmoved(chosen, len(others))
        steering.closed(held.record["order"], [each.record for each in others])
        try:
            held.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # datagram sockets have nothing to shut down
        held.socket.close()
        if is_steered and others:
            _choose(others)  # by their new places
        path = held.record["address"].get("path")
        if path and "asked" not in held.record:
            remove(path)

    def steer(self, keys: list[str], keep: list[str]) -> None:
        """Send new connections of the group to which `keys` belong only to those in `keep`."""
        group = self._group(self[keys[0]])
        for held in group:
            held.chosen = held.record["key"] in keep
        _choose(group)

    def _group(self, held: Held) -> list[Held]:
        """All sockets that share the kernel's SO_REUSEPORT group with `held`."""
        return self._members(held.record["address"]) if held.record["reuse_port"] else []

    def _members(self, address: dict[str, Any]) -> list[Held]:
        return [
            each
            for each in self._held.values()
            if each.record["reuse_port"] and each.record["address"] == address
        ]


def _choose(group: list[Held]) -> None:
    """Let the kernel choose among the chosen; who joins later is none of them."""
    steering.steer(group[0].socket, [each.record["order"] for each in group if each.chosen])


def _choose_unmoved(chosen: list[Held], last: int) -> None:
    """Let the kernel choose among those only whose places stay as they are through a close.

    The one in the `last` place will move. Chosen there, a connection finds nobody and goes to any
    of the group, perhaps to one that nobody accepts from any more.
    """
    unmoved = [each.record["order"] for each in chosen if each.record["order"] != last]
    if unmoved:
        steering.steer(chosen[0].socket, unmoved)


def bind(request: dict[str, Any]) -> socket.socket:
    """Bind as asked, and listen; raises OSError, or ValueError for what is no address.

    `v6only` keeps IPv4 out of "::"; `any_family` takes "0.0.0.0" where there is no IPv6.
    """
    kind = socket.SOCK_STREAM if request["type"] == "stream" else socket.SOCK_DGRAM
    address = request["address"]
    if "path" in address:
        sock = _bind_unix(kind, address["path"], request.get("mode") or 0o600)
    else:
        try:
            sock = _bind_inet(kind, address["host"], request)
        except OSError as error:
            if not request.get("any_family") or error.errno not in _NO_IPV6:
                raise
            sock = _bind_inet(kind, "0.0.0.0", request)  # noqa: S104 (all that there is, as asked)
    if kind == socket.SOCK_STREAM:  # it stays blocking: services share this flag and expect so
        sock.listen(request.get("backlog") or 511)
    return sock


def _bind_inet(kind: int, host: str, request: dict[str, Any]) -> socket.socket:
    """Numeric hosts only: looking up a name could block for many seconds."""
    numeric = {"localhost": "127.0.0.1", "*": "0.0.0.0", "": "0.0.0.0"}.get(host, host)  # noqa: S104
    family = socket.AF_INET6 if ":" in numeric else socket.AF_INET
    try:
        socket.inet_pton(family, numeric)
    except OSError:
        raise ValueError(f"host {host!r} is not a numeric address") from None
    sock = socket.socket(family, kind)
    try:
        if kind == socket.SOCK_STREAM:  # with datagrams it would let others take the port as well
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if request.get("reuse_port"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            only = numeric != "::" or bool(request.get("v6only"))
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        sock.bind((numeric, request["address"]["port"]))
    except OSError:
        sock.close()
        raise
    return sock


def _bind_unix(kind: int, path: str, mode: int) -> socket.socket:
    if _is_socket(path) and not _answers(kind, path):
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, kind)
    # The file must never exist with more rights than asked, not even for an instant.
    before = os.umask(0o777 & ~mode)
    try:
        sock.bind(path)
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock


def _answers(kind: int, path: str) -> bool:
    """Whether somebody still has the socket behind the file open."""
    with socket.socket(socket.AF_UNIX, kind) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
    return True


def remove(path: str) -> None:
    """Remove the file of a socket; anything else at its path stays."""
    if _is_socket(path):
        os.unlink(path)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _address(sock: socket.socket) -> dict[str, Any]:
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return {"path": name}
    return {"host": name[0], "port": name[1]}
