"""What is to be observed because definitions ask for it: files, memory, the clock.

After something changed the world is read once and each observer told what concerns it. Nothing is
observed, and no timer runs, for services that ask for nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from usher.model import events as ev
from usher.model.world import World
from usher.policy import status
from usher.runtime import processes
from usher.runtime.accept_watch import AcceptWatch
from usher.runtime.memory import Limited, MemoryMeter
from usher.runtime.watch import FileWatch

if TYPE_CHECKING:
    from usher.runtime.schedule import Schedule

GATHER: Final = 0.2
"""Seconds in which changes of the world are gathered before it is read."""

ROTATION: Final = "logs of "
"""Marks the keys of log rotations among those of restarts."""


class Office(Protocol):
    """What the lookouts need to know, and where they tell what they see."""

    @property
    def world(self) -> World:
        """Return the present state."""
        ...

    def post(self, event: ev.Event) -> None:
        """Take an observation."""
        ...

    def pid(self, key: ev.Key, run: int) -> int | None:
        """Return the main pid of a live run."""
        ...

    def log_files(self) -> frozenset[str]:
        """Return the paths of all logs."""
        ...


class Meter(Protocol):
    """Who measures what runs (runtime.figures)."""

    def follow(self, world: World) -> None:
        """Measure what runs in this world."""
        ...

    def read(self, pids: Collection[int]) -> Mapping[int, processes.Usage]:
        """Read the memory of runs, by their main pids."""
        ...


class Lookouts:
    """One a daemon; `look_again` after anything changed, `close` at the end."""

    def __init__(
        self,
        home: Path,
        office: Office,
        rotate: Callable[[str], None],
        meter: Meter,
        *further: Callable[[World], None],
    ) -> None:
        """`rotate(service)` begins new log files; `further` observers are told of the world."""
        self._home = home
        self._office = office
        self._rotate = rotate
        self._memory = MemoryMeter(office.post, meter.read)
        self._queues = AcceptWatch(office)
        self._further = (*further, meter.follow, self._queues.follow)
        self._files = FileWatch(lambda name, path: office.post(ev.FilesChanged(name, path)))
        self._schedule: Schedule | None = None
        """None until the first expression: most homes have none, and its code is 2 MiB."""
        self._waiting: asyncio.TimerHandle | None = None

    def look_again(self) -> None:
        """The world changed, or may have: see soon what is to be observed."""
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_later(GATHER, self._follow)

    def close(self) -> None:
        """Observe nothing any more."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._memory.close()
        self._files.close()
        self._queues.close()
        if self._schedule is not None:
            self._schedule.close()

    def _follow(self) -> None:
        self._waiting = None
        world = self._office.world
        self._follow_times(world)
        self._follow_files(world)
        limited = any(service.spec.memory for service in world.services.values())
        self._memory.follow(self._limited(world) if limited else {})
        for follow in self._further:
            follow(world)

    def _follow_times(self, world: World) -> None:
        times: dict[str, str] = {}
        for name, service in world.services.items():
            times[name] = service.spec.cron_restart
            times[ROTATION + name] = service.spec.logs.rotate
        times = {key: expression for key, expression in times.items() if expression}
        if times and self._schedule is None:
            self._schedule = _schedule(self._due)
        if self._schedule is not None:
            self._schedule.follow(times)

    def _follow_files(self, world: World) -> None:
        watched = {
            name: service.spec.watch
            for name, service in world.services.items()
            if service.spec.watch is not None and service.want == "up"
        }
        never = frozenset({str(self._home)})
        self._files.follow(watched, never | self._office.log_files() if watched else never)

    def _limited(self, world: World) -> dict[tuple[ev.Key, int], Limited]:
        found: dict[tuple[ev.Key, int], Limited] = {}
        for key, run in status.live_runs(world).items():
            spec, pid = status.spec_of(world, key), self._office.pid(key, run)
            if spec is not None and spec.memory is not None and pid is not None:
                found[key, run] = Limited(pid, spec.memory, status.uses_too_much(world, key))
        return found

    def _due(self, key: str) -> None:
        if key.startswith(ROTATION):
            self._rotate(key.removeprefix(ROTATION))
        else:
            self._office.post(ev.ScheduleDue(service=key))


def _schedule(due: Callable[[str], None]) -> "Schedule":
    from usher.runtime.schedule import Schedule, local_zone

    zone = local_zone()
    return Schedule(due, lambda: datetime.now(zone))
