"""What the daemon knows of an app beside its log, for `usher diagnose`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from usher.api.text import age, size
from usher.api.types import EventRecord, InstanceStatus, ProbeStatus, ServiceStatus
from usher.client import Client
from usher.incidents.wording import WORDS
from usher.model.incident import Incident

ENDS: Final = 3
"""Ends of runs that are told, the latest ones."""

_NEAR: Final = 0.9
"""Part of its limit from which memory is no longer excluded."""


class Fact(NamedTuple):
    """One thing that is known, in English: it is put into the reader's language when told."""

    topic: str
    """A key `fact.<topic>` of usher.diagnosis.wording."""
    of: str
    """Of which instance, probe or service; empty where there is one only."""
    said: str

    @property
    def about(self) -> str:
        """What about, as programs read it."""
        return f"{self.topic} {self.of}".rstrip()


class Known(NamedTuple):
    """Facts about one app, in the order in which people ask for them."""

    facts: tuple[Fact, ...] = ()
    excluded: tuple[str, ...] = ()
    """What was looked at and is well, each with what was seen."""
    incident: Incident | None = None
    """The one that is open."""


class Around(NamedTuple):
    """What is asked for once, for all apps."""

    services: Mapping[str, str]
    """Name of a service or remote -> how it stands."""
    incidents: Sequence[Incident]


def around(client: Client) -> Around:
    """Ask how everything stands, and what is open."""
    seen = client.overview()
    states: dict[str, str] = {each.name: _state(each) for each in seen.services}
    states |= {each.name: each.status for each in seen.remotes}
    return Around(states, [each for each in client.incidents() if each.state != "closed"])


def known_of(client: Client, service: ServiceStatus, seen: Around) -> Known:
    """Gather what is known of an app."""
    incident = next((each for each in seen.incidents if service.name in each.services), None)
    ends = [e for e in client.events(service=service.name, lines=0) if e.event == "exited"]
    return Known(
        tuple(_facts(service, seen, incident, ends[-ENDS:])),
        tuple(_excluded(service, seen, incident)),
        incident,
    )


def _state(service: ServiceStatus) -> str:
    return f"{service.status}, {service.ready} of {service.instances_wanted} ready"


def _facts(
    service: ServiceStatus,
    seen: Around,
    incident: Incident | None,
    ends: Sequence[EventRecord],
) -> Iterator[Fact]:
    if incident is not None:
        yield about_incident(incident)
    for instance in service.instances:
        if instance.listed:
            yield Fact("instance", str(instance.slot), "; ".join(_instance(instance)))
            for probe in instance.probes:
                yield about_probe(probe)
    for end in ends:
        slot = "" if end.slot is None else f"instance {end.slot} "
        yield Fact("end", "", f"{end.time}: {slot}{end.detail}")
    for name, condition in service.depends_on.items():
        stands = seen.services.get(name, "not run by usher")
        yield Fact("needs", name, f"{condition}; it is {stands}")
    if service.addresses:
        yield Fact("addresses", "", ", ".join(service.addresses))
    if service.env_drift:
        differ = ", ".join(service.env_drift)
        yield Fact("variables", "", f"differ from their sources: {differ}")


def _instance(instance: InstanceStatus) -> Iterator[str]:
    yield instance.phase + (f", {instance.detail}" if instance.detail else "")
    if instance.pid is not None:
        yield f"pid {instance.pid}, up {age(instance.uptime)}"
    if instance.memory is not None:
        limit = f" of {size(instance.memory_limit)}" if instance.memory_limit else ""
        yield f"memory {size(instance.memory)}{limit}"
    if instance.cpu is not None:
        yield f"processor {instance.cpu:.0f}%"
    if instance.connections is not None:
        limit = f" of {instance.connections_limit}" if instance.connections_limit else ""
        yield f"{instance.connections}{limit} connections to its database"
    if instance.restarts_recent:
        yield f"restarts within the window of its budget: {instance.restarts_recent}"
    if instance.result:
        code = "" if instance.exit_code is None else f", exit code {instance.exit_code}"
        yield f"last result: {instance.result}{code}"


def about_incident(incident: Incident) -> Fact:
    """Tell an incident in one line."""
    kind = WORDS["en"][f"kind.{incident.kind}"]
    return Fact("incident", "", f"{incident.id}, {incident.state}: {incident.service}, {kind}")


def about_probe(probe: ProbeStatus) -> Fact:
    """Tell what a probe was answered last."""
    return Fact("probe", probe.name, _probe(probe))


def _probe(probe: ProbeStatus) -> str:
    if probe.ok is None:
        return "not asked yet"
    times = "time" if probe.in_row == 1 else "times"
    how = "passes" if probe.ok else f"failed {probe.in_row} {times} in a row"
    return f"{how} ({probe.scope}): {probe.last}" if probe.last else f"{how} ({probe.scope})"


def _excluded(service: ServiceStatus, seen: Around, incident: Incident | None) -> Iterator[str]:
    for name in service.depends_on:
        if seen.services.get(name, "").startswith("active"):
            yield f"{name}, which it needs: {seen.services[name]}"
    for instance in service.instances:
        for probe in instance.probes:
            if probe.scope == "dependency" and probe.ok and not probe.failing:
                yield f"{probe.name}: {probe.last or 'passes'}"
        limit = instance.memory_limit
        if instance.memory is not None and limit and instance.memory < _NEAR * limit:
            yield f"memory limit: {size(instance.memory)} of {size(limit)} are used"
    if incident is not None:
        said = (each for each in incident.excluded if not each.endswith("no line speaks of it"))
        yield from (f"{each} (when the incident was looked at)" for each in said)
