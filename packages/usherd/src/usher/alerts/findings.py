"""From looks that find something to alerts: `look(book, findings, now)`.

A finding is the same alert as long as its code and what it is about are the same, however its words
change (a pid, a number).
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from usher.alerts.telling import Sight
from usher.guard import drift
from usher.model.alert import Alert, bounded
from usher.model.finding import Finding
from usher.model.value import Value

RESOLVED_FOR: Final = 2
"""Looks in a row that must not find it before it is over: what flaps is one alert."""

_TOLD_AS_INCIDENT: Final = frozenset({drift.ABSENT.code, drift.RESTARTS.code})
"""Findings that say of a service in trouble what its incident says better."""

_INCIDENTS: Final = frozenset({drift.WRONG_ROLE.code, drift.FOREIGN.code})
"""Findings that are incidents, and told as such."""


class Sighted(Value, frozen=True):
    """An alert that is not over, and how many looks in a row have not seen it."""

    alert: Alert
    absent: int = 0


Book: TypeAlias = Mapping[str, Sighted]
"""What is not over, by rule and subject."""


class Look(NamedTuple):
    """What one look says: the new book, and every alert in it or just over."""

    book: dict[str, Sighted]
    sights: tuple[Sight, ...]


def look(
    book: Book, findings: Iterable[Finding], now: float, host: str = "", role: str = ""
) -> Look:
    """Take one look into the book."""
    after: dict[str, Sighted] = {}
    for finding in findings:
        key = key_of(finding)
        if key not in after:
            before = book.get(key)
            alert = _first(key, finding, now) if before is None else _again(before, finding, now)
            after[key] = Sighted(replace(alert, host=host, role=role))
    over: list[Sight] = []
    for key, sighted in book.items():
        if key in after:
            continue
        gone = replace(sighted, absent=sighted.absent + 1)
        if gone.absent < RESOLVED_FOR:
            after[key] = gone
        else:
            alert = replace(gone.alert, state="resolved", last_seen=now)
            over.append(Sight(key, alert))
    return Look(after, (*(Sight(key, each.alert) for key, each in after.items()), *over))


def without_incidents(findings: Iterable[Finding], troubled: Iterable[str]) -> list[Finding]:
    """Leave out what the incident of a service says already."""
    names = frozenset(troubled)
    return [
        each
        for each in findings
        if each.code not in _INCIDENTS
        and (each.app not in names or each.code not in _TOLD_AS_INCIDENT)
    ]


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
        kind="finding",
        severity="major" if finding.severity == "error" else "minor",
        evidence=bounded(finding.message),
        suggested=finding.hint,
        first_seen=now,
        last_seen=now,
        detected=now,
    )


def _again(sighted: Sighted, finding: Finding, now: float) -> Alert:
    return replace(
        sighted.alert,
        evidence=bounded(finding.message),
        suggested=finding.hint,
        last_seen=now,
        count=sighted.alert.count + 1,
    )
