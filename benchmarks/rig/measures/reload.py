"""A web server's workers are replaced while clients ask without a pause."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.rig.command import wait_until
from benchmarks.rig.figure import Figure
from benchmarks.rig.managers.manager import Reloader
from benchmarks.rig.session import noting
from benchmarks.rig.web import Web
from tests.load import Load

if TYPE_CHECKING:
    from benchmarks.rig.session import Bench
    from benchmarks.rig.web import Manners

CLIENTS = 16
PAUSE = 0.5
"""Seconds before the first and after each reload."""

CASES: tuple[tuple[Manners, bool], ...] = (
    ("naive", False),
    ("naive", True),
    ("graceful", False),
    ("graceful", True),
)
"""Servers by their manners; whether clients keep their connections."""


def measure(bench: Bench, reloads: int) -> list[Figure]:
    """Reload naive and graceful servers, clients with a connection each request or a kept one."""
    return [
        figure
        for manners, keep_alive in CASES
        for figure in _case(bench, manners, reloads, keep_alive=keep_alive)
    ]


def _case(bench: Bench, manners: Manners, reloads: int, *, keep_alive: bool) -> list[Figure]:
    how = f"{reloads} reloads, {manners}, {'keep-alive' if keep_alive else 'new connections'}"
    key = f"reload-{manners}-{'kept' if keep_alive else 'new'}"
    lost = Figure(f"{key}-lost", f"{how}: without answer", "requests")
    hung = Figure(f"{key}-hung", f"{how}: hung for 10 s", "requests")
    seconds = Figure(f"{key}-seconds", f"{how}: one reload", "s")
    figures = [lost, hung, seconds]
    for name in bench.names:
        with noting(name, figures), bench.running(name) as running:
            if isinstance(running.manager, Reloader):
                web = Web.on_free_port(manners)
                running.serve(running.manager, web)
                load, taken = _under_load(running.manager, web, reloads, keep_alive=keep_alive)
                lost.add(name, load.failures.total())
                hung.add(name, load.failures["hangs"])
                for value in taken:
                    seconds.add(name, value)
    return figures


def _under_load(
    manager: Reloader, web: Web, reloads: int, *, keep_alive: bool
) -> tuple[Load, list[float]]:
    wait_until(web.answers, 30, "the start of the web server")
    time.sleep(PAUSE)
    taken: list[float] = []
    with Load(web.port, clients=CLIENTS, keep_alive=keep_alive) as load:
        time.sleep(PAUSE)
        for _ in range(reloads):
            begin = time.monotonic()
            manager.reload()
            taken.append(time.monotonic() - begin)
            time.sleep(PAUSE)
    return load, taken
