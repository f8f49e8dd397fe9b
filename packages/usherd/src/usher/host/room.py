"""Folders, file systems, memory and limits of the host, as whoever asks finds them."""

import ctypes
import os
import pwd
import resource
import time
from pathlib import Path
from typing import Final

from usher.model.facts import Folder, Machine, PlainFile

_UNSYNCHRONISED: Final = 0x0040
"""STA_UNSYNC of adjtimex(2)."""

_STATUS_AT: Final = 40
"""Offset of `status` in struct timex on 64-bit Linux."""


def folder(path: str) -> Folder:
    """Look at a folder, or at the nearest one above it that exists."""
    existing = Path(path)
    while not existing.is_dir() and existing != existing.parent:
        existing = existing.parent
    about, system = existing.stat(), os.statvfs(existing)
    return Folder(
        path=path,
        existing=str(existing),
        owner=_name(about.st_uid),
        mode=about.st_mode & 0o7777,
        writable=os.access(existing, os.W_OK | os.X_OK, effective_ids=True),
        free=system.f_bavail * system.f_frsize,
        size=system.f_blocks * system.f_frsize,
        inodes_free=system.f_favail,
        inodes=system.f_files,
        device=about.st_dev,
        asked_by=_name(os.geteuid()),
    )


def plain_file(path: str, kind: str) -> PlainFile | None:
    """Look at a file; None when there is none or it cannot be seen."""
    try:
        about = Path(path).stat()
    except OSError:
        return None
    return PlainFile(
        path=path,
        kind=kind,
        mode=about.st_mode & 0o7777,
        owner=_name(about.st_uid),
        group_is_shared=not _is_own_group(about.st_uid, about.st_gid),
        changed=about.st_mtime,
    )


def machine(*, clock: bool = True) -> Machine:
    """Look at the machine; `clock` asks the kernel whether its clock follows another one."""
    limits = _meminfo()
    return Machine(
        memory=_smallest(limits.get("MemTotal"), _group_memory()),
        available=limits.get("MemAvailable"),
        nofile=_nofile(),
        first_free_port=_first_free_port(),
        is_root=os.geteuid() == 0,
        now=time.time(),
        synchronised=_synchronised() if clock else None,
    )


def folders_in(path: str) -> list[str]:
    """Return the folders that lie directly in a folder; none when it cannot be read."""
    try:
        with os.scandir(path) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _is_own_group(uid: int, gid: int) -> bool:
    """Tell whether a group is the user's own, as most distributions make one for each user."""
    try:
        return pwd.getpwuid(uid).pw_gid == gid and uid == gid
    except KeyError:
        return False


def _meminfo() -> dict[str, int]:
    """Bytes by name."""
    found: dict[str, int] = {}
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        name, _, rest = line.partition(":")
        if rest.endswith("kB"):
            found[name] = int(rest.split()[0]) * 1024
    return found


def _group_memory() -> int | None:
    """Return the limit of our own control group, of version 2 or 1; None: none is set."""
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(file).read_text().strip()
        except OSError:
            continue
        if text.isdecimal():
            return int(text)
    return None


def _smallest(*given: int | None) -> int | None:
    return min((each for each in given if each is not None), default=None)


def _nofile() -> int | None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return None if hard == resource.RLIM_INFINITY else hard


def _first_free_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    except (OSError, ValueError):
        return 1024


def _synchronised() -> bool | None:
    """Ask adjtimex(2), which changes nothing when no mode is set."""
    timex = ctypes.create_string_buffer(256)
    try:
        state = ctypes.CDLL(None).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    status = int.from_bytes(timex.raw[_STATUS_AT : _STATUS_AT + 4], "little")
    return not status & _UNSYNCHRONISED
