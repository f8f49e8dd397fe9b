"""Reads the memory of instances that have a limit: the whole tree, and only of those.

Above its limit an instance is read twice as often, and twice as many readings must show it: as
much time, but a fast leak is seen half an interval earlier.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final

from usher.model import events as ev
from usher.model.spec import MemorySpec
from usher.runtime import processes

AT_ONCE: Final = 1.5
"""How many times the limit one reading must show to be enough alone (a fast leak)."""


class Watched:
    """One run with a limit."""

    def __init__(self, pid: int, spec: MemorySpec, due: float) -> None:
        self.pid = pid
        self.spec = spec
        self.due = due
        self.above = 0
        """Readings above the limit in a row."""


class MemoryMeter:
    """`post` gets a MemoryExceeded when the readings of a run are enough, and with each more.

    `read` reads whole runs by their main pids.
    """

    def __init__(
        self,
        post: Callable[[ev.MemoryExceeded], None],
        read: Callable[[Collection[int]], Mapping[int, processes.Usage]],
    ) -> None:
        self._post = post
        self._read = read
        self._watched: dict[tuple[ev.Key, int], Watched] = {}
        self._timer: asyncio.TimerHandle | None = None

    def follow(self, runs: Mapping[tuple[ev.Key, int], tuple[int, MemorySpec]]) -> None:
        """Read these runs (pid and limit by key and run) and no others."""
        loop = asyncio.get_running_loop()
        for gone in set(self._watched) - set(runs):
            del self._watched[gone]
        for which, (pid, spec) in runs.items():
            if which not in self._watched:
                self._watched[which] = Watched(pid, spec, loop.time() + spec.interval)
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
        due = {which: each for which, each in self._watched.items() if each.due <= now}
        usages = self._read({each.pid for each in due.values()})
        for (key, run), each in due.items():
            usage = usages.get(each.pid)
            if usage is not None and (used := self._exceeds(each, usage.memory)):
                self._post(ev.MemoryExceeded(key=key, run=run, used=used, limit=each.spec.limit))
            each.due = now + each.spec.interval / (2 if each.above else 1)
        self._rearm()

    def _exceeds(self, each: Watched, used: int) -> int:
        """Count one reading; returns it if there are enough of them."""
        each.above = each.above + 1 if used > each.spec.limit else 0
        enough = each.above > 2 * (each.spec.samples - 1) or used > AT_ONCE * each.spec.limit
        return used if enough else 0
