"""When an instance that does not answer is left alone (spec/operations.md A.2.5, 6, 11, 19)."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model.actions import CollectEvidence
from usher.model.events import ProbeResult, Reload
from usher.model.spec import (
    Dependency,
    ProbeReady,
    ProbeSpec,
    ReadySpec,
    RestartPolicy,
    RolloutSpec,
    ServiceSpec,
)
from usher.model.target import HttpTarget, TcpTarget, TlsTarget
from usher.policy import brake
from usher.policy.probed import OWN_PORT
from usher.policy.turn import replace

PROBE = ProbeSpec("http", HttpTarget("/ready"), interval=2, timeout=1, failures=3, passes=2)
DATABASE = ProbeSpec("database", TcpTarget("db:1"), scope="dependency", interval=2, timeout=1)
HUNG = (False, False, False)

Make = Callable[..., ServiceSpec]


@pytest.fixture
def host(system: Any, service: Make) -> Callable[..., Any]:
    """Services that are ready and pass their probes."""

    def make(*names: str, **fields: Any) -> Any:
        made = system(
            *(service(name, **{"probes": (PROBE,), **fields}) for name in names), start=names
        )
        made.wait(2)
        for name in names:
            made.probe(name, True, True, every=0)
        made.forget()
        return made

    return make


def _replace(host: Any, name: str) -> None:
    """It hangs, is replaced, and answers again."""
    host.probe(name, *HUNG)
    host.diagnose(name, "running")
    host.wait(5)
    host.probe(name, True, True)


def _asked(host: Any, name: str) -> int:
    return sum(each.key.service == name for each in host.done(CollectEvidence))


def test_a2_11_a_second_replacement_waits_for_a_minute_after_the_first(host: Any) -> None:
    api = host("api")
    _replace(api, "api")
    since = api.boot
    api.probe("api", *HUNG)
    assert _asked(api, "api") == 1
    assert "it was replaced" in api.told("withheld")[0][1]
    while _asked(api, "api") == 1:
        api.probe("api", False)
    assert 45 < api.boot - since < 62


def test_a2_11_three_replacements_in_a_quarter_of_an_hour_are_enough(host: Any) -> None:
    api = host("api")
    for _ in range(3):
        _replace(api, "api")
        api.wait(120)
    api.probe("api", *HUNG)
    assert _asked(api, "api") == 3
    assert "3 replacements within 15 min did not help" in api.told("withheld")[-1][1]
    assert api.words("api").count("held") == 0
    while _asked(api, "api") == 3:
        api.probe("api", False, every=10)
    assert len(api.told("replaced")) == 3, "and only when the oldest does not count any more"


def test_a2_11_both_can_be_set(host: Any) -> None:
    """The values of the seed: 300 s, and no limit."""
    api = host("api", restart=RestartPolicy(replace_gap=300, replace_count=1000))
    _replace(api, "api")
    api.probe("api", *[False] * 100)
    assert _asked(api, "api") == 1
    api.probe("api", *[False] * 50)
    assert _asked(api, "api") == 2


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a2_05_a_wrong_question_restarts_nothing(host: Any, status: int) -> None:
    api = host("api")
    for _ in range(20):
        api.wait(2)
        key, run = api.instance("api").key, api.instance("api").run
        api.feed(ProbeResult(key, run, "http", ok=False, detail="no", status=status))
    assert _asked(api, "api") == 0
    assert f"status {status} to http: correct what is asked" in api.told("withheld")[0][1]


def test_a3_08_whoever_has_the_port_is_cured_by_no_restart_until_it_is_free(host: Any) -> None:
    """Nothing was asked before, and nothing has to have passed: the app never listened."""
    api = host("api")

    def look(*, ok: bool, taken: str = "") -> None:
        api.wait(10)
        key, run = api.instance("api").key, api.instance("api").run
        detail = "listens" if ok else f"not listening: {taken}"
        api.feed(ProbeResult(key, run, OWN_PORT.name, ok, detail, elsewhere=taken))

    for _ in range(20):
        look(ok=False, taken="port 3000 is taken by pid 17")
    assert not api.instance("api").phase.ready
    assert [detail for _, detail in api.told("withheld")] == ["port 3000 is taken by pid 17"]
    assert _asked(api, "api") == 0
    api.probe("api", True, True)
    assert not api.instance("api").phase.ready, "what answers is the other process"
    look(ok=False)
    assert _asked(api, "api") == 1
    api.diagnose("api", "running")
    api.wait(5)
    look(ok=True)
    assert api.instance("api").phase.ready
    assert len(api.told("replaced")) == len(api.told("recovered")) == 1


def test_a_server_error_is_no_wrong_question(host: Any) -> None:
    api = host("api")
    for _ in range(3):
        api.wait(2)
        key, run = api.instance("api").key, api.instance("api").run
        api.feed(ProbeResult(key, run, "http", ok=False, detail="no", status=503))
    assert _asked(api, "api") == 1


def test_a2_06_an_app_that_stays_broken_is_replaced_30_s_after_its_dependency_is_back(
    host: Any,
) -> None:
    api = host("api", probes=(PROBE, DATABASE))
    api.probe("api", True, of="database")
    for _ in range(30):
        api.probe("api", False, every=2)
        api.probe("api", False, every=2, of="database")
    assert _asked(api, "api") == 0
    api.probe("api", True, True, of="database")
    back = api.boot
    while not api.told("evidence") and api.boot < back + 60:
        api.probe("api", False)
        if _asked(api, "api"):
            api.diagnose("api", "running")
    assert 30 <= api.boot - back <= 33
    api.wait(5)
    api.probe("api", True, True)
    api.probe("api", *[True] * 40)
    assert len(api.told("replaced")) == 1, "exactly once"


def test_a_service_it_depends_on_may_be_what_came_back(system: Any, service: Make) -> None:
    needs = (Dependency("db"),)
    made = system(service("db"), service("api", probes=(PROBE,), depends_on=needs), start=("api",))
    made.wait(3)
    made.probe("api", True, True)
    made.exit("db")
    made.wait(2)
    assert made.phase("db") == "running"
    made.probe("api", *HUNG)
    assert "is back for" in made.told("withheld")[-1][1]
    made.probe("api", *[False] * 12)
    assert _asked(made, "api") == 1


def test_a2_19_nothing_is_replaced_while_a_reload_runs(host: Any) -> None:
    api = host("api", rollout=RolloutSpec(min_healthy=60))
    api.ask(Reload, ("api",))
    api.probe("api", *HUNG)
    assert _asked(api, "api") == 0
    assert api.told("withheld")[0][1] == "a reload of it is under way"


def test_a_dependency_has_to_be_asked_after_the_failure(host: Any) -> None:
    """Both fail at once, and the app is asked more often."""
    api = host("api", probes=(PROBE, DATABASE))
    api.probe("api", True, of="database")
    api.probe("api", *HUNG)
    assert "was not asked since" in api.told("withheld")[0][1]
    api.probe("api", True, of="database")
    api.probe("api", False)
    assert _asked(api, "api") == 1


def test_when_most_fail_at_once_those_that_come_late_are_left_alone(host: Any) -> None:
    made = host("a", "b", "c", "d")
    for name in "abc":
        made.probe(name, False, every=0)
    for name in "abc":
        made.probe(name, False, False, every=1)
    assert [_asked(made, name) for name in "abc"] == [1, 1, 0], "two of four are not most"
    assert "3 of 4 failed within 60 s" in made.told("withheld")[0][1]
    made.wait(5)
    for name in "ab":
        made.probe(name, True, True)
    made.probe("c", False)
    assert _asked(made, "c") == 1, "it is alone now"


@pytest.mark.parametrize(
    ("troubles", "watched", "now", "helped", "on"),
    [
        ([], 5, 0.0, "", False),
        ([10.0, 20.0], 2, 30.0, "", False),
        ([10.0, 20.0, 30.0], 6, 40.0, "", False),
        ([10.0, 20.0, 30.0], 5, 40.0, "", True),
        ([10.0, 20.0, 71.0], 5, 80.0, "", False),
        ([10.0, 20.0, 30.0], 5, 329.0, "", True),
        ([10.0, 20.0, 30.0], 5, 331.0, "", False),
        ([10.0, 20.0, 30.0], 5, 331.0, "a", True),
    ],
)
def test_the_brake(troubles: list[float], watched: int, now: float, helped: str, on: bool) -> None:
    assert bool(brake.reason(troubles, watched=watched, now=now, helped=helped)) is on


def _starts(system: Any, service: Make, status: int | None, elsewhere: str) -> Any:
    proof = ReadySpec(ProbeReady(PROBE), timeout=20)
    made = system(service("api", ready=proof), start=("api",))
    for _ in range(60):
        made.wait(1)
        if made.phase("api") != "starting":
            continue
        instance = made.instance("api")
        made.feed(
            ProbeResult(
                instance.key, instance.run, "ready", False, "no", status=status, elsewhere=elsewhere
            )
        )
    return made


@pytest.mark.parametrize(
    ("status", "elsewhere"),
    [(404, ""), (None, "pid 7 listens on 0.0.0.0:3000, the probe asks 3001")],
)
def test_what_is_asked_wrongly_at_its_start_is_left_running(
    system: Any, service: Make, status: int | None, elsewhere: str
) -> None:
    made = _starts(system, service, status, elsewhere)
    assert made.phase("api") == "starting"
    assert made.instance("api").run == 1, "never restarted"
    assert len(made.told("probe-never-passed")) == 1
    assert (elsewhere or "status 404") in made.told("probe-never-passed")[0][1]
    answer = made.answer("plan")
    assert (answer.outcome, answer.result) == ("failed", "probe")
    made.probe("api", True, True, of="ready")
    assert made.phase("api") == "running", "and ready as soon as it answers"


def test_what_is_not_ready_for_another_reason_is_started_again(system: Any, service: Make) -> None:
    made = _starts(system, service, 503, "")
    assert made.instance("api").run > 1


@pytest.mark.parametrize("url", ["/ready", "http://127.0.0.1:3000/ready"])
def test_an_app_that_hangs_is_no_witness_of_its_database(host: Any, url: str) -> None:
    """Its page about the database does not answer either, and that is no word on the database."""
    alive = replace(PROBE, target=HttpTarget(url.replace("ready", "health")))
    told = replace(DATABASE, target=HttpTarget(url))
    api = host("api", probes=(alive, told))
    api.probe("api", True, True, of=told.name, every=0, status=200)
    api.forget()
    api.probe("api", *HUNG, of=told.name, every=0)
    assert not api.told("degraded")
    api.probe("api", *HUNG)
    api.probe("api", False, of=told.name, every=0)
    api.probe("api", False, every=0)
    assert _asked(api, "api") == 1


def test_an_app_that_says_that_its_database_is_away_is_heard(host: Any) -> None:
    told = replace(DATABASE, target=HttpTarget("/ready"))
    api = host("api", probes=(PROBE, told))
    api.probe("api", True, True, of=told.name, every=0, status=200)
    api.probe("api", *HUNG, of=told.name, every=0, status=503)
    api.probe("api", *HUNG)
    assert _asked(api, "api") == 0


CERTIFICATE = ProbeSpec("cert", TlsTarget("shop.example:443"), scope="edge", interval=2, timeout=1)


def test_a_certificate_that_runs_out_does_not_keep_a_hang_from_being_mended(host: Any) -> None:
    host = host("api", probes=(PROBE, CERTIFICATE))
    host.probe("api", True, True, of="cert", every=0)
    for _ in range(4):
        host.wait(2)
        instance = host.instance("api")
        said = "valid for 5 more days, expected 14"
        host.feed(
            ProbeResult(instance.key, instance.run, "cert", False, said, certificate="warning")
        )
    assert not {"probe-failing", "degraded"} & {*host.words("api")}, "a finding tells of it"
    host.probe("api", *HUNG)
    host.diagnose("api", "running")
    host.wait(5)
    assert "replaced" in host.words("api")
    assert "withheld" not in host.words("api")
