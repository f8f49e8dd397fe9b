"""Ends a daemon whose loop hangs, and has it leave behind where; the keeper starts the next one.

A turn of the loop has LIMIT seconds. Before it sleeps the kernel's timer is set to LIMIT after the
instant at which it means to wake, or turned off when nothing is due; so a loop at rest is woken by
nothing, and one that cannot wake is found as well: a thread may keep the interpreter to itself.

When the time is over the kernel sends SIGALRM. It is meant for a thread that does nothing else:
whatever the others do, in Python or C, in a system call or with signals blocked, this one writes
down their stacks (faulthandler needs no interpreter) and then ends the process by the signal.
"""

import asyncio
import contextlib
import faulthandler
import os
import selectors
import signal
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final, NoReturn

from usher.host import daemon_hang
from usher.keeper.restarts import HANG_LIMIT

_ALARM: Final = {signal.SIGALRM}


class WatchedSelector(selectors.DefaultSelector):
    """The selector of a loop that has `limit` seconds for a turn.

    `set_timer` is given the seconds after which the loop has to be back; 0: it may take for ever.
    """

    def __init__(self, limit: float, set_timer: Callable[[float], object]) -> None:
        super().__init__()
        self._limit = limit
        self._set_timer = set_timer

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait as any selector does; what follows until the next call is a turn."""
        if timeout is None:
            self._set_timer(0)
        elif timeout > 0:
            self._set_timer(timeout + self._limit)
        try:
            return super().select(timeout)
        finally:
            self._set_timer(self._limit)


@contextlib.contextmanager
def watched(home: Path, limit: float = HANG_LIMIT) -> Generator[asyncio.AbstractEventLoop]:
    """Yield a loop that is watched; this process must not execute another program meanwhile.

    A timer outlives exec, and the handler does not: it would end the other program.
    """
    with open(daemon_hang.live(home), "wb", opener=_private) as stacks:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # that a parent ignored it is inherited
        signal.pthread_sigmask(signal.SIG_BLOCK, _ALARM)  # threads from here on inherit it
        faulthandler.register(signal.SIGALRM, stacks, all_threads=True, chain=True)
        threading.Thread(target=_stand_by, name="watchdog", daemon=True).start()
        try:
            yield asyncio.SelectorEventLoop(WatchedSelector(limit, _set_timer))
        finally:
            _set_timer(0)
            faulthandler.unregister(signal.SIGALRM)


def _set_timer(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _stand_by() -> NoReturn:
    """Be the thread that takes SIGALRM, and no other signal."""
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals() - _ALARM)
    while True:
        signal.pause()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
