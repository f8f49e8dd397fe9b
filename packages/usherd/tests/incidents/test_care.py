"""What people do about an incident: look after it, prevent it from coming back, close it."""

import pytest
from msgspec.structs import replace

from usher.incidents.care import CareError, in_force, merged, take
from usher.model.care import (
    LONGEST,
    MOST,
    Acknowledged,
    Act,
    Care,
    Close,
    Closed,
    Finish,
    LookAfter,
    Prevent,
    Prevention,
)
from usher.model.incident import Incident, Occurred

OPEN = Incident(
    number=7,
    service="api",
    kind="hang",
    severity="major",
    occurred=Occurred(100.0, 92.0),
    detected=110.0,
    rule="unhealthy",
    services=("api",),
)
OVER = replace(OPEN, state="closed", recovered=130.0, closed=190.0)
MEASURE = Prevention("a probe", "probe")


def cared(incident: Incident, *acts: Act) -> Incident:
    """The incident after people did this, one after the other, from 200 s on."""
    for second, act in enumerate(acts):
        incident = replace(incident, care=take(incident, act, "uid 7", 200.0 + second))
    return incident


def test_the_first_acknowledgement_says_since_when_somebody_looks_after_it() -> None:
    care = cared(OPEN, LookAfter("database is full"), LookAfter()).care
    assert care.acknowledged == Acknowledged(200.0, "uid 7", "database is full")


def test_f4_5_a_report_without_a_measure_needs_a_reason() -> None:
    with pytest.raises(CareError, match="nothing prevents it") as refused:
        cared(OVER, Close())
    assert "--no-prevention REASON" in refused.value.hint
    assert cared(OVER, Close("a test")).care.closed == Closed(200.0, "uid 7", "a test")
    closed = cared(OVER, Prevent("a probe", "probe", "ops", "2026-12-01"), Close()).care
    assert closed.preventions == (Prevention("a probe", "probe", "ops", "2026-12-01"),)
    assert closed.closed == Closed(201.0, "uid 7")


def test_a_measure_is_finished_by_its_number_and_once() -> None:
    care = cared(OPEN, Prevent("one"), Prevent("two"), Finish(2), Finish(2)).care
    assert [each.done for each in care.preventions] == [None, 202.0]


@pytest.mark.parametrize(
    ("incident", "act", "why"),
    [
        (OVER, LookAfter(), "it is over"),
        (OPEN, Close("soon"), "it is not over"),
        (replace(OPEN, state="recovered", recovered=130.0), Close("soon"), "it is not over"),
        (OPEN, Prevent("   "), "the measure is missing"),
        (OPEN, Prevent("x" * (LONGEST + 1)), "501 characters are too many"),
        (OPEN, Prevent("x", due="tomorrow"), "'tomorrow' is no day"),
        (OPEN, Finish(1), "there is no measure 1: it has none"),
        (replace(OPEN, care=Care(preventions=(MEASURE,))), Finish(2), "there is no measure 2"),
        (replace(OPEN, care=Care(preventions=(MEASURE,))), Finish(0), "there is no measure 0"),
        (replace(OPEN, care=Care(preventions=(MEASURE,) * MOST)), Prevent("x"), "50 measures"),
        (replace(OVER, care=Care(closed=Closed(1.0, "uid 7"))), Prevent("x"), "was closed by"),
    ],
)
def test_what_cannot_be_done_says_why(incident: Incident, act: Act, why: str) -> None:
    with pytest.raises(CareError, match=why):
        take(incident, act, "uid 7", 200.0)


def test_a_report_is_open_again_when_the_trouble_came_back() -> None:
    care = Care(preventions=(MEASURE,), closed=Closed(200.0, "uid 7"))
    assert in_force(OVER, care) == care
    assert in_force(OPEN, care) == Care(preventions=(MEASURE,))
    assert in_force(replace(OVER, closed=300.0), care) == Care(preventions=(MEASURE,))


def test_what_was_done_about_a_part_was_done_about_the_whole() -> None:
    early, late = Acknowledged(150.0, "uid 7"), Acknowledged(160.0, "uid 8")
    whole = Care(acknowledged=late, preventions=(MEASURE,))
    part = Care(acknowledged=early, preventions=(Prevention("two", "code"),))
    both = merged(whole, part)
    assert both.acknowledged == early
    assert [each.text for each in both.preventions] == ["a probe", "two"]
    assert merged(Care(), Care()) == Care()
