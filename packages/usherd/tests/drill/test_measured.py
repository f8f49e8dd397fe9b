"""From an incident to the result of a drill."""

from typing import Any

import pytest

from usher import __version__
from usher.drill.measured import incident_of, is_over, measured
from usher.model.drill import Drill
from usher.model.incident import Cause, Happening, Incident, Occurred

AT = 1000.0


def told(number: int = 1, **fields: Any) -> Incident:
    given = {"service": "block", "kind": "hang", "detected": AT + 14.25, "recovered": AT + 22.5}
    given |= fields
    given.setdefault("services", (given["service"],))
    proof = Happening(AT + 22.5, given["service"], "recovered")
    given.setdefault("timeline", (Happening(AT + 20.0, given["service"], "ready"), proof))
    return Incident(
        number=number, severity="major", occurred=Occurred(AT), rule="unhealthy", **given
    )


@pytest.mark.parametrize(
    ("incidents", "expected"),
    [
        ([], None),
        ([told()], 1),
        ([told(3), told(2), told(1, service="stop")], 2),
        ([told(1, detected=AT - 1.0)], None),
        ([told(1, service="leak", services=("leak", "block"))], 1),
        ([told(1, kind="host"), told(2)], 2),
    ],
    ids=["none yet", "its own", "the first of its own", "before the fault", "reached", "figures"],
)
def test_the_first_incident_after_the_fault_counts(
    incidents: list[Incident], expected: int | None
) -> None:
    found = incident_of("block", AT, incidents)
    assert (None if found is None else found.number) == expected


def test_times_count_from_the_fault() -> None:
    cause = Cause("loop.blocked", "busy", 0.9)
    result = measured("block", AT, told(causes=(cause,)), relieved=None, restarts=1, answers=True)
    assert result == Drill(
        number=0, fault="block", kind="hang", at=AT, version=__version__,
        detect=14.25, recover=22.5, cause="loop.blocked", restarts=1,
    )  # fmt: skip


def test_what_does_not_answer_us_has_not_recovered() -> None:
    result = measured("block", AT, told(), relieved=None, restarts=1, answers=False)
    assert (result.detect, result.recover) == (14.25, None)


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        (told(), True),
        (told(recovered=None), False),
        (told(recovered=AT + 20.0), False),
        (told(recovered=AT + 20.0, kind="crash"), True),
    ],
    ids=["the probe has passed", "still open", "only ready", "ready after a crash"],
)
def test_a_hang_is_over_when_its_probe_passes(incident: Incident, expected: bool) -> None:
    assert is_over(incident) is expected
    result = measured("block", AT, incident, relieved=None, restarts=1, answers=True)
    assert (result.recover is not None) is expected


def test_what_was_not_told_has_the_kind_that_was_expected() -> None:
    result = measured("dependency", AT, None, relieved=12.0, restarts=0, answers=True)
    assert (result.kind, result.detect, result.recover) == ("dependency", None, None)
    assert result.relieved == 12.0
