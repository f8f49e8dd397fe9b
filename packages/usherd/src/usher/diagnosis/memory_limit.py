"""Does a run use more memory than it may, and when is it to be read next?

A plateau above the limit has to last (`samples` readings), for a burst that is over soon is no
harm. Growth need not: a leak is told before it is two seconds further (spec/operations.md A.2.7).
So a run is read the sooner, the sooner it will be at its limit at the rate at which it grows.
"""

from typing import Final, NamedTuple

from usher.model.spec import MemorySpec

AT_ONCE: Final = 1.5
"""How many times the limit one reading must show to be enough alone."""
RISES: Final = 2
"""Readings in a row, each above the last one, that are growth ..."""
ABOVE: Final = 2
"""... and so many of them above the limit are enough; ..."""
AHEAD: Final = 1.0
"""... or one, if it is as far above as the run grows in so many seconds."""
SOONEST: Final = 0.5
"""Seconds between two readings, where the definition does not ask for less."""


class Gauge(NamedTuple):
    """What the readings of one run have shown so far."""

    at: float = 0.0
    """Of the last reading; seconds."""
    used: int = 0
    """Bytes; 0: there was none."""
    rate: float = 0.0
    """Bytes a second since the one before."""
    rises: int = 0
    above: int = 0

    def read(self, spec: MemorySpec, at: float, used: int) -> "Gauge":
        """Take one more reading."""
        passed = at - self.at
        rate = (used - self.used) / passed if self.used and passed > 0 else 0.0
        return Gauge(
            at,
            used,
            rate,
            rises=self.rises + 1 if rate > 0 else 0,
            above=self.above + 1 if used > spec.limit else 0,
        )

    def exceeds(self, spec: MemorySpec) -> bool:
        """Whether the readings are enough."""
        if not self.above:
            return False
        # Above its limit a run is read twice as often.
        lasts = self.above > 2 * (spec.samples - 1)
        ahead = self.used - spec.limit >= AHEAD * self.rate
        leaks = self.rises >= RISES and (self.above >= ABOVE or ahead)
        return lasts or leaks or self.used > AT_ONCE * spec.limit

    def due_in(self, spec: MemorySpec) -> float:
        """Seconds until the next reading: half of those until it is at its limit, at this rate."""
        usual = spec.interval / 2 if self.above else spec.interval
        if self.rate <= 0:
            return usual
        near = SOONEST if self.above else max(0.0, spec.limit - self.used) / self.rate / 2
        return min(usual, max(min(SOONEST, spec.interval), near))
