"""What is done by itself about a service that works: each bounded, none against a person's stop."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.actions import CollectEvidence, Drain, Signal, Spawn
from usher.model.fault import Fault, PortTaken
from usher.model.spec import (
    Dependency,
    MemorySpec,
    RestartPolicy,
    RolloutSpec,
    ServiceSpec,
    SocketSpec,
    TcpAddress,
)
from usher.policy.automatic import met_its_predecessor

Make = Callable[..., ServiceSpec]
QUICK = RolloutSpec(min_healthy=2.0)
LIMIT = MemorySpec(limit=120 * 2**20)
WEB = SocketSpec("web", TcpAddress("127.0.0.1", 8000), mode="per-instance")


@pytest.fixture
def web(system: Any, service: Make) -> Any:
    """Two instances that are ready."""
    host = system(
        service("web", instances=2, rollout=QUICK, memory=LIMIT, sockets=(WEB,)), start=("web",)
    )
    host.wait(2)
    host.forget()
    return host


def fat(host: Any, name: str, slot: int = 0, used: int = 130) -> None:
    """This instance uses too much memory: so many MiB of 120."""
    instance = host.instance(name, slot)
    host.feed(ev.MemoryExceeded(instance.key, instance.run, used * 2**20, 120 * 2**20))


# -- memory ----------------------------------------------------------------------------------------


def test_a_single_instance_is_replaced_beside_itself(system: Any, service: Make) -> None:
    host = system(service("app", rollout=QUICK, memory=LIMIT), start=("app",))
    host.wait(2)
    fat(host, "app")
    assert host.told("memory-exceeded")[0][1] == "130 MiB of 120 MiB"
    assert host.phase("app") == "running"
    assert len(host.done(CollectEvidence)) == 1
    host.wait(3.1)
    assert host.instance("app").key.generation == 2
    assert host.instance("app").restart_time == 1


def test_it_is_looked_at_before_it_is_asked_to_end(system: Any, service: Make) -> None:
    """The hands hold the signal back until that is done."""
    host = system(service("app", rollout=QUICK, memory=LIMIT), start=("app",))
    host.wait(2)
    host.forget()
    before = host.instance("app")
    fat(host, "app", used=200)
    kinds = (CollectEvidence, Signal)
    looked, ended = [each for _, each in host.log if isinstance(each, kinds)]
    assert looked == CollectEvidence(before.key, before.run)
    assert (ended.run, ended.signal) == (before.run, 15)


def test_a_runaway_is_replaced_before_it_has_grown_further(system: Any, service: Make) -> None:
    host = system(service("app", rollout=QUICK, memory=LIMIT), start=("app",))
    host.wait(2)
    fat(host, "app", used=181)
    host.wait(2)
    app = host.instance("app")
    assert (app.key.generation, app.run, host.phase("app")) == (1, 2, "running")


def test_one_of_several_is_drained_and_restarted_alone(web: Any) -> None:
    fat(web, "web", 1)
    fat(web, "web", 0)
    assert [each.key.slot for each in web.done(Drain)] == [1], "one at a time"
    web.wait(3)
    assert [web.instance("web", slot).run for slot in (0, 1)] == [1, 2]
    fat(web, "web", 0)
    web.wait(3)
    assert [web.instance("web", slot).run for slot in (0, 1)] == [2, 2]


def test_without_room_beside_it_is_replaced_in_place(system: Any, service: Make) -> None:
    host = system(service("app", rollout=QUICK, memory=LIMIT), start=("app",))
    host.wait(2)
    host.silent.add("app")
    fat(host, "app")
    new = host.candidate("app")
    host.silent.clear()
    host.feed(ev.CheckDone(new.key, new.run, (), ev.Room(free=1, used=2)))
    host.wait(2)
    app = host.instance("app")
    assert (app.key.generation, app.run, host.phase("app")) == (1, 2, "running")


@pytest.mark.parametrize("instances", [1, 2])
def test_what_is_always_too_big_is_left_alone_in_the_end(
    instances: int, system: Any, service: Make
) -> None:
    policy = RestartPolicy(budget_count=3)
    host = system(
        service("app", rollout=QUICK, restart=policy, instances=instances, memory=LIMIT),
        start=("app",),
    )
    for _ in range(40):
        host.wait(5)
        fat(host, "app")
    assert len(host.told("memory-exceeded")) == 3
    ((_, said),) = host.told("over-limit")
    assert said == ("130 MiB of 120 MiB; 3 restarts within 10 min did not help: left as it is"), (
        "said once"
    )
    assert host.phase("app") == "running"


def test_what_was_left_alone_is_tried_again_when_the_window_has_passed(
    system: Any, service: Make
) -> None:
    policy = RestartPolicy(budget_count=2, budget_window=600)
    host = system(service("app", rollout=QUICK, restart=policy, memory=LIMIT), start=("app",))
    for _ in range(3):
        host.wait(5)
        fat(host, "app")
    assert host.words("app")[-1] == "over-limit"
    host.forget()
    host.wait(600)
    fat(host, "app")
    assert host.words("app")[0] == "memory-exceeded"


# What cannot run beside itself: it opens its own port, or holds a lock.

PORT = Fault("net.port_in_use", "no", "EADDRINUSE", "free it", PortTaken("", 80))
BROKEN = Fault("node.module_missing", "no", "Cannot find module", "install it")
AWAY = Fault("db.connection_refused", "wait", "refused", "start it")


def fail_beside(host: Any, fault: Fault | None = None) -> None:
    """The candidate dies as soon as it runs."""
    if fault is not None:
        host.faults["app"] = fault
    host.mortal.add("app")
    fat(host, "app")
    host.mortal.clear()
    host.faults.clear()


@pytest.fixture
def app(system: Any, service: Make) -> Any:
    """One instance that is ready, with a budget of three."""
    policy = RestartPolicy(budget_count=3)
    host = system(service("app", rollout=QUICK, restart=policy, memory=LIMIT), start=("app",))
    host.wait(2)
    host.forget()
    return host


def generation_and_run(host: Any) -> tuple[int, int]:
    """Of what has the slot now."""
    instance = host.instance("app")
    return (instance.key.generation, instance.run)


def test_what_needs_the_port_of_its_predecessor_is_replaced_in_place_at_once(app: Any) -> None:
    app.silent.add("app")
    fat(app, "app")
    new = app.candidate("app")
    app.feed(ev.CheckDone(new.key, new.run))
    app.feed(ev.Spawned(new.key, new.run, 5000))
    app.feed(ev.ProcessExited(new.key, new.run, ev.Exit(1)))
    assert "reload-rejected" in app.words("app")
    assert (generation_and_run(app), app.phase("app")) == ((1, 1), "running")
    app.silent.clear()
    assert met_its_predecessor(app.world, new.key, PORT)
    assert not met_its_predecessor(app.world, new.key, BROKEN)
    assert not met_its_predecessor(app.world, app.instance("app").key, PORT)
    app.feed(ev.Examined(new.key, new.run, PORT))
    app.wait(2)
    assert (generation_and_run(app), app.phase("app")) == ((1, 2), "running")


def test_a_rejected_candidate_counts_and_the_next_one_comes_in_place(app: Any) -> None:
    fail_beside(app)
    assert generation_and_run(app) == (1, 1)
    fat(app, "app")
    app.wait(2)
    assert (generation_and_run(app), app.phase("app")) == ((1, 2), "running")
    fat(app, "app")
    app.wait(2)
    assert generation_and_run(app) == (1, 3), "what did not work is not tried again"
    fat(app, "app")
    app.wait(2)
    assert generation_and_run(app) == (1, 3), "the candidate was one of three"
    assert app.words("app").count("over-limit") == 1


@pytest.mark.parametrize("fault", [BROKEN, AWAY])
def test_what_would_not_start_is_no_reason_to_end_what_serves(fault: Fault, app: Any) -> None:
    for _ in range(6):
        fail_beside(app, fault)
        app.wait(2)
    assert (generation_and_run(app), app.phase("app")) == ((1, 1), "running")
    assert len(app.told("reload-rejected")) == 3
    assert len(app.told("over-limit")) == 1


def test_what_cannot_be_executed_ends_nothing_that_serves(app: Any) -> None:
    app.silent.add("app")
    for _ in range(6):
        fat(app, "app")
        if app.words("app")[-1] != "over-limit":
            new = app.candidate("app")
            app.feed(ev.CheckDone(new.key, new.run))
            app.feed(ev.SpawnFailed(new.key, new.run, "exec", "no such file"))
    assert (generation_and_run(app), app.phase("app")) == ((1, 1), "running")
    assert len(app.told("memory-exceeded")) == 3


def test_a_new_definition_is_tried_beside_again(app: Any, service: Make) -> None:
    fail_beside(app)
    app.ask(ev.Reload, ("app",))
    app.wait(5)
    assert generation_and_run(app)[0] > 2
    fat(app, "app")
    assert app.candidate("app").phase is not None


def test_what_is_given_back_has_not_forgotten_its_budget(app: Any) -> None:
    fat(app, "app")
    app.deaf.add("app")
    app.wait(3.2)  # it is proved, and its predecessor is told to end
    new = app.candidate("app")
    app.feed(ev.ProcessExited(new.key, new.run, ev.Exit(1)))
    app.deaf.clear()
    app.wait(15)
    assert (generation_and_run(app), app.phase("app")) == ((1, 2), "running")
    assert len(app.instance("app").history.starts) == 1


# When it is over: a reading says so.


def thin(host: Any, name: str, used: int = 60) -> None:
    """The reading of an instance that is known to use too much: so many MiB of 120."""
    instance = host.instance(name)
    host.feed(ev.MemoryWithin(instance.key, instance.run, used * 2**20, 120 * 2**20))


def test_a_reading_says_once_that_it_is_over(app: Any) -> None:
    thin(app, "app")
    assert app.words("app") == [], "it never was too much"
    fat(app, "app")
    thin(app, "app")
    assert app.told("within-limit") == [(app.boot, "60 MiB of 120 MiB")], "it gave some back"
    thin(app, "app")
    assert len(app.told("within-limit")) == 1


def test_a_candidate_is_no_proof(app: Any) -> None:
    fat(app, "app")
    app.wait(1.5)
    new = app.candidate("app")
    app.feed(ev.MemoryWithin(new.key, new.run, 1, 2))
    assert app.told("within-limit") == []
    app.wait(3)
    assert generation_and_run(app) == (2, 1)
    thin(app, "app")
    assert len(app.told("within-limit")) == 1


def test_a_person_who_starts_it_does_not_say_that_it_is_over(app: Any) -> None:
    fat(app, "app", 0, 181)
    app.ask(ev.Restart, ("app",))
    app.wait(2)
    assert app.told("within-limit") == []
    thin(app, "app")
    assert len(app.told("within-limit")) == 1


def test_without_a_limit_nothing_is_too_much(app: Any, service: Make) -> None:
    fat(app, "app", 0, 181)
    app.wait(2)
    app.ask(ev.PlanChanged, (service("app", rollout=QUICK),), ())
    app.wait(10)
    assert [said for _, said in app.told("within-limit")] == ["it has no memory limit any more"]


def test_what_a_person_stopped_is_not_restarted_for_memory(web: Any) -> None:
    web.deaf.add("web")
    web.ask(ev.Stop, ("web",))
    fat(web, "web")
    assert "memory-exceeded" not in web.words("web")


# -- files -----------------------------------------------------------------------------------------


def test_a_changed_file_restarts_one_after_the_other_and_is_named(web: Any) -> None:
    web.feed(ev.FilesChanged("web", "/srv/app.js"))
    assert web.told("files-changed")[0][1] == "/srv/app.js"
    web.wait(5)
    assert [web.instance("web", slot).run for slot in (0, 1)] == [2, 2]
    assert [web.instance("web", slot).restart_time for slot in (0, 1)] == [1, 1]


def test_a_storm_of_changes_pauses_watching_until_a_person_acts(system: Any, service: Make) -> None:
    host = system(service("app"), start=("app",))
    for number in range(20):
        host.wait(3)
        host.feed(ev.FilesChanged("app", f"/srv/log/{number}.txt"))
    assert len(host.told("files-changed")) == 5
    (_, said) = host.told("watch-paused")[0]
    assert said == "/srv/log/5.txt changed again after 5 restarts within 60 s"
    assert host.words("app").count("watch-paused") == 1
    host.wait(600)
    host.feed(ev.FilesChanged("app", "/srv/app.js"))
    assert len(host.told("files-changed")) == 5
    host.ask(ev.Restart, ("app",))
    host.wait(3)
    host.feed(ev.FilesChanged("app", "/srv/app.js"))
    assert len(host.told("files-changed")) == 6


def test_changes_far_apart_never_pause_it(system: Any, service: Make) -> None:
    host = system(service("app"), start=("app",))
    for _ in range(30):
        host.wait(13)
        host.feed(ev.FilesChanged("app", "/srv/app.js"))
    assert len(host.told("files-changed")) == 30


def test_a_changed_file_gives_what_had_failed_another_chance(system: Any, service: Make) -> None:
    host = system(service("app", restart=RestartPolicy(when="never")), start=("app",))
    host.exit("app")
    assert host.phase("app") == "failed"
    host.feed(ev.FilesChanged("app", "/srv/app.js"))
    host.wait(2)
    assert host.phase("app") == "running"


def test_what_a_person_stopped_is_not_started_for_a_file(web: Any) -> None:
    web.ask(ev.Stop, ("web",))
    web.feed(ev.FilesChanged("web", "/srv/app.js"))
    web.wait(5)
    assert web.phase("web") == "inactive"


# -- schedules -------------------------------------------------------------------------------------


def test_a2_18_a_schedule_restarts_one_instance_after_the_other(web: Any) -> None:
    web.feed(ev.ScheduleDue("web"))
    assert [each.key.slot for each in web.done(Drain)] == [0]
    web.wait(5)
    assert [web.instance("web", slot).run for slot in (0, 1)] == [2, 2]


def test_a_schedule_starts_what_ended_by_itself(system: Any, service: Make) -> None:
    host = system(service("app", restart=RestartPolicy(when="on-failure")), start=("app",))
    host.exit("app", ev.Exit(0))
    assert host.phase("app") == "exited"
    host.feed(ev.ScheduleDue("app"))
    host.wait(2)
    assert host.phase("app") == "running"


@pytest.mark.parametrize("kind", ["service", "job"])
def test_a_stop_stops_the_schedule_too(kind: Any, system: Any, service: Make) -> None:
    host = system(service("app", kind=kind), start=("app",))
    host.ask(ev.Stop, ("app",))
    host.forget()
    host.feed(ev.ScheduleDue("app"))
    assert host.done(Spawn) == []
    host.ask(ev.Start, ("app",))
    host.exit("app", ev.Exit(0))
    host.forget()
    host.feed(ev.ScheduleDue("app"))
    assert len(host.done(Spawn)) == 1


def test_with_compat_a_stop_leaves_the_schedule_alone(system: Any, service: Make) -> None:
    host = system(service("app", cron_when_stopped=True), start=("app",))
    host.ask(ev.Stop, ("app",))
    host.forget()
    host.feed(ev.ScheduleDue("app"))
    assert len(host.done(Spawn)) == 1
    host.wait(2)
    assert host.phase("app") == "running"


def test_a_schedule_does_not_bring_back_a_need_that_a_person_stopped(
    system: Any, service: Make
) -> None:
    host = system(
        service("db"), service("report", kind="job", depends_on=(Dependency("db"),)), start=("db",)
    )
    host.wait(2)
    host.ask(ev.Stop, ("db",))
    host.feed(ev.ScheduleDue("report"))
    host.wait(5)
    assert (host.phase("db"), host.phase("report")) == ("inactive", "inactive")


@pytest.mark.parametrize(
    "event", [ev.ScheduleDue("web"), ev.FilesChanged("web", "/srv/app.js"), ev.ScheduleDue("none")]
)
def test_nothing_is_begun_while_a_reload_runs_or_for_what_is_gone(event: Any, web: Any) -> None:
    web.ask(ev.Reload, ("web",))
    world = web.world
    web.feed(event)
    assert web.world is world
