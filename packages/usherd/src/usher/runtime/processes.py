"""Looking at processes through /proc; nothing here touches one."""

import os
import resource
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import msgspec

TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Usage(msgspec.Struct, frozen=True):
    """Resources of a process and its descendants: resident bytes and CPU seconds so far.

    The time of those that have ended is among it where their parent has waited for them.
    """

    memory: int
    cpu: float


class Stat(msgspec.Struct, frozen=True):
    """The fields of /proc/PID/stat that we use. `started` is in clock ticks since boot."""

    state: str
    parent: int
    group: int
    session: int
    cpu: float
    cpu_ended: float
    """CPU seconds of children that have ended and that it has waited for."""
    started: int
    resident: int


def stat(pid: int) -> Stat | None:
    """Read one process; None when it is gone."""
    try:
        content = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The command may hold spaces and parentheses; the fields begin after the last one.
    fields = content[content.rindex(b")") + 2 :].split()
    return Stat(
        state=fields[0].decode(),
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        cpu=(int(fields[11]) + int(fields[12])) / TICKS,
        cpu_ended=(int(fields[13]) + int(fields[14])) / TICKS,
        started=int(fields[19]),
        resident=int(fields[21]) * PAGE,
    )


def children(pid: int) -> list[int]:
    """List the children of a process, whichever of its threads started them."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            numbers = (thread / "children").read_bytes()
            found.extend(map(int, numbers.split()))
    except OSError:
        pass  # it, or the thread, ended meanwhile
    return found


def descendants(*pids: int) -> list[int]:
    """List processes and their living descendants, each once."""
    found = dict.fromkeys(pids)
    waiting = list(found)
    for parent in waiting:
        new = [child for child in children(parent) if child not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return waiting


def usage(pid: int) -> Usage | None:
    """Sum memory and CPU time over a process and its descendants; None when it is gone."""
    return _sum(descendants(pid))


def usages(leaders: Collection[int], marker: str) -> dict[int, Usage]:
    """Sum over whole runs, given their main processes."""
    found = {leader: usage_of(pids) for leader, pids in members(leaders, marker).items()}
    return {leader: used for leader, used in found.items() if used is not None}


def members(leaders: Collection[int], marker: str) -> dict[int, list[int]]:
    """List the processes of whole runs by their main ones: orphans of a run belong to it, too.

    `marker` names the variable that tells the run of an orphan which left its session.
    """
    left = orphans(leaders, marker)
    return {leader: descendants(leader, *left[leader]) for leader in leaders}


def usage_of(pids: Collection[int]) -> Usage | None:
    """Sum over the processes of a run; None when all are gone.

    Memory that they share is counted once (PSS): forked workers share most of theirs.
    """
    used = _sum(pids)
    shared_once = _proportional(pids) if used is not None and len(pids) > 1 else None
    return used if used is None or shared_once is None else Usage(shared_once, used.cpu)


class Descriptors(msgspec.Struct, frozen=True):
    """What processes have open. `most_used`: the greatest share of its limit that one of them has.

    0 where that may not be seen.
    """

    open: int
    sockets: int
    most_used: float


SEEN_AT_MOST: Final = 4096
"""Descriptors of a process that are looked at one by one."""


def descriptors(pids: Iterable[int]) -> Descriptors:
    """Count what processes have open."""
    total = sockets = 0
    most_used = 0.0
    for pid in pids:
        try:
            names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 (thousands of names)
            limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)[0]
        except OSError:
            continue  # it ended, or is another user's
        total += len(names)
        most_used = max(most_used, len(names) / limit if limit > 0 else 0.0)
        sockets += sum(_is_socket(f"/proc/{pid}/fd/{name}") for name in names[:SEEN_AT_MOST])
    return Descriptors(total, sockets, most_used)


def _is_socket(path: str) -> bool:
    try:
        return os.readlink(path).startswith("socket:")  # noqa: PTH115 (a Path costs more than this)
    except OSError:
        return False


def _sum(pids: Iterable[int]) -> Usage | None:
    stats = [found for found in map(stat, pids) if found is not None]
    if not stats:
        return None
    cpu = sum(each.cpu + each.cpu_ended for each in stats)
    return Usage(sum(each.resident for each in stats), cpu)


def orphans(leaders: Collection[int], marker: str) -> defaultdict[int, list[int]]:
    """Find what came to the leaders' own parent when the process that started it ended."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    name = marker.encode() + b"="
    marks = {mark: leader for leader in leaders if (mark := _variable(leader, name))}
    parents = {seen.parent for seen in map(stat, leaders) if seen is not None}
    for pid in (child for parent in parents for child in children(parent)):
        seen = None if pid in leaders else stat(pid)
        if seen is None:
            continue
        leader = seen.session if seen.session in leaders else marks.get(_variable(pid, name))
        if leader is not None:
            found[leader].append(pid)
    return found


