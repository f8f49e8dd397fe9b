"""Whom an incident reached, for how long, and what came of what was done; read off its timeline."""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

import msgspec

from usher.incidents.fold import (
    ENDED_BY_PERSON,
    EXCEEDS,
    WELL,
    Place,
    excess_after,
    trouble_of,
)
from usher.model.incident import Cause, Happening, Incident, Kind

PROOF: Final[dict[str, bool]] = {
    "recovered": True,
    "confirmed": True,
    "restored": True,
    "within-limit": True,
    "memory-exceeded": False,
    "over-limit": False,
    "reload-rejected": False,
    "relapsed": False,
    "unhealthy": False,
    "unreachable": False,
    "in-vain": False,
    "exhausted": False,
    "held": False,
    "failed": False,
    "start-limit-hit": False,
}
"""Events that say whether what was done before them helped."""

VERDICTS: Final = {**PROOF, "ready": True, "exited": False, "restarting": False}
"""With what proves something of most kinds of trouble."""

_OF_ANY: Final = frozenset({*PROOF, "ready", "exited"})
_OF_MEMORY: Final = frozenset(
    {
        *("within-limit", "memory-exceeded", "over-limit", "reload-rejected"),
        *("restarting", "held", "failed", "start-limit-hit"),
    }
)
"""While an instance uses too much memory: that it is ready says nothing of it, and what it replaces
in its slot ends when all goes well."""

REPEATED: Final = frozenset({"restarting", "starting"})
"""What follows from a decision that was just told: the same deed in other words."""

_SIGNS: Final = ("probe-failing", "probe-passed")
"""The first bad answer of several, and that nothing came of it."""

AT_ONCE: Final = 2.0
"""Seconds within which an event is still a part of the deed before it."""


FIRST_SIGN: Final = "first-sign"
BEGAN: Final = "began"
"""Stand for what was before the first event that an incident keeps: a bad answer, a process."""


class Reached(NamedTuple):
    """A service, and how long it was in trouble."""

    service: str
    kind: Kind
    begin: float
    end: float | None
    """None: it still is."""
    seconds: float | None
    """In trouble, together; None: the timeline was too long to be kept, so it is not known."""


class Deed(NamedTuple):
    """Something that usher did, and what came of it."""

    what: Happening
    helped: Happening | None
    """The event that says so; None: nothing has, or somebody asked for something else."""

    @property
    def proves(self) -> bool | None:
        """Whether it helped, as far as that is known."""
        return None if self.helped is None else VERDICTS[self.helped.event]


def reached(incident: Incident) -> list[Reached]:
    """Say of each service when and how long it was in trouble, in the order in which it was."""
    return [_reached(incident, name) for name in incident.services]


def _reached(incident: Incident, service: str) -> Reached:
    kind, spans = incident.kind, list(_spans(incident, service))
    own = (each for each in incident.timeline if each.service == service)
    first = next((each for each in own if _is_trouble(incident, each)), None)
    if first is not None and service != incident.service:
        kind = trouble_of(first) or kind
    troubled = service in (*incident.unwritten, *(place[0] for place in incident.troubled))
    if not spans:
        return Reached(service, kind, incident.detected, incident.recovered, None)
    known = not incident.left_out and not troubled
    last = incident.timeline[-1].at
    ended = [(start, last if stop is None else stop) for start, stop in spans]
    end = None if troubled else ended[-1][1]
    whole = sum(stop - start for start, stop in ended)
    return Reached(service, kind, spans[0][0], end, whole if known else None)


def _spans(incident: Incident, service: str) -> Iterator[tuple[float, float | None]]:
    """From each first trouble of a service to the moment at which it was well again (None: it is
    not known to be).

    With several instances the service counts as well when the last of them is.
    """
    begin: float | None = None
    sign: float | None = None
    troubles: set[Trouble] = set()
    excess: tuple[Place, ...] = ()
    for each in incident.timeline:
        if each.service != service:
            continue
        excess = excess_after(excess, each)
        if each.event in WELL and (service, each.slot) in excess:
            continue
        if each.event in _SIGNS:
            sign = each.at if each.event == "probe-failing" else None
        elif _is_trouble(incident, each):
            if begin is None:
                begin = begin_of(incident, each) if sign is None else sign
            troubles.add(_trouble(each))
        elif begin is not None:
            troubles = _left(incident, troubles, each)
            if not troubles:
                yield begin, each.at
                begin = sign = None
    if begin is not None:
        yield begin, None


