"""Lines for a process's standard input: a pipe that only the process itself holds open.

So it outlives keeper and daemon, and whoever may look at the process can write to it.
"""

import os
import select
import stat
from pathlib import Path
from typing import Final

from usher.runtime import processes

LINE_LIMIT: Final = select.PIPE_BUF
"""Bytes, its end included, that reach a pipe as a whole or not at all."""


class NoInputError(Exception):
    """The line cannot be written; str() says why."""


def write(pid: int, marker: bytes, line: bytes) -> None:
    """Write a line to the process that carries `marker`. Never waits; raises NoInputError."""
    if len(line) > LINE_LIMIT:
        raise NoInputError(f"the line is longer than {LINE_LIMIT} bytes")
    path = f"/proc/{pid}/fd/0"
    try:
        if not stat.S_ISFIFO(Path(path).stat().st_mode):
            raise NoInputError("its standard input is no pipe")
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NoInputError(f"its standard input cannot be opened: {error.strerror}") from None
    try:
        # Asked now, while we hold the pipe: the number is not that of a later process.
        if not processes.carries(pid, marker):
            raise NoInputError("it has just ended")
        os.write(pipe, line)
    except BlockingIOError:
        raise NoInputError("it has not read the lines before") from None
    except OSError as error:
        raise NoInputError(str(error.strerror)) from None
    finally:
        os.close(pipe)
