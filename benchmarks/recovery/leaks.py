"""Memory that grows: acted on near its limit, and named where there is none."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.recovery.faults import ALIVE
from benchmarks.recovery.house import house
from benchmarks.rig.command import wait_until
from tests.sample_app.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = 20
"""MB a second."""

LIMIT = 200
"""MB."""

NAMED_WITHIN = 150.0
"""Seconds; it may take twice as long before the measurement is given up."""

_MB = 1e6


@dataclass(frozen=True, slots=True)
class Limited:
    """A leak with a limit, that was mended."""

    used: float
    """MB when it was acted on."""


@dataclass(frozen=True, slots=True)
class Named:
    """A leak without one."""

    seconds: float
    """Until it was named."""
    cause: str


def limited() -> Limited:
    """Let an app leak past its limit. Raises BenchmarkError when that is not mended."""
    sample = Sample()
    with house() as home:
        home.start(sample.table(ALIVE, f'memory = {{ limit = "{LIMIT}M" }}'))
        pid = home.instances()["api"]["pid"]
        sample.ask(f"/leak?mb={RATE}")
        sizes = list(_sizes(pid))
        wait_until(lambda: bool(home.instances()["api"]["ready"]), 60, "that it was replaced")
        # The next reading says whether that helped: to be ready is no proof of it.
        wait_until(lambda: home.incidents()[0]["recovered"] is not None, 30, "that it is well")
        (told,) = home.incidents()
        return Limited(max(size for at, size in sizes if at <= told["detected"]) / _MB)


def _sizes(pid: int) -> Iterator[tuple[float, float]]:
    """Wall clock and resident bytes of a process, as long as it lives."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return
        if pages == 0:
            return  # it has ended, and nobody has collected it yet
        yield time.time(), pages * os.sysconf("SC_PAGE_SIZE")
        time.sleep(0.02)


def named(rate: float = 1.0) -> Named:
    """Let an app leak that has no limit."""
    sample = Sample()
    with house() as home:
        home.start(sample.table(ALIVE))
        begin = time.monotonic()
        sample.ask(f"/leak?mb={rate:g}")
        found: list[str] = []

        def told() -> bool:
            time.sleep(1.0)
            said = [each["detail"] for each in home.events("api") if each["event"] == "finding"]
            found[:] = [words.partition(":")[0] for words in said if words.startswith("memory.")]
            return bool(found)

        wait_until(told, 2 * NAMED_WITHIN, "that the leak was named")
        return Named(time.monotonic() - begin, found[0])
