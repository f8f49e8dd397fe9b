"""One log file: appended to in whole lines, rotated by rename, mode 0600."""

from __future__ import annotations

import errno
import os
import stat

from usher.keeper.stage import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from usher.keeper.stage import Stage

LINE_LIMIT: Final = 64 * 1024
"""Bytes of an unfinished line that wait for its end; a longer line is passed on in pieces."""


class LogFile:
    """The single writer of one path; all methods may block on the disk and raise OSError.

    Anything but a regular file (/dev/null, a terminal) is written to without rotation.
    """

    def __init__(self, path: str, max_size: int, retain: int) -> None:
        self.path = path
        self.max_size = max_size
        self.retain = retain
        self._fd = -1
        self._regular = True
        self._midline_of: Stage | None = None

    def pour(self, stage: Stage, buffer: bytearray, *, final: bool) -> None:
        """Append the whole lines that `stage` holds; with `final` an unfinished one too."""
        with memoryview(buffer) as view:
            while count := stage.peek(view):
                whole = buffer.rfind(b"\n", 0, count) + 1
                if not whole:
                    if not final and count < LINE_LIMIT:
                        return
                    whole = count
                place = self._place()
                fitting = self._fitting(stage, place, buffer, whole)
                if fitting == 0:
                    self._rotate()
                    continue
                self._append(stage, place, view[:fitting])

    def undo(self, place: Place) -> None:
        """Cut the file back to where an interrupted append began, if it still is that file."""
        now = self._place()
        same = (now.device, now.inode) == (place.device, place.inode)
        if self._regular and same and now.size > place.size:
            os.ftruncate(self._fd, place.size)

    def empty(self) -> None:
        """Throw the content away (`usher flush`)."""
        self._place()
        if self._regular:
            os.ftruncate(self._fd, 0)
        self._midline_of = None

    def close(self) -> None:
        """Close; the next append opens the path anew."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    # -- parts -----------------------------------------------------------------------------------

    def _place(self) -> Place:
        """Return the end of the file, opened again when somebody removed it."""
        if self._fd < 0:
            self._open()
        found = os.fstat(self._fd)
        if found.st_nlink == 0:
            self.close()
            self._open()
            found = os.fstat(self._fd)
        self._regular = stat.S_ISREG(found.st_mode)
        return Place(found.st_dev, found.st_ino, found.st_size if self._regular else 0)

    def _open(self) -> None:
        # No symbolic link: the folder may belong to the service, the keeper to root.
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NOCTTY
        try:
            fd = os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self.path), 0o700, exist_ok=True)
            fd = os.open(self.path, flags, 0o600)
        found = os.fstat(fd)
        if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
            os.close(fd)
            raise OSError(errno.EMLINK, "has another name (hard link)", self.path)
        self._fd = fd
        self._midline_of = None

    def _fitting(self, stage: Stage, place: Place, buffer: bytearray, whole: int) -> int:
        """How many of `whole` bytes go into the file as it is; 0: rotate first.

        The boundary is the end of a line. A line that is longer than the limit gets its own file.
        """
        if not self._regular or place.size + whole <= self.max_size:
            return whole
        if stage.midline and self._midline_of is stage and place.size < 2 * self.max_size:
            return buffer.find(b"\n", 0, whole) + 1 or whole
        room = max(0, self.max_size - place.size)
        fitting = buffer.rfind(b"\n", 0, min(room, whole)) + 1
        if fitting or place.size:
            return fitting
        return buffer.find(b"\n", 0, whole) + 1 or whole

    def _append(self, stage: Stage, place: Place, lines: memoryview) -> None:
        """Append under the stage's protocol; a failed append leaves the file as it was."""
        stage.intend(place)
        try:
            at = place.size
            if self._cuts_line(stage, place):
                at += self._write(b"\n", at)
            self._write(lines, at)
        except OSError:
            if self._regular:
                os.ftruncate(self._fd, place.size)
            stage.abandon()
            raise
        midline = lines[-1] != 0x0A
        self._midline_of = stage if midline else None
        stage.consume(len(lines), midline=midline)

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

    def _rotate(self) -> None:
        """Rename path to path.1, path.1 to path.2 and so on; `retain` old files are kept.

        Files move up to the first free number only: where a keeper was killed in the middle there
        is a gap, and the next rotation fills it.
        """
        self.close()
        if not self.retain:
            os.unlink(self.path)
            return
        free = 1
        while free < self.retain and os.path.lexists(f"{self.path}.{free}"):
            free += 1
        for number in range(free, 1, -1):
            os.replace(f"{self.path}.{number - 1}", f"{self.path}.{number}")
        os.replace(self.path, f"{self.path}.1")
