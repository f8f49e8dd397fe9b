"""How many connections to a database the processes of a run hold, by /proc: no agent in the app."""

import os
import socket
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from usher.runtime import processes

_ESTABLISHED: Final = "01"


def count(pid: int, endpoints: Collection[str]) -> int | None:
    """Count the established sockets of a process and its descendants to one of `endpoints`.

    None where it cannot be seen. The tables are those of the process's own network namespace.
    """
    inodes = _inodes_to(pid, endpoints)
    if inodes is None:
        return None
    return sum(len(_sockets(each) & inodes) for each in processes.descendants(pid))


def endpoints(addresses: Iterable[str], port: int) -> frozenset[str]:
    """Write addresses as the kernel does in /proc/net/tcp and tcp6: "0100007F:1538"."""
    found: set[str] = set()
    for address in addresses:
        if ":" in address:
            packed = [socket.inet_pton(socket.AF_INET6, address.partition("%")[0])]
        else:
            four = socket.inet_pton(socket.AF_INET, address)
            packed = [four, b"\0" * 10 + b"\xff\xff" + four]
        found.update(f"{_words(each)}:{port:04X}" for each in packed)
    return frozenset(found)


def _words(packed: bytes) -> str:
    """Write 32-bit words in the byte order of the host, as the kernel prints them."""
    parts = (packed[at : at + 4] for at in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(part, sys.byteorder):08X}" for part in parts)


def _inodes_to(pid: int, endpoints: Collection[str]) -> set[str] | None:
    inodes: set[str] = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except FileNotFoundError:
            continue  # no IPv6, or the process is gone
        except OSError:
            return None
        for row in rows:
            fields = row.split()
            if fields[3] == _ESTABLISHED and fields[2] in endpoints:
                inodes.add(fields[9])
    return inodes


def _sockets(pid: int) -> set[str]:
    """Return the inodes of a process's sockets; empty where they may not be seen."""
    found: set[str] = set()
    try:
        names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 (a Path for each descriptor costs more)
    except OSError:
        return found
    for name in names:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")  # noqa: PTH115
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found
