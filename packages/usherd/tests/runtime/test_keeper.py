"""The daemon's picture of the keeper: what it holds and what it has let go."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from usher.keeper import wire
from usher.runtime.keeper import Keeper
from usher.runtime.keeper_channel import Received, RefusedError


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
