"""Which measurements there are, and how often each is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.rig.measures import crashloop, flood, killed, listing, reload, restart, scale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.rig.figure import Figure
    from benchmarks.rig.session import Bench


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often each measurement is taken of each manager; seconds where it says so."""

    list: int
    restart: int
    restart_young: int
    sizes: dict[int, int]
    """Rounds by number of services: start, memory, stop."""
    idle: tuple[int, ...]
    """Numbers of services that are left alone."""
    idle_seconds: float
    plain_log: int
    dated_log: int
    log_lines: int
    reloads: int
    crash_seconds: float


FULL = Rounds(
    list=15,
    restart=11,
    restart_young=3,
    sizes={1: 3, 100: 2, 500: 2, 1000: 1},
    idle=(1, 100, 500),
    idle_seconds=30.0,
    plain_log=3,
    dated_log=1,
    log_lines=1_000_000,
    reloads=5,
    crash_seconds=20.0,
)
"""What is quoted: a quarter of an hour."""

QUICK = Rounds(
    list=3,
    restart=3,
    restart_young=1,
    sizes={1: 1, 100: 1},
    idle=(100,),
    idle_seconds=10.0,
    plain_log=1,
    dated_log=1,
    log_lines=100_000,
    reloads=1,
    crash_seconds=10.0,
)
"""To try it: not to be quoted."""


def _list(bench: Bench, rounds: Rounds) -> Iterator[Figure]:
    yield from listing.measure(bench, rounds.list)


def _restart(bench: Bench, rounds: Rounds) -> Iterator[Figure]:
    yield from restart.measure(bench, rounds.restart, rounds.restart_young)


def _sizes(bench: Bench, rounds: Rounds) -> Iterator[Figure]:
    for count, times in rounds.sizes.items():
        yield from scale.measure_sizes(bench, times, count)


def _idle(bench: Bench, rounds: Rounds) -> Iterator[Figure]:
    yield from scale.measure_idle(bench, rounds.idle, rounds.idle_seconds)


def _log(bench: Bench, rounds: Rounds) -> Iterator[Figure]:
    yield from flood.measure(bench, rounds.plain_log, rounds.log_lines, "plain")
    yield from flood.measure(bench, rounds.dated_log, rounds.log_lines, "dated")


def _reload(bench: Bench, rounds: Rounds) -> Iterator[Figure]:
    yield from reload.measure(bench, rounds.reloads)


def _killed(bench: Bench, _rounds: Rounds) -> Iterator[Figure]:
    yield from killed.measure(bench)


def _crashloop(bench: Bench, rounds: Rounds) -> Iterator[Figure]:
    yield from crashloop.measure(bench, rounds.crash_seconds)


ROWS: dict[str, Callable[[Bench, Rounds], Iterator[Figure]]] = {
    "list": _list,
    "restart": _restart,
    "sizes": _sizes,
    "idle": _idle,
    "log": _log,
    "reload": _reload,
    "killed": _killed,
    "crashloop": _crashloop,
}
"""Every measurement by the name it has on the command line."""
