"""What drills measured, kept in `state/drills.jsonl` of a home: one result a line."""

import fcntl
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from usher.model.drill import KEPT, Drill

FILE: Final = "drills.jsonl"

_BOUND: Final = 1_000_000
"""Bytes that are read; results of `KEPT` drills take a tenth."""


def drills(home: Path) -> list[Drill]:
    """Return every kept result, the newest last; none where there was no drill.

    Lines that are no result (of another version, or cut by a loss of power) are passed over.
    Raises OSError.
    """
    try:
        with (home / "state" / FILE).open("rb") as file:
            lines = file.read(_BOUND).splitlines()
    except FileNotFoundError:
        return []
    found: list[Drill] = []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Drill))
        except msgspec.DecodeError:
            continue
    return found


def keep(home: Path, results: Sequence[Drill]) -> list[Drill]:
    """Number results, keep them with the latest before, and return them. Raises OSError."""
    folder = home / "state"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    with _alone(folder):
        before = drills(home)
        first = before[-1].number + 1 if before else 1
        numbered = [replace(each, number=first + n) for n, each in enumerate(results)]
        _write(folder / FILE, [*before, *numbered][-KEPT:])
    return numbered


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Two drills may end at the same time; the second waits for the first."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _write(path: Path, results: Sequence[Drill]) -> None:
    """Replace the file as a whole: a reader sees all of it or what was there before."""
    temporary = path.with_name(f".{path.name}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
        file.writelines(msgspec.json.encode(each) + b"\n" for each in results)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
