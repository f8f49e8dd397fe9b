"""Faults at random moments, chosen by a seed: the kinds that came least so far come first."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.stage import Stage, is_well
from tests.usher_home import until

from usher.model.incident import Incident

AT_ONCE: Final = 2
"""Services in trouble at a time: if most were, it would be the host that is in trouble."""

OURS_APART: Final = 15.0
"""Seconds between two faults of usher itself: five crashes in a minute would be a loop."""


@dataclass
class Happened:
    """A fault that was brought about; wall clock."""

    fault: Fault
    service: str
    at: float
    over: float | None = None
    """When we took it back, where we did."""


class Chaos:
    """One run."""

    def __init__(
        self, stage: Stage, seed: int, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self.happened: list[Happened] = []
        self._stage = stage
        self._random = Random(seed)  # noqa: S311 - a seed repeats a run
        self._say = say
        self._later: list[threading.Timer] = []
        self._ours_at = 0.0

    def run(self, seconds: float, at_least: int = 0) -> None:
        """Bring about faults for so long, and so many; then wait until all is well again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(self.happened) < at_least:
            if self._begin():
                time.sleep(self._random.uniform(0.5, 3))
            else:
                time.sleep(0.25)
        for timer in self._later:
            timer.join()
        # What is not over by then, the verdict tells one by one.
        with contextlib.suppress(AssertionError):
            until(self._is_over, 120)

    def _is_over(self) -> bool:
        return not self._troubled(self._stage.incidents()) and self._stage.is_well()

    def _begin(self) -> bool:
        """Bring about one fault, if there is one that may be now."""
        possible = self._possible()
        if not possible:
            return False
        used = Counter(each.fault.name for each in self.happened)
        fault, service = min(possible, key=lambda each: (used[each[0].name], self._random.random()))
        happened = Happened(fault, service, time.time())
        self._say(f"{service or 'usher'}: {fault.name}")
        self.happened.append(happened)
        for delay, action in fault.bring(self._stage, service, self._random):
            # Apart from us: who is asked about a starved daemon waits until it goes on.
            self._later.append(threading.Timer(delay, _end, (happened, action)))
            self._later[-1].start()
        if not service or "is killed" in fault.name or "with it" in fault.name:
            self._ours_at = time.monotonic()
        return True

    def _possible(self) -> list[tuple[Fault, str]]:
        ours_rest = time.monotonic() - self._ours_at < OURS_APART or self._is_under_way()
        told = self._stage.incidents()
        troubled = self._troubled(told)
        free = self._free(told, troubled) if len(troubled) < AT_ONCE else set[str]()
        found: list[tuple[Fault, str]] = []
        for fault in FAULTS:
            touches_us = not fault.services or "and the" in fault.name
            if touches_us and ours_rest:
                continue
            found += [(fault, name) for name in fault.services if name in free]
            if not fault.services:
                found.append((fault, ""))
        return found

    def _troubled(self, told: dict[str, list[Incident]]) -> set[str]:
        """Services with a fault whose incident has not come to its end."""
        brought = Counter(each.service for each in self.happened)
        return {
            name
            for name in self._stage.samples
            # The same fault again opens its incident again (spec/operations.md F.2).
            if sum(1 + one.relapses for one in told[name]) < brought[name]
            or any(one.recovered is None for one in told[name])
        }

    def _free(self, told: dict[str, list[Incident]], troubled: set[str]) -> set[str]:
        """Services whose last incident is closed: a fault before that would be a relapse."""
        closed = {
            name
            for name in set(self._stage.samples) - troubled
            if all(each.state == "closed" for each in told[name])
        }
        well = {each.name for each in self._stage.services() if is_well(each)}
        return closed & well

    def _is_under_way(self) -> bool:
        """Whether the second half of a fault is to come."""
        return any(timer.is_alive() for timer in self._later)


def _end(happened: Happened, action: Callable[[], None]) -> None:
    """Do the second half of a fault: more of it, or its end."""
    with contextlib.suppress(ProcessLookupError):
        action()
    happened.over = time.time()
