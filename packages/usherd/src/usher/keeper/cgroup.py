"""Control groups (version 2) for runs, where somebody delegated a part of the tree to us.

A group knows every process of a run, whatever it did to hide. Delegated means: systemd says so of
our own group (`Delegate=yes` sets an attribute), or USHER_CGROUP names a folder. We never touch
groups that nobody gave us, even where root could.
"""

from __future__ import annotations

import os

from usher.keeper import procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_DELEGATED: Final = ("trusted.delegate", "user.delegate")


def find() -> str | None:
    """Folder below which we may make groups; None: there is none."""
    folder = os.environ.get("USHER_CGROUP") or _own()
    if folder is None:
        return None
    trial = os.path.join(folder, f"usher-trial-{os.getpid()}")
    try:
        os.mkdir(trial, 0o755)
        os.rmdir(trial)
    except OSError:
        return None
    return folder


def _own() -> str | None:
    """Our own group, if it was delegated to us."""
    try:
        lines = procfs.read("/proc/self/cgroup").decode().splitlines()
        path = next(line[3:] for line in lines if line.startswith("0::"))
        folder = _mount_point() + path
    except (OSError, StopIteration):
        return None
    return folder if any(_attribute(folder, name) == b"1" for name in _DELEGATED) else None


def _mount_point() -> str:
    for line in procfs.read("/proc/self/mountinfo").decode().splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            return before.split()[4]
    raise StopIteration


def _attribute(path: str, name: str) -> bytes:
    try:
        return os.getxattr(path, name)
    except OSError:
        return b""


def make(base: str, run: str) -> str:
    """Make the group of a run; returns its folder. Raises OSError."""
    folder = os.path.join(base, "usher-" + run.rpartition("/")[2].replace(":", "-"))
    try:
        os.mkdir(folder, 0o755)
    except FileExistsError:
        pass  # of a keeper that was killed between this and its spawn
    return folder


def enter(folder: str, pid: int) -> None:
    """Move a process into a group. Raises OSError."""
    _write(f"{folder}/cgroup.procs", b"%d" % pid)


def members(folder: str) -> list[int]:
    """Processes of the group and of groups that the service made below it."""
    found: list[int] = []
    for path, _, _ in os.walk(folder):
        try:
            found += map(int, procfs.read(f"{path}/cgroup.procs").split())
        except OSError:
            continue  # removed meanwhile
    return found


def memory_kills(folder: str) -> int | None:
    """Kills for lack of memory among its processes; None: memory is not controlled there."""
    try:
        rows = [line.split() for line in procfs.read(f"{folder}/memory.events").splitlines()]
        return next((int(row[1]) for row in rows if row[0] == b"oom_kill"), None)
    except OSError:
        return None


def kill(folder: str) -> bool:
    """SIGKILL everything in it at one stroke (Linux 5.14); False where that is not possible."""
    try:
        _write(f"{folder}/cgroup.kill", b"1")
    except OSError:
        return False
    return True


def remove(folder: str) -> None:
    """Remove the group and what is below it; one that is not empty stays."""
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            return


def _write(path: str, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, content)
    finally:
        os.close(fd)
