"""What a client does while it hears nothing from the daemon: it has the keeper look, and gives up.

A daemon that hangs closes no connection, and nobody asks a daemon at rest whether it is there
(docs/explanation/keeper.md). So the first to notice is often who waits for an answer.
"""

import signal
from collections.abc import Callable, Iterator
from os import close, pidfd_open
from pathlib import Path
from typing import Final, TypeAlias

from usher.api.exit_codes import ExitCode
from usher.client.errors import UsherError
from usher.keeper import paths, procfs

Doubt: TypeAlias = Callable[[], str]
"""Has somebody look whether the daemon hangs; returns what a person may do if nothing helps."""

FIRST: Final = 5.0
"""Seconds of silence that are no reason to doubt."""

SELDOM: Final = 60.0
"""Seconds between two doubts, at most: who follows a stream hears nothing for hours."""

PATIENCE: Final = 60.0
"""Seconds of silence in a whole answer. The slowest (a test of all alert channels) takes 30; a
daemon that hangs is replaced in 20."""


class SilentError(UsherError):
    """The connection stands, and nothing comes; what was asked may still be done."""

    def __init__(self, hint: str) -> None:
        """Say how long, and `hint`, what to do."""
        super().__init__(
            f"cannot finish: the daemon says nothing for {PATIENCE:g} s",
            hint=hint,
            exit_code=ExitCode.TIMEOUT,
        )


def pauses(patience: float | None) -> Iterator[float]:
    """Yield how long to wait between two doubts; they end with `patience` (None: never)."""
    pause, waited = FIRST, 0.0
    while patience is None or waited < patience:
        yield pause if patience is None else min(pause, patience - waited)
        waited += pause
        pause = min(2 * pause, SELDOM)


def nobody() -> str:
    """Stand for nobody who could look."""
    return ""


def ask_keeper(home: Path) -> str:
    """Have the keeper of `home` ask its daemon whether it is there, and replace it if it hangs."""
    log = home / "logs" / "keeper.log"
    try:
        words = Path(paths.keeper_pid(str(home))).read_text(encoding="ascii").split()
        pid, started = int(words[0]), int(words[1])
        pidfd = pidfd_open(pid)
    except (OSError, ValueError, IndexError):
        return _without_keeper(home)
    try:
        found = procfs.brief(pid)
        if found is None or found.started != started:
            return _without_keeper(home)
        signal.pidfd_send_signal(pidfd, signal.SIGURG)
    except OSError as error:
        return f"its keeper (pid {pid}) cannot be asked to replace it: {error.strerror}"
    finally:
        close(pidfd)
    if found.state == b"T":
        return f"its keeper is stopped, too: `kill -CONT {pid}`"
    return f"its keeper (pid {pid}) was asked to replace it, see {str(log)!r}"


def _without_keeper(home: Path) -> str:
    lock = str(home / "daemon.lock")
    return f"its keeper is gone: end the daemon (`fuser {lock}` tells its pid), then `usher start`"
