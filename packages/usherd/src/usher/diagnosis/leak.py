"""Does memory grow without end? A judgement over samples that noise and garbage do not fool.

Garbage collected memory goes up and down; what counts is the floor that collections leave. So each
window is cut into bins, and a line is laid through the lowest sample of each bin: the median of the
slopes of all pairs (Theil-Sen), which a third of outliers cannot move. The numbers come from
simulated series (spec/operations.md A.2.8): a leak of 1 MB/s is found in both windows, one of
1 MB/min in the long one, and a warm-up, a step of load or a saw-tooth of 90 s in neither. A
saw-tooth of 300 s fools the short window; that is why it informs and never acts.
"""

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import median
from typing import Final, NamedTuple

BINS: Final = 12
_GAP: Final = 2.5
"""Bins from one floor to the next, at most: samples that come with probes are not quite even."""
MEGABYTE: Final = 1_000_000
_LEAST_RISE: Final = 4 * MEGABYTE
_NOISE: Final = 3.0
"""A rise has to be this many times the median deviation from the line."""
_MOSTLY: Final = 0.75
"""Share of pairs of bins between which it has to grow."""
_EACH_HALF: Final = 0.3
"""Of the slope's rise, in each half: what grew once and stays is a step, not a leak."""


class Window(NamedTuple):
    """How far back is looked, and how soon the limit has to be near for it to matter; seconds."""

    length: float
    horizon: float

    def at_pace(self, step: float) -> "Window":
        """The same for samples that are `step` seconds apart: as many of them, and as sure."""
        return Window(self.length * step / PACE, self.horizon * step / PACE)


PACE: Final = 10.0
"""Seconds between two samples, for which the windows are meant."""
FAST: Final = Window(120, 15 * 60)
"""Gives information only (`memory.rising_fast`)."""
LONG: Final = Window(30 * 60, 24 * 3600)
"""Gives a warning (`memory.leak_suspected`)."""
_DAY: Final = 24 * 3600.0
"""As far back as samples are kept."""


class Sample(NamedTuple):
    """Resident memory of a service's processes together."""

    at: float
    """Seconds, of any clock that only goes forward."""
    size: int
    """Bytes."""


class Leak(NamedTuple):
    """Memory that grows, and when it will be too much."""

    slope: float
    """Bytes a second."""
    limit_in: float
    """Seconds until the limit is reached; 0 when it is."""


SUCCESSIVE: Final = 3
"""Rises from one restart to the next, or runs that grew, that are no accident."""
_LEAST_SHARE: Final = 0.15
"""Of the first size: the size of an app that is well varies by some per cent from day to day."""
_ALIKE: Final = 1.25
"""Longest run to the shortest one: what ran longer may well be larger."""


class RunEnd(NamedTuple):
    """A run as it stood when a schedule had it restarted."""

    at: float
    """Seconds since 1970."""
    uptime: float
    """Seconds."""
    size: int
    """Bytes: the floor of the last twelfth of the run."""
    slope: float = 0.0
    """Bytes a second; 0: it did not grow steadily, or ran too short a time to tell."""


def run_end(samples: Sequence[Sample], at: float, uptime: float, pace: float) -> RunEnd | None:
    """Sum up a run that is about to end; `samples` (every `pace` seconds) are of it alone."""
    last = [each.size for each in samples if each.at >= at - max(uptime / BINS, pace)]
    if not last:
        return None
    window = Window(min(uptime, _DAY), math.inf)
    grows = window.length >= LONG.at_pace(pace).length and leaking(samples, 0, window)
    return RunEnd(at, uptime, min(last), grows.slope if grows else 0.0)


def higher_each_time(ends: Sequence[RunEnd]) -> tuple[RunEnd, ...]:
    """Return the last restarts, if memory was larger at each than at the one before it."""
    recent = tuple(ends[-1 - SUCCESSIVE :])
    uptimes = [each.uptime for each in recent]
    if len(recent) <= SUCCESSIVE or max(uptimes) > _ALIKE * min(uptimes):
        return ()
    rise = recent[-1].size - recent[0].size
    steady = all(b.size - a.size >= _EACH_HALF * rise / SUCCESSIVE for a, b in pairwise(recent))
    return recent if steady and rise > max(_LEAST_RISE, _LEAST_SHARE * recent[0].size) else ()


def grown_each_time(ends: Sequence[RunEnd]) -> tuple[RunEnd, ...]:
    """Return the last runs, if each of them grew until it was restarted."""
    recent = tuple(ends[-SUCCESSIVE:])
    return recent if len(recent) == SUCCESSIVE and all(each.slope > 0 for each in recent) else ()


def leaking(samples: Sequence[Sample], limit: int, window: Window) -> Leak | None:
    """Whether memory grows over the window that ends with the last sample.

    `samples` are in order of time. None as well while they do not yet fill the window.
    """
    floors = _floors(samples, window.length)
    widest = max((b.at - a.at for a, b in pairwise(floors)), default=window.length)
    if len(floors) < BINS / 2 or widest > _GAP * window.length / BINS:
        return None
    slopes = [(b.size - a.size) / (b.at - a.at) for a, b in combinations(floors, 2)]
    slope = median(slopes)
    if slope <= 0 or sum(each > 0 for each in slopes) <= _MOSTLY * len(slopes):
        return None
    rise = slope * window.length
    if rise <= max(_LEAST_RISE, _NOISE * _deviation(floors, slope)):
        return None
    middle = len(floors) // 2
    if any(_slope_of(half) < _EACH_HALF * slope for half in (floors[:middle], floors[middle:])):
        return None
    limit_in = max(0.0, (limit - samples[-1].size) / slope)
    return Leak(slope, limit_in) if limit_in < window.horizon else None


def ceiling(size: int, limit: int | None, available: int | None) -> int:
    """The size at which memory is too much: the limit; where none is set, twice what it is now.

    Or what the host has left (`available`), if that is less.
    """
    if limit is not None:
        return limit
    return size + (size if available is None else min(size, available))


def _floors(samples: Sequence[Sample], length: float) -> list[Sample]:
    """The lowest sample of each bin of the window; fewer than BINS where some are empty."""
    if not samples or samples[-1].at - samples[0].at < length * (BINS - 1) / BINS:
        return []
    begin = samples[-1].at - length
    bins: dict[int, Sample] = {}
    for sample in samples:
        if sample.at >= begin:
            number = min(BINS - 1, int((sample.at - begin) * BINS / length))
            lowest = bins.get(number)
            if lowest is None or sample.size < lowest.size:
                bins[number] = sample
    return [bins[number] for number in sorted(bins)]


def _deviation(floors: Sequence[Sample], slope: float) -> float:
    """Median distance of the floors from the line through them, in bytes."""
    offsets = [each.size - slope * each.at for each in floors]
    middle = median(offsets)
    return median(abs(offset - middle) for offset in offsets)


def _slope_of(floors: Sequence[Sample]) -> float:
    return median((b.size - a.size) / (b.at - a.at) for a, b in combinations(floors, 2))
