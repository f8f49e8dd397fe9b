"""Which socket an instance gets, in reloads and restarts, and when one is closed."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from usher.model.events import Key
from usher.model.spec import ServiceSpec, SocketSpec, TcpAddress
from usher.runtime.keeper import HeldRun, HeldSocket
from usher.runtime.sockets import Sockets

SPEC = ServiceSpec(
    name="web",
    argv=("serve",),
    cwd="/",
    sockets=(SocketSpec("http", TcpAddress("127.0.0.1", 0), "per-instance"),),
)
BASE = "web/http@127.0.0.1:0"


class FakeKeeper:
    """Holds what it is asked to hold, after a moment; each free port is another, from 4000 on."""

    def __init__(self) -> None:
        self.sockets: dict[str, HeldSocket] = {}
        self.runs: dict[str, HeldRun] = {}
        self.steered: tuple[set[str], set[str]] | None = None
        self.free_ports = count(4000)

    async def open_socket(self, key: str, **fields: Any) -> HeldSocket:
        address = dict(fields["address"])
        if address.get("port") == 0:
            address["port"] = next(self.free_ports)
        await asyncio.sleep(0)
        return self.sockets.setdefault(key, HeldSocket({**fields, "address": address}, -1))

    async def close_socket(self, key: str) -> None:
        del self.sockets[key]

    async def request(self, kind: str, **fields: Any) -> None:
        assert kind == "steer"
        self.steered = set(fields["keys"]), set(fields["keep"])

    def live(self, key: Key, names: list[str]) -> None:
        """An instance runs with these sockets."""
        name = f"/home:{key.service}:{key.generation}.{key.slot}:1"
        self.runs[name] = HeldRun({"run": name, "pid": 1, "sockets": names}, {})

    def dead(self, key: Key) -> None:
        del self.runs[f"/home:{key.service}:{key.generation}.{key.slot}:1"]


class Story:
    """Starts and ends instances as the hands would."""

    def __init__(self, spec: ServiceSpec = SPEC) -> None:
        self.keeper = FakeKeeper()
        self.sockets = Sockets(self.keeper, Path("/home"))  # pyright: ignore[reportArgumentType]
        self.spec = spec

    async def start(self, key: Key) -> str:
        opened = [each["key"] for each in await self.sockets.open_for(self.spec, key)]
        self.keeper.live(key, opened)
        return opened[0]

    async def tidy(self, *members: Key) -> set[str]:
        await self.sockets.tidy("web", [(self.spec, key) for key in members])
        return set(self.keeper.sockets)


OLD, NEW, SIBLING = Key("web", 1, 0), Key("web", 2, 0), Key("web", 1, 1)


async def test_in_a_reload_both_generations_have_a_socket_at_the_same_port() -> None:
    story = Story()
    old = await story.start(OLD)
    new = await story.start(NEW)
    assert (old, new) == (f"{BASE}/0", f"{BASE}/0.2")
    ports = {held.record["address"]["port"] for held in story.keeper.sockets.values()}
    assert ports == {4000}
    assert await story.tidy(OLD, NEW) == {old, new}
    story.keeper.dead(OLD)
    assert await story.tidy(NEW) == {new}
    assert story.sockets.addresses(SPEC) == ["http://127.0.0.1:4000"]


async def test_what_starts_in_an_empty_slot_takes_the_socket_with_its_queue() -> None:
    """A restart in place with a changed definition is another generation."""
    story = Story()
    old = await story.start(OLD)
    story.keeper.dead(OLD)
    assert await story.tidy(NEW) == {old}
    assert await story.start(NEW) == old


async def test_a_slot_that_is_given_up_gives_up_its_socket() -> None:
    story = Story()
    old, sibling = await story.start(OLD), await story.start(SIBLING)
    assert sibling == f"{BASE}/1"
    story.keeper.dead(SIBLING)
    assert await story.tidy(OLD) == {old}


async def test_connections_go_to_the_chosen_and_to_all_if_none_is() -> None:
    story = Story()
    old, new = await story.start(OLD), await story.start(NEW)
    members = [(SPEC, OLD), (SPEC, NEW)]
    await story.sockets.steer(members, {NEW})
    assert story.keeper.steered == ({old, new}, {new})
    await story.sockets.steer(members, set())
    assert story.keeper.steered == ({old, new}, {old, new})


@pytest.mark.parametrize(("others_live", "left"), [(True, {"web/node:None:80:4"}), (False, set())])
async def test_what_workers_asked_for_goes_with_the_last_of_them(
    others_live: bool, left: set[str]
) -> None:
    story = Story(ServiceSpec(name="web", argv=("node",), cwd="/", channel="cluster"))
    asked = {"address": {"host": "::", "port": 80}, "asked": None}
    story.keeper.sockets["web/node:None:80:4"] = HeldSocket(asked, -1)
    story.keeper.sockets["webber/http@x"] = HeldSocket(asked, -1)
    if others_live:
        story.keeper.live(SIBLING, [])
    assert await story.tidy(OLD) == {*left, "webber/http@x"}


async def test_instances_that_start_together_share_the_free_port() -> None:
    """Else only the first is reached, and none can take connections for another."""
    story = Story()
    await asyncio.gather(story.start(OLD), story.start(SIBLING))
    assert [each.record["address"]["port"] for each in story.keeper.sockets.values()] == [4000] * 2
