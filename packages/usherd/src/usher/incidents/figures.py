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
    """One figure of one instance; None: not measured."""

    place: str
    """"service:slot"."""
    figure: str
    """memory (bytes), cpu (per cent of a core), answers (s), descriptors: the greatest value;
    failed (answers): all together."""
    before: float | None
    during: float | None
    after: float | None


def window(incident: Incident, now: float) -> tuple[float, float]:
    """Return the time of which the figures are needed."""
    begin, end = _lasted(incident, now)
    return begin - AROUND, end + AROUND


def compared(incident: Incident, series: Iterable[InstanceSeries], now: float) -> list[Compared]:
    """Compare what was measured of the instances that it reached.

    Before is what was before the first sign, whenever it was last known to be well.
    """
    return [
        found
        for each in series
        for found in _compared(each, *_lasted(incident, now))
        if (found.before, found.during, found.after) != (None, None, None)
    ]


def _lasted(incident: Incident, now: float) -> tuple[float, float]:
    return incident.occurred.at, now if incident.recovered is None else incident.recovered


def _compared(series: InstanceSeries, begin: float, end: float) -> Iterator[Compared]:
    before = [each for each in series.points if begin - AROUND <= each.at < begin]
    during = [each for each in series.points if begin <= each.at <= end]
    after = [each for each in series.points if end < each.at <= end + AROUND]
    place = f"{series.service}:{series.slot}"
    for figure in _FIGURES:
        yield Compared(place, figure, *(_figure(part, figure) for part in (before, during, after)))


def _figure(points: Iterable[SeriesPoint], figure: str) -> float | None:
    """One figure of some points; of failed answers all count, of others the greatest."""
    value, is_measured = _FIGURES[figure]
    values = [value(each) for each in points if is_measured(each)]
    if not values:
        return None
    return sum(values) if figure == "failed" else max(values)


_Read = Callable[[SeriesPoint], float]

_FIGURES: Final[dict[str, tuple[_Read, _Read]]] = {
    "memory": (lambda point: point.memory, lambda point: point.memory),
    "cpu": (lambda point: point.cpu, lambda point: point.memory),
    "descriptors": (lambda point: point.descriptors, lambda point: point.memory),
    "answers": (lambda point: point.probe_seconds, lambda point: point.probes),
    "failed": (lambda point: point.probes_failed, lambda point: point.probes),
}
"""Figure -> its value, and what is not 0 where it was measured: a point may be of answers alone."""
