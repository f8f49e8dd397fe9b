"""Every cell of the table phase x event: what the code does is what the table says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.actions import Recheck
from usher.model.fault import Fault, PortTaken
from usher.model.spec import (
    AliveFor,
    Dependency,
    NotifyReady,
    ProbeReady,
    ProbeSpec,
    ReadySpec,
    RestartPolicy,
    ServiceSpec,
    SocketSpec,
    TcpAddress,
)
from usher.model.target import HttpTarget
from usher.model.world import Instance
from usher.policy import table
from usher.policy.turn import Turn

PROBE = ProbeSpec("http", HttpTarget("/"), interval=2, timeout=1, passes=1)
WEB = SocketSpec("web", TcpAddress("127.0.0.1", 8000), mode="per-instance")

Make = Callable[..., ServiceSpec]
KEY = ev.Key("api", 1, 0)
FAULT = Fault("net.port_in_use", "no", "EADDRINUSE", "free it", PortTaken("", 80))


def _system(system: Any, service: Make, **fields: Any) -> Any:
    fields = {
        "ready": ReadySpec(ProbeReady(PROBE)),
        "probes": (PROBE,),
        "sockets": (WEB,),
        "instances": 2,
        **fields,
    }
    return system(service("db"), service("api", **fields))


def _reach(host: Any, phase: str) -> None:
    """Bring slot 0 of `api` into this phase."""
    if phase == "inactive":
        return
    if phase in ("checking", "starting"):
        host.silent.add("api")
    host.ask(ev.Start, ("api",))
    if phase == "starting":
        instance = host.instance("api")
        host.feed(ev.CheckDone(instance.key, instance.run))
        host.feed(ev.Spawned(instance.key, instance.run, 4001))
    if phase in ("checking", "starting", "waiting"):
        return
    for slot in (0, 1):
        host.probe("api", True, slot=slot, of="ready")
    host.probe("api", True)
    host.deaf.add("api")
    if phase in ("draining", "stopping"):
        host.ask(ev.Restart, ("api",))
        host.wait(0.5 if phase == "stopping" else 0.1)
    elif phase == "backoff":
        for _ in range(2):
            host.exit("api")
    elif phase == "held":
        host.exit("api")
        host.faults["api"] = FAULT
        host.exit("api")
        host.wait(15)
        assert host.done(Recheck), "the obstacle is looked at"
    elif phase == "exited":
        host.exit("api", ev.Exit(0))
    elif phase == "failed":
        host.exit("api")


def _fields(phase: str) -> dict[str, Any]:
    match phase:
        case "exited":
            return {"restart": RestartPolicy(when="on-failure")}
        case "failed":
            return {"restart": RestartPolicy(when="never")}
        case "waiting":
            return {"depends_on": (Dependency("db"),)}
        case _:
            return {}


def _event(name: str, instance: Instance, spec: ServiceSpec) -> Any:
    key, run = instance.key, instance.run
    names = ("api",)
    return {
        "Start": ev.Start("job", "test", names),
        "Stop": ev.Stop("job", "test", names),
        "Restart": ev.Restart("job", "test", names),
        "Reload": ev.Reload("job", "test", names),
        "Scale": ev.Scale("job", "test", "api", spec.instances + 1),
        "Delete": ev.Delete("job", "test", names),
        "ResetFailed": ev.ResetFailed("job", "test", names),
        "PlanChanged": ev.PlanChanged("job", "test", (spec,), names),
        "Shutdown": ev.Shutdown("job", "test"),
        "Dismiss": ev.Dismiss("job", "test", ()),
        "RemoteAnswered": ev.RemoteAnswered("backend", 1, "health", ok=False),
        "RemoteActed": ev.RemoteActed("backend", 1, ok=True),
        "Spawned": ev.Spawned(key, run, 4001),
        "SpawnFailed": ev.SpawnFailed(key, run, "exec", "no such file"),
        "Ready": ev.Ready(key, run),
        "ProbeResult": ev.ProbeResult(key, run, "ready", ok=True),
        "ProcessExited": ev.ProcessExited(key, run, ev.Exit(1)),
        "Drained": ev.Drained(key, run),
        "Diagnosed": ev.Diagnosed(key, run, "running"),
        "Examined": ev.Examined(key, run, FAULT),
        "Rechecked": ev.Rechecked(key, run, gone=True),
        "CheckDone": ev.CheckDone(key, run),
        "MemoryExceeded": ev.MemoryExceeded(key, run, 2**30, 2**20),
        "MemoryWithin": ev.MemoryWithin(key, run, 2**19, 2**20),
        "Adopted": ev.Adopted(key, run, 4001),
        "Lost": ev.Lost(key, run),
        "ExternalsSeen": ev.ExternalsSeen(key, run),
        "KeeperLost": ev.KeeperLost(),
        "KeeperBack": ev.KeeperBack(),
        "ScheduleDue": ev.ScheduleDue("api"),
        "FilesChanged": ev.FilesChanged("api", "/srv/app.js"),
        "Stalled": ev.Stalled(5.0),
        "Tick": ev.Tick(),
    }[name]


@contextmanager
def recorded_hops(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Every change of phase of slot 0, one by one, while the context lasts."""
    hops: list[tuple[str, str]] = []
    plain = Turn.put

    def put(turn: Turn, instance: Instance) -> Instance:
        before = turn.instance(instance.key)
        if before is not None and instance.key == KEY:
            pair = (_word(before), _word(instance))
            if pair[0] != pair[1]:
                hops.append(pair)
        return plain(turn, instance)

    with monkeypatch.context() as patched:
        patched.setattr(Turn, "put", put)
        yield hops


