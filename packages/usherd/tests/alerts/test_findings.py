"""From looks to alerts: one trouble is one alert, and its end counts when it stays away."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from usher.alerts.findings import Book, look, without_incidents
from usher.model.alert import Alert
from usher.model.finding import Finding


def wrong(app: str, message: str = "pid 1 runs") -> Finding:
    return Finding(message, app=app, code="drift.unmanaged", hint="end it")


def alerts(book: Book, found: list[Finding], now: float) -> tuple[Book, list[Alert]]:
    after, sights = look(book, found, now, "host-1", "api")
    return after, [sight.alert for sight in sights]


def test_a_finding_is_one_alert_however_its_words_change() -> None:
    book, (first,) = alerts({}, [wrong("a")], 0.0)
    assert (first.rule, first.subject, first.state) == ("drift.unmanaged", "a", "open")
    assert (first.host, first.role, first.suggested) == ("host-1", "api", "end it")
    assert (first.kind, first.severity) == ("finding", "major")
    book, (again,) = alerts(book, [wrong("a", "pid 2 runs")], 15.0)
    assert (again.id, again.count, again.first_seen, again.last_seen) == (first.id, 2, 0.0, 15.0)
    assert again.evidence == "pid 2 runs"


def test_its_end_counts_only_when_it_stays_away() -> None:
    book, _ = alerts({}, [wrong("a")], 0.0)
    book, seen = alerts(book, [], 15.0)
    assert [each.state for each in seen] == ["open"]
    book, _ = alerts(book, [wrong("a")], 30.0)
    book, _ = alerts(book, [], 45.0)
    book, (over,) = alerts(book, [], 60.0)
    assert (over.state, over.last_seen) == ("resolved", 60.0)
    assert alerts(book, [], 75.0) == ({}, [])


def test_the_same_finding_twice_in_one_look_is_one_alert() -> None:
    book, seen = alerts({}, [wrong("a", "pid 1"), wrong("a", "pid 2")], 0.0)
    assert (len(book), len(seen)) == (1, 1)


def test_what_an_incident_says_already_is_left_out() -> None:
    absent = Finding("x", app="api", code="drift.absent")
    restarts = Finding("x", app="api", code="drift.restarts")
    elsewhere = Finding("x", app="web", code="drift.absent")
    found = [absent, restarts, wrong("api"), elsewhere]
    assert without_incidents(found, ["api"]) == [wrong("api"), elsewhere]
    assert without_incidents(found, []) == found
    strangers = [replace(absent, code=code) for code in ("drift.wrong_role", "drift.foreign")]
    assert without_incidents(strangers, []) == []  # they are incidents themselves


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=60))
def test_the_book_is_what_was_seen_in_the_last_two_looks(looks: list[set[str]]) -> None:
    book: Book = {}
    for number, seen in enumerate(looks):
        book, _ = look(book, [wrong(app) for app in sorted(seen)], 15.0 * number)
    recent = looks[-2:]
    assert {each.alert.subject for each in book.values()} == set().union(*recent)
