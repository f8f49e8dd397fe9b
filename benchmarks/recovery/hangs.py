"""One round: every fault once, each in a service of its own, all in one home."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.recovery.faults import FAULTS
from benchmarks.recovery.house import House, house, tables
from benchmarks.rig.command import BenchmarkError, wait_until
from tests.sample_app.sample import Sample

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable
    from random import Random

SPREAD = 12.0
"""Seconds over which the faults are spread, so that each hits its probe at another moment."""

PATIENCE = 150.0
"""Seconds after which a fault that is not mended is a failure."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one fault; seconds since it was brought about."""

    fault: str
    detected: float
    recovered: float
    incidents: int
    """Of this service: one, if all is right."""
    kind: str
    answers: bool
    """Whether the app answered us, too."""


def round_of_faults(keys: Iterable[str], random: Random) -> list[Trial]:
    """Bring about each fault once and wait until all are mended."""
    samples = {key: Sample(key) for key in keys}
    with house() as home:
        parts = [
            sample.table(FAULTS[key].probe.replace("{ws}", sample.url.replace("http", "ws", 1)))
            for key, sample in samples.items()
        ]
        # More than half of all services stay well: what fails together would not be restarted.
        home.start(tables(parts, len(parts) + 2))
        begun, open_ = _inject(home, samples, random)
        try:
            wait_until(
                _all_mended(home, samples), PATIENCE, f"that all of {list(begun)} are mended"
            )
        except BenchmarkError:
            pass  # what is not mended has no time of recovery, and the report says so
        finally:
            for client in open_:
                client.close()
        return [_trial(home, samples[key], at) for key, at in begun.items()]


def _inject(
    home: House, samples: dict[str, Sample], random: Random
) -> tuple[dict[str, float], list[socket.socket]]:
    pids = {name: each["pid"] for name, each in home.instances().items()}
    moments = sorted((random.uniform(0, SPREAD), key) for key in samples)
    begin = time.monotonic()
    begun: dict[str, float] = {}
    left_open: list[socket.socket] = []
    for moment, key in moments:
        time.sleep(max(0.0, begin + moment - time.monotonic()))
        begun[key] = time.time()
        left_open += FAULTS[key].inject(samples[key], pids[key])
    return begun, left_open


def _all_mended(home: House, samples: dict[str, Sample]) -> Callable[[], bool]:
    def mended() -> bool:
        time.sleep(0.5)  # each look is a command, and takes processor time from what is measured
        told = {name for each in home.incidents() if each["recovered"] for name in each["services"]}
        return set(samples) <= told

    return mended


def _trial(home: House, sample: Sample, begun: float) -> Trial:
    told = [each for each in home.incidents() if sample.name in each["services"]]
    first: dict[str, Any] = told[-1] if told else {}
    return Trial(
        fault=sample.name,
        detected=_since(begun, first.get("detected")),
        recovered=_since(begun, first.get("recovered")),
        incidents=len(told),
        kind=first.get("kind", ""),
        answers=sample.ask(patience=5.0) is not None,
    )


def _since(begun: float, at: float | None) -> float:
    return float("inf") if at is None else at - begun
