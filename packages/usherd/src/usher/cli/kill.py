"""usher kill: stop everything, then usher itself."""

import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from usher.api.exit_codes import ExitCode
from usher.api.types import Report
from usher.cli.command import client_of, takes_nothing
from usher.cli.console import Console
from usher.cli.follow import conclude, follow
from usher.client import LostError, NotRunningError, is_held, usher_home

_PATIENCE: Final = 10.0
"""Seconds for daemon and keeper to end after the last service has."""


_ALL_ENDED: Final = Report(outcome="done", exit_code=0, result="", detail="", services=[], tails=[])

configure = takes_nothing


def run(options: Namespace, console: Console) -> int:
    """Return when services, daemon and keeper have ended. Nothing running is what was wanted."""
    client = client_of(options)
    try:
        pong = client.ping()
    except NotRunningError:
        if console.json:
            console.data({"outcome": "done", "exit_code": 0, "detail": "usher was not running"})
        else:
            console.print("usher is not running: nothing to do")
        return ExitCode.OK
    try:
        report = follow(client.kill(), console)
    except (LostError, NotRunningError):
        report = _ALL_ENDED  # unless we see below that something is left
    pids = [process.pid for process in (pong.daemon, pong.keeper) if process]
    if report.outcome == "done" and not _all_end(pids, usher_home(options.home)):
        console.fail(f"cannot see the end of {pids}: still running after {_PATIENCE:g} s")
        return ExitCode.TIMEOUT
    return conclude(report, console, "everything stopped; usher has ended")


def _all_end(pids: list[int], home: Path) -> bool:
    """Wait for these, and for those who came in their places meanwhile."""
    deadline = time.monotonic() + _PATIENCE
    while any(_is_running(pid) for pid in pids) or is_held(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_running(pid: int) -> bool:
    """Look at the process table; a zombie has ended, whoever forgets to collect it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[:1] != [b"Z"]
