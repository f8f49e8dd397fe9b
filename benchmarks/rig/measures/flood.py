"""A service that prints as fast as it can: when all is kept, at what cost, and how whole."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from rig import procfs
from rig.measures.figure import Figure
from rig.services import Flood

if TYPE_CHECKING:
    from pathlib import Path

    from rig.services import LogWanted
    from rig.session import Bench, Running

LIMIT = 120.0
"""Seconds in which a flood must be in its file."""

QUIET = 3.0
"""Seconds in which a log file that misses something does not grow any more."""

TRAILING = 1.0
"""Seconds after a flood that still count as the manager's work on it."""

LINE = 99
"""Bytes of a printed line without its end."""


class _Figures:
    """What is told of one kind of log."""

    def __init__(self, lines: int, log: LogWanted) -> None:
        title = f"{lines:,} lines of log{' with time stamps' if log == 'dated' else ''}"
        self.seconds = Figure(f"log-{log}-seconds", f"{title}: all in the file", "s")
        self.cpu = Figure(f"log-{log}-cpu", f"{title}: the manager's CPU", "s")
        self.growth = Figure(f"log-{log}-growth", f"{title}: growth of the manager", "MiB PSS")
        self.lost = Figure(f"log-{log}-lost", f"{title}: not whole in the file", "lines")
        self.foreign = Figure(f"log-{log}-foreign", f"{title}: torn or doubled", "lines")

    def all(self) -> list[Figure]:
        return [self.seconds, self.cpu, self.growth, self.lost, self.foreign]


def measure(bench: Bench, rounds: int, lines: int) -> list[Figure]:
    """Let a service print `lines` lines of 100 bytes, first plain, then with time stamps."""
    figures: list[Figure] = []
    kinds: tuple[LogWanted, ...] = ("plain", "dated")
    for log in kinds:
        told = _Figures(lines, log)
        for turn in bench.turns(rounds):
            for name in turn:
                _one(bench, name, told, lines, log)
        figures += told.all()
    return figures


def _one(bench: Bench, name: str, told: _Figures, lines: int, log: LogWanted) -> None:
    with bench.running(name) as running:
        if log == "dated" and not running.manager.dates:
            return
        flood = Flood.make(bench.child, running.stamps, lines, log)
        running.start([flood.service])
        own = running.own_processes()
        before, cpu = procfs.memory(own).pss, procfs.cpu_seconds(own)
        told.seconds.add(name, _until_kept(running, flood))
        time.sleep(TRAILING)
        told.cpu.add(name, procfs.cpu_seconds(own) - cpu)
        told.growth.add(name, procfs.memory(own).pss - before)
        lost, foreign = damage(running.manager.log_file(flood.service), flood)
        told.lost.add(name, lost)
        told.foreign.add(name, foreign)


def damage(log: Path, flood: Flood) -> tuple[int, int]:
    """Count what `log` lacks of the lines of `flood`, and what it has that was not printed.

    What stands before a line is its stamp when it is as long as before most lines. A torn line
    counts as lost and as two that were not printed, a doubled one as the latter.
    """
    kept, printed = log.read_bytes(), flood.output()
    if kept == printed:
        return 0, 0
    found, wanted = Counter(_unstamped(kept.splitlines())), Counter(printed.splitlines())
    return (wanted - found).total(), (found - wanted).total()


def _unstamped(lines: list[bytes]) -> list[bytes]:
    [(usual, _)] = Counter(map(len, lines)).most_common(1)
    return [line[usual - LINE :] if len(line) == usual else line for line in lines]


def _until_kept(running: Running, flood: Flood) -> float:
    """Release the flood; return the seconds until the log is complete, or grows no more."""
    log = running.manager.log_file(flood.service)
    complete = flood.lines * (LINE + 1)
    begin = grown = time.monotonic()
    flood.release()
    size = 0
    dated = flood.service.log == "dated"
    while (dated or size < complete) and (now := time.monotonic()) < min(
        begin + LIMIT, grown + QUIET
    ):
        time.sleep(0.001)
        if log.exists() and (new := log.stat().st_size) > size:
            size, grown = new, now
    return (grown if dated or size < complete else time.monotonic()) - begin
