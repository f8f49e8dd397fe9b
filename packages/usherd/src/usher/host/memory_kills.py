"""Kills for lack of memory: how many the kernel counts, and what its log says of them.

The counters may be read by everybody, and do not tell whom they count; the log names the process,
and often only root may read it.
"""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

_KMSG: Final = Path("/dev/kmsg")
_PROC: Final = Path("/proc")
_GROUPS: Final = Path("/sys/fs/cgroup")
_RECORD: Final = 8192
_KILLED: Final = re.compile(r"[Oo]ut of memory[^:]*: Killed process (?P<pid>\d+) ")
_FIRST_PIDS: Final = "pid:[4026531836]"
"""The host's own namespace of process ids (PROC_PID_INIT_INO), whose numbers the log has."""


class Count(NamedTuple):
    """Kills since the host or the control group was made."""

    kills: int
    group: str
    """Path of the control group of which the processes are counted; empty: the whole host."""


class Kill(NamedTuple):
    """One kill in the kernel's log."""

    pid: int
    at: float
    """Seconds of the kernel's clock: CLOCK_MONOTONIC, from which it drifts by seconds a day."""
    line: str


def counted(proc: Path = _PROC, groups: Path = _GROUPS) -> Count | None:
    """Count as closely as possible: in our own control group, else on the host; None: nowhere.

    What we start is in our group, too, unless it has got one of its own.
    """
    group = _own_group(proc)
    for path, of in ((groups / group.lstrip("/") / "memory.events", group), (proc / "vmstat", "")):
        kills = _value(path, "oom_kill")
        if kills is not None:
            return Count(kills, of)
    return None


def logged(kmsg: Path = _KMSG, proc: Path = _PROC) -> list[Kill] | None:
    """Return the kills that the kernel's log still holds, oldest first; None: not for us.

    Not for us either is a log whose process ids are not ours: in a container they are others.
    """
    try:
        if os.readlink(proc / "self" / "ns" / "pid") != _FIRST_PIDS:  # noqa: PTH115 (no path)
            return None
        fd = os.open(kmsg, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    found: list[Kill] = []
    try:
        while record := _next(fd):
            head, _, rest = record.partition(";")
            line = rest.partition("\n")[0]
            names = _KILLED.search(line)
            if names is not None:
                found.append(Kill(int(names["pid"]), int(head.split(",")[2]) / 1e6, line))
    except (OSError, ValueError, IndexError):
        return None
    finally:
        os.close(fd)
    return found


def _next(fd: int) -> str:
    """The next record; empty at the end."""
    while True:
        try:
            return os.read(fd, _RECORD).decode(errors="replace")
        except BrokenPipeError:
            continue  # it was overwritten while we read; the next one follows
        except BlockingIOError:
            return ""


def _own_group(proc: Path) -> str:
    """Return the path of our control group (version 2); "/" where there are none."""
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return "/"
    return next((line[3:] for line in lines if line.startswith("0::")), "/")


def _value(path: Path, name: str) -> int | None:
    try:
        rows = (line.split() for line in path.read_text().splitlines())
        return next((int(row[1]) for row in rows if row[0] == name), None)
    except (OSError, ValueError, IndexError):
        return None
