"""The connection with the daemon: one at a time, never waited for."""

from __future__ import annotations

import os
import socket
import struct
from collections import deque

from usher.keeper import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from usher.keeper.loop import Loop
    from usher.keeper.wire import Message

OUTBOX_LIMIT: Final = 10_000
"""Messages that wait for a daemon which does not read; with more the connection ends."""

_RETRY: Final = 0.02
"""Seconds until the next try when too many descriptors are in flight (ETOOMANYREFS)."""


def _nothing() -> None:
    """Stand for nobody who waits for a message to be sent."""


class Link:
    """Accepts the daemon and exchanges messages with it.

    `take(message, fds)` gets each request; its descriptors belong to it. `left()` is called when
    the connection has ended, before a newer one is used.
    """

    def __init__(
        self,
        loop: Loop,
        listener: socket.socket,
        take: Callable[[Message, list[int]], None],
        left: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._take = take
        self._left = left
        self._channel: socket.socket | None = None
        self._outbox: deque[tuple[Message, list[int], Callable[[], None]]] = deque()
        loop.watch(listener.fileno(), self._accept)

    def tell(
        self,
        message: Message,
        fds: list[int] | None = None,
        sent: Callable[[], None] = _nothing,
    ) -> None:
        """Send, or queue when the daemon is slow; nothing happens when there is no daemon.

        The descriptors stay the caller's; while a message waits, duplicates are kept. `sent` is
        called when the kernel has the message: the daemon will read it even if we die then.
        """
        if self._channel is None:
            return
        if not self._outbox and self._send(message, fds or []):
            sent()
            return
        self._outbox.append((message, [os.dup(fd) for fd in fds or []], sent))
        if len(self._outbox) > OUTBOX_LIMIT:
            self._close()

    def keeps_up(self) -> bool:
        """Whether there is a daemon, and no message waits for it."""
        return self._channel is not None and not self._outbox

    def _accept(self) -> None:
        try:
            channel, _ = self._listener.accept()
        except OSError:
            return  # it went away meanwhile, or descriptors are used up; the daemon tries again
        credentials = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        uid = struct.unpack("=iII", credentials)[1]
        if uid not in (os.getuid(), 0):
            channel.close()
            return
        if self._channel:
            self._close()
        channel.setblocking(False)
        self._channel = channel
        self._loop.watch(channel.fileno(), self._ready)

    def _ready(self) -> None:
        self._flush()
        while self._channel:
            try:
                packet = wire.receive(self._channel)
            except BlockingIOError:
                return
            except (OSError, wire.WireError):
                packet = None
            if packet is None:
                self._close()
                return
            self._take(*packet)

    def _flush(self) -> None:
        while self._outbox:
            message, fds, sent = self._outbox[0]
            if not self._send(message, fds):
                return
            self._outbox.popleft()
            _close_all(fds)
            sent()
        if self._channel:
            self._loop.want_write(self._channel.fileno(), wanted=False)

    def _send(self, message: Message, fds: list[int]) -> bool:
        """Send now; False when the message has to wait."""
        if self._channel is None:
            return False
        try:
            wire.send(self._channel, message, fds)
        except BlockingIOError:
            self._loop.want_write(self._channel.fileno(), wanted=True)
            return False
        except OSError:  # or it has gone: the loop is about to read the end
            self._loop.after("flush", _RETRY, self._flush)
            return False
        return True

    def _close(self) -> None:
        if self._channel is None:
            return
        self._loop.forget(self._channel.fileno())
        self._channel.close()
        self._channel = None
        while self._outbox:
            _close_all(self._outbox.popleft()[1])
        self._left()


def _close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
