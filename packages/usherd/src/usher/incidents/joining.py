"""One incident a cause: what was opened as another and turns out to be the same is taken in.

Two are the same when they are open at once and something that both depend on is the cause, or when
a service fails again, within a day, of the very fault of an earlier one (usher.md E6).
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from usher.model.alert import SEVERITIES
from usher.model.incident import APART, TIMELINE, Book, Cause, Diagnosis, Incident

DAY: Final = 86400.0
"""Seconds after its end in which an incident is opened again by the same fault."""

REMEMBERED: Final = 32
"""Closed incidents that may be opened again."""

FILES: Final = 10
"""Files of evidence that an incident names."""

CAUSES: Final = 10
"""Causes that an incident keeps."""


def with_diagnosis(incident: Incident, found: Diagnosis, at: float) -> Incident:
    """The incident with these causes; one that it has is counted once more."""
    known = {cause.fingerprint: cause for cause in incident.causes}
    for cause in found.causes:
        known[cause.fingerprint] = _again(known.get(cause.fingerprint), cause)
    causes = _ranked(known.values())
    found_now = incident.cause_found is None and causes[0].is_found
    return _replace(
        incident,
        causes=causes,
        excluded=found.excluded or incident.excluded,
        evidence=(*incident.evidence, *([found.file] if found.file else []))[-FILES:],
        cause_found=at if found_now else incident.cause_found,
    )


def remembered(book: Book, closed: tuple[Incident, ...]) -> Book:
    """The book with what has just been closed, for what may turn out to belong to it."""
    whole = tuple(each for each in closed if each.part_of is None and each.causes)
    return _replace(book, closed=(*book.closed, *whole)[-REMEMBERED:]) if whole else book


def joined(book: Book, number: int, at: float) -> tuple[Book, tuple[Incident, ...]]:
    """Join incident `number` and one of the same cause, if there is one; the earlier takes it in.

    The answer has both, first the whole.
    """
    this = next(each for each in book.open if each.number == number)
    other = next((each for each in book.open if _one_cause(each, this)), None)
    other = other or next((each for each in book.closed if _came_back(each, this, at)), None)
    if other is None:
        return book, ()
    elder, younger = sorted((this, other), key=lambda each: each.number)
    whole = _whole(elder, younger)
    part = _replace(younger, part_of=elder.number, state="closed", closed=at, troubled=())
    kept = tuple(each for each in book.open if each.number not in (elder.number, younger.number))
    closed = tuple(each for each in book.closed if each.number != elder.number)
    return _replace(book, open=(*kept, whole), closed=closed), (whole, part)


def _one_cause(one: Incident, other: Incident) -> bool:
    if one.number == other.number:
        return False
    if (one.kind == "foreign") is not (other.kind == "foreign"):
        return False  # a stranger may be why a service hangs; its end is not that of the hang
    return bool(_shared(one) & _shared(other))


def _shared(incident: Incident) -> set[str]:
    return {cause.shared for cause in incident.causes if cause.shared}


def _came_back(elder: Incident, younger: Incident, at: float) -> bool:
    """Whether the likeliest cause of both is one fault at one place."""
    if elder.service != younger.service or elder.closed is None or elder.closed + DAY < at:
        return False
    if (elder.kind in APART) is not (younger.kind in APART):
        return False  # a hang that has a leak among its causes is still told as a hang
    mark = elder.causes[0].fingerprint
    return bool(mark) and bool(younger.causes) and younger.causes[0].fingerprint == mark


def _whole(elder: Incident, younger: Incident) -> Incident:
    """Both as one: it began with the elder, and goes on as the younger does."""
    causes = {cause.fingerprint: cause for cause in elder.causes}
    for cause in younger.causes:
        before = causes.get(cause.fingerprint)
        causes[cause.fingerprint] = _again(before, cause)
    both = sorted((*elder.timeline, *younger.timeline), key=lambda each: each.at)
    over = max(0, len(both) - TIMELINE)
    half = TIMELINE // 2
    is_open = "open" in (elder.state, younger.state)
    return _replace(
        elder,
        state="open" if is_open else younger.state,
        severity=max(elder.severity, younger.severity, key=SEVERITIES.index),
        services=tuple(dict.fromkeys((*elder.services, *younger.services))),
        troubled=tuple(dict.fromkeys((*elder.troubled, *younger.troubled))),
        unwritten=tuple(dict.fromkeys((*elder.unwritten, *younger.unwritten))),
        notified=_first(elder.notified, younger.notified),
        cause_found=_first(elder.cause_found, younger.cause_found),
        acted=_first(elder.acted, younger.acted),
        recovered=None if is_open else _last(elder.recovered, younger.recovered),
        closed=None,
        causes=_ranked(causes.values()),
        excluded=younger.excluded or elder.excluded,
        evidence=(*elder.evidence, *younger.evidence)[-FILES:],
        actions=(*elder.actions, *younger.actions)[:TIMELINE],
        timeline=tuple(both if not over else both[:half] + both[half + over :]),
        left_out=elder.left_out + younger.left_out + over,
        relapses=elder.relapses + younger.relapses + (elder.state != "open"),
    )


def _first(*times: float | None) -> float | None:
    return min((each for each in times if each is not None), default=None)


def _last(*times: float | None) -> float | None:
    return max((each for each in times if each is not None), default=None)


def _again(before: Cause | None, cause: Cause) -> Cause:
    if before is None:
        return cause
    confidence = max(before.confidence, cause.confidence)
    return _replace(cause, count=before.count + cause.count, confidence=confidence)


def _ranked(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda cause: -cause.confidence)[:CAUSES])


_replace = msgspec.structs.replace
