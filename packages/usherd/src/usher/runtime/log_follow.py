"""Lines as they are written, over rotation, truncation and restarts: none lost, none twice."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from usher.runtime.log_files import (
    CHUNK,
    Log,
    Position,
    TimedLine,
    Window,
    newer_than,
    rotated_inodes,
)
from usher.runtime.log_times import RECENT, LogTimes

PATIENCE: Final = 3
"""Looks at an unfinished line that stays as it is, until it is shown without its end."""


class LogFollower:
    """Follows one log by name. `poll` may block on a disk; close it."""

    def __init__(self, path: str, position: Position | None) -> None:
        """Begin after what was read; without a position everything there will be is new."""
        self._path = path
        self._fd = -1
        self._offset = 0
        self._midline = False
        self._looks = 0
        self._old = set(rotated_inodes(path)) if position is None else set[int]()
        if position is not None:
            self._fd, self._offset, self._midline = position

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def poll(self) -> list[TimedLine]:
        """Return the lines that have come since the last poll."""
        if self._fd < 0:
            return list(self._begin())
        replaced = self._is_replaced()  # before the reading: what comes after goes elsewhere
        lines = list(self._new(last=replaced))
        if replaced:
            lines += self._move_on()
        return lines

    def _begin(self) -> Iterator[TimedLine]:
        """Yield all lines of a log that did not exist; it may have been rotated meanwhile."""
        if self._open():
            self._old.add(os.fstat(self._fd).st_ino)
            for inode, path in reversed(rotated_inodes(self._path).items()):
                if inode not in self._old:
                    with Log(path) as before:
                        yield from before.read(Window(None))
            yield from self._new(last=False)

    def _open(self) -> bool:
        try:
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
            self._fd = os.open(self._path, flags)
        except OSError:
            return False
        self._offset, self._midline, self._looks = 0, False, 0
        return True

    def _is_replaced(self) -> bool:
        try:
            now = Path(self._path).stat()
        except OSError:
            return False
        mine = os.fstat(self._fd)
        return (mine.st_dev, mine.st_ino) != (now.st_dev, now.st_ino)

    def _move_on(self) -> Iterator[TimedLine]:
        """Yield what was written to files that were rotated away too, then go on with the log."""
        found = os.fstat(self._fd)
        for path in newer_than(self._path, found):
            with Log(path) as between:
                yield from between.read(Window(None))
        self.close()
        if self._open():
            yield from self._new(last=False)

    def _new(self, *, last: bool) -> Iterator[TimedLine]:
        """Yield whole lines; with `last` what stands behind them too, for it will never grow."""
        found = os.fstat(self._fd)
        if found.st_size < self._offset:
            self._offset, self._midline = 0, False
        if found.st_size == self._offset:
            return
        times = LogTimes.load(self._path, found, RECENT)
        while chunk := os.pread(self._fd, CHUNK, self._offset):
            end = chunk.rfind(b"\n") + 1
            if not end:
                if len(chunk) < CHUNK and not last and not self._waited_enough():
                    return
                end = len(chunk)
            yield from self._split(chunk[:end], times)
            self._looks = 0

    def _split(self, text: bytes, times: LogTimes) -> Iterator[TimedLine]:
        ended = text.endswith(b"\n")
        lines = text.split(b"\n")[:-1] if ended else text.split(b"\n")
        for number, line in enumerate(lines):
            # The end of a line that was shown without it is no line.
            if line or number or not self._midline:
                yield TimedLine(times.at(self._offset), line)
            self._offset += len(line) + 1
        if not ended:
            self._offset -= 1
        self._midline = not ended

    def _waited_enough(self) -> bool:
        self._looks += 1
        return self._looks > PATIENCE
