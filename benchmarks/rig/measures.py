"""The four measurements. Each runs all managers turn by turn and returns its figures."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rig import procfs
from rig.command import BenchmarkError, Command, wait_until
from rig.services import Flood, idle_services

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from rig.session import Bench, Running

LISTED = 10
"""Services that run while `list` is timed."""

UP_BEFORE_KILL = 3.0
"""Seconds a service has run when it is killed: longer than any manager's "exited too quickly"."""

PAUSE = 1.0
"""Seconds between two rounds of kills, for what managers do after a restart."""

RESTART_LIMIT = 30.0
"""Seconds to wait for a replacement."""

SETTLE = 3.0
"""Seconds from the last start to the reading of memory."""

FLOOD_LIMIT = 120.0
"""Seconds in which a flood must be in its file."""

QUIET = 3.0
"""Seconds in which a log file that misses something does not grow any more."""

TRAILING = 1.0
"""Seconds after a flood that still count as the manager's work on it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity: its samples by manager (or by floor)."""

    key: str
    title: str
    unit: str
    samples: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, subject: str, value: float) -> None:
        """Note one sample."""
        self.samples.setdefault(subject, []).append(value)


def list_latency(bench: Bench, rounds: int) -> tuple[Figure, Figure]:
    """Time the command that lists ten services; also the least that starting programs costs."""
    latency = Figure("list", f"list, {LISTED} services", "ms")
    floors = Figure("floor", "floor", "ms")
    programs = {
        "/bin/true": Command(("/bin/true",), {}),
        "python -c pass": Command((str(bench.installs.python), "-c", "pass"), {}),
    }
    with ExitStack() as stack:
        commands: dict[str, Command] = {}
        for name in bench.names:
            running = stack.enter_context(bench.running(name))
            running.start(idle_services(bench.child, running.stamps, LISTED))
            commands[name] = running.manager.list_command()
            _check_list(commands[name])  # warms the caches, too
        for turn in bench.turns(rounds):
            for name in turn:
                latency.add(name, _milliseconds(commands[name]))
            for name, command in programs.items():
                floors.add(name, _milliseconds(command))
    return latency, floors


def restart_latency(bench: Bench, rounds: int) -> Figure:
    """Time from SIGKILL of a service to the first instruction of its replacement.

    Each round kills another service: what crashes again and again is delayed by some managers,
    which is meant and not what is timed here.
    """
    latency = Figure("restart", "SIGKILL to first instruction of the replacement", "ms")
    with ExitStack() as stack:
        all_running: dict[str, Running] = {}
        for name in bench.names:
            running = all_running[name] = stack.enter_context(bench.running(name))
            running.start(idle_services(bench.child, running.stamps, rounds))
        time.sleep(UP_BEFORE_KILL)
        for i, turn in enumerate(bench.turns(rounds)):
            for name in turn:
                latency.add(name, _restart(all_running[name], i))
            time.sleep(PAUSE)
    return latency


def memory(bench: Bench, rounds: int) -> list[Figure]:
    """Read the memory of the manager's own processes with 1 and with 100 services."""
    figures: list[Figure] = []
    with _idle_node():
        for count in (1, 100):
            plural = "s" if count > 1 else ""
            kinds = {
                kind: Figure(f"{kind}-{count}", f"{kind.upper()}, {count} service{plural}", "MiB")
                for kind in ("rss", "pss", "uss")
            }
            for turn in bench.turns(rounds):
                for name in turn:
                    used = _memory(bench, name, count)
                    kinds["rss"].add(name, used.rss)
                    kinds["pss"].add(name, used.pss)
                    kinds["uss"].add(name, used.uss)
            figures += kinds.values()
    return figures


def log_flood(bench: Bench, rounds: int, lines: int) -> list[Figure]:
    """Let a service print `lines` lines of 100 bytes; time, cost and damage until they are kept."""
    title = f"{lines:,} lines of log"
    seconds = Figure("log-seconds", f"{title}: all in the file", "s")
    cpu = Figure("log-cpu", f"{title}: the manager's CPU", "s")
    lost = Figure("log-lost", f"{title}: lost", "lines")
    foreign = Figure("log-foreign", f"{title}: torn or doubled", "lines")
    for turn in bench.turns(rounds):
        for name in turn:
            with bench.running(name) as running:
                flood = Flood.make(bench.child, running.stamps, lines)
                running.start([flood.service])
                taken, cost = _flood(running, flood)
                gone, added = damage(running.manager.log_file(flood.service), flood)
            seconds.add(name, taken)
            cpu.add(name, cost)
            lost.add(name, gone)
            foreign.add(name, added)
    return [seconds, cpu, lost, foreign]


def damage(log: Path, flood: Flood) -> tuple[int, int]:
    """Count what `log` lacks of the lines of `flood`, and what it has that was not printed.

    A torn line counts as lost and as two that were not printed, a doubled one as the latter.
    """
    kept, printed = log.read_bytes(), flood.output()
    if kept == printed:
        return 0, 0
    found, wanted = Counter(kept.splitlines()), Counter(printed.splitlines())
    return (wanted - found).total(), (found - wanted).total()


def _milliseconds(command: Command) -> float:
    begin = time.perf_counter()
    command.run()
    return (time.perf_counter() - begin) * 1e3


def _check_list(command: Command) -> None:
    """A list that shows nothing is quick; BenchmarkError if it does not name every service."""
    shown = command.run()
    names = [f"app{i:04d}" for i in range(LISTED)]
    if missing := [name for name in names if name not in shown]:
        raise BenchmarkError(f"cannot time '{' '.join(command.argv)}': it does not show {missing}")


def _restart(running: Running, i: int) -> float:
    """Kill the service that started as number `i`; milliseconds to its replacement."""
    before = running.stamps.starts()
    killed = time.monotonic_ns()
    os.kill(before[i].pid, signal.SIGKILL)

    def replaced() -> bool:
        return len(running.stamps.starts()) > len(before)

    wait_until(replaced, RESTART_LIMIT, f"the replacement of a service under {running.name}")
    return (running.stamps.starts()[len(before)].at - killed) / 1e6


def _memory(bench: Bench, name: str, count: int) -> procfs.Memory:
    with bench.running(name) as running:
        running.start(idle_services(bench.child, running.stamps, count))
        time.sleep(SETTLE)
        return procfs.memory(running.own_processes())


def _flood(running: Running, flood: Flood) -> tuple[float, float]:
    """Return the seconds until the log is complete, or grows no more, and the CPU seconds."""
    log = running.manager.log_file(flood.service)
    own = running.own_processes()
    complete = flood.lines * 100
    cpu_before = procfs.cpu_seconds(own)
    begin = grown = time.monotonic()
    flood.release()
    size = 0
    while size < complete and (now := time.monotonic()) < min(begin + FLOOD_LIMIT, grown + QUIET):
        time.sleep(0.001)
        if log.exists() and (new := log.stat().st_size) > size:
            size, grown = new, now
    grown = time.monotonic() if size >= complete else grown
    time.sleep(TRAILING)
    return grown - begin, procfs.cpu_seconds(own) - cpu_before


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
