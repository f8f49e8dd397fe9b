"""Which findings a person is told of, and when: once, again after a while, and when it is over.

A finding is the same alert as long as its code and what it is about are the same, however its words
change (a pid, a number). Pure: the book goes in and comes out.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from usher.model.alert import Alert
from usher.model.finding import Finding
from usher.model.value import Value

REMIND_AFTER = 3600.0
"""Seconds after which an alert that is still open is told again."""

RESOLVED_FOR = 2
"""Looks in a row that must not find it before it is over: what flaps is one alert."""


Book: TypeAlias = Mapping[str, Alert]
"""Alerts that are not over, by rule and subject."""


class Round(Value, frozen=True):
    """What one look changes: the new book, and the alerts that a person is told now."""

    book: dict[str, Alert]
    news: tuple[Alert, ...]


def fold(
    book: Book,
    findings: Iterable[Finding],
    now: float,
    host: str = "",
    role: str = "",
    remind_after: float = REMIND_AFTER,
) -> Round:
    """Take one look into the book."""
    after: dict[str, Alert] = {}
    news: list[Alert] = []
    for finding in findings:
        key = key_of(finding)
        if key in after:
            continue
        before = book.get(key)
        alert = _first(key, finding, now) if before is None else _again(before, finding, now)
        due = before is None or (alert.state == "open" and now - alert.told >= remind_after)
        after[key] = replace(alert, host=host, role=role, told=now if due else alert.told)
        if due:
            news.append(after[key])
    for key, alert in book.items():
        if key in after:
            continue
        gone = replace(alert, absent=alert.absent + 1)
        if gone.absent < RESOLVED_FOR:
            after[key] = gone
        else:
            news.append(replace(gone, state="resolved", last_seen=now))
    return Round(after, tuple(news))


def key_of(finding: Finding) -> str:
    """Name what an alert is about."""
    return f"{finding.code}|{_subject(finding)}"


def _subject(finding: Finding) -> str:
    return finding.app or finding.file or finding.message


def _first(key: str, finding: Finding, now: float) -> Alert:
    return Alert(
        id=f"{key}@{now:.3f}",
        rule=finding.code,
        subject=_subject(finding),
        severity=finding.severity,
        evidence=finding.message,
        suggested=finding.hint,
        first_seen=now,
        last_seen=now,
        told=now,
    )


def _again(alert: Alert, finding: Finding, now: float) -> Alert:
    return replace(
        alert,
        evidence=finding.message,
        suggested=finding.hint,
        last_seen=now,
        count=alert.count + 1,
        absent=0,
    )
