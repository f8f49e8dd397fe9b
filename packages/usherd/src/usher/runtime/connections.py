"""Which TCP connections the processes of a run have begun, and in what state they are."""

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
}


class _Row(NamedTuple):
    local_port: str
    peer: str
    state: str
    inode: str


def begun(pid: int, inodes: Iterable[str]) -> list[Connection]:
    """List connections by state and peer, most first; `inodes` are of the sockets that count.

    What was accepted on a port that they listen on is left out. Raises OSError where the tables
    of the process's network may not be read.
    """
    own = set(inodes)
    rows = [row for row in _rows(pid) if row.inode in own]
    served = {row.local_port for row in rows if row.state == _LISTEN}
    counted = Counter(
        (_WORDS[row.state], row.peer)
        for row in rows
        if row.state in _WORDS and row.local_port not in served
    )
    return [
        Connection(state, _shown(peer), count) for (state, peer), count in counted.most_common()
    ]


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
