"""How long it took to notice, to know why, to act and to mend, in seconds; None: not known."""

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import mean
from typing import Final, NamedTuple

from usher.incidents.fold import ACTIONS, GAVE_UP
from usher.incidents.impact import deeds, spans
from usher.model.incident import Incident, Kind

_DECISIONS = ACTIONS | GAVE_UP


class Durations(NamedTuple):
    """Of one incident."""

    detect: float
    """First sign to first rule that fired."""
    notify: float | None
    """Detected to the first message that a channel took."""
    acknowledge: float | None
    """Detected to somebody who looks after it."""
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
    mean_acknowledge: float | None = None
    """MTTA: detected to somebody who looks after it."""
    mean_identify: float | None = None
    """MTTI: detected to cause found."""
    mean_repair: float | None = None
    """First sign to the proof that it is over for good."""
    mean_between: float | None = None
    """MTBF: from the begin of one to that of the next; None: there are fewer than two."""
    helped: int = 0
    """Things that usher did, and that helped ..."""
    in_vain: int = 0
    """... or did not."""
    needless: int = 0
    """Replacements of a service whose dependency failed: a restart could not help."""
    faults: Mapping[str, int] = {}
    """How often which fault was the likeliest cause; the most frequent first."""


def durations(incident: Incident) -> Durations:
    """How long each part took."""
    begin, detected = incident.occurred.at, incident.detected
    seen = incident.care.acknowledged
    return Durations(
        detect=detected - begin,
        notify=_between(detected, incident.notified),
        acknowledge=_between(detected, seen and seen.at),
        identify=_between(detected, incident.cause_found),
        act=_between(detected, incident.acted),
        mitigate=_between(detected, incident.recovered),
        whole=_between(begin, incident.recovered),
    )


def totals(incidents: Iterable[Incident]) -> Totals:
    """MTTD, MTTR and how many there are."""
    every = list(incidents)
    measured = [durations(each) for each in every]
    outcomes = Counter(deed.proves for each in every for deed in deeds(each))
    return Totals(
        incidents=len(every),
        open=sum(each.state == "open" for each in every),
        mean_detect=mean(each.detect for each in measured) if measured else None,
        mean_mitigate=_mean(each.mitigate for each in measured),
        by_itself=sum(each.recovered is not None and not by_person(each) for each in every),
        mean_acknowledge=_mean(each.acknowledge for each in measured),
        mean_identify=_mean(each.identify for each in measured),
        mean_repair=_mean(_between(e.occurred.at, e.closed) for e in every),
        mean_between=_mean_between(each.occurred.at for each in every),
        helped=outcomes[True],
        in_vain=outcomes[False],
        needless=sum(map(_needless, every)),
        faults=dict(Counter(each.causes[0].id for each in every if each.causes).most_common()),
    )


def _needless(incident: Incident) -> int:
    is_why = incident.kind == "dependency" or (
        bool(incident.causes) and incident.causes[0].restart == "wait"
    )
    return sum(each.event == "replaced" for each in incident.actions) if is_why else 0


def _mean(values: Iterable[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return mean(known) if known else None


def _mean_between(begins: Iterable[float]) -> float | None:
    ordered = sorted(begins)
    return (ordered[-1] - ordered[0]) / (len(ordered) - 1) if len(ordered) > 1 else None


WINDOWS: Final = {"24h": 86400.0, "7d": 604800.0, "30d": 2592000.0}
"""Spans of time of which availability is told; seconds."""

_DOWN: Final[frozenset[Kind]] = frozenset({"hang", "crash", "start", "memory", "remote"})
"""Trouble in which a service does not answer; in the others it does, as well as it can."""


def downtime(incidents: Iterable[Incident], service: str, since: float, now: float) -> float:
    """Seconds between two times in which a service did not answer, by what incidents say."""
    reached = (e for e in incidents if service in e.services and e.kind in _DOWN)
    down = sorted(span for each in reached for span in spans(each, service, now))
    whole, until = 0.0, since
    for begin, end in down:
        whole += max(0.0, min(end, now) - max(begin, until))
        until = max(until, min(end, now))
    return whole


def by_person(incident: Incident) -> bool:
    """Whether the last trouble ended because a person stopped or deleted the service."""
    last = next(
        (each for each in reversed(incident.timeline) if each.at == incident.recovered), None
    )
    return last is not None and last.event in ("stopped", "deleted")


def gave_up(incident: Incident) -> bool:
    """Whether the last thing that was decided about any of its services is to do nothing."""
    decided = (each.event for each in reversed(incident.timeline) if each.event in _DECISIONS)
    return next(decided, "") in GAVE_UP


def _between(begin: float, end: float | None) -> float | None:
    return None if end is None else end - begin
