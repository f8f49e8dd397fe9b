"""How long a service is away after a crash."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from benchmarks.rig.command import wait_until
from benchmarks.rig.figure import Figure
from benchmarks.rig.services import idle_services
from benchmarks.rig.session import noting

if TYPE_CHECKING:
    from benchmarks.rig.session import Bench, Running

UP_BEFORE_KILL = 3.0
"""Seconds a service has run when it is killed: longer than any manager's "exited too quickly"."""

PAUSE = 0.5
"""Seconds between two rounds of kills, for what managers do after a restart."""

YOUNG = 0.05
"""Seconds after its start at which a replacement is killed again."""

LIMIT = 15.0
"""Seconds to wait for a replacement."""


def measure(bench: Bench, rounds: int, young_rounds: int) -> list[Figure]:
    """Time from SIGKILL of a service to the first instruction of its replacement.

    Each round kills another service: what crashes again and again is delayed by some managers,
    which is meant and not what is timed here. In the last `young_rounds` the replacement is
    killed as well, once: this is what those delays look like when they begin.
    """
    title = "SIGKILL to first instruction of the replacement"
    old = Figure("restart", f"{title}, {UP_BEFORE_KILL:.0f} s after its start", "ms")
    young = Figure("restart-young", f"{title}, within 0.1 s of its start", "ms")
    with bench.together(
        lambda running: idle_services(bench.child, running.stamps, rounds), [old, young]
    ) as all_running:
        time.sleep(UP_BEFORE_KILL)
        for i, turn in enumerate(bench.turns(rounds)):
            for name in turn:
                if name in all_running:
                    running = all_running[name]
                    replacement = _timed(running, running.stamps.starts()[i].pid, old)
                    if replacement and i >= rounds - young_rounds:
                        time.sleep(YOUNG)
                        _timed(running, replacement, young)
            time.sleep(PAUSE)
    return [old, young]


def _timed(running: Running, pid: int, figure: Figure) -> int | None:
    """Kill a service; add the milliseconds to its replacement and return that, if it comes."""
    with noting(running.name, [figure]):
        before = running.stamps.count()
        killed = time.monotonic_ns()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: running.stamps.count() > before, LIMIT, f"a replacement of {pid}")
        start = running.stamps.starts()[before]
        figure.add(running.name, (start.at - killed) / 1e6)
        return start.pid
    return None
