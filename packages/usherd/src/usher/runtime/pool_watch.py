"""Watches the database connections of services whose pool is known, and what they say of them.

Nothing is looked at, and no timer runs, for services that declare no pool and of whose database
nothing is known. What is found is told once a run; `usher.guard.database.signs` has the words.
"""

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from usher.guard.database import signs
from usher.guard.database.pool import Around, Sizing, size_of
from usher.host.database_url import target_of
from usher.host.libraries import dependencies
from usher.model import events as ev
from usher.model.database import Target
from usher.model.finding import Finding
from usher.model.phase import Live
from usher.model.spec import ServiceSpec
from usher.model.world import World
from usher.policy import status
from usher.runtime import database_sockets, log_files, processes
from usher.runtime.log_paths import NOWHERE, log_paths

YOUNG: Final = 60.0
"""Seconds in which an instance makes its pools, and is looked at more often."""

OFTEN: Final = 2.0
SELDOM: Final = 5.0
"""Seconds between two looks at a young instance, and at others."""

IN_A_ROW: Final = 2
"""Looks that must show too many connections: one may see a pool being renewed."""

LINES: Final = 2000
"""Lines of a log that are read at a time; an app that says more in 5 s is not read whole."""

OVERLAP: Final = 2.0
"""Seconds of the log that are read again, so that no stack is cut in two."""


class Defined(Protocol):
    """A definition with the values of its variables."""

    @property
    def env(self) -> Mapping[str, str]:
        """Return the values."""
        ...


class Office(Protocol):
    """What the watch needs to know, and where it tells what it sees."""

    @property
    def home(self) -> Path:
        """Return the state folder."""
        ...

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        ...

    def instance_id(self, key: ev.Key) -> int:
        """Return PM2's number of an instance."""
        ...

    def known_as(self, spec: ServiceSpec) -> Defined:
        """Join a definition with the values of its variables."""
        ...

    def tell(self, finding: Finding, key: ev.Key) -> None:
        """Take a finding that is new."""
        ...


class Seen(NamedTuple):
    """What is known of the connections of one instance."""

    connections: int | None = None
    """As of the last look; None: not to be seen, or not looked yet."""
    size: int | None = None
    """What the instance may hold."""
    findings: tuple[Finding, ...] = ()


class _Pool(NamedTuple):
    """The pool of a definition."""

    target: Target | None
    sizing: Sizing
    label: str
    logs: tuple[str, ...]


class _Run:
    """One run that is watched."""

    def __init__(self, pid: int, pool: _Pool) -> None:
        self.pid = pid
        self.pool = pool
        self.began = _started(pid)
        self.read_to = self.began
        """Up to when its logs were read (wall clock)."""
        self.above = 0
        self.connections: int | None = None


