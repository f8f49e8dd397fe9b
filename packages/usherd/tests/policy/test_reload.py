"""Reload by generations as stories: who runs beside whom, what proves it, who goes when."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from usher.model import events as ev
from usher.model.actions import Check, Drain, Signal, Spawn, Steer
from usher.model.spec import (
    Dependency,
    NotifyReady,
    ProbeSpec,
    ReadySpec,
    RolloutSpec,
    ServiceSpec,
    SocketSpec,
    StopPolicy,
    TcpAddress,
)
from usher.model.target import HttpTarget
from usher.model.world import read_world
from usher.policy.status import service_view

Make = Callable[..., ServiceSpec]
WEB = SocketSpec("web", TcpAddress("127.0.0.1", 8000), mode="per-instance")
LIVE = ProbeSpec("http", HttpTarget("/"), interval=2, timeout=1)
QUICK = RolloutSpec(min_healthy=2.0)


@pytest.fixture
def web(system: Any, service: Make) -> Any:
    """Two instances that are ready; the story begins with the reload."""
    host = system(service("web", instances=2, rollout=QUICK, sockets=(WEB,)), start=("web",))
    host.wait(2)
    host.forget()
    return host


def ready_slots(host: Any) -> list[tuple[int, int]]:
    """(generation, slot) of everything that is ready."""
    service = host.world.services["web"]
    return sorted(
        (generation.number, slot)
        for generation in service.generations
        for slot, each in generation.instances.items()
        if each.phase.__class__.__name__ == "Running" and each.phase.ready
    )


def view(host: Any, name: str = "web") -> Any:
    return service_view(host.world, name, ev.Now(host.boot, 0))


# -- all goes well ---------------------------------------------------------------------------------


def test_the_new_generation_takes_over_slot_by_slot(web: Any) -> None:
    job = web.ask(ev.Reload, ("web",))
    assert [(each.key.generation, each.key.slot) for each in web.done(Spawn)] == [(2, 0)]
    web.wait(1.0)
    assert ready_slots(web) == [(1, 0), (1, 1), (2, 0)], "ready, and on trial"
    web.wait(1.9)
    assert web.done(Signal) == [], "the old one goes when the new one was healthy for long enough"
    web.wait(0.5)
    assert ready_slots(web) == [(1, 1), (2, 0)]
    assert web.answer(job) is None
    web.wait(3.5)
    assert ready_slots(web) == [(2, 0), (2, 1)]
    assert web.answer(job).outcome == "done"
    assert web.world.services["web"].candidate is None
    assert web.told("reloaded")[0][1] == "generation 2 has taken over"


def test_who_needs_it_brings_back_nothing_that_was_replaced(system: Any, service: Make) -> None:
    """Else the old one would serve for ever beside the generation that has taken over."""
    need = (Dependency("web", "ready"),)
    host = system(
        service("web", instances=2, rollout=QUICK), service("app", depends_on=need), start=("app",)
    )
    host.wait(3)
    host.ask(ev.Reload, ("web",))
    host.wait(3.5)
    assert ready_slots(host) == [(1, 1), (2, 0)]
    host.ask(ev.Restart, ("app",))
    host.wait(10)
    assert ready_slots(host) == [(2, 0), (2, 1)]
    assert [each.number for each in host.world.services["web"].generations] == [2]


def test_connections_go_to_the_new_one_only_when_it_is_proved(web: Any) -> None:
    old, new = ev.Key("web", 1, 0), ev.Key("web", 2, 0)
    other = ev.Key("web", 1, 1)
    web.ask(ev.Reload, ("web",))
    web.wait(2.9)
    assert web.done(Steer) == [], "a generation on trial gets none"
    web.wait(0.2)
    assert web.done(Steer)[-1] == Steer("web", (other, new))
    assert [each.key for each in web.done(Drain)] == [old]


def test_one_instance_is_enough(system: Any, service: Make) -> None:
    host = system(service("app", rollout=QUICK), start=("app",))
    host.wait(2)
    job = host.ask(ev.Reload, ("app",))
    host.wait(2.9)
    assert host.phase("app") == "running"
    host.wait(0.2)
    assert host.answer(job).outcome == "done"
    assert host.instance("app").key.generation == 2


def test_id_and_counters_stay_with_the_slot(web: Any) -> None:
    ids = [web.instance("web", slot).id for slot in (0, 1)]
    web.ask(ev.Reload, ("web",))
    assert [(each.id, each.listed) for each in view(web).instances] == [
        (0, True),
        (0, False),
        (1, True),
    ]
    web.wait(10)
    assert [web.instance("web", slot).id for slot in (0, 1)] == ids
    assert [web.instance("web", slot).restart_time for slot in (0, 1)] == [1, 1]


def test_a_larger_surge_takes_several_slots_at_a_time(system: Any, service: Make) -> None:
    rollout = RolloutSpec(min_healthy=1.0, max_surge=3)
    host = system(service("web", instances=4, rollout=rollout), start=("web",))
    host.wait(2)
    host.forget()
    host.ask(ev.Reload, ("web",))
    assert sorted(each.key.slot for each in host.done(Spawn)) == [0, 1, 2]
    host.wait(5)
    assert ready_slots(host) == [(2, slot) for slot in range(4)]


def test_a_changed_definition_is_the_new_generation(web: Any, service: Make) -> None:
    spec = web.world.services["web"].spec
    changed = msgspec.structs.replace(spec, argv=("better",))
    job = web.ask(ev.PlanChanged, (changed,), (), (), ("web",))
    assert web.world.services["web"].spec.argv == ("program",), "the old one counts until then"
    assert web.world.services["web"].candidate.spec.argv == ("better",)
    web.wait(10)
    assert web.world.services["web"].spec.argv == ("better",)
    assert web.answer(job).outcome == "done"


def test_its_own_probe_must_pass_in_the_new_generation(system: Any, service: Make) -> None:
    host = system(service("app", rollout=QUICK, probes=(LIVE,)), start=("app",))
    host.wait(1)
    host.probe("app", True)
    job = host.ask(ev.Reload, ("app",))
    host.wait(30)
    assert host.answer(job) is None, "healthy for long enough, and never asked: that proves nothing"
    new = host.candidate("app")
    host.feed(ev.ProbeResult(new.key, new.run, "http", ok=True))
    assert host.answer(job).outcome == "done"


def test_a_cluster_worker_is_told_to_disconnect_before_any_signal(
    system: Any, service: Make
) -> None:
    spec = service("app", rollout=QUICK, channel="cluster", stop=StopPolicy(drain_timeout=30))
    host = system(spec, start=("app",))
    host.wait(2)
    host.forget()
    host.ask(ev.Reload, ("app",))
    host.wait(3.5)
    old = host.world.services["app"].current.instances[0]
    assert [each.key for each in host.done(Drain)] == [old.key]
    assert host.done(Signal) == []
    host.feed(ev.ProcessExited(old.key, old.run, ev.Exit(0)))
    assert host.instance("app").key.generation == 2
    assert host.done(Signal) == []


# -- all does not go well --------------------------------------------------------------------------


def break_at_spawn(host: Any) -> None:
    new = host.candidate("web")
    host.feed(ev.SpawnFailed(new.key, new.run, "exec", "no such file"))


def break_by_exit(host: Any) -> None:
    _spawned(host)
    new = host.candidate("web")
    host.feed(ev.ProcessExited(new.key, new.run, ev.Exit(1)))


def break_by_silence(host: Any) -> None:
    _spawned(host)
    host.wait(60)


def break_when_ready(host: Any) -> None:
    _spawned(host)
    host.wait(1.5)
    new = host.candidate("web")
    host.feed(ev.ProcessExited(new.key, new.run, ev.Killed(11)))


def break_its_probe(host: Any) -> None:
    _spawned(host)
    host.wait(1.0)
    new = host.candidate("web")
    for _ in range(3):
        host.feed(ev.ProbeResult(new.key, new.run, "http", ok=False, detail="status 500"))


def _spawned(host: Any) -> None:
    new = host.candidate("web")
    host.feed(ev.Spawned(new.key, new.run, 5000))


@pytest.mark.parametrize(
    ("harm", "cause"),
    [
        (break_at_spawn, "could not be executed (exec): no such file"),
        (break_by_exit, "exited with code 1 after 0 s"),
        (break_by_silence, "not ready after 60 s"),
        (break_when_ready, "was ended by SIGSEGV after 1.5 s"),
        (break_its_probe, "http: status 500"),
    ],
)
def test_whatever_goes_wrong_the_old_generation_serves_on(
    harm: Callable[[Any], None], cause: str, system: Any, service: Make
) -> None:
    proof = {"ready": ReadySpec(NotifyReady())} if harm is break_by_silence else {}
    spec = service("web", instances=2, rollout=QUICK, probes=(LIVE,), **proof)
    host = system(spec, start=("web",))
    for slot in (0, 1):
        host.feed(ev.Ready(ev.Key("web", 1, slot), 1))
    host.wait(2)
    host.probe("web", True)
    runs = [host.instance("web", slot).run for slot in (0, 1)]
    host.silent.add("web")
    job = host.ask(ev.Reload, ("web",))
    new = host.candidate("web")
    host.feed(ev.CheckDone(new.key, new.run))
    harm(host)
    assert ready_slots(host) == [(1, 0), (1, 1)]
    assert [host.instance("web", slot).run for slot in (0, 1)] == runs, "untouched"
    answer = host.answer(job)
    assert (answer.outcome, answer.result) == ("failed", "rejected")
    assert answer.detail == f"web:0: {cause}"
    assert host.told("reload-rejected")[0][1] == f"web:0: {cause}"
    assert host.world.services["web"].candidate is None
    assert "restarting" not in host.words("web"), "a restart would hide what is to be found out"
    assert view(host).rollout == f"the last reload was rejected: web:0: {cause}"


def test_the_failure_of_a_later_slot_gives_back_the_earlier_ones(web: Any) -> None:
    job = web.ask(ev.Reload, ("web",))
    web.wait(4)
    assert ready_slots(web) == [(1, 1), (2, 0)], "slot 0 is taken over"
    new = web.candidate("web", 1)
    web.feed(ev.ProcessExited(new.key, new.run, ev.Exit(1)))
    assert ready_slots(web) == [(1, 1), (2, 0)], "what serves stays until the old one is back"
    web.wait(0.9)
    assert ready_slots(web) == [(1, 1), (2, 0)]
    web.wait(1.0)
    assert ready_slots(web) == [(1, 0), (1, 1)]
    assert web.answer(job).result == "rejected"
    assert web.world.services["web"].candidate is None


def test_what_serves_stays_if_its_predecessor_cannot_be_started_again(web: Any) -> None:
    job = web.ask(ev.Reload, ("web",))
    web.wait(4)
    new = web.candidate("web", 1)
    web.silent.add("web")
    web.feed(ev.ProcessExited(new.key, new.run, ev.Exit(1)))
    old = web.instance("web", 0)
    web.feed(ev.CheckDone(old.key, old.run, ("the host is wrong",)))
    assert web.phase("web", 0) == "failed"
    assert ready_slots(web) == [(1, 1), (2, 0)]
    assert web.answer(job).result == "rejected"


def test_a_taken_over_instance_that_dies_rejects_its_generation(web: Any) -> None:
    web.ask(ev.Reload, ("web",))
    web.wait(4)
    dead = web.candidate("web", 0)
    web.feed(ev.ProcessExited(dead.key, dead.run, ev.Exit(1)))
    web.wait(2)
    assert ready_slots(web) == [(1, 0), (1, 1)]
    assert web.words("web").count("reload-rejected") == 1


def test_no_room_for_two_is_refused_and_says_so(web: Any) -> None:
    web.silent.add("web")
    job = web.ask(ev.Reload, ("web",))
    new = web.candidate("web")
    (check,) = web.done(Check)
    assert check.beside == ev.Key("web", 1, 0)
    web.feed(ev.CheckDone(new.key, new.run, (), ev.Room(free=310 * 2**20, used=300 * 2**20)))
    answer = web.answer(job)
    assert (answer.outcome, answer.result) == ("refused", "refused")
    assert "310 MiB free, 1.2 times 300 MiB needed; --in-place" in answer.detail
    assert ready_slots(web) == [(1, 0), (1, 1)]


@pytest.mark.parametrize("free", [360, 361])
def test_room_enough_goes_on(free: int, web: Any) -> None:
    web.silent.add("web")
    web.ask(ev.Reload, ("web",))
    new = web.candidate("web")
    web.feed(ev.CheckDone(new.key, new.run, (), ev.Room(free=free * 2**20, used=300 * 2**20)))
    assert [each.key for each in web.done(Spawn)] == [new.key]


def test_a_need_that_is_down_rejects_and_one_that_comes_is_awaited(
    system: Any, service: Make
) -> None:
    host = system(service("db"), service("web", rollout=QUICK), start=("web",))
    host.wait(2)
    needy = msgspec.structs.replace(host.world.services["web"].spec, depends_on=(Dependency("db"),))
    job = host.ask(ev.PlanChanged, (needy,), (), (), ("web",))
    assert host.phase("db") == "starting", "what the new definition needs is started"
    host.wait(10)
    assert host.answer(job).outcome == "done"
    assert host.world.dependents == {"db": ("web",)}


# -- together with other requests ------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_of",
    [
        lambda host: (ev.Reload, ("web",)),
        lambda host: (ev.Restart, ("web",)),
        lambda host: (ev.Scale, "web", 3),
        lambda host: (ev.Stop, ("web",), {"web": (0,)}),
        lambda host: (ev.Delete, ("web",), {"web": (0,)}),
        lambda host: (ev.PlanChanged, (), (), ("web",)),
    ],
    ids=["reload", "restart", "scale", "stop of one", "delete of one", "plan"],
)
def test_nothing_else_changes_a_service_that_is_being_reloaded(
    request_of: Callable[[Any], tuple[Any, ...]], web: Any
) -> None:
    web.ask(ev.Reload, ("web",))
    answer = web.answer(web.ask(*request_of(web)))
    assert (answer.outcome, answer.result) == ("refused", "busy")
    assert answer.detail.endswith("a reload is proving its new generation; try again later")


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.1, 4.0])
def test_a_stop_ends_the_reload_and_everything_else(seconds: float, web: Any) -> None:
    reload = web.ask(ev.Reload, ("web",))
    web.wait(seconds)
    stop = web.ask(ev.Stop, ("web",))
    web.wait(15)
    assert web.answer(reload).outcome == "superseded"
    assert web.answer(stop).outcome == "done"
    assert [web.phase("web", slot) for slot in (0, 1)] == ["inactive", "inactive"]
    assert web.world.services["web"].candidate is None
    start = web.ask(ev.Start, ("web",))
    web.wait(2)
    assert web.answer(start).outcome == "done"


def test_a_stopped_service_is_started_by_a_reload(system: Any, service: Make) -> None:
    host = system(service("web"))
    job = host.ask(ev.Reload, ("web",))
    host.wait(2)
    assert (host.answer(job).outcome, host.phase("web")) == ("done", "running")


@pytest.mark.parametrize("how", ["request", "definition"])
def test_in_place_takes_one_after_the_other_as_a_restart_does(
    how: str, system: Any, service: Make
) -> None:
    rollout = RolloutSpec(in_place=how == "definition")
    host = system(service("web", instances=2, rollout=rollout), start=("web",))
    host.wait(2)
    host.forget()
    job = host.ask(ev.Reload, ("web",), {}, how == "request")
    assert [each.key for each in host.done(Signal)] == [ev.Key("web", 1, 0)]
    host.wait(3)
    assert host.answer(job).outcome == "done"
    assert ready_slots(host) == [(1, 0), (1, 1)]
    assert host.instance("web").restart_time == 1


def test_single_instances_are_reloaded_in_place(web: Any) -> None:
    job = web.ask(ev.Reload, ("web",), {"web": (1,)})
    assert [each.key for each in web.done(Drain)] == [ev.Key("web", 1, 1)]
    web.wait(5)
    assert web.answer(job).outcome == "done"
    assert [web.instance("web", slot).run for slot in (0, 1)] == [1, 2]


def test_what_was_stopped_singly_stays_so_across_a_reload(web: Any) -> None:
    web.ask(ev.Stop, ("web",), {"web": (1,)})
    web.ask(ev.Reload, ("web",))
    web.wait(10)
    assert ready_slots(web) == [(2, 0)]
    assert web.instance("web", 1).parked
    web.ask(ev.Restart, ("web",))
    web.wait(5)
    assert ready_slots(web) == [(2, 0), (2, 1)], "a restart means all of it"


def test_a_restart_with_a_dependency_waits_until_the_reload_is_over(
    system: Any, service: Make
) -> None:
    needs = {"depends_on": (Dependency("db"),), "restart_with": ("db",)}
    host = system(service("db"), service("web", rollout=QUICK, **needs), start=("web",))
    host.wait(3)
    job = host.ask(ev.Reload, ("web",))
    host.wait(0.5)
    host.exit("db")
    host.wait(4)
    assert host.answer(job).outcome == "done"
    host.wait(3)
    web = host.instance("web")
    assert (web.key.generation, web.run) == (2, 2)
    assert web.phase.process.since > host.instance("db").phase.process.since


# -- together with the loss of daemon and keeper ---------------------------------------------------


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.1, 4.0])
@pytest.mark.parametrize("lost", [True, False])
def test_a_keeper_that_dies_in_the_middle(seconds: float, lost: bool, web: Any) -> None:
    job = web.ask(ev.Reload, ("web",))
    web.wait(seconds)
    web.feed(ev.KeeperLost())
    web.world = read_world(msgspec.json.encode(web.world))
    candidate = web.world.services["web"].candidate
    for generation in web.world.services["web"].generations:
        for each in generation.instances.values():
            if generation is candidate and lost and each.key.slot == max(candidate.instances):
                web.feed(ev.Lost(each.key, each.run))
            else:
                web.feed(ev.Adopted(each.key, each.run, 4000))
    web.feed(ev.KeeperBack())
    web.wait(20)
    finished = web.answer(job)
    assert finished.outcome == ("failed" if lost else "done")
    assert ready_slots(web) == [(1 if lost else 2, 0), (1 if lost else 2, 1)]


def test_a_drain_begins_anew_with_a_new_keeper(web: Any) -> None:
    """Whether the old one steered connections away, nobody knows."""
    web.ask(ev.Restart, ("web",))
    (drain,) = web.done(Drain)
    web.feed(ev.KeeperLost())
    web.wait(1)
    for slot in (0, 1):
        instance = web.instance("web", slot)
        web.feed(ev.Adopted(instance.key, instance.run, 4000))
    web.forget()
    web.feed(ev.KeeperBack())
    assert web.done(Drain) == [drain]
    web.wait(0.2)
    assert web.done(Signal) == []
    web.wait(0.2)
    assert [each.key for each in web.done(Signal)] == [drain.key]