def _variable(pid: int, name: bytes) -> bytes:
    """Return `NAME=value` of a process's environment as it was started; empty: not to be seen."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return b""
    return next((word for word in words if word.startswith(name)), b"")


def _proportional(pids: Iterable[int]) -> int | None:
    """Sum the proportional set sizes in bytes; None where one may not be read."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        except OSError:
            return None
        total += sum(int(line.split()[1]) for line in lines if line.startswith(b"Pss:"))
    return total * 1024


def wait_channel(pid: int) -> str:
    """Name the kernel function a process sleeps in; empty when it runs or may not be asked."""
    try:
        name = Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return ""
    return "" if name == "0" else name


def carries(pid: int, marker: bytes) -> bool:
    """Tell whether the process was started with `marker` (``NAME=value``) in its environment."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return marker in environment.split(b"\0")


def find_marked(marker: bytes) -> list[int]:
    """List all processes we may look at that carry the marker."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if carries(pid, marker)]


def listens(pid: int, port: int | None) -> bool:
    """Tell whether the process or a descendant owns a listening TCP (or Unix, if any) socket."""
    listening = _listening_inodes(port)
    return any(sockets(each) & listening for each in descendants(pid))


def is_taken(port: int) -> bool:
    """Tell whether any process listens on a TCP port, on whatever address."""
    return bool(_listening_inodes(port))


def connections(pid: int, port: int) -> int:
    """Count the TCP connections to a port that the process or a descendant has accepted."""
    established: set[str] = set()
    for table in ("tcp", "tcp6"):
        for line in rows(table):
            fields = line.split()
            # State 01 is ESTABLISHED; what was not accepted yet has the inode 0.
            if fields[3] == "01" and port == int(fields[1].rpartition(":")[2], 16):
                established.add(fields[9])
    if not established:
        return 0
    return sum(len(sockets(each) & established) for each in descendants(pid))


def accepted(pid: int, ports: Collection[int]) -> int:
    """Count the TCP connections that clients have to the process or a descendant.

    Those to `ports`, to ports on which something listens, and to ports that several connections
    share: a server that is told to end closes its listening socket first.
    """
    local: dict[str, int] = {}
    listening: set[int] = set(ports)
    for table in ("tcp", "tcp6"):
        for fields in map(str.split, rows(table)):
            port = int(fields[1].rpartition(":")[2], 16)
            if fields[3] == "0A":
                listening.add(port)
            elif fields[3] == "01":
                local[fields[9]] = port
    inodes = {inode for each in descendants(pid) for inode in sockets(each)}
    held = Counter(local[inode] for inode in inodes if inode in local)
    return sum(count for port, count in held.items() if port in listening or count > 1)


def sockets(pid: int) -> set[str]:
    """Return the inodes of the sockets that a process has open, as far as we may see them."""
    folder = Path(f"/proc/{pid}/fd")
    inodes: set[str] = set()
    try:
        for entry in folder.iterdir():
            try:
                target = str(entry.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        pass
    return inodes


def _listening_inodes(port: int | None) -> set[str]:
    inodes: set[str] = set()
    for table in ("tcp", "tcp6"):
        for line in rows(table):
            fields = line.split()
            # Field 3 is the state: 0A is LISTEN. Field 1 is address:port in hex.
            if fields[3] == "0A" and port in (None, int(fields[1].rpartition(":")[2], 16)):
                inodes.add(fields[9])
    if port is None:
        # Field 3 holds the flags: 00010000 is "accepts connections".
        inodes.update(
            fields[6] for fields in map(str.split, rows("unix")) if fields[3] == "00010000"
        )
    return inodes


def rows(table: str) -> list[str]:
    """Return the lines of a table of /proc/net, without its head."""
    try:
        return Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    except OSError:
        return []
