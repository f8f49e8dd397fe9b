"""Timers of escalation (spec/operations.md A.3.15): what lasting trouble brings, and when."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model import events as ev
from usher.model.actions import CollectEvidence
from usher.model.fault import Fault, PortTaken, Unreachable
from usher.model.spec import (
    Dependency,
    NotifyReady,
    ProbeReady,
    ProbeSpec,
    ReadySpec,
    RestartPolicy,
    ServiceSpec,
)
from usher.model.target import HttpTarget, TcpTarget

PROBE = ProbeSpec("http", HttpTarget("/ready"), interval=2, timeout=1, failures=3, passes=2)
STEPS = ("unhealthy", "withheld", "replaced", "env-check", "escalated", "recovered")

SEED = RestartPolicy(
    replace_after=300, replace_gap=300, check_env_after=600, escalate_after=900, replace_count=1000
)
"""Restart at 5 min, look at the environment at 10 min (and restart), then call somebody."""

Make = Callable[..., ServiceSpec]


@pytest.fixture
def failing(system: Any, service: Make) -> Callable[..., Any]:
    """An app that was well, and from now on fails its probe every 2 s, whatever is done."""

    def make(policy: RestartPolicy, lasting: float) -> tuple[Any, list[tuple[str, float]]]:
        app = system(service("api", probes=(PROBE,), restart=policy), start=("api",))
        app.wait(2)
        app.probe("api", True, True, every=0)
        app.forget()
        since, seen, known = app.boot, list[tuple[str, float]](), 0
        while app.boot < since + lasting:
            fail(app)
            told = [word for word in app.words("api") if word in STEPS]
            seen += [(word, app.boot - since) for word in told[known:]]
            known = len(told)
        return app, seen

    return make


def fail(app: Any) -> None:
    """One more bad answer; whoever looks sees a process that runs; it is replaced at once."""
    asked = len(app.done(CollectEvidence))
    app.probe("api", False, every=2)
    if len(app.done(CollectEvidence)) > asked:
        app.diagnose("api", "running")
        app.wait(2)
        app.probe("api", True, every=0)  # its first answer, before it hangs again


@pytest.mark.parametrize(
    ("policy", "lasting", "expected"),
    [
        # usher's own: at once, and no timers
        (RestartPolicy(), 12, [("unhealthy", 6), ("replaced", 6)]),
        (RestartPolicy(replace_after=30), 29, [("unhealthy", 6), ("withheld", 6)]),
        (
            RestartPolicy(replace_after=30),
            40,
            [("unhealthy", 6), ("withheld", 6), ("replaced", 32)],
        ),
        (
            RestartPolicy(replace_after=300, check_env_after=20, escalate_after=40),
            50,
            [("unhealthy", 6), ("withheld", 6), ("env-check", 22), ("escalated", 42)],
        ),
        (
            RestartPolicy(replace_after=300, check_env_after=40, escalate_after=20),
            50,
            [("unhealthy", 6), ("withheld", 6), ("escalated", 22), ("env-check", 42)],
        ),
    ],
)
def test_a3_15_what_follows_when(
    failing: Callable[..., Any],
    policy: RestartPolicy,
    lasting: float,
    expected: list[tuple[str, float]],
) -> None:
    _, seen = failing(policy, lasting)
    first = [step for n, step in enumerate(seen) if step[0] not in [each for each, _ in seen[:n]]]
    assert [word for word, _ in first] == [word for word, _ in expected]
    for (word, at), (_, planned) in zip(first, expected, strict=True):
        assert planned - 3 <= at <= planned + 5, word


def test_a3_15_the_timers_of_the_seed(failing: Callable[..., Any]) -> None:
    """Restarts at 5 and 10 minutes, variables at 10, a person after 15: each step once."""
    app, seen = failing(SEED, 1000)
    at = {word: [when for each, when in seen if each == word] for word in STEPS}
    assert at["replaced"][0] == pytest.approx(300, abs=10)
    assert at["replaced"][1] == pytest.approx(605, abs=15)
    assert at["env-check"] == [pytest.approx(602, abs=10)]
    assert at["escalated"] == [pytest.approx(902, abs=10)]
    assert "a person has to look at it" in app.told("escalated")[0][1]


def test_a3_15_each_trouble_is_counted_from_its_own_begin(failing: Callable[..., Any]) -> None:
    app, _ = failing(RestartPolicy(replace_after=300, escalate_after=20), 30)
    assert len(app.told("escalated")) == 1
    app.probe("api", True, True)
    app.wait(100)
    for _ in range(15):
        fail(app)
    assert len(app.told("escalated")) == 2


def test_a3_15_a_probe_that_never_passed_brings_none(system: Any, service: Make) -> None:
    policy = RestartPolicy(escalate_after=20)
    app = system(service("api", probes=(PROBE,), restart=policy), start=("api",))
    app.wait(2)
    app.probe("api", *[False] * 40)
    assert app.told("escalated") == []


# -- whatever the trouble is -----------------------------------------------------------------------

TIMED = RestartPolicy(check_env_after=30, escalate_after=60)
PATIENT = RestartPolicy(escalate_after=60, start_limit=1000, budget_count=1000)
"""It is restarted again and again, and never given up."""
TAKEN = Fault("net.port_in_use", "no", "EADDRINUSE", "free it", PortTaken("", 80))
AWAY = Fault("db.connection_refused", "wait", "refused", "start it", Unreachable("db", 1))

Story = Callable[[Any], None]


def crash(app: Any) -> None:
    """It was well, and from now on it ends as soon as it is started."""
    app.wait(2)
    app.mortal.add("api")
    app.forget()
    app.exit("api")


def never_start(app: Any) -> None:
    """Nobody started it before, and it ends at once."""
    app.ask(ev.Stop, ("api",))
    app.forget()
    app.mortal.add("api")
    app.ask(ev.Start, ("api",))


def be_blocked(app: Any) -> None:
    """Another process has its port: no restart helps."""
    app.faults["api"] = TAKEN
    crash(app)


def be_refused(app: Any) -> None:
    """The safety check of a person's start finds something."""
    app.silent.add("api")
    app.ask(ev.Restart, ("api",))
    app.wait(2)
    app.exit("api", ev.Killed(15))
    app.forget()
    instance = app.instance("api")
    app.feed(ev.CheckDone(instance.key, instance.run, ("wrong host",)))


