"""What was counted since this daemon began, for whoever collects metrics."""

import math
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from typing import Final

from usher.model import actions as act
from usher.model import events as ev

BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds; those that Prometheus' own clients use."""

CAUSES: Final[Mapping[str, str]] = {
    "restarting": "exit",
    "replaced": "probe",
    "memory-exceeded": "memory",
    "scheduled": "schedule",
    "files-changed": "files",
}
"""Events that lead to a start which no person asked for, and why."""


LAST: Final = 60
"""Answers of which the middle is told: ten minutes of a probe with the usual interval."""


class Latencies:
    """Answers of one probe: how many took at most so long, and all together."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        """By bound; the last one: longer than all of them."""
        self.total = 0.0
        self.failed = 0
        self._last: deque[float] = deque(maxlen=LAST)

    @property
    def asked(self) -> int:
        """How many there were."""
        return sum(self.counts)

    def add(self, seconds: float, *, ok: bool) -> None:
        """Count one answer."""
        place = next((n for n, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))
        self.counts[place] += 1
        self.total += seconds
        self.failed += not ok
        self._last.append(seconds)

    def quantile(self, share: float) -> float | None:
        """Seconds that this share of the last answers took at most; None without any."""
        ordered = sorted(self._last)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


class Tallies:
    """One a daemon."""

    def __init__(self) -> None:
        self.restarts: Counter[tuple[str, int, str]] = Counter()
        """By service, slot and cause."""
        self.latencies: defaultdict[tuple[str, int, str], Latencies] = defaultdict(Latencies)
        """By service, slot and probe."""
        self.remotes: defaultdict[tuple[str, str], Latencies] = defaultdict(Latencies)
        """By remote and probe."""
        self.dropped: Counter[str] = Counter()
        """Bytes of output that were lost because a log could not be written, by service."""

        self.refused: Counter[str] = Counter()
        """Starts that the guard did not let happen, by service."""

    def recorded(self, changed: act.Changed) -> bool:
        """Count an event; tells whether it was an automatic restart."""
        cause = CAUSES.get(changed.event)
        if changed.event == "refused":
            self.refused[changed.key.service] += 1
        if cause is not None:
            self.restarts[changed.key.service, changed.key.slot, cause] += 1
        return cause is not None

    def probed(self, event: ev.ProbeResult | ev.RemoteAnswered) -> None:
        """Count an answer."""
        if isinstance(event, ev.RemoteAnswered):
            self.remotes[event.remote, event.probe].add(event.took, ok=event.ok)
            return
        which = (event.key.service, event.key.slot, event.probe)
        self.latencies[which].add(event.took, ok=event.ok)

    def lost(self, service: str, size: int) -> None:
        """Count bytes of output that nobody will read."""
        self.dropped[service] += size

    def keep_only(self, services: Mapping[str, object], remotes: Mapping[str, object]) -> None:
        """Forget services and remotes that were deleted."""
        for remote in [each for each in self.remotes if each[0] not in remotes]:
            del self.remotes[remote]
        for counted in (self.restarts, self.latencies):
            for which in [each for each in counted if each[0] not in services]:
                del counted[which]
        for totals in (self.dropped, self.refused):
            for service in [each for each in totals if each not in services]:
                del totals[service]
