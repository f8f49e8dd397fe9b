"""Who belongs to a run: the main process, what it started, and what it left behind.

A descendant is found by walking down from the main process. When its parent ends before it, the
kernel gives it to us, the subreaper; then its session, the mark in its environment or the pipe it
still holds tell whose it was. What has none of these belongs to nobody we can name: a stray. Only
a control group (`cgroup`) sees through a service that hides its processes like that.
"""

from __future__ import annotations

import os
import signal

from usher.keeper import procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from typing import Final

_DEAD: Final = (b"Z", b"X")

COMMAND_LIMIT: Final = 200
"""Characters of a command line that are shown."""


class Member:
    """A process, told from a later one with the same number by its start time."""

    __slots__ = ("pid", "started")

    def __init__(self, pid: int, started: int) -> None:
        self.pid = pid
        self.started = started

    def send(self, number: int) -> None:
        """Signal it, if it is still there."""
        try:
            pidfd = os.pidfd_open(self.pid)
        except OSError:
            return
        try:
            if procfs.start_time(self.pid) == self.started:
                signal.pidfd_send_signal(pidfd, number)
        except OSError:
            pass  # it ended meanwhile
        finally:
            os.close(pidfd)


def children(pid: int, known: Container[int] = ()) -> list[Member]:
    """The living processes that the thread group `pid` is the parent of, but for those `known`."""
    numbers: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            numbers += map(int, procfs.read(f"/proc/{pid}/task/{task}/children").split())
    except OSError:
        pass  # it, or the thread, ended meanwhile
    found: list[Member] = []
    for number in numbers:
        seen = None if number in known else procfs.brief(number)
        if seen is not None and seen.parent == pid and seen.state not in _DEAD:
            found.append(Member(number, seen.started))
    return found


def members(pids: Iterable[int]) -> list[Member]:
    """The living among these processes."""
    seen = {pid: procfs.brief(pid) for pid in pids}
    return [Member(pid, is_.started) for pid, is_ in seen.items() if is_ and is_.state not in _DEAD]


def below(members: list[Member]) -> list[Member]:
    """These and all their descendants, parents before their children."""
    found = list(members)
    for parent in found:
        found += children(parent.pid)
    return found


class Mark:
    """What a process of a run can be known by when its parents are gone."""

    __slots__ = ("_environment", "_pipes", "_session")

    def __init__(self, name: str, session: int, pipes: Iterable[int]) -> None:
        """`session` is the pid of the main process; `pipes` are our ends of its outputs."""
        self._environment = b"USHER_RUN=" + os.fsencode(name)
        self._session = session
        self._pipes = {f"pipe:[{os.fstat(fd).st_ino}]" for fd in pipes}

    def is_on(self, pid: int) -> bool:
        """Whether the process was started as a part of the run."""
        seen = procfs.brief(pid)
        if seen is not None and seen.session == self._session:
            return True
        try:
            return self._environment in procfs.read(f"/proc/{pid}/environ").split(b"\0")
        except OSError:
            return False  # it ended meanwhile, or is none of our business

    def is_printed_to_by(self, pid: int) -> bool:
        """Whether the process can still write to an output of the run."""
        folder = f"/proc/{pid}/fd"
        try:
            return any(os.readlink(f"{folder}/{fd}") in self._pipes for fd in os.listdir(folder))
        except OSError:
            return False


def orphans(known: Container[int]) -> list[Member]:
    """Processes that came to us when their parents ended; `known` are children of our own."""
    return children(os.getpid(), known)


def everywhere(mark: Mark, known: Container[int]) -> list[Member]:
    """All processes of the host with the mark: for a run whose orphans went to another parent."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return members(pid for pid in pids if pid not in known and mark.is_on(pid))


def command(pid: int) -> str:
    """Its command line for people, without control characters."""
    try:
        words = procfs.read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
    return "".join(each for each in words if each.isprintable()).strip()[:COMMAND_LIMIT]
