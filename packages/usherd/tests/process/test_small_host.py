"""What usher itself takes of a small host."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from tests.usher_home import until

pytestmark = pytest.mark.process

WATCHED = 5.0
"""Seconds of idling."""


def pss(pid: int) -> float:
    """Proportional set size in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no line Pss")


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_e12_daemon_and_keeper_of_three_idle_apps_are_small(usher: Any) -> None:
    usher.config("".join(f'[apps.app{n}]\ncommand = ["sleep", "1000"]\n' for n in range(3)))
    usher("start")
    until(usher.all_ready)
    ping = usher.ping()
    ours = [ping["daemon"]["pid"], ping["keeper"]["pid"]]

    def rests() -> bool:
        before = sum(map(processor_seconds, ours))
        time.sleep(WATCHED)
        return sum(map(processor_seconds, ours)) - before <= 0.01 * WATCHED

    # For a minute after a start it looks whether all is well.
    until(rests, 90)
    # With nobody else to share the interpreter with, PSS is at its highest.
    assert sum(map(pss, ours)) <= 45
