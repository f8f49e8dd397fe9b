"""Names of rotated logs: `app.log.1`, `app.log.2.gz` ..., or `app__2026-11-21.log` as PM2 has them.

A log is rotated by rename, by its single writer, at the end of a line: nothing is copied, so
nothing can be lost in between. Only that writer changes these names, also where something else
compressed a file or decided that it goes.
"""

from __future__ import annotations

import os
import re
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_DATE: Final = re.compile(r"[0-9][0-9_.-]*")
_NOT_OF_A_DATE: Final = re.compile(r"[^0-9_.-]+")
_KINDS: Final = ("", ".gz")


def times_path(path: str) -> str:
    """Return where the times of a log's lines stand (usher.keeper.times): a hidden neighbour."""
    folder, name = os.path.split(path.removesuffix(".gz"))
    return os.path.join(folder, f".{name}.times")


def rotated(path: str) -> list[str]:
    """List the rotated files of a log that exist, newest first."""
    folder, name = os.path.split(path)
    root, extension = os.path.splitext(name)
    found: list[tuple[int, int, str]] = []
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    for entry in names:
        number = _number(entry, name, root, extension)
        if number is not None:
            try:
                there = os.lstat(os.path.join(folder, entry))
            except OSError:
                continue  # it got another name meanwhile
            if stat.S_ISREG(there.st_mode):
                found.append((-there.st_mtime_ns, number, os.path.join(folder, entry)))
    return [each for _, _, each in sorted(found)]


def rotate(path: str, retain: int, date: str = "") -> None:
    """Give the log another name, so that `retain` rotated files remain.

    With `date` it is `<root>__<date><extension>`, else the numbered files move up by one, to the
    first free number only: a keeper killed in the middle leaves a gap, which the next one fills.
    """
    if not retain:
        remove(path)
        return
    if date:
        for old in [each for each in rotated(path) if _is_dated(path, each)][retain - 1 :]:
            remove(old)
        _rename(path, _free_name(path, date))
        return
    free = 1
    while free < retain and _existing(f"{path}.{free}"):
        free += 1
    for kind in _existing(f"{path}.{free}"):
        remove(f"{path}.{free}{kind}")
    for number in range(free, 1, -1):
        for kind in _existing(f"{path}.{number - 1}"):
            _rename(f"{path}.{number - 1}{kind}", f"{path}.{number}{kind}")
    _rename(path, f"{path}.1")


def take_compressed(path: str, inode: int, compressed: str) -> None:
    """Put `compressed` in the place of that rotated file; it may have got another name meanwhile.

    Without that file (it was old, and has gone) the compressed one is removed.
    """
    for each in rotated(path):
        if not each.endswith(".gz") and os.lstat(each).st_ino == inode:
            os.replace(compressed, f"{each}.gz")
            os.unlink(each)
            return
    os.unlink(compressed)


def drop(path: str, inodes: list[int]) -> None:
    """Remove those rotated files."""
    for each in rotated(path):
        if os.lstat(each).st_ino in inodes:
            remove(each)


def remove(path: str) -> None:
    """Remove a log and the times of its lines."""
    os.unlink(path)
    try:
        os.unlink(times_path(path))
    except FileNotFoundError:
        pass


def _rename(old: str, new: str) -> None:
    os.replace(old, new)
    try:
        os.replace(times_path(old), times_path(new))
    except FileNotFoundError:
        pass


def _existing(path: str) -> list[str]:
    return [kind for kind in _KINDS if os.path.lexists(path + kind)]


def _number(entry: str, name: str, root: str, extension: str) -> int | None:
    """Return the number of a rotated file's name, 0 for a dated one; None for other names."""
    entry = entry.removesuffix(".gz")
    if entry.startswith(f"{name}."):
        number = entry[len(name) + 1 :]
        return int(number) if number.isascii() and number.isdigit() else None
    if entry.startswith(f"{root}__") and entry.endswith(extension):
        date = entry[len(root) + 2 : len(entry) - len(extension)]
        return 0 if _DATE.fullmatch(date) else None
    return None


def _is_dated(path: str, other: str) -> bool:
    return not os.path.basename(other).startswith(f"{os.path.basename(path)}.")


def _free_name(path: str, date: str) -> str:
    """Return the name of a dated file; a second one of the same date gets a number."""
    root, extension = os.path.splitext(path)
    plain = f"{root}__{_NOT_OF_A_DATE.sub('-', date)}"
    name, number = f"{plain}{extension}", 0
    while _existing(name):
        number += 1
        name = f"{plain}_{number}{extension}"
    return name
