"""What happens rarely: refused plans, a keeper that goes at the wrong moment, late answers."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.actions import CollectEvidence, Signal, Spawn, StartProbes
from usher.model.spec import (
    Dependency,
    ProbeReady,
    ProbeSpec,
    ReadySpec,
    RestartPolicy,
    ServiceSpec,
)
from usher.model.target import HttpTarget

Make = Callable[..., ServiceSpec]

LIVE = ProbeSpec("http", HttpTarget("/"), interval=2, timeout=1)
PROVED = ReadySpec(proof=ProbeReady(ProbeSpec("ready", HttpTarget("/ready"), passes=1)))


def keeper_changes(host: Any, *survivors: str) -> None:
    """The keeper goes and another comes; these services have lived through it."""
    host.feed(ev.KeeperLost())
    host.boot += 1
    for name in survivors:
        instance = host.instance(name)
        host.feed(ev.Adopted(instance.key, instance.run, 4000 + instance.run))
    host.feed(ev.KeeperBack())


def test_a_plan_with_faults_is_refused_whole(system: Any, service: Make) -> None:
    host = system(service("db"), start=("db",))
    wrong = (service("a", depends_on=(Dependency("dbb"),)), service("b"))
    job = host.ask(ev.PlanChanged, wrong, ("b",))
    answer = host.answer(job)
    assert answer.outcome == "refused"
    assert "dbb" in answer.detail
    assert set(host.world.services) == {"db"}


def test_nothing_is_accepted_after_a_shutdown(system: Any, service: Make) -> None:
    host = system(service("db"), start=("db",))
    host.ask(ev.Shutdown)
    assert host.answer(host.ask(ev.Start, ("db",))).outcome == "refused"


def test_a_start_is_answered_when_its_service_is_held(system: Any, service: Make) -> None:
    flaky = service("web", restart=RestartPolicy(delays=(0.0,), budget_count=1, hold=100))
    host = system(flaky, service("slow", ready=PROVED))
    job = host.ask(ev.Start, ("web", "slow"))
    for _ in range(2):
        host.wait(2)
        host.exit("web")
    host.probe("slow", True, every=0.1, of="ready")
    assert (host.answer(job).outcome, host.answer(job).result) == ("failed", "held")


def test_a_start_waits_again_for_what_was_lost_meanwhile(system: Any, service: Make) -> None:
    host = system(service("quick"), service("slow", ready=PROVED))
    job = host.ask(ev.Start, ("quick", "slow"))
    host.wait(2)
    host.exit("quick")
    host.probe("slow", True, every=0.1, of="ready")
    assert host.answer(job) is None
    host.wait(5)
    assert host.answer(job).outcome == "done"


def test_an_answer_before_the_process_is_known_counts_but_proves_nothing(
    system: Any, service: Make
) -> None:
    host = system(service("web", ready=PROVED))
    host.ask(ev.Start, ("web",))
    host.silent.add("web")
    host.exit("web")
    host.probe("web", True, every=0.0, of="ready")
    assert host.phase("web") == "starting"


def test_a_stop_before_the_spawn_is_answered_waits_for_it(system: Any, service: Make) -> None:
    host = system(service("web"))
    host.silent.add("web")
    host.ask(ev.Start, ("web",))
    first = host.instance("web")
    host.feed(ev.CheckDone(first.key, first.run))
    host.ask(ev.Stop, ("web",))
    assert host.done(Signal) == []
    instance = host.instance("web")
    host.feed(ev.Spawned(instance.key, instance.run, 77))
    assert [each.signal for each in host.done(Signal)] == [15]


def test_the_keeper_goes_while_a_check_is_under_way(system: Any, service: Make) -> None:
    host = system(service("web"))
    host.silent.add("web")
    host.ask(ev.Start, ("web",))
    host.feed(ev.KeeperLost())
    instance = host.instance("web")
    host.feed(ev.CheckDone(instance.key, instance.run))
    assert host.phase("web") == "waiting"
    host.silent.clear()
    host.feed(ev.KeeperBack())
    assert len(host.done(Spawn)) == 1


def test_the_keeper_goes_while_a_service_starts(system: Any, service: Make) -> None:
    host = system(service("web", ready=PROVED), start=("web",))
    host.wait(30)
    keeper_changes(host, "web")
    host.wait(50)
    assert host.phase("web") == "starting"
    host.probe("web", True, of="ready")
    assert host.phase("web") == "running"


@pytest.mark.parametrize("state", [None, "stopped", "traced"])
def test_the_keeper_goes_in_the_middle_of_a_recovery(
    system: Any, service: Make, state: str | None
) -> None:
    host = system(service("web", probes=(LIVE,)), start=("web",))
    host.wait(2)
    host.probe("web", True, False, False, False)
    if state is not None:
        host.diagnose("web", state)
    host.forget()
    keeper_changes(host, "web")
    assert [each.probes for each in host.done(StartProbes)] == [("http",)]
    host.probe("web", True, True)
    host.wait(70)
    assert host.phase("web") == "running"
    assert host.instance("web").phase.ready
    assert host.instance("web").incident is None


def test_evidence_that_nobody_collected_is_asked_for_again(system: Any, service: Make) -> None:
    host = system(service("web", probes=(LIVE,)), start=("web",))
    host.wait(2)
    host.probe("web", True, False, False, False)
    keeper_changes(host, "web")
    host.forget()
    host.probe("web", False)
    assert len(host.done(CollectEvidence)) == 1
