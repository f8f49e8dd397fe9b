"""Kills for lack of memory: how many the kernel counts, and what its log says of one.

The counter includes those of control groups and may be read by everybody; the log names the
process, and often only root may read it.
"""

import os
import re
from pathlib import Path
from typing import Final

_KMSG: Final = "/dev/kmsg"
_RECORD: Final = 8192
_KILLED: Final = re.compile(r"[Oo]ut of memory[^:]*: Killed process (?P<pid>\d+) ")


def counted() -> int:
    """Return how many there were on this host since it was started; 0 where that is not told."""
    try:
        rows = (line.split() for line in Path("/proc/vmstat").read_text().splitlines())
        return next((int(row[1]) for row in rows if row[0] == "oom_kill"), 0)
    except OSError:
        return 0


def told(pid: int) -> str:
    """Return the line of the kernel's log on a process, the newest; empty: none, or not for us."""
    try:
        fd = os.open(_KMSG, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    found = ""
    try:
        while record := _next(fd):
            line = record.partition(";")[2].partition("\n")[0]
            names = _KILLED.search(line)
            if names is not None and int(names["pid"]) == pid:
                found = line
    except OSError:
        return found
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
