"""From the command line to a running keeper: lock, socket, session, standard streams."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import time

from usher.keeper import paths, procfs
from usher.keeper.keeper import Keeper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36

_LOCK_PATIENCE: Final = 0.5
"""Seconds after which a lock is another living keeper's."""

_USAGE: Final = "usage: keeper --home HOME [--await-daemon] [--foreground] [--daemon-argv JSON]\n"


class Options:
    """The command line."""

    __slots__ = ("await_daemon", "daemon_argv", "foreground", "home")

    def __init__(self, words: list[str]) -> None:
        """Raise ValueError on words that are not understood (argparse would cost 1 MiB)."""
        self.home = ""
        self.await_daemon = False
        self.foreground = False
        self.daemon_argv: list[str] = []
        rest = iter(words)
        for word in rest:
            if word == "--home":
                self.home = os.path.abspath(next(rest, ""))
            elif word == "--await-daemon":
                self.await_daemon = True
            elif word == "--foreground":
                self.foreground = True
            elif word == "--daemon-argv":
                self.daemon_argv = json.loads(next(rest, "null"))
            else:
                raise ValueError(f"cannot understand option {word!r}")
        if not self.home:
            raise ValueError("cannot start keeper: --home is missing")
        if not self.daemon_argv:
            module = ["-P", "-m", "usher.main"]  # -P: nothing is imported from the folder we are in
            self.daemon_argv = [sys.executable, *module, "daemon", "--home", self.home]


def main(words: list[str]) -> int:
    """Run a keeper until it is shut down; return 0 at once when the home already has one."""
    try:
        options = Options(words)
    except ValueError as error:
        sys.stderr.write(f"{error}\n{_USAGE}")
        return 1
    os.umask(0o077)
    logs = os.path.join(options.home, "logs")
    os.makedirs(logs, 0o700, exist_ok=True)
    lock = _lock(options.home)
    if lock is None:
        return 0
    listener = _listen(paths.keeper_socket(options.home))
    _detach(options, logs)
    _become_subreaper()
    _write_pid(options.home)
    daemon_log = os.path.join(logs, "daemon.log")
    keeper = Keeper(listener, options.daemon_argv, daemon_log, lambda: _owns(options.home, lock))
    keeper.run(await_daemon=options.await_daemon)
    # Only an end that was asked for comes here: what stays behind a kill tells of the kill.
    if _owns(options.home, lock):
        for left in (paths.keeper_pid(options.home), paths.keeper_socket(options.home)):
            os.unlink(left)
    return 0


def _owns(home: str, lock: int) -> bool:
    """Whether `home` still has the lock file that we hold; it may have been removed or replaced."""
    try:
        found = os.stat(_lock_path(home))
    except OSError:
        return False
    ours = os.fstat(lock)
    return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)


def _lock_path(home: str) -> str:
    return os.path.join(home, "keeper.lock")


def _lock(home: str) -> int | None:
    """Take the lock of `home`; None when another keeper has it.

    It is waited for a little: a child that a killed keeper had just forked holds it for an instant.
    """
    fd = os.open(_lock_path(home), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(fd)
                return None
            time.sleep(0.01)
        else:
            return fd


def _listen(path: str) -> socket.socket:
    """Bind the keeper's socket; a file already there is of an earlier keeper, now without lock."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    before = os.umask(0o177)
    listener.bind(path)
    os.umask(before)
    listener.listen(8)
    listener.setblocking(False)
    return listener


def _detach(options: Options, logs: str) -> None:
    """Leave the caller's terminal, session and folder alone."""
    try:
        os.setsid()
    except PermissionError:
        pass  # the starter has made us a leader already
    os.chdir(options.home)
    if options.foreground:
        return
    null = os.open(os.devnull, os.O_RDONLY)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    log = os.open(os.path.join(logs, "keeper.log"), flags, 0o600)
    for number, fd in enumerate((null, log, log)):
        os.dup2(fd, number)
    for fd in {null, log} - {0, 1, 2}:
        os.close(fd)


def _become_subreaper() -> None:
    """Let processes that services leave behind come to us and not to pid 1."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.stderr.write(f"cannot become subreaper: {os.strerror(ctypes.get_errno())}\n")


def _write_pid(home: str) -> None:
    """Say that a keeper was started; the file is there until it ends as asked."""
    with open(paths.keeper_pid(home), "w", encoding="ascii") as file:
        file.write(f"{os.getpid()} {procfs.start_time(os.getpid())}\n")
