"""What the guard keeps from being executed is not tried again, and takes nothing down with it."""

from collections.abc import Callable
from typing import Any

from usher.model import events as ev
from usher.model.actions import Spawn
from usher.model.phase import Failed, Running
from usher.model.spec import RestartPolicy, ServiceSpec

Make = Callable[..., ServiceSpec]

WHY = "cannot start 'web': this host has role 'api'"


def refuse(host: Any, run: int, name: str = "web") -> list[Any]:
    key = host.instance(name).key
    return host.feed(ev.SpawnFailed(key, run, "refused", WHY))


def spawns(host: Any) -> int:
    return sum(isinstance(action, Spawn) for _, action in host.log)


def test_after_a_crash_a_refused_start_is_the_last(system: Any, service: Make) -> None:
    host = system(service("web", restart=RestartPolicy(delays=(0.0,))), start=("web",))
    host.wait(2)
    host.silent.add("web")
    host.exit("web")
    host.wait(1)
    before = spawns(host)
    refuse(host, host.instance("web").run)
    instance = host.instance("web")
    assert instance.phase == Failed(result="refused")
    assert instance.history.detail == WHY
    host.wait(3600)
    assert spawns(host) == before
    # A person, or the second look, starts it when the reason is gone.
    host.silent.clear()
    host.ask(ev.Start, ("web",))
    host.wait(2)
    assert isinstance(host.instance("web").phase, Running)


def test_a_request_is_answered_as_refused(system: Any, service: Make) -> None:
    host = system(service("web"))
    host.silent.add("web")
    job = host.ask(ev.Start, ("web",))
    host.feed(ev.CheckDone(host.instance("web").key, 1))
    refuse(host, 1)
    answer = host.answer(job)
    assert (answer.outcome, answer.result) == ("refused", "refused")
    assert WHY in answer.detail


def test_a_refused_candidate_leaves_the_old_generation_serving(system: Any, service: Make) -> None:
    host = system(service("web"), start=("web",))
    host.wait(2)
    host.silent.add("web")
    job = host.ask(ev.Reload, ("web",))
    new = host.candidate("web")
    host.feed(ev.CheckDone(new.key, new.run))
    host.feed(ev.SpawnFailed(new.key, new.run, "refused", WHY))
    assert host.answer(job).outcome in ("refused", "failed")
    assert host.world.services["web"].candidate is None
    assert isinstance(host.instance("web").phase, Running)


def test_one_that_was_stopped_meanwhile_is_down_and_not_failed(system: Any, service: Make) -> None:
    host = system(service("web"))
    host.silent.add("web")
    host.ask(ev.Start, ("web",))
    host.feed(ev.CheckDone(host.instance("web").key, 1))
    host.ask(ev.Stop, ("web",))
    refuse(host, 1)
    assert not isinstance(host.instance("web").phase, Failed)
