"""Which events make one incident, and when it is over."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usher.incidents.fold import ACTIONS, OPENS, SIGNS, STABLE, WELL, advance, settle
from usher.incidents.measures import durations, totals
from usher.model.incident import TIMELINE, Book, Happening, Incident

NEEDS = {"api": ("db",), "web": ("api",), "mail": ()}


def needs(service: str) -> Iterable[str]:
    return NEEDS.get(service, ())


Story = list[tuple[float, str, str]]
"""Seconds, "service" or "service:slot", event."""


def told(story: Story) -> tuple[Book, dict[int, Incident]]:
    book, seen = Book(), dict[int, Incident]()
    for at, who, event in story:
        service, _, slot = who.partition(":")
        happening = Happening(at, service, event, slot=int(slot) if slot else None)
        book, changed = advance(book, happening, needs)
        seen |= {incident.number: incident for incident in changed}
    return book, seen


HANG: Story = [
    (0, "api:0", "ready"),
    (100, "api:0", "probe-failing"),
    (105, "api:0", "unhealthy"),
    (106, "api:0", "evidence"),
    (107, "api:0", "replaced"),
    (108, "api:0", "killing"),
    (109, "api:0", "exited"),
    (110, "api:0", "started"),
    (112, "api:0", "ready"),
    (114, "api:0", "recovered"),
    (174, "api:0", "confirmed"),
]


def test_a_hang_is_one_incident_with_its_times() -> None:
    book, seen = told([*HANG, (300, "mail:0", "ready")])
    (incident,) = seen.values()
    assert incident.kind == "hang"
    assert (incident.occurred.at, incident.occurred.not_before) == (100, 0)
    assert incident.detected == 105
    assert incident.acted == 107
    assert incident.recovered == 114, "when its probe passes, not when its process is there"
    assert (incident.state, incident.closed) == ("closed", 174)
    assert [each.event for each in incident.actions] == ["replaced", "killing"]
    assert book.open == ()
    measured = durations(incident)
    assert (measured.detect, measured.act, measured.mitigate, measured.whole) == (5, 2, 9, 14)


def test_a_crash_begins_with_the_end_of_the_process() -> None:
    _, seen = told(
        [(0, "api:0", "ready"), (50, "api:0", "exited"), (50, "api:0", "restarting"),
         (51, "api:0", "started"), (52, "api:0", "ready")]
    )  # fmt: skip
    (incident,) = seen.values()
    assert incident.kind == "crash"
    assert incident.occurred.at == incident.occurred.not_before == 50
    assert (incident.state, incident.recovered) == ("recovered", 52)


def test_a_crash_whose_end_is_told_late_is_no_hang() -> None:
    """While a keeper is replaced nobody collects what has ended, and nobody answers either."""
    late: Story = [(1, "api:0", "unhealthy"), (2, "api:0", "exited"), (2, "api:0", "restarting")]
    assert told([*late, (4, "api:0", "ready")])[1][1].kind == "crash"
    assert told(HANG)[1][1].kind == "hang"


def test_what_had_lasted_when_it_was_seen_began_before() -> None:
    said = "accept queue failed 1 time in a row: clients wait for 20 s, and none is accepted"
    ready = Happening(0, "api", "ready", slot=0)
    book, _ = advance(Book(), ready, needs)
    seen = Happening(100, "api", "unhealthy", said, slot=0, lasted=20.0)
    _, (incident,) = advance(book, seen, needs)
    assert (incident.occurred.at, incident.occurred.not_before) == (80, 0)
    assert incident.occurred.evidence == said
    assert durations(incident).detect == 20


def test_it_is_known_when_a_channel_took_the_first_message_about_it() -> None:
    book, _ = told(HANG[:5])
    for at, detail in (
        (110, "detected INC-2 to 'ops'"),
        (111, "digest to 'ops'"),
        (112, "detected INC-1 to 'ops'"),
        (113, "detected INC-1 to 'mail'"),
    ):
        book, _ = advance(book, Happening(at, "", "alert-delivered", detail), needs)
    assert [each.notified for each in book.open] == [112]


def test_a_relapse_within_a_minute_is_the_same_incident() -> None:
    book, seen = told([*HANG[:-1], (150, "api:0", "unhealthy"), (160, "api:0", "recovered")])
    (incident,) = seen.values()
    assert (incident.relapses, incident.state, incident.recovered) == (1, "recovered", 160)
    assert len(book.open) == 1


def test_after_a_minute_it_is_another() -> None:
    _, seen = told([*HANG, (200, "api:0", "unhealthy")])
    assert sorted(seen) == [1, 2]
    assert seen[1].state == "closed"
    assert seen[2].state == "open"


def test_one_cause_one_incident_whoever_suffers() -> None:
    _, seen = told(
        [
            (10, "db:0", "exited"),
            (10, "db:0", "restarting"),
            (12, "api:0", "degraded"),
            (13, "web:0", "degraded"),
            (14, "mail:0", "unhealthy"),
            (20, "db:0", "ready"),
            (21, "api:0", "restored"),
            (22, "web:0", "restored"),
        ]
    )
    assert seen[1].services == ("db", "api", "web")
    assert (seen[1].state, seen[1].recovered) == ("recovered", 22)
    assert seen[2].services == ("mail",)


def test_two_that_suffer_from_what_they_share_are_one_incident() -> None:
    _, seen = told([(12, "api:0", "degraded"), (13, "web:0", "degraded")])
    assert seen[1].services == ("api", "web")
    assert seen[1].severity == "minor"


def test_who_does_not_answer_for_what_it_depends_on_is_a_major_incident() -> None:
    _, seen = told([(12, "api:0", "degraded"), (20, "api:0", "unhealthy")])
    assert (seen[1].kind, seen[1].severity) == ("dependency", "major")
    _, seen = told(
        [(12, "api:0", "degraded"), (20, "api:0", "unhealthy"), (21, "web:0", "degraded")]
    )
    assert seen[1].severity == "major"


def test_it_is_over_when_every_instance_is_well() -> None:
    _, seen = told(
        [(1, "api:0", "unhealthy"), (2, "api:1", "unhealthy"), (5, "api:0", "recovered")]
    )
    assert seen[1].state == "open"
    assert seen[1].troubled == (("api", 1),)


def test_what_a_person_stops_is_waited_for_by_nobody() -> None:
    _, seen = told([(1, "api:0", "held"), (9, "api:0", "stopped")])
    assert (seen[1].state, seen[1].recovered) == ("recovered", 9)
    assert seen[1].severity == "critical"
    assert totals(seen.values()).by_itself == 0


def test_a_failing_answer_alone_is_no_incident() -> None:
    book, seen = told([(1, "api:0", "probe-failing"), (4, "api:0", "recovered")])
    assert seen == {}
    assert book.signs == {}


def test_a_failing_answer_that_nothing_came_of_is_not_the_begin() -> None:
    _, seen = told(
        [
            (1, "api:0", "probe-failing"),
            (2, "api:0", "probe-passed"),
            (500, "api:0", "probe-failing"),
            (505, "api:0", "unhealthy"),
        ]
    )
    assert seen[1].occurred.at == 500


def test_a_flood_of_events_is_kept_at_both_ends() -> None:
    story: Story = [(0, "api:0", "unhealthy")]
    story += [(n, "api:0", "withheld") for n in range(1, 500)]
    _, seen = told(story)
    assert len(seen[1].timeline) == TIMELINE
    assert seen[1].timeline[0].at == 0
    assert seen[1].timeline[-1].at == 499
    assert seen[1].left_out == 500 - TIMELINE


def test_means_are_of_what_was_measured() -> None:
    _, seen = told([*HANG, (300, "mail:0", "probe-failing"), (303, "mail:0", "unhealthy")])
    counted = totals(seen.values())
    assert (counted.incidents, counted.open, counted.by_itself) == (2, 1, 1)
    assert counted.mean_detect == pytest.approx(4)
    assert counted.mean_mitigate == pytest.approx(9)
    assert totals([]).mean_detect is None


EVENTS = sorted({*OPENS, *SIGNS, *ACTIONS, *WELL, "stopped", "deleted", "stopping", "draining"})
STORIES = st.lists(
    st.tuples(
        st.floats(0, 90),
        st.sampled_from(["api:0", "api:1", "db:0", "web:0", "mail:0"]),
        st.sampled_from(EVENTS),
    ),
    max_size=60,
)


@given(STORIES)
def test_whatever_happens_the_books_are_right(steps: Story) -> None:
    at, story = 0.0, list[tuple[float, str, str]]()
    for pause, who, event in steps:
        at += pause
        story.append((at, who, event))
    book, seen = told(story)
    reached = [service for incident in book.open for service in incident.services]
    assert len(reached) == len(set(reached))  # no service is in two open incidents
    for incident in seen.values():
        assert incident.service == incident.services[0]
        assert incident.occurred.at <= incident.detected
        assert (incident.state == "open") == (incident.recovered is None)
        assert (incident.state == "closed") == (incident.closed is not None)
        if incident.recovered is not None:
            assert incident.troubled == ()
            assert incident.detected <= incident.recovered
        times = [each.at for each in incident.timeline]
        assert times == sorted(times)
    _, ended = settle(book, at + STABLE)
    assert {each.number for each in ended} == {
        each.number for each in book.open if each.state == "recovered"
    }


def test_e7_what_a_probe_of_a_dependency_says_is_the_cause() -> None:
    said = "db: cannot connect to 127.0.0.1:5432: Connection refused"
    _, (incident,) = advance(Book(), Happening(10, "api", "degraded", said, slot=0), needs)
    (cause,) = incident.causes
    assert (cause.id, cause.restart, incident.cause_found) == ("dependency.down", "no", 10)
    assert said in cause.text


def test_of_what_crashed_it_is_no_cause_that_others_miss_it() -> None:
    _, seen = told([(10, "db:0", "exited"), (10, "db:0", "restarting"), (12, "api:0", "degraded")])
    assert seen[1].causes == ()


def test_a3_15_trouble_that_is_escalated_is_critical_from_then_on() -> None:
    """People are told again: the alert of an incident that became graver is news."""
    before: Story = [(100, "api:0", "probe-failing"), (105, "api:0", "unhealthy")]
    (incident,) = told(before)[1].values()
    assert incident.severity == "major"
    (incident,) = told([*before, (400, "api:0", "replaced"), (1000, "api:0", "escalated")])[
        1
    ].values()
    assert (incident.kind, incident.severity, incident.state) == ("hang", "critical", "open")
    assert incident.timeline[-1].event == "escalated"


def test_a3_15_what_is_escalated_without_an_incident_opens_one() -> None:
    """A refused start, or a wrong question: nothing broke, and nobody has made it ready."""
    (incident,) = told([(100, "api:0", "refused"), (1000, "api:0", "escalated")])[1].values()
    assert (incident.kind, incident.severity) == ("start", "critical")


def test_f4_7_what_died_while_nobody_watched_began_in_an_interval() -> None:
    book = Book(well={"api": 100.0, "web": 500.0}, watched=400.0)
    lost = Happening(1000.0, "api", "lost", "its process was not found any more", slot=0)
    _, (incident,) = advance(book, lost, needs)
    assert (incident.kind, incident.rule) == ("crash", "lost")
    assert (incident.occurred.not_before, incident.occurred.at) == (400, 1000)
    assert incident.occurred.precision == "interval"
    _, (incident,) = advance(book, Happening(1000.0, "web", "lost", slot=0), needs)
    assert incident.occurred.not_before == 500, "it was seen after the last daemon had gone"
    _, (incident,) = advance(Book(), lost, needs)
    assert (incident.occurred.not_before, incident.occurred.precision) == (None, "interval")


def test_f4_7_what_was_seen_to_end_is_exact() -> None:
    _, seen = told([(50, "api:0", "exited"), (50, "api:0", "restarting")])
    assert seen[1].occurred.precision == "exact"
