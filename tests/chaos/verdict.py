"""What must hold after a run, each breach in a sentence."""

from collections.abc import Iterator
from typing import Final

from tests.chaos.run import Happened
from tests.chaos.stage import Stage
from tests.signal_audit import SignalAudit

from usher.incidents.fold import OPENS
from usher.model.incident import Incident

DETECTED_WITHIN: Final = 60.0
"""Seconds; a machine that does something else as well needs some of them."""

CLOCK: Final = 1.0
"""Seconds that a time may differ from ours: we look at the clock before we act."""


def breaches(stage: Stage, happened: list[Happened], audit: SignalAudit) -> list[str]:
    """Everything that is not as it should be; empty: all is well."""
    found = [*_incidents(stage, happened), *_processes(stage), *_signals(stage, happened, audit)]
    return [*found, *_lines(stage)]


def _incidents(stage: Stage, happened: list[Happened]) -> Iterator[str]:
    every = stage.incidents()
    for name in stage.samples:
        found: list[Incident] = []
        for fault in (each for each in happened if each.service == name):
            its = [each for each in every[name] if _is_of(each, fault)]
            found += its
            if len(its) != 1:
                yield f"{name}: {fault.fault.name}: {len(its)} incidents"
            for incident in its:
                for wrong in _times(fault, incident):
                    yield f"{name}: {fault.fault.name}, {incident.id}: {wrong}"
        for incident in every[name]:
            if incident not in found:
                yield f"{name}: {incident.id} ({incident.kind}, {incident.rule}) is of no fault"
    strange = set(every) - set(stage.samples)
    if strange:
        yield f"incidents of {', '.join(strange)}, to which nothing was done"


def _is_of(incident: Incident, fault: Happened) -> bool:
    """Whether it began, or began again, within a minute after the fault.

    The next fault of this service comes later: what happened to it has to be over for a minute.
    """
    troubles = (each.at for each in incident.timeline if each.event in OPENS)
    return any(-CLOCK <= at - fault.at <= DETECTED_WITHIN for at in troubles)


def _times(fault: Happened, incident: Incident) -> Iterator[str]:
    begin, found = incident.occurred.at - fault.at, incident.detected - fault.at
    again = found < -CLOCK  # the first time of the same fault is told, and was judged then
    if incident.kind not in fault.fault.kinds:
        story = ", ".join(f"{each.event} ({each.detail})" for each in incident.timeline[:8])
        yield f"is a {incident.kind}: {story}"
    if not again and begin < -CLOCK:
        yield f"is said to have begun {-begin:.1f} s before the fault"
    if not again and not begin <= found <= DETECTED_WITHIN:
        yield f"began after {begin:.1f} s, was detected after {found:.1f} s"
    if incident.recovered is None or incident.recovered < max(incident.detected, fault.at):
        yield "is not said to be over"
    elif incident.kind == "dependency" and incident.recovered < (fault.over or 0) - CLOCK:
        yield "is said to be over before it was"


def _processes(stage: Stage) -> Iterator[str]:
    """Each wanted instance runs once, and nothing else of this home does."""
    wanted = 0
    for service in stage.services():
        wanted += service.instances_wanted
        pids = {each.pid for each in service.instances} - {None}
        if service.ready != service.instances_wanted or len(pids) != service.instances_wanted:
            yield f"{service.name}: {service.ready} of {service.instances_wanted} are ready"
        for each in service.instances:
            for probe in each.probes:
                if not probe.ok:
                    yield f"{service.name}: {probe.name} does not pass: {probe.last}"
    orphans = 1  # the till's
    marked = len(stage.usher.marked())
    if marked != wanted + orphans:
        yield f"{marked} processes run, not {wanted + orphans}"


def _signals(stage: Stage, happened: list[Happened], audit: SignalAudit) -> Iterator[str]:
    """Nobody was signalled but processes of a service that was in trouble at that time."""
    for stranger in audit.strangers():
        yield f"{stranger.signal} was sent to {stranger.target}, which is no process of a service"
    every = stage.incidents()
    for sent in audit.sent():
        service = audit.services.get(sent.target)
        if service is None:
            continue
        faults = [each for each in happened if each.service == service]
        spans = [
            (fault.at, incident.recovered or sent.at)
            for fault in faults
            for incident in every[service]
            if _is_of(incident, fault)
        ]
        if not any(begin - CLOCK <= sent.at <= end + CLOCK for begin, end in spans):
            yield f"{sent.signal} was sent to {service} ({sent.target}), which was well"


def _lines(stage: Stage) -> Iterator[str]:
    count, logged = stage.written()
    if logged[:count] != list(range(1, count + 1)) or len(logged) - count not in (0, 1):
        yield f"of {count} lines that were printed, {len(set(logged))} are in the log"
