"""Tells the stream of events what runs here and should not, so that it becomes an incident.

The drift watch looks every few seconds; here one look after the other becomes a begin and an end.
What an earlier daemon told and nobody has seen end stands among the open incidents.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from usher.guard import drift
from usher.model import events as ev
from usher.model.finding import Finding
from usher.model.incident import Cause

TOLD: Final = {code.code: code for code in (drift.WRONG_ROLE, drift.FOREIGN)}
"""Findings that are a story with a begin and an end."""

LOOKS: Final = 2
"""Looks in a row that must not see it before it is over."""

_SEEN: Final = 0.95
"""That it runs is certain; who started it is told as far as it can be seen."""


class Notes(Protocol):
    """Where it is told (runtime.history)."""

    def note(
        self,
        event: str,
        detail: str,
        now: ev.Now,
        service: str,
        *,
        cause: Cause | None = None,
    ) -> None:
        """Take an event for the stream."""
        ...


class StrangerLog:
    """One a daemon. `unfinished` names (code, app) of what was told before and is not over."""

    def __init__(self, notes: Notes, unfinished: Callable[[], Iterable[tuple[str, str]]]) -> None:
        self._notes = notes
        self._unfinished = unfinished
        self._absent: dict[tuple[str, str], int] | None = None
        """Looks in a row that have not seen it, by code and app; None: nobody has looked yet."""

    def look(self, findings: Iterable[Finding], now: ev.Now) -> None:
        """Take what one look has found."""
        if self._absent is None:
            self._absent = dict.fromkeys(self._unfinished(), 0)
        seen = {(each.code, each.app): each for each in findings if each.code in TOLD}
        for key, finding in seen.items():
            if key not in self._absent:
                words = f"{finding.code}: {finding.message}"
                self._notes.note("finding", words, now, finding.app, cause=_cause(finding))
            self._absent[key] = 0
        for key in [each for each in self._absent if each not in seen]:
            self._absent[key] += 1
            if self._absent[key] >= LOOKS:
                del self._absent[key]
                code, app = key
                words = f"{code}: it is not seen any more"
                self._notes.note("finding-over", words, now, app)


def _cause(finding: Finding) -> Cause:
    """Who brought it about is what several of them have in common; each start is one more."""
    return Cause(
        id=finding.code,
        text=f"{finding.app} was started on this host by {finding.culprit}"
        if finding.culprit
        else TOLD[finding.code].cause,
        confidence=_SEEN,
        evidence=(finding.message,),
        restart="no",
        remedy=finding.hint,
        fingerprint=f"{finding.code} {finding.app} {finding.since:.0f}",
        shared=f"{finding.code} {finding.culprit}" if finding.culprit else "",
        since=finding.since or None,
    )
