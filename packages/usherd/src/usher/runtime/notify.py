"""READY=1 and WATCHDOG=1 from services: datagrams on a socket that the keeper holds: none is lost.

The sender is known by the pid the kernel attaches, never by what it says. A service may speak
only about itself: the datagram counts for the run whose process group the sender is in.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

from usher.runtime import processes

MESSAGE_LIMIT: Final = 64 * 1024
_CREDENTIALS: Final = struct.Struct("iII")


class NotifySocket:
    """Reads the socket while open; `ready` is called with the leader pid of the sender's group.

    So is `alive`, with whether the process says that it failed (WATCHDOG=trigger).
    """

    def __init__(
        self, fd: int, ready: Callable[[int], None], alive: Callable[[int, bool], None]
    ) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._ready = ready
        self._alive = alive
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        """Stop reading; the keeper's duplicate stays open."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def _read(self) -> None:
        while True:
            try:
                body, control, _, _ = self._socket.recvmsg(
                    MESSAGE_LIMIT, socket.CMSG_SPACE(_CREDENTIALS.size)
                )
            except BlockingIOError:
                return
            pid = _sender(control)
            if pid is None:
                continue
            found = processes.stat(pid)
            leader = found.group if found is not None else pid
            said = body.split(b"\n")
            if b"READY=1" in said:
                self._ready(leader)
            if b"WATCHDOG=1" in said or b"WATCHDOG=trigger" in said:
                self._alive(leader, b"WATCHDOG=trigger" in said)


def _sender(control: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            return _CREDENTIALS.unpack(data)[0]
    return None
