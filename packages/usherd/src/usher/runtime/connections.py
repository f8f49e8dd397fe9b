"""Connections a process has not ended yet: what a drain waits for."""

from collections.abc import Iterable
from typing import Final

from usher.runtime import processes

_OPEN: Final = frozenset({"01", "08"})
"""ESTABLISHED and CLOSE_WAIT in /proc/net/tcp: the process still has to answer or to close."""

_CONNECTED: Final = "03"
"""State of a connected socket in /proc/net/unix."""


def count_open(pid: int, ports: Iterable[int], paths: Iterable[str]) -> int:
    """Count the connections that clients have to these TCP ports and Unix paths of a process."""
    inodes = processes.socket_inodes(pid)
    return len(inodes & _to_ports(frozenset(ports))) + len(inodes & _to_paths(frozenset(paths)))


def _to_ports(ports: frozenset[int]) -> set[str]:
    found: set[str] = set()
    if not ports:
        return found
    for table in ("tcp", "tcp6"):
        for line in processes.net_rows(table):
            fields = line.split()
            # Field 1 is the local address:port in hex, 3 the state, 9 the inode.
            if fields[3] in _OPEN and int(fields[1].rpartition(":")[2], 16) in ports:
                found.add(fields[9])
    return found


def _to_paths(paths: frozenset[str]) -> set[str]:
    found: set[str] = set()
    if not paths:
        return found
    for line in processes.net_rows("unix"):
        fields = line.split(maxsplit=7)
        # Field 5 is the state, 6 the inode, 7 the path that the listening socket was bound to.
        if len(fields) == 8 and fields[5] == _CONNECTED and fields[7] in paths:
            found.add(fields[6])
    return found
