"""Taking new connections away from some sockets of a SO_REUSEPORT group.

A classic BPF program attached to the group returns the index of the socket that gets the
connection. The kernel keeps the sockets in an array in the order in which they began to listen;
when one is closed, the last takes its place.
"""

from __future__ import annotations

import array
import socket
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

_SO_ATTACH_REUSEPORT_CBPF: Final = 51
_SO_DETACH_REUSEPORT_BPF: Final = 68

_LOAD_RANDOM: Final = (0x20, 0, 0, 0xFFFFF000 + 56)
"""BPF_LD | BPF_W | BPF_ABS at SKF_AD_OFF + SKF_AD_RANDOM."""
_MODULO: Final = 0x94
_JUMP_IF_EQUAL: Final = 0x15
_RETURN: Final = 0x06


def steer(member: socket.socket, keep: list[int]) -> None:
    """Let the group of `member` choose among the indexes `keep` only; empty: among all again."""
    if not keep:
        try:
            member.setsockopt(socket.SOL_SOCKET, _SO_DETACH_REUSEPORT_BPF, 0)
        except FileNotFoundError:
            pass  # nothing was attached
        return
    code = array.array("B", b"".join(struct.pack("=HBBI", *step) for step in _choice(keep)))
    address, size = code.buffer_info()
    # struct sock_fprog: the number of instructions and a pointer to them
    program = struct.pack("@HP", size // 8, address)
    member.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, program)


def closed(index: int, others: list[dict[str, Any]]) -> None:
    """Move the records as the kernel moves its array when the socket at `index` is closed."""
    last = max((record["order"] for record in others), default=-1)
    for record in others:
        if record["order"] == last and last > index:
            record["order"] = index


def _choice(keep: list[int]) -> list[tuple[int, int, int, int]]:
    """Instructions (code, jump if true, if false, k) that return one of `keep` at random."""
    steps = [_LOAD_RANDOM, (_MODULO, 0, 0, len(keep))]
    for number, index in enumerate(keep[:-1]):
        steps += [(_JUMP_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, index)]
    return [*steps, (_RETURN, 0, 0, keep[-1])]
