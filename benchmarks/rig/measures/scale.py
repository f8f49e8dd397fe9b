"""Many services: how long until they run, what they cost while nothing happens, how they stop."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rig import procfs
from rig.command import wait_until
from rig.measures.figure import Figure
from rig.services import idle_services

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rig.session import Bench

SETTLE = 3.0
"""Seconds from the last start to the reading of memory."""

STOP_LIMIT = 60.0
"""Seconds after the manager's own command in which all services must have ended."""


class _Figures:
    """What is told of one number of services."""

    def __init__(self, count: int) -> None:
        services = f"{count} service{'s' if count > 1 else ''}"
        self.up = Figure(f"up-{count}", f"start of {services}", "s")
        self.stop = Figure(f"stop-{count}", f"stop of {services} and the manager", "s")
        self.rss = Figure(f"rss-{count}", f"RSS, {services}", "MiB")
        self.pss = Figure(f"pss-{count}", f"PSS, {services}", "MiB")
        self.uss = Figure(f"uss-{count}", f"USS, {services}", "MiB")
        self.cpu = Figure(f"idle-cpu-{count}", f"CPU while idle, {services}", "ms/s")
        self.wakes = Figure(f"wakes-{count}", f"wake-ups while idle, {services}", "1/s")

    def all(self) -> list[Figure]:
        return [self.up, self.stop, self.rss, self.pss, self.uss, self.cpu, self.wakes]


def measure(bench: Bench, rounds: int, counts: Sequence[int], idle: float) -> list[Figure]:
    """Start, leave alone and stop each of `counts` services; idle for `idle` seconds, once."""
    figures: list[Figure] = []
    with _idle_node():
        for count in counts:
            told = _Figures(count)
            for i, turn in enumerate(bench.turns(rounds)):
                for name in turn:
                    _one(bench, name, count, told, idle if i == 0 else 0.0)
            figures += [figure for figure in told.all() if figure.samples]
    return figures


def _one(bench: Bench, name: str, count: int, told: _Figures, idle: float) -> None:
    with bench.running(name) as running:
        services = idle_services(bench.child, running.stamps, count)
        begin = time.monotonic_ns()
        running.start(services)
        told.up.add(name, (running.stamps.starts()[count - 1].at - begin) / 1e9)
        time.sleep(SETTLE)
        own = running.own_processes()
        used = procfs.memory(own)
        told.rss.add(name, used.rss)
        told.pss.add(name, used.pss)
        told.uss.add(name, used.uss)
        if idle:
            before = procfs.activity(own)
            time.sleep(idle)
            after = procfs.activity(own)
            told.cpu.add(name, (after.cpu - before.cpu) / idle * 1e3)
            told.wakes.add(name, (after.wakes - before.wakes) / idle)
        begin = time.monotonic_ns()
        running.manager.end()
        wait_until(lambda: not running.services(), STOP_LIMIT, f"the stop of all under {name}")
        told.stop.add(name, (time.monotonic_ns() - begin) / 1e9)


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
