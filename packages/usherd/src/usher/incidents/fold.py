"""From events to incidents: `advance(book, happening) -> (book, changed)`.

Theory: an incident opens with the first event that says a service is in trouble, takes up whatever
happens to the services it has reached, and closes when all of them have been well for a minute.
Trouble of a service that needs one in trouble belongs to the same incident: one story a cause; and
when the causes are known, those of one cause are joined (joining.py). No
clock is read; `settle` closes what has been well for long enough at a given instant.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from usher.incidents import joining
from usher.model.alert import SEVERITIES
from usher.model.incident import (
    APART,
    HOST,
    TIMELINE,
    Book,
    Cause,
    Diagnosis,
    Happening,
    Incident,
    Kind,
    Occurred,
    Severity,
)

Place: TypeAlias = tuple[str, int | None]
"""An instance: service and slot (None: the service as a whole)."""

Needs = Callable[[str], Iterable[str]]
"""The services that a service depends on."""

STABLE: Final = 60.0
"""Seconds of being well after which an incident is closed (`confirmed` of the policy)."""

OPENS: Final[Mapping[str, Kind]] = {
    "unhealthy": "hang",
    "degraded": "dependency",
    "restarting": "crash",
    "held": "crash",
    "failed": "crash",
    "start-limit-hit": "start",
    "timeout": "start",
    "lost": "crash",
    "memory-exceeded": "memory",
    "over-limit": "memory",
    "reload-rejected": "start",
    "unreachable": "remote",
    "escalated": "start",
}
"""Events that are trouble, and of what kind. `restarting` follows an end that nobody asked for;
`escalated` opens one where nothing else did: nobody has made it ready, and nothing broke."""

GRAVE: Final = frozenset({"start-limit-hit", "failed", "held", "escalated"})
"""Events after which only a person helps."""

FINDINGS: Final[Mapping[str, Kind]] = {
    "memory.leak_suspected": "leak",
    "memory.masked_leak": "leak",
    "fs.no_space": "disk",
    "host.disk": "host",
    "cert.expiry": "certificate",
    "host.memory_pressure": "host",
    "host.memory_hog_foreign": "host",
    "drift.wrong_role": "foreign",
    "drift.foreign": "foreign",
}
"""Findings that are trouble, by their code; of others people are told, and no incident opens."""

SIGNS: Final = frozenset({"probe-failing", "exited"})
"""What comes before: the first failing answer, the end of a process."""

LOST: Final = "lost"
"""Its process had ended while nobody watched."""

NO_SIGN: Final = "probe-passed"
"""Nothing came of the failing answer before it."""

ACTIONS: Final = frozenset(
    {
        *("continued", "replaced", "restarting", "killing", "starting", "acting"),
        *("held", "exhausted", "over-limit"),
    }
)
"""What usher does about it."""

GAVE_UP: Final = frozenset({"held", "failed", "start-limit-hit", "exhausted", "over-limit"})
"""Events after which usher tries nothing more for now."""

EXCEEDS: Final = frozenset({"memory-exceeded", "over-limit"})
"""It uses too much memory."""

FITS: Final = frozenset({"within-limit", "completed"})
"""It does not any more, and only these say so."""

WELL: Final = FITS | {"ready", "recovered", "restored", "confirmed", "reloaded"}
"""Events after which an instance is not in trouble any more."""

DELIVERED: Final = "alert-delivered"
"""A channel took a message: what kind, and the incident it is about."""

ENDED_BY_PERSON: Final = frozenset({"stopped", "deleted"})
"""Nobody waits for it any more."""

BOOTED: Final = "booted"
"""All is started anew; what is still wrong then is found anew."""


def advance(book: Book, happening: Happening, needs: Needs) -> tuple[Book, tuple[Incident, ...]]:
    """Take one event; the incidents that it changed come with the next book.

    Closed incidents are in the answer and not in the book.
    """
    book, closed = settle(book, happening.at)
    if not happening.service and _finding(happening) is not None:
        happening = _replace(happening, service=HOST)
    if happening.event == DELIVERED:
        book, told = _notified(book, happening)
        return book, (*closed, *told)
    if happening.event == BOOTED:
        book, told = _started_anew(book, happening)
        return book, (*closed, *told)
    if not happening.service:
        return book, closed
    book = _noted(book, happening)
    index = _index_of(book, happening, needs)
    if index is None:
        kind = trouble_of(happening)
        if kind is None:
            return book, closed
        changed = _opened(book, happening, kind)
        signs = {name: sign for name, sign in book.signs.items() if name != happening.service}
        book = _replace(book, number=changed.number, open=(*book.open, changed), signs=signs)
    else:
        changed = _continued(book.open[index], happening)
        book = _replace(book, open=(*book.open[:index], changed, *book.open[index + 1 :]))
    if happening.diagnosis is None:
        return book, (*closed, changed)
    book, both = joining.joined(book, changed.number, happening.at)
    return book, (*closed, *(both or (changed,)))


def settle(book: Book, now: float) -> tuple[Book, tuple[Incident, ...]]:
    """Close what has been well for long enough."""
    ended = tuple(
        _replace(each, state="closed", closed=each.recovered + STABLE)
        for each in book.open
        if each.recovered is not None and each.recovered + STABLE <= now
    )
    numbers = {each.number for each in ended}
    if not ended:
        return book, ()
    book = _replace(book, open=tuple(e for e in book.open if e.number not in numbers))
    return joining.remembered(book, ended), ended


def _notified(book: Book, happening: Happening) -> tuple[Book, tuple[Incident, ...]]:
    """Remember when people could first know of an incident."""
    kind, _, rest = happening.detail.partition(" ")
    cited = rest.partition(" ")[0]
    told = tuple(
        _replace(each, notified=happening.at)
        for each in book.open
        if kind == "detected" and each.id == cited and each.notified is None
    )
    changed = {each.number: each for each in told}
    return _replace(book, open=tuple(changed.get(e.number, e) for e in book.open)), told


def _started_anew(book: Book, happening: Happening) -> tuple[Book, tuple[Incident, ...]]:
    changed = {
        each.number: _if_over(_replace(each, unwritten=(), excess=()), happening)
        for each in book.open
        if each.unwritten or each.excess
    }
    book = _replace(book, open=tuple(changed.get(e.number, e) for e in book.open))
    return book, tuple(changed.values())


def _noted(book: Book, happening: Happening) -> Book:
    service = happening.service
    if happening.event in SIGNS and service not in book.signs:
        well = book.well.get(service)
        exact = happening.event == "exited"
        not_before = happening.at if exact else well
        sign = Occurred(happening.at, not_before, happening.detail)
        return _replace(book, signs={**book.signs, service: sign})
    if happening.event == NO_SIGN:
        signs = {name: sign for name, sign in book.signs.items() if name != service}
        return _replace(book, signs=signs)
    if happening.event in WELL or happening.event in ENDED_BY_PERSON:
        signs = {name: sign for name, sign in book.signs.items() if name != service}
        return _replace(book, signs=signs, well={**book.well, service: happening.at})
    return book


def _index_of(book: Book, happening: Happening, needs: Needs) -> int | None:
    """The incident that a happening belongs to: its service's, or one of what that needs.

    What figures say has incidents of its own, which nothing else touches: a hang is told as one.
    Only a log that cannot be written belongs to whatever else its service suffers from.
    """
    found = _finding(happening)
    own = [i for i, each in enumerate(book.open) if happening.service in each.services]
    same = [i for i, each in enumerate(book.open) if each.kind == found and _is_of(each, happening)]
    others = [i for i in own if book.open[i].kind not in APART]
    if same or (others and found != "certificate"):
        return (others or same if found == "disk" else same or others)[0]
    if found is not None or trouble_of(happening) is None:
        return None
    needed = {happening.service, *needs(happening.service)}
    for index, incident in enumerate(book.open):
        reached = {name for service in incident.services for name in needs(service)}
        if incident.state != "open" or incident.kind in APART:
            continue
        if needed & {*incident.services} or needed & reached:
            return index
    return None


def _is_of(incident: Incident, happening: Happening) -> bool:
    """Whether it is about a service of the incident, or has a cause that is the incident's too."""
    found = happening.diagnosis.causes if happening.diagnosis is not None else ()
    shared = {cause.shared for cause in found if cause.shared}
    has = any(cause.shared in shared for cause in incident.causes)
    return happening.service in incident.services or has


