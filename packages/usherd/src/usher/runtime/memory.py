"""Reads the memory of instances that have a limit: the whole tree, and only of those.

When, and what the readings mean, is decided in `usher.diagnosis.memory_limit`.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final, NamedTuple

from usher.diagnosis.memory_limit import Gauge
from usher.model import events as ev
from usher.model.spec import MemorySpec
from usher.runtime import processes

TOGETHER: Final = 0.25
"""Share of its interval that a run is read too early, along with another: one wake-up for many."""


class Limited(NamedTuple):
    """A run with a limit."""

    pid: int
    spec: MemorySpec
    excess: bool = False
    """Its instance is known to use too much: a reading that says otherwise is awaited."""


class Watched:
    """What is read of one run."""

    def __init__(self, run: Limited, due: float) -> None:
        self.run = run
        self.due = due
        self.gauge = Gauge()


class MemoryMeter:
    """`post` gets a MemoryExceeded when the readings of a run are enough, and with each more.

    Where that is known, it gets a MemoryWithin with each reading that is within the limit.

    `read` reads whole runs by their main pids.
    """

    def __init__(
        self,
        post: Callable[[ev.MemoryExceeded | ev.MemoryWithin], None],
        read: Callable[[Collection[int]], Mapping[int, processes.Usage]],
    ) -> None:
        self._post = post
        self._read = read
        self._watched: dict[tuple[ev.Key, int], Watched] = {}
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, runs: Mapping[tuple[ev.Key, int], Limited]) -> None:
        """Read these runs (by key and run) and no others."""
        loop = asyncio.get_running_loop()
        for gone in set(self._watched) - set(runs):
            del self._watched[gone]
        for which, run in runs.items():
            if which in self._watched:
                self._watched[which].run = run
            else:
                self._watched[which] = Watched(run, loop.time() + run.spec.interval)
        self._rearm()

    def close(self) -> None:
        """Read nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watched:
            at = min(each.due for each in self._watched.values())
            self._timer = asyncio.get_running_loop().call_at(at, self._sample)

    def _sample(self) -> None:
        now = asyncio.get_running_loop().time()
        due = {
            which: each
            for which, each in self._watched.items()
            if each.due <= now + TOGETHER * each.run.spec.interval
        }
        usages = self._read({each.run.pid for each in due.values()})
        for (key, run), each in due.items():
            usage, spec = usages.get(each.run.pid), each.run.spec
            if usage is not None:
                each.gauge = each.gauge.read(spec, now, usage.memory)
                self._tell(key, run, each)
            each.due = now + each.gauge.due_in(spec)
        self._rearm()

    def _tell(self, key: ev.Key, run: int, watched: Watched) -> None:
        used, spec = watched.gauge.used, watched.run.spec
        if watched.gauge.exceeds(spec):
            self._post(ev.MemoryExceeded(key=key, run=run, used=used, limit=spec.limit))
        elif watched.run.excess and used <= spec.limit:
            self._post(ev.MemoryWithin(key=key, run=run, used=used, limit=spec.limit))
