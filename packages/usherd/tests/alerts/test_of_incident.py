"""What an alert says of an incident, folded from events as the daemon does."""

from typing import Final

import pytest
from msgspec.structs import replace

from usher.alerts.of_incident import alert_of, sight_of
from usher.incidents import fold
from usher.model.alert import QUOTED, Alert
from usher.model.incident import Book, Cause, Happening, Incident

HANG: Final = (
    (0.0, "ready", "status 200"),
    (90.0, "probe-failing", "probe 'alive' failed: no answer within 3 s"),
    (100.0, "unhealthy", "probe 'alive' failed 3 times: no answer within 3 s"),
    (101.0, "replaced", "stopped and started anew"),
    (104.0, "recovered", "passes again"),
)


def happened(*events: tuple[float, str, str]) -> Incident:
    """The only incident after these events of api, and after two minutes more."""
    book, last = Book(), None
    for at, event, detail in events:
        book, changed = fold.advance(book, Happening(at, "api", event, detail), lambda _: ())
        last = changed[-1] if changed else last
    assert last is not None
    _, closed = fold.settle(book, events[-1][0] + 120)
    return closed[-1] if closed else last


def test_what_a_person_has_to_know_of_a_hang() -> None:
    alert = alert_of(happened(*HANG[:4]), "host-1", "api")
    assert alert == Alert(
        id="INC-1",
        rule="unhealthy",
        subject="api",
        kind="hang",
        severity="major",
        evidence="probe 'alive' failed 3 times: no answer within 3 s",
        suggested="usher incident show INC-1",
        first_seen=90.0,
        last_seen=101.0,
        detected=100.0,
        host="host-1",
        role="api",
        impact=("api",),
        actions=("replaced",),
    )


def test_of_a_crash_it_tells_how_the_run_ended() -> None:
    alert = alert_of(
        happened((9.0, "exited", "exited with code 3 after 2 s"), (9.0, "restarting", "at once"))
    )
    assert (alert.evidence, alert.rule) == ("exited with code 3 after 2 s", "restarting")


def test_it_is_over_and_verified_when_the_recovery_has_lasted() -> None:
    alert = alert_of(happened(*HANG))
    assert (alert.state, alert.verified, alert.by_person) == ("resolved", True, False)
    assert (alert.first_seen, alert.last_seen) == (90.0, 104.0)


@pytest.mark.parametrize("event", ["stopped", "deleted"])
def test_what_a_person_ended_is_over_and_nothing_is_verified(event: str) -> None:
    alert = alert_of(happened(*HANG[:4], (110.0, event, "as asked")))
    assert (alert.state, alert.verified, alert.by_person) == ("resolved", False, True)


@pytest.mark.parametrize(
    ("events", "gave_up"),
    [
        ([(0.0, "restarting", "")], False),
        ([(0.0, "restarting", ""), (9.0, "held", "next try in 15 min")], True),
        ([(0.0, "held", ""), (900.0, "restarting", "try 2")], False),
        ([(0.0, "start-limit-hit", "")], True),
        ([(0.0, "failed", "given up")], True),
    ],
)
def test_whether_usher_has_given_up(events: list[tuple[float, str, str]], gave_up: bool) -> None:
    alert = alert_of(happened(*events))
    assert alert.gave_up is gave_up
    assert alert.severity == ("critical" if any(e[1] != "restarting" for e in events) else "major")


def test_the_first_cause_is_told_with_its_confidence_and_evidence() -> None:
    cause = Cause("net.port_in_use", "the port is in use", 0.9, ("EADDRINUSE :3000", "y" * 5000))
    alert = alert_of(replace(happened(*HANG[:3]), causes=(cause, Cause("x", "other", 0.1))))
    assert alert.cause == "the port is in use (90%)"
    assert alert.cause_evidence[0] == "EADDRINUSE :3000"
    assert len(alert.cause_evidence[1]) == QUOTED


def test_the_same_kind_of_trouble_is_the_same_topic_again() -> None:
    first = happened(*HANG[:3])
    second = replace(first, number=2)
    other = replace(first, kind="crash")
    assert sight_of(first).key == sight_of(second).key != sight_of(other).key
