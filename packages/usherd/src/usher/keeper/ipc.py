"""Node's IPC channel: one JSON value a line on a Unix stream socket, a descriptor beside some.

The process finds its end by NODE_CHANNEL_FD and exits when the other end is gone, so that end is
held here and duplicated to the daemon. A frame is looked at (MSG_PEEK) and taken off the socket
only when it has been handled: a keeper that dies between the two leaves it to the next one.

What is written here was observed on Node's own wire, which is the same for Node 18 to 24.
"""

from __future__ import annotations

import json
import socket
import time
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, TypeAlias

    Outgoing: TypeAlias = tuple[bytes, socket.socket | None]

FRAME_LIMIT: Final = 64 * 1024
"""Bytes of a frame with its newline; what is longer is thrown away unread."""

OUTBOX_LIMIT: Final = 256
"""Frames that wait for a process which does not read; more are refused."""

HANDLE_TRIES: Final = 3
"""How often a descriptor is sent to a process that says it did not arrive (Node's own count)."""


MESSAGE_RATE: Final = 100
"""Messages of one process a second that the daemon is told; what is above is dropped."""


class Frame:
    """One line of a channel and what it says; `value` is None when that is no JSON."""

    __slots__ = ("line", "size", "value")

    def __init__(self, size: int, line: str, value: Any) -> None:
        self.size = size
        self.line = line
        self.value = value


def first_frame(seen: bytes) -> Frame | None:
    """Read the first line of what was peeked; None when its end has not come yet.

    A line that cannot end within FRAME_LIMIT is a frame without a value, as is the rest of it.
    """
    end = seen.find(b"\n", 0, FRAME_LIMIT)
    if end < 0:
        return Frame(FRAME_LIMIT, "", None) if len(seen) >= FRAME_LIMIT else None
    line, value = "", None
    try:
        line = seen[:end].decode("utf-8")
        value = _DECODER.decode(line)
    except (ValueError, RecursionError):
        pass
    return Frame(end + 1, line, value)


def encode(value: Any) -> bytes:
    """Write one frame; raises ValueError when it is longer than the other side would take."""
    line = json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"
    if len(line) > FRAME_LIMIT:
        raise ValueError(f"a message of {len(line)} bytes is longer than {FRAME_LIMIT}")
    return line


class Channel:
    """The keeper's end. Nothing here waits; `close` leaves the daemon's duplicate open."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)
        self._overlong = False
        self._outbox: deque[Outgoing] = deque()
        self._unconfirmed: Outgoing | None = None
        """A descriptor on its way: Node takes the next one only after it confirmed this one."""
        self._tries = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    # -- reading -----------------------------------------------------------------------------------

    def peek(self) -> Frame | None:
        """Return the next frame without taking it; None when there is none yet.

        Raises EOFError when the process has closed its end.
        """
        try:
            seen = self._socket.recv(FRAME_LIMIT, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:
            raise EOFError from None  # it ended with our words unread
        if not seen:
            raise EOFError
        frame = first_frame(seen)
        if frame is not None and self._overlong:
            frame.value = None  # the tail of a line that was too long
        return frame

    def take(self, frame: Frame) -> None:
        """Take off what was peeked; descriptors sent along are closed by the kernel."""
        left, last = frame.size, b""
        while left:
            last = self._socket.recv(left)
            left -= len(last)
        self._overlong = not last.endswith(b"\n")

    # -- writing -----------------------------------------------------------------------------------

    def say(self, value: Any, handle: socket.socket | None = None) -> None:
        """Queue a frame for `flush`, perhaps with a socket, which stays the caller's.

        Raises ValueError when it is too long, or when too many wait to be read.
        """
        if len(self._outbox) >= OUTBOX_LIMIT:
            raise ValueError(f"the process has left {OUTBOX_LIMIT} messages unread")
        self._outbox.append((encode(value), handle))

    def answer(self, value: Any, handle: socket.socket | None = None) -> None:
        """Say it, unless the process asks and asks without ever reading an answer."""
        try:
            self.say(value, handle)
        except ValueError:
            pass

    def confirmed(self, *, arrived: bool) -> None:
        """Take Node's word on the descriptor sent last; one that got lost is sent again."""
        if self._unconfirmed is None:
            return
        if not arrived and self._tries < HANDLE_TRIES:
            self._outbox.appendleft(self._unconfirmed)
        else:
            self._tries = 0
        self._unconfirmed = None

    def flush(self) -> bool:
        """Send what can be sent now; True when the rest waits for room in the socket."""
        while self._outbox:
            line, handle = self._outbox[0]
            if handle is not None and self._unconfirmed is not None:
                return False
            try:
                fds = [] if handle is None else [handle.fileno()]
                sent = socket.send_fds(self._socket, [line], fds)
            except BlockingIOError:
                return True
            except OSError:
                self._outbox.clear()  # the reader is about to see the end
                return False
            self._sent(line, handle, sent)
        return False

    def _sent(self, line: bytes, handle: socket.socket | None, sent: int) -> None:
        self._outbox.popleft()
        if handle is not None:
            self._unconfirmed = (line, handle)
            self._tries += 1
        if sent < len(line):
            self._outbox.appendleft((line[sent:], None))


class Peer:
    """The process at the other end.

    setup: {"mode": "ipc"|"cluster", "owner": name of its service, "umask", "uid", "gid",
    "groups"}; said, which outlives the keeper: {"ready", "listening": [{address, port, type}],
    "handles": {key: [seq, key of the socket]}, "ended"}.
    """

    __slots__ = ("busy", "channel", "given", "pid", "room", "run", "said", "second", "setup")

    def __init__(self, run: str, pid: int, channel: Channel, setup: dict[str, Any]) -> None:
        self.run = run
        self.pid = pid
        self.channel = channel
        self.setup = {name: value for name, value in setup.items() if name != "said"}
        self.said: dict[str, Any] = {"ready": False, "listening": [], "handles": {}, "ended": False}
        self.said.update(setup.get("said", {}))
        self.given: list[str] = []
        """Keys of the sockets that the process was started with, from descriptor 3 on."""
        self.busy = False
        """A frame waits until its socket is open; those behind it wait too."""
        self.second, self.room = 0, 0

    def may_tell(self) -> bool:
        """Count one message against its rate."""
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.room = second, MESSAGE_RATE
        self.room -= 1
        return self.room >= 0


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
