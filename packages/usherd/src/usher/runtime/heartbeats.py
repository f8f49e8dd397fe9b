"""Signs of life that an app gives by itself: a line in its log, WATCHDOG=1 over NOTIFY_SOCKET.

A sign is awaited from the moment somebody asks for it. Until as much time has passed as it may
take, nothing is known: a new daemon has seen none of the earlier ones.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from usher.model.target import LogTarget, WatchdogTarget
from usher.probe.answer import Answer

READ_LIMIT: Final = 256 * 1024
"""Bytes of a log that are read at a time; of more, the last."""


Look = Callable[[float], Answer | None]
"""Say, at an instant, whether the sign came in time; None: that is not known yet."""


class Pings:
    """WATCHDOG messages of those who are asked for them, by the leader of the sender's group."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._asked: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._triggered: set[int] = set()

    def note(self, leader: int, triggered: bool) -> None:
        """Take a sign of life, or (triggered) the word that it failed."""
        if leader not in self._asked:
            return
        self._last[leader] = self._clock()
        if triggered:
            self._triggered.add(leader)
        else:
            self._triggered.discard(leader)

    def begin(self, leader: int) -> None:
        """Await its signs from now on."""
        self._asked[leader] = self._clock()

    def end(self, leader: int) -> None:
        """Its number may belong to another process one day."""
        self._asked.pop(leader, None)
        self._last.pop(leader, None)
        self._triggered.discard(leader)

    def look(self, leader: int, target: WatchdogTarget, now: float) -> Answer | None:
        """As Look."""
        if leader in self._triggered:
            return Answer(ok=False, detail="the process said WATCHDOG=trigger")
        since = self._asked.get(leader, now)
        return _judged("WATCHDOG=1", self._last.get(leader), target.within, since, now)


class Heartbeat:
    """The lines of one instance that match, since it is asked for them."""

    def __init__(self, target: LogTarget, paths: tuple[str, ...], now: float) -> None:
        self._target = target
        self._pattern = re.compile(target.pattern)
        self._since = now
        self._last: float | None = None
        self._read = {path: _place(path) for path in paths}
        """Path -> file and offset up to which it is read."""

    def look(self, now: float) -> Answer | None:
        """As Look: reads what was written meanwhile."""
        for path in self._read:
            if any(self._pattern.search(line) for line in self._new_lines(path)):
                self._last = now
        what = f"a line with {self._target.pattern!r}"
        return _judged(what, self._last, self._target.within, self._since, now)

    def _new_lines(self, path: str) -> list[str]:
        """Return the lines since the last look; a new file of that name is read from its begin."""
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return []
        try:
            seen = os.fstat(fd)
            inode, offset = self._read[path]
            begin = offset if inode == seen.st_ino and offset <= seen.st_size else 0
            begin = max(begin, seen.st_size - READ_LIMIT)
            text = os.pread(fd, READ_LIMIT, begin).decode("utf-8", "replace")
            whole = text[: text.rfind("\n") + 1]
            self._read[path] = (seen.st_ino, begin + len(whole.encode()))
            return whole.splitlines()
        finally:
            os.close(fd)


def _place(path: str) -> tuple[int, int]:
    try:
        seen = Path(path).stat()
    except OSError:
        return 0, 0
    return seen.st_ino, seen.st_size


def _judged(
    what: str, last: float | None, within: float, since: float, now: float
) -> Answer | None:
    if last is not None and now - last <= within:
        return Answer(ok=True, detail=f"{what} came {now - last:.0f} s ago")
    if now - max(since, last or since) <= within:
        return None
    ago = "never" if last is None else f"{now - last:.0f} s ago"
    return Answer(ok=False, detail=f"{what} came {ago}, expected every {within:g} s")
