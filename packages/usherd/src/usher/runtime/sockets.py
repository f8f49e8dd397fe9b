"""Which listening sockets a service has, what they are called at the keeper, who gets which.

The address is part of a socket's key, so a changed address is another socket and never a
rebinding of the old one under a running instance.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from usher.keeper import paths
from usher.model.spec import PROBE_SOCKET, ServiceSpec, SocketSpec, TcpAddress
from usher.runtime.keeper import HeldSocket, Keeper

PROBE_BACKLOG: Final = 16

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

    async def open_for(self, spec: ServiceSpec, slot: int) -> list[dict[str, str]]:
        """Open the sockets of one instance; returns `sockets` of a SpawnSpec, in order.

        Raises RefusedError when an address cannot be bound, KeeperGoneError.
        """
        opened: list[dict[str, str]] = []
        for wanted in self.wanted(spec, slot):
            request = dict(wanted.request)
            if request["address"].get("port") == 0:
                request["address"] = self._address_of_siblings(wanted) or request["address"]
            await self._keeper.open_socket(wanted.key, **request)
            opened.append({"key": wanted.key, "name": wanted.name})
        await self._close_unwanted(spec)
        return opened

    def wanted(self, spec: ServiceSpec, slot: int) -> list[Wanted]:
        """List the sockets of one instance, in the order in which it gets their descriptors."""
        result = [_wanted(spec, each, slot) for each in spec.sockets]
        if spec.probe_socket:
            request = {
                "type": "stream",
                "address": {"path": self.probe_path(spec.name, slot)},
                "backlog": PROBE_BACKLOG,
                "reuse_port": False,
                "mode": 0o600,
            }
            result.append(Wanted(f"{spec.name}/{PROBE_SOCKET}/{slot}", PROBE_SOCKET, request))
        return result

    def probe_path(self, service: str, slot: int) -> str:
        """Where the private probe socket of an instance is."""
        return paths.socket_path(str(self._home), f"{service}.{slot}.probe.sock")

    def groups(self, spec: ServiceSpec) -> list[list[str]]:
        """Keys of each SO_REUSEPORT group by slot: what can be steered."""
        return [
            [_wanted(spec, each, slot).key for slot in range(spec.instances)]
            for each in spec.sockets
            if each.mode == "per-instance"
        ]

    def addresses(self, spec: ServiceSpec) -> list[str]:
        """Where the service is reached, as people write it; the real port once it is bound."""
        result: list[str] = []
        for each in spec.sockets:
            held = self._keeper.sockets.get(_wanted(spec, each, 0).key)
            address = _written(held) if held else _written_spec(each)
            is_url = each.name in _SCHEMES and isinstance(each.address, TcpAddress)
            result.append(f"{each.name}://{address}" if is_url else address)
        return result

    async def close_all(self, service: str) -> None:
        """Let go of every socket of a service; ours are those of the service without a name."""
        for key in list(self._keeper.sockets):
            if key.partition("/")[0] == service:
                await self._close(key)

    async def _close_unwanted(self, spec: ServiceSpec) -> None:
        keep = {each.key for slot in range(spec.instances) for each in self.wanted(spec, slot)}
        for key in list(self._keeper.sockets):
            if key.partition("/")[0] == spec.name and key not in keep:
                await self._close(key)

    async def _close(self, key: str) -> None:
        held = self._keeper.sockets[key]
        path = held.record["address"].get("path")
        await self._keeper.close_socket(key)
        if path is not None:
            Path(path).unlink(missing_ok=True)

    def _address_of_siblings(self, wanted: Wanted) -> dict[str, Any] | None:
        """With port 0 the first instance chooses; the others take the same port."""
        group = wanted.key.rpartition("/")[0] + "/"
        for key, held in self._keeper.sockets.items():
            if key.startswith(group):
                return held.record["address"]
        return None


def _wanted(spec: ServiceSpec, each: SocketSpec, slot: int) -> Wanted:
    per_instance = each.mode == "per-instance"
    key = f"{spec.name}/{each.name}@{_written_spec(each)}"
    if isinstance(each.address, TcpAddress):
        address: dict[str, Any] = {"host": each.address.host, "port": each.address.port}
        mode = 0
    else:
        address, mode = {"path": each.address.path}, each.address.mode
    request = {
        "type": "stream",
        "address": address,
        "backlog": each.backlog,
        "reuse_port": per_instance,
        "mode": mode,
    }
    return Wanted(f"{key}/{slot}" if per_instance else key, each.name, request)


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
