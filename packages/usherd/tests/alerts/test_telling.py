"""What people are told, and when: by table, over days of an imagined clock, and by property."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from usher.alerts import telling
from usher.alerts.telling import CALM, GRACE, Desk, Moment, Sight
from usher.model.alert import Alert, AlertPlan, Message, Mute, Quiet
from usher.model.incident import Severity

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

MIDNIGHT = 20_000 * DAY
"""Of a day in UTC."""


def incident(
    number: int = 1,
    state: str = "open",
    severity: Severity = "major",
    service: str = "api",
    at: float = 0.0,
    *,
    cause: str = "port in use",
    gave_up: bool = False,
) -> Alert:
    return Alert(
        id=f"INC-{number}",
        rule="unhealthy",
        subject=service,
        kind="hang",
        severity=severity,
        evidence="no answer",
        suggested="",
        first_seen=at,
        last_seen=at,
        detected=at,
        state="resolved" if state == "resolved" else "open",
        cause=cause,
        gave_up=gave_up,
    )


class Office:
    """A desk with a clock; `told` is what people got: the minute, and what it was."""

    def __init__(self, plan: AlertPlan | None = None, begin: float = MIDNIGHT) -> None:
        self.plan = AlertPlan() if plan is None else plan
        self.desk = Desk()
        self.begin = self.now = begin
        self.messages: list[Message] = []

    def see(self, alert: Alert, key: str = "hang|api") -> list[str]:
        return self._take([Sight(key, replace(alert, detected=self.now))])

    def wait(self, seconds: float) -> list[str]:
        """Let time pass as the daemon does: woken up when it asked for, and at the end."""
        end, told = self.now + seconds, list[str]()
        while (due := self._due()) is not None and due <= end:
            assert due >= self.now
            self.now = due
            told += self._take([])
        self.now = end
        return told + self._take([])

    def _due(self) -> float | None:
        due = telling.next_due(self.desk, self.plan, Moment(self.now))
        return None if due is None else max(due, self.now + 0.001)

    def _take(self, sights: list[Sight]) -> list[str]:
        self.desk, messages = telling.advance(self.desk, sights, self.plan, Moment(self.now))
        self.messages += messages
        return [each.event for each in messages]


def test_one_message_on_detection_and_one_on_verified_recovery() -> None:
    office = Office()
    assert office.see(incident()) == ["detected"]
    assert office.wait(2 * MINUTE) == []
    assert office.see(incident(state="resolved")) == ["resolved"]
    assert office.wait(3 * DAY) == []
    assert office.desk.topics == {}


def test_one_message_when_usher_gives_up_and_none_when_it_goes_on_so() -> None:
    office = Office()
    office.see(incident())
    assert office.see(incident(severity="critical", gave_up=True)) == ["worse"]
    assert office.see(incident(severity="critical")) == []
    assert office.see(incident(severity="critical", gave_up=True)) == []


def test_the_first_message_waits_a_little_for_the_cause() -> None:
    office = Office()
    assert office.see(incident(cause="")) == []
    assert office.wait(GRACE - 1) == []
    assert office.see(incident(cause="port in use")) == ["detected"]


def test_the_first_message_waits_no_longer_than_that() -> None:
    office = Office()
    office.see(incident(cause=""))
    assert office.wait(GRACE) == ["detected"]
    other = Office()
    assert other.see(incident(cause="", gave_up=True)) == ["detected"]


def test_what_goes_on_is_told_again_after_growing_pauses() -> None:
    office = Office()
    office.see(incident())
    office.wait(4 * DAY)
    times = [(each.at - office.begin) / HOUR for each in office.messages[1:]]
    assert times == [0.5, 6.5, 30.5, 54.5, 78.5]
    assert {each.event for each in office.messages[1:]} == {"reminder"}


@pytest.mark.parametrize("pause", [5.0, 30.0, 90.0, 5 * MINUTE, 14 * MINUTE])
@pytest.mark.parametrize("length", [1.0, 70.0])
def test_e19_100_flaps_are_at_most_5_messages(pause: float, length: float) -> None:
    office = Office()
    for number in range(1, 101):
        office.see(incident(number))
        office.wait(length)
        office.see(incident(number, "resolved"))
        office.wait(pause)
    office.wait(DAY)
    events = [each.event for each in office.messages]
    assert len(events) <= 5
    assert (events[0], events[-1]) == ("detected", "resolved")
    assert office.messages[-1].openings == 100
    assert office.messages[-1].at <= office.begin + 100 * (pause + length) + CALM


def test_trouble_after_a_calm_time_is_told_as_new() -> None:
    office = Office()
    office.see(incident(1))
    office.see(incident(1, "resolved"))
    office.wait(CALM)
    assert office.see(incident(2)) == ["detected"]
    assert office.see(incident(2, "resolved")) == ["resolved"]


def test_two_services_are_two_topics() -> None:
    office = Office()
    assert office.see(incident()) == ["detected"]
    assert office.see(incident(2, service="web"), "hang|web") == ["detected"]


class Hushed(NamedTuple):
    """A desk that holds back, and how long it does."""

    office: Office
    seconds: float


def muted(service: str = "api") -> Hushed:
    office = Office()
    office.desk = telling.mute(office.desk, Mute(service, office.now + HOUR))
    return Hushed(office, HOUR)


def quiet() -> Hushed:
    """22:00 to 07:00; it is 23:00."""
    plan = AlertPlan(quiet=Quiet(22 * 60, 7 * 60))
    return Hushed(Office(plan, MIDNIGHT - HOUR), 8 * HOUR)


@pytest.mark.parametrize("hushed", [muted(), muted(""), quiet()], ids=["service", "all", "quiet"])
def test_what_is_still_so_is_told_when_it_may_be(hushed: Hushed) -> None:
    office = hushed.office
    assert office.see(incident()) == []
    assert office.wait(hushed.seconds - 1) == []
    assert office.wait(1) == ["detected"]


def test_what_is_muted_and_over_is_not_told_at_all() -> None:
    office, seconds = muted()
    office.see(incident())
    office.see(incident(state="resolved"))
    assert office.wait(seconds + DAY) == []


def test_what_came_and_went_in_quiet_hours_is_summed_up_after_them() -> None:
    office, seconds = quiet()
    office.see(incident())
    office.wait(HOUR)
    office.see(incident(state="resolved"))
    assert office.wait(seconds - HOUR) == ["digest"]
    assert [each.id for each in office.messages[0].past] == ["INC-1"]
    assert office.wait(DAY) == []


def test_the_urgent_is_told_in_quiet_hours() -> None:
    office, _ = quiet()
    assert office.see(incident(severity="critical")) == ["detected"]
    assert office.see(incident(2, severity="minor", service="web"), "hang|web") == []


def test_muting_one_service_is_not_muting_another() -> None:
    office, _ = muted()
    assert office.see(incident(service="web"), "hang|web") == ["detected"]
    assert office.see(incident()) == []
    office.desk = telling.unmute(office.desk, "api")
    assert office.wait(0) == ["detected"]


def test_who_is_acknowledged_reminds_nobody_and_its_end_is_told() -> None:
    office = Office()
    office.see(incident())
    office.desk, found = telling.acknowledge(office.desk, "inc-1")
    assert [each.id for each in found] == ["INC-1"]
    assert [each.state for each in telling.present(office.desk)] == ["ack"]
    assert office.wait(2 * DAY) == []
    assert office.see(incident(severity="critical")) == ["worse"]
    assert office.see(incident(state="resolved")) == ["resolved"]
    assert telling.acknowledge(office.desk, "api") == (office.desk, ())


def test_an_acknowledgement_ends_with_its_trouble() -> None:
    office = Office()
    office.see(incident())
    office.desk, _ = telling.acknowledge(office.desk, "api")
    office.see(incident(state="resolved"))
    assert office.see(incident(2)) == ["again"]
    assert [each.state for each in telling.present(office.desk)] == ["open"]


def test_a_digest_comes_once_a_day_at_its_local_time() -> None:
    office = Office(AlertPlan(digest=9 * 60))
    office.see(incident())
    office.see(incident(state="resolved"))
    office.see(incident(2, service="web"), "hang|web")
    office.desk, _ = telling.acknowledge(office.desk, "web")
    assert office.wait(9 * HOUR - 1) == []
    assert office.wait(1) == ["digest"]
    digest = office.messages[-1]
    assert ([e.id for e in digest.past], [e.id for e in digest.present]) == (["INC-1"], ["INC-2"])
    assert office.wait(2 * DAY) == ["digest", "digest"]
    assert office.messages[-1].past == ()


def test_a_digest_waits_while_everything_is_muted() -> None:
    office = Office(AlertPlan(digest=9 * 60))
    office.see(incident(state="resolved"))
    office.desk = telling.mute(office.desk, Mute("", office.now + 12 * HOUR))
    assert office.wait(12 * HOUR - 1) == []
    assert office.wait(1) == ["digest"]


@pytest.mark.parametrize(
    ("begin", "end", "minute", "is_quiet"),
    [
        (22 * 60, 7 * 60, 22 * 60, True),
        (22 * 60, 7 * 60, 0, True),
        (22 * 60, 7 * 60, 7 * 60, False),
        (22 * 60, 7 * 60, 12 * 60, False),
        (12 * 60, 13 * 60, 12 * 60, True),
        (12 * 60, 13 * 60, 13 * 60, False),
        (600, 600, 600, False),
    ],
)
def test_quiet_hours(begin: int, end: int, minute: int, is_quiet: bool) -> None:
    plan = AlertPlan(quiet=Quiet(begin, end))
    seoul = 9 * HOUR
    for offset in (0.0, seoul, -5 * HOUR):
        now = Moment(MIDNIGHT + minute * 60 - offset, offset)
        assert telling.is_quiet(plan, now) is is_quiet


def test_an_incident_that_was_over_before_anybody_saw_it_is_in_the_digest() -> None:
    office = Office(AlertPlan(digest=0))
    assert office.see(incident(state="resolved")) == []
    assert office.wait(DAY) == ["digest"]
    assert [each.id for each in office.messages[0].past] == ["INC-1"]


def test_what_turns_out_to_be_one_trouble_is_told_to_be_over_once() -> None:
    office = Office()
    assert office.see(incident(1, service="db"), "hang|db") == ["detected"]
    assert office.see(incident(2), "hang|api") == ["detected"]
    whole = Sight("hang|db", incident(1, service="db"))
    office.desk = telling.taken_in(office.desk, "INC-2", whole)
    assert office.see(whole.alert, whole.key) == []
    assert office.see(incident(1, "resolved", service="db"), "hang|db") == ["resolved"]
    assert office.wait(DAY) == []


def test_what_turns_out_to_go_on_is_no_further_trouble() -> None:
    """An incident that is opened again takes in the one that was opened for it."""
    office = Office()
    assert office.see(incident(2)) == ["detected"]
    whole = Sight("hang|api", incident(1))
    office.desk = telling.taken_in(office.desk, "INC-2", whole)
    assert office.see(whole.alert) == []
    assert office.see(incident(1, "resolved")) == ["resolved"]
    office.see(incident(3))
    office.desk = telling.taken_in(office.desk, "INC-3", None)
    assert office.desk.topics == {}


# -- properties --------------------------------------------------------------------------------

Step = tuple[str, float]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "resolved", "critical", "mute", "unmute", "ack", "wait"]),
        st.floats(0, 2 * HOUR),
    ),
    max_size=60,
)


def play(office: Office, steps: list[Step]) -> str:
    """Returns the last state."""
    number, state = 0, "resolved"
    for what, seconds in steps:
        match what:
            case "open" | "critical":
                number += state == "resolved"
                state = "open"
                severity: Severity = "critical" if what == "critical" else "major"
                office.see(incident(number, severity=severity))
            case "resolved" if state == "open":
                state = "resolved"
                office.see(incident(number, "resolved"))
            case "mute":
                office.desk = telling.mute(office.desk, Mute("", office.now + seconds))
            case "unmute":
                office.desk = telling.unmute(office.desk, "")
            case "ack":
                office.desk, _ = telling.acknowledge(office.desk, "api")
            case _:
                pass
        office.wait(seconds)
    return state


@given(STEPS, st.sampled_from([None, Quiet(22 * 60, 7 * 60), Quiet(60, 61)]))
def test_people_end_up_knowing_what_is_so(steps: list[Step], hours: Quiet | None) -> None:
    """Whatever happened: after a day in which nothing does, they believe the truth."""
    office = Office(AlertPlan(quiet=hours))
    state = play(office, steps)
    office.desk = telling.unmute(office.desk, "")
    office.wait(DAY)
    believed = "resolved"
    for message in office.messages:
        if message.event != "digest":
            believed = "resolved" if message.event == "resolved" else "open"
    assert believed == state


@given(STEPS)
def test_nobody_is_told_twice_that_it_opened_or_that_it_is_over(steps: list[Step]) -> None:
    office = Office()
    play(office, steps)
    events = [each.event for each in office.messages if each.event not in ("worse", "reminder")]
    openings, ends = events[::2], events[1::2]
    assert set(openings) <= {"detected", "again"}
    assert set(ends) <= {"resolved"}
    assert len({each.id for each in office.messages}) == len(office.messages)


@given(STEPS, st.floats(0, 1))
def test_nothing_is_told_before_the_time_that_was_named(steps: list[Step], part: float) -> None:
    office = Office(AlertPlan(quiet=Quiet(22 * 60, 7 * 60), digest=9 * 60))
    play(office, steps)
    due = telling.next_due(office.desk, office.plan, Moment(office.now))
    later = office.now + 10 * DAY if due is None else due
    before = office.now + (later - office.now) * part
    if office.now <= before < later:
        assert telling.advance(office.desk, [], office.plan, Moment(before)).messages == ()