def _word(instance: Instance) -> str:
    return str(type(instance.phase).__struct_config__.tag)


@pytest.mark.parametrize("event", table.TABLE)
@pytest.mark.parametrize("phase", table.PHASES)
def test_every_cell(
    phase: str, event: str, system: Any, service: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = _system(system, service, **_fields(phase))
    if phase == "waiting":
        host.silent.add("db")
    _reach(host, phase)
    assert host.phase("api") == phase, "the test could not reach the phase"
    host.silent |= {"api", "db"}
    host.deaf |= {"api", "db"}
    before = host.instance("api")
    world = host.world
    spec = world.services["api"].spec
    with recorded_hops(monkeypatch) as hops:
        host.feed(_event(event, before, spec))
    if table.cell(phase, event) == "-":
        assert host.world is world, "a dropped observation changes nothing at all"
        return
    first = table.targets(phase, event)
    settled = {(edge.old, edge.new) for edge in table.SETTLED}
    if hops:
        assert hops[0][1] in first or hops[0] in settled, f"the table has no way {hops[0]}"
        assert all(hop in settled for hop in hops[1:]), f"not settled transitions: {hops[1:]}"
    else:
        assert phase in first, f"the table says {sorted(first)}, and nothing happened"


def test_a_failed_spawn_ends_the_run_and_a_late_answer_is_dropped(
    system: Any, service: Make
) -> None:
    host = system(service("api"))
    host.silent.add("api")
    host.ask(ev.Start, ("api",))
    host.feed(ev.CheckDone(KEY, 1))
    host.feed(ev.SpawnFailed(KEY, 1, "exec", "no such file"))
    assert host.told("exited")[0][1] == "could not be executed (exec): no such file"
    assert host.instance("api").history.result == "exec"
    assert (host.phase("api"), host.instance("api").run) == ("starting", 2)
    host.feed(ev.Spawned(KEY, 2, 4002))
    world = host.world
    host.feed(ev.Spawned(KEY, 2, 4003))
    host.feed(ev.SpawnFailed(KEY, 2, "exec", "late"))
    assert host.world is world


@pytest.mark.parametrize("proof", [AliveFor(1.0), NotifyReady(), ProbeReady(PROBE)])
def test_each_proof_of_readiness_and_only_that(proof: Any, system: Any, service: Make) -> None:
    host = system(service("api", ready=ReadySpec(proof, timeout=5)), start=("api",))
    instance = host.instance("api")
    host.feed(ev.Ready(instance.key, instance.run))
    assert (host.phase("api") == "running") is isinstance(proof, NotifyReady)
    host.feed(ev.ProbeResult(instance.key, instance.run, "ready", ok=True))
    assert (host.phase("api") == "running") is not isinstance(proof, AliveFor)
    host.wait(1.0)
    assert host.phase("api") == "running"


def test_not_ready_in_time_is_a_failure(system: Any, service: Make) -> None:
    probe = ProbeReady(PROBE)
    host = system(service("api", ready=ReadySpec(probe, timeout=5)), start=("api",))
    host.probe("api", False, of="ready")
    host.wait(3.1)
    assert host.told("timeout")[0][1] == "not ready after 5 s: timed out"
    assert host.instance("api").history.result == "timeout"


def test_the_table_is_whole() -> None:
    names = {kind.__name__ for kind in ev.Event.__args__}
    assert set(table.TABLE) == names
    assert set(table.STATUS) == set(table.PHASES)
    for event in table.TABLE:
        for phase in table.PHASES:
            words = table.cell(phase, event).split()
            assert words
            assert words in (["-"], ["="]) or {*words} <= {*table.PHASES, "="}
    for edge in table.SETTLED:
        assert {edge.old, edge.new} <= set(table.PHASES)
