"""What is done by itself about a service that works: each bounded, none against a person's stop."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.actions import Drain, Spawn
from usher.model.spec import (
    Dependency,
    RestartPolicy,
    RolloutSpec,
    ServiceSpec,
    SocketSpec,
    TcpAddress,
)

Make = Callable[..., ServiceSpec]
QUICK = RolloutSpec(min_healthy=2.0)
WEB = SocketSpec("web", TcpAddress("127.0.0.1", 8000), mode="per-instance")


@pytest.fixture
def web(system: Any, service: Make) -> Any:
    """Two instances that are ready."""
    host = system(service("web", instances=2, rollout=QUICK, sockets=(WEB,)), start=("web",))
    host.wait(2)
    host.forget()
    return host


def fat(host: Any, name: str, slot: int = 0, used: int = 130) -> None:
    """This instance uses too much memory: so many MiB of 120."""
    instance = host.instance(name, slot)
    host.feed(ev.MemoryExceeded(instance.key, instance.run, used * 2**20, 120 * 2**20))


# -- memory ----------------------------------------------------------------------------------------


def test_a_single_instance_is_replaced_beside_itself(system: Any, service: Make) -> None:
    host = system(service("app", rollout=QUICK), start=("app",))
    host.wait(2)
    fat(host, "app")
    assert host.told("memory-exceeded")[0][1] == "130 MiB of 120 MiB"
    assert host.phase("app") == "running"
    host.wait(3.1)
    assert host.instance("app").key.generation == 2
    assert host.instance("app").restart_time == 1


def test_a_runaway_is_replaced_before_it_has_grown_further(system: Any, service: Make) -> None:
    host = system(service("app", rollout=QUICK), start=("app",))
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
    host = system(service("app", rollout=QUICK), start=("app",))
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
        service("app", rollout=QUICK, restart=policy, instances=instances), start=("app",)
    )
    for _ in range(40):
        host.wait(5)
        fat(host, "app")
    assert len(host.told("memory-exceeded")) == 3
    assert host.words("app").count("withheld") == 1, "said once"
    assert host.phase("app") == "running"


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
