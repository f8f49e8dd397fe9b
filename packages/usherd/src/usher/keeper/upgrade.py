"""New code in the same process: exec with a ledger, so that no service gets another parent.

An exec keeps the pid, the children and every descriptor without FD_CLOEXEC, and nothing else. So:

1. an instant is awaited at which nothing is half done: no child at its gate, no helper running;
2. what is known goes into a sealed memfd (the ledger), descriptors by their numbers;
3. signals are held back, the descriptors made inheritable, and the new program is executed with
   `--ledger N`; it goes on where this one ended, reaping first what ended meanwhile.

The daemon's connection ends with the exec; the daemon says hello again as after every loss. The
threads that write logs die in the exec as in a kill: the stages make that harmless (`stage`). They
are asked to answer first, since an exec waits for a thread that hangs in a disk.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final, NoReturn, Protocol, TypeAlias

    from usher.keeper.loop import Loop

    Ledger: TypeAlias = dict[str, Any]

    class Holder(Protocol):
        """Who holds what must be kept."""

        def is_quiet(self) -> bool:
            """Whether nothing is half done."""
            ...

        def make_quiet(self) -> None:
            """Give up what is half done, as at the end of a daemon."""
            ...

        def settle_logs(self, then: Callable[[], None]) -> None:
            """Call `then` when every writer of logs has answered."""
            ...

        def ledger(self) -> Ledger:
            """Return everything a successor needs."""
            ...


EDITION: Final = 1
"""Raised when an entry of the ledger changes its meaning; a keeper reads N and N-1."""

_SETTLE_LIMIT: Final = 2.0
"""Seconds in which a writer must answer, else a disk hangs and the exec would hang with it."""

_QUIET_LIMIT: Final = 3.0
"""Seconds a quiet instant is awaited; then it is made."""

_LOOK_AGAIN: Final = 0.01

_SEALS: Final = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL

_HELD_BACK: Final = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGUSR2)
"""Signals that would end the new program, or be lost, before it can take them."""


class Upgrade:
    """At most one at a time; `words` are the options this keeper was started with."""

    def __init__(self, loop: Loop, holder: Holder, words: list[str]) -> None:
        self._loop = loop
        self._holder = holder
        self._words = words
        self._program: list[str] = []
        self._failed: Callable[[str], None] = _nobody
        self._quiet_until = 0.0

    def begin(self, program: list[str], failed: Callable[[str], None]) -> None:
        """Replace our program as soon as possible; `failed(why)` if it cannot be.

        Raises ValueError when one is under way, or `program` cannot be executed.
        """
        if self._program:
            raise ValueError("an upgrade is under way")
        if not program or not os.path.isabs(program[0]) or not os.access(program[0], os.X_OK):
            raise ValueError(f"{program[:1]} cannot be executed")
        self._program = program
        self._failed = failed
        self._loop.after("upgrade", _SETTLE_LIMIT, self._hangs)
        self._holder.settle_logs(self._settled)

    def _hangs(self) -> None:
        self._give_up("a log file hangs; try again when its disk works")

    def _settled(self) -> None:
        if self._program:
            self._quiet_until = time.monotonic() + _QUIET_LIMIT
            self._look()

    def _look(self) -> None:
        if not self._holder.is_quiet():
            if time.monotonic() < self._quiet_until:
                self._loop.after("upgrade", _LOOK_AGAIN, self._look)
                return
            self._holder.make_quiet()
        try:
            _execute([*self._program, *self._words], self._holder.ledger())
        except OSError as error:
            self._give_up(f"{self._program[0]!r}: {error.strerror}")

    def _give_up(self, why: str) -> None:
        self._loop.cancel("upgrade")
        self._program = []
        self._failed(why)


def _nobody(_why: str) -> None:
    """Stand for nobody who asked."""


def _execute(argv: list[str], ledger: Ledger) -> NoReturn:
    """Become `argv`; raises OSError when that fails, and everything is as before then."""
    memory = os.memfd_create("usher-ledger", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    kept = [memory, *_descriptors(ledger)]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        with open(memory, "wb", closefd=False) as file:
            file.write(json.dumps(ledger).encode("ascii"))
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, _SEALS)
        for fd in kept:
            os.set_inheritable(fd, True)
        os.execv(argv[0], [*argv, "--ledger", str(memory)])  # noqa: S606 (no shell is meant)
    finally:  # reached only when it was not executed
        for fd in kept:
            os.set_inheritable(fd, False)
        os.close(memory)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def take(memory: int) -> Ledger:
    """Read the ledger of the program that we were; its descriptors are ours alone again.

    Raises ValueError for an edition that is not read here.
    """
    with open(memory, "rb") as file:
        file.seek(0)
        ledger: Ledger = json.load(file)
    if ledger["edition"] not in (EDITION, EDITION - 1):
        raise ValueError(f"cannot go on from a ledger of edition {ledger['edition']}")
    for fd in _descriptors(ledger):
        os.set_inheritable(fd, False)
    return ledger


def release_signals() -> None:
    """Take what was held back during the exec; the handlers stand now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)


def _descriptors(ledger: Ledger) -> list[int]:
    """Every descriptor that the ledger names."""
    found = [ledger["lock"], ledger["listener"]]
    found += [fd for run in ledger["runs"] for fd in run["fds"]]
    found += [held["fd"] for held in ledger["sockets"]]
    if ledger["daemon"]:
        found.append(ledger["daemon"]["pidfd"])
    return found
