"""When the daemon is started again after its end, and whether safely. Pure: time is an argument.

- The n-th end in a row waits DELAYS[n]; a daemon that lived SETTLED seconds after its hello
  begins the row anew.
- SIGKILL is somebody's doing, not a crash: no fault of the daemon that a safe start would avoid.
- CRASHES crashes within WINDOW seconds start it with --safe: it adopts and answers, and does
  nothing by itself. Seconds for which a daemon hung are not counted: it did nothing in them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

DELAYS: Final = (0.0, 0.1, 0.5, 2.0, 5.0)
SETTLED: Final = 1.0
CRASHES: Final = 5
WINDOW: Final = 60.0

HANG_LIMIT: Final = 30.0
"""Seconds after which a daemon whose loop hangs ends by SIGALRM (usher.daemon.watchdog).

Far above what a busy host and a slow disk make of a turn, since a restart would not make them
faster. With it a daemon that always hangs at once would die twice a minute, and never be `safe`.
"""


class Restarts:
    """Counts the ends of daemons and decides about the next start."""

    def __init__(self) -> None:
        self._row = 0
        self._hung = 0.0
        """Seconds for which daemons hung."""
        self._crashes: list[float] = []
        """When the last ones were, by a clock that stood still while they hung."""

    def ended(
        self, now: float, *, hello_at: float | None, crashed: bool, hung: float = 0.0
    ) -> float:
        """Return the seconds to wait before the next start.

        `hello_at` is when the ended daemon said hello (same clock as `now`), None if it never did;
        `hung`: the seconds at its end in which it did nothing.
        """
        if hello_at is not None and now - hello_at >= SETTLED:
            self._row = 0
        delay = DELAYS[min(self._row, len(DELAYS) - 1)]
        self._row += 1
        self._hung += hung
        if crashed:
            self._crashes = [*self._crashes, now - self._hung][-CRASHES:]
        return delay

    def safe(self, now: float) -> bool:
        """Whether a daemon started now must do nothing by itself."""
        recent = [at for at in self._crashes if now - self._hung - at <= WINDOW]
        return len(recent) >= CRASHES
