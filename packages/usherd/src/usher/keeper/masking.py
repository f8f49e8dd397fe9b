"""Lines that reach a log only without their secrets: masked by a helper on the way from the stage.

What a secret looks like is no business of the keeper's, and to look costs more than to write. So a
niced program, which the daemon named with the log, gets each batch of lines and gives as many back.
The batch stays in the stage until its masked lines are in the file: whoever is killed in between,
it is asked for again. Without an answer nothing is written.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import struct

from usher.keeper import child, errands
from usher.keeper.request import HELPER_NICE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

REQUEST: Final = struct.Struct("=IIH")
"""Before a request: bytes of `known`, bytes of the lines, and the mark that holds before them."""

REPLY: Final = struct.Struct("=II")
"""Before a reply: bytes of the masked lines, and how many marks follow them, two bytes each."""

WITHHELD: Final = 0xFFFF
"""Mark behind a line that was not seen to its end: its rest is no line of its own."""

PATIENCE: Final = 60.0
"""Seconds for one batch: it takes 20 ms, and on a starved host a niced program much more."""

_TRIES: Final = 3


class Mask:
    """What a log's lines are masked with: a program, and the values that it has to know."""

    __slots__ = ("argv", "known")

    def __init__(self, argv: list[str], known: list[str]) -> None:
        self.argv = argv
        self.known = json.dumps(known).encode("ascii")

    @classmethod
    def of(cls, spec: dict[str, Any]) -> Mask | None:
        """Read "mask" of a LogSpec: {"argv", "known"}; raises KeyError, TypeError or ValueError."""
        asked = spec.get("mask")
        if asked is None:
            return None
        argv = [str(word) for word in asked["argv"]]
        if not argv:
            raise ValueError("there is no program to mask lines with")
        return cls(argv, [str(value) for value in asked["known"]])


class Masker:
    """The helper of one writer: started when it is needed, and anew when it has ended."""

    def __init__(self) -> None:
        self._channel: socket.socket | None = None

    def lines(self, mask: Mask, text: bytes, mark: int) -> tuple[bytes, list[int]]:
        """Return `text` masked, line by line, and the mark behind each line; raises OSError.

        The mark is the helper's word for what a line left open (a private key goes over many).
        """
        failure = OSError(errno.EPIPE, "the program that masks its lines does not stay alive")
        for _ in range(_TRIES):
            try:
                channel = self._channel = self._channel or _start(mask.argv)
                return _ask(channel, mask.known, text, mark)
            except TimeoutError:
                failure = OSError(errno.ETIMEDOUT, "the program that masks its lines hangs")
                break
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE):
                    failure = error
                self.close()
        self.close()
        raise failure

    def close(self) -> None:
        """End the helper: it ends with our end of its socket."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None


def _start(argv: list[str]) -> socket.socket:
    """Start a helper; its 0 and 1 are the socket that is returned. Raises OSError."""
    near, far = socket.socketpair()
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        words = [os.fsencode(word) for word in argv]
        program = child.Program(words, {}, b"/", [far.fileno(), far.fileno(), null])
        program.nice = HELPER_NICE
        program.umask = 0o077
        program.limits = [(resource.RLIMIT_CORE, 0, 0)]  # it holds secrets
        process = child.start(program)
    except BaseException:
        near.close()
        raise
    finally:
        far.close()
        os.close(null)
    errands.ALIVE.add(process.pid)  # before the gate opens: it cannot have ended by itself
    os.close(process.pidfd)
    with process.gate:
        process.open_gate()
    near.settimeout(PATIENCE)
    return near


def _ask(channel: socket.socket, known: bytes, text: bytes, mark: int) -> tuple[bytes, list[int]]:
    channel.sendall(REQUEST.pack(len(known), len(text), mark))
    channel.sendall(known)
    channel.sendall(text)
    size, count = REPLY.unpack(receive(channel, REPLY.size))
    masked = receive(channel, size)
    return masked, list(struct.unpack(f"={count}H", receive(channel, 2 * count)))


def receive(channel: socket.socket, size: int) -> bytes:
    """Read exactly so many bytes; raises ConnectionResetError at the end of the stream."""
    found = bytearray()
    while len(found) < size:
        part = channel.recv(min(size - len(found), 1 << 20))
        if not part:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        found += part
    return bytes(found)
