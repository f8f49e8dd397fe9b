"""A web server's workers are replaced while clients ask without a pause."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rig.command import wait_until
from rig.managers.manager import Reloader
from rig.measures.figure import Figure
from rig.web import Web
from tests.load import Load

if TYPE_CHECKING:
    from rig.session import Bench
    from rig.web import Manners

CLIENTS = 16
PAUSE = 1.0
"""Seconds before the first and after each reload."""


def measure(bench: Bench, rounds: int, reloads: int) -> list[Figure]:
    """Reload naive and graceful servers, clients with a connection each request or a kept one."""
    figures: list[Figure] = []
    cases: list[tuple[Manners, bool]] = [
        ("naive", False),
        ("naive", True),
        ("graceful", False),
        ("graceful", True),
    ]
    for manners, keep_alive in cases:
        how = f"{reloads} reloads, {manners}, {'keep-alive' if keep_alive else 'new connections'}"
        key = f"reload-{manners}-{'kept' if keep_alive else 'new'}"
        lost = Figure(f"{key}-lost", f"{how}: without answer", "requests")
        hung = Figure(f"{key}-hung", f"{how}: hung for 10 s", "requests")
        seconds = Figure(f"{key}-seconds", f"{how}: one reload", "s")
        for turn in bench.turns(rounds):
            for name in turn:
                with bench.running(name) as running:
                    if not isinstance(running.manager, Reloader):
                        continue
                    load, taken = _under_load(
                        running.manager, Web.on_free_port(manners), reloads, keep_alive=keep_alive
                    )
                    lost.add(name, load.failures.total())
                    hung.add(name, load.failures["hangs"])
                    for value in taken:
                        seconds.add(name, value)
        figures += [lost, hung, seconds]
    return figures


def _under_load(
    manager: Reloader, web: Web, reloads: int, *, keep_alive: bool
) -> tuple[Load, list[float]]:
    manager.serve(web)
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
