"""Short work that needs a user's rights: done in a forked child that has become the user.

A service may ask for a socket at any path. As root we must not open or remove files for it with
our rights, and a folder that hangs must not hold up the loop; in a child neither can happen.
"""

from __future__ import annotations

import _signal  # pyright: ignore[reportMissingModuleSource] (built in; stub in typings/)
import errno
import os
import signal
import socket

from usher.keeper import child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

    from usher.keeper.loop import Loop

    Work = Callable[[], socket.socket | None]
    Done = Callable[[socket.socket | None, int], None]

LIMIT: Final = 5.0
"""Seconds after which the child is killed and the work has failed with ETIMEDOUT."""

_REPORT: Final = 3
"""Descriptor of the child's end; the rest is closed, so that a child that hangs holds nothing."""


ALIVE: Final[set[int]] = set()
"""Children of ours that run errands, or wait for a program; whoever reaps one takes it out."""


class Errand:
    """One child. `done(socket, errno)` gets the socket that the work returned, or its error."""

    def __init__(
        self, loop: Loop, who: child.Identity | None, umask: int, work: Work, done: Done
    ) -> None:
        """Begin; raises OSError when there is no process to be had."""
        self._loop = loop
        self._done = done
        self._near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            before = _signal.pthread_sigmask(_signal.SIG_BLOCK, child.ALL_SIGNALS)
            try:
                self._pid = os.fork()
                if self._pid == 0:
                    _do(far.fileno(), who, umask, work)
            finally:
                _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
        ALIVE.add(self._pid)
        self._near.setblocking(False)
        self._pidfd = os.pidfd_open(self._pid)
        loop.watch(self._near.fileno(), self._report)
        loop.after(("errand", self._pid), LIMIT, self._too_late)

    def _report(self) -> None:
        try:
            body, fds, _, _ = socket.recv_fds(self._near, 16, 1, socket.MSG_CMSG_CLOEXEC)
        except OSError:
            body, fds = b"", []
        found = socket.socket(fileno=fds[0]) if fds else None
        self._finish(found, int(body) if body else errno.EIO)

    def _too_late(self) -> None:
        try:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it ends right now
        self._finish(None, errno.ETIMEDOUT)

    def _finish(self, found: socket.socket | None, number: int) -> None:
        self._loop.cancel(("errand", self._pid))
        self._loop.forget(self._near.fileno())
        self._near.close()
        os.close(self._pidfd)
        self._done(found, number)


def _do(far: int, who: child.Identity | None, umask: int, work: Work) -> NoReturn:
    """Do it in the child and say how it went; the reaper of the keeper takes what is left."""
    try:
        os.dup2(far, _REPORT)
        os.closerange(_REPORT + 1, child.MOST_FILES)
        os.umask(umask)
        child.become(who)
        report, found, number = socket.socket(fileno=_REPORT), None, 0
        try:
            found = work()
        except OSError as error:
            number = error.errno or errno.EIO
        except ValueError:
            number = errno.EINVAL
        socket.send_fds(report, [b"%d" % number], [found.fileno()] if found else [])
    finally:
        os._exit(0)
