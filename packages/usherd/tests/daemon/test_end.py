"""An end that was asked for is carried out, whoever dies in the middle of it."""

from pathlib import Path
from typing import Any

import pytest

from usher.daemon import app
from usher.model.world import World
from usher.policy.step import step
from usher.runtime import clock
from usher.runtime.journal import Journal
from usher.runtime.keeper_channel import KeeperGoneError
from usher.runtime.supervisor import Supervisor


@pytest.mark.parametrize("again", [True, False])
async def test_only_a_keeper_started_on_purpose_begins_anew_after_a_shutdown(
    tmp_path: Path, again: bool
) -> None:
    journal = Journal(tmp_path / "state", clock.boot_id())
    journal.load(step)
    journal.snapshot(World(shutdown="kill-1"))
    supervisor = Supervisor(tmp_path, safe=False, again=again)
    assert supervisor.world.shutdown == ("kill-1" if again else None)
    supervisor.close()


class Office:
    """A supervisor whose keeper is killed while the sockets are closed, `kills` times."""

    def __init__(self, kills: int) -> None:
        self.kills = kills
        self.done: list[str] = []
        self.keeper = self
        self.pid: int | None = 1

    async def close_sockets(self) -> None:
        if self.kills:
            self.kills -= 1
            self.pid = None
            raise KeeperGoneError

    async def until_back(self) -> None:
        self.pid = 2

    def expect_end(self) -> None:
        self.done.append("expected")

    async def request(self, kind: str) -> None:
        self.done.append(kind)


@pytest.mark.parametrize("kills", [0, 1, 3])
async def test_a_keeper_that_is_being_replaced_is_waited_for_and_ended(kills: int) -> None:
    office: Any = Office(kills)
    await app.end_keeper(office)
    assert office.done == ["expected", "shutdown"]
