"""How long people wait for the list of their services."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.rig.command import BenchmarkError, Command
from benchmarks.rig.figure import Figure
from benchmarks.rig.services import idle_services
from benchmarks.rig.session import noting

if TYPE_CHECKING:
    from benchmarks.rig.session import Bench

LISTED = 10
"""Services that run while `list` is timed."""


def measure(bench: Bench, rounds: int) -> tuple[Figure, Figure]:
    """Time the command that lists ten services; also the least that starting programs costs."""
    latency = Figure("list", f"list, {LISTED} services", "ms")
    floors = Figure("floor", "floor", "ms")
    programs = {
        "/bin/true": Command(("/bin/true",), {}),
        "python -c pass": Command((str(bench.installs.python), "-c", "pass"), {}),
    }
    with bench.together(
        lambda running: idle_services(bench.child, running.stamps, LISTED), [latency]
    ) as all_running:
        commands: dict[str, Command] = {}
        for name, running in all_running.items():
            with noting(name, [latency]):
                command = running.manager.list_command()
                _check(command)  # warms the caches, too
                commands[name] = command
        for turn in bench.turns(rounds):
            for name in turn:
                if name in commands:
                    with noting(name, [latency]):
                        latency.add(name, _milliseconds(commands[name]))
            for name, command in programs.items():
                floors.add(name, _milliseconds(command))
    return latency, floors


def _milliseconds(command: Command) -> float:
    begin = time.perf_counter()
    command.run()
    return (time.perf_counter() - begin) * 1e3


def _check(command: Command) -> None:
    """A list that shows nothing is quick; BenchmarkError if it does not name every service."""
    shown = command.run()
    names = [f"app{i:04d}" for i in range(LISTED)]
    if missing := [name for name in names if name not in shown]:
        raise BenchmarkError(f"cannot time '{' '.join(command.argv)}': it does not show {missing}")
