"""Figures of many incidents: means, what helped, and how long a service was down."""

import pytest
from msgspec.structs import replace

from usher.incidents.measures import downtime, totals
from usher.model.care import Acknowledged, Care
from usher.model.incident import Cause, Happening, Incident, Kind, Occurred


def incident(
    number: int, begin: float, *, until: float | None, kind: Kind = "hang", service: str = "api"
) -> Incident:
    """Trouble that was noticed after 10 s and is proved to be over a minute after its end."""
    told = [Happening(begin + 10, service, "unhealthy", slot=0)]
    told += [] if until is None else [Happening(until, service, "recovered", slot=0)]
    return Incident(
        number=number,
        service=service,
        kind=kind,
        severity="major",
        occurred=Occurred(begin),
        detected=begin + 10,
        rule="unhealthy",
        state="open" if until is None else "closed",
        services=(service,),
        troubled=((service, 0),) if until is None else (),
        recovered=until,
        closed=None if until is None else until + 60,
        timeline=tuple(told),
    )


FIRST = incident(1, 1000, until=1100)
SECOND = incident(2, 5000, until=5050)


def test_f2_means_are_of_what_was_measured() -> None:
    seen = replace(FIRST, cause_found=1012, care=Care(Acknowledged(1070, "uid 7")))
    counted = totals([seen, SECOND, incident(3, 7000, until=None)])
    assert counted.mean_detect == 10
    assert counted.mean_acknowledge == 60
    assert counted.mean_identify == 2
    assert counted.mean_mitigate == (90 + 40) / 2
    assert counted.mean_repair == (160 + 110) / 2
    assert counted.mean_between == 3000
    assert totals([FIRST]).mean_between is None
    assert totals([]).mean_repair is None


def test_f2_what_was_done_is_counted_by_what_came_of_it() -> None:
    done = tuple(Happening(at, "api", "replaced", slot=0) for at in (1020.0, 1060.0))
    failed = Happening(1030, "api", "unhealthy", slot=0)
    timeline = sorted((*FIRST.timeline, *done, failed), key=lambda each: each.at)
    acted = replace(FIRST, actions=done, timeline=tuple(timeline))
    counted = totals([acted])
    assert (counted.helped, counted.in_vain, counted.needless) == (1, 1, 0)


def test_f2_a_replacement_that_could_not_help_is_needless() -> None:
    done = (Happening(1020, "api", "replaced", slot=0),)
    assert totals([replace(FIRST, kind="dependency", actions=done)]).needless == 1
    waits = Cause("db.connection_refused", "no database", 0.9, restart="wait")
    assert totals([replace(FIRST, causes=(waits,), actions=done)]).needless == 1
    helps = Cause("py.loop_blocked", "the loop is blocked", 0.9, restart="auto")
    counted = totals([replace(FIRST, causes=(helps,), actions=done), SECOND])
    assert (counted.needless, counted.faults) == (0, {"py.loop_blocked": 1})


@pytest.mark.parametrize(
    ("incidents", "since", "now", "seconds"),
    [
        ([FIRST, SECOND], 0, 9000, 150),
        ([FIRST, SECOND], 1050, 9000, 100),
        ([FIRST, SECOND], 1050, 5010, 60),
        ([FIRST, SECOND], 1200, 4000, 0),
        ([FIRST, incident(3, 1080, until=1130)], 0, 9000, 130),
        ([incident(3, 7000, until=None)], 0, 9000, 2000),
        ([incident(3, 7000, until=8000, kind="dependency")], 0, 9000, 0),
        ([incident(3, 7000, until=8000, service="web")], 0, 9000, 0),
        ([replace(FIRST, left_out=7)], 0, 9000, 100),
        ([], 0, 9000, 0),
    ],
)
def test_f2_downtime_is_counted_once_and_within_the_window(
    incidents: list[Incident], since: float, now: float, seconds: float
) -> None:
    assert downtime(incidents, "api", since, now) == pytest.approx(seconds)
