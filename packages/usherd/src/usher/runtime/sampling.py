"""Measures what runs, when the daemon is awake anyway.

A probe's answer or a reading of memory that is due wakes us; what has not been measured for a step
is measured along with it. So a home without probes and limits rests, and one with them wakes no
more often than before. Only where a definition asks for it (`sample`) is there a timer.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple, Protocol

from usher.model import events as ev
from usher.model.world import World
from usher.policy import status
from usher.runtime import clock, listening, processes, runs
from usher.runtime.series import STEP, Point, Series, SeriesStore

NEARLY: Final = 0.9
"""Share of a step after which a measurement is due: probes are not asked on the dot."""


class Reading(NamedTuple):
    """One look at a run."""

    usage: processes.Usage
    descriptors: processes.Descriptors
    backlog: int = 0
    """Clients whose connections nobody has accepted yet."""
    spent: float = 0.0
    """CPU seconds of the run; it never falls, although what ends takes its own with it."""


class Sample(NamedTuple):
    """A run that was measured, with what is kept of it."""

    key: ev.Key
    run: int
    pid: int
    since: float
    """When it was first seen (wall clock): what was measured before is of another process."""
    limit: int | None
    """Bytes of memory that it may use."""
    series: Series
    reading: Reading


class Office(Protocol):
    """What has to be known of the world."""

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        ...


class _Run:
    """One run that is measured."""

    def __init__(self, key: ev.Key, run: int, limit: int | None, step: float | None) -> None:
        self.key = key
        self.run = run
        self.limit = limit
        self.every = step
        """Seconds between measurements that the definition asks for."""
        self.step = step or STEP
        self.due = 0.0
        """Boot clock."""
        self.since = 0.0
        self.before: tuple[float, float] | None = None
        """Boot clock and CPU seconds of the last measurement ..."""
        self.reading: Reading | None = None
        """... and all of it."""


class Sampler:
    """One a daemon. `seen` gets the samples of each round."""

    def __init__(
        self, office: Office, store: SeriesStore, seen: Callable[[list[Sample]], None]
    ) -> None:
        self._office = office
        self._store = store
        self._seen = seen
        self._runs: dict[int, _Run] = {}
        """By main pid."""
        self._round: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, world: World) -> None:
        """Measure the live runs of this world and no others."""
        known, self._runs = self._runs, {}
        for key, run in status.live_runs(world).items():
            pid, spec = self._office.pid(key, run), status.spec_of(world, key)
            if pid is None or spec is None:
                continue
            before = known.get(pid)
            if before is not None and (before.key, before.run) == (key, run):
                self._runs[pid] = before
            else:
                limit = spec.memory.limit if spec.memory else None
                self._runs[pid] = _Run(key, run, limit, spec.sample)
        self._rearm()

    def close(self) -> None:
        """Measure nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._round is not None:
            self._round.cancel()

    def awake(self) -> None:
        """Something else woke us: measure what is due."""
        if (self._round is None or self._round.done()) and self._due():
            self._round = asyncio.create_task(self._measure())

    async def fresh(self) -> None:
        """Measure what is due, for somebody who waits for it."""
        self.awake()
        if self._round is not None:
            await asyncio.wait([self._round])

    def latest(self) -> dict[int, Reading]:
        """What was measured last, by main pid."""
        return {pid: run.reading for pid, run in self._runs.items() if run.reading is not None}

    def read(self, pids: Collection[int]) -> Mapping[int, processes.Usage]:
        """Read memory for its own watch (runtime.memory), and remember it."""
        usages = processes.usages(pids, runs.MARKER)
        now = clock.read()
        for pid, usage in usages.items():
            run = self._runs.get(pid)
            series = None if run is None else self._series(run)
            if series is not None:
                series.add(Point(now.wall, usage.memory, usage.memory))
        self.awake()
        return usages

    def _due(self) -> list[int]:
        now = clock.read().boot
        return [pid for pid, run in self._runs.items() if run.due <= now]

    async def _measure(self) -> None:
        due = self._due()
        now = clock.read().boot
        for run in map(self._runs.__getitem__, due):
            run.due = now + run.step * (NEARLY if run.every is None else 1.0)
        readings = await asyncio.to_thread(_read, due)
        samples = [self._take(pid, reading) for pid, reading in readings.items()]
        self._rearm()
        self._seen([sample for sample in samples if sample is not None])

    def _take(self, pid: int, reading: Reading) -> Sample | None:
        run, now = self._runs.get(pid), clock.read()
        if run is None:
            return None  # it ended meanwhile
        run.since = run.since or now.wall
        series = self._series(run)
        if series is None:
            return None
        opened = reading.descriptors
        memory, cpu = reading.usage.memory, _share(run.before, now.boot, reading.usage.cpu)
        series.add(Point(now.wall, memory, memory, cpu, opened.open, opened.sockets))
        spent = _spent(run.reading, reading.usage.cpu)
        run.before, run.reading = (now.boot, reading.usage.cpu), reading._replace(spent=spent)
        return Sample(run.key, run.run, pid, run.since, run.limit, series, reading)

    def _series(self, run: _Run) -> Series | None:
        return self._store.get(run.key.service, run.key.slot, run.step)

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        asked = [run for run in self._runs.values() if run.every is not None]
        if asked:
            delay = min(run.due for run in asked) - clock.read().boot
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, delay), self.awake)


def _share(before: tuple[float, float] | None, now: float, cpu: float) -> float:
    """Per cent of one core since the last measurement; 0 with the first one."""
    if before is None or now <= before[0]:
        return 0.0
    return 100 * max(0.0, cpu - before[1]) / (now - before[0])


def _spent(before: Reading | None, cpu: float) -> float:
    """CPU seconds of a run, `cpu` being those of the processes that live and were waited for."""
    return cpu if before is None else before.spent + max(0.0, cpu - before.usage.cpu)


def _read(pids: Collection[int]) -> dict[int, Reading]:
    found: dict[int, Reading] = {}
    waiting = {each.inode: each.queue for each in listening.listeners() if each.queue}
    for leader, members in processes.members(pids, runs.MARKER).items():
        usage = processes.usage_of(members)
        if usage is not None:
            backlog = _backlog(members, waiting)
            found[leader] = Reading(usage, processes.descriptors(members), backlog)
    return found


def _backlog(members: Collection[int], waiting: Mapping[str, int]) -> int:
    """Sum the queues of the sockets on which these processes listen; `waiting` is by inode."""
    if not waiting:
        return 0
    held = {inode for each in members for inode in processes.sockets(each)}
    return sum(queue for inode, queue in waiting.items() if inode in held)
