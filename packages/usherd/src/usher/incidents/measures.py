"""How long it took to notice, to know why, to act and to mend, in seconds; None: not known."""

from collections.abc import Iterable
from statistics import mean
from typing import NamedTuple

from usher.model.incident import Incident


class Durations(NamedTuple):
    """Of one incident."""

    detect: float
    """First sign to first rule that fired."""
    identify: float | None
    """Detected to cause found."""
    act: float | None
    """Detected to the first action."""
    mitigate: float | None
    """Detected to answering again, by the same probe."""
    whole: float | None
    """First sign to answering again."""


class Totals(NamedTuple):
    """Of many incidents."""

    incidents: int
    open: int
    mean_detect: float | None
    """MTTD."""
    mean_mitigate: float | None
    """MTTR."""
    by_itself: int
    """Mended without a person."""


def durations(incident: Incident) -> Durations:
    """How long each part took."""
    begin, detected = incident.occurred.at, incident.detected
    return Durations(
        detect=detected - begin,
        identify=_between(detected, incident.cause_found),
        act=_between(detected, incident.acted),
        mitigate=_between(detected, incident.recovered),
        whole=_between(begin, incident.recovered),
    )


def totals(incidents: Iterable[Incident]) -> Totals:
    """MTTD, MTTR and how many there are."""
    every = list(incidents)
    measured = [durations(each) for each in every]
    mended = [each.mitigate for each in measured if each.mitigate is not None]
    return Totals(
        incidents=len(every),
        open=sum(each.state == "open" for each in every),
        mean_detect=mean(each.detect for each in measured) if measured else None,
        mean_mitigate=mean(mended) if mended else None,
        by_itself=sum(each.recovered is not None and not by_person(each) for each in every),
    )


def by_person(incident: Incident) -> bool:
    """Whether the last trouble ended because a person stopped or deleted the service."""
    last = next(
        (each for each in reversed(incident.timeline) if each.at == incident.recovered), None
    )
    return last is not None and last.event in ("stopped", "deleted")


def _between(begin: float, end: float | None) -> float | None:
    return None if end is None else end - begin
