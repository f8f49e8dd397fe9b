"""Keeping a daemon alive: starts it, notices its end, ends it when it hangs.

There is at most one daemon process that we know of: one that we started, or one that connected
by itself (it started us after an earlier keeper's end). `restarts` decides when the next starts.

Nobody asks a daemon at rest whether it is there, because that would wake both. It is asked when
there is a reason to doubt: the kernel says that our child was stopped, or a client says that it
got no answer (SIGURG). A loop that hangs ends itself besides, by a timer of the kernel (SIGALRM,
usher.daemon.watchdog).
"""

from __future__ import annotations

import os
import resource
import signal
import time

from usher.keeper import child, procfs
from usher.keeper.restarts import HANG_LIMIT, Restarts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from usher.keeper.loop import Loop

START_LIMIT: Final = 30.0
"""Seconds from the start of a daemon to its hello, after which it is killed."""

RETURN_LIMIT: Final = 5.0
"""Seconds a daemon without connection may live on: it replaces itself by exec, or it is lost."""

ANSWER_LIMIT: Final = 10.0
"""Seconds in which a daemon that is asked whether it is there answers, else it is killed."""

LAST_WORDS: Final = 1.0
"""Seconds a daemon that hangs has for writing down where, before it is killed."""

LOG_LIMIT: Final = 10 * 1024 * 1024
"""Bytes of the daemon's stderr file, above which a new start keeps it as .1."""


