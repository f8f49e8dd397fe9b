"""A service's output read back from its files: the log and what was rotated before it.

Everything here may block on a disk, so the daemon calls it in a thread.
"""

import contextlib
import gzip
import heapq
import io
import os
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, Self

from usher.keeper import rotation
from usher.runtime.log_times import LogTimes

CHUNK: Final = 64 * 1024
TAIL_LIMIT: Final = 4 * 1024 * 1024
"""Bytes read back at most for the last lines of one file."""

_TRIES: Final = 5
"""How often the list of files is read anew when a rotation came between."""


class TimedLine(NamedTuple):
    """One line without its end, and when usher took it from the service (ns since 1970)."""

    time_ns: int
    text: bytes


class Window(NamedTuple):
    """Which lines are wanted: the last `lines` (None: all) of those from `since` to `until`.

    Times are nanoseconds since 1970; `until` None: to the end.
    """

    lines: int | None
    since: int = 0
    until: int | None = None


class Position(NamedTuple):
    """How far a log was read; whoever follows it goes on from here. `fd` belongs to the holder."""

    fd: int
    offset: int
    midline: bool
    """Whether the last line read was not ended."""


class Piece:
    """One file of a log, opened; its name may change meanwhile."""

    def __init__(self, path: str) -> None:
        """Raises OSError when it cannot be opened."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW
        self.file: IO[bytes] = os.fdopen(os.open(path, flags), "rb")
        self.found = os.fstat(self.file.fileno())
        self.path = path
        self._times: LogTimes | None = None

    @property
    def times(self) -> LogTimes:
        """Times of its lines."""
        if self._times is None:
            self._times = LogTimes.load(self.path, self.found)
        return self._times

    def content(self) -> IO[bytes]:
        """What it holds, uncompressed, to be read from its beginning."""
        self.file.seek(0)
        if self.path.endswith(".gz"):
            return io.BufferedReader(gzip.GzipFile(fileobj=self.file))  # pyright: ignore[reportArgumentType]
        return self.file


class Log:
    """The files of one log as they were at one moment; close it, or leave its `with` block."""

    def __init__(self, path: str) -> None:
        """Open what there is; a log that does not exist has no pieces."""
        self.path = path
        self.pieces = _open_all(path)
        self.end = 0
        """Where reading the present file stops: its last whole line, or what stands behind it."""
        self.midline = False
        if self.pieces and self.pieces[-1].path == path:
            last = self.pieces[-1]
            self.end = last.found.st_size
            self.midline = not _ends_a_line(last.file.fileno(), self.end)

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all files."""
        self.close()

    def close(self) -> None:
        """Close all files."""
        for piece in self.pieces:
            piece.file.close()
        self.pieces = []

    def position(self) -> Position | None:
        """Where to follow from, with a descriptor of its own; None while there is no file."""
        if not self.pieces or self.pieces[-1].path != self.path:
            return None
        return Position(os.dup(self.pieces[-1].file.fileno()), self.end, self.midline)

    def read(self, window: Window) -> Iterator[TimedLine]:
        """Yield the lines wanted, oldest first."""
        if window.lines == 0:
            return
        if window.lines is not None and not window.since and window.until is None:
            yield from self._last(window.lines)
            return
        lines = self._between(window)
        yield from lines if window.lines is None else deque(lines, window.lines)

    def _between(self, window: Window) -> Iterator[TimedLine]:
        for piece in self.pieces:
            if piece.found.st_mtime_ns < window.since:
                continue
            start = piece.times.first_at(window.since) if window.since else 0
            for line in _lines(piece, start, self._size(piece)):
                if window.until is not None and line.time_ns > window.until:
                    return
                if line.time_ns >= window.since:
                    yield line

    def _last(self, count: int) -> Iterator[TimedLine]:
        """Yield the last lines: files are looked at backwards until there are enough."""
        found: deque[list[TimedLine]] = deque()
        for piece in reversed(self.pieces):
            start = _start_of_last(piece, count, self._size(piece))
            lines = list(deque(_lines(piece, start, self._size(piece)), count))
            found.appendleft(lines)
            count -= len(lines)
            if count <= 0:
                break
        for lines in found:
            yield from lines

    def _size(self, piece: Piece) -> int | None:
        """Where to stop reading: the present file may grow while it is read."""
        return self.end if piece.path == self.path else None


