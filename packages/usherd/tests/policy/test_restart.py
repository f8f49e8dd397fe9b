"""The restart policy as tables: what follows from how an instance ended, and when."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from usher.model.actions import Spawn
from usher.model.events import (
    Exit,
    ExitStatus,
    Key,
    Killed,
    Now,
    ResetFailed,
    Restart,
    Start,
    Stop,
    Vanished,
)
from usher.model.spec import RestartPolicy, ServiceSpec
from usher.model.world import History, Instance
from usher.policy import restart
from usher.policy.status import service_view
from usher.policy.words import result_of

KEY = Key("api", 1, 0)
NOW = 1000.0


@pytest.mark.parametrize(
    ("when", "kind", "status", "expected"),
    [
        ("always", "service", Exit(0), restart.Again(0.0)),
        ("always", "service", Exit(1), restart.Again(0.0)),
        ("always", "service", Killed(9), restart.Again(0.0)),
        ("always", "service", Vanished(), restart.Again(0.0)),
        ("always", "job", Exit(0), restart.Rest()),
        ("always", "job", Exit(1), restart.Again(0.0)),
        ("on-failure", "service", Exit(0), restart.Rest()),
        ("on-failure", "service", Exit(1), restart.Again(0.0)),
        ("on-failure", "service", Killed(11, core=True), restart.Again(0.0)),
        ("on-failure", "service", Vanished(), restart.Again(0.0)),
        ("on-failure", "job", Exit(0), restart.Rest()),
        ("never", "service", Exit(0), restart.Rest()),
        ("never", "service", Exit(2), restart.GiveUp("exit-code", "its restart policy is never")),
        ("never", "job", Killed(15), restart.GiveUp("signal", "its restart policy is never")),
    ],
)
def test_how_it_ended_decides(
    when: Any, kind: Any, status: ExitStatus, expected: restart.Decision
) -> None:
    spec = ServiceSpec("api", ("x",), "/", kind=kind, restart=RestartPolicy(when=when))
    ended = Instance(KEY, last_exit=status)
    assert restart.decide(spec, ended, result_of(status), NOW, at_once=False) == expected


@pytest.mark.parametrize("code", [0, 3])
def test_an_exit_code_that_means_stop_is_an_end_as_wanted(code: int) -> None:
    spec = ServiceSpec("api", ("x",), "/", restart=RestartPolicy(stop_codes=(0, 3)))
    ended = Instance(KEY, last_exit=Exit(code))
    result = result_of(Exit(code))
    assert restart.decide(spec, ended, result, NOW, at_once=False) == restart.Rest()


RECENT = (NOW - 1,) * 5


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(attempt=4, starts=RECENT), "Again"),
        (History(attempt=5, starts=RECENT), "GiveUp"),
        # However long the pauses between the tries are: no window outlasts the counting.
        (History(attempt=5), "GiveUp"),
        (History(proven=True, attempt=9, starts=(NOW - 1,) * 4), "Again"),
        (History(proven=True, starts=RECENT), "Hold"),
        (History(proven=True, starts=(NOW - 601,) + (NOW - 1,) * 4), "Again"),
        (History(proven=True, starts=(NOW - 600,) + (NOW - 1,) * 4), "Again"),
        (History(proven=True, starts=(NOW - 599,) + (NOW - 1,) * 4), "Hold"),
        (History(proven=True, starts=RECENT, tries=2), "Hold"),
        (History(proven=True, starts=RECENT, tries=3), "GiveUp"),
    ],
)
def test_the_budget_and_the_start_limit(history: History, expected: str) -> None:
    spec = ServiceSpec("api", ("x",), "/")
    ended = Instance(KEY, history=history)
    decision = restart.decide(spec, ended, "exit-code", NOW, at_once=False)
    assert type(decision).__name__ == expected


def test_only_what_was_never_ready_hits_the_start_limit() -> None:
    spec = ServiceSpec("api", ("x",), "/")
    fresh = Instance(KEY, history=History(attempt=5))
    never = restart.decide(spec, fresh, "signal", NOW, at_once=False)
    held_out = Instance(KEY, history=History(proven=True, tries=3, starts=RECENT))
    once = restart.decide(spec, held_out, "signal", NOW, at_once=False)
    assert isinstance(never, restart.GiveUp)
    assert never.result == "start-limit-hit"
    assert isinstance(once, restart.GiveUp)
    assert once.result == "signal"


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [
        (0, 0.0, 0.0),
        (1, 0.1, 0.1),
        (2, 1.0, 1.1),
        (3, 2.0, 2.2),
        (4, 4.0, 4.4),
        (7, 32.0, 35.2),
        (8, 60.0, 60.0),
        (10_000, 60.0, 60.0),
    ],
)
def test_delays_grow_to_the_limit(attempt: int, least: float, most: float) -> None:
    assert least <= restart.delay(RestartPolicy(), KEY, attempt) <= most


def test_jitter_differs_between_instances_and_never_between_replays() -> None:
    others = {restart.delay(RestartPolicy(), Key("api", 1, slot), 3) for slot in range(20)}
    assert len(others) > 10
    assert restart.delay(RestartPolicy(), KEY, 3) == restart.delay(RestartPolicy(), KEY, 3)


def test_a_policy_without_delays_restarts_at_once() -> None:
    assert restart.delay(RestartPolicy(delays=()), KEY, 9) == 0.0


def test_a_service_that_dies_at_once_is_answered_after_the_growing_delays(
    system: Any, service: Callable[..., ServiceSpec]
) -> None:
    host = system(service("bad"))
    host.mortal.add("bad")
    job = host.ask(Start, ("bad",))
    host.wait(3.0)
    assert host.answer(job) is None, "the growing delays must be tried before it is given up"
    host.wait(10.0)
    answer = host.answer(job)
    assert (answer.outcome, answer.result) == ("failed", "start-limit-hit")
    assert "exited with code 3" in answer.detail
    starts = host.times(Spawn, "bad")
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert [round(gap, 1) for gap in gaps] == pytest.approx([0, 0.1, 1, 2, 4], rel=0.11)
    assert host.words("bad")[-1] == "start-limit-hit"
    assert host.phase("bad") == "failed"


def test_a_service_that_was_ready_is_held_and_tried_again(
    system: Any, service: Callable[..., ServiceSpec]
) -> None:
    policy = RestartPolicy(budget_count=2, hold_tries=1, hold=900, stable_after=60)
    host = system(service("api", restart=policy), start=("api",))
    for _ in range(3):
        host.wait(5)
        host.exit("api")
    assert host.phase("api") == "held"
    host.wait(899)
    assert host.phase("api") == "held"
    host.wait(3)
    assert host.phase("api") == "running"
    for _ in range(2):
        host.exit("api")
        host.wait(5)
    host.exit("api")
    assert host.phase("api") == "failed", "its holds are used up"
    assert host.instance("api").phase.result == "exit-code"


def test_stable_time_forgets_the_attempts_and_a_start_forgets_everything(
    system: Any, service: Callable[..., ServiceSpec]
) -> None:
    host = system(service("api"), start=("api",))
    host.wait(2)
    host.exit("api")
    host.wait(2)
    assert host.instance("api").history.attempt == 1
    host.wait(60)
    assert host.instance("api").history.attempt == 0
    assert host.instance("api").history.restarts == 1
    host.exit("api")
    host.exit("api")
    assert host.phase("api") == "backoff"
    host.ask(ResetFailed, ("api",))
    assert host.instance("api").history == History()
    assert host.phase("api") == "backoff", "a reset starts nothing"
    job = host.ask(Start, ("api",))
    host.wait(2)
    assert host.answer(job).outcome == "done"
    assert host.instance("api").history.restarts == 0


# -- PM2's numbers ---------------------------------------------------------------------------------

PM2 = RestartPolicy(
    delays=(0.0,), factor=1.0, delay_limit=0.0, min_uptime=1.0, start_limit=15, stable_after=1.0
)


def _die(host: Any, after: float) -> None:
    """Live for so long, then end with code 1, if a process is there."""
    host.wait(after)
    if host.phase("app") in ("starting", "running"):
        host.exit("app")


def test_what_ends_at_once_is_errored_after_pm2s_15_restarts(system: Any, service: Any) -> None:
    host = system(service("app", restart=PM2))
    host.mortal.add("app")
    job = host.ask(Start, ("app",))
    app = host.instance("app")
    assert host.phase("app") == "failed"
    assert (app.restart_time, app.unstable) == (15, 0)
    assert host.answer(job).result == "start-limit-hit"


@pytest.mark.parametrize(
    ("life", "policy"),
    [
        (1.3, PM2),
        (0.2, RestartPolicy(delays=(1.5,), factor=1.0, delay_limit=1.5, min_uptime=1.0)),
        (0.2, RestartPolicy(delays=(60.0,), factor=1.0, delay_limit=60.0, min_uptime=1.0)),
        (3.0, RestartPolicy(delays=(0.1,), factor=1.5, delay_limit=15.0, stable_after=30.0)),
    ],
    ids=["lives longer than min_uptime", "restart_delay", "long restart_delay", "exp_backoff"],
)
def test_no_life_and_no_delay_escapes_the_counting(
    life: float, policy: RestartPolicy, system: Any, service: Any
) -> None:
    host = system(service("app", restart=policy), start=("app",))
    for _ in range(40):
        _die(host, life)
        host.wait(policy.delay_limit)
    assert host.phase("app") in ("held", "failed")
    assert host.instance("app").restart_time <= max(policy.start_limit, policy.budget_count)


def test_fixed_and_growing_delays_are_pm2s(system: Any, service: Any) -> None:
    fixed = RestartPolicy(delays=(1.5,), factor=1.0, delay_limit=1.5)
    growing = RestartPolicy(delays=(0.1,), factor=1.5, delay_limit=15.0)
    assert [restart.delay(fixed, KEY, n) for n in range(4)] == [1.5] * 4
    assert [restart.delay(growing, KEY, n) for n in range(3)] == pytest.approx([0.1, 0.15, 0.225])
    assert restart.delay(growing, KEY, 50) == 15.0


def test_what_is_given_up_with_a_backoff_is_not_shown_as_waiting(system: Any, service: Any) -> None:
    policy = RestartPolicy(delays=(0.1,), factor=1.5, delay_limit=15.0, min_uptime=1.0)
    host = system(service("app", restart=policy))
    host.mortal.add("app")
    host.ask(Start, ("app",))
    host.wait(60)
    assert host.phase("app") == "failed"
    (view,) = service_view(host.world, "app", Now(host.boot, 0)).instances
    assert view.pm2_status == "errored"
    assert view.next_try is None


def test_counters_are_pm2s(system: Any, service: Any) -> None:
    host = system(service("app"), start=("app",))
    host.exit("app")
    assert (host.instance("app").restart_time, host.instance("app").unstable) == (1, 1)
    host.wait(2)
    host.ask(Restart, ("app",))
    assert (host.instance("app").restart_time, host.instance("app").unstable) == (2, 0)
    host.ask(Stop, ("app",))
    host.ask(Restart, ("app",))
    assert host.instance("app").restart_time == 2, "a restart of what is down is not counted"
    host.ask(ResetFailed, ("app",))
    assert host.instance("app").restart_time == 0
