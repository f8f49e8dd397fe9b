"""The Node IPC channels of all runs: read, answered, and reported to the daemon.

What a process said is kept with its run (`Peer.said`), so that a daemon that was away, or the next
keeper, knows it too. A process can speak about itself only: its channel says who it is.
"""

from __future__ import annotations

from usher.keeper import cluster
from usher.keeper.ipc import Channel, Peer
from usher.keeper.primary import Primary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from usher.keeper.ipc import Frame
    from usher.keeper.loop import Loop
    from usher.keeper.sockets import Sockets
    from usher.keeper.wire import Message

FRAMES_A_ROUND: Final = 64
"""Frames of one process that are handled before others have their turn."""

LISTENING_LIMIT: Final = 64
"""Addresses kept of what one worker says it listens on."""


class Channels:
    """All of them by run. `tell` sends to the daemon; `reads` says whether it keeps up."""

    def __init__(
        self,
        loop: Loop,
        held: Sockets,
        tell: Callable[[Message, list[int]], None],
        reads: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._tell = tell
        self._reads = reads
        self._peers: dict[str, Peer] = {}
        self._primary = Primary(
            loop, held, tell, lambda peer: self._report(peer, "handle"), self._serve
        )

    def add(self, run: str, pid: int, fd: int, setup: dict[str, Any], given: list[str]) -> None:
        """Serve the channel of a new run, or of an adopted one whose setup holds what it said.

        `given` are the keys of the sockets it was started with.
        """
        peer = Peer(run, pid, Channel(fd), setup)
        peer.given = given
        self._peers[run] = peer
        self._primary.know(peer)
        if not peer.said["ended"]:
            self._loop.watch(fd, lambda: self._serve(peer), edge=True)

    def setup(self, run: str) -> dict[str, Any] | None:
        """Return what a later keeper needs besides the descriptor; None: it has no channel."""
        peer = self._peers.get(run)
        return None if peer is None else {**peer.setup, "said": peer.said}

    def resume(self) -> None:
        """After adoption: let go of sockets that nobody has any more."""
        self._primary.resume()

    def finish(self, run: str) -> None:
        """The process has ended: take what it said last, then let go of what it had."""
        peer = self._peers.get(run)
        if peer is not None:
            self._serve(peer)
            self._ended(peer)
            self._primary.forget(peer)

    def close(self, run: str) -> None:
        """Close the channel of a run that is forgotten."""
        peer = self._peers.pop(run, None)
        if peer is not None:
            self._ended(peer)
            self._primary.forget(peer)
            peer.channel.close()

    def close_socket(self, key: str) -> None:
        """Close a socket that a service asked for."""
        self._primary.close(key)

    def say(self, run: str, value: Any) -> None:
        """Send a message to the program; raises ValueError when it cannot get there."""
        peer = self._living(run)
        peer.channel.say(value)
        self._flush(peer)

    def disconnect(self, run: str) -> None:
        """Have a worker close its servers and its channel; raises ValueError."""
        peer = self._living(run)
        if peer.setup["mode"] != "cluster":
            raise ValueError("the process is no worker of a cluster")
        peer.channel.say(cluster.DISCONNECT)
        self._flush(peer)

    def _living(self, run: str) -> Peer:
        peer = self._peers.get(run)
        if peer is None or peer.said["ended"]:
            raise ValueError("the process has no channel, or has closed it")
        return peer

    # -- reading -----------------------------------------------------------------------------------

    def _serve(self, peer: Peer) -> None:
        """Handle what has come; the rest of a flood has to wait for its next turn."""
        for _ in range(FRAMES_A_ROUND):
            if peer.busy or peer.said["ended"]:
                return
            try:
                frame = peer.channel.peek()
            except EOFError:
                self._ended(peer)
                return
            if frame is None:
                self._flush(peer)
                return
            if self._handle(peer, frame):
                peer.channel.take(frame)
        self._flush(peer)
        self._loop.after(("channel", peer.run), 0.0, lambda: self._serve(peer))

    def _handle(self, peer: Peer, frame: Frame) -> bool:
        """Do what a frame asks for; False when that goes on and the frame must stay in place."""
        message = frame.value
        if message == "ready":
            peer.said["ready"] = True
            self._report(peer, "ready")
        elif isinstance(message, dict) and cluster.is_internal(message):  # pyright: ignore[reportUnknownArgumentType] (JSON is untyped)
            return self._internal(peer, frame)
        elif isinstance(message, dict):
            self._pass_on(peer, frame)
        return True

    def _internal(self, peer: Peer, frame: Frame) -> bool:
        message: dict[str, Any] = frame.value
        if message["cmd"] in ("NODE_HANDLE_ACK", "NODE_HANDLE_NACK"):
            peer.channel.confirmed(arrived=message["cmd"] == "NODE_HANDLE_ACK")
        elif message["cmd"] == "NODE_HANDLE":
            # The program sends us a socket of its own. We have no use for it, but it waits.
            peer.channel.answer({"cmd": "NODE_HANDLE_ACK"})
        elif peer.setup["mode"] == "cluster":
            if cluster.act(message) == "listening":
                self._listening(peer, cluster.listening(message))
            else:
                return self._primary.take(peer, message, frame)
        return True

    def _listening(self, peer: Peer, where: dict[str, Any]) -> None:
        known = peer.said["listening"]
        if where not in known and len(known) < LISTENING_LIMIT:
            known.append(where)
        self._report(peer, "listening", address=where)

    def _pass_on(self, peer: Peer, frame: Frame) -> None:
        """Tell the daemon what a program has to say, as long as nothing has to wait for that.

        As text: what is nested too deep to be written again must not end us.
        """
        if isinstance(frame.value.get("type"), str) and self._reads() and peer.may_tell():
            self._report(peer, "message", line=frame.line)

    def _report(self, peer: Peer, what: str, **more: Any) -> None:
        report = {"kind": "channel", "run": peer.run, "what": what, "said": peer.said, **more}
        self._tell(report, [])

    def _ended(self, peer: Peer) -> None:
        if not peer.said["ended"]:
            peer.said["ended"] = True
            self._loop.cancel(("channel", peer.run))
            self._loop.forget(peer.channel.fileno())
            self._report(peer, "disconnect")

    def _flush(self, peer: Peer) -> None:
        if not peer.said["ended"]:
            self._loop.want_write(peer.channel.fileno(), wanted=peer.channel.flush())
