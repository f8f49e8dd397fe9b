"""When it is looked where an app listens, and what is told of it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from subprocess import PIPE
from typing import Any

import pytest

from usher.diagnosis.measured import Observed
from usher.diagnosis.signature import Signature
from usher.model import events as ev
from usher.model.phase import Process, Running
from usher.model.spec import ServiceSpec, SocketSpec, TcpAddress
from usher.model.world import Generation, Instance, ProbeCount, Service, World
from usher.policy.probed import OWN_PORT
from usher.runtime import port_watch
from usher.runtime.clock import read
from usher.runtime.port_watch import PortWatch

KEY = ev.Key("api", 1, 0)


class App:
    """A process that has a port, and listens on it when it is told to."""

    PROGRAM = (
        "import socket, sys\n"
        "with socket.socket() as server:\n"
        "    server.bind(('127.0.0.1', 0))\n"
        "    print(server.getsockname()[1], flush=True)\n"
        "    sys.stdin.readline()\n"
        "    server.listen()\n"
        "    print('listens', flush=True)\n"
        "    sys.stdin.read()\n"
    )

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pid = process.pid
        self.port = int(self._line())

    def listen(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        assert self._line() == "listens\n"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture
def app() -> Iterator[App]:
    command = [sys.executable, "-c", App.PROGRAM]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        yield App(process)


class Office:
    """A world of one instance; both the office and the book of findings."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.world = World()
        self.posted: list[ev.ProbeResult] = []
        self.found: dict[str, Observed | None] = {}
        self.looks = 0

    def known_as(self, spec: ServiceSpec) -> ServiceSpec:
        return spec

    def post(self, event: ev.Event) -> None:
        assert isinstance(event, ev.ProbeResult)
        self.posted.append(event)
        self.up(self.world.services["api"].spec, ProbeCount(ok=event.ok))

    def seen(self, key: ev.Key, judged: Mapping[Signature, Observed | None]) -> None:
        self.looks += 1
        self.found = {fault.id: each for fault, each in judged.items()}

    def up(self, spec: ServiceSpec, own_port: ProbeCount | None = None) -> None:
        running = Running(Process(self.pid, read().boot), 0.0)
        probes = {OWN_PORT.name: own_port} if own_port else {}
        instance = Instance(KEY, run=1, phase=running, probes=probes)
        self.world = World(services={"api": Service(0, Generation(1, spec, {0: instance}))})


def declared(port: int, **fields: Any) -> ServiceSpec:
    env = {"PORT": str(port)}
    return ServiceSpec("api", ("x",), "/", env=env, env_sources={"PORT": "env"}, **fields)


@pytest.fixture
async def watch(app: App, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A watch that looks every 50 ms, and its office."""
    monkeypatch.setattr(port_watch, "AGES", tuple(turn / 20 for turn in range(1, 400)))
    monkeypatch.setattr(port_watch, "AGAIN", 0.05)
    office = Office(app.pid)
    made = PortWatch(office, office)
    yield made, office
    made.close()


@pytest.fixture
def holder() -> Iterator[int]:
    """A port that another process listens on."""
    program = (
        "import socket, sys\n"
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    print(server.getsockname()[1], flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as started:
        assert started.stdout is not None
        yield int(started.stdout.readline())


async def looked(office: Office, looks: int) -> None:
    async with asyncio.timeout(60):
        while office.looks < looks:
            await asyncio.sleep(0.02)


async def test_a3_08_the_trouble_is_told_and_then_its_cause(watch: Any, holder: int) -> None:
    watcher, office = watch
    office.up(declared(holder))
    watcher.follow(office.world)
    async with asyncio.timeout(60):
        while office.found.get("net.port_in_use") is None:
            await asyncio.sleep(0.02)
    first = office.posted[0]
    assert not first.ok
    assert f"not listening: port {holder} is taken by pid " in first.detail
    assert first.elsewhere in first.detail


async def test_a3_08_a_port_that_is_free_again_is_told_when_the_app_had_time(
    app: App, watch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, office = watch
    monkeypatch.setattr(port_watch, "BEGINS_WITHIN", 0.1)
    office.up(declared(app.port), ProbeCount(ok=False))
    watcher.follow(office.world)
    async with asyncio.timeout(60):
        while not office.posted:
            await asyncio.sleep(0.02)
    assert (office.posted[0].ok, office.posted[0].elsewhere) == (False, "")
    app.listen()
    async with asyncio.timeout(60):
        while not office.posted[-1].ok:
            await asyncio.sleep(0.02)


async def test_what_listens_as_declared_is_looked_at_once(app: App, watch: Any) -> None:
    watcher, office = watch
    app.listen()
    office.up(declared(app.port))
    watcher.follow(office.world)
    await looked(office, 1)
    watcher.follow(office.world)
    assert watcher._timer is None
    assert not office.posted
    assert office.found == {"net.port_in_use": None, "net.bind_mismatch": None}


@pytest.mark.parametrize("fields", [{"kind": "job"}, {"channel": "cluster"}])
async def test_whoever_opens_no_port_is_not_looked_at(watch: Any, fields: dict[str, Any]) -> None:
    watcher, office = watch
    held = SocketSpec("web", TcpAddress("127.0.0.1", 3000))
    inherited = ServiceSpec("api", ("x",), "/", env={"PORT": "3000"})
    for spec in (declared(3000, **fields), declared(3000, sockets=(held,)), inherited):
        office.up(spec)
        watcher.follow(office.world)
        assert watcher._timer is None
