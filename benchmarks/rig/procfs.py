"""What the kernel says about processes: memory, processor time, who descends from whom."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MIB = 1024.0
"""KiB, the unit of smaps_rollup, in a MiB."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Sums over processes in MiB: resident; shared pages split evenly; private pages alone."""

    rss: float
    pss: float
    uss: float


@dataclass(frozen=True, slots=True)
class Activity:
    """Sums over all threads of processes since their start."""

    cpu: float
    """Seconds on a processor (resolution: nanoseconds)."""
    wakes: int
    """Times they began to wait: each ends a time awake (voluntary context switches)."""


def memory(pids: Iterable[int]) -> Memory:
    """Read proc(5) smaps_rollup of each process and add up."""
    rss = pss = uss = 0.0
    for pid in pids:
        kib = _rollup(pid)
        rss += kib["Rss"] / MIB
        pss += kib["Pss"] / MIB
        uss += (kib["Private_Clean"] + kib["Private_Dirty"]) / MIB
    return Memory(rss, pss, uss)


def cpu_seconds(pids: Iterable[int]) -> float:
    """Add up user and system time of all threads (resolution: one clock tick, 10 ms)."""
    ticks = sum(int(field) for pid in pids for field in _stat(pid)[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def activity(pids: Iterable[int]) -> Activity:
    """Read proc(5) schedstat and status of each thread and add up."""
    cpu = wakes = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            cpu += int((task / "schedstat").read_text().split()[0])
            status = (task / "status").read_text()
            wakes += int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return Activity(cpu / 1e9, wakes)


def lives(pid: int) -> bool:
    """Whether the process exists and is more than an entry that nobody has collected yet."""
    try:
        return _stat(pid)[0] != "Z"
    except OSError:
        return False


def arguments(pid: int) -> list[str]:
    """Return a process's argument list; empty if it is gone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return os.fsdecode(words).split("\0")[:-1]


def descendants(roots: Iterable[int]) -> set[int]:
    """Return `roots` and every process below them."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        with contextlib.suppress(OSError):
            children.setdefault(int(_stat(pid)[1]), []).append(pid)
    found: set[int] = set()
    todo = list(roots)
    while todo:
        pid = todo.pop()
        found.add(pid)
        todo.extend(children.get(pid, []))
    return found


def mentioning(path: Path) -> set[int]:
    """Return the processes whose arguments mention `path` (a folder of ours: nobody else's do)."""
    wanted = os.fsencode(path)
    found: set[int] = set()
    for pid in _pids():
        with contextlib.suppress(OSError):
            if wanted in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found


def belonging(path: Path) -> set[int]:
    """Return the processes whose arguments or environment mention `path`: all of a manager's.

    Each is started with its folder as HOME.
    """
    wanted = os.fsencode(path)
    found: set[int] = set()
    for pid in _pids():
        with contextlib.suppress(OSError):
            for file in ("cmdline", "environ"):
                if wanted in Path(f"/proc/{pid}/{file}").read_bytes():
                    found.add(pid)
    return found


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _stat(pid: int) -> list[str]:
    """Return the fields of proc(5) stat from the third, the state, on: the name may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def _rollup(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
