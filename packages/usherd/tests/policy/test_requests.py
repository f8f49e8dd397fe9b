"""Requests as stories: what each one moves, in which order, and how it is answered."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from usher.model import events as ev
from usher.model.actions import Drain, Forget, ShutdownComplete, Signal, Spawn, Steer
from usher.model.spec import (
    AliveFor,
    Dependency,
    ProbeSpec,
    ReadySpec,
    RestartPolicy,
    ServiceSpec,
    SocketSpec,
    StopPolicy,
    TcpAddress,
)
from usher.model.target import HttpTarget

Make = Callable[..., ServiceSpec]

WEB = SocketSpec("web", TcpAddress("127.0.0.1", 8000), mode="per-instance")
LIVE = ProbeSpec("http", HttpTarget("/"), interval=2, timeout=1)


def order(host: Any, kind: type[Any]) -> list[str]:
    """Services in the order in which something was asked for them, each once."""
    return list(dict.fromkeys(each.key.service for each in host.done(kind)))


@pytest.fixture
def chain(system: Any, service: Make) -> Any:
    """migrate needs db, api needs both, web needs api."""
    return system(
        service("web", depends_on=(Dependency("api"),)),
        service("api", depends_on=(Dependency("db"), Dependency("migrate", "completed"))),
        service("migrate", kind="job", depends_on=(Dependency("db", "started"),)),
        service("db"),
    )


# -- start and stop --------------------------------------------------------------------------------


def test_start_brings_up_what_is_needed_in_order(chain: Any) -> None:
    job = chain.ask(ev.Start, ("web",))
    chain.wait(3)
    assert order(chain, Spawn) == ["db", "migrate"]
    assert chain.answer(job) is None
    chain.exit("migrate", ev.Exit(0))
    chain.wait(3)
    assert order(chain, Spawn) == ["db", "migrate", "api", "web"]
    assert chain.answer(job).outcome == "done"


def test_a_job_is_not_repeated_for_others_but_for_a_person(chain: Any) -> None:
    chain.ask(ev.Start, ("migrate",))
    chain.exit("migrate", ev.Exit(0))
    chain.ask(ev.Start, ("web",))
    chain.wait(5)
    assert chain.instance("migrate").run == 1
    chain.ask(ev.Start, ("migrate",))
    assert chain.instance("migrate").run == 2


def test_stop_goes_to_dependents_first(chain: Any) -> None:
    chain.ask(ev.Start, ("web",))
    chain.exit("migrate", ev.Exit(0))
    chain.wait(5)
    job = chain.ask(ev.Stop, ("db",))
    assert order(chain, Signal) == ["web", "api", "db"]
    assert chain.answer(job).outcome == "done"
    assert {chain.phase(name) for name in ("web", "api", "migrate", "db")} == {"inactive"}


def test_an_intended_stop_ends_inactive_even_if_it_ends_badly(system: Any, service: Make) -> None:
    host = system(service("api"), start=("api",))
    host.deaf.add("api")
    host.wait(2)
    job = host.ask(ev.Stop, ("api",))
    host.exit("api", ev.Exit(1))
    assert host.phase("api") == "inactive"
    assert host.answer(job).outcome == "done"


def test_a_start_during_the_stop_starts_anew(system: Any, service: Make) -> None:
    host = system(service("api"), start=("api",))
    host.wait(2)
    host.deaf.add("api")
    stop = host.ask(ev.Stop, ("api",))
    start = host.ask(ev.Start, ("api",))
    assert host.answer(stop).outcome == "superseded"
    host.exit("api")
    host.wait(2)
    assert host.answer(start).outcome == "done"


def test_a_stop_of_what_waits_or_is_held_needs_no_signal(system: Any, service: Make) -> None:
    policy = RestartPolicy(delays=(30.0,))
    host = system(service("db", restart=policy), service("api", depends_on=(Dependency("db"),)))
    host.mortal.add("db")
    start = host.ask(ev.Start, ("api",))
    assert (host.phase("db"), host.phase("api")) == ("backoff", "waiting")
    stop = host.ask(ev.Stop, ("db",))
    assert (host.phase("db"), host.phase("api")) == ("inactive", "inactive")
    assert host.answer(start).outcome == "superseded"
    assert host.answer(stop).outcome == "done"
    assert host.done(Signal) == []


def test_a_service_whose_dependency_has_given_up_is_answered(system: Any, service: Make) -> None:
    host = system(
        service("db", restart=RestartPolicy(when="never")),
        service("api", depends_on=(Dependency("db"),)),
        service("web", depends_on=(Dependency("api"),)),
    )
    host.mortal.add("db")
    answer = host.answer(host.ask(ev.Start, ("web",)))
    assert (answer.outcome, answer.result) == ("failed", "dependency")
    assert answer.detail == "web needs db, which has given up"


def test_a_check_with_findings_refuses_the_start(system: Any, service: Make) -> None:
    host = system(service("api"))
    host.silent.add("api")
    job = host.ask(ev.Start, ("api",))
    instance = host.instance("api")
    host.feed(ev.CheckDone(instance.key, instance.run, ("wrong host: role web, wanted api",)))
    assert host.phase("api") == "failed"
    assert (host.answer(job).outcome, host.answer(job).result) == ("refused", "refused")
    assert "wrong host" in host.answer(job).detail


def test_unknown_names_are_refused_as_a_whole(system: Any, service: Make) -> None:
    host = system(service("boxoffice"))
    answer = host.answer(host.ask(ev.Start, ("boxofice", "boxoffice")))
    assert answer.outcome == "refused"
    assert "'boxofice': no such service; did you mean 'boxoffice'?" in answer.detail
    assert host.phase("boxoffice") == "inactive"


def test_a_process_that_cannot_be_killed_is_shown(system: Any, service: Make) -> None:
    host = system(
        service("api", stop=StopPolicy(timeout=10, kill_timeout=5)), service("db"), start=("api",)
    )
    host.wait(2)
    host.deaf.add("api")
    host._answers = lambda action: []
    job = host.ask(ev.Stop, ("api",))
    host.wait(9.9)
    assert [each.signal for each in host.done(Signal)] == [15]
    host.wait(0.2)
    assert [(each.signal, each.scope) for each in host.done(Signal)][1:] == [(9, "run")]
    host.wait(5)
    assert host.phase("api") == "stopping"
    assert host.words("api")[-1] == "kill-timeout"
    assert (host.answer(job).outcome, host.answer(job).result) == ("failed", "kill-timeout")
    end = host.ask(ev.Shutdown)
    assert host.answer(end).result == "kill-timeout"
    assert host.done(ShutdownComplete) == [ShutdownComplete(10)]


def test_delete_stops_and_forgets(system: Any, service: Make) -> None:
    host = system(service("db"), service("api", depends_on=(Dependency("db"),)), start=("api",))
    host.wait(5)
    host.deaf.add("api")
    job = host.ask(ev.Delete, ("db",))
    assert host.done(Forget) == []
    host.exit("api")
    assert host.done(Forget) == [Forget("db")]
    assert host.answer(job).outcome == "done"
    assert host.answer(host.ask(ev.Start, ("api",))).result == "dependency"


def test_shutdown_goes_in_reverse_and_answers_everybody(chain: Any) -> None:
    start = chain.ask(ev.Start, ("web",))
    chain.wait(3)
    end = chain.ask(ev.Shutdown)
    assert chain.answer(start).outcome == "superseded"
    assert chain.answer(end).outcome == "done"
    assert chain.done(ShutdownComplete) == [ShutdownComplete(0)]
    chain.forget()
    chain.feed(ev.ScheduleDue("migrate"))
    chain.wait(100)
    assert chain.done(Spawn) == []


def test_a_schedule_starts_a_job_that_is_not_running(system: Any, service: Make) -> None:
    host = system(service("report", kind="job"))
    host.feed(ev.ScheduleDue("nothing"))
    host.feed(ev.ScheduleDue("report"))
    host.feed(ev.ScheduleDue("report"))
    assert host.instance("report").run == 1
    host.exit("report", ev.Exit(0))
    assert host.phase("report") == "exited"
    host.feed(ev.ScheduleDue("report"))
    assert host.instance("report").run == 2


def test_nothing_is_done_without_a_keeper(system: Any, service: Make) -> None:
    host = system(service("api", instances=2, sockets=(WEB,)), start=("api",))
    host.wait(2)
    host.forget()
    host.feed(ev.KeeperLost())
    job = host.ask(ev.Stop, ("api",))
    assert host.done(Signal) == []
    assert host.done(Steer) == []
    for slot in (0, 1):
        instance = host.instance("api", slot)
        host.feed(
            ev.Adopted(instance.key, instance.run, 4001) if slot else ev.Lost(instance.key, 1)
        )
    assert host.told("lost")
    assert host.phase("api") == "inactive"
    host.feed(ev.KeeperBack())
    assert len(host.done(Signal)) == 1
    assert host.answer(job).outcome == "done"


# -- restarts --------------------------------------------------------------------------------------


@pytest.fixture
def three(system: Any, service: Make) -> Any:
    """Three instances with sockets of their own, all ready."""
    host = system(service("api", instances=3, sockets=(WEB,)), start=("api",))
    host.wait(2)
    host.forget()
    return host


def ready_slots(host: Any) -> int:
    return sum(getattr(host.instance("api", slot).phase, "ready", False) for slot in range(3))


def test_a_restart_takes_one_instance_at_a_time(three: Any) -> None:
    job = three.ask(ev.Restart, ("api",))
    least = 3
    for _ in range(100):
        three.wait(0.1)
        least = min(least, ready_slots(three))
    assert least == 2
    assert [each.key.slot for each in three.done(Drain)] == [0, 1, 2]
    assert [three.instance("api", slot).run for slot in range(3)] == [2, 2, 2]
    assert three.answer(job).outcome == "done"
    assert three.instance("api").history.restarts == 0


def test_a_restart_begins_with_what_is_not_ready(three: Any) -> None:
    three.silent.add("api")
    three.exit("api", slot=2)
    three.ask(ev.Restart, ("api",))
    assert three.done(Drain) == [], "two of three are ready, and stay"
    instance = three.instance("api", 2)
    three.silent.clear()
    three.feed(ev.Spawned(instance.key, instance.run, 4711))
    assert three.phase("api", 2) == "starting"
    three.wait(10)
    assert [three.instance("api", slot).run for slot in range(3)] == [2, 2, 3]


def test_a_restart_that_fails_leaves_the_others_as_they_are(system: Any, service: Make) -> None:
    once = RestartPolicy(when="never")
    host = system(service("api", instances=3, restart=once), start=("api",))
    host.wait(2)
    host.mortal.add("api")
    job = host.ask(ev.Restart, ("api",))
    host.wait(10)
    assert [host.phase("api", slot) for slot in range(3)] == ["failed", "running", "running"]
    assert "rolling-stopped" in host.words("api")
    assert host.answer(job).result == "exit-code"


def test_a_second_restart_takes_over(three: Any) -> None:
    first = three.ask(ev.Restart, ("api",))
    three.wait(0.1)
    second = three.ask(ev.Restart, ("api",))
    assert three.answer(first).outcome == "superseded"
    three.wait(20)
    assert three.answer(second).outcome == "done"


def test_a_stop_ends_a_restart(three: Any) -> None:
    restart = three.ask(ev.Restart, ("api",))
    stop = three.ask(ev.Stop, ("api",))
    assert three.answer(restart).outcome == "superseded"
    three.wait(1)
    assert three.answer(stop).outcome == "done"
    assert three.world.services["api"].rollout is None


def test_a_restart_of_what_is_down_is_a_start(system: Any, service: Make) -> None:
    host = system(service("db"), service("api", depends_on=(Dependency("db"),)))
    job = host.ask(ev.Restart, ("api",))
    host.wait(5)
    assert host.answer(job).outcome == "done"


@pytest.mark.parametrize("together", [False, True])
def test_a_restarted_dependency_restarts_only_who_says_so(
    system: Any, service: Make, together: bool
) -> None:
    api = service("api", depends_on=(Dependency("db"),), restart_with=("db",) if together else ())
    host = system(service("db"), api, start=("api",))
    host.wait(5)
    assert host.instance("api").run == 1, "the first start is no restart"
    host.ask(ev.Restart, ("db",))
    host.wait(5)
    assert host.instance("api").run == (2 if together else 1)
    told = [word for word in host.words("api") if word in ("degraded", "restored")]
    assert told == ["degraded", "restored"]


def test_a_dependency_by_start_is_missed_when_its_process_is_gone(
    system: Any, service: Make
) -> None:
    slow = ReadySpec(AliveFor(30.0))
    api = service("api", depends_on=(Dependency("db", "started"),))
    host = system(service("db", ready=slow, restart=RestartPolicy(delays=(5.0,))), api)
    host.ask(ev.Start, ("api",))
    host.wait(2)
    assert host.phase("api") == "running"
    host.exit("db")
    host.wait(6)
    told = [word for word in host.words("api") if word in ("degraded", "restored")]
    assert told == ["degraded", "restored"]


# -- changed definitions ---------------------------------------------------------------------------


def changed(spec: ServiceSpec, **fields: Any) -> ServiceSpec:
    """The definition with other fields."""
    return msgspec.structs.replace(spec, **fields)


def test_an_equal_definition_changes_nothing(three: Any) -> None:
    spec = three.world.services["api"].spec
    job = three.ask(ev.PlanChanged, (spec,), ("api",))
    three.wait(5)
    assert three.answer(job).outcome == "done"
    assert three.done(Signal) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "usher.toml:9"},
        {"restart": RestartPolicy(budget_count=9)},
        {"stop": StopPolicy(timeout=3)},
        {"namespace": "shop"},
    ],
)
def test_what_a_process_cannot_notice_counts_at_once(three: Any, fields: dict[str, Any]) -> None:
    spec = changed(three.world.services["api"].spec, **fields)
    job = three.ask(ev.PlanChanged, (spec,))
    assert three.answer(job).outcome == "done"
    assert three.world.services["api"].spec == spec
    assert three.done(Signal) == []


def test_more_and_fewer_instances(three: Any) -> None:
    spec = three.world.services["api"].spec
    more = three.ask(ev.PlanChanged, (changed(spec, instances=5),))
    assert three.answer(more) is None
    three.wait(2)
    assert three.answer(more).outcome == "done"
    three.forget()
    three.ask(ev.PlanChanged, (changed(spec, instances=2),))
    three.wait(2)
    assert sorted(each.key.slot for each in three.done(Signal)) == [2, 3, 4]
    assert sorted(three.world.services["api"].current.instances) == [0, 1]
    assert three.done(Steer)[-1] == Steer("api", (ev.Key("api", 1, 0), ev.Key("api", 1, 1)))


def test_fewer_instances_of_what_is_down(system: Any, service: Make) -> None:
    host = system(service("api", instances=3))
    host.ask(ev.PlanChanged, (service("api", instances=1),))
    assert list(host.world.services["api"].current.instances) == [0]
    host.ask(ev.PlanChanged, (service("api", instances=2),))
    assert host.phase("api", 1) == "inactive"


def test_another_program_replaces_slot_by_slot(three: Any) -> None:
    spec = changed(three.world.services["api"].spec, argv=("other",))
    job = three.ask(ev.PlanChanged, (spec,))
    assert three.world.services["api"].current.number == 2
    three.wait(10)
    assert three.answer(job).outcome == "done"
    assert three.world.services["api"].older == ()
    assert [(each.key.generation, each.key.slot) for each in three.done(Spawn)] == [
        (2, 0),
        (2, 1),
        (2, 2),
    ]


def test_an_old_instance_that_ends_by_itself_is_followed_by_the_new_definition(
    three: Any,
) -> None:
    spec = changed(three.world.services["api"].spec, argv=("other",))
    three.ask(ev.PlanChanged, (spec,))
    old = three.world.services["api"].older[0].instances[2]
    three.feed(ev.ProcessExited(old.key, old.run, ev.Exit(1)))
    assert [each.key for each in three.done(Spawn)] == [ev.Key("api", 2, 2)]
    three.wait(10)
    assert [three.instance("api", slot).run for slot in range(3)] == [1, 1, 1], "each once"


def test_a_broken_definition_stops_after_the_first_instance(system: Any, service: Make) -> None:
    once = RestartPolicy(when="never")
    host = system(service("api", instances=2, restart=once), start=("api",))
    host.wait(2)
    host.mortal.add("api")
    broken = service("api", instances=2, restart=once, argv=("broken",))
    job = host.ask(ev.PlanChanged, (broken,))
    host.wait(5)
    assert host.answer(job).outcome == "failed"
    (older,) = host.world.services["api"].older
    assert list(older.instances) == [1], "the second instance of the old definition serves on"
    host.mortal.clear()
    again = host.ask(ev.Start, ("api",))
    host.wait(10)
    assert host.answer(again).outcome == "done"
    assert host.world.services["api"].older == ()


def test_a_new_dependency_is_brought_up(system: Any, service: Make) -> None:
    host = system(service("cache"), service("api"), start=("api",))
    host.wait(2)
    job = host.ask(ev.PlanChanged, (service("api", depends_on=(Dependency("cache"),)),))
    assert host.world.services["cache"].want == "up"
    host.wait(2)
    assert host.answer(job).outcome == "done"
    assert host.instance("api").run == 1, "a dependency is no reason to restart"


def test_a_change_is_not_refused_for_what_others_lack(system: Any, service: Make) -> None:
    host = system(service("cache"), service("api", depends_on=(Dependency("cache"),)))
    host.ask(ev.Delete, ("cache",))
    assert host.answer(host.ask(ev.PlanChanged, (service("db"),))).outcome == "done"
    wrong = service("web", depends_on=(Dependency("dbs"),))
    assert host.answer(host.ask(ev.PlanChanged, (wrong,))).outcome == "refused"
