"""Who asks, told by the process at the other end of the socket: terminal, SSH client, command."""

import os
from pathlib import Path
from pwd import getpwuid
from typing import Final, NamedTuple

_PTS_MAJORS: Final = range(136, 144)
"""Device numbers of pseudo terminals (Documentation/admin-guide/devices.txt)."""


class Caller(NamedTuple):
    """Empty fields are not known: the process may have ended meanwhile."""

    uid: int
    user: str = ""
    terminal: str = ""
    """As `who` shows it ("pts/3"); empty for what no person types: cron, a service, CI."""
    address: str = ""
    """Where the SSH login comes from."""
    program: str = ""
    """Name of the program; its words may hold secrets and are not kept."""


def look(pid: int, uid: int) -> Caller:
    """Describe a process by its numbers."""
    folder = Path(f"/proc/{pid}")
    return Caller(uid, _user(uid), _terminal(folder), _ssh_client(folder), _program(folder))


def _user(uid: int) -> str:
    try:
        return getpwuid(uid).pw_name
    except KeyError:
        return ""


def _terminal(folder: Path) -> str:
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        device = int(fields[4])
    except (OSError, ValueError, IndexError):
        return ""
    major, minor = os.major(device), os.minor(device)
    if major in _PTS_MAJORS:
        return f"pts/{(major - _PTS_MAJORS[0]) * 256 + minor}"
    return f"tty{minor}" if major == 4 and minor < 64 else ""


def _ssh_client(folder: Path) -> str:
    try:
        env = (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    for line in env:
        name, _, value = line.partition(b"=")
        if name in (b"SSH_CLIENT", b"SSH_CONNECTION"):
            return value.decode(errors="replace").partition(" ")[0][:64]
    return ""


def _program(folder: Path) -> str:
    try:
        return (folder / "comm").read_text().strip()
    except OSError:
        return ""
