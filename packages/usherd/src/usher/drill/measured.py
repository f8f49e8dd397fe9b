"""From the incident that usher told of a fault to the result of the drill."""

from collections.abc import Iterable

from usher import __version__
from usher.drill.faults import FAULTS
from usher.model.drill import Drill
from usher.model.incident import APART, Incident


def incident_of(app: str, since: float, incidents: Iterable[Incident]) -> Incident | None:
    """Find the first incident of an app that was told after the fault; None: there is none yet.

    What figures say of it, or of the host, is another story.
    """
    told = (
        each
        for each in incidents
        if app in each.services and each.detected >= since and each.kind not in APART
    )
    return min(told, key=lambda each: each.number, default=None)


def is_over(incident: Incident) -> bool:
    """Whether it was proved that all is well again.

    Of a hang, `ready` after a restart is a first word; the probe that failed has the last.
    """
    proofs = {each.event for each in incident.timeline if each.at == incident.recovered}
    return incident.recovered is not None and (incident.kind != "hang" or "recovered" in proofs)


def measured(
    fault: str,
    at: float,
    incident: Incident | None,
    *,
    relieved: float | None,
    restarts: int,
    answers: bool,
) -> Drill:
    """Put a result together; it has no number yet.

    `at` is when the fault was brought about (seconds since 1970), `relieved` how many seconds later
    it was taken away. `answers`: the app answered us, too; without that nothing counts as mended.
    """
    over = incident is not None and answers and is_over(incident)
    ended = incident.recovered if incident is not None and over else None
    return Drill(
        number=0,
        fault=fault,
        kind=FAULTS[fault].promise.kind if incident is None else incident.kind,
        at=at,
        version=__version__,
        detect=None if incident is None else round(incident.detected - at, 3),
        recover=None if ended is None else round(ended - at, 3),
        relieved=None if relieved is None else round(relieved, 3),
        cause=incident.causes[0].id if incident is not None and incident.causes else "",
        restarts=restarts,
    )
