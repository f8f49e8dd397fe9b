"""When the lines of a log were written, from the hidden file beside it (usher.keeper.times)."""

import bisect
import os
import struct
from pathlib import Path
from typing import Final

from usher.keeper.rotation import times_path
from usher.keeper.times import ENTRY, MAGIC

RECENT: Final = 4096 * ENTRY.size
"""Bytes read by who only wants to know about the end of a log."""


class LogTimes:
    """Times of one file's lines. Where nothing is noted they are those of its last change."""

    def __init__(self, offsets: list[int], times: list[int], otherwise: int) -> None:
        self._offsets = offsets
        self._times = times
        self._otherwise = otherwise

    @classmethod
    def load(cls, path: str, found: os.stat_result, limit: int | None = None) -> "LogTimes":
        """Read what is noted for the file `path`, of which `found` is the status.

        With `limit` only so many bytes from the end. The inode of a compressed file is not that
        of the log it was made of, so only others are compared.
        """
        try:
            with Path(times_path(path)).open("rb") as file:
                inode, magic = ENTRY.unpack(file.read(ENTRY.size))
                if limit is not None and (size := file.seek(0, os.SEEK_END)) > limit:
                    file.seek(size - limit - (size - limit) % ENTRY.size)
                else:
                    file.seek(ENTRY.size)
                content = file.read()
        except (OSError, ValueError, struct.error):
            return cls([], [], found.st_mtime_ns)
        if magic != MAGIC or (inode != found.st_ino and not path.endswith(".gz")):
            return cls([], [], found.st_mtime_ns)
        return cls(*_entries(content), found.st_mtime_ns)

    def at(self, offset: int) -> int:
        """When the line that begins at `offset` was taken: nanoseconds since 1970."""
        if not self._offsets:
            return self._otherwise
        return self._times[max(0, bisect.bisect_right(self._offsets, offset) - 1)]

    def first_at(self, moment: int) -> int:
        """Return an offset before which every line is older than `moment`."""
        index = bisect.bisect_left(self._times, moment)
        if not self._offsets or index == 0:
            return 0
        # A host's clock may have been set back: then the times are not sorted, and all is read.
        return self._offsets[index] if index < len(self._offsets) else self._offsets[-1]


def _entries(content: bytes) -> tuple[list[int], list[int]]:
    """Return offsets and times, without what a kill of the writer or a flush made untrue."""
    offsets: list[int] = []
    times: list[int] = []
    whole = len(content) - len(content) % ENTRY.size
    for offset, moment in ENTRY.iter_unpack(content[:whole]):
        while offsets and offsets[-1] >= offset:
            offsets.pop()
            times.pop()
        offsets.append(offset)
        times.append(moment)
    return offsets, times
