"""A thread that takes output from pipes and appends it to files.

While a file fails (disk full), output is staged up to a limit and then dropped and counted: a
full disk must not stop a service. While a file hangs, the thread hangs in it; `relieve` then
gives all that does not concern this file to another writer.
"""

from __future__ import annotations

# `threading` has each fork run its handlers, for which a child copies a hundred pages more.
import _thread
import os
import select
import sys
import time
from collections import deque

from usher.keeper.logfile import LogFile
from usher.keeper.masking import Masker
from usher.keeper.pour import pour, pour_masked, undo
from usher.keeper.stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final, TypeAlias

    from usher.keeper.logfile import Limits
    from usher.keeper.masking import Mask
    from usher.keeper.stream import Output

    Order: TypeAlias = "Callable[[Writer], None]"
    Note: TypeAlias = Callable[["Writer", str, str, Any], None]

RETRY: Final = 1.0
"""Seconds after which a file that failed is tried again."""

REST: Final = 0.004
"""Seconds to let output gather after a small amount: one wake-up for many lines."""

_SMALL: Final = 16 * 1024

_BUFFER: Final = 128 * 1024


class Writer:
    """Streams and files of one thread. `note(writer, run, kind, detail)` is called in it.

    Notes: "drained" after `finish`; "trouble" with {"error", "dropped"} when a file begins to fail
    and, with error None, when it works again; "rotated" with a path; "active" before the first use
    of a file after `rearm`. The lock is held in everything but waiting and the use of files.
    """

    def __init__(self, note: Note, owner: Callable[[list[str]], Writer]) -> None:
        """`owner(paths)` tells who writes what goes to these; that may change by relief."""
        self._note = note
        self._owner = owner
        self._lock = _thread.allocate_lock()
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._orders: deque[Order] = deque()
        self._order: Order | None = None
        self._streams: dict[int, Stream] = {}
        self._files: dict[str, LogFile] = {}
        self._failing: dict[LogFile, str] = {}
        self._buffer = bytearray(_BUFFER)
        self._masker = Masker()
        self._using: tuple[float, str] | None = None
        self._noted_active = False

    # -- for the main loop -----------------------------------------------------------------------

    def begin(self) -> None:
        """Start the thread."""
        _thread.start_new_thread(self._work, ())

    def order(self, call: Order) -> None:
        """Have the thread call `call` with this writer."""
        self._orders.append(call)
        os.eventfd_write(self._wake, 1)

    def rearm(self) -> None:
        """Note the next use of a file as "active" again."""
        self._noted_active = False

    def using(self) -> tuple[float, str] | None:
        """Return since when (monotonic) the thread has been using which file, if it is."""
        return self._using

    def has_written(self, run: str) -> bool:
        """Whether all that `run` printed is in its files: then nobody has to wait for the thread.

        False as well while the thread is at work.
        """
        if not self._lock.acquire(blocking=False):
            return False
        try:
            streams = [each for each in self._streams.values() if each.run == run]
            idle = self._using is None and not self._orders
            return idle and all(each.is_empty() for each in streams)
        finally:
            self._lock.release()

    def relieve(self, successor: Writer, path: str) -> tuple[set[str], set[str]]:
        """Give `successor` (not begun yet) all streams and orders that do not concern `path`.

        Streams that share a file with one that does stay too, for a file has one writer. Orders
        are given as copies: each writer carries out the part that is its own. Returns the runs
        whose output waits for `path`, and the paths that stay.
        """
        with self._lock:
            kept = {path}
            streams = list(self._streams.values())
            while found := [each for each in streams if not kept.isdisjoint(each.paths)]:
                kept.update(*(each.paths for each in found))
                streams = [each for each in streams if each not in found]
            for stream in streams:
                self._give(stream, successor)
            orders = [self._order, *self._orders] if self._order else list(self._orders)
            for order in orders:
                successor.order(order)
            return {stream.run for stream in self._streams.values()}, kept

    def _give(self, stream: Stream, successor: Writer) -> None:
        del self._streams[stream.pipe]
        successor._streams[stream.pipe] = stream
        for file in stream.files:
            successor._files[file.path] = file
            self._files.pop(file.path, None)
            if reason := self._failing.pop(file, None):
                successor._failing[file] = reason
        if stream.watched:
            self._unwatch(stream)
            successor._watch(stream)

    # -- the thread ------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while True:
                self._round()
        finally:  # it never ends by itself; a keeper that writes no logs must be replaced
            sys.stderr.write(f"cannot go on writing logs: {sys.exc_info()[1]!r}\n")
            os._exit(70)

    def _round(self) -> None:
        moved = 0
        events = self._epoll.poll(RETRY if self._failing else None)
        with self._lock:
            for fd, _ in events:
                moved += self._serve(fd)
            if self._failing:
                self._retry()
        if 0 < moved < _SMALL:
            self._rest()

    def _serve(self, fd: int) -> int:
        if fd == self._wake:
            os.eventfd_read(fd)
            while self._orders:
                self._order = self._orders.popleft()
                self._order(self)
                self._order = None
            return 0
        stream = self._streams.get(fd)  # it may have been closed or given away in this round
        return self._pump(stream) if stream else 0

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
        if not self._is_failing(stream):
            self._pour(stream, final=stream.ended)
        return moved

    def _watch(self, stream: Stream) -> None:
        self._epoll.register(stream.pipe, select.EPOLLIN)
        stream.watched = True

    def _unwatch(self, stream: Stream) -> None:
        """Must come before the close: the daemon's duplicate keeps the pipe in the epoll set."""
        if stream.watched:
            self._epoll.unregister(stream.pipe)
            stream.watched = False

    # -- files -----------------------------------------------------------------------------------

    def _pour(self, stream: Stream, *, final: bool) -> None:
        def work() -> None:
            if mask := stream.mask:
                path = stream.files[0].path

                def masked(text: bytes, mark: int) -> tuple[bytes, list[int]]:
                    return self._mask(mask, path, text, mark)

                pour_masked(stream.stage, stream.files, stream.framing, masked, final=final)
            else:
                pour(stream.stage, stream.files, stream.framing, self._buffer, final=final)

        if self._use(stream, work):
            self._works(stream)
        self._tell_rotations(stream)

    def _mask(self, mask: Mask, path: str, text: bytes, mark: int) -> tuple[bytes, list[int]]:
        """Wait for the helper; that is no use of a file, which would count as a disk that hangs."""
        self._using = None
        try:
            return self._masker.lines(mask, text, mark)
        finally:
            self._note_use(path)

    def _tell_rotations(self, stream: Stream) -> None:
        for file in stream.files:
            if file.rotations:
                file.rotations = 0
                self._note(self, stream.run, "rotated", file.path)

    def _use(self, stream: Stream, call: Callable[[], None]) -> bool:
        """Do what may block on the disk for a stream; False when a file failed."""
        failure = self._touch(stream.files[0].path, call)
        if failure is not None:
            for file in stream.files:
                file.close()
            self._fails(stream, failure)
        return failure is None

    def _touch(self, path: str, call: Callable[[], object]) -> OSError | None:
        """Call what may block on the disk, without the lock."""
        self._note_use(path)
        self._lock.release()
        try:
            call()
        except OSError as error:
            return error
        finally:
            self._lock.acquire()
            self._using = None
        return None

    def _note_use(self, path: str) -> None:
        if not self._noted_active:
            self._noted_active = True
            self._note(self, "", "active", None)
        self._using = (time.monotonic(), path)

    def _fails(self, stream: Stream, error: OSError) -> None:
        path = error.filename or stream.files[0].path
        file = next((each for each in stream.files if each.path == path), stream.files[0])
        reason = error.strerror or str(error)
        if self._failing.get(file) != reason:
            self._failing[file] = reason
            text = f"cannot write log {path!r}: {reason}"
            self._note(self, stream.run, "trouble", {"error": text, "dropped": stream.dropped})

    def _is_failing(self, stream: Stream) -> bool:
        return bool(self._failing) and any(file in self._failing for file in stream.files)

    def _works(self, stream: Stream) -> None:
        if stream.dropped and not stream.stage.pending:
            lost, stream.dropped = stream.dropped, 0
            stream.stage.put(b"[usher] %d bytes of output lost: the log failed\n" % lost)
            self._note(self, stream.run, "trouble", {"error": None, "dropped": lost})
            self._pour(stream, final=False)
        elif self._is_failing(stream):
            for file in stream.files:
                self._failing.pop(file, None)
            self._note(self, stream.run, "trouble", {"error": None, "dropped": 0})

    def _retry(self) -> None:
        """Try the failing files again with everything that waits for them."""
        for stream in [each for each in self._streams.values() if self._is_failing(each)]:
            self._pour(stream, final=stream.ended or stream.dropped > 0)

    # -- orders ----------------------------------------------------------------------------------

    def add(self, outputs: list[Output], *, held: bool) -> None:
        """Take over the outputs whose files are ours; with `held` they wait for `resume`.

        An append that an earlier keeper did not end is undone.
        """
        for output in outputs:
            if self._owner(output.paths) is self and output.pipe not in self._streams:
                self._take_over(output, held=held)

    def _take_over(self, output: Output, *, held: bool) -> None:
        files = [self._file(path, output.limits) for path in output.paths]
        stream = self._streams[output.pipe] = Stream(output, files)
        if stream.stage.interrupted:
            self._use(stream, lambda: undo(stream.stage, files))
        if not held:
            self._watch(stream)

    def _file(self, path: str, limits: Limits) -> LogFile:
        file = self._files.setdefault(path, LogFile(path, limits))
        file.limits = limits
        return file

    def resume(self) -> None:
        """Begin with the streams that were added as held."""
        for stream in self._mine(list(self._streams.values())):
            if not stream.watched and not stream.ended:
                self._watch(stream)
                self._pour(stream, final=False)

    def finish(self, run: str) -> None:
        """Take and write what the pipes of `run` hold now, then note "drained"."""
        for stream in self._of(run):
            self._drain(stream)
        self._note(self, run, "drained", None)

    def close(self, run: str) -> None:
        """The same, then close the streams of `run`; what cannot be written is lost and noted."""
        for stream in self._of(run):
            self._drain(stream)
            if lost := stream.dropped + stream.stage.pending:
                text = f"{lost} bytes of output lost: the log failed"
                self._note(self, run, "trouble", {"error": text, "dropped": lost})
            del self._streams[stream.pipe]
            self._unwatch(stream)
            stream.close()
            self._release(stream.files)
        if not any(stream.mask for stream in self._streams.values()):
            self._masker.close()

    def each_file(self, run: str, call: Callable[[LogFile], None]) -> None:
        """Call with the files of `run`."""
        for stream in self._of(run):
            for file in stream.files:
                self._use(stream, lambda each=file: call(each))
            self._tell_rotations(stream)

    def each_path(self, path: str, call: Callable[[str], object]) -> None:
        """Call with a path whose log is ours, or would be."""
        if self._owner([path]) is self:
            failure = self._touch(path, lambda: call(path))
            if failure is not None:
                sys.stderr.write(f"cannot tidy up beside {path!r}: {failure}\n")

    def _drain(self, stream: Stream) -> None:
        """Take as much as is in the pipe now; a descendant may go on printing for ever."""
        left = stream.waiting()
        while left > 0:
            try:
                left -= stream.take() or left
            except BlockingIOError:
                break
            self._pour(stream, final=False)
        self._pour(stream, final=True)

    def _release(self, files: list[LogFile]) -> None:
        for file in files:
            if not any(file in stream.files for stream in self._streams.values()):
                file.close()
                self._files.pop(file.path, None)
                self._failing.pop(file, None)

    def _of(self, run: str) -> Iterator[Stream]:
        return self._mine([each for each in self._streams.values() if each.run == run])

    def _mine(self, streams: list[Stream]) -> Iterator[Stream]:
        """Yield those of `streams` that have not been given away while a file was used."""
        for stream in streams:
            if self._streams.get(stream.pipe) is stream:
                yield stream
