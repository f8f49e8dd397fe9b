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

TIMEOUT = 120.0
"""Seconds after which a command is given up; the slowest ones, installations, take a fifth."""

POLL = 0.005
"""Seconds between two looks: what is measured is stamped by others, so looking need not be busy."""


class BenchmarkError(Exception):
    """The benchmark cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """An argument list and the environment it runs in."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path | None = None
    """Where it works; where the benchmark does if None."""

    def run(self) -> str:
        """Return what the command printed; BenchmarkError if it fails or takes too long."""
        try:
            done = subprocess.run(
                self.argv,
                env=self.env,
                cwd=self.folder,
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
    """Ask again and again; BenchmarkError naming `what` if it does not hold in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise BenchmarkError(f"cannot go on: {what} did not happen within {seconds:g} s")
        time.sleep(POLL)