class Guardian:
    """Supervises the daemon's process; the connection is told to it by `greeted` and `left`.

    `wanted` is asked before each start; when it says no, no daemon is started. `ask` sends the
    daemon the question whose answer is told to `heard`.
    """

    def __init__(
        self,
        loop: Loop,
        argv: list[str],
        log: str,
        nofile: tuple[int, int],
        wanted: Callable[[], bool],
        ask: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._wanted = wanted
        self._ask = ask
        self._argv = argv
        self._log = log
        self._nofile = nofile
        self._restarts = Restarts()
        self._pid = 0
        self._pidfd = -1
        self._gate: child.Child | None = None
        self._hello_at: float | None = None
        self._answers = False
        """Whether it knows the question, which daemons of an earlier version do not."""
        self._asked = False
        self._killed = False
        self._retired = False
        self._again = False
        """There was a daemon before: the next one finishes what that one began."""

    def begin(self, delay: float, *, again: bool = False) -> None:
        """Start a daemon after `delay` seconds, unless one connects before.

        `again`: an earlier keeper had one; nobody asks for a new beginning.
        """
        self._again = self._again or again
        if not self._retired:
            self._loop.after("daemon", delay, self._start)

    def retire(self) -> None:
        """Start no daemon any more."""
        self._retired = True
        self._loop.cancel("daemon")

    def greeted(self, pid: int, *, answers: bool) -> None:
        """Take note that the daemon with process id `pid` said hello.

        `answers`: it can be asked whether it is there.
        """
        self._loop.cancel("daemon")
        self.heard()
        self._again = True
        if pid != self._pid:
            self._release()
            self._pid, self._pidfd = pid, os.pidfd_open(pid)
            self._loop.watch(self._pidfd, self._stranger_ended)
        self._hello_at = time.monotonic()
        self._answers = answers

    def was_stopped(self) -> bool:
        """Whether the daemon, if it is our child, was stopped since this was last asked."""
        if not self._pid:
            return False
        try:
            return os.waitid(os.P_PID, self._pid, os.WSTOPPED | os.WNOHANG) is not None
        except ChildProcessError:
            return False  # somebody else's child: only a client can tell us

    def doubt(self) -> None:
        """Ask the daemon whether it is there; one that says nothing in ANSWER_LIMIT is killed."""
        if self._answers and not self._asked:
            self._asked = True
            self._ask()
            self._loop.after("answer", ANSWER_LIMIT, self._silent)

    def heard(self) -> None:
        """Take note that the daemon answered."""
        self._asked = False
        self._loop.cancel("answer")

    def _silent(self) -> None:
        words = f"daemon {self._pid} does not answer for {ANSWER_LIMIT:g} s: it is replaced\n"
        os.write(2, words.encode())
        self.kill()

    def ledger(self) -> dict[str, int] | None:
        """What `inherit` needs after an exec; None without a daemon."""
        return {"pid": self._pid, "pidfd": self._pidfd} if self._pid else None

    def inherit(self, entry: dict[str, int]) -> None:
        """Go on with the daemon this process knew before its exec; it connects again."""
        self._pid, self._pidfd = entry["pid"], entry["pidfd"]
        self._again = True
        if not procfs.is_child(self._pidfd):
            self._loop.watch(self._pidfd, self._stranger_ended)
        self.left()

    def left(self) -> None:
        """Take note that the connection ended: the daemon ends soon, comes back, or hangs."""
        if self._pid:
            self._loop.after("daemon", RETURN_LIMIT, self.kill)
        else:
            self.begin(0)

    def kill(self) -> None:
        """End a daemon that hangs; its end starts the next.

        SIGALRM has it write down its stacks first, as its watchdog would; other programs end by it.
        """
        if self._pidfd >= 0:
            self._killed = True
            self._send(signal.SIGALRM)
            self._loop.after("last words", LAST_WORDS, lambda: self._send(signal.SIGKILL))

    def _send(self, number: int) -> None:
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            pass  # it has ended; the loop is about to hear of it

    def pids(self) -> set[int]:
        """The child of ours that is the daemon, if it runs."""
        return {self._pid} - {0}

    def reaped(self, pid: int, status: int) -> bool:
        """Take the wait status of a child; False when it is not the daemon."""
        if pid != self._pid:
            return False
        # An end by SIGKILL is somebody's doing; 0 is the daemon's own wish (it makes room for
        # newer code). Neither would be avoided by a safe start.
        on_purpose = status in (0, signal.SIGKILL)
        hung = HANG_LIMIT if status == signal.SIGALRM and not self._killed else 0.0
        self._gone(crashed=self._killed or not on_purpose, hung=hung)
        return True

    def _stranger_ended(self) -> None:
        self._gone(crashed=self._killed)  # how it ended only its parent knows

    def _start(self) -> None:
        if not self._wanted():
            return
        argv = [*self._argv, *["--again"] * self._again]
        if self._restarts.safe(time.monotonic()):
            argv.append("--safe")
        try:
            started = self._spawn(argv)
        except OSError as error:
            os.write(2, f"cannot start daemon: {error}\n".encode())
            self._gone(crashed=True)
            return
        self._gate, self._pid, self._pidfd = started, started.pid, started.pidfd
        try:
            started.open_gate()
        except OSError:
            pass  # it died at its gate; the gate's end and its exit are reported as ever
        self._loop.watch(started.gate.fileno(), self._gate_answers)
        self._loop.after("daemon", START_LIMIT, self.kill)

    def _spawn(self, argv: list[str]) -> child.Child:
        log = _open_log(self._log)
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        env = {os.fsencode(name): os.fsencode(value) for name, value in os.environ.items()}
        words = [os.fsencode(word) for word in argv]
        program = child.Program(words, env, b".", [null, log, log])
        program.umask = 0o077
        program.limits = [(resource.RLIMIT_NOFILE, *self._nofile)]
        try:
            return child.start(program)
        finally:
            os.close(null)
            os.close(log)

    def _gate_answers(self) -> None:
        if not self._gate:
            return
        failure = self._gate.outcome()
        self._loop.forget(self._gate.gate.fileno())
        self._gate.gate.close()
        if failure is not None:
            stage, number = failure
            reason = f"cannot start daemon {self._argv[0]!r}: {stage}: {os.strerror(number)}\n"
            os.write(2, reason.encode())

    def _gone(self, *, crashed: bool, hung: float = 0.0) -> None:
        now, hello_at = time.monotonic(), self._hello_at
        delay = self._restarts.ended(now, hello_at=hello_at, crashed=crashed, hung=hung)
        self._release()
        self.begin(delay)

    def _release(self) -> None:
        """Forget the process that was the daemon."""
        if self._pidfd >= 0:
            self._loop.forget(self._pidfd)
            os.close(self._pidfd)
        if self._gate:
            self._loop.forget(self._gate.gate.fileno())
            self._gate.gate.close()
        self._pid, self._pidfd, self._gate = 0, -1, None
        self._killed = False
        self._hello_at = None
        self._answers = False
        self._loop.cancel("last words")
        self.heard()


def _open_log(path: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(path, flags, 0o600)
    if os.fstat(fd).st_size <= LOG_LIMIT:
        return fd
    os.close(fd)
    os.rename(path, f"{path}.1")
    return os.open(path, flags, 0o600)
