"""What surrounds processes, as lines for somebody who was not there; nothing is touched."""

import os
import platform
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from usher.host import room
from usher.host.processes import PROC, address_of, sockets_of, user_of
from usher.redaction.redactor import Redactor

_STATES: Final = {
    "01": "established", "02": "syn-sent", "03": "syn-recv", "04": "fin-wait-1", "05": "fin-wait-2",
    "06": "time-wait", "07": "close", "08": "close-wait", "09": "last-ack", "0A": "listen",
    "0B": "closing",
}  # fmt: skip

_KIBIBYTE: Final = 1024


class _Entry(NamedTuple):
    """One process, from /proc/PID/status."""

    pid: int
    parent: int
    state: str
    resident: int
    """KiB."""
    threads: str


def family(pids: Collection[int], proc: Path = PROC) -> list[int]:
    """Return processes with all that descends from them, parents first."""
    return [entry.pid for entry, _ in _family(pids, proc)]


def tree(pids: Collection[int], proc: Path = PROC) -> Iterator[str]:
    """Show processes with all that descends from them; secrets in command lines are masked."""
    redactor = Redactor()
    for entry, depth in _family(pids, proc):
        words = redactor.words(_words(proc, entry.pid))
        size = f"{entry.resident / _KIBIBYTE:.0f} MiB"
        where = _read(proc / str(entry.pid) / "wchan")
        yield (
            f"{'  ' * depth}{entry.pid} {user_of(entry.pid, proc)} {entry.state}, {size},"
            f" {entry.threads} threads{f', in {where}' if where not in ('', '0') else ''}:"
            f" {' '.join(words)}"
        )


def connections(pids: Collection[int], proc: Path = PROC) -> Iterator[str]:
    """Show the TCP sockets of processes: state, own address, the other's."""
    holders = {inode: pid for pid in pids for inode in sockets_of(pid, proc)}
    for table in ("tcp", "tcp6"):
        for row in _read(proc / "net" / table).splitlines()[1:]:
            fields = row.split()
            pid = holders.get(fields[9])
            if pid is not None:
                state = _STATES.get(fields[3], fields[3])
                yield f"{pid} {state} {_place(fields[1])} {_place(fields[2])}"


def host(folders: Collection[str]) -> Iterator[str]:
    """Show system, load, memory and the disks of folders."""
    yield f"system: {platform.platform()}, {os.cpu_count()} processors"
    yield f"load: {' '.join(f'{each:.2f}' for each in os.getloadavg())}"
    for line in _read(PROC / "meminfo").splitlines():
        if line.startswith(("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")):
            yield " ".join(line.split())
    for kind in ("memory", "cpu", "io"):
        for line in _read(PROC / "pressure" / kind).splitlines():
            yield f"pressure of {kind}: {line}"
    devices: set[int] = set()
    for path in folders:
        seen = room.folder(path)
        if seen.device not in devices:
            devices.add(seen.device)
            yield (
                f"disk of {seen.existing}: {seen.free >> 20} of {seen.size >> 20} MiB free,"
                f" {seen.inodes_free} of {seen.inodes} inodes"
            )


def _family(pids: Collection[int], proc: Path) -> Iterator[tuple[_Entry, int]]:
    entries = {entry.pid: entry for entry in _entries(proc)}
    children: dict[int, list[int]] = {}
    for entry in entries.values():
        children.setdefault(entry.parent, []).append(entry.pid)
    waiting = [(pid, 0) for pid in sorted(pids, reverse=True)]
    seen: set[int] = set()
    while waiting:
        pid, depth = waiting.pop()
        if pid in entries and pid not in seen:
            seen.add(pid)
            yield entries[pid], depth
            waiting += [(child, depth + 1) for child in sorted(children.get(pid, ()), reverse=True)]


def _entries(proc: Path) -> Iterator[_Entry]:
    for name in os.listdir(proc):  # noqa: PTH208 (thousands of names: a Path for each costs more)
        if name.isdigit():
            rows = (line.partition(":") for line in _read(proc / name / "status").splitlines())
            found = {row[0]: row[2].strip() for row in rows}
            if "PPid" in found:
                yield _Entry(
                    int(name),
                    int(found["PPid"]),
                    found.get("State", "?"),
                    int(found.get("VmRSS", "0").split()[0]),
                    found.get("Threads", "?"),
                )


def _words(proc: Path, pid: int) -> list[str]:
    return _read(proc / str(pid) / "cmdline").rstrip("\0").split("\0")


def _place(field: str) -> str:
    address, _, port = field.rpartition(":")
    return f"{address_of(address)}:{int(port, 16)}"


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
