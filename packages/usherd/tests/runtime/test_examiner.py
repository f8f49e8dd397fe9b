"""What a run left behind is read from its own logs, and obstacles are looked at without a touch."""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from usher.model import actions as act
from usher.model import events as ev
from usher.model.evidence import Evidence
from usher.model.fault import Fault, FileMissing, FilesUnchanged, PortTaken, Unreachable
from usher.model.phase import Process
from usher.model.spec import LogSpec, ServiceSpec
from usher.model.world import World
from usher.policy.step import step
from usher.runtime import obstacles
from usher.runtime.env_drift import EnvDrift
from usher.runtime.environments import Environments
from usher.runtime.examiner import ANSWERED, LINES, Examiner, said_since
from usher.runtime.memory_kills import MemoryKills
from usher.runtime.series import SeriesStore
from usher.runtime.versions import Versions

KEY = ev.Key("api", 1, 0)


class Office:
    """One service, logging into a folder."""

    def __init__(self, folder: Path) -> None:
        logs = LogSpec(out=f"{folder}/out.log", err=f"{folder}/err.log")
        self.spec = ServiceSpec("api", ("node", "main.js"), str(folder), logs=logs)
        self.env: dict[str, str] = {}
        self.memory_kills = MemoryKills()
        self.world = World()

    @property
    def figures(self) -> Any:
        return self

    def spec_of(self, key: ev.Key) -> ServiceSpec | None:
        return self.spec if key == KEY else None

    def instance_id(self, key: ev.Key) -> int:
        return key.slot

    def known_as(self, spec: ServiceSpec) -> Any:
        assert spec is self.spec
        return self


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def examiner(office: Any, tmp_path: Path) -> Examiner:
    return Examiner(tmp_path, office)


@pytest.fixture
def examined(examiner: Examiner) -> Callable[..., Any]:
    """Examine a run that began some seconds ago and has just ended."""

    async def examine(age: float = 5.0) -> Any:
        now = ev.Now(time.clock_gettime(time.CLOCK_BOOTTIME), time.time())
        process = Process(pid=1, since=now.boot - age)
        found = await examiner.examine(act.Examine(KEY, 1, process, ev.Exit(1), by_us=False), now)
        assert found is not None
        return found

    return examine


async def test_the_last_lines_of_both_outputs_are_judged(
    examined: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "out.log").write_text('"GET /orders HTTP/1.1" 200\n')
    (tmp_path / "err.log").write_text("TypeError: Cannot read properties of undefined\n")
    found = await examined()
    assert found.diagnosis.causes[0].id == "node.uncaught_type_error"
    assert "last request: GET /orders" in found.diagnosis.causes[0].evidence
    disk = next(each for each in found.diagnosis.excluded if each.startswith("disk: "))
    assert "% free" in disk


@pytest.mark.parametrize(
    ("run", "ago", "cause"),
    [
        (1, 1.0, "usher.signalled"),
        (1, ANSWERED + 1, "host.kill_unexplained"),
        (2, 1.0, "host.kill_unexplained"),
    ],
)
async def test_a_signal_that_a_person_had_us_send_is_nobody_elses(
    examiner: Examiner, run: int, ago: float, cause: str
) -> None:
    now = ev.Now(1000.0, time.time())
    examiner.signalled(KEY, run, 9, ev.Now(now.boot - ago, now.wall - ago))
    ended = act.Examine(KEY, 1, Process(1, 900.0), ev.Killed(9), by_us=False)
    found = await examiner.examine(ended, now)
    assert found is not None
    assert found.diagnosis.causes[0].id == cause
    assert found.fault is None


async def test_another_runs_lines_do_not_count(
    examined: Callable[..., Any], tmp_path: Path
) -> None:
    log = tmp_path / "err.log"
    log.write_text("Error: connect ECONNREFUSED 127.0.0.1:1\n")
    first = await examined()
    assert first.diagnosis.causes[0].id == "net.connection_refused"
    second = await examined(age=0.5)
    assert second.diagnosis.causes[0].id == "exit.error"
    assert second.diagnosis.causes[0].evidence == ()


async def test_only_the_end_of_a_long_log_is_looked_at(
    examined: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "err.log").write_text("EADDRINUSE: in use\n" + "quiet\n" * LINES)
    found = await examined()
    assert [cause.id for cause in found.diagnosis.causes] == ["exit.error"]


