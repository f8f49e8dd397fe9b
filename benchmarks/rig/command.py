"""Run one command of a manager: its output, or an error that says what went wrong."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TIMEOUT = 180.0
"""Seconds after which a command is given up; the slowest one, an installation, takes a tenth."""


class BenchmarkError(Exception):
    """The benchmark cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """An argument list and the environment it runs in."""

    argv: tuple[str, ...]
    env: Mapping[str, str]

    def run(self) -> str:
        """Return what the command printed; BenchmarkError if it fails or takes too long."""
        try:
            done = subprocess.run(
                self.argv,
                env=self.env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BenchmarkError(f"cannot run '{' '.join(self.argv)}': {error}") from error
        if done.returncode:
            said = (done.stderr + done.stdout).strip()[-2000:]
            raise BenchmarkError(
                f"cannot run '{' '.join(self.argv)}': exit status {done.returncode}\n{said}"
            )
        return done.stdout


def plain_environment(home: Path) -> dict[str, str]:
    """Return the environment that all managers run in: nobody's own settings, no real home."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask every millisecond; BenchmarkError naming `what` if it does not hold in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise BenchmarkError(f"cannot go on: {what} did not happen within {seconds:g} s")
        time.sleep(0.001)
