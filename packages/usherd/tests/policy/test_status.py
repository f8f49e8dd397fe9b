"""What people are shown of the world: words, reasons, numbers, and what a new daemon needs."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.events import Key
from usher.model.spec import (
    Dependency,
    ProbeReady,
    ProbeSpec,
    ReadySpec,
    RestartPolicy,
    ServiceSpec,
)
from usher.model.target import HttpTarget
from usher.policy import status

Make = Callable[..., ServiceSpec]

LIVE = ProbeSpec("http", HttpTarget("/"), interval=5, timeout=1, confirm_interval=1)


def view(host: Any, name: str) -> status.ServiceView:
    return status.service_view(host.world, name, ev.Now(host.boot, host.boot))


def reading(host: Any, name: str) -> tuple[str, int, str]:
    seen = view(host, name)
    return seen.status, seen.ready, seen.detail


def test_a_life_in_status_words(system: Any, service: Make) -> None:
    host = system(service("db"), service("web", depends_on=(Dependency("db"),)))
    assert reading(host, "web") == ("inactive", 0, "")
    host.silent.add("db")
    host.ask(ev.Start, ("web",))
    assert reading(host, "db") == ("activating", 0, "safety check before the start")
    assert reading(host, "web") == ("waiting", 0, "waiting for db (ready)")
    host.silent.clear()
    db = host.instance("db")
    host.feed(ev.CheckDone(db.key, db.run))
    assert view(host, "db").detail.startswith("not ready yet, given up in ")
    host.wait(2.5)
    assert reading(host, "db") == ("active", 1, "")
    assert reading(host, "web") == ("active", 1, "")
    (web,) = view(host, "web").instances
    assert (web.pid, web.uptime, web.restarts, web.next_try) == (4001, 1.5, 0, None)
    assert web.ready_after == 1.0


def test_what_is_missing_beside_a_running_service_is_said(system: Any, service: Make) -> None:
    host = system(
        service("db", restart=RestartPolicy(delays=(60.0,))),
        service("web", depends_on=(Dependency("db"),)),
        start=("web",),
    )
    host.wait(3)
    host.exit("db")
    assert reading(host, "web") == ("degraded", 1, "it runs without db")
    backoff = view(host, "db")
    assert backoff.status == "activating"
    assert "exited with code 1" in backoff.detail
    assert backoff.instances[0].next_try == pytest.approx(60, rel=0.11)


def test_some_of_several(system: Any, service: Make) -> None:
    host = system(service("web", instances=2, probes=(LIVE,)), start=("web",))
    host.wait(2)
    host.probe("web", True, False, False, False, slot=1)
    seen = view(host, "web")
    assert (seen.status, seen.ready, seen.instances_wanted) == ("degraded", 1, 2)
    assert seen.detail.startswith("1 of 2 ready; slot 1: http failed 3 times in a row: timed out")
    (probe,) = seen.instances[1].probes
    assert (probe.name, probe.ok, probe.in_row, probe.last) == ("http", False, 3, "timed out")


def test_a_probe_that_never_passed_is_told(system: Any, service: Make) -> None:
    host = system(service("web", probes=(LIVE,)), start=("web",))
    host.wait(2)
    host.probe("web", False)
    assert view(host, "web").detail == "http has never passed: timed out"


def test_the_end_of_the_road(system: Any, service: Make) -> None:
    policy = RestartPolicy(delays=(0.0,), start_limit=1, budget_count=1, hold_tries=0)
    host = system(service("bad", restart=policy))
    host.mortal.add("bad")
    host.ask(ev.Start, ("bad",))
    host.wait(5)
    seen = view(host, "bad")
    assert seen.status == "failed"
    assert "never ready" in seen.detail
    assert seen.instances[0].result == "start-limit-hit"


def test_held_says_when_it_is_tried_again(system: Any, service: Make) -> None:
    policy = RestartPolicy(delays=(0.0,), budget_count=1, hold=100)
    host = system(service("web", restart=policy), start=("web",))
    for _ in range(2):
        host.wait(2)
        host.exit("web")
    seen = view(host, "web")
    assert seen.status == "held"
    assert "tried again in" in seen.detail
    assert seen.instances[0].next_try == pytest.approx(100, abs=0.1)


def test_stopping_and_killed(system: Any, service: Make) -> None:
    host = system(service("deaf"), start=("deaf",))
    host.wait(2)
    host.deaf.add("deaf")
    host.silent.add("deaf")
    host.ask(ev.Stop, ("deaf",))
    assert reading(host, "deaf")[0] == "deactivating"
    assert status.live_runs(host.world) == {Key("deaf", 1, 0): 1}
    host.wait(60)
    assert status.live_runs(host.world) == {}


def test_the_readiness_probe_stands_first_while_it_is_asked(system: Any, service: Make) -> None:
    ready = ReadySpec(proof=ProbeReady(ProbeSpec("ready", HttpTarget("/ready"), passes=1)))
    host = system(service("web", ready=ready, probes=(LIVE,)), start=("web",))
    assert [probe.name for probe in view(host, "web").instances[0].probes] == ["ready", "http"]
    host.probe("web", True, of="ready")
    assert [probe.name for probe in view(host, "web").instances[0].probes] == ["http"]


def test_questions_come_faster_while_something_is_to_be_found_out(
    system: Any, service: Make
) -> None:
    host = system(service("web", probes=(LIVE,)), start=("web",))
    host.wait(2)
    key = Key("web", 1, 0)
    assert status.probe_interval(host.world, key, "http") == 5
    host.probe("web", True)
    assert status.probe_interval(host.world, key, "http") == 5
    host.probe("web", False)
    assert status.probe_interval(host.world, key, "http") == 1
    host.probe("web", False, False)
    host.diagnose("web", "stopped")
    host.probe("web", True)
    assert status.probe_interval(host.world, key, "http") == 1
    host.probe("web", True)
    assert status.probe_interval(host.world, key, "http") == 5
    for stranger, probe in ((key, "nope"), (Key("none", 1, 0), "http"), (Key("web", 9, 0), "http")):
        with pytest.raises(KeyError, match="cannot find probe"):
            status.probe_interval(host.world, stranger, probe)


def test_definitions_are_those_of_the_generation(system: Any, service: Make) -> None:
    host = system(service("web"), start=("web",))
    assert status.spec_of(host.world, Key("web", 1, 0)) == host.world.services["web"].spec
    assert status.spec_of(host.world, Key("web", 1, 7)) is None
    assert status.spec_of(host.world, Key("none", 1, 0)) is None


def test_saved_is_enough_to_begin_again(system: Any, service: Make) -> None:
    specs = (service("db"), service("job", kind="job"), service("off"), service("gone"))
    host = system(*specs, start=("db", "job", "gone"))
    host.wait(2)
    host.exit("job", ev.Exit(0))
    host.deaf.add("gone")
    host.ask(ev.Delete, ("gone",))
    saved = status.saved(host.world)
    assert [spec.name for spec in saved.services] == ["db", "job", "off"]
    assert (saved.up, saved.slots, saved.stopped) == (("db",), {}, ())
    assert [each.name for each in status.views(host.world, ev.Now(0, 0))] == [
        "db",
        "job",
        "off",
        "gone",
    ]


def test_an_unkillable_process_and_a_service_of_no_instances(system: Any, service: Make) -> None:
    host = system(service("web"), service("none", instances=0), start=("web",))
    assert reading(host, "none") == ("inactive", 0, "")
    host.wait(2)
    host._answers = lambda action: []
    host.ask(ev.Stop, ("web",))
    host.wait(11)
    assert reading(host, "web") == ("deactivating", 0, "killed")
    host.wait(5)
    assert reading(host, "web") == ("deactivating", 0, "killed, and still there")
    assert view(host, "web").instances[0].pid == 4001


def test_a_replaced_process_is_active_and_its_probe_is_asked_soon(
    system: Any, service: Make
) -> None:
    host = system(service("web", probes=(LIVE,)), start=("web",))
    host.wait(2)
    host.probe("web", True, False, False, False)
    host.diagnose("web", "running")
    host.wait(2)
    assert reading(host, "web") == ("active", 1, "")
    assert status.probe_interval(host.world, Key("web", 1, 0), "http") == 1


def test_a1_10_restarts_are_counted_in_a_sliding_window(system: Any, service: Make) -> None:
    """The teams' monitor counted over a lifetime: what crashed five times in a year was told."""
    host = system(service("api", restart=RestartPolicy(delays=(0.1,))), start=("api",))

    def recent(window: float = 600.0) -> int:
        return status.recent_starts(host.world, "api", host.boot - window)

    host.wait(5)
    assert recent() == 0
    for _ in range(3):
        host.exit("api")
        host.wait(100)
    assert recent() == 3
    assert recent(window=150) == 1
    host.wait(310)
    assert recent() == 2
    host.wait(300)
    assert recent() == 0
    host.ask(ev.Restart, ("api",))
    host.wait(5)
    assert recent() == 0, "a person's restart is none of ours"


def test_a_live_run_is_found_alone_as_among_all(system: Any, service: Make) -> None:
    host = system(service("db"), service("web"))
    assert not status.is_any_live(host.world)
    host.ask(ev.Start, ("db",))
    keys = [
        Key("db", host.world.services["db"].current.number, 0),
        Key("web", 1, 0),
        Key("no", 1, 0),
    ]
    found = {key: status.live_run(host.world, key) for key in keys}
    assert {key: run for key, run in found.items() if run is not None} == status.live_runs(
        host.world
    )
    assert status.is_any_live(host.world)