async def test_a_port_that_is_free_again_holds_nothing(
    examined: Callable[..., Any], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        text = f"Error: listen EADDRINUSE: address already in use 127.0.0.1:{port}\n"
        (tmp_path / "err.log").write_text(text)
        taken = await examined()
        assert taken.fault.obstacle == PortTaken("127.0.0.1", port)
    (tmp_path / "err.log").write_text(text)
    free = await examined()
    assert free.fault is None
    assert free.diagnosis.causes[0].id == "net.port_in_use"


async def test_what_is_installed_or_edited_is_a_reason_to_start(
    examined: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "main.js").write_text("require('x')\n")
    (tmp_path / "err.log").write_text("Error: Cannot find module 'x'\n")
    found = await examined()
    assert isinstance(found.fault, Fault)
    obstacle = found.fault.obstacle
    assert isinstance(obstacle, FilesUnchanged)
    assert f"{tmp_path}/main.js" in obstacle.marks
    assert await obstacles.gone(obstacle, 1.0) == ""
    (tmp_path / "node_modules").mkdir()
    assert await obstacles.gone(obstacle, 1.0) == f"{tmp_path}/node_modules changed"


async def test_obstacles_are_seen(examiner: Examiner, tmp_path: Path) -> None:
    missing = FileMissing(f"{tmp_path}/key")
    assert await obstacles.gone(missing, 1.0) == ""
    (tmp_path / "key").touch()
    seen = await examiner.recheck(act.Recheck(KEY, 1, missing))
    assert seen == ev.Rechecked(KEY, 1, gone=True, seen=f"{tmp_path}/key exists")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert "accepts" in await obstacles.gone(Unreachable("127.0.0.1", port), 5.0)
        assert await obstacles.gone(PortTaken("", port), 1.0) == ""
    assert await obstacles.gone(Unreachable("127.0.0.1", port), 1.0) == ""
    assert "is free" in await obstacles.gone(PortTaken("", port), 1.0)


async def test_a_forgotten_definition_is_not_examined(examiner: Examiner) -> None:
    gone = act.Examine(ev.Key("other", 1, 0), 1, Process(1, 0.0), ev.Exit(1), by_us=False)
    assert await examiner.examine(gone, ev.Now(1.0, 1.0)) is None


async def test_a_rejected_generation_logged_where_its_predecessor_does(
    examiner: Examiner, office: Office, tmp_path: Path
) -> None:
    born = ev.PlanChanged("new", "test", (office.spec,))
    office.world, _ = step(World(), born, ev.Now(boot=1.0, wall=1.0))
    (tmp_path / "err.log").write_text("OSError: [Errno 98] Address already in use\n")
    now = ev.Now(time.clock_gettime(time.CLOCK_BOOTTIME), time.time())
    tried = ev.Key("api", 2, 0)
    ended = act.Examine(tried, 1, Process(1, now.boot - 5.0), ev.Exit(1), by_us=False)
    found = await examiner.examine(ended, now)
    assert found is not None
    assert found.fault is not None
    assert found.fault.id == "net.port_in_use"


@pytest.fixture
def hung(office: Any, tmp_path: Path) -> Any:
    """What is known of one that was started a moment ago and does not answer."""
    born = ev.PlanChanged("new", "test", (office.spec,))
    office.world, _ = step(World(), born, ev.Now(boot=1.0, wall=1.0))
    office.series = SeriesStore(tmp_path)
    office.env_drift = EnvDrift(Environments(tmp_path / "env"))
    office.versions = Versions(tmp_path / "versions")
    office.redacting = SimpleNamespace(text=str)
    return office


async def test_an_error_of_the_run_before_is_no_reason_why_this_one_does_not_answer(
    hung: Any, examiner: Examiner, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        now = ev.Now(time.clock_gettime(time.CLOCK_BOOTTIME), time.time())
        log, past = tmp_path / "err.log", time.time() - 5
        log.write_text("Error: connect ECONNREFUSED 127.0.0.1:5432\n")
        os.utime(log, (past, past))
        seen = await examiner.look(KEY, 1, process.pid, "alive", now)
        assert seen is not None
        assert seen.diagnosis is not None
        assert [each.id for each in seen.diagnosis.causes] == ["probe.unresponsive"]
        kept = msgspec.json.decode(Path(seen.diagnosis.file).read_bytes(), type=Evidence)
        assert (kept.log, kept.matches, kept.error) == ((), (), "")
    finally:
        process.kill()
        await process.wait()


def test_lines_count_from_a_minute_before_its_probe_failed() -> None:
    now = ev.Now(boot=1000.0, wall=9000.0)
    assert said_since(now, started=8000.0, failing=None) == 8940.0
    assert said_since(now, started=8000.0, failing=900.0) == 8840.0
    assert said_since(now, started=8990.0, failing=900.0) == 8990.0, "those of this run"
