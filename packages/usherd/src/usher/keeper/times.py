"""When which part of a log was written: a hidden file beside each, for those who read it back.

A line of a raw log has no time of its own, and two logs cannot be merged without. So before each
append the writer notes (length of the log, time): everything from there on was taken from the pipe
at that time. The file begins with the inode of the log that it belongs to. It is advice: after a
kill there may be one entry too many, which repeats an offset, and the later one is true.
"""

from __future__ import annotations

import os
import struct

from usher.keeper.owner import Owner
from usher.keeper.rotation import times_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from usher.keeper.child import Identity

ENTRY: Final = struct.Struct("=QQ")
"""(offset in bytes, ns since the epoch); in the first entry (inode of the log, MAGIC)."""

MAGIC: Final = 0x7573682D74696D65
GRAIN: Final = 1_000_000
"""Nanoseconds within which appends share an entry: a flood must not be noted for each chunk."""

_LEAST: Final = 64 * 1024


class Times:
    """Notes times for one open log. Trouble with it never hinders the log itself."""

    def __init__(self, path: str, inode: int, who: Identity | None = None) -> None:
        """Go on with the times of this log, or begin anew when they are of another one.

        `who` is the user of the service that asked for the path, if that is another one.
        """
        self._size = ENTRY.size
        self._last = (0, 0)
        self._fd = -1
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            self._fd = Owner(times_path(path), who).open(flags)
            self._begin(inode)
        except OSError:
            self.close()

    def _begin(self, inode: int) -> None:
        head = ENTRY.pack(inode, MAGIC)
        size = os.fstat(self._fd).st_size
        if os.pread(self._fd, ENTRY.size, 0) == head:
            self._size = size - size % ENTRY.size
            return
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, head, 0)

    def note(self, offset: int, now: int) -> None:
        """Say that an append at `offset` begins, of what was taken at `now`."""
        before, then = self._last
        if self._fd < 0 or (offset > before and 0 <= now - then < GRAIN):
            return
        try:
            if offset < before:  # the log was emptied
                os.ftruncate(self._fd, ENTRY.size)
                self._size = ENTRY.size
            self._size += os.pwrite(self._fd, ENTRY.pack(offset, now), self._size)
        except OSError:
            self.close()
        self._last = (offset, now)

    def outgrow(self, limit: int) -> bool:
        """Whether they take more than the log itself may: lines of a few bytes each."""
        return self._size > max(limit, _LEAST)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
