"""The log thread: takes what services print out of their pipes and appends it to files.

It is a thread apart because a disk can hang for minutes, and nothing else may wait for it: the
main loop only posts orders and gets notes back. While a file hangs, its services are held back
by their own pipes, so memory stays bounded; while a file fails (disk full), output is staged up
to a limit and then dropped and counted, because a full disk must not stop a service.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
import threading
from collections import deque

from usher.keeper.logfile import LogFile
from usher.keeper.stage import FILL, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

STAGE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes staged per stream while its file fails; what comes on top is dropped and counted."""

RETRY: Final = 1.0
"""Seconds after which a file that failed is tried again."""

REST: Final = 0.004
"""Seconds to let output gather after a small amount: one wake-up for many lines."""

_BUFFER: Final = 128 * 1024
_SMALL_PIPE: Final = 64 * 1024
_LARGE_PIPE: Final = 1 << 20
_F_SETPIPE_SZ: Final = 1031
_FIONREAD: Final = 0x541B


class Stream:
    """One output of one run: its pipe, its stage, and the file it goes to."""

    __slots__ = ("dropped", "ended", "file", "large", "pipe", "run", "stage", "watched")

    def __init__(self, run: str, pipe: int, stage: Stage, file: LogFile) -> None:
        self.run = run
        self.pipe = pipe
        self.stage = stage
        self.file = file
        self.large = False
        self.ended = False
        self.watched = False
        self.dropped = 0

    def take(self) -> int:
        """Move what the pipe holds into the stage; 0 at the end of the stream."""
        room = STAGE_LIMIT - self.stage.pending
        if room <= 0:
            return self._drop()
        moved = self.stage.fill(self.pipe, min(FILL, room))
        if moved >= _SMALL_PIPE // 2 and not self.large:
            self._resize(_LARGE_PIPE)
        elif self.large and moved < 4096:
            self._resize(_SMALL_PIPE)
        return moved

    def _drop(self) -> int:
        lost = len(os.read(self.pipe, _SMALL_PIPE))
        self.dropped += lost
        return lost

    def _resize(self, size: int) -> None:
        """Give a busy pipe more room; not to all: a user's pipes share 64 MiB."""
        try:
            fcntl.fcntl(self.pipe, _F_SETPIPE_SZ, size)
        except OSError:
            return  # not allowed, or more is inside than fits: it works as it is
        self.large = size == _LARGE_PIPE


