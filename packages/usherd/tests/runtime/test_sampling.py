"""What is measured, when, and what becomes of it: with this process as the app."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from usher.diagnosis.measured import Observed
from usher.diagnosis.signatures.measured import BIND_MISMATCH
from usher.model import actions as act
from usher.model import events as ev
from usher.model.phase import Process, Running
from usher.model.spec import MemorySpec, ProbeSpec, ServiceSpec
from usher.model.target import HttpTarget, TcpTarget
from usher.model.world import Generation, Instance, ProbeCount, Service, World
from usher.runtime import clock, figures, host_figures, sampling
from usher.runtime.figures import Figures
from usher.runtime.series import STEP

KEY = ev.Key("api", 1, 0)
SPEC = ServiceSpec("api", ("x",), "/")


class Told(NamedTuple):
    """An event."""

    event: str
    detail: str
    service: str
    slot: int | None
    cause: Any


class Office:
    """A home with one app, which is this process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.world = World()
        self.told: list[Told] = []

    def pid(self, key: ev.Key, run: int) -> int | None:
        return os.getpid()

    def known_as(self, spec: ServiceSpec) -> Any:
        return spec

    def log_files(self) -> frozenset[str]:
        return frozenset()

    def note(
        self,
        event: str,
        detail: str,
        now: ev.Now,
        service: str = "",
        slot: int | None = None,
        cause: Any = None,
    ) -> None:
        self.told.append(Told(event, detail, service, slot, cause))


def world(spec: ServiceSpec = SPEC, **answers: ProbeCount) -> World:
    running = Running(Process(os.getpid(), 0.0), 0.0)
    instance = Instance(KEY, run=1, phase=running, probes=answers)
    return World(services={"api": Service(0, Generation(1, spec, {0: instance}))})


class Clock:
    """Both clocks; a test moves them."""

    def __init__(self) -> None:
        self.now = ev.Now(1000.0, 1_763_715_600.0)  # the begin of a step of any length

    def read(self) -> ev.Now:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now = ev.Now(self.now.boot + seconds, self.now.wall + seconds)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(clock, "read", moved.read)
    monkeypatch.setattr(figures.time, "time", lambda: moved.now.wall)
    monkeypatch.setattr(host_figures, "EVERY", 1e9)
    return moved


@pytest.fixture
async def measured(office: Office, time: Clock) -> Any:
    made = Figures(office, office)
    made.faults._host.is_due()  # this host's own troubles are none of the test's
    yield made
    made.close()


def follow(measured: Figures, office: Office, world: World) -> None:
    office.world = world
    measured.follow(world)


def answer(**changes: Any) -> ev.ProbeResult:
    return replace(ev.ProbeResult(KEY, 1, "up", ok=True, took=0.02), **changes)


def is_awake(measured: Figures) -> bool:
    sampler = measured._sampler
    return sampler._timer is not None or sampler._round is not None


async def test_nothing_wakes_a_home_without_probes_and_limits(
    measured: Figures, office: Office
) -> None:
    follow(measured, office, world())
    await asyncio.sleep(0)
    assert not is_awake(measured)
    assert not (office.home / "state" / "series").exists()


async def test_an_answer_of_a_probe_has_what_is_due_measured(
    measured: Figures, office: Office, time: Clock
) -> None:
    follow(measured, office, world())
    measured.probed(answer())
    await measured.fresh()
    measured.probed(answer(ok=False, took=3.0))
    kept = measured.series.find("api", 0)
    assert kept is not None
    (point,) = kept.points(0, time.now.wall)
    assert point.high > 2**20
    assert point.descriptors > 2
    time.pass_by(STEP / 2)
    before = measured._sampler._round
    measured.probed(answer())
    assert measured._sampler._round is before  # not due yet
    time.pass_by(STEP)
    measured.probed(answer())
    await measured.fresh()
    assert len(kept.points(0, time.now.wall)) == 2
    counted = measured.tallies.latencies["api", 0, "up"]
    assert (counted.asked, counted.failed, counted.total) == (4, 1, pytest.approx(3.06))
    assert measured.latest()[os.getpid()].usage.memory > 2**20


async def test_who_asks_for_it_is_measured_by_a_timer(
    measured: Figures, office: Office, time: Clock
) -> None:
    follow(measured, office, world(replace(SPEC, sample=1.0)))
    for _ in range(200):  # the first measurement is due at once
        await asyncio.sleep(0.01)
        if measured.latest():
            break
    kept = measured.series.find("api", 0)
    assert kept is not None
    assert kept.fine.step == 1.0
    assert measured._sampler._timer is not None
    follow(measured, office, World())
    assert measured._sampler._timer is None
    assert measured.series.find("api", 0) is None


async def test_a_reading_of_memory_is_kept_too(
    measured: Figures, office: Office, time: Clock
) -> None:
    follow(measured, office, world(replace(SPEC, memory=MemorySpec(2**40))))
    usages = measured.read([os.getpid()])
    kept = measured.series.find("api", 0)
    assert kept is not None
    assert kept.points(0, time.now.wall)[0].high >= usages[os.getpid()].memory


async def test_restarts_are_counted_by_cause(
    measured: Figures, office: Office, time: Clock
) -> None:
    follow(measured, office, world())
    await measured.fresh()
    for event in ("restarting", "replaced", "restarting", "started"):
        measured.recorded(act.Changed(KEY, 1, event, "", ready=False))
    assert measured.tallies.restarts == {("api", 0, "exit"): 2, ("api", 0, "probe"): 1}
    kept = measured.series.find("api", 0)
    assert kept is not None
    assert sum(point.restarts for point in kept.points(0, time.now.wall)) == 3
    follow(measured, office, World())
    assert not measured.tallies.restarts


