"""Timers of escalation (spec/operations.md A.3.15): what lasting trouble brings, and when."""

from collections.abc import Callable
from typing import Any

import pytest

from usher.model.actions import CollectEvidence
from usher.model.spec import ProbeSpec, RestartPolicy, ServiceSpec
from usher.model.target import HttpTarget

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
