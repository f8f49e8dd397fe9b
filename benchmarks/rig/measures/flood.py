"""A service that prints as fast as it can: when all is kept, at what cost, and how whole."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.rig import procfs
from benchmarks.rig.figure import Figure
from benchmarks.rig.services import Flood, printed_line
from benchmarks.rig.session import noting

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.rig.services import LogWanted
    from benchmarks.rig.session import Bench, Running

LIMIT = 60.0
"""Seconds in which a flood must be in its file."""

ROUNDS_LIMIT = 45.0
"""Seconds after which no further round begins."""

QUIET = 3.0
"""Seconds without growth after which a log file that misses something is taken as it is."""

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
        self.growth = Figure(
            f"log-{log}-growth", f"{title}: growth of the manager", "MiB PSS", ranked=False
        )
        self.lost = Figure(f"log-{log}-lost", f"{title}: not whole in the file", "lines")
        self.foreign = Figure(f"log-{log}-foreign", f"{title}: torn or doubled", "lines")

    def all(self) -> list[Figure]:
        return [self.seconds, self.cpu, self.growth, self.lost, self.foreign]


def measure(bench: Bench, rounds: int, lines: int, log: LogWanted) -> list[Figure]:
    """Let a service print `lines` lines of 100 bytes, to be kept plain or with time stamps."""
    told = _Figures(lines, log)
    for turn in bench.turns(rounds, ROUNDS_LIMIT):
        for name in turn:
            with noting(name, told.all()), bench.running(name) as running:
                if log == "plain" or running.manager.dates:
                    flood = Flood.make(bench.child, running.stamps, lines, log)
                    _one(running, told, flood)
    return told.all()


def _one(running: Running, told: _Figures, flood: Flood) -> None:
    name = running.name
    log = running.manager.log_file(flood.service)
    running.start([flood.service])
    own = running.own_processes()
    before, cpu = procfs.memory(own).pss, procfs.cpu_seconds(own)
    told.seconds.add(name, _until_kept(log, flood))
    time.sleep(TRAILING)
    told.cpu.add(name, procfs.cpu_seconds(own) - cpu)
    told.growth.add(name, procfs.memory(own).pss - before)
    lost, foreign = damage(log.read_bytes(), flood.output())
    told.lost.add(name, lost)
    told.foreign.add(name, foreign)


def damage(kept: bytes, printed: bytes) -> tuple[int, int]:
    """Count what `kept` lacks of the lines `printed`, and what it has that was not printed.

    What stands before a line is its stamp when it is as long as before most lines. A torn line
    counts as lost and as two that were not printed, a doubled one as the latter.
    """
    if kept == printed:
        return 0, 0
    found, wanted = Counter(_unstamped(kept.splitlines())), Counter(printed.splitlines())
    return (wanted - found).total(), (found - wanted).total()


def _unstamped(lines: list[bytes]) -> list[bytes]:
    lengths = Counter(map(len, lines)).most_common(1)
    usual = lengths[0][0] if lengths else LINE
    return [line[usual - LINE :] if len(line) == usual else line for line in lines]


def _until_kept(log: Path, flood: Flood) -> float:
    """Release the flood; return the seconds until its last line is in the log.

    If that line never comes whole, until the last time that the log grew.
    """
    last = printed_line(flood.lines - 1)
    least = flood.lines * len(last)
    begin = grown = time.monotonic()
    size = 0
    with flood.gate.opened():
        while (now := time.monotonic()) < min(begin + LIMIT, grown + QUIET):
            if log.exists() and (new := log.stat().st_size) > size:
                size, grown = new, now
                if size >= least and _tail(log, len(last)) == last:
                    break
            time.sleep(0.001)
    return grown - begin


def _tail(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(-length, 2)
        return file.read()