async def test_processor_time_never_falls_within_a_run(
    measured: Figures, office: Office, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that its parent does not wait for takes its time with it."""
    told = [5.0, 9.0, 3.0, 4.0]
    real = sampling._read

    def read(pids: Any) -> Any:
        cpu = told.pop(0)
        return {
            pid: found._replace(usage=replace(found.usage, cpu=cpu))
            for pid, found in real(pids).items()
        }

    monkeypatch.setattr(sampling, "_read", read)
    follow(measured, office, world())
    spent: list[float] = []
    while told:
        await measured.fresh()
        time.pass_by(STEP)
        spent.append(measured.latest()[os.getpid()].spent)
    assert spent == [5.0, 9.0, 9.0, 10.0]


async def test_clients_that_nobody_has_accepted_are_counted(
    measured: Figures, office: Office
) -> None:
    follow(measured, office, world())
    with socket.create_server(("127.0.0.1", 0)) as server:
        clients = [socket.create_connection(server.getsockname()) for _ in range(2)]
        await measured.fresh()
        assert measured.latest()[os.getpid()].backlog == 2
        for each in clients:
            each.close()


# -- what the figures mean -------------------------------------------------------------------------


@pytest.fixture
def grows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Memory of what is measured, in megabytes."""
    size = [60]
    real = sampling._read

    def read(pids: Any) -> Any:
        return {
            pid: found._replace(usage=replace(found.usage, memory=size[0] * 1_000_000))
            for pid, found in real(pids).items()
        }

    monkeypatch.setattr(sampling, "_read", read)
    return size


async def pass_steps(measured: Figures, time: Clock, size: list[int], *sizes: int) -> None:
    for each in sizes:
        size[0] = each
        await measured.fresh()
        time.pass_by(STEP)


async def test_a2_08_growth_is_told_once_and_when_it_is_over(
    measured: Figures, office: Office, time: Clock, grows: list[int]
) -> None:
    follow(measured, office, world(replace(SPEC, memory=MemorySpec(400_000_000))))
    await pass_steps(measured, time, grows, *range(60, 240, 10))
    (told,) = office.told
    assert (told.event, told.service, told.slot) == ("finding", "api", 0)
    assert told.detail.startswith("memory.rising_fast: ")
    assert "1.0 MiB a second" in told.detail
    assert [each.code for each in measured.faults.of(KEY)] == ["memory.rising_fast"]
    assert measured.faults.findings() == []  # information is nobody's alarm
    await pass_steps(measured, time, grows, *([230] * 20))
    assert [each.event for each in office.told] == ["finding", "finding-over"]
    assert measured.faults.of(KEY) == []


async def test_a_new_process_begins_anew(
    measured: Figures, office: Office, time: Clock, grows: list[int]
) -> None:
    follow(measured, office, world())
    await pass_steps(measured, time, grows, *range(60, 240, 10))
    assert measured.faults.of(KEY)
    measured.recorded(act.Changed(KEY, 1, "exited", "", ready=False))
    assert measured.faults.of(KEY) == []
    assert [each.event for each in office.told] == ["finding", "finding-over"]


async def test_a_health_endpoint_that_sees_nothing_is_named(
    measured: Figures, office: Office, time: Clock
) -> None:
    probes = (
        ProbeSpec("alive", HttpTarget("http://127.0.0.1/health")),
        ProbeSpec("db", TcpTarget("127.0.0.1:5432"), scope="dependency"),
    )
    answers = {
        "alive": ProbeCount(ok=True, in_row=3, passed_ever=True, last="status 200"),
        "db": ProbeCount(ok=False, in_row=3, failing=True, passed_ever=True, last="refused"),
    }
    follow(measured, office, world(replace(SPEC, probes=probes), **answers))
    await measured.fresh()
    (told,) = office.told
    assert told.detail == (
        "health.endpoint_static: the health endpoint does not cover db: "
        "alive says status 200 while db fails: refused"
    )
    assert not told.cause.is_found, "it is what one sees of db's failure"


async def test_a3_12_what_somebody_else_has_looked_at_is_over_at_once(
    measured: Figures, office: Office
) -> None:
    found = Observed(BIND_MISMATCH, "pid 17 listens on 127.0.0.1:3000; declared is port 3001")
    for observed in (found, found, None, None):
        measured.faults.seen(KEY, {BIND_MISMATCH: observed})
    assert [each.event for each in office.told] == ["finding", "finding-over"]
    assert measured.faults.of(KEY) == []


async def test_a2_15_a_full_disk_of_logs_is_a_finding_until_it_works(
    measured: Figures, office: Office
) -> None:
    report = {"kind": "trouble", "run": "/h:api:1.0:1", "dropped": 0}
    full = "cannot write log '/l': No space left on device"
    measured.log_told(report | {"error": full})
    measured.log_told(report | {"error": full, "dropped": 5})
    (finding,) = measured.faults.findings()
    assert (finding.code, finding.severity) == ("fs.no_space", "error")
    measured.log_told(report | {"error": None, "dropped": 7})
    assert measured.faults.findings() == []
    assert [each.event for each in office.told] == ["finding", "finding-over"]
    assert measured.tallies.dropped == {"api": 12}
    measured.log_told({"kind": "rotated", "run": "/h:api:1.0:1"})
