"""Where an app listens, read from /proc: for who asks it somewhere else."""

import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from usher.model.target import HttpTarget, ListenTarget, Target, TcpTarget, WebSocketTarget
from usher.runtime import processes

LOOK_AGAIN: Final = 5.0
"""Seconds for which what was seen counts: a probe may ask four times a second."""

_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Listener(NamedTuple):
    """A TCP socket that listens, as a row of /proc/net/tcp."""

    host: str
    port: int
    inode: str
    queue: int
    """Connections that nobody has accepted yet."""

    def __str__(self) -> str:
        """Write it as people do."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def listeners() -> list[Listener]:
    """List the TCP sockets of this host that listen."""
    found: list[Listener] = []
    for table in ("tcp", "tcp6"):
        for fields in map(str.split, processes.rows(table)):
            if fields[3] == "0A":
                digits, _, port = fields[1].rpartition(":")
                queue = int(fields[4].rpartition(":")[2], 16)
                found.append(Listener(_host(digits), int(port, 16), fields[9], queue))
    return found


def of_tree(pid: int) -> list[Listener]:
    """List those that the process or a descendant owns."""
    inodes = {inode for each in processes.descendants(pid) for inode in processes.sockets(each)}
    return [each for each in listeners() if each.inode in inodes]


class Elsewhere:
    """Says where an app listens when it was asked somewhere else; looks seldom."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[int, tuple[float, list[Listener]]] = {}

    def look(self, pid: int, target: Target) -> str:
        """Say it in a sentence; empty if it listens where it was asked, or nowhere at all."""
        asked = asked_port(target)
        if not (pid and asked):
            return ""
        now = self._clock()
        at, found = self._seen.get(pid, (float("-inf"), []))
        if now - at >= LOOK_AGAIN:
            self._seen = {each: kept for each, kept in self._seen.items() if now - kept[0] < 60}
            at, found = now, of_tree(pid)
            self._seen[pid] = (at, found)
        return sentence(pid, asked, found)


def sentence(pid: int, asked: int, found: Collection[Listener]) -> str:
    """`pid 4711 listens on 0.0.0.0:3000, the probe asks 3001`; empty if that is no answer."""
    if not found or any(each.port == asked for each in found):
        return ""
    where = ", ".join(sorted(map(str, found)))
    return f"pid {pid} listens on {where}, the probe asks port {asked}"


def asked_port(target: Target) -> int:
    """Return the TCP port of this host that a question goes to; 0 for any other."""
    match target:
        case ListenTarget(port=port):
            return port or 0
        case TcpTarget(address=address):
            host, _, port = address.rpartition(":")
            return int(port) if _is_local(host.strip("[]")) else 0
        case HttpTarget(url=url) | WebSocketTarget(url=url):
            try:
                parts = urlsplit(url)
                local = parts.hostname is not None and _is_local(parts.hostname)
                return (parts.port or _PORTS.get(parts.scheme, 0)) if local else 0
            except ValueError:  # asking it failed, and has said so
                return 0
        case _:
            return 0


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(digits: str) -> str:
    """Read an address: 32-bit words in the byte order of the host, each as eight hex digits."""
    words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))
