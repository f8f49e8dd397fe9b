"""Certificates that probes have seen: what is wrong with them becomes a finding (`cert.expiry`).

One that runs out is no outage, so the policy does nothing about it; people are told in time. A
service may show several: the gravest speaks for all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from usher.diagnosis.measured import Observed
from usher.diagnosis.signature import Severity, Signature
from usher.diagnosis.signatures.measured import CERTIFICATE
from usher.model import events as ev
from usher.model.incident import Incident
from usher.model.spec import ProbeSpec
from usher.model.target import TlsTarget
from usher.model.world import World

_GRAVE: Final = CERTIFICATE._replace(severity=Severity.CRITICAL)


class Incidents(Protocol):
    """What went wrong (runtime.incident_log)."""

    @property
    def open(self) -> Sequence[Incident]:
        """Return what is not closed."""
        ...


class Office(Protocol):
    """What has to be known."""

    @property
    def world(self) -> World:
        """Return the present state."""
        ...

    @property
    def incidents(self) -> Incidents:
        """What an earlier daemon told of."""
        ...


class Findings(Protocol):
    """The book of findings (runtime.fault_watch)."""

    def seen_of(self, service: str, judged: Mapping[Signature, Observed | None]) -> None:
        """Take what was looked for at a service or a remote, and what of it was found."""
        ...

    def resume(self, service: str, observed: Observed) -> None:
        """Take up what an earlier daemon told."""
        ...


class CertificateWatch:
    """One a daemon."""

    def __init__(self, office: Office, findings: Findings) -> None:
        self._office = office
        self._findings = findings
        self._bad: dict[tuple[str, str], Observed] = {}
        """By service (or remote) and probe."""
        self._unfinished: set[str] | None = None
        """Services of which an earlier daemon told; None: nobody has looked yet."""

    def answered(self, event: ev.ProbeResult | ev.RemoteAnswered) -> None:
        """Take an answer; one that shows no certificate says nothing of it."""
        service = event.remote if isinstance(event, ev.RemoteAnswered) else event.key.service
        which = (service, event.probe)
        if not event.certificate and not (event.ok and which in _asked(self._office.world)):
            return
        unfinished = self._taken_up()
        known = self._bad.pop(which, None)
        if event.certificate:
            fault = _GRAVE if event.certificate == "critical" else CERTIFICATE
            self._bad[which] = Observed(fault, f"{event.probe}: {event.detail}")
        if event.certificate or known is not None or service in unfinished:
            unfinished.discard(service)
            self._tell(service)

    def follow(self, world: World) -> None:
        """Forget what is asked no more."""
        if self._bad:
            gone = self._bad.keys() - _asked(world).keys()
            for which in gone:
                del self._bad[which]
            for service in {service for service, _ in gone}:
                self._tell(service)

    def _tell(self, service: str) -> None:
        bad = [found for (each, _), found in self._bad.items() if each == service]
        gravest = next((each for each in bad if each.fault is _GRAVE), bad[0] if bad else None)
        self._findings.seen_of(service, {CERTIFICATE: gravest})

    def _taken_up(self) -> set[str]:
        if self._unfinished is None:
            self._unfinished = set()
            for incident in self._office.incidents.open:
                if incident.kind == "certificate" and incident.troubled and incident.causes:
                    cause = incident.causes[0]
                    fault = _GRAVE if cause.grave else CERTIFICATE
                    said = cause.evidence[-1] if cause.evidence else cause.text
                    self._findings.resume(incident.service, Observed(fault, said))
                    self._unfinished.add(incident.service)
        return self._unfinished


def _asked(world: World) -> dict[tuple[str, str], ProbeSpec]:
    """Probes that see a certificate, by service (or remote) and name."""
    specs = [each.spec for each in (*world.services.values(), *world.remotes.values())]
    return {
        (spec.name, probe.name): probe
        for spec in specs
        for probe in spec.probes
        if isinstance(probe.target, TlsTarget)
    }