def tail(path: str | Path, lines: int) -> list[str]:
    """Return the last lines of a log as text."""
    with Log(str(path)) as log:
        return [text_of(line.text) for line in log.read(Window(lines))]


def read_together(paths: Iterable[str], window: Window) -> list[TimedLine]:
    """Return lines of several logs in the order in which they came; what cannot be read is left."""
    read: list[list[TimedLine]] = []
    for path in paths:
        with contextlib.suppress(OSError), Log(path) as log:
            read.append(list(log.read(window)))
    return list(deque(heapq.merge(*read, key=lambda line: line.time_ns), window.lines))


def text_of(line: bytes) -> str:
    """Decode a line; what is not UTF-8 becomes replacement characters."""
    return line.decode("utf-8", "replace").rstrip("\r")


def rotated_inodes(path: str) -> dict[int, str]:
    """List the rotated files of a log by inode, newest first."""
    found: dict[int, str] = {}
    for each in rotation.rotated(path):
        with contextlib.suppress(FileNotFoundError):
            found[Path(each).stat().st_ino] = each
    return found


def newer_than(path: str, found: os.stat_result) -> list[str]:
    """List rotated files that came after the one with this status, oldest first."""
    newer: list[str] = []
    for each in rotation.rotated(path):
        try:
            now = Path(each).stat()
        except FileNotFoundError:
            continue
        if now.st_ino == found.st_ino or now.st_mtime_ns < found.st_mtime_ns:
            break
        newer.append(each)
    return newer[::-1]


def _open_all(path: str) -> list[Piece]:
    """Open a log with its rotated files, oldest first, such that no rotation came between."""
    pieces: list[Piece] = []
    for _ in range(_TRIES):
        pieces = _open_once(path)
        newest = pieces[-1].found.st_ino if pieces else None
        try:
            now = Path(path).stat().st_ino
        except OSError:
            return pieces
        if newest == now:
            break
        for piece in pieces:
            piece.file.close()
    return pieces


def _open_once(path: str) -> list[Piece]:
    pieces: dict[int, Piece] = {}
    seen: set[str] = set()
    for name in [path, *rotation.rotated(path)]:
        plain = name.removesuffix(".gz")
        if plain in seen:
            continue  # compressed, and the original not yet removed
        try:
            piece = Piece(name)
        except OSError:
            continue
        seen.add(plain)
        if piece.found.st_ino in pieces:
            piece.file.close()  # renamed while we looked
        else:
            pieces[piece.found.st_ino] = piece
    return list(pieces.values())[::-1]


def _lines(piece: Piece, start: int, stop: int | None) -> Iterator[TimedLine]:
    """Yield the lines from `start`, the beginning of a line, to `stop` or the end."""
    content = piece.content()
    content.seek(start)
    at, rest = start, b""
    try:
        while chunk := content.read(CHUNK if stop is None else min(CHUNK, stop - at - len(rest))):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield TimedLine(piece.times.at(at), line)
                at += len(line) + 1
    except (OSError, EOFError):
        return  # a compressed file that is damaged: what could be read was given
    if rest:
        yield TimedLine(piece.times.at(at), rest)


def _start_of_last(piece: Piece, count: int, stop: int | None) -> int:
    """Return where the last `count` lines of a piece begin, or a line at most TAIL_LIMIT back."""
    if piece.path.endswith(".gz"):
        return 0
    fd = piece.file.fileno()
    end = piece.found.st_size if stop is None else stop
    at, breaks = end, 0
    # The break that ends the last line is none between two.
    wanted = count + (1 if _ends_a_line(fd, end) else 0)
    while at > 0 and end - at < TAIL_LIMIT:
        size = min(CHUNK, at)
        chunk = os.pread(fd, size, at - size)
        here = chunk.count(b"\n")
        if breaks + here >= wanted:
            position = len(chunk)
            for _ in range(wanted - breaks):
                position = chunk.rindex(b"\n", 0, position)
            return at - size + position + 1
        breaks += here
        at -= size
    if at > 0:  # cut at the limit: not in the middle of a line
        return at + os.pread(fd, CHUNK, at).find(b"\n") + 1
    return 0


def _ends_a_line(fd: int, size: int) -> bool:
    return size == 0 or os.pread(fd, 1, size - 1) == b"\n"
