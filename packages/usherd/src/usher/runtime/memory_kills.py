"""Watches what the kernel tells of kills for lack of memory, so that each finds its process.

A counter says something of a process only if it was looked at shortly before the end. A timer would
wake us at rest, so it is looked at when we are awake anyway (docs/decisions/0056).
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from usher.diagnosis import measured
from usher.diagnosis.memory_kill import NO_EVIDENCE, Moved, Signs, Verdict, verdict
from usher.host import memory_kills
from usher.host.memory_kills import Count, Kill
from usher.model import events as ev
from usher.runtime import host_figures

EVERY: Final = 5.0
"""Seconds between two looks, at least."""

MARGIN: Final = 3.0
"""Seconds that an end may be known too late: a look within them may count its kill already."""

DRIFT: Final = 60.0
"""Seconds by which the clock of the kernel's log may be wrong."""

_KILLED: Final = 9
_BY_SHELL: Final = 128 + _KILLED


def is_short() -> bool:
    """Whether the host is short of memory by the rule of host.memory_pressure."""
    host = host_figures.memory()
    return host is not None and measured.host_memory(host) is not None


class Reader(NamedTuple):
    """How the kernel is asked."""

    counted: Callable[[], Count | None] = memory_kills.counted
    logged: Callable[[], Sequence[Kill] | None] = memory_kills.logged
    is_short: Callable[[], bool] = is_short
    uptime: Callable[[], float] = time.monotonic
    """The clock of the log."""


class _Look(NamedTuple):
    at: float
    """Boot clock."""
    counted: Count


class Ended(NamedTuple):
    """A process that has just ended, with what moved meanwhile."""

    at: float
    """When that was known (boot clock)."""
    pid: int
    status: ev.ExitStatus
    lived: float
    """Seconds."""
    moved: Moved | None


class MemoryKills:
    """One a daemon."""

    def __init__(self, reader: Reader = Reader()) -> None:  # noqa: B008 (a constant)
        self._reader = reader
        self._looks: deque[_Look] = deque(maxlen=3)

    def look(self, now: float) -> None:
        """Take note of the counter at `now` (boot clock), unless that was just done."""
        if self._looks and now - self._looks[-1].at < EVERY:
            return
        count = self._reader.counted()
        if count is not None:
            self._looks.append(_Look(now, count))

    def ended(self, pid: int, status: ev.ExitStatus, since: float, now: float) -> Ended:
        """Note what moved until `now`, for a process that ran since `since` (boot clock)."""
        return Ended(now, pid, status, now - since, self._moved(now))

    def verdict(self, ended: Ended) -> Verdict:
        """Say whether it was killed for lack of memory.

        Reads the kernel's log, which may take a moment; call it in a thread.
        """
        by_shell = ended.status == ev.Exit(_BY_SHELL)
        in_group = None
        if isinstance(ended.status, ev.Killed):
            if ended.status.signal != _KILLED:
                return NO_EVIDENCE
            in_group = ended.status.memory_kills
        elif not by_shell:
            return NO_EVIDENCE
        return verdict(Signs(self._line(ended, by_shell), in_group, ended.moved), by_shell=by_shell)

    def claim(self, ended: Ended) -> None:
        """Take note that a counted kill has found its process: it explains no other one."""
        for place, look in enumerate(self._looks):
            if look.at < ended.at:
                more = look.counted._replace(kills=look.counted.kills + 1)
                self._looks[place] = look._replace(counted=more)

    def _moved(self, now: float) -> Moved | None:
        before = next((look for look in reversed(self._looks) if look.at <= now - MARGIN), None)
        before = before or (self._looks[0] if self._looks else None)
        count = self._reader.counted()
        if before is None or count is None or count.group != before.counted.group:
            return None
        kills = max(0, count.kills - before.counted.kills)
        short = bool(kills) and self._reader.is_short()
        return Moved(kills, now - before.at, count.group, short)

    def _line(self, ended: Ended, by_shell: bool) -> str | None:
        """Find the line on a process in the kernel's log; a later one of the same number wins."""
        log = self._reader.logged()
        if log is None:
            return None
        oldest = self._reader.uptime() - ended.lived - DRIFT
        lines = [kill.line for kill in log if kill.at >= oldest and kill.pid == ended.pid]
        if by_shell and ended.moved is not None and ended.moved.kills:
            lines = [kill.line for kill in log if kill.at >= oldest]
        return lines[-1] if lines else ""
