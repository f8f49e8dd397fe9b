"""The report of an incident for programs: schema usher.incident/1 (operations.md F.3).

`document(incident, beside, facts, iso)` fills every field. What is not known is "unknown" where a
text is wanted and null where a number or a time is; nothing is left out and nothing is guessed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

from usher.incidents.commands import further
from usher.incidents.figures import Compared
from usher.incidents.fold import ENDED_BY_PERSON
from usher.incidents.impact import deeds, first_signs, reached
from usher.incidents.measures import durations
from usher.incidents.report import Beside
from usher.incidents.schema import (
    SCHEMA,
    UNKNOWN,
    Acknowledgement,
    Action,
    App,
    CauseFound,
    CommandToRun,
    Detected,
    DocumentState,
    Durations,
    Effect,
    Evidence,
    Excluded,
    Impact,
    IncidentDocument,
    Item,
    Measure,
    Occurrence,
    ProbesFailed,
    Recheck,
    Security,
    ServiceReached,
    Step,
    Times,
)
from usher.incidents.wording import WORDS
from usher.model.drill import Drill
from usher.model.incident import Cause, Happening, Incident

Iso: TypeAlias = Callable[[float], str]
"""Seconds since 1970 as ISO 8601 in UTC."""


class File(NamedTuple):
    """A file that was kept of what was seen."""

    path: str
    sha256: str
    is_world_readable: bool


class Facts(NamedTuple):
    """What is known of the host and of its apps, beside the incident."""

    host: str
    version: str
    """Of usher."""
    role: str = ""
    applied: Mapping[str, tuple[str, str]] = {}
    """Service -> its configuration file and the digest of that, as they were in force then."""
    files: tuple[File, ...] = ()


def document(incident: Incident, beside: Beside, facts: Facts, iso: Iso) -> IncidentDocument:
    """Put everything that is known into the form that programs read."""
    config = next((digest for _, digest in facts.applied.values() if digest), UNKNOWN)
    return IncidentDocument(
        schema=SCHEMA,
        id=incident.id,
        title=f"{incident.service}, {WORDS['en'][f'kind.{incident.kind}']}",
        severity=incident.severity,
        state=_state(incident),
        kind=incident.kind,
        host=facts.host,
        role=facts.role or UNKNOWN,
        apps=[*_apps(incident, facts)],
        times=_times(incident, iso),
        durations_s=_durations(incident),
        impact=_impact(incident, beside.figures, iso),
        causes=[_cause(each, at) for at, each in enumerate(incident.causes)],
        excluded=[*_excluded(incident)],
        timeline=[_step(each, iso) for each in (*first_signs(incident), *incident.timeline)],
        actions=[*_actions(incident, iso)],
        state_before=[*_figures(beside.figures, "before")],
        state_during=[*_figures(beside.figures, "during")],
        state_after=[*_figures(beside.figures, "after")],
        evidence=[Evidence(f"E{n}", f.sha256, f.path) for n, f in enumerate(facts.files, start=1)],
        prevention=[*_prevention(incident, beside)],
        recheck=[*_recheck(incident, iso)],
        checklist=[Item(each.text, each.done is not None) for each in incident.care.preventions],
        metrics_effect=[*_effects(incident, beside.drills)],
        security=Security([each.path for each in facts.files if each.is_world_readable]),
        commands=[CommandToRun(each.purpose, each.command) for each in further(incident)],
        generated_by=f"usher {facts.version}",
        signed_config=config,
    )


def _state(incident: Incident) -> DocumentState:
    """Of operations.md F.2: what usher knows, and what people did about it."""
    if incident.state == "closed":
        return "resolved" if incident.care.closed is None else "closed"
    if incident.state == "recovered":
        return "mitigated"
    return "open" if incident.care.acknowledged is None else "acknowledged"


def _apps(incident: Incident, facts: Facts) -> Iterator[App]:
    slots = dict.fromkeys((e.service, e.slot) for e in incident.timeline if e.slot is not None)
    for service in incident.services:
        file, digest = facts.applied.get(service, ("", ""))
        of_service = [slot for name, slot in slots if name == service] or [None]
        yield from (App(service, slot, file or UNKNOWN, digest or UNKNOWN) for slot in of_service)


def _times(incident: Incident, iso: Iso) -> Times:
    begin, care = incident.occurred, incident.care
    seen = care.acknowledged
    return Times(
        occurred=Occurrence(
            at=iso(begin.at),
            precision="exact" if begin.not_before == begin.at else "interval",
            not_before=_moment(iso, begin.not_before),
            not_after=iso(begin.at),
            evidence=[begin.evidence] if begin.evidence else [],
        ),
        detected=Detected(iso(incident.detected), incident.rule),
        notified=_moment(iso, incident.notified),
        acknowledged=Acknowledgement(_moment(iso, seen and seen.at), seen.by if seen else UNKNOWN),
        cause_found=_moment(iso, incident.cause_found),
        mitigated=_moment(iso, incident.recovered),
        resolved=_moment(iso, incident.closed),
        closed=_moment(iso, care.closed and care.closed.at),
    )


def _durations(incident: Incident) -> Durations:
    """Repair counts from the first sign to the proof that it lasts."""
    measured, closed = durations(incident), incident.closed
    served = [each.seconds for each in reached(incident)]
    known = [each for each in served if each is not None]
    return Durations(
        detect=round(measured.detect, 3),
        notify=_rounded(measured.notify),
        acknowledge=_rounded(measured.acknowledge),
        identify=_rounded(measured.identify),
        act=_rounded(measured.act),
        mitigate=_rounded(measured.mitigate),
        resolve=None if closed is None else round(closed - incident.occurred.at, 3),
        downtime=_rounded(max(known)) if len(known) == len(served) and known else None,
    )


def _impact(incident: Incident, figures: Iterable[Compared], iso: Iso) -> Impact:
    services = [
        ServiceReached(e.service, e.kind, iso(e.begin), _moment(iso, e.end), _rounded(e.seconds))
        for e in reached(incident)
    ]
    failed = [
        ProbesFailed(
            e.place, iso(incident.occurred.at), _moment(iso, incident.recovered), int(e.during)
        )
        for e in figures
        if e.figure == "failed" and e.during
    ]
    return Impact(services=services, probes_failed=failed)


def _cause(cause: Cause, at: int) -> CauseFound:
    """The likeliest one is the direct cause; what came with it contributed."""
    return CauseFound(
        id=cause.id,
        kind="direct" if at == 0 else "contributing",
        confidence=round(cause.confidence, 3),
        evidence_for=list(cause.evidence),
        evidence_against=[],
        text=cause.text,
        disproved_by=cause.check or UNKNOWN,
        remedy=cause.remedy or UNKNOWN,
        restart=cause.restart,
        place=cause.place or UNKNOWN,
        fingerprint=cause.fingerprint or UNKNOWN,
        count=cause.count,
    )


def _excluded(incident: Incident) -> Iterator[Excluded]:
    for each in incident.excluded:
        area, _, reason = each.partition(": ")
        yield Excluded(area, reason or UNKNOWN)


def _step(happening: Happening, iso: Iso) -> Step:
    """An event of the stream is what usher saw or did, or what a person wanted."""
    by_person = happening.event in ENDED_BY_PERSON
    return Step(
        at=iso(happening.at),
        source="probe" if happening.event in _PROBES else "operator" if by_person else "usher",
        text=happening.detail or happening.event,
        service=happening.service,
        instance=happening.slot,
        event=happening.event,
    )


_PROBES: Final = frozenset({"probe-failing", "probe-passed", "unhealthy", "recovered"})


def _actions(incident: Incident, iso: Iso) -> Iterator[Action]:
    for each in deeds(incident):
        said = each.helped
        yield Action(
            at=iso(each.what.at),
            who="usher",
            kind=each.what.event,
            result=UNKNOWN if said is None else f"{said.event}: {said.detail}".removesuffix(": "),
            evidence=each.what.detail or UNKNOWN,
            service=each.what.service,
            instance=each.what.slot,
        )


def _figures(compared: Iterable[Compared], part: str) -> Iterator[dict[str, str | float]]:
    for each in compared:
        value: float | None = getattr(each, part)
        if value is not None:
            yield {"instance": each.place, "figure": each.figure, "value": round(value, 4)}


def _prevention(incident: Incident, beside: Beside) -> Iterator[Measure]:
    for each in incident.care.preventions:
        yield Measure(
            text=each.text,
            kind=each.kind,
            owner=each.owner or UNKNOWN,
            due=each.due or UNKNOWN,
            done=each.done is not None,
            proposed=False,
        )
    for each in beside.proposals:
        yield Measure(
            text=WORDS["en"][each.key],
            kind=each.kind,
            owner=UNKNOWN,
            due=UNKNOWN,
            done=False,
            proposed=True,
            usher_config=each.settings,
        )


def _recheck(incident: Incident, iso: Iso) -> Iterator[Recheck]:
    """The proofs that it is over, as they came."""
    answered, lasted = incident.recovered, incident.closed
    yield Recheck(
        "what failed works again", _moment(iso, answered), UNKNOWN if answered is None else "passed"
    )
    yield Recheck("it lasts", _moment(iso, lasted), UNKNOWN if lasted is None else "passed")


def _effects(incident: Incident, drills: Iterable[Drill]) -> Iterator[Effect]:
    measured = durations(incident)
    for each in drills:
        before = (("time to detect", measured.detect, each.detect),
                  ("time to recover", measured.whole, each.recover))  # fmt: skip
        yield from (
            Effect(name, _rounded(then), _rounded(now), each.id) for name, then, now in before
        )


def _moment(iso: Iso, at: float | None) -> str | None:
    return None if at is None else iso(at)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
