"""Using files in a folder that a service's user may change: done as that user, never as root.

Whoever may write a folder, or one above it, can put a link in the place of a file between our look
and our deed. Therefore a root keeper opens, renames and removes logs in such folders in a forked
child that has become the user: what the user may not do, the child cannot be made to do.

For threads that may wait; the main loop uses `errands`.
"""

from __future__ import annotations

import _signal  # pyright: ignore[reportMissingModuleSource] (built in; stub in typings/)
import errno
import os
import socket
import stat

from usher.keeper import child, errands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, NoReturn

    Work = Callable[[], int | None]

_REPORT: Final = 3
_BYTES: Final = 16
_FOLDER_MODE: Final = 0o750


class Owner:
    """Acts in the folder of `path` with the rights that are safe there.

    `who` is the service's user, None where that is our own.
    """

    def __init__(self, path: str, who: child.Identity | None) -> None:
        self._path = path
        self._who = who

    def open(self, flags: int, mode: int = 0o600) -> int:
        """Open the path; its folder is made where it is missing. Raises OSError."""

        def work() -> int:
            try:
                return os.open(self._path, flags, mode)
            except FileNotFoundError:
                _make_folder(os.path.dirname(self._path))
                return os.open(self._path, flags, mode)

        found = self.do(work)
        if found is None:
            raise OSError(errno.EIO, "no descriptor came", self._path)
        return found

    def do(self, work: Work) -> int | None:
        """Do `work`, which may return a descriptor of a file it opened. Raises OSError."""
        if self._who is None or is_safe(os.path.dirname(self._path)):
            return work()
        return _as_user(self._who, work, self._path)


def _make_folder(path: str) -> None:
    """Make a folder and what is missing above it; its group may list it, and read no file in it.

    Scripts of a team look for logs by name; the files themselves are 0600.
    """
    try:
        os.makedirs(path, _FOLDER_MODE)
    except FileExistsError:
        return  # another stream of the service was faster
    os.chmod(path, _FOLDER_MODE)  # whatever the umask is


def user_of(spec: dict[str, Any]) -> child.Identity | None:
    """Return the user that a LogSpec names; None for our own."""
    if os.geteuid() != 0 or not spec.get("uid"):
        return None
    return child.Identity(int(spec["uid"]), int(spec["gid"]), list(spec.get("groups") or []))


def is_safe(folder: str) -> bool:
    """Whether nobody but us can change what a path below `folder` leads to.

    What is missing can only be made by who may write above it. In a folder like /tmp (sticky)
    others cannot change what is ours.
    """
    while True:
        try:
            found = os.lstat(folder)
        except FileNotFoundError:
            pass
        else:
            by_others = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or by_others:
                return False
        above = os.path.dirname(folder)
        if above == folder:
            return True
        folder = above


def _as_user(who: child.Identity, work: Work, path: str) -> int | None:
    """Fork, become `who`, do it, and take the descriptor that comes back."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near:
        with far:
            before = _signal.pthread_sigmask(_signal.SIG_BLOCK, child.ALL_SIGNALS)
            try:
                pid = os.fork()
                if pid == 0:
                    _do(far.fileno(), who, work)
            finally:
                _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
        errands.ALIVE.add(pid)
        near.send(b"go")  # not before it is known: the loop may reap it at any time
        body, fds, _, _ = socket.recv_fds(near, _BYTES, 1, socket.MSG_CMSG_CLOEXEC)
    number = int(body) if body else errno.EIO
    if number:
        raise OSError(number, os.strerror(number), path)
    return fds[0] if fds else None


def _do(far: int, who: child.Identity, work: Work) -> NoReturn:
    try:
        os.dup2(far, _REPORT)
        os.closerange(_REPORT + 1, child.MOST_FILES)
        report = socket.socket(fileno=_REPORT)
        report.recv(_BYTES)
        found, number = None, 0
        try:
            os.umask(0o077)
            child.become(who)
            found = work()
        except OSError as error:
            number = error.errno or errno.EIO
        socket.send_fds(report, [b"%d" % number], [] if found is None else [found])
    finally:
        os._exit(0)
