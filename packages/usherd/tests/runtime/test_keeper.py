"""The daemon's picture of the keeper: what it holds and what it has let go."""

import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import wire
from usher.runtime.keeper import HeldSocket, Keeper
from usher.runtime.keeper_channel import KeeperGoneError, Received, RefusedError


class Listener:
    """Hears nothing in these tests."""

    def keeper_lost(self) -> None: ...

    async def keeper_back(self) -> None: ...

    def exited(self, report: wire.Message) -> None: ...

    def stop_asked(self) -> None: ...


class ScriptedKeeper(Keeper):
    """Hands over a run and starts it; `at_gate` is what happens before the answer is read."""

    def __init__(self, home: Path, at_gate: Any) -> None:
        super().__init__(home, Listener())
        self.at_gate = at_gate

    async def request(self, kind: str, descriptors: Sequence[int] = (), **fields: Any) -> Received:
        pipe, other = os.pipe()
        os.close(other)
        record = {"run": fields["run"], "pid": 7, "opened": False}
        held = {"kind": "held", "what": "run", "run": fields["run"], "fds": ["stdout"]}
        self._on_message(Received({**held, "record": record}, [pipe]))
        self.at_gate(self, fields["run"])
        return Received({"kind": "reply", "ok": True, "pid": 7}, [])


async def test_a_living_run_is_held_as_one_past_its_gate(tmp_path: Path) -> None:
    keeper = ScriptedKeeper(tmp_path, lambda *_: None)
    assert await keeper.spawn("r", {}) == 7
    assert keeper.runs["r"].record["opened"]
    keeper.forget("r")


async def test_a_run_that_ended_before_its_start_was_answered_stays_forgotten(
    tmp_path: Path,
) -> None:
    keeper = ScriptedKeeper(tmp_path, lambda keeper, run: keeper.forget(run))
    await keeper.spawn("r", {})
    assert keeper.runs == {}


async def test_a_run_that_was_not_executed_is_let_go(tmp_path: Path) -> None:
    def refuse(_keeper: Keeper, _run: str) -> None:
        raise RefusedError({"error": "cannot exec", "stage": "exec"})

    keeper = ScriptedKeeper(tmp_path, refuse)
    with pytest.raises(RefusedError, match="cannot exec"):
        await keeper.spawn("r", {})
    assert keeper.runs == {}


class DyingKeeper(Keeper):
    """Dies when it is to close a socket; as its successor it is told what is held."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, Listener())
        self.adopted: list[str] = []

    async def request(self, kind: str, descriptors: Sequence[int] = (), **fields: Any) -> Received:
        if kind == "close-socket":
            raise KeeperGoneError
        if kind == "adopt-socket":
            self.adopted.append(fields["key"])
        return Received({"kind": "reply", "ok": True}, [])


@pytest.fixture
def group() -> Iterator[dict[str, HeldSocket]]:
    """Three sockets of one SO_REUSEPORT group, in the order of their keys."""
    held: dict[str, HeldSocket] = {}
    port = 0
    for order, key in enumerate("abc"):
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind(("127.0.0.1", port))
        opened.listen(1)
        host, port = opened.getsockname()
        record = {"type": "stream", "reuse_port": True, "order": order}
        held[key] = HeldSocket(record | {"address": {"host": host, "port": port}}, opened.detach())
    yield held
    for each in held.values():
        os.close(each.fd)


async def test_a_socket_that_a_dying_keeper_was_to_close_is_held_for_the_next(
    tmp_path: Path, group: dict[str, HeldSocket]
) -> None:
    """Closed with its keeper it would leave the group, and others move, with no new choice made."""
    keeper = DyingKeeper(tmp_path)
    keeper.sockets = group
    with pytest.raises(KeeperGoneError):
        await keeper.close_socket("a")
    await keeper._hand_back(set(), [])
    assert sorted(keeper.adopted) == ["a", "b", "c"]


async def test_a_socket_that_left_its_group_is_not_handed_to_the_next_keeper(
    tmp_path: Path, group: dict[str, HeldSocket]
) -> None:
    keeper = DyingKeeper(tmp_path)
    keeper.sockets = group
    with socket.socket(fileno=os.dup(group["a"].fd)) as closed:
        closed.shutdown(socket.SHUT_RDWR)  # as far as its keeper came
    await keeper._hand_back(set(), [])
    assert sorted(keeper.adopted) == ["b", "c"]
    assert group["c"].record["order"] == 0, "the kernel moved the last into the empty place"
