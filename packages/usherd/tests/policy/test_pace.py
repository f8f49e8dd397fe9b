"""How long a replacement takes: as long as its proof, and the proof no longer than it must."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.actions import Spawn
from usher.model.spec import (
    AliveFor,
    ChannelReady,
    ListeningReady,
    ReadySpec,
    RolloutSpec,
    ServiceSpec,
)

Make = Callable[..., ServiceSpec]

WORKER = ReadySpec(ListeningReady(or_alive=3.0), timeout=10.0)
SWIFT = RolloutSpec(min_healthy=0.5, max_surge=2, first_vouches=True)


@pytest.fixture
def workers(system: Any, service: Make) -> Any:
    """Three workers of Node's cluster that have been up for a while."""
    spec = service("app", instances=3, ready=WORKER, rollout=SWIFT)
    host = system(spec, start=("app",))
    host.wait(10)
    host.forget()
    return host


def listen(host: Any, *instances: Any) -> None:
    for each in instances:
        host.feed(ev.Ready(each.key, each.run))


def test_what_never_listened_only_has_to_live(workers: Any) -> None:
    job = workers.ask(ev.Reload, ("app",))
    workers.wait(1.4)
    assert workers.told("proved") == []
    workers.wait(0.2)
    assert len(workers.told("proved")) == 2, "after a second of life and half a second on trial"
    workers.wait(1.5)
    assert workers.answer(job).outcome == "done"


def test_the_first_run_has_time_to_listen(system: Any, service: Make) -> None:
    host = system(service("app", ready=WORKER), start=("app",))
    host.wait(2.9)
    assert host.phase("app") == "starting"
    host.wait(0.2)
    assert host.phase("app") == "running"


def test_what_listened_has_to_listen_again(workers: Any) -> None:
    listen(workers, *(workers.instance("app", slot) for slot in range(3)))
    job = workers.ask(ev.Reload, ("app",))
    workers.wait(9.9)
    assert workers.told("proved") == []
    workers.wait(0.2)
    assert workers.answer(job).outcome == "failed"


def test_each_instance_is_compared_with_its_own_predecessor(workers: Any) -> None:
    listen(workers, workers.instance("app", 0))
    job = workers.ask(ev.Reload, ("app",))
    listen(workers, workers.candidate("app", 0))
    workers.wait(4)
    assert workers.answer(job).outcome == "done", "the others never listened, and need not"


def test_one_that_is_ready_vouches_for_those_that_only_live(system: Any, service: Make) -> None:
    ready = ReadySpec(AliveFor(1.0))
    host = system(service("app", instances=4, ready=ready, rollout=SWIFT), start=("app",))
    host.wait(5)
    host.forget()
    host.ask(ev.Restart, ("app",))
    host.wait(5)
    assert host.times(Spawn, "app") == [0.0, 1.0, 1.0, 1.0]


def test_a_broken_release_gets_no_further_than_the_first(system: Any, service: Make) -> None:
    ready = ReadySpec(AliveFor(1.0))
    host = system(service("app", instances=3, ready=ready, rollout=SWIFT), start=("app",))
    host.wait(5)
    host.mortal.add("app")
    host.ask(ev.Restart, ("app",))
    host.wait(30)
    assert [host.phase("app", slot) for slot in (1, 2)] == ["running", "running"]


def test_nobody_vouches_for_what_may_come_to_listen(system: Any, service: Make) -> None:
    host = system(service("app", instances=3, ready=WORKER, rollout=SWIFT), start=("app",))
    listen(host, *(host.instance("app", slot) for slot in range(3)))
    host.wait(5)
    host.forget()
    host.ask(ev.Restart, ("app",))
    host.wait(2.9)
    assert host.times(Spawn, "app") == [0.0]
    listen(host, host.instance("app", 0))
    host.wait(2.9)
    assert len(host.times(Spawn, "app")) == 2, "each waits until the one before it listens"


def test_with_compat_life_stands_for_the_word(system: Any, service: Make) -> None:
    patient = ReadySpec(ChannelReady(), timeout=10.0)
    compat = ReadySpec(ChannelReady(or_alive=1.5), timeout=10.0)
    host = system(
        service("strict", ready=patient), service("app", ready=compat), start=("strict", "app")
    )
    host.wait(1.4)
    assert (host.phase("strict"), host.phase("app")) == ("starting", "starting")
    host.wait(0.2)
    assert (host.phase("strict"), host.phase("app")) == ("starting", "running")
