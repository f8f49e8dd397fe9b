"""Takes away what a drill has set up: everything that runs in its folder, and the folder."""

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from usher.client import UsherError, connect
from usher.host.processes import processes, variables

PREFIX: Final = "usher-drill-"
"""Of the names of folders in which drills are held."""

END_PATIENCE: Final = 20.0
"""Seconds in which all ends by itself; what is left then is killed."""

KILL_PATIENCE: Final = 10.0
"""Seconds in which the kernel ends what was killed."""

YOUNG: Final = 60.0
"""Seconds for which a folder may belong to a drill that is about to take it."""


def clear_left() -> None:
    """End what drills have left that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # Not even looked at by its lock while young: whoever made it is about to take that.
        held = lock(folder) if _is_old_and_ours(folder) else None
        if held is not None:
            clear(folder)
            os.close(held)


def _is_old_and_ours(folder: Path) -> bool:
    try:
        about = folder.lstat()
    except FileNotFoundError:
        return False  # its drill has just ended
    return about.st_uid == os.geteuid() and time.time() - about.st_mtime >= YOUNG


def lock(folder: Path) -> int | None:
    """Take a folder for this process; None: a drill that is being held has it, or it is no folder.

    The kernel gives it back when the process ends, however it does.
    """
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def clear(folder: Path) -> None:
    """End all that runs in the folder of a drill, and remove it."""
    home = folder / "home"
    _send(_running(home), signal.SIGCONT)  # who is stopped would not hear of the end
    deadline = time.monotonic()
    with contextlib.suppress(UsherError):
        deque(connect(str(home)).kill(), maxlen=0)
        deadline += END_PATIENCE
    while (left := list(_running(home))) and time.monotonic() < deadline + KILL_PATIENCE:
        if time.monotonic() >= deadline:
            _send(left, signal.SIGKILL)
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


def _running(home: Path) -> Iterator[int]:
    """Find keeper, daemon and apps of a home; what has ended has no words any more."""
    mark = f"{home}:"
    for pid, words in processes():
        if "--home" in words and str(home) in words:
            yield pid
            continue
        with contextlib.suppress(OSError):
            if variables(pid).get("USHER_RUN", "").startswith(mark):
                yield pid


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
