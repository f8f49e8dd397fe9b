"""Which listening sockets a service has, what they are called at the keeper, who gets which.

The address is part of a socket's key, so a changed address is another socket and never a
rebinding of the old one under a running instance.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from usher.keeper import paths
from usher.model.events import Key
from usher.model.spec import PROBE_SOCKET, ServiceSpec, SocketSpec, TcpAddress
from usher.runtime import processes, runs
from usher.runtime.keeper import HeldSocket, Keeper

PROBE_BACKLOG: Final = 16

_QUEUED_AT: Final = 24
"""Offset of tcpi_unacked in struct tcp_info: of a listening socket, the length of its queue."""

_SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})
"""Names of sockets that say what is spoken there: their address is shown as a link."""


class Wanted(msgspec.Struct, frozen=True):
    """One socket of one instance: its key at the keeper and what to ask the keeper for."""

    key: str
    name: str
    request: dict[str, Any]


class Sockets:
    """Has the keeper open what instances need and close what no definition names any more."""

    def __init__(self, keeper: Keeper, home: Path) -> None:
        self._keeper = keeper
        self._home = home
        self._choosing = asyncio.Lock()
        """Instances that start together must not choose a free port each."""

    async def open_for(self, spec: ServiceSpec, key: Key) -> list[dict[str, str]]:
        """Open the sockets of one instance; returns `sockets` of a SpawnSpec, in order.

        Raises RefusedError when an address cannot be bound, KeeperGoneError.
        """
        opened: list[dict[str, str]] = []
        for wanted in self.wanted(spec, key):
            if wanted.request["address"].get("port") == 0:
                async with self._choosing:
                    address = self._address_of_siblings(wanted) or wanted.request["address"]
                    request = wanted.request | {"address": address}
                    await self._keeper.open_socket(wanted.key, **request)
            else:
                await self._keeper.open_socket(wanted.key, **wanted.request)
            opened.append({"key": wanted.key, "name": wanted.name})
        return opened

    def wanted(self, spec: ServiceSpec, key: Key) -> list[Wanted]:
        """List the sockets of one instance, in the order in which it gets their descriptors."""
        used = self._used() if spec.sockets else {}
        result = [_wanted(each, self._name(spec, each, key, used)) for each in spec.sockets]
        if spec.probe_socket:
            request = {
                "type": "stream",
                "address": {"path": self.probe_path(key)},
                "backlog": PROBE_BACKLOG,
                "reuse_port": False,
                "mode": 0o600,
            }
            name = f"{spec.name}/{PROBE_SOCKET}/{key.generation}.{key.slot}"
            result.append(Wanted(name, PROBE_SOCKET, request))
        return result

    def probe_path(self, key: Key) -> str:
        """Where the private probe socket of an instance is."""
        name = f"{key.service}.{key.generation}.{key.slot}.probe.sock"
        return paths.socket_path(str(self._home), name)

    async def steer(self, members: Iterable[tuple[ServiceSpec, Key]], chosen: set[Key]) -> None:
        """Send new connections to the chosen members only; to all, if none is chosen.

        Raises RefusedError, KeeperGoneError.
        """
        used = self._used()
        bases = {
            _base(spec, each)
            for spec, _ in members
            for each in spec.sockets
            if each.mode == "per-instance"
        }
        for base in bases:
            group = [name for name in self._keeper.sockets if name.startswith(base + "/")]
            keep = [name for name in group if used.get(name) in chosen]
            if group:
                await self._keeper.request("steer", keys=group, keep=keep or group)

    def under_way(self, spec: ServiceSpec, key: Key, pid: int) -> int:
        """Count connections that an instance has not taken up, or has not answered to the end."""
        found = 0
        for each in self.wanted(spec, key):
            held = self._keeper.sockets.get(each.key)
            if held is not None and held.record["reuse_port"]:
                found += queued(held.fd)
                found += processes.connections(pid, held.record["address"]["port"])
        return found

    def addresses(self, spec: ServiceSpec) -> list[str]:
        """Where the service is reached, as people write it; the real port once it is bound."""
        result: list[str] = []
        for each in spec.sockets:
            held = self._first(_base(spec, each))
            address = _written(held) if held else _written_spec(each)
            is_url = each.name in _SCHEMES and isinstance(each.address, TcpAddress)
            result.append(f"{each.name}://{address}" if is_url else address)
        return result

    async def close_all(self, service: str) -> None:
        """Let go of every socket of a service; ours are those of the service without a name."""
        for key in list(self._keeper.sockets):
            if key.partition("/")[0] == service:
                await self._close(key)

    async def tidy(self, service: str, members: Iterable[tuple[ServiceSpec, Key]]) -> None:
        """Close what no member needs any more, of whatever generation it is.

        What processes asked for themselves goes with the last of them.
        """
        own = [name for name in self._keeper.sockets if name.partition("/")[0] == service]
        if not own:
            return  # as most services: nothing else is looked at
        wanted = {each.key for spec, key in members for each in self.wanted(spec, key)}
        keep = wanted | self._used().keys()
        lives = any(runs.parse(run)[0].service == service for run in self._keeper.runs)
        for name in own:
            held = self._keeper.sockets.get(name)
            needed = held is None or (lives if "asked" in held.record else name in keep)
            if not needed:
                await self._close(name)

    async def _close(self, key: str) -> None:
        held = self._keeper.sockets.get(key)
        if held is None:
            return  # closed meanwhile
        path = held.record["address"].get("path")
        await self._keeper.close_socket(key)
        if path is not None and "asked" not in held.record:
            Path(path).unlink(missing_ok=True)

    def _address_of_siblings(self, wanted: Wanted) -> dict[str, Any] | None:
        """With port 0 the first instance chooses; the others take the same port."""
        held = self._first(wanted.key.rpartition("/")[0])
        return None if held is None else held.record["address"]

    def _used(self) -> dict[str, Key]:
        """Who has which socket, of all that runs."""
        return {
            name: runs.parse(run)[0]
            for run, held in self._keeper.runs.items()
            for name in held.record["sockets"]
        }

    def _name(self, spec: ServiceSpec, each: SocketSpec, key: Key, used: dict[str, Key]) -> str:
        """Name the socket of an instance.

        In a reload two generations have an instance in the same slot, so a slot may have two.
        Who starts in a slot that nobody is in takes the socket that is there, with its queue.
        """
        base = _base(spec, each)
        if each.mode == "shared":
            return base
        first = f"{base}/{key.slot}"
        held = [n for n in self._keeper.sockets if n == first or n.startswith(first + ".")]
        own = [name for name in held if used.get(name) == key]
        left = [name for name in held if name not in used]
        new = f"{first}.{key.generation}" if first in used else first
        return [*own, *left, new][0]

    def _first(self, base: str) -> HeldSocket | None:
        """Return the shared socket, or any of the instances' sockets, at one address."""
        for key, held in self._keeper.sockets.items():
            if key == base or key.startswith(base + "/"):
                return held
        return None


