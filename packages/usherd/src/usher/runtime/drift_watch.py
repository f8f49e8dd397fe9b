"""Looks every few seconds whether what runs is what should, where somebody declared that.

Without a declared role nothing is looked at, and nothing wakes up: "wrong" would be a guess.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from msgspec.structs import replace

from usher.guard import drift, overrides
from usher.guard.bindings import Setting
from usher.guard.drift import Scene, Service
from usher.host.programs import app_of
from usher.host.sightings import sightings
from usher.model import audit
from usher.model.audit import InForce
from usher.model.finding import Finding
from usher.model.incident import Incident
from usher.model.spec import ServiceSpec
from usher.model.world import World
from usher.policy import status
from usher.runtime import clock, processes
from usher.runtime.alerting import Alerting
from usher.runtime.audit import Audit
from usher.runtime.env_drift import EnvDrift
from usher.runtime.gate import Gate, Known
from usher.runtime.pool_watch import PoolWatch
from usher.runtime.redacting import Redacting
from usher.runtime.stranger_log import Notes, StrangerLog

log = logging.getLogger(__name__)

INTERVAL: Final = 15.0
"""Seconds between two looks (design: an app of another role is found within 20 s)."""

WINDOW: Final = 600.0
"""Seconds over which restarts are counted: the window of the restart budget."""

SETTLING: Final = 60.0
"""Seconds after which an app that is not ready is missing, and no longer only starting."""


_MISSING: Final = (drift.ABSENT.code, drift.NOTHING_RUNS.code)


class Incidents(Protocol):
    """What went wrong (runtime.incident_log)."""

    @property
    def open(self) -> Sequence[Incident]:
        """What is not over."""
        ...


class Supervised(Protocol):
    """What is supervised (runtime.supervisor.Supervisor)."""

    home: Path
    gate: Gate
    audit: Audit
    redacting: Redacting
    env_drift: EnvDrift
    pools: PoolWatch

    @property
    def history(self) -> Notes:
        """Who changed what; notes are added."""
        ...

    @property
    def incidents(self) -> Incidents:
        """What went wrong."""
        ...

    @property
    def world(self) -> World:
        """The present state."""
        ...

    def known_as(self, spec: ServiceSpec) -> Known:
        """Join a definition with the values of its variables."""
        ...


class DriftWatch:
    """One a daemon."""

    def __init__(self, supervised: Supervised, alerting: Alerting) -> None:
        self._supervised = supervised
        self._gate = supervised.gate
        self._alerting = alerting
        self._strangers = StrangerLog(supervised.history, self._unfinished)
        self._unready: dict[str, float] = {}
        self._applied = _Applied(supervised.audit)
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look from now on, if there is anything to be held to; called whenever that may change."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())

    def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    async def look(self) -> tuple[list[Finding], Setting]:
        """Look once, whether or not anything is declared."""
        setting = await self._gate.setting()
        services = [await self._compared(each) for each in self._services()]
        known = [*(service.app for service in services), *setting.bound]
        seen = await asyncio.to_thread(sightings, known, setting.rules)
        scene = Scene(str(self._supervised.home), tuple(services), window=WINDOW)
        forced = overrides.announced(self._gate.memory.overrides, clock.read().wall)
        pools = self._supervised.pools.findings()
        found = [*drift.judge(scene, seen, setting), *forced, *pools]
        return [*map(self._supervised.redacting.finding, found)], setting

    def _services(self) -> Iterator[Service]:
        """Describe every service that is no job: a job that has ended is as it should be."""
        world, now = self._supervised.world, clock.read()
        for view in status.views(world, now):
            service = world.services[view.name]
            spec = service.current.spec
            if view.kind == "job":
                continue
            pids = tuple(each.pid for each in view.instances if each.pid is not None)
            starts = status.recent_starts(world, view.name, now.boot - WINDOW)
            limit = spec.memory.limit if spec.memory else 0
            yield Service(
                app_of(spec, self._supervised.known_as(spec).env),
                wanted=view.instances_wanted if view.want == "up" else 0,
                ready=view.ready,
                pids=pids,
                restarts=starts,
                changed_env=tuple(self._supervised.env_drift.of(spec, pids)),
                memory=max(map(_memory, pids), default=0) if limit else 0,
                memory_limit=limit,
            )

    async def _compared(self, service: Service) -> Service:
        """Compare with the file that it was started from, if that was touched since."""
        applied = self._applied.of(service.app.name)
        if not applied or not applied.config or not applied.applied or not service.wanted:
            return service
        try:
            touched = Path(applied.config).stat().st_mtime > applied.applied.at
        except OSError:
            return service
        if not touched:
            return service
        now = await self._gate.outline(applied.config)
        same = now.digest in ("", applied.digest)
        return service if same else replace(service, changed_in=applied.config)

    async def _watch(self) -> None:
        while await self._is_declared():
            try:
                found, setting = await self.look()
                self._strangers.look(found, clock.read())
                self._alerting.look([*self._settled(found)], setting.host.role)
            except OSError as error:
                log.warning("cannot look for drift: %s", error)
            await asyncio.sleep(INTERVAL)

    def _unfinished(self) -> Iterator[tuple[str, str]]:
        for incident in self._supervised.incidents.open:
            if incident.kind == "foreign":
                yield from ((incident.rule, service) for service, _ in incident.troubled)

    async def _is_declared(self) -> bool:
        setting = await self._gate.setting()
        return bool(setting.rules)

    def _settled(self, found: list[Finding]) -> Iterator[Finding]:
        """Leave out what is only starting: it has its own time limit, and its own events."""
        now = asyncio.get_running_loop().time()
        missing = {each.app for each in found if each.code in _MISSING}
        self._unready = {app: self._unready.get(app, now) for app in missing}
        for each in found:
            if each.code not in _MISSING or now - self._unready[each.app] >= SETTLING:
                yield each


class _Applied:
    """Which configuration is in force for which service; read again when more was recorded."""

    def __init__(self, log: Audit) -> None:
        self._log = log
        self._size = -1
        self._found: Mapping[str, InForce] = {}

    def of(self, service: str) -> InForce | None:
        size = self._log.size
        if size != self._size:
            everything = audit.in_force(self._log.records(), clock.read().wall)
            self._found = {each.service: each for each in everything}
            self._size = size
        return self._found.get(service)


def _memory(pid: int) -> int:
    used = processes.usage(pid)
    return used.memory if used else 0