class LogThread:
    """Runs orders and streams in its own thread; `note(run, kind, detail)` reports.

    Notes: ("drained", None) after `finish`; ("trouble", {"error", "dropped"}) when a file begins
    to fail and, with error None, when it works again. `note` is called in this thread.
    """

    def __init__(self, note: Callable[[str, str, Any], None]) -> None:
        self._note = note
        self._orders: deque[Callable[[], None]] = deque()
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._streams: dict[int, Stream] = {}
        self._files: dict[str, LogFile] = {}
        self._failing: dict[LogFile, str] = {}
        self._buffer = bytearray(_BUFFER)
        threading.Thread(target=self._work, name="log", daemon=True).start()

    # -- orders, for the main loop ---------------------------------------------------------------

    def add(self, run: str, outputs: list[tuple[int, int, dict[str, Any]]], *, held: bool) -> None:
        """Write each (pipe, stage, LogSpec) from now on, or with `held` from `resume` on.

        Both descriptors belong to this thread now.
        """
        self._order(lambda: self._add(run, outputs, held))

    def resume(self) -> None:
        """Begin with the streams that were added as held."""
        self._order(self._resume)

    def finish(self, run: str) -> None:
        """Take and write what is in the pipes of `run` now, then note "drained"."""
        self._order(lambda: self._finish(run))

    def close(self, run: str) -> None:
        """The same, then close the streams of `run`."""
        self._order(lambda: self._close(run))

    def reopen(self, run: str) -> None:
        """Open the files of `run` anew at their paths (something else rotated them)."""
        self._order(lambda: self._each_file(run, LogFile.close))

    def empty(self, run: str) -> None:
        """Throw away what the files of `run` hold."""
        self._order(lambda: self._each_file(run, LogFile.empty))

    def _order(self, call: Callable[[], None]) -> None:
        self._orders.append(call)
        os.eventfd_write(self._wake, 1)

    # -- the thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            self._run()
        finally:  # it never ends by itself; a keeper that writes no logs must be replaced
            traceback = sys.exc_info()[1]
            sys.stderr.write(f"cannot go on writing logs: {traceback!r}\n")
            os._exit(70)

    def _run(self) -> None:
        while True:
            moved = 0
            for fd, _ in self._epoll.poll(RETRY if self._failing else None):
                moved += self._serve(fd)
            if self._failing:
                self._retry()
            if 0 < moved < FILL // 4:
                self._rest()

    def _serve(self, fd: int) -> int:
        if fd == self._wake:
            os.eventfd_read(fd)
            while self._orders:
                self._orders.popleft()()
            return 0
        stream = self._streams.get(fd)  # an order of this round may have closed it
        return self._pump(stream) if stream else 0

    def _watch(self, stream: Stream) -> None:
        self._epoll.register(stream.pipe, select.EPOLLIN)
        stream.watched = True

    def _unwatch(self, stream: Stream) -> None:
        """Must come before the close: the daemon's duplicate keeps the pipe in the epoll set."""
        if stream.watched:
            self._epoll.unregister(stream.pipe)
            stream.watched = False

    def _rest(self) -> None:
        """Let output gather, unless an order comes."""
        rest = select.poll()
        rest.register(self._wake, select.POLLIN)
        rest.poll(REST * 1000)

    def _pump(self, stream: Stream) -> int:
        try:
            moved = stream.take()
        except BlockingIOError:
            return 0
        if not moved:
            stream.ended = True
            self._unwatch(stream)
        if stream.file not in self._failing:
            self._pour(stream, final=stream.ended)
        return moved

    def _pour(self, stream: Stream, *, final: bool) -> None:
        try:
            stream.file.pour(stream.stage, self._buffer, final=final)
        except OSError as error:
            stream.file.close()
            self._fails(stream, error)
            return
        self._works(stream)

    def _fails(self, stream: Stream, error: OSError) -> None:
        reason = error.strerror or str(error)
        if self._failing.get(stream.file) != reason:
            self._failing[stream.file] = reason
            text = f"cannot write log {stream.file.path!r}: {reason}"
            self._note(stream.run, "trouble", {"error": text, "dropped": stream.dropped})

    def _works(self, stream: Stream) -> None:
        if stream.dropped and not stream.stage.pending:
            lost, stream.dropped = stream.dropped, 0
            stream.stage.put(
                b"[usher] %d bytes of output lost: the log could not be written\n" % lost
            )
            self._note(stream.run, "trouble", {"error": None, "dropped": lost})
            self._pour(stream, final=False)
        elif self._failing.pop(stream.file, None):
            self._note(stream.run, "trouble", {"error": None, "dropped": 0})

    def _retry(self) -> None:
        """Try the failing files again with everything that waits for them."""
        for stream in [each for each in self._streams.values() if each.file in self._failing]:
            self._pour(stream, final=stream.ended or stream.dropped > 0)

    # -- orders, in the thread -------------------------------------------------------------------

    def _add(self, run: str, outputs: list[tuple[int, int, dict[str, Any]]], held: bool) -> None:
        for pipe, fd, spec in outputs:
            file = self._files.setdefault(
                spec["path"], LogFile(spec["path"], spec["max_size"], spec["retain"])
            )
            file.max_size, file.retain = spec["max_size"], spec["retain"]
            stream = Stream(run, pipe, Stage(fd), file)
            self._streams[pipe] = stream
            if stream.stage.interrupted:
                self._undo(stream)
            if not held:
                self._watch(stream)

    def _undo(self, stream: Stream) -> None:
        if stream.stage.interrupted:
            try:
                stream.file.undo(stream.stage.interrupted)
            except OSError as error:
                self._fails(stream, error)
            stream.stage.abandon()

    def _resume(self) -> None:
        for stream in self._streams.values():
            if not stream.watched and not stream.ended:
                self._watch(stream)
                self._pour(stream, final=False)

    def _finish(self, run: str) -> None:
        for stream in self._of(run):
            self._drain(stream)
        self._note(run, "drained", None)

    def _drain(self, stream: Stream) -> None:
        """Take as much as is in the pipe now; a descendant may go on printing for ever."""
        left = int.from_bytes(fcntl.ioctl(stream.pipe, _FIONREAD, bytes(4)), "little")
        while left > 0:
            try:
                left -= stream.take() or left
            except BlockingIOError:
                break
            self._pour(stream, final=False)
        self._pour(stream, final=True)

    def _close(self, run: str) -> None:
        for stream in self._of(run):
            self._drain(stream)
            if lost := stream.dropped + stream.stage.pending:
                text = f"{lost} bytes of output lost: the log could not be written"
                self._note(run, "trouble", {"error": text, "dropped": lost})
            del self._streams[stream.pipe]
            self._unwatch(stream)
            os.close(stream.pipe)
            os.close(stream.stage.fd)
            if not any(other.file is stream.file for other in self._streams.values()):
                stream.file.close()
                self._files.pop(stream.file.path, None)
                self._failing.pop(stream.file, None)

    def _each_file(self, run: str, call: Callable[[LogFile], None]) -> None:
        for stream in self._of(run):
            try:
                call(stream.file)
            except OSError as error:
                self._fails(stream, error)

    def _of(self, run: str) -> list[Stream]:
        return [stream for stream in self._streams.values() if stream.run == run]
