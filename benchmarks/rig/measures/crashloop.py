"""A service that fails as soon as it starts: what it costs, and whether it is given up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rig import procfs
from rig.measures.figure import Figure
from rig.services import crashing_service, idle_services

if TYPE_CHECKING:
    from rig.session import Bench


def measure(bench: Bench, rounds: int, seconds: float) -> list[Figure]:
    """Count the starts of such a service in `seconds`, beside one that does nothing."""
    title = f"crash loop, {seconds:.0f} s"
    starts = Figure("loop-starts", f"{title}: starts", "starts")
    late = Figure("loop-late", f"{title}: starts in the second half", "starts")
    cpu = Figure("loop-cpu", f"{title}: the manager's CPU", "s")
    for turn in bench.turns(rounds):
        for name in turn:
            with bench.running(name) as running:
                running.start(idle_services(bench.child, running.stamps, 1))
                own = running.own_processes()
                began, before = time.monotonic_ns(), procfs.cpu_seconds(own)
                running.add(crashing_service(bench.child, running.stamps))
                time.sleep(seconds)
                crashes = [start.at for start in running.stamps.starts()[1:]]
                starts.add(name, len(crashes))
                half = began + seconds * 0.5e9
                late.add(name, sum(1 for at in crashes if at > half))
                cpu.add(name, procfs.cpu_seconds(own) - before)
    return [starts, late, cpu]
