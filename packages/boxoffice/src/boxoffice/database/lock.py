"""One server per home, decided by flock.

The lock's descriptor is inherited by `postgres` and by every backend it forks: as long as one
process of a server lives, even after its postmaster was killed, nobody starts a second server on
the same files. The file's text only says who holds it.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HolderKind = Literal["service", "command"]


@dataclass(frozen=True)
class Holder:
    """Who took the lock last: `boxoffice database`, or a command with its temporary server."""

    kind: HolderKind
    pid: int


@dataclass(frozen=True)
class Lock:
    """A lock we hold; closing the descriptor gives it back."""

    descriptor: int


def try_lock(path: Path, kind: HolderKind) -> Lock | None:
    """Take the lock and write our name into it; None when somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{kind} {os.getpid()}\n".encode(), 0)
    return Lock(descriptor)


@contextmanager
def held(lock: Lock) -> Generator[None]:
    """Give the lock back at the end of the block."""
    try:
        yield
    finally:
        os.close(lock.descriptor)


def read_holder(path: Path) -> Holder | None:
    """Who holds (or held) the lock; None when nobody ever did, or is just writing its name."""
    try:
        words = path.read_text().split()
    except FileNotFoundError:
        return None
    match words:
        case ["service" | "command" as kind, pid] if pid.isdecimal():
            return Holder(kind, int(pid))
        case _:
            return None
