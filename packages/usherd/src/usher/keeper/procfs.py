"""What /proc and pidfds tell about a process: identity, exit status, group members."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_INFO: Final = struct.Struct("=QQ11Ii")
"""struct pidfd_info, first version (64 bytes): mask, cgroup, 11 ids, exit code."""

_PIDFD_GET_INFO: Final = (3 << 30) | (_INFO.size << 16) | (0xFF << 8) | 11
_PIDFD_INFO_EXIT: Final = 1 << 3
_PIDFD_SIGNAL_PROCESS_GROUP: Final = 1 << 2


def boot_id() -> str:
    """Name this boot; process start times compare only within one."""
    return read("/proc/sys/kernel/random/boot_id").decode("ascii").strip()


def start_time(pid: int) -> int:
    """Clock ticks since boot at which `pid` started (field 22 of stat); raises OSError."""
    return int(_stat_fields(pid)[19])


class Brief:
    """What one reading of /proc/PID/stat says of a process; `started` in ticks since boot."""

    __slots__ = ("parent", "session", "started", "state")

    def __init__(self, fields: list[bytes]) -> None:
        self.state = fields[0]
        self.parent = int(fields[1])
        self.session = int(fields[3])
        self.started = int(fields[19])


def brief(pid: int) -> Brief | None:
    """Look at a process; None when it is gone."""
    try:
        return Brief(_stat_fields(pid))
    except (OSError, IndexError):
        return None


def pidfd_pid(pidfd: int) -> int:
    """Process id behind a pidfd; -1 when it has been reaped."""
    for line in read(f"/proc/self/fdinfo/{pidfd}").splitlines():
        if line.startswith(b"Pid:"):
            return int(line.split()[1])
    return -1


def is_child(pidfd: int) -> bool:
    """Whether the process behind a pidfd is a child of ours that we have not reaped."""
    try:
        os.waitid(os.P_PIDFD, pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def exit_status(pid: int, started: int, pidfd: int) -> int | None:
    """Wait status of an ended process that is not our child; None while nothing tells it.

    Until its parent reaps it, stat has it (field 52); afterwards PIDFD_GET_INFO with
    PIDFD_INFO_EXIT, since Linux 6.15.
    """
    try:
        fields = _stat_fields(pid)
        if fields[0] == b"Z" and int(fields[19]) == started:
            return int(fields[49])
    except (OSError, IndexError):
        pass  # it has been reaped
    return _reaped_status(pidfd)


def _reaped_status(pidfd: int) -> int | None:
    request = bytearray(_INFO.pack(_PIDFD_INFO_EXIT, *(0,) * 13))
    try:
        fcntl.ioctl(pidfd, _PIDFD_GET_INFO, request)
    except OSError:
        return None
    fields = _INFO.unpack(request)
    return fields[-1] if fields[0] & _PIDFD_INFO_EXIT else None


def describe_status(status: int) -> dict[str, int | bool]:
    """Turn a wait status into the exit record's form."""
    if os.WIFEXITED(status):
        return {"code": os.WEXITSTATUS(status)}
    return {"signal": os.WTERMSIG(status), "core": os.WCOREDUMP(status)}


def signal_group(leader: int, pidfd: int, number: int, *, reaped: bool, marker: bytes) -> None:
    """Signal every process of the group that `leader` founded; raises ProcessLookupError if none.

    While the leader is not reaped its number is its own. After that the kernel may give it to a
    stranger: then the pidfd names the group exactly (Linux 6.9), else a member that carries
    `marker` in its environment has to be found first; that member keeps the number taken.
    """
    try:
        signal.pidfd_send_signal(pidfd, number, None, _PIDFD_SIGNAL_PROCESS_GROUP)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        if reaped and not _has_member(leader, marker):
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH)) from error
        os.killpg(leader, number)


def _has_member(group: int, marker: bytes) -> bool:
    os.killpg(group, 0)  # the common answer, "no such group", needs no search
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            member = int(_stat_fields(int(name))[2]) == group
            if member and marker in read(f"/proc/{name}/environ").split(b"\0"):
                return True
        except (OSError, IndexError):
            continue  # it ended meanwhile
    return False


def _stat_fields(pid: int) -> list[bytes]:
    """Fields of stat from the third on; the name before them may hold spaces and brackets."""
    return read(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def read(path: str) -> bytes:
    """Read one file of /proc whole; raises OSError."""
    with open(path, "rb", buffering=0) as file:
        return file.read()
