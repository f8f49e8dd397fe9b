"""Many services: how long until they run, what they cost while nothing happens, how they stop."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from benchmarks.rig import procfs
from benchmarks.rig.figure import Figure
from benchmarks.rig.services import idle_services
from benchmarks.rig.session import noting

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from benchmarks.rig.session import Bench

SETTLE = 3.0
"""Seconds from the last start to the reading of memory."""

SIZE_LIMIT = 75.0
"""Seconds after which no further round with the same number of services begins."""

REST = 60.0
"""Seconds from the last start after which managers are left alone.

Managers watch a service for a while after its start, usher for a minute.
"""


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


def measure_idle(bench: Bench, counts: Sequence[int], seconds: float) -> list[Figure]:
    """Leave every manager alone for `seconds`, once with each of `counts` services; all at once."""
    with ExitStack() as stack:
        idle = [_Idle(bench, count, seconds, stack) for count in counts]
        time.sleep(REST)
        for each in idle:
            each.find_processes()
        time.sleep(SETTLE)  # some had to be asked for their processes
        before = [each.read() for each in idle]
        time.sleep(seconds)
        for each, was in zip(idle, before, strict=True):
            each.compare(was, each.read())
    return [figure for each in idle for figure in (each.cpu, each.wakes)]


class _Idle:
    """All managers with the same number of services."""

    def __init__(self, bench: Bench, count: int, seconds: float, stack: ExitStack) -> None:
        services, rest = _named(count), f"in {seconds:.0f} s of rest"
        self.cpu = Figure(f"idle-cpu-{count}", f"CPU {rest}, {services}", "ms")
        self.wakes = Figure(f"wakes-{count}", f"wake-ups {rest}, {services}", "times")
        started = bench.together(
            lambda running: idle_services(bench.child, running.stamps, count),
            [self.cpu, self.wakes],
        )
        self._running = stack.enter_context(started)
        self._own: dict[str, set[int]] = {}

    def find_processes(self) -> None:
        """Look up whose activity is to be read."""
        for name, running in self._running.items():
            with noting(name, [self.cpu, self.wakes]):
                self._own[name] = running.own_processes()

    def read(self) -> dict[str, procfs.Activity]:
        """Return what each manager's processes have done since their start."""
        found: dict[str, procfs.Activity] = {}
        for name, pids in self._own.items():
            with noting(name, [self.cpu, self.wakes]):
                found[name] = procfs.activity(pids)
        return found

    def compare(
        self, before: dict[str, procfs.Activity], after: dict[str, procfs.Activity]
    ) -> None:
        """Note what was done in between."""
        for name in before.keys() & after.keys():
            self.cpu.add(name, (after[name].cpu - before[name].cpu) * 1e3)
            self.wakes.add(name, after[name].wakes - before[name].wakes)


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
