"""Messages between keeper and daemon: one JSON object a packet, descriptors beside it.

The socket is SOCK_SEQPACKET, so a packet is a message and needs no framing. A body that
does not fit a packet travels in a memfd, which is then the last descriptor. Text is JSON
with lone surrogates kept, so that environments and paths that are not UTF-8 survive.

Every message is a flat object with the key ``kind``. Requests of the daemon carry ``id``;
the keeper answers each with exactly one message of kind ``reply`` that repeats it.
"""

from __future__ import annotations

import json
import os
import socket

TYPE_CHECKING = False  # the module `typing` alone would cost 0.7 MiB
if TYPE_CHECKING:
    from typing import Any, Final, TypeAlias

PROTOCOL: Final = 1
"""Raised when a message changes its meaning; keeper and daemon speak N and N-1."""

MAX_DESCRIPTORS: Final = 250
"""The kernel takes 253 descriptors a packet (SCM_MAX_FD); a spilled body takes one more."""

INLINE_LIMIT: Final = 60_000
"""Bytes of a body that travel in the packet itself; the default send buffer holds 208 KiB."""

SPILL_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of a body that travel in a memfd. More is refused: no plan or environment needs it."""

Message: TypeAlias = "dict[str, Any]"


class WireError(Exception):
    """The other side sent something that is not a message of this protocol."""


def send(channel: socket.socket, message: Message, descriptors: list[int] | None = None) -> None:
    """Send one message; the descriptors are duplicated by the kernel and stay the caller's.

    Raises BlockingIOError when the channel is non-blocking and full, OSError when it is gone.
    """
    fds = list(descriptors or [])
    if len(fds) > MAX_DESCRIPTORS:
        raise WireError(f"cannot send {message.get('kind')!r}: {len(fds)} descriptors")
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) <= INLINE_LIMIT:
        socket.send_fds(channel, [b"i" + body], fds)
        return
    if len(body) > SPILL_LIMIT:
        raise WireError(f"cannot send {message.get('kind')!r}: {len(body)} bytes")
    spill = os.memfd_create("usher-message", os.MFD_CLOEXEC)
    try:
        os.pwrite(spill, body, 0)
        socket.send_fds(channel, [b"m"], [*fds, spill])
    finally:
        os.close(spill)


def receive(channel: socket.socket) -> tuple[Message, list[int]] | None:
    """Take one message and its descriptors (now ours to close); None when the peer has gone.

    Raises BlockingIOError when the channel is non-blocking and empty, WireError on bad input.
    """
    body, fds, flags, _ = socket.recv_fds(
        channel, INLINE_LIMIT + 1, MAX_DESCRIPTORS + 1, socket.MSG_CMSG_CLOEXEC
    )
    if not body:
        _close_all(fds)
        return None
    try:
        return _decode(body, fds, flags), list(fds)
    except (WireError, ValueError, IndexError) as error:
        _close_all(fds)
        raise WireError(f"cannot read message: {error}") from error


def _decode(body: bytes, fds: list[int], flags: int) -> Message:
    """Decode a packet; a spilled body is taken off `fds`."""
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        raise WireError("message or its descriptors were cut")
    message: Any = json.loads(body[1:] if body[:1] == b"i" else _read_spill(fds.pop()))
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):  # pyright: ignore[reportUnknownMemberType] (JSON is untyped)
        raise WireError("message is not an object with a kind")
    return message  # pyright: ignore[reportUnknownVariableType] (JSON is untyped)


def _read_spill(fd: int) -> bytes:
    try:
        size = os.fstat(fd).st_size
        if size > SPILL_LIMIT:
            raise WireError(f"spilled body of {size} bytes")
        return os.pread(fd, size, 0)
    finally:
        os.close(fd)


def _close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
