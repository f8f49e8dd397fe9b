"""The manager itself is killed: who of its services lives, twice or unknown, afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.rig.figure import Figure
from benchmarks.rig.managers.manager import Saver
from benchmarks.rig.services import beating_service, idle_services
from benchmarks.rig.session import noting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.rig.services import Service
    from benchmarks.rig.session import Bench, Running

QUIET = 9
"""Services that print nothing, beside one that prints all the time."""

AWAY = 5.0
"""Seconds without the manager; and after it came back, until the reading."""

PARTS = 2
"""Processes of which the manager that has most of them consists."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of services whose manager was killed."""

    lost: int
    doubled: int
    unknown: int

    @classmethod
    def of(cls, before: dict[int, str], after: dict[int, str], known: set[int]) -> Aftermath:
        """Compare names by process before and after with what the manager takes for its own."""
        copies = Counter(after.values())
        return cls(
            lost=len(before.keys() - after.keys()),
            doubled=sum(1 for count in copies.values() if count > 1),
            unknown=len(after.keys() - known),
        )


def measure(bench: Bench) -> list[Figure]:
    """SIGKILL each process of which a manager consists, one after the other; all at once.

    Helpers of single services (runsv, s6-supervise) are left alone: their manager holds them.
    """
    title = f"manager killed, {QUIET + 1} services"
    lost = Figure("killed-lost", f"{title}: ended", "services")
    doubled = Figure("killed-doubled", f"{title}: run twice", "services")
    unknown = Figure("killed-unknown", f"{title}: not known by their manager", "services")
    figures = [lost, doubled, unknown]
    with bench.together(lambda running: _services(bench, running), figures) as all_running:
        _save(all_running.values())
        before = {name: running.services() for name, running in all_running.items()}
        for running in all_running.values():
            running.abandoned = True
        for part in range(PARTS):
            _kill(part, all_running, figures)
        for name, running in all_running.items():
            with noting(name, figures):
                known = {running.manager.known(each) for each in _services(bench, running)}
                alive = {pid for pid in known if pid is not None}
                result = Aftermath.of(before[name], running.services(), alive)
                lost.add(name, result.lost)
                doubled.add(name, result.doubled)
                unknown.add(name, result.unknown)
    return figures


def _services(bench: Bench, running: Running) -> Sequence[Service]:
    quiet = idle_services(bench.child, running.stamps, QUIET)
    return [*quiet, beating_service(bench.child, running.stamps)]


def _save(all_running: Iterable[Running]) -> None:
    for running in all_running:
        if isinstance(running.manager, Saver):
            running.manager.save()
    time.sleep(1)


def _kill(part: int, all_running: dict[str, Running], figures: list[Figure]) -> None:
    """Kill the same part of all managers, wait, bring them back, wait."""
    killed: list[str] = []
    for name, running in all_running.items():
        with noting(name, figures):
            # Asked anew: the death of one part may have given another a new process.
            roots = running.manager.roots()
            if part < len(roots):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(roots[part], signal.SIGKILL)
                killed.append(name)
    time.sleep(AWAY)
    for name in killed:
        with noting(name, figures):
            all_running[name].manager.revive()
    time.sleep(AWAY)
