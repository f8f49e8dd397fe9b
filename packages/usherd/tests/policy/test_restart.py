"""The restart policy as tables: what follows from how an instance ended, and when."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from usher.model.actions import Spawn
from usher.model.events import Exit, ExitStatus, Key, Killed, ResetFailed, Start, Vanished
from usher.model.spec import RestartPolicy, ServiceSpec
from usher.model.world import History
from usher.policy import restart
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
    result = result_of(status)
    assert restart.decide(spec, KEY, History(), result, NOW, at_once=False) == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(starts=(NOW - 1,) * 4), "Again"),
        (History(starts=(NOW - 1,) * 5), "GiveUp"),
        (History(starts=(NOW - 601,) + (NOW - 1,) * 4), "Again"),
        (History(starts=(NOW - 600,) + (NOW - 1,) * 4), "Again"),
        (History(starts=(NOW - 599,) + (NOW - 1,) * 4), "GiveUp"),
        (History(proven=True, starts=(NOW - 1,) * 4), "Again"),
        (History(proven=True, starts=(NOW - 1,) * 5), "Hold"),
        (History(proven=True, starts=(NOW - 1,) * 5, tries=2), "Hold"),
        (History(proven=True, starts=(NOW - 1,) * 5, tries=3), "GiveUp"),
    ],
)
def test_the_budget_and_the_start_limit(history: History, expected: str) -> None:
    spec = ServiceSpec("api", ("x",), "/")
    decision = restart.decide(spec, KEY, history, "exit-code", NOW, at_once=False)
    assert type(decision).__name__ == expected


def test_only_what_was_never_ready_hits_the_start_limit() -> None:
    spec = ServiceSpec("api", ("x",), "/")
    starts = (NOW - 1,) * 5
    never = restart.decide(spec, KEY, History(starts=starts), "signal", NOW, at_once=False)
    held_out = History(proven=True, tries=3, starts=starts)
    once = restart.decide(spec, KEY, held_out, "signal", NOW, at_once=False)
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
