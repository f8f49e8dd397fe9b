"""How long a service is away after a crash."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from rig.command import BenchmarkError, wait_until
from rig.measures.figure import Figure
from rig.services import idle_services

if TYPE_CHECKING:
    from rig.session import Bench, Running

UP_BEFORE_KILL = 3.0
"""Seconds a service has run when it is killed: longer than any manager's "exited too quickly"."""

PAUSE = 1.0
"""Seconds between two rounds of kills, for what managers do after a restart."""

YOUNG = 0.05
"""Seconds after its start at which a replacement is killed again."""

LIMIT = 30.0
"""Seconds to wait for a replacement; one that does not come counts as this long."""


def measure(bench: Bench, rounds: int) -> list[Figure]:
    """Time from SIGKILL of a service to the first instruction of its replacement.

    Each round kills another service: what crashes again and again is delayed by some managers,
    which is meant and not what is timed here. Its replacement is killed as well, once.
    """
    title = "SIGKILL to first instruction of the replacement"
    old = Figure("restart", f"{title}, {UP_BEFORE_KILL:.0f} s after its start", "ms")
    young = Figure("restart-young", f"{title}, within 0.1 s of its start", "ms")
    with ExitStack() as stack:
        all_running: dict[str, Running] = {}
        for name in bench.names:
            running = all_running[name] = stack.enter_context(bench.running(name))
            running.start(idle_services(bench.child, running.stamps, rounds))
        time.sleep(UP_BEFORE_KILL)
        for i, turn in enumerate(bench.turns(rounds)):
            for name in turn:
                running = all_running[name]
                pid = running.stamps.starts()[i].pid
                before = len(running.stamps.starts())
                old.add(name, _replacement(running, pid))
                time.sleep(YOUNG)
                if len(starts := running.stamps.starts()) > before:
                    young.add(name, _replacement(running, starts[-1].pid))
            time.sleep(PAUSE)
    return [old, young]


def _replacement(running: Running, pid: int) -> float:
    """Kill a service; milliseconds to its replacement."""
    before = len(running.stamps.starts())
    killed = time.monotonic_ns()
    os.kill(pid, signal.SIGKILL)

    def replaced() -> bool:
        return len(running.stamps.starts()) > before

    try:
        wait_until(replaced, LIMIT, "a replacement")
    except BenchmarkError:
        return LIMIT * 1e3
    return (running.stamps.starts()[before].at - killed) / 1e6
