"""From the command line to a running keeper: lock, socket, session, standard streams."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import socket
import sys
import time

from usher import __version__
from usher.keeper import manager, paths, procfs, upgrade
from usher.keeper.keeper import Keeper, Place
from usher.keeper.wire import PROTOCOL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36

_LOCK_PATIENCE: Final = 0.5
"""Seconds after which a lock is another living keeper's."""

ENDED_AS_ASKED: Final = 77
"""Exit status under a service manager after `usher kill`: it must not start us again."""

_USAGE: Final = (
    "usage: keeper --home HOME [--await-daemon] [--foreground] [--nofile N] [--daemon-argv JSON]\n"
)


class Options:
    """The command line."""

    __slots__ = ("await_daemon", "daemon_argv", "foreground", "home", "kept", "ledger", "nofile")

    def __init__(self, words: list[str]) -> None:
        """Raise ValueError on words that are not understood (argparse would cost 1 MiB)."""
        self.home = ""
        self.await_daemon = False
        self.foreground = False
        self.daemon_argv: list[str] = []
        self.ledger = -1
        """Descriptor of the ledger with which the program that we were goes on in us."""
        self.nofile = -1
        """Soft limit of open files for services, where our starter has raised its own; -1: ours."""
        self.kept: list[str] = []
        """The words that a successor needs as well."""
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
            elif word == "--ledger":
                self.ledger = int(next(rest, "-1"))
            elif word == "--nofile":
                self.nofile = int(next(rest, "-1"))
            else:
                raise ValueError(f"cannot understand option {word!r}")
        self.kept = _without(words, "--ledger")
        if not self.home:
            raise ValueError("cannot start keeper: --home is missing")
        if not self.daemon_argv:
            module = ["-P", "-m", "usher.main"]  # -P: nothing is imported from the folder we are in
            self.daemon_argv = [sys.executable, *module, "daemon", "--home", self.home]


def main(words: list[str]) -> int:
    """Run a keeper until it is shut down; return 0 at once when the home already has one.

    `--check` only says which protocol and ledger this program reads: a daemon asks before it has
    a keeper upgraded.
    """
    if words == ["--check"]:
        edition = {"version": __version__, "protocol": PROTOCOL, "ledger": upgrade.EDITION}
        sys.stdout.write(json.dumps(edition) + "\n")
        return 0
    try:
        options = Options(words)
    except ValueError as error:
        sys.stderr.write(f"{error}\n{_USAGE}")
        return 1
    os.umask(0o077)
    if options.ledger >= 0:
        place = _go_on(options)
    else:
        found = _begin(options)
        if found is None:
            return 0
        place = found
    # Only an end that was asked for comes here: what stays behind a kill tells of the kill.
    if place.owns_home():
        for left in (paths.keeper_pid(options.home), paths.keeper_socket(options.home)):
            os.unlink(left)
    return ENDED_AS_ASKED if manager.is_there() and not place.stopped else 0


def _begin(options: Options) -> Place | None:
    """Be the keeper of a home until shut down; None when it has one."""
    logs = os.path.join(options.home, "logs")
    os.makedirs(logs, 0o700, exist_ok=True)
    lock = _lock(options.home)
    if lock is None and manager.is_there():
        lock = _stand_by(options.home)
    if lock is None:
        return None
    listener = _listen(paths.keeper_socket(options.home))
    _detach(options, logs)
    _become_subreaper()
    _write_pid(options.home)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    nofile = (soft if options.nofile < 0 else min(options.nofile, hard), hard)
    place = _furnished(Place(lock, listener, nofile, options.kept), options)
    Keeper(place).run(await_daemon=options.await_daemon)
    return place


def _go_on(options: Options) -> Place:
    """Be what the program was that executed us, with new code; session and streams are kept."""
    ledger = upgrade.take(options.ledger)
    listener = socket.socket(fileno=ledger["listener"])
    listener.setblocking(False)
    soft, hard = ledger["nofile"]
    place = _furnished(Place(ledger["lock"], listener, (soft, hard), options.kept), options)
    Keeper(place).go_on(ledger)
    return place


def _furnished(place: Place, options: Options) -> Place:
    place.daemon_argv = options.daemon_argv
    place.daemon_log = os.path.join(options.home, "logs", "daemon.log")
    place.owns_home = lambda: _owns(options.home, place.lock)
    return place


def _without(words: list[str], option: str) -> list[str]:
    """Leave out an option with its value."""
    at = words.index(option) if option in words else len(words)
    return words[:at] + words[at + 2 :]


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


def _stand_by(home: str) -> int:
    """Wait until the keeper that somebody else started ends, and take its lock.

    To end instead would make the service manager start us again and again.
    """
    manager.tell("READY=1", "STATUS=standing by: a keeper that was started by hand is running")
    fd = os.open(_lock_path(home), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
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