def queued(listener: int) -> int:
    """Read how many connections wait in the queue of a TCP socket that listens."""
    with socket.socket(fileno=os.dup(listener)) as held:
        info = held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _QUEUED_AT + 4)
    return int.from_bytes(info[_QUEUED_AT:], sys.byteorder)


def _base(spec: ServiceSpec, each: SocketSpec) -> str:
    """Name a socket, or all sockets of a group."""
    return f"{spec.name}/{each.name}@{_written_spec(each)}"


def _wanted(each: SocketSpec, name: str) -> Wanted:
    if isinstance(each.address, TcpAddress):
        address: dict[str, Any] = {"host": each.address.host, "port": each.address.port}
        mode = 0
    else:
        address, mode = {"path": each.address.path}, each.address.mode
    request = {
        "type": "stream",
        "address": address,
        "backlog": each.backlog,
        "reuse_port": each.mode == "per-instance",
        "mode": mode,
    }
    return Wanted(name, each.name, request)


def _written_spec(each: SocketSpec) -> str:
    if isinstance(each.address, TcpAddress):
        return _host_port(each.address.host, each.address.port)
    return f"unix:{each.address.path}"


def _written(held: HeldSocket) -> str:
    address = held.record["address"]
    if "path" in address:
        return f"unix:{address['path']}"
    return _host_port(address["host"], address["port"])


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
