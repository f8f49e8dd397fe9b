"""Folders, file systems, memory and limits of the host, as whoever asks finds them."""

import grp
import os
import pwd
import resource
import time
from pathlib import Path
from typing import Final, NamedTuple

from usher.keeper import owner
from usher.model.facts import Folder, Machine, PlainFile

_UNSYNCHRONISED: Final = 0x0040
"""STA_UNSYNC of adjtimex(2)."""

_STATUS_AT: Final = 40
"""Offset of `status` in struct timex on 64-bit Linux."""


class Account(NamedTuple):
    """A user of the host, as an app that runs as it is known to the kernel."""

    name: str
    uid: int
    groups: frozenset[int]


def account(user: str, group: str | None) -> Account | None:
    """Look a user up, by name or number; None where there is none, which a start says itself."""
    try:
        found = pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
        gid = found.pw_gid
        if group is not None:
            gid = int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError:
        return None
    groups = os.getgrouplist(found.pw_name, gid)
    return Account(found.pw_name, found.pw_uid, frozenset(groups))


def folder(path: str, user: Account | None = None) -> Folder:
    """Look at a folder, or at the nearest one above it that exists.

    `user`: whose logs lie there, where root starts the app as another user.
    """
    existing = Path(path)
    while not existing.is_dir() and existing != existing.parent:
        existing = existing.parent
    about, system = existing.stat(), os.statvfs(existing)
    if user is not None and (os.geteuid() != 0 or user.uid == 0):
        user = None  # it is ourselves: only root can start an app as somebody else
    return Folder(
        path=path,
        existing=str(existing),
        owner=_name(about.st_uid),
        mode=about.st_mode & 0o7777,
        writable=_takes_logs_of(user, existing)
        if user is not None
        else os.access(existing, os.W_OK | os.X_OK, effective_ids=True),
        free=system.f_bavail * system.f_frsize,
        size=system.f_blocks * system.f_frsize,
        inodes_free=system.f_favail,
        inodes=system.f_files,
        device=about.st_dev,
        asked_by=user.name if user is not None else _name(os.geteuid()),
    )


def _takes_logs_of(user: Account, folder: Path) -> bool:
    """Tell whether logs can be opened there for a user, as the keeper does it (keeper.owner).

    Where nobody but root can change what a path leads to, root opens them; elsewhere the user has
    to be allowed to. Modes decide; access control lists are not read.
    """
    if owner.is_safe(str(folder)):
        return True
    above = all(_allows(user, each.stat(), 0o1) for each in folder.parents)
    return above and _allows(user, folder.stat(), 0o3)


def _allows(user: Account, about: os.stat_result, bits: int) -> bool:
    shift = 6 if about.st_uid == user.uid else 3 if about.st_gid in user.groups else 0
    return (about.st_mode >> shift) & bits == bits


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
    import ctypes  # half a megabyte that the daemon does without

    timex = ctypes.create_string_buffer(256)
    try:
        state = ctypes.CDLL(None).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    status = int.from_bytes(timex.raw[_STATUS_AT : _STATUS_AT + 4], "little")
    return not status & _UNSYNCHRONISED
