"""The manager itself is killed: who of its services lives, twice or unknown, afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

from rig.measures.figure import Figure
from rig.services import beating_service, idle_services

if TYPE_CHECKING:
    from rig.session import Bench, Running

QUIET = 9
"""Services that print nothing, beside one that prints all the time."""

AWAY = 5.0
"""Seconds without the manager; and after it came back, until the reading."""


def measure(bench: Bench, rounds: int) -> list[Figure]:
    """SIGKILL each process of which the manager consists, one after the other.

    Helpers of single services (runsv, s6-supervise) are left alone: their manager holds them.
    """
    title = f"manager killed, {QUIET + 1} services"
    lost = Figure("killed-lost", f"{title}: ended", "services")
    doubled = Figure("killed-doubled", f"{title}: run twice", "services")
    unknown = Figure("killed-unknown", f"{title}: not known by their manager", "services")
    for turn in bench.turns(rounds):
        for name in turn:
            with bench.running(name) as running:
                for figure, count in zip(
                    (lost, doubled, unknown), _one(bench, running), strict=True
                ):
                    figure.add(name, count)
    return [lost, doubled, unknown]


def _one(bench: Bench, running: Running) -> tuple[int, int, int]:
    services = idle_services(bench.child, running.stamps, QUIET)
    services.append(beating_service(bench.child, running.stamps))
    running.start(services)
    time.sleep(1)
    before = running.services()
    for i in range(len(running.manager.roots())):
        # Asked anew: the death of one part may have given another a new process.
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.manager.roots()[i], signal.SIGKILL)
        time.sleep(AWAY)
        running.manager.revive()
        time.sleep(AWAY)
    after = running.services()
    copies = Counter(after.values())
    known = {running.manager.known(service) for service in services}
    lost = len(before.keys() - after.keys())
    return lost, sum(1 for count in copies.values() if count > 1), len(after.keys() - known)
