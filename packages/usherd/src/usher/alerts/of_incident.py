"""From an incident to the alert of it."""

from typing import Final

from usher.alerts.telling import Sight
from usher.incidents.fold import ACTIONS, GAVE_UP
from usher.incidents.impact import deeds
from usher.incidents.measures import by_person, gave_up
from usher.model.alert import Alert, bounded
from usher.model.incident import Incident

LINES: Final = 5
"""Lines of evidence that are passed on."""

_DONE: Final = ACTIONS - GAVE_UP


def sight_of(incident: Incident, host: str = "", role: str = "") -> Sight:
    """See an incident: the same service and kind of trouble is the same topic again."""
    key = f"incident.{incident.kind}|{incident.service}"
    return Sight(key, alert_of(incident, host, role))


def alert_of(incident: Incident, host: str = "", role: str = "") -> Alert:
    """Say of an incident what a person has to know.

    It is over when it is closed: answering again is only the begin of that.
    """
    over = incident.state == "closed"
    stopped = over and by_person(incident)
    cause = incident.causes[0] if incident.causes else None
    last = incident.timeline[-1].at if incident.timeline else incident.detected
    return Alert(
        id=incident.id,
        rule=incident.rule,
        subject=incident.service,
        kind=incident.kind,
        severity=incident.severity,
        evidence=bounded(_evidence(incident)),
        suggested=f"usher incident show {incident.id}",
        first_seen=incident.occurred.at,
        last_seen=incident.recovered if over and incident.recovered is not None else last,
        detected=incident.detected,
        count=1 + incident.relapses,
        state="resolved" if over else "open",
        host=host,
        role=role,
        impact=incident.services,
        cause=f"{cause.text} ({cause.confidence:.0%})" if cause else "",
        cause_evidence=tuple(map(bounded, cause.evidence[:LINES])) if cause else (),
        actions=tuple(
            dict.fromkeys(e.what.event for e in deeds(incident) if e.what.event in _DONE)
        ),
        gave_up=not over and gave_up(incident),
        verified=over and not stopped,
        by_person=stopped,
    )


def _evidence(incident: Incident) -> str:
    """What was seen: how a run ended, or the words of the event that opened it."""
    if incident.kind == "crash" and incident.occurred.evidence:
        return incident.occurred.evidence
    opened = [each.detail for each in incident.timeline if each.at == incident.detected]
    return next(filter(None, opened), incident.rule)
