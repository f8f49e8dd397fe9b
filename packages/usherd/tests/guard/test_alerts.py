"""Who is told what, and how often."""

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from usher.guard.alerts import REMIND_AFTER, fold
from usher.model.finding import Finding

if TYPE_CHECKING:
    from usher.model.alert import Alert


def wrong(app: str, message: str = "pid 1 runs") -> Finding:
    return Finding(message, app=app, code="drift.wrong_role", hint="end it")


def test_one_alert_at_first_sight_and_silence_while_it_lasts() -> None:
    first = fold({}, [wrong("a")], 0.0, "host-1", "api")
    (alert,) = first.news
    assert (alert.rule, alert.subject, alert.state) == ("drift.wrong_role", "a", "open")
    assert (alert.host, alert.role, alert.suggested) == ("host-1", "api", "end it")
    again = fold(first.book, [wrong("a", "pid 2 runs")], 15.0)
    assert again.news == ()
    (kept,) = again.book.values()
    assert (kept.id, kept.count, kept.first_seen, kept.last_seen) == (alert.id, 2, 0.0, 15.0)
    assert kept.evidence == "pid 2 runs"


def test_a_reminder_when_it_is_still_there() -> None:
    book = fold({}, [wrong("a")], 0.0).book
    for now in (REMIND_AFTER / 2, REMIND_AFTER - 1):
        assert fold(book, [wrong("a")], now).news == ()
    (reminder,) = fold(book, [wrong("a")], REMIND_AFTER).news
    assert reminder.state == "open"


def test_its_end_is_told_once_and_only_when_it_stays_away() -> None:
    book = fold({}, [wrong("a")], 0.0).book
    once = fold(book, [], 15.0)
    assert once.news == ()
    back = fold(once.book, [wrong("a")], 30.0)
    assert back.news == ()
    gone = fold(fold(back.book, [], 45.0).book, [], 60.0)
    (end,) = gone.news
    assert (end.state, end.last_seen) == ("resolved", 60.0)
    assert gone.book == {}
    assert fold(gone.book, [], 75.0).news == ()


def test_the_same_finding_twice_in_one_look_is_one_alert() -> None:
    found = fold({}, [wrong("a", "pid 1"), wrong("a", "pid 2")], 0.0)
    assert len(found.news) == 1
    assert len(found.book) == 1


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=60))
def test_every_trouble_is_told_and_its_end_too(looks: list[set[str]]) -> None:
    """Opened and resolved alternate for each subject, and at the end the book is what is open."""
    book: dict[str, Alert] = {}
    told: dict[str, list[str]] = {}
    for number, look in enumerate(looks):
        result = fold(book, [wrong(app) for app in sorted(look)], 15.0 * number)
        book = result.book
        for alert in result.news:
            told.setdefault(alert.subject, []).append(alert.state)
    for app, states in told.items():
        assert states == ["open", "resolved"] * (len(states) // 2) + ["open"] * (len(states) % 2)
        assert (len(states) % 2 == 1) == any(alert.subject == app for alert in book.values())
    assert {app for look in looks for app in look} == set(told)
