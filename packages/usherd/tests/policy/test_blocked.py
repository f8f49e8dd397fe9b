"""What no restart cures is started once in vain, then held until its obstacle is gone."""

from typing import Any

import pytest

from usher.model.actions import Examine, Recheck, Spawn
from usher.model.events import Examined, Exit, KeeperBack, KeeperLost, Rechecked, Start
from usher.model.fault import Fault, PortTaken, Unreachable
from usher.model.phase import Held
from usher.model.spec import RestartPolicy

TAKEN = Fault(
    "net.port_in_use",
    "no",
    "Error: listen EADDRINUSE: address already in use :::8080",
    "stop the holder",
    PortTaken("", 8080),
)
TWICE = Fault("orm.double_initialize", "no", "CannotConnectAlreadyConnectedError", "keep one")
DOWN = Fault("db.connection_refused", "wait", "refused", "start it", Unreachable("db", 5432))
CRASH = Fault("node.uncaught_type_error", "once", "TypeError: x is not a function", "mend it")


def test_a2_10_one_start_is_tried_and_no_other_until_the_obstacle_is_gone(
    system: Any, service: Any
) -> None:
    host = system(service("api"), start=("api",))
    host.faults["api"] = TAKEN
    host.exit("api")
    assert host.phase("api") == "starting", "the first death is answered at once"
    host.wait(0.2)
    host.exit("api")
    assert host.phase("api") == "held"
    detail = host.instance("api").history.detail
    assert "blocked: net.port_in_use (Error: listen EADDRINUSE" in detail
    assert ":8080 is taken, looked at again every 10 s" in detail
    host.wait(61)
    assert host.phase("api") == "held"
    assert len(host.done(Recheck)) == 6
    assert host.instance("api").history.restarts == 1
    del host.faults["api"]
    host.wait(10)
    assert host.told("unblocked")[0][1] == "it is gone"
    assert host.phase("api") == "running"


def test_what_nobody_can_look_at_waits_for_a_person(system: Any, service: Any) -> None:
    host = system(service("api"), start=("api",))
    host.faults["api"] = TWICE
    for _ in range(2):
        host.exit("api")
        host.wait(5)
    assert host.phase("api") == "held"
    host.wait(10_000)
    assert host.phase("api") == "held"
    assert host.instance("api").history.restarts == 1
    host.ask(Start, ("api",))
    host.wait(5)
    assert host.phase("api") == "running"


def test_a_request_that_waits_is_told_why(system: Any, service: Any) -> None:
    host = system(service("api"))
    host.faults["api"] = TAKEN
    job = host.ask(Start, ("api",))
    for _ in range(2):
        host.exit("api")
    assert host.answer(job).result == "exit-code"
    assert "net.port_in_use" in host.answer(job).detail


def test_the_start_waits_a_moment_for_the_answer_from_the_second_death_on(
    system: Any, service: Any
) -> None:
    host = system(service("api"), start=("api",))
    host.exit("api")
    host.feed(Examined(host.instance("api").key, host.instance("api").run - 1, TAKEN))
    assert host.phase("api") == "starting", "an answer about an earlier run decides nothing"
    host.silent.add("api")
    host.wait(0.5)
    died = host.boot
    host.exit("api")
    assert host.phase("api") == "backoff"
    host.wait(5)
    (asked,) = [at for at, each in host.log if isinstance(each, Spawn) and at > died]
    assert asked - died == pytest.approx(0.3)


@pytest.mark.parametrize("fault", [None, CRASH])
def test_an_answer_that_holds_nothing_shortens_the_wait(
    fault: Fault | None, system: Any, service: Any
) -> None:
    host = system(service("api"), start=("api",))
    if fault is not None:
        host.faults["api"] = fault
    host.exit("api")
    died = host.boot
    host.exit("api")
    host.wait(5)
    (asked,) = [at for at, each in host.log if isinstance(each, Spawn) and at > died]
    assert asked - died == pytest.approx(0.1), "the delay that the policy has"


def test_a_dependency_that_is_down_is_polled_and_counts_for_nothing(
    system: Any, service: Any
) -> None:
    host = system(service("api", restart=RestartPolicy(start_limit=2)), start=("api",))
    for _ in range(10):
        host.faults["api"] = DOWN
        host.exit("api")
        host.wait(0.05)
        if host.phase("api") == "starting":
            host.exit("api")
        assert host.phase("api") == "held"
        host.wait(20)
        assert len(host.done(Recheck)) == 10, "every 2 s"
        del host.faults["api"]
        host.wait(2.05)
        assert host.phase("api") in ("starting", "running")
        host.forget()
    assert len(host.instance("api").history.starts) == 1, "the blind one"


def test_pm2s_command_counts_and_asks_for_no_cause(system: Any, service: Any) -> None:
    policy = RestartPolicy(
        delays=(0.0,), factor=1.0, min_uptime=1.0, start_limit=15, heeds_cause=False
    )
    host = system(service("api", restart=policy), start=("api",))
    host.faults["api"] = TAKEN
    for _ in range(16):
        assert host.phase("api") == "starting", "it waits for no answer"
        host.exit("api")
    assert host.phase("api") == "failed"
    assert len(host.done(Spawn)) == 16
    assert len(host.done(Examine)) == 16, "the cause is told nevertheless"


def test_a_daemon_that_comes_back_asks_again(system: Any, service: Any) -> None:
    host = system(service("api"), start=("api",))
    host.faults["api"] = TAKEN
    for _ in range(2):
        host.exit("api")
    host.silent.add("api")
    host.wait(100)
    assert len(host.done(Recheck)) == 1, "nobody answers"
    host.feed(KeeperLost())
    host.silent.clear()
    del host.faults["api"]
    host.feed(KeeperBack())
    host.wait(2)
    assert host.phase("api") == "running"


def test_a_late_look_at_an_obstacle_changes_nothing(system: Any, service: Any) -> None:
    host = system(service("api"), start=("api",))
    host.faults["api"] = TAKEN
    for _ in range(2):
        host.exit("api")
    instance = host.instance("api")
    assert isinstance(instance.phase, Held)
    host.feed(Rechecked(instance.key, instance.run, gone=True))
    assert host.phase("api") == "held", "nobody was asked"


def test_a_clean_end_of_a_job_is_not_examined(system: Any, service: Any) -> None:
    host = system(service("migrate", kind="job"), start=("migrate",))
    host.exit("migrate", Exit(0))
    assert host.phase("migrate") == "exited"
    assert not host.done(Examine)