@pytest.mark.parametrize(
    ("trouble", "policy", "phase"),
    [
        (crash, PATIENT, "backoff"),
        (crash, TIMED, "held"),
        (never_start, TIMED, "failed"),
        (be_blocked, TIMED, "held"),
        (be_refused, TIMED, "failed"),
    ],
)
def test_what_ended_escalates_from_its_first_end(
    system: Any, service: Make, trouble: Story, policy: RestartPolicy, phase: str
) -> None:
    """With nobody asking anything: the time alone is enough."""
    app = system(service("api", restart=policy), start=("api",))
    trouble(app)
    since = app.boot
    app.wait(59)
    assert app.phase("api") == phase
    assert app.told("escalated") == []
    app.wait(3600)
    ((at, words),) = app.told("escalated")
    assert at - since == 60
    assert words.startswith("in trouble for 60 s")
    assert words.endswith(": a person has to look at it")
    assert [at - since for at, _ in app.told("env-check")] == ([30] if policy is TIMED else [])


def test_the_restarts_of_a_crash_loop_are_told(system: Any, service: Make) -> None:
    app = system(service("api", restart=PATIENT), start=("api",))
    crash(app)
    app.wait(100)
    ((_, words),) = app.told("escalated")
    assert words == "in trouble for 60 s, after 8 restarts: a person has to look at it"


def test_a_start_that_takes_its_time_is_no_trouble_and_one_without_end_is(
    system: Any, service: Make
) -> None:
    ready = ReadySpec(NotifyReady(), timeout=200)
    app = system(service("api", restart=PATIENT, ready=ready), start=("api",))
    since = app.boot
    app.wait(199)
    assert app.told("escalated") == []
    app.wait(100)
    assert [at - since for at, _ in app.told("escalated")] == [260]


