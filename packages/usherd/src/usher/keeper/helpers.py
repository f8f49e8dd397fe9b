"""Short programs run for the daemon: command probes, node for a config file, alert senders.

Each has its own process group, a deadline, bounded output and, when asked, bounded memory. When
its main process ends, or its time is over, or the daemon that wanted it is gone, the whole group
is killed.
"""

from __future__ import annotations

import os
import signal
import time

from usher.keeper import child, procfs, request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from usher.keeper.loop import Loop
    from usher.keeper.wire import Message


class Helper:
    """One running helper."""

    __slots__ = ("max_output", "name", "output", "pipe", "process", "since", "timed_out")

    def __init__(self, name: str, process: child.Child, pipe: int, max_output: int) -> None:
        self.name = name
        self.process = process
        self.pipe = pipe
        self.max_output = max_output
        self.output = bytearray()
        self.since = time.monotonic()
        self.timed_out = False

    def read(self) -> bool:
        """Take what was printed, beyond the limit to nowhere; False when nothing was there."""
        try:
            text = os.read(self.pipe, 65536)
        except BlockingIOError:
            return False
        self.output += text[: self.max_output - len(self.output)]
        return bool(text)


class Helpers:
    """All running helpers; `tell` gets one "helper-done" for each."""

    def __init__(
        self, loop: Loop, nofile: tuple[int, int], tell: Callable[[Message], None]
    ) -> None:
        self._loop = loop
        self._nofile = nofile
        self._tell = tell
        self._by_pid: dict[int, Helper] = {}

    def start(self, asked: dict[str, Any]) -> None:
        """Start `asked`; raises OSError or ValueError when it cannot be started at all."""
        read, write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(read, False)
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            program = request.helper_program(
                asked, [null, write, null if asked.get("output_only") else write], self._nofile
            )
            process = child.start(program)
        except (OSError, ValueError):
            os.close(read)
            raise
        finally:
            os.close(write)
            os.close(null)
        helper = Helper(asked["helper"], process, read, asked.get("max_output") or 65536)
        self._by_pid[process.pid] = helper
        self._loop.watch(read, lambda: self._readable(helper))
        self._loop.after(("helper", process.pid), asked["timeout"], lambda: self._expire(helper))
        process.open_gate()

    def pids(self) -> set[int]:
        """Children of ours that are helpers."""
        return set(self._by_pid)

    def reaped(self, pid: int, status: int) -> bool:
        """Take the wait status of a child; False when it is none of ours."""
        helper = self._by_pid.pop(pid, None)
        if helper is None:
            return False
        self._loop.cancel(("helper", pid))
        failure = helper.process.outcome()
        while helper.read():
            pass
        self._kill(helper, reaped=True)
        self._loop.forget(helper.pipe)
        os.close(helper.pipe)
        os.close(helper.process.pidfd)
        helper.process.gate.close()
        self._tell(_done(helper, status, failure))
        return True

    def is_quiet(self) -> bool:
        """Whether none is running."""
        return not self._by_pid

    def kill_all(self) -> None:
        """End all helpers: the daemon that waited for them is gone."""
        for helper in self._by_pid.values():
            self._kill(helper, reaped=False)

    def _readable(self, helper: Helper) -> None:
        if not helper.read():
            self._loop.forget(helper.pipe)  # its end: the group closed its output

    def _expire(self, helper: Helper) -> None:
        helper.timed_out = True
        self._kill(helper, reaped=False)

    def _kill(self, helper: Helper, *, reaped: bool) -> None:
        process = helper.process
        marker = b"USHER_HELPER=" + os.fsencode(helper.name)
        try:
            procfs.signal_group(
                process.pid, process.pidfd, signal.SIGKILL, reaped=reaped, marker=marker
            )
        except ProcessLookupError:
            pass  # nobody is left


def _done(helper: Helper, status: int, failure: tuple[str, int] | None) -> Message:
    message: Message = {
        "kind": "helper-done",
        "helper": helper.name,
        "status": procfs.describe_status(status),
        "timed_out": helper.timed_out,
        "output": helper.output.decode("utf-8", "surrogateescape"),
        "duration": time.monotonic() - helper.since,
    }
    if failure is not None:
        stage, number = failure
        message["status"] = None
        message["output"] = f"cannot start helper: {stage}: {os.strerror(number)}"
    return message
