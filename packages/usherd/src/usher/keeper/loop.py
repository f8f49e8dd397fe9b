"""The event loop: descriptors to read, one timer queue, and a pipe that wakes it.

asyncio would double the keeper's memory (design 2.1), and all that is needed is epoll.
"""

from __future__ import annotations

import os
import select
import signal
import time

TYPE_CHECKING = False  # the module `typing` alone would cost 0.7 MiB
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Loop:
    """Calls back on readable descriptors, due timers, signals and notes of other threads."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._wanted: dict[int, int] = {}
        self._timers: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self._handlers: dict[int, Callable[[], None]] = {}
        self._running = False
        self._wake_out, self._wake_in = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.watch(self._wake_out, self._woken)

    # -- what to wait for ----------------------------------------------------------------------

    def watch(self, fd: int, call: Callable[[], None], *, edge: bool = False) -> None:
        """Call whenever `fd` can be read or has ended.

        With `edge` only when more has come: for readers that leave in it what is incomplete.
        """
        self._readers[fd] = call
        self._wanted[fd] = select.EPOLLIN | (select.EPOLLET if edge else 0)
        self._epoll.register(fd, self._wanted[fd])

    def want_write(self, fd: int, wanted: bool) -> None:
        """Call the reader of `fd` also when it can be written."""
        before = self._wanted[fd]
        self._wanted[fd] = before | select.EPOLLOUT if wanted else before & ~select.EPOLLOUT
        if self._wanted[fd] != before:  # each call would report anew what an edge reported once
            self._epoll.modify(fd, self._wanted[fd])

    def forget(self, fd: int) -> None:
        """Stop watching `fd`; must come before it is closed."""
        if self._readers.pop(fd, None) is not None:
            del self._wanted[fd]
            self._epoll.unregister(fd)

    def after(self, key: Hashable, delay: float, call: Callable[[], None]) -> None:
        """Call once in `delay` seconds; a timer of the same key is replaced."""
        self._timers[key] = (time.monotonic() + delay, call)

    def cancel(self, key: Hashable) -> None:
        self._timers.pop(key, None)

    def on_signal(self, number: int, call: Callable[[], None]) -> None:
        """Call in the loop, not in the signal handler, after `number` arrived."""
        self._handlers[number] = call
        signal.signal(number, _nothing)
        signal.set_wakeup_fd(self._wake_in, warn_on_full_buffer=False)

    def on_note(self, call: Callable[[], None]) -> None:
        """Call after `wake`; notes that come together make one call."""
        self._handlers[0] = call

    def wake(self) -> None:
        """Make the loop call its note handler; for other threads."""
        try:
            os.write(self._wake_in, b"\0")
        except BlockingIOError:
            pass  # a full pipe wakes the loop as well

    # -- running -------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until `stop`."""
        self._running = True
        while self._running:
            for fd, _ in self._epoll.poll(self._timeout()):
                reader = self._readers.get(fd)  # an earlier call of this round may have ended it
                if reader is not None:
                    reader()
            self._fire()

    def stop(self) -> None:
        self._running = False

    def _timeout(self) -> float | None:
        if not self._timers:
            return None
        return max(0.0, min(when for when, _ in self._timers.values()) - time.monotonic())

    def _fire(self) -> None:
        now = time.monotonic()
        for key, (when, _) in list(self._timers.items()):
            if when <= now and key in self._timers:
                self._timers.pop(key)[1]()

    def _woken(self) -> None:
        for number in sorted(set(os.read(self._wake_out, 4096))):
            call = self._handlers.get(number)
            if call is not None:
                call()


def _nothing(_number: int, _frame: object) -> None:
    """Do nothing: that the signal is handled writes its number into the wake pipe."""
