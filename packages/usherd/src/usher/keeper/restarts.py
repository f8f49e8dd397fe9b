"""When the daemon is started again after its end, and whether safely. Pure: time is an argument.

- The n-th end in a row waits DELAYS[n]; a daemon that lived SETTLED seconds after its hello
  begins the row anew.
- SIGKILL is somebody's doing, not a crash: no fault of the daemon that a safe start would avoid.
- CRASHES crashes within WINDOW seconds start it with --safe: it adopts and answers, and does
  nothing by itself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

DELAYS: Final = (0.0, 0.1, 0.5, 2.0, 5.0)
SETTLED: Final = 1.0
CRASHES: Final = 5
WINDOW: Final = 60.0


class Restarts:
    """Counts the ends of daemons and decides about the next start."""

    def __init__(self) -> None:
        self._row = 0
        self._crashes: list[float] = []

    def ended(self, now: float, *, hello_at: float | None, crashed: bool) -> float:
        """Return the seconds to wait before the next start.

        `hello_at` is when the ended daemon said hello (same clock as `now`), None if it never did.
        """
        if hello_at is not None and now - hello_at >= SETTLED:
            self._row = 0
        delay = DELAYS[min(self._row, len(DELAYS) - 1)]
        self._row += 1
        if crashed:
            self._crashes = [*self._crashes, now][-CRASHES:]
        return delay

    def safe(self, now: float) -> bool:
        """Whether a daemon started now must do nothing by itself."""
        recent = [at for at in self._crashes if now - at <= WINDOW]
        return len(recent) >= CRASHES