def test_a_start_that_cannot_be_proved_escalates(system: Any, service: Make) -> None:
    """Its probe asks a wrong question: nobody restarts it, and a person has to correct that."""
    ready = ReadySpec(ProbeReady(PROBE), timeout=20)
    app = system(service("api", restart=PATIENT, ready=ready), start=("api",))
    since = app.boot
    app.probe("api", False, of="ready", status=404)
    app.wait(300)
    assert app.phase("api") == "starting"
    assert [at - since for at, _ in app.told("escalated")] == [80]


def test_being_up_for_a_moment_between_crashes_ends_no_trouble(system: Any, service: Make) -> None:
    """It is ready for 40 s each time: too short to be well, and told while it is down."""
    app = system(service("api", restart=PATIENT), start=("api",))
    app.wait(2)
    app.exit("api")
    since = app.boot
    app.wait(41)
    app.exit("api")
    app.wait(50)
    assert app.told("escalated") == []
    app.exit("api")
    assert [at - since for at, _ in app.told("escalated")] == [91]


def test_what_lasts_again_begins_anew(system: Any, service: Make) -> None:
    app = system(service("api", restart=PATIENT), start=("api",))
    app.wait(2)
    app.exit("api")
    app.wait(100)
    crash(app)
    app.wait(59)
    assert app.told("escalated") == []
    app.wait(2)
    assert len(app.told("escalated")) == 1


@pytest.mark.parametrize("deed", [ev.Stop, ev.Start, ev.Restart, ev.ResetFailed])
def test_what_a_person_does_ends_the_counting(
    system: Any, service: Make, deed: Callable[..., ev.Event]
) -> None:
    app = system(service("api", restart=PATIENT), start=("api",))
    crash(app)
    app.wait(50)
    app.mortal.clear()
    app.ask(deed, ("api",))
    app.wait(3600)
    assert app.told("escalated") == []
    assert app.instance("api").escalation is None


def test_a_job_that_ended_well_needs_nobody(system: Any, service: Make) -> None:
    job = service("api", kind="job", restart=RestartPolicy(when="on-failure", escalate_after=60))
    app = system(job, start=("api",))
    app.exit("api", ev.Exit(0))
    app.wait(300)
    assert app.told("escalated") == []


# -- what it depends on ----------------------------------------------------------------------------


def test_who_waits_for_another_service_escalates_when_that_is_back(
    system: Any, service: Make
) -> None:
    """The database has no timers; the app has, and it is not the app that is in trouble."""
    needs = (Dependency("db", "ready"),)
    app = system(
        service("db", restart=RestartPolicy(start_limit=1000, budget_count=1000)),
        service("api", depends_on=needs, restart=PATIENT),
        start=("api",),
    )
    app.wait(3)
    app.mortal |= {"db", "api"}
    app.exit("db")
    app.exit("api")
    app.wait(3600)
    assert app.told("escalated") == []
    app.mortal.remove("db")
    app.forget()
    app.wait(3600)
    (back, _), *_ = app.told("ready")
    assert [at - back for at, _ in app.told("escalated")] == [60]


def test_what_is_held_for_something_outside_escalates_when_that_is_back(
    system: Any, service: Make
) -> None:
    app = system(service("api", restart=PATIENT), start=("api",))
    app.faults["api"] = AWAY
    crash(app)
    app.wait(3600)
    assert app.phase("api") == "held"
    assert app.told("escalated") == []
    app.faults.clear()
    since = app.boot
    app.wait(300)
    assert [at - since == pytest.approx(60, abs=3) for at, _ in app.told("escalated")] == [True]


def test_a_failing_probe_of_a_dependency_is_why(system: Any, service: Make) -> None:
    other = ProbeSpec("db", TcpTarget("db:1"), scope="dependency", failures=3, passes=2)
    policy = RestartPolicy(replace_after=1000, escalate_after=60)
    app = system(service("api", probes=(PROBE, other), restart=policy), start=("api",))
    app.wait(2)
    for of in ("http", "db"):
        app.probe("api", True, True, of=of)
    for _ in range(100):
        app.probe("api", False, of="db", every=1)
        app.probe("api", False, every=1)
    assert app.told("escalated") == []
    app.probe("api", True, True, of="db", every=1)
    since = app.boot
    for _ in range(50):
        app.probe("api", False)
    assert [at - since for at, _ in app.told("escalated")] == [60]