Trouble: TypeAlias = int | str | None
"""A slot (None: the service as a whole), or the code of a finding."""


def _trouble(happening: Happening) -> Trouble:
    is_found = happening.event in ("finding", "finding-over")
    return happening.detail.partition(":")[0] if is_found else happening.slot


def _left(incident: Incident, troubles: set[Trouble], happening: Happening) -> set[Trouble]:
    """What is left of the troubles of a service: what was found goes when it is not seen."""
    found: set[Trouble] = {each for each in troubles if isinstance(each, str)}
    if happening.event == "finding-over":
        return troubles - {_trouble(happening)}
    if not _is_well(incident, happening):
        return troubles
    return found if happening.slot is None else troubles - {happening.slot, None}


def spans(incident: Incident, service: str, now: float) -> list[tuple[float, float]]:
    """Return when a service did not answer; what goes on ends now, and a gap in what is kept of
    the timeline counts as trouble. What uses too much memory answers."""
    whole = _reached(incident, service)
    others = tuple(each for each in incident.timeline if each.event not in EXCEEDS)
    found = list(_spans(_replace(incident, timeline=others), service))
    last = now if whole.end is None else whole.end
    if incident.left_out or not (found or incident.kind == "memory"):
        return [(whole.begin, last)]
    return [(start, last if stop is None else stop) for start, stop in found]


def begin_of(incident: Incident, happening: Happening) -> float:
    """When trouble that a happening tells of began: with its first sign, where that is known."""
    for cause in incident.causes:
        if cause.since is not None and any(each in happening.detail for each in cause.evidence):
            return cause.since
    is_first = happening.service == incident.service and happening.at == incident.detected
    return incident.occurred.at if is_first else happening.at


def _is_trouble(incident: Incident, happening: Happening) -> bool:
    """Whether it is trouble of this incident, and no finding that may be a cause of it."""
    kind = trouble_of(happening)
    return kind is not None and (happening.event != "finding" or kind in (incident.kind, "disk"))


def _is_well(incident: Incident, happening: Happening) -> bool:
    if happening.event == "ready" and incident.kind == "hang":
        return False  # the probe that failed has the last word
    return happening.event in WELL | ENDED_BY_PERSON


def deeds(incident: Incident) -> list[Deed]:
    """Say of each thing that was done whether it helped; what is the same deed is told once."""
    told: list[Deed] = []
    for each in incident.actions:
        before = told[-1].what if told else None
        if before is None or not _belongs(each, before):
            told.append(Deed(each, _outcome(incident, each)))
    return told


def _belongs(happening: Happening, before: Happening) -> bool:
    same = (happening.service, happening.slot) == (before.service, before.slot)
    return same and happening.event in REPEATED and happening.at - before.at <= AT_ONCE


def _outcome(incident: Incident, done: Happening) -> Happening | None:
    """The last event that proves something of it before the next deed: what helped at first may
    not have lasted."""
    usual = frozenset(PROOF) if incident.kind == "hang" else _OF_ANY
    found: Happening | None = None
    excess: tuple[Place, ...] = ()
    for each in incident.timeline:
        if (each.service, each.slot) != (done.service, done.slot):
            continue
        excess = excess_after(excess, each)
        if each.at < done.at:
            continue
        if each.event in EXCEEDS and each.at > done.at:
            return each
        if each in incident.actions and each.event not in REPEATED and each != done:
            break
        if each.event in (_OF_MEMORY if excess else usual) and each.at > done.at:
            found = each
    return found


def first_signs(incident: Incident) -> list[Happening]:
    """What was before the incident was opened, as lines of its timeline."""
    sign = incident.occurred
    if incident.kind == "foreign":
        begins = ((each.since, _service_of(incident, each)) for each in incident.causes)
        return sorted(
            (Happening(since, service, BEGAN) for since, service in begins if since is not None),
            key=lambda each: each.at,
        )
    if not sign.evidence or sign.at >= incident.detected:
        return []
    return [Happening(sign.at, incident.service, FIRST_SIGN, sign.evidence)]


def _service_of(incident: Incident, cause: Cause) -> str:
    """The service of the event that told of a cause."""
    found = (e.service for e in incident.timeline if any(x in e.detail for x in cause.evidence))
    return next(found, incident.service)


_replace = msgspec.structs.replace
