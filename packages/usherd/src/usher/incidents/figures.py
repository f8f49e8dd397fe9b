"""Figures of an incident: before it, while it lasted, and after.

They are taken from the series that are kept for a day; nothing is said of what was not measured.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from usher.api.metrics import InstanceSeries, SeriesPoint
from usher.model.incident import Incident

AROUND: Final = 600.0
"""Seconds before and after that are compared."""


class Compared(NamedTuple):
    """One figure of one instance: the greatest values; None: not measured."""

    place: str
    """"service:slot"."""
    figure: str
    """memory (bytes), cpu (per cent of a core), answers (s), failed (answers), descriptors."""
    before: float | None
    during: float | None
    after: float | None


def window(incident: Incident, now: float) -> tuple[float, float]:
    """Return the time of which the figures are needed."""
    begin, end = _lasted(incident, now)
    return begin - AROUND, end + AROUND


def compared(incident: Incident, series: Iterable[InstanceSeries], now: float) -> list[Compared]:
    """Compare what was measured of the instances that it reached."""
    return [
        found
        for each in series
        for found in _compared(each, *_lasted(incident, now))
        if (found.before, found.during, found.after) != (None, None, None)
    ]


def _lasted(incident: Incident, now: float) -> tuple[float, float]:
    begin = (
        incident.occurred.at
        if incident.occurred.not_before is None
        else incident.occurred.not_before
    )
    return begin, now if incident.recovered is None else incident.recovered


def _compared(series: InstanceSeries, begin: float, end: float) -> Iterator[Compared]:
    before = [each for each in series.points if begin - AROUND <= each.at < begin]
    during = [each for each in series.points if begin <= each.at <= end]
    after = [each for each in series.points if end < each.at <= end + AROUND]
    place = f"{series.service}:{series.slot}"
    for figure, value in _FIGURES.items():
        yield Compared(place, figure, *(_most(part, value) for part in (before, during, after)))


def _most(points: Iterable[SeriesPoint], value: Callable[[SeriesPoint], float]) -> float | None:
    """The greatest value of those points in which it was measured."""
    return max((value(each) for each in points if each.memory or each.probes), default=None)


_FIGURES: Final[dict[str, Callable[[SeriesPoint], float]]] = {
    "memory": lambda point: point.memory,
    "cpu": lambda point: point.cpu,
    "descriptors": lambda point: point.descriptors,
    "answers": lambda point: point.probe_seconds,
    "failed": lambda point: point.probes_failed,
}