def _opened(book: Book, happening: Happening, kind: Kind) -> Incident:
    occurred = _known_begin(happening) or book.signs.get(happening.service)
    occurred = occurred or _first_seen(book, happening)
    incident = Incident(
        number=book.number + 1,
        service=happening.service,
        kind=kind,
        severity=_severity(happening, kind),
        occurred=occurred,
        detected=happening.at,
        rule=happening.detail.partition(":")[0]
        if happening.event == "finding"
        else happening.event,
        services=(happening.service,),
        causes=_known_causes(book, happening),
    )
    return _continued(incident, happening)


def _first_seen(book: Book, happening: Happening) -> Occurred:
    """What had been so for a while when it was seen began then: clients that nobody accepted."""
    well, said = _known_well(book, happening), happening.detail if happening.lasted else ""
    return Occurred(happening.at - happening.lasted, not_before=well, evidence=said)


def _known_begin(happening: Happening) -> Occurred | None:
    """What a finding says of its own begin: it may be long before anybody looked."""
    found = happening.diagnosis.causes if happening.diagnosis is not None else ()
    if happening.event != "finding" or not found or found[0].since is None:
        return None
    return Occurred(found[0].since, found[0].since, happening.detail)


def _known_well(book: Book, happening: Happening) -> float | None:
    """When all was well for certain; what was lost lived while somebody watched it."""
    well = book.well.get(happening.service)
    if happening.event != LOST or book.watched is None or book.watched > happening.at:
        return well
    return book.watched if well is None else max(well, book.watched)


