"""The TCP sockets of a run's processes: by state, and to whom they have begun connections."""

import socket
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from usher.model.evidence import Connection

_LISTEN: Final = "0A"
_WORDS: Final = {
    "01": "established",
    "02": "syn-sent",
    "04": "fin-wait",
    "05": "fin-wait",
    "08": "close-wait",
    "09": "last-ack",
    _LISTEN: "listen",
}


class _Row(NamedTuple):
    local_port: str
    peer: str
    state: str
    inode: str


class Sockets(NamedTuple):
    """What the kernel's tables say of some sockets."""

    begun: list[Connection]
    """Connections by state and peer, most first, without those accepted on a port of their own."""
    states: dict[str, int]
    """All of them by state."""


def look(pid: int, inodes: Iterable[str]) -> Sockets:
    """Find sockets by their inodes, in the network of process `pid`.

    Raises OSError where its tables may not be read.
    """
    own = set(inodes)
    rows = [row for row in _rows(pid) if row.inode in own and row.state in _WORDS]
    served = {row.local_port for row in rows if row.state == _LISTEN}
    counted = Counter(
        (_WORDS[row.state], row.peer)
        for row in rows
        if row.state != _LISTEN and row.local_port not in served
    )
    begun = [
        Connection(state, _shown(peer), count) for (state, peer), count in counted.most_common()
    ]
    return Sockets(begun, dict(Counter(_WORDS[row.state] for row in rows)))


def _rows(pid: int) -> Iterator[_Row]:
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except FileNotFoundError:
            continue  # no IPv6, or the process is gone
        for line in lines:
            fields = line.split()
            yield _Row(fields[1].rpartition(":")[2], fields[2], fields[3], fields[9])


def _shown(peer: str) -> str:
    """`0100007F:1538` is 127.0.0.1:5432: words of 32 bits in the byte order of the host."""
    text, _, port = peer.rpartition(":")
    words = (int(text[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(text), 8))
    packed = b"".join(words)
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
    host = socket.inet_ntop(family, packed).removeprefix("::ffff:")
    return f"{host}:{int(port, 16)}"