class PoolWatch:
    """One a daemon."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._pools: dict[tuple[str, int], _Pool | None] = {}
        self._targets: dict[tuple[str, str], Target | None] = {}
        self._runs: dict[tuple[ev.Key, int], _Run] = {}
        self._findings: dict[ev.Key, dict[str, Finding]] = {}
        self._endpoints: dict[tuple[str, int], frozenset[str]] = {}
        self._task: asyncio.Task[None] | None = None

    def follow(self, world: World) -> None:
        """Watch the live runs of this world and no others."""
        alive = status.live_runs(world)
        for gone in set(self._runs) - set(alive.items()):
            del self._runs[gone]
        keys = {
            instance.key
            for service in world.services.values()
            for generation in service.generations
            for instance in generation.instances.values()
        }
        self._findings = {key: each for key, each in self._findings.items() if key in keys}
        generations = {(key.service, key.generation) for key in keys}
        self._pools = {which: pool for which, pool in self._pools.items() if which in generations}
        digests = {
            each.spec.env_digest for one in world.services.values() for each in one.generations
        }
        self._targets = {which: it for which, it in self._targets.items() if which[0] in digests}
        for key, run in alive.items():
            pid = None if (key, run) in self._runs else self._office.pid(key, run)
            pool = None if pid is None else self._pool(world, key)
            if pid is not None and pool is not None:
                self._runs[key, run] = _Run(pid, pool)
                self._findings.pop(key, None)
        if self._runs and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._watch())

    def close(self) -> None:
        """Watch nothing any more."""
        if self._task is not None:
            self._task.cancel()

    def seen(self, key: ev.Key, run: int) -> Seen:
        """Return what is known of an instance; nothing where its pool is not."""
        found = tuple(self._findings.get(key, {}).values())
        watched = self._runs.get((key, run))
        if watched is None:
            return Seen(findings=found)
        return Seen(watched.connections, watched.pool.sizing.per_instance, found)

    def findings(self) -> list[Finding]:
        """Return everything that was found of runs that still count."""
        return [finding for each in self._findings.values() for finding in each.values()]

    def read_last_words(self, world: World, key: ev.Key, run: int) -> None:
        """Read what a run that has just ended said, perhaps before it was looked at once."""
        watched, pool = self._runs.get((key, run)), self._pool(world, key)
        if pool is None:
            return
        began = _began(world, key) if watched is None else watched.began
        lines = _read(pool.logs, began)
        for sign in signs.find(lines, os.path.isfile):
            self._note(key, sign.finding(pool.label))

    # -- one look ----------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while self._runs:
            young = any(time.time() - each.began < YOUNG for each in self._runs.values())
            await asyncio.sleep(OFTEN if young else SELDOM)
            for (key, run), watched in [*self._runs.items()]:
                await self._look(key, run, watched)

    async def _look(self, key: ev.Key, run: int, watched: _Run) -> None:
        began, watched.read_to = watched.read_to - OVERLAP, time.time()
        said = await asyncio.to_thread(_read, watched.pool.logs, max(began, watched.began))
        ends = await self._ends(watched.pool.target)
        counted = (
            await asyncio.to_thread(database_sockets.count, watched.pid, ends) if ends else None
        )
        if (key, run) not in self._runs:
            return
        watched.connections = counted
        for sign in signs.find(said, os.path.isfile):
            self._note(key, sign.finding(watched.pool.label))
        most = watched.pool.sizing.per_instance
        above = counted is not None and most is not None and counted > most
        watched.above = watched.above + 1 if above else 0
        # A library's default says nothing of a pool that the code makes larger.
        if watched.above == IN_A_ROW and watched.pool.sizing.said:
            self._note(key, _second_pool(key, watched))

    async def _ends(self, target: Target | None) -> frozenset[str]:
        """Resolve where the database listens, once; empty: not by TCP, or nowhere."""
        if target is None or target.host.startswith("/"):
            return frozenset()
        place = (target.host, target.port)
        if place not in self._endpoints:
            loop = asyncio.get_running_loop()
            try:
                found = await loop.getaddrinfo(*place, type=socket.SOCK_STREAM)
            except OSError:
                return frozenset()  # asked again with the next look
            addresses = {str(each[4][0]) for each in found}
            self._endpoints[place] = database_sockets.endpoints(addresses, target.port)
        return self._endpoints[place]

    def _note(self, key: ev.Key, finding: Finding) -> None:
        known = self._findings.setdefault(key, {})
        if finding.code not in known:
            self._office.tell(finding, key)
        # The stack below a line may come with the next look.
        if len(finding.message) > len(known.get(finding.code, Finding("")).message):
            known[finding.code] = finding

    # -- what a definition says --------------------------------------------------------------------

    def _pool(self, world: World, key: ev.Key) -> _Pool | None:
        which = (key.service, key.generation)
        if which not in self._pools:
            spec = status.spec_of(world, key)
            self._pools[which] = None if spec is None else self._known(spec)
        pool, spec = self._pools[which], status.spec_of(world, key)
        if pool is None or spec is None:
            return None
        paths = log_paths(self._office.home, spec, key.slot, self._office.instance_id(key))
        logs = tuple(each for each in dict.fromkeys((paths.err, paths.out)) if each != NOWHERE)
        return pool._replace(logs=logs)

    def _known(self, spec: ServiceSpec) -> _Pool | None:
        """Find out about a pool; the environment of most services is the same, and read once."""
        variable = spec.pool.variable if spec.pool else ""
        which = (spec.env_digest, variable)
        if which not in self._targets:
            self._targets[which] = target_of(self._office.known_as(spec).env, variable)
        target = self._targets[which]
        if target is None and spec.pool is None:
            return None
        env = self._office.known_as(spec).env
        around = Around(env, spec.argv, dependencies(spec.cwd), os.cpu_count() or 1)
        sizing = size_of(spec.pool, target, around)
        return None if sizing.size is None else _Pool(target, sizing, spec.label or spec.name, ())


def _second_pool(key: ev.Key, watched: _Run) -> Finding:
    held, sizing = watched.connections, watched.pool.sizing
    message = (
        f"{key} (pid {watched.pid}) holds {held} sockets > pool max {sizing.per_instance}"
        f" ({sizing.source}) to {watched.pool.target}; a restart does not help"
    )
    code = signs.SECOND_POOL
    return code.finding(message, app=watched.pool.label, field="pool", hint=code.fix)


def signs_since(logs: tuple[str, ...], since: float) -> list[signs.Sign]:
    """Find the signs in what was logged since then (wall clock)."""
    return signs.find(_read(logs, since), os.path.isfile)


def _read(logs: tuple[str, ...], since: float) -> list[str]:
    """Read the last lines that were written since then (wall clock), stderr first."""
    window = log_files.Window(LINES, int(since * 1e9))
    lines: list[str] = []
    for path in logs:
        try:
            if Path(path).stat().st_mtime < since:
                continue
            with log_files.Log(path) as log:
                lines += [log_files.text_of(line.text) for line in log.read(window)]
        except OSError:
            continue  # rotated away, or never written
    return lines


def _began(world: World, key: ev.Key) -> float:
    """Say when the run that has just ended was started (wall clock)."""
    generations = world.services[key.service].generations if key.service in world.services else ()
    for generation in generations:
        instance = generation.instances.get(key.slot)
        if generation.number == key.generation and instance is not None:
            process = instance.phase.process if isinstance(instance.phase, Live) else None
            if process is not None:
                return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - process.since)
    return time.time()


def _started(pid: int) -> float:
    """Say when a process was started (wall clock); now if it is gone."""
    seen = processes.stat(pid)
    if seen is None:
        return time.time()
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - seen.started / processes.TICKS)