def _known_causes(book: Book, happening: Happening) -> tuple[Cause, ...]:
    """What figures have said of the service so far: it may be why, other than a certificate."""
    own = (
        each
        for each in book.open
        if happening.service in each.services and each.kind != "certificate"
    )
    return tuple(cause for each in own for cause in each.causes)


def _missing_dependency(happening: Happening) -> Cause:
    """What the event itself says: a probe of what the service needs fails, or a service is away."""
    return Cause(
        id="dependency.down",
        text=f"what it needs does not answer: {happening.detail}",
        confidence=0.9,
        evidence=(happening.detail,),
        restart="no",
        remedy="bring that back; the service is left alone until then",
        fingerprint=f"dependency.down {happening.service} {happening.detail.partition(':')[0]}",
    )


def trouble_of(happening: Happening) -> Kind | None:
    """Of what kind a happening is trouble; None: it is none."""
    return _finding(happening) if happening.event == "finding" else OPENS.get(happening.event)


def _finding(happening: Happening) -> Kind | None:
    """What a finding that is trouble is about, whether it is told or over."""
    code = happening.detail.partition(":")[0]
    return FINDINGS.get(code) if happening.event in ("finding", "finding-over") else None


def _severity(happening: Happening, kind: Kind) -> Severity:
    found = happening.diagnosis.causes if happening.diagnosis is not None else ()
    if kind == "certificate" and any(cause.grave for cause in found):
        return "critical"
    if kind in ("dependency", "leak", "certificate"):
        return "minor"
    return "critical" if happening.event in GRAVE else "major"


def _continued(incident: Incident, happening: Happening) -> Incident:
    """The incident after something happened to a service that it has reached."""
    incident = _replace(
        _remembered(incident, happening),
        services=_reached(incident, happening),
        excess=excess_after(incident.excess, happening),
    )
    if happening.diagnosis is not None and happening.diagnosis.causes:
        incident = joining.with_diagnosis(incident, happening.diagnosis, happening.at)
    if happening.event == "exited" and incident.kind == "hang" and incident.acted is None:
        # It had ended: that nobody answered was seen before its end could be told.
        incident = _replace(incident, kind="crash")
    if happening.event == "degraded" and incident.kind in ("dependency", "disk"):
        found = Diagnosis(causes=(_missing_dependency(happening),))
        incident = joining.with_diagnosis(incident, found, happening.at)
    if happening.event in ACTIONS:
        acted = incident.acted if incident.acted is not None else happening.at
        incident = _replace(
            incident, acted=acted, actions=(*incident.actions, happening)[:TIMELINE]
        )
    found, kind = _finding(happening), trouble_of(happening)
    if found == "disk":
        return _logged(incident, happening)
    if found is not None and found != incident.kind:
        return incident  # a cause of something else, and no measure of its end
    if happening.event == LOST:
        incident = _without_log(incident, happening.service)  # who wrote it has ended, too
    if kind is not None:
        return _troubled(incident, happening, kind)
    if found is not None or happening.event in WELL or happening.event in ENDED_BY_PERSON:
        return _better(incident, happening)
    return incident


