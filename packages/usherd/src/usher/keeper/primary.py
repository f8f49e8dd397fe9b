"""The primary of Node's cluster module: sockets that workers ask for, shared and let go of.

A socket belongs to the service and not to a worker: all instances and generations that ask alike
share it, so that a reload changes who accepts and never what clients connect to.
"""

from __future__ import annotations

import errno
import os

from usher.keeper import cluster, sockets
from usher.keeper.child import Identity
from usher.keeper.errands import Errand

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Any, Final, TypeAlias

    from usher.keeper.cluster import Query
    from usher.keeper.ipc import Frame, Peer
    from usher.keeper.loop import Loop
    from usher.keeper.sockets import Held, Sockets
    from usher.keeper.wire import Message

    Waiting: TypeAlias = tuple[Peer, Query, Frame]

LINGER: Final = 10.0
"""Seconds a socket that no worker has any more stays open: clients queue during a restart."""


class Primary:
    """Answers workers. `changed(peer)` is called before a peer gets a socket and after it let go
    of one; `go_on(peer)` when its frame that had to wait is done with.
    """

    def __init__(
        self,
        loop: Loop,
        held: Sockets,
        tell: Callable[[Message, list[int]], None],
        changed: Callable[[Peer], None],
        go_on: Callable[[Peer], None],
    ) -> None:
        self._loop = loop
        self._sockets = held
        self._tell = tell
        self._changed = changed
        self._go_on = go_on
        self._holders: dict[str, set[str]] = {}
        """Runs that have a socket, by its key."""
        self._opening: dict[str, list[Waiting]] = {}

    def know(self, peer: Peer) -> None:
        """Remember which sockets an adopted peer has."""
        for _, key in peer.said["handles"].values():
            self._holders.setdefault(key, set()).add(peer.run)

    def forget(self, peer: Peer) -> None:
        """The process has ended, and its descriptors with it."""
        for key in list(peer.said["handles"]):
            self._release(peer, key)

    def resume(self) -> None:
        """Begin with what was adopted: sockets without a holder do not stay."""
        for held in self._sockets.all():
            self._linger(held.record["key"])

    def take(self, peer: Peer, message: dict[str, Any], frame: Frame) -> bool:
        """Do what a worker's cluster module asks; False when its frame has to wait."""
        try:
            match cluster.act(message):
                case "queryServer":
                    return self._query(peer, message, frame)
                case "close":
                    self._release(peer, str(message.get("key")))
                case "exitedAfterDisconnect":
                    peer.channel.answer(cluster.acknowledgement(cluster.sequence(message)))
                case _:
                    pass
        except (ValueError, TypeError):
            pass  # it cannot be answered: nothing that Node would send
        return True

    # -- giving ------------------------------------------------------------------------------------

    def _query(self, peer: Peer, message: dict[str, Any], frame: Frame) -> bool:
        seq = cluster.sequence(message)
        try:
            asked = cluster.query(message, _folder(peer.pid))
            held = self._find(peer, asked)
        except OSError as error:
            name = str(message.get("address"))
            peer.channel.answer(cluster.refused(seq, name, error.errno or errno.EINVAL))
            return True
        if held is None:
            return self._open(peer, asked, frame)
        self._grant(peer, asked, held)
        return True

    def _find(self, peer: Peer, asked: Query) -> Held | None:
        """Look for a socket that is open already; raises OSError when it must not have one."""
        handles = peer.said["handles"]
        known = handles.get(asked.key)
        if known is not None and known[0] != asked.seq:  # alike: a keeper died before it was taken
            raise OSError(errno.EADDRINUSE, "it listens there already")
        if len(handles) >= cluster.HANDLES_LIMIT:
            raise OSError(errno.EMFILE, "too many sockets")
        if asked.request is None:
            return self._given(peer, asked.fd)
        for key in peer.given:  # one that its definition names comes before one of its own
            held = self._sockets.get(key)
            if held and asked.port and held.record["address"].get("port") == asked.port:
                return held
        return self._sockets.get(_key(peer, asked))

    def _given(self, peer: Peer, fd: int) -> Held:
        held = self._sockets.get(peer.given[fd - 3]) if 3 <= fd < 3 + len(peer.given) else None
        if held is None:
            raise OSError(errno.EBADF, "not among the sockets of its definition")
        return held

    def _grant(self, peer: Peer, asked: Query, held: Held) -> None:
        key = held.record["key"]
        self._loop.cancel(("linger", key))
        self._holders.setdefault(key, set()).add(peer.run)
        # Node takes that for granted: a worker that another one is quicker than would hang in
        # accept, with all its connections.
        held.socket.setblocking(False)
        peer.said["handles"][asked.key] = [asked.seq, key]
        self._changed(peer)
        if asked.data is not None:
            asked.data = held.record["data"] = held.record.get("data") or asked.data
        peer.channel.answer(cluster.granted(asked), held.socket)

    # -- opening -----------------------------------------------------------------------------------

    def _open(self, peer: Peer, asked: Query, frame: Frame) -> bool:
        """Have the socket opened with the rights of the service; siblings wait for the same."""
        key = _key(peer, asked)
        peer.busy = True
        waiting = self._opening.setdefault(key, [])
        waiting.append((peer, asked, frame))
        if len(waiting) == 1:
            self._make_room(peer, asked)
            umask = peer.setup["umask"]
            request = {**(asked.request or {}), "key": key, "mode": 0o777 & ~umask}
            user = _user(peer)
            request |= {"asked": user, "data": asked.data}
            try:
                Errand(
                    self._loop,
                    _identity(user),
                    umask,
                    lambda: sockets.bind(request),
                    lambda bound, number: self._opened(request, bound, number),
                )
            except OSError as error:
                self._opened(request, None, error.errno or errno.EAGAIN)
        return False

    def _opened(self, request: dict[str, Any], bound: socket.socket | None, number: int) -> None:
        """Hold the new socket, then answer all who wait for it."""
        key = request["key"]
        held = None
        if bound is not None:
            held = self._sockets.take(bound, request)
            message = {"kind": "held", "what": "socket", "key": key, "record": held.record}
            # The daemon first: should we die, a worker's socket must not be nobody's.
            self._tell({**message, "fds": ["socket"]}, [bound.fileno()])
        for peer, asked, frame in self._opening.pop(key):
            peer.busy = False
            if peer.said["ended"]:
                continue
            if held is None:
                peer.channel.answer(cluster.refused(asked.seq, asked.key, number or errno.EIO))
            else:
                self._grant(peer, asked, held)
            peer.channel.take(frame)
            self._go_on(peer)
        self._linger(key)

    def _make_room(self, peer: Peer, asked: Query) -> None:
        """A new release may listen on the same port at another address: end what only lingers."""
        prefix = peer.setup["owner"] + "/"
        for held in self._sockets.all():
            record = held.record
            same = asked.port and record["address"].get("port") == asked.port
            if same and "asked" in record and record["key"].startswith(prefix):
                self._close_unheld(record["key"])

    # -- letting go --------------------------------------------------------------------------------

    def _release(self, peer: Peer, name: str) -> None:
        _, key = peer.said["handles"].pop(name, (0, None))
        if key is not None:
            self._holders.get(key, set()).discard(peer.run)
            self._changed(peer)
            self._linger(key)

    def _linger(self, key: str) -> None:
        """Close a socket that was asked for some time after the last process let go of it."""
        held = self._sockets.get(key)
        if held is not None and "asked" in held.record and not self._holders.get(key):
            self._loop.after(("linger", key), LINGER, lambda: self._close_unheld(key))

    def _close_unheld(self, key: str) -> None:
        if self._sockets.get(key) is not None and not self._holders.get(key):
            self.close(key)
            self._tell({"kind": "socket-closed", "key": key}, [])

    def close(self, key: str) -> None:
        """Close a socket that was asked for, and remove its file with the rights it was made by."""
        self._loop.cancel(("linger", key))
        self._holders.pop(key, None)
        record = self._sockets[key].record
        self._sockets.close(key)
        path = record["address"].get("path")
        if path is None:
            return
        try:
            who = _identity(record["asked"])
            Errand(self._loop, who, 0o077, lambda: sockets.remove(path), _nothing)
        except OSError:
            pass  # the next one to listen there replaces the file


def _key(peer: Peer, asked: Query) -> str:
    """Name the socket among all; those of the service's definition have an @ after their name."""
    return f"{peer.setup['owner']}/node:{asked.key}"


def _user(peer: Peer) -> list[Any] | None:
    setup = peer.setup
    if setup["uid"] is None:
        return None
    return [setup["uid"], setup["gid"], setup["groups"] or []]


def _identity(user: list[Any] | None) -> Identity | None:
    return None if user is None else Identity(*user)


def _folder(pid: int) -> str:
    """Where the process is; relative paths of its sockets begin there."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return "/"


def _nothing(_found: socket.socket | None, _number: int) -> None:
    """Nobody waits for the file to be gone."""
