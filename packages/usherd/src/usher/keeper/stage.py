"""A staging area between a service's pipe and its log file, which outlives the keeper.

Reading a pipe takes the bytes out of it for good, so a keeper that is killed between read and
write loses them. Therefore they never pass through the keeper's own memory alone:

1. splice(pipe -> memfd): the kernel moves bytes and both sizes in one step;
2. the record at the head of the memfd notes which file is written and how long it is now (or
   which two: some streams also go to a combined file);
3. the bytes are appended to that file, with a date before each line where that is wanted;
4. the memfd is truncated: this one call says that the append counts.

Killed between 2 and 4, the next keeper gets the memfd from the daemon (which holds a duplicate),
finds it not empty, cuts the file back to the noted length and appends again, with the date of then.
An unfinished line stays in the memfd, so that only whole lines reach the file.

The record is written by a single pwrite of less than a page, which a signal cannot interrupt.
"""

from __future__ import annotations

import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

HEAD: Final = 4096
"""Bytes before the staged data: one page, of which the record takes 76 bytes."""

FILL: Final = 1 << 20
"""Bytes taken from a pipe at a time: what a pipe can hold at most without privilege."""

_RECORD: Final = struct.Struct("=4sIQQ 3Q 3Q I")
_FORMER: Final = 48
"""Bytes of the record of a keeper that knew no combined file: all behind is missing."""

_MAGIC: Final = b"ush1"
_APPENDING: Final = 1
_MIDLINE: Final = 2


class Place:
    """Where an append begins: a file (device, inode) and its length before."""

    __slots__ = ("device", "inode", "size")

    def __init__(self, device: int, inode: int, size: int) -> None:
        self.device = device
        self.inode = inode
        self.size = size

    def numbers(self) -> tuple[int, int, int]:
        """What the record keeps of it."""
        return self.device, self.inode, self.size


_NOWHERE: Final = Place(0, 0, 0)


class Stage:
    """Bytes on their way from one pipe to one file, in a memfd.

    `interrupted` are the places of an append that an earlier keeper began and may not have ended.
    `midline` says that the last byte appended was not the end of a line. `mark` is a number of
    whoever masks the lines (usher.keeper.masking), as it holds behind what was appended last.
    """

    def __init__(self, fd: int) -> None:
        """Take a fresh memfd, or one that an earlier keeper used; raises ValueError on others."""
        self.fd = fd
        self.midline = False
        self.mark = 0
        self.interrupted: list[Place] = []
        self._start = 0
        self._end = max(0, os.fstat(fd).st_size - HEAD)
        if not self._load():
            self._note(0)

    @property
    def pending(self) -> int:
        """Bytes staged and not yet appended."""
        return self._end - self._start

    def fill(self, pipe: int, limit: int = FILL) -> int:
        """Move up to `limit` bytes out of `pipe`: 0 at its end, BlockingIOError when empty."""
        moved = os.splice(
            pipe, self.fd, limit, offset_dst=HEAD + self._end, flags=os.SPLICE_F_NONBLOCK
        )
        self._end += moved
        return moved

    def put(self, text: bytes) -> None:
        """Stage bytes of our own."""
        self._end += os.pwrite(self.fd, text, HEAD + self._end)

    def peek(self, buffer: memoryview) -> int:
        """Copy the first pending bytes into `buffer`; return how many."""
        if not self.pending:
            return 0
        return min(os.preadv(self.fd, [buffer], HEAD + self._start), self.pending)

    def read(self, limit: int) -> bytes:
        """Return the first pending bytes, at most so many."""
        return os.pread(self.fd, min(self.pending, limit), HEAD + self._start)

    def lines(self, count: int) -> int:
        """Return how many bytes the first `count` staged lines take; raises ValueError."""
        text = os.pread(self.fd, min(self.pending, FILL), HEAD + self._start)
        end = 0
        for _ in range(count):
            end = text.index(b"\n", end) + 1
        return end

    def intend(self, places: list[Place]) -> None:
        """Note that an append at these places (one or two) begins."""
        self._note(_APPENDING, places)

    def abandon(self) -> None:
        """Note that the append failed and was undone."""
        self._note(0)

    def consume(self, count: int, *, midline: bool) -> None:
        """Count the first `count` bytes as appended; the commit is one system call."""
        self.midline = midline
        self._start += count
        if self._start < self._end:
            self._note(0)
            self._compact()
            return
        os.ftruncate(self.fd, HEAD)
        self._start = self._end = 0
        self._note(0)  # before anything new is staged, which the old record would be taken to mean

    def _compact(self) -> None:
        """Bring a short rest to the front, so that the memfd cannot grow for ever.

        The rest is copied into space already consumed, then one record makes the copy valid.
        """
        rest = self.pending
        if rest > self._start:
            return
        os.pwrite(self.fd, os.pread(self.fd, rest, HEAD + self._start), HEAD)
        self._start, self._end = 0, rest
        self._note(0, limit=rest)
        os.ftruncate(self.fd, HEAD + rest)
        self._note(0)

    def _note(self, state: int, places: list[Place] | None = None, limit: int = 0) -> None:
        first, second, *_ = [*(places or []), _NOWHERE, _NOWHERE]
        state |= _MIDLINE if self.midline else 0
        places_noted = (*first.numbers(), *second.numbers())
        record = _RECORD.pack(_MAGIC, state, self._start, limit, *places_noted, self.mark)
        os.pwrite(self.fd, record, 0)

    def _load(self) -> bool:
        """Take over the state that an earlier keeper left; False for a fresh memfd."""
        head = os.pread(self.fd, _RECORD.size, 0)
        if not head:
            return False
        if len(head) < _FORMER:
            raise ValueError("cannot use stage: its record is cut")
        magic, state, start, limit, *places, self.mark = _RECORD.unpack(
            head.ljust(_RECORD.size, b"\0")
        )
        if magic != _MAGIC:
            raise ValueError(f"cannot use stage: record begins with {magic!r}")
        self.midline = bool(state & _MIDLINE)
        if limit:
            self._end = min(self._end, limit)
        if start >= self._end:  # truncated: all that was staged is appended
            start = self._end = 0
        elif state & _APPENDING:
            both = (Place(*places[:3]), Place(*places[3:6]))
            self.interrupted = [each for each in both if each.inode]
        self._start = start
        os.ftruncate(self.fd, HEAD + self._end)
        self._note(state & _APPENDING, self.interrupted)
        return True
