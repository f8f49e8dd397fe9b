"""Everything that is measured and counted, as one: what each observer is told, and who may ask.

The series are for graphs and incidents, the tallies for whoever collects metrics, the rules of
`fault_watch` for everybody.
"""

import time
from collections.abc import Collection, Mapping
from typing import Protocol

from usher.keeper import wire
from usher.model import actions as act
from usher.model import events as ev
from usher.model.world import World
from usher.runtime import (
    certificate_watch,
    clock,
    fault_watch,
    port_watch,
    processes,
    runs,
    sampling,
)
from usher.runtime.certificate_watch import CertificateWatch
from usher.runtime.fault_watch import FaultWatch, Notes
from usher.runtime.memory_kills import MemoryKills
from usher.runtime.port_watch import PortWatch
from usher.runtime.sampling import Sampler
from usher.runtime.scheduled_restarts import ScheduledRestarts
from usher.runtime.series import Point, SeriesStore
from usher.runtime.tallies import Tallies


class Office(
    certificate_watch.Office, fault_watch.Office, port_watch.Office, sampling.Office, Protocol
):
    """What all of them need to know."""


class Figures:
    """One a daemon."""

    def __init__(self, office: Office, notes: Notes) -> None:
        self.series = SeriesStore(office.home)
        self.tallies = Tallies()
        self.memory_kills = MemoryKills()
        self.faults = FaultWatch(office, notes)
        self._nights = ScheduledRestarts(office, self.series, self.faults)
        self._sampler = Sampler(office, self.series, self.faults.look)
        self._ports = PortWatch(office, self.faults)
        self._certificates = CertificateWatch(office, self.faults)

    def begin(self, services: Collection[str]) -> None:
        """Go on with what an earlier daemon kept of these services."""
        self.memory_kills.look(clock.read().boot)
        self.series.load(services)
        self._nights.begin(services)

    def close(self) -> None:
        """Measure nothing any more, and keep what there is."""
        self._sampler.close()
        self._ports.close()
        self.faults.close()
        self.series.save()

    def follow(self, world: World) -> None:
        """Measure what runs in this world."""
        self.series.keep_only(world.services)
        self.tallies.keep_only(world.services, world.remotes)
        self._sampler.follow(world)
        self._ports.follow(world)
        self._certificates.follow(world)

    def read(self, pids: Collection[int]) -> Mapping[int, processes.Usage]:
        """Read memory for its own watch."""
        return self._sampler.read(pids)

    async def fresh(self) -> None:
        """Measure now what was not measured for a step."""
        await self._sampler.fresh()

    def latest(self) -> Mapping[int, sampling.Reading]:
        """What was measured last, by main pid."""
        return self._sampler.latest()

    def probed(self, event: ev.Event) -> None:
        """Take an answer of a probe, among all that is observed."""
        if isinstance(event, ev.ProbeResult | ev.RemoteAnswered):
            self._certificates.answered(event)
            self.tallies.probed(event)
        if isinstance(event, ev.ProbeResult):
            seen = Point(time.time(), asked=1, failed=int(not event.ok), slowest=event.took)
            self._add(event.key, seen)
            self._sampler.awake()
            self.memory_kills.look(clock.read().boot)

    def recorded(self, changed: act.Action) -> None:
        """Take an event of an instance, among all that is told."""
        if not isinstance(changed, act.Changed):
            return
        self.faults.recorded(changed)
        self._nights.recorded(changed)
        if self.tallies.recorded(changed):
            self._add(changed.key, Point(time.time(), restarts=1))

    def log_told(self, report: wire.Message) -> None:
        """Take what a writer of logs said: that it cannot write, or can again."""
        if report["kind"] != "rotated":
            service = runs.parse(report["run"])[0].service
            self.tallies.lost(service, int(report["dropped"]))
            self.faults.log_told(service, report["error"])

    def _add(self, key: ev.Key, point: Point) -> None:
        series = self.series.find(key.service, key.slot)
        if series is not None:
            series.add(point)