def excess_after(excess: tuple[Place, ...], happening: Happening) -> tuple[Place, ...]:
    """Which instances use too much memory, as far as it is known, after one more happening."""
    place = (happening.service, happening.slot)
    if happening.event in EXCEEDS:
        return excess if place in excess else (*excess, place)
    if happening.event not in FITS | ENDED_BY_PERSON:
        return excess
    whole = happening.event == "deleted" or happening.slot is None
    return tuple(e for e in excess if e != place and not (whole and e[0] == happening.service))


def _reached(incident: Incident, happening: Happening) -> tuple[str, ...]:
    if happening.service in incident.services:
        return incident.services
    return (*incident.services, happening.service)


def _remembered(incident: Incident, happening: Happening) -> Incident:
    """Keep the happening; of too many, the middle is left out, as are causes told elsewhere."""
    happening = _replace(happening, diagnosis=None)
    timeline = (*incident.timeline, happening)
    if len(timeline) <= TIMELINE:
        return _replace(incident, timeline=timeline)
    half = TIMELINE // 2
    return _replace(
        incident, timeline=timeline[:half] + timeline[half + 1 :], left_out=incident.left_out + 1
    )


def _troubled(incident: Incident, happening: Happening, kind: Kind) -> Incident:
    place = (happening.service, happening.slot)
    troubled = incident.troubled if place in incident.troubled else (*incident.troubled, place)
    again = incident.state == "recovered"
    worse = max(incident.severity, _severity(happening, kind), key=SEVERITIES.index)
    return _replace(
        incident,
        state="open",
        recovered=None,
        troubled=troubled,
        severity=worse,
        relapses=incident.relapses + again,
    )


def _better(incident: Incident, happening: Happening) -> Incident:
    """One instance is well again, or nobody wants it to be.

    Of an instance that hung, `ready` is a first word; the probe that failed has the last. Of one
    that used too much memory it is none.
    """
    if happening.event in WELL and (happening.service, happening.slot) in incident.excess:
        return incident
    whole = happening.event == "deleted" or happening.slot is None
    left = tuple(
        place
        for place in incident.troubled
        if place[0] != happening.service or not (whole or place[1] in (None, happening.slot))
    )
    if happening.event in ENDED_BY_PERSON:
        incident = _without_log(incident, happening.service)
    return _if_over(_replace(incident, troubled=left), happening)


def _without_log(incident: Incident, service: str) -> Incident:
    left = tuple(each for each in incident.unwritten if each != service)
    return _replace(incident, unwritten=left)


def _logged(incident: Incident, happening: Happening) -> Incident:
    """The log of a service cannot be written, or can be again."""
    others = _without_log(incident, happening.service)
    if happening.event == "finding-over":
        return _if_over(others, happening)
    again = incident.state == "recovered" and incident.kind == "disk"
    return _replace(
        incident,
        severity="critical" if incident.severity == "critical" else "major",
        state="open",
        recovered=None,
        unwritten=(*others.unwritten, happening.service),
        relapses=incident.relapses + again,
    )


def _if_over(incident: Incident, happening: Happening) -> Incident:
    """Recovered, if nothing of it is left."""
    if incident.troubled or incident.unwritten:
        return incident
    if not (incident.state == "open" or happening.event == "recovered"):
        return incident
    return _replace(incident, state="recovered", recovered=happening.at)


_replace = msgspec.structs.replace
