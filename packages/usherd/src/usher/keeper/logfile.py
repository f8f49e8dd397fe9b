"""One log file: appended to in whole lines, rotated by rename, mode 0600."""

from __future__ import annotations

import errno
import os
import stat
import time

from usher.keeper import rotation
from usher.keeper.dates import DateFormat
from usher.keeper.owner import Owner, user_of
from usher.keeper.stage import Place
from usher.keeper.times import Times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from usher.keeper.child import Identity
    from usher.keeper.stage import Stage

FREE_SHARE: Final = 20
"""A log stops growing when less than this part of its disk (5 %) is free ..."""

FREE_ENOUGH: Final = 1 << 30
"""... unless so many bytes are: 5 % of a large disk is no emergency."""

_LOOK_EVERY: Final = 1 << 20
"""Bytes appended between two looks at the free space."""


class Limits:
    """How a log is kept: rotated at `max_size` bytes, `retain` rotated files, and their names.

    `names` is a date format (usher.keeper.dates); without, they are numbered. `who` is the user of
    the service that asked for the path (usher.keeper.owner); None where that is our own.
    """

    __slots__ = ("max_size", "names", "retain", "who")

    def __init__(
        self, max_size: int, retain: int, names: str = "", who: Identity | None = None
    ) -> None:
        self.max_size = max_size
        self.retain = retain
        self.names = names
        self.who = who

    @classmethod
    def of(cls, spec: dict[str, Any]) -> Limits:
        """Read them from a LogSpec; raises KeyError, TypeError or ValueError."""
        names = str(spec.get("rotated_names") or "")
        return cls(int(spec["max_size"]), int(spec["retain"]), names, user_of(spec))


class LogFile:
    """The single writer of one path; all methods may block on the disk and raise OSError.

    Anything but a regular file (/dev/null, a terminal) is written to without rotation.
    """

    def __init__(self, path: str, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.rotations = 0
        """How often it was rotated, for who has to tell."""
        self._fd = -1
        self._regular = True
        self._times: Times | None = None
        self._midline_of: Stage | None = None
        self._unlooked = 0

    def place(self) -> Place:
        """Return the end of the file, opened again when somebody removed it."""
        if self._fd < 0:
            self._open()
        found = os.fstat(self._fd)
        if found.st_nlink == 0:
            self.close()
            self._open()
            found = os.fstat(self._fd)
        return Place(found.st_dev, found.st_ino, found.st_size if self._regular else 0)

    def fitting(self, stage: Stage, place: Place, text: bytes | bytearray, length: int) -> int:
        """How many of the first `length` bytes go into the file as it is; 0: rotate first.

        The boundary is the end of a line. A line that is longer than the limit gets its own file.
        """
        max_size = self.limits.max_size
        if not self._regular:
            return length
        if place.size and self._times and self._times.outgrow(max_size):
            return 0
        if place.size + length <= max_size:
            return length
        if stage.midline and self._midline_of is stage and place.size < 2 * max_size:
            return text.find(b"\n", 0, length) + 1 or length
        room = max(0, max_size - place.size)
        fitting = text.rfind(b"\n", 0, min(room, length)) + 1
        if fitting or place.size:
            return fitting
        return text.find(b"\n", 0, length) + 1 or length

    def append(self, stage: Stage, place: Place, lines: memoryview, now: int) -> None:
        """Append lines of `stage` that were taken at `now`; see `cut` for a failed append."""
        try:
            self._look_for_room(len(lines))
            at = place.size
            if self._times:
                self._times.note(at, now)
            if self._cuts_line(stage, place):
                at += self._write(b"\n", at)
            self._write(lines, at)
        except OSError as error:
            error.filename = error.filename or self.path
            raise
        self._midline_of = stage if lines[-1] != 0x0A else None

    def cut(self, place: Place) -> None:
        """Make the file end at `place` again, if it is that file and has become longer."""
        now = self.place()
        same = (now.device, now.inode) == (place.device, place.inode)
        if self._regular and same and now.size > place.size:
            os.ftruncate(self._fd, place.size)

    def empty(self) -> None:
        """Throw the content away (`usher flush`)."""
        self.place()
        if self._regular:
            os.ftruncate(self._fd, 0)
        self._midline_of = None

    def rotate(self) -> None:
        """Begin a new file, unless there is nothing in this one."""
        if not self.place().size:
            return
        self.close()
        names = self.limits.names
        date = DateFormat(names)(time.time_ns()) if names else ""
        owner = Owner(self.path, self.limits.who)
        owner.do(lambda: rotation.rotate(self.path, self.limits.retain, date))
        self.rotations += 1

    def close(self) -> None:
        """Close; the next append opens the path anew."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
        if self._times:
            self._times.close()
        self._times = None

    # -- parts -----------------------------------------------------------------------------------

    def _open(self) -> None:
        # No symbolic link, and no other name: the file may be put there by the service.
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY
        fd = Owner(self.path, self.limits.who).open(flags)
        found = os.fstat(fd)
        self._regular = stat.S_ISREG(found.st_mode)
        if self._regular and found.st_nlink > 1:
            os.close(fd)
            raise OSError(errno.EMLINK, "has another name (hard link)", self.path)
        self._fd = fd
        self._midline_of = None
        self._unlooked = _LOOK_EVERY
        if self._regular:
            self._times = Times(self.path, found.st_ino, self.limits.who)

    def _look_for_room(self, wanted: int) -> None:
        """Refuse to fill the disk: the service and its neighbours need it more than we do."""
        self._unlooked += wanted
        if self._unlooked < _LOOK_EVERY or not self._regular:
            return
        found = os.fstatvfs(self._fd)
        needed = min(found.f_blocks // FREE_SHARE * found.f_frsize, FREE_ENOUGH)
        if found.f_bavail * found.f_frsize < needed:
            raise OSError(errno.ENOSPC, "its disk is nearly full")
        self._unlooked = 0

    def _cuts_line(self, stage: Stage, place: Place) -> bool:
        """Whether the file ends in an unfinished line that `stage` does not continue."""
        if not self._regular or not place.size:
            return False
        if stage.midline and self._midline_of in (stage, None):
            return False
        return os.pread(self._fd, 1, place.size - 1) != b"\n"

    def _write(self, data: bytes | memoryview, at: int) -> int:
        done = 0
        while done < len(data):
            rest = data[done:]
            done += (
                os.pwrite(self._fd, rest, at + done) if self._regular else os.write(self._fd, rest)
            )
        return done
