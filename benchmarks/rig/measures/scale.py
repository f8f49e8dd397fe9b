"""Many services: how long until they run, what they cost while nothing happens, how they stop."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.rig import procfs
from benchmarks.rig.figure import Figure
from benchmarks.rig.services import idle_services
from benchmarks.rig.session import noting

if TYPE_CHECKING:
    from collections.abc import Generator

    from benchmarks.rig.session import Bench

SETTLE = 3.0
"""Seconds from the last start to the reading of memory."""

SIZE_LIMIT = 75.0
"""Seconds after which no further round with the same number of services begins."""

REST = 5.0
"""Seconds from the last start to the first reading of idle activity."""


def measure_sizes(bench: Bench, rounds: int, count: int) -> list[Figure]:
    """Start `count` services, read the manager's memory, stop them; one manager at a time."""
    services = _named(count)
    up = Figure(f"up-{count}", f"start of {services}", "s")
    stop = Figure(f"stop-{count}", f"stop of {services} and the manager", "s")
    rss = Figure(f"rss-{count}", f"RSS, {services}", "MiB")
    pss = Figure(f"pss-{count}", f"PSS, {services}", "MiB")
    uss = Figure(f"uss-{count}", f"USS, {services}", "MiB")
    figures = [up, stop, rss, pss, uss]
    with _idle_node():
        for turn in bench.turns(rounds, SIZE_LIMIT):
            for name in turn:
                with noting(name, figures), bench.running(name) as running:
                    up.add(name, running.start(idle_services(bench.child, running.stamps, count)))
                    time.sleep(SETTLE)
                    used = procfs.memory(running.own_processes())
                    rss.add(name, used.rss)
                    pss.add(name, used.pss)
                    uss.add(name, used.uss)
                    stop.add(name, running.end())
    return figures


def measure_idle(bench: Bench, count: int, seconds: float) -> list[Figure]:
    """Leave all managers alone at once for `seconds`, each with `count` services."""
    services = _named(count)
    cpu = Figure(f"idle-cpu-{count}", f"CPU in {seconds:.0f} s of rest, {services}", "ms")
    wakes = Figure(f"wakes-{count}", f"wake-ups in {seconds:.0f} s of rest, {services}", "times")
    figures = [cpu, wakes]
    with bench.together(
        lambda running: idle_services(bench.child, running.stamps, count), figures
    ) as all_running:
        time.sleep(REST)
        own = {name: running.own_processes() for name, running in all_running.items()}
        before = {name: procfs.activity(pids) for name, pids in own.items()}
        time.sleep(seconds)
        for name, was in before.items():
            with noting(name, figures):
                after = procfs.activity(own[name])
                cpu.add(name, (after.cpu - was.cpu) * 1e3)
                wakes.add(name, after.wakes - was.wakes)
    return figures


def _named(count: int) -> str:
    return f"{count} service{'s' if count > 1 else ''}"


@contextmanager
def _idle_node() -> Generator[None]:
    """Run one idle node beside the managers, where there is one.

    The benchmark is itself a Python process and so shares the interpreter's pages with managers
    written in Python, which lowers their PSS; with this PM2's is lowered alike.
    """
    node = shutil.which("node")
    if node is None:
        yield
        return
    idle = subprocess.Popen([node, "-e", "setInterval(() => {}, 1 << 30)"])
    try:
        yield
    finally:
        idle.kill()
        idle.wait()
