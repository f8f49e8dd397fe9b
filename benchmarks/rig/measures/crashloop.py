"""A service that fails as soon as it starts: what it costs, and whether it is given up."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from benchmarks.rig import procfs
from benchmarks.rig.figure import Figure
from benchmarks.rig.services import Gate, crashing_service
from benchmarks.rig.session import noting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.rig.services import Service
    from benchmarks.rig.session import Bench, Running


def measure(bench: Bench, seconds: float) -> list[Figure]:
    """Count the starts of such a service in `seconds`, under all managers at once."""
    title = f"crash loop, {seconds:.0f} s"
    starts = Figure("loop-starts", f"{title}: restarts", "restarts", ranked=False)
    late = Figure("loop-late", f"{title}: restarts in the second half", "restarts", ranked=False)
    cpu = Figure("loop-cpu", f"{title}: the manager's CPU", "s")
    figures = [starts, late, cpu]
    gates: dict[str, Gate] = {}

    def services(running: Running) -> Sequence[Service]:
        gates[running.name] = Gate.make(running.stamps)
        return [crashing_service(bench.child, running.stamps, gates[running.name])]

    with bench.together(services, figures) as all_running:
        time.sleep(3)  # what a manager does after a start is not what a crash costs
        own = {name: running.own_processes() for name, running in all_running.items()}
        before = {name: procfs.cpu_seconds(pids) for name, pids in own.items()}
        half = time.monotonic_ns() + seconds * 0.5e9
        with contextlib.ExitStack() as opened:
            for name in all_running:
                opened.enter_context(gates[name].opened())
            time.sleep(seconds)
            for name, running in all_running.items():
                with noting(name, figures):
                    crashes = [start.at for start in running.stamps.starts()[1:]]
                    starts.add(name, len(crashes))
                    late.add(name, sum(1 for at in crashes if at > half))
                    cpu.add(name, procfs.cpu_seconds(own[name]) - before[name])
    return figures
