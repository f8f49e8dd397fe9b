"""The recovery ladder as stories: who did what, when, and how it was proved."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model.actions import Changed, CollectEvidence, Drain, Signal, Spawn, StartProbes, Steer
from usher.model.events import Adopted, KeeperBack, KeeperLost, Key, Stalled
from usher.model.spec import (
    Dependency,
    ProbeSpec,
    RestartPolicy,
    ServiceSpec,
    SocketSpec,
    StopPolicy,
    TcpAddress,
)
from usher.model.target import HttpTarget, TcpTarget
from usher.policy.probed import ACCEPT_QUEUE
from usher.policy.status import probe_interval

PROBE = ProbeSpec("http", HttpTarget("/ready"), interval=2, timeout=1, failures=3, passes=2)
REMOTE = ProbeSpec("remote", TcpTarget("db:5432"), scope="dependency", interval=2, timeout=1)
WEB = SocketSpec("web", TcpAddress("127.0.0.1", 8000), mode="per-instance")

Make = Callable[..., ServiceSpec]


@pytest.fixture
def api(system: Any, service: Make) -> Any:
    """Two instances of an api that pass their probe."""
    host = system(
        service("api", instances=2, probes=(PROBE, REMOTE), sockets=(WEB,)), start=("api",)
    )
    host.wait(2)
    for slot in (0, 1):
        host.probe("api", True, True, slot=slot)
    host.forget()
    return host


def test_a_stopped_process_is_continued_and_verified_within_15_s(api: Any) -> None:
    began = api.boot
    api.probe("api", False, False, False)
    assert not api.instance("api").phase.ready
    assert api.done(Steer) == [Steer("api", (Key("api", 1, 1),))]
    assert len(api.done(CollectEvidence)) == 1
    api.diagnose("api", "stopped", cause="state T")
    assert [(s.signal, s.scope) for s in api.done(Signal)] == [(18, "group")]
    api.probe("api", True, True)
    assert api.boot - began <= 15
    assert api.instance("api").phase.ready
    assert api.told("recovered")[0][1] == "http passes again 8 s after its first failure"
    assert api.done(Steer)[-1] == Steer("api", (Key("api", 1, 0), Key("api", 1, 1)))
    assert api.done(Spawn) == [], "its process was kept"
    api.wait(61)
    assert api.words("api") == [
        "probe-failing",
        "unhealthy",
        "evidence",
        "continued",
        "recovered",
        "confirmed",
    ]
    assert api.instance("api").incident is None


def test_what_one_answer_tells_is_as_old_as_its_question(system: Any, service: Make) -> None:
    """Clients wait for 20 s, and nobody accepts them: that is seen once, and began before."""
    host = system(service("api"), start=("api",))
    host.wait(2)
    host.probe("api", True, of=ACCEPT_QUEUE.name)
    host.probe("api", False, of=ACCEPT_QUEUE.name, took=20.0)
    (told,) = [each for each in host.done(Changed) if each.event == "unhealthy"]
    assert told.lasted == 20.0


def test_d5_what_fails_two_times_of_three_is_replaced_and_told_from_its_begin(api: Any) -> None:
    api.probe("api", False, False, True, False, False)
    (told,) = [each for each in api.done(Changed) if each.event == "unhealthy"]
    assert told.detail == "http failed 4 times of the last 6: timed out"
    assert told.lasted == 8.0
    assert not api.instance("api").phase.ready
    api.diagnose("api", "stopped")
    api.probe("api", True)
    assert not api.instance("api").phase.ready, "it has to pass as often as asked for"
    api.probe("api", True)
    assert api.instance("api").phase.ready


def test_what_several_answers_tell_began_with_the_first(api: Any) -> None:
    api.probe("api", False, False, False, took=1.0)
    (told,) = [each for each in api.done(Changed) if each.event == "unhealthy"]
    assert told.lasted == 0.0


def test_a_hung_process_is_replaced_soon_and_verified(api: Any) -> None:
    began = api.boot
    api.deaf.add("api")
    api.probe("api", False, False, False)
    api.diagnose("api", "running", cause="asleep in futex")
    assert api.phase("api") == "draining"
    assert len(api.done(Drain)) == 1
    api.wait(5)
    assert [s.signal for s in api.done(Signal)] == [15, 9]
    at = [when for when, each in api.log if isinstance(each, Signal)]
    assert at[1] - at[0] == pytest.approx(3.0), "a hung process is killed soon"
    assert api.times(Spawn, "api") == [0], "and spawned anew at once"
    spawned = next(when for when, each in api.log if isinstance(each, Spawn))
    assert spawned == at[1]
    api.probe("api", True, True, every=1)
    assert api.told("recovered")
    assert api.boot - began < 20
    assert api.words("api")[:4] == ["probe-failing", "unhealthy", "evidence", "replaced"]
    assert api.instance("api").history.result == "probe"


def test_without_evidence_we_go_on_after_three_seconds(api: Any) -> None:
    api.probe("api", False, False, False)
    api.wait(2.9)
    assert api.phase("api") == "running"
    api.wait(0.2)
    assert api.phase("api") == "draining"


def test_what_was_continued_in_vain_is_replaced(api: Any) -> None:
    api.probe("api", False, False, False)
    api.diagnose("api", "stopped")
    api.probe("api", False, False, False)
    api.wait(3)
    assert api.words("api").count("continued") == 1
    assert "replaced" in api.words("api")


def test_a_traced_process_is_never_touched(api: Any) -> None:
    api.probe("api", False, False, False)
    api.diagnose("api", "traced", cause="tracer 4711")
    api.probe("api", *[False] * 10)
    assert api.done(Signal) == []
    assert "traced" in api.words("api")
    api.wait(30)
    assert len(api.done(CollectEvidence)) == 2, "looked at again"
    api.diagnose("api", "traced")
    api.probe("api", True, True)
    assert api.words("api")[-1] == "recovered"


def test_a_process_that_is_gone_is_left_to_its_end(api: Any) -> None:
    api.probe("api", False, False, False)
    api.diagnose("api", "gone")
    assert api.phase("api") == "running"
    api.exit("api")
    api.wait(2)
    assert api.phase("api") == "running"
    api.probe("api", True, True)
    assert api.told("recovered"), "the next run is verified by the same probe"


def test_a_relapse_goes_on_with_the_next_rung(api: Any) -> None:
    api.probe("api", False, False, False)
    api.diagnose("api", "stopped")
    api.probe("api", True, True, False, False, False)
    assert "relapsed" in api.words("api")
    api.diagnose("api", "stopped")
    assert api.words("api").count("continued") == 1, "SIGCONT was used up"
    assert "replaced" in api.words("api")


def test_e6_replacing_again_and_again_ends_in_a_hold(system: Any, service: Make) -> None:
    """As far as it is allowed to be replaced so often at all (test_withholding.py)."""
    often = RestartPolicy(replace_gap=0, replace_count=100)
    api = system(service("api", probes=(PROBE,), restart=often), start=("api",))
    api.wait(2)
    api.probe("api", True, True)
    for _ in range(6):
        api.probe("api", False, False, False)
        api.diagnose("api", "running")
        api.wait(2)
        if api.phase("api") == "running":
            api.probe("api", True, True)
    assert api.phase("api") == "held"
    assert api.instance("api").phase.cause == "probe"


def test_s3_when_replacing_does_not_help_any_more_that_is_told_once_and_nothing_is_confirmed(
    system: Any, service: Make
) -> None:
    """The server of S3: each new process answers for a moment, and hangs again."""
    often = RestartPolicy(replace_gap=20, replace_count=2, replace_window=400)
    api = system(service("api", probes=(PROBE,), restart=often), start=("api",))
    api.wait(2)
    api.probe("api", True, True)
    for _ in range(2):
        api.probe("api", False, False, False)
        api.wait(30)
        api.probe("api", False)
        api.diagnose("api", "running")
        api.wait(2)
        api.probe("api", True, True)
    api.forget()
    for _ in range(40):
        api.probe("api", False, False)
    assert api.words("api").count("exhausted") == 1
    assert "confirmed" not in api.words("api"), "it fails: nothing has lasted"
    assert api.told("exhausted")[0][1].startswith("2 replacements within 6.67 min did not help")
    api.probe("api", True, True)
    assert "recovered" in api.words("api"), "by itself, and again"
    api.wait(61)
    assert api.words("api")[-1] == "confirmed"


def test_only_one_instance_is_in_recovery_at_a_time(api: Any) -> None:
    api.probe("api", False, False, False, every=1)
    api.probe("api", False, False, False, slot=1, every=0.5)
    assert len(api.done(CollectEvidence)) == 1
    assert "withheld" in api.words("api", 1)
    assert api.done(Steer)[-1] == Steer("api", ()), "nobody serves: new connections queue"
    api.diagnose("api", "stopped")
    api.probe("api", True, True, every=1)
    api.probe("api", False, slot=1, every=1)
    assert len(api.done(CollectEvidence)) == 2


def test_one_failing_answer_is_told_and_so_is_that_nothing_came_of_it(api: Any) -> None:
    api.probe("api", False, True, True)
    assert api.words("api") == ["probe-failing", "probe-passed"]
    assert api.done(CollectEvidence) == []


def test_a_probe_that_never_passed_restarts_nothing(system: Any, service: Make) -> None:
    host = system(service("api", probes=(PROBE,)), start=("api",))
    host.wait(2)
    host.probe("api", *[False] * 8)
    assert host.words("api").count("probe-never-passed") == 1
    assert host.phase("api") == "running"
    assert host.instance("api").phase.ready
    assert host.done(CollectEvidence) == []


@pytest.mark.parametrize("scope", ["dependency", "edge"])
def test_other_scopes_only_tell(system: Any, service: Make, scope: Any) -> None:
    probe = ProbeSpec("out", TcpTarget("db:1"), scope=scope, interval=2, timeout=1)
    host = system(service("api", probes=(probe,)), start=("api",))
    host.wait(2)
    host.probe("api", True, *[False] * 5, True, True, of="out")
    told = [word for word in host.words("api") if word in ("degraded", "restored")]
    assert told == ["degraded", "restored"]
    assert host.done(CollectEvidence) == []
    assert host.done(Signal) == []


def test_what_a_dependency_causes_is_not_restarted(api: Any) -> None:
    api.probe("api", True, False, False, False, of="remote")
    api.probe("api", *[False] * 5)
    assert not api.instance("api").phase.ready
    assert api.done(CollectEvidence) == []
    assert api.words("api", 0).count("withheld") == 1
    api.probe("api", True, True, of="remote")
    api.probe("api", True, True)
    assert "nothing was done" in api.told("recovered")[0][1]
    assert api.instance("api").phase.ready


def test_nothing_is_restarted_while_a_needed_service_is_away(system: Any, service: Make) -> None:
    api = service("api", probes=(PROBE,), depends_on=(Dependency("db"),))
    host = system(service("db"), api, start=("api",))
    host.wait(5)
    host.probe("api", True, True)
    host.silent.add("db")
    host.exit("db")
    assert "degraded" in host.words("api")
    host.probe("api", False, False, False)
    assert host.told("withheld")[0][1] == "waiting for db (ready)"
    assert host.done(CollectEvidence) == []


def test_failures_right_after_a_stall_are_not_counted(api: Any) -> None:
    api.feed(Stalled(30.0))
    api.probe("api", False, False, every=0.5)
    assert api.instance("api").probes["http"].in_row == 2
    assert api.instance("api").probes["http"].ok is True
    api.probe("api", False, False, False)
    assert not api.instance("api").phase.ready


def test_the_ladder_goes_on_after_a_new_keeper(api: Any) -> None:
    api.probe("api", False, False, False)
    first, second = api.instance("api"), api.instance("api", 1)
    api.feed(KeeperLost())
    api.diagnose("api", "stopped")
    assert api.done(Signal) == [], "nobody could send it"
    for each in (first, second):
        api.feed(Adopted(each.key, each.run, 4001))
    api.feed(KeeperBack())
    assert len(api.done(StartProbes)) == 2
    api.probe("api", False)
    assert len(api.done(CollectEvidence)) == 2, "asked anew; the counters stayed"
    api.diagnose("api", "stopped")
    api.wait(1)
    api.feed(KeeperLost())
    api.wait(60)
    for each in (first, second):
        api.feed(Adopted(each.key, each.run, 4001))
    api.feed(KeeperBack())
    assert api.phase("api") == "running", "the time to pass again began anew"
    api.probe("api", True, True)
    assert api.words("api")[-1] == "recovered"


def test_the_next_question_comes_soon_while_there_is_doubt(api: Any) -> None:
    key = api.instance("api").key
    api.probe("api", False)
    assert probe_interval(api.world, key, "http") == PROBE.confirm_interval
    api.probe("api", True)
    assert probe_interval(api.world, key, "http") == PROBE.interval
    api.probe("api", False, False, False)
    api.diagnose("api", "running")
    api.wait(2)
    assert probe_interval(api.world, key, "http") == PROBE.confirm_interval, "to be verified"
    api.probe("api", True, True)
    assert probe_interval(api.world, key, "http") == PROBE.interval
    with pytest.raises(KeyError, match="nothing"):
        probe_interval(api.world, key, "nothing")


def test_an_instance_without_steering_is_stopped_without_draining(
    system: Any, service: Make
) -> None:
    policy = StopPolicy(timeout=1)
    host = system(
        service("api", probes=(PROBE,), stop=policy, restart=RestartPolicy(when="never")),
        start=("api",),
    )
    host.wait(2)
    host.probe("api", True, False, False, False)
    host.diagnose("api", "running")
    assert host.done(Drain) == []
    assert host.phase("api") == "failed", "its policy says that it is not started again"
    assert host.instance("api").phase.result == "probe"
