"""The host in figures: its memory, who else uses it, its disks."""

import os
import time
from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from usher.diagnosis import leak, measured
from usher.diagnosis.measured import HOG, Disk, Foreign, HostMemory, Observed
from usher.diagnosis.signature import Signature
from usher.diagnosis.signatures import measured as faults
from usher.host import processes, room
from usher.runtime import clock, runs
from usher.runtime.processes import PAGE, TICKS, stat

EVERY: Final = 60.0
"""Seconds between two looks, at least."""

_LOOKS: Final = 32
"""Of a disk that are remembered: the long window of a leak (30 minutes), and a little more."""

_PRESSURE: Final = Path("/proc/pressure/memory")


def memory() -> HostMemory | None:
    """Read it; None where it cannot be seen. In a container with a limit, that is the total."""
    seen = room.machine(clock=False)
    if seen.memory is None or seen.available is None:
        return None
    return HostMemory(seen.memory, min(seen.available, seen.memory), _waiting())


def _waiting() -> float | None:
    """Read the share of the last 10 s in which all work waited for memory; None: not counted."""
    try:
        line = _PRESSURE.read_text().partition("full avg10=")[2]
    except OSError:
        return None
    return float(line.split()[0]) if line else None


def hogs(host: HostMemory, marker: bytes) -> list[Foreign]:
    """Find who holds more memory than a process should and is none of ours, the greatest first.

    `marker` begins the variable that each process of this home was started with.
    """
    large = sorted(((size, pid) for pid, size in _residents() if size > HOG * host.total))
    return [_described(pid, size) for size, pid in reversed(large) if not _is_marked(pid, marker)]


def _residents() -> Iterator[tuple[int, int]]:
    """Every process with its resident memory in bytes."""
    for name in os.listdir("/proc"):  # noqa: PTH208 (thousands of names)
        if name.isdigit():
            try:
                words = Path("/proc", name, "statm").read_bytes().split()
            except OSError:
                continue
            yield int(name), int(words[1]) * PAGE


def _is_marked(pid: int, marker: bytes) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return any(word.startswith(marker) for word in environment.split(b"\0"))


def _described(pid: int, size: int) -> Foreign:
    try:
        path = os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 (" (deleted)" is no part of a path)
    except OSError:
        path = ""
    seen = stat(pid)
    ago = 0.0 if seen is None else time.clock_gettime(time.CLOCK_BOOTTIME) - seen.started / TICKS
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - ago))
    return Foreign(pid, path, processes.user_of(pid), size, since)


class HostWatch:
    """What is remembered from one look to the next."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._clocks: tuple[float, float] | None = None
        self._used: dict[int, deque[leak.Sample]] = {}
        """Bytes in use over time, by device."""
        self.available: int | None = None
        """Bytes of memory that were left at the last look."""
        self._looked = -EVERY

    def is_due(self) -> bool:
        """Whether the last look is long enough ago; if so, the next one begins now."""
        now = clock.read().boot
        due = now - self._looked >= EVERY
        if due:
            self._looked = now
        return due

    def look(self, folders: Collection[str]) -> dict[Signature, Observed | None]:
        """Judge memory, disks (of the home and these folders) and clock; may take a while."""
        host, now = memory(), clock.read()
        clocks, self._clocks = self._clocks, (now.boot, now.wall)
        disks = (measured.disk(each) for each in self._disks(folders, now.boot))
        found = {
            faults.DISK: next((each for each in disks if each is not None), None),
            faults.CLOCK: clocks and measured.clock_jump(clocks, self._clocks),
        }
        if host is not None:
            self.available = host.available
            marker = f"{runs.MARKER}={self._home}:".encode()
            others = measured.foreign_hog(hogs(host, marker), host)
            found |= {
                faults.HOST_MEMORY: measured.host_memory(host),
                faults.FOREIGN_HOG: others[0] if others else None,
            }
        return found

    def _disks(self, folders: Collection[str], now: float) -> list[Disk]:
        found: dict[int, Disk] = {}
        for path in (str(self._home), *sorted(folders)):
            seen = room.folder(path)
            if seen.device in found:
                continue
            used = self._used.setdefault(seen.device, deque(maxlen=_LOOKS))
            used.append(leak.Sample(now, seen.size - seen.free))
            found[seen.device] = Disk(
                seen.existing, seen.free, seen.size, seen.inodes_free, seen.inodes, tuple(used)
            )
        return [*found.values()]
