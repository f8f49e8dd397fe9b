"""A manager that runs in the foreground, as a child of the benchmark."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from benchmarks.rig.command import BenchmarkError

if TYPE_CHECKING:
    from benchmarks.rig.command import Command


class Foreground:
    """One process that is started, asked for its id, and reaped in any case."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: Command) -> None:
        """Start it; its own output is of no interest. One that was killed is reaped before."""
        self._reap()
        self._process = subprocess.Popen(
            command.argv,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def pid(self) -> int:
        """Its process id; BenchmarkError if it was never started."""
        if self._process is None:
            raise BenchmarkError("cannot name the processes of a manager: it was not started")
        return self._process.pid

    @property
    def started(self) -> bool:
        """Whether there is anything to end."""
        return self._process is not None

    def signal(self, number: int) -> None:
        """Send it a signal, if it was started and still lives."""
        if self._process is not None:
            self._process.send_signal(number)

    def wait(self) -> None:
        """Wait for its end, which somebody asked for; kill it when it takes longer than 30 s."""
        if self._process is None:
            return
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
