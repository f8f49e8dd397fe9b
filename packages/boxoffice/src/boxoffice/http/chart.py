"""The chart's geometry: running sales against running targets, week by week. Pure.

The template draws what stands here; nothing is computed there. Coordinates are SVG user units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from boxoffice.http.language import Language
from boxoffice.http.wording import month, short_won
from boxoffice.metrics.season import SeasonWeek

_STEPS = (1, 2, 5, 10)
_MOST_TICKS = 5
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Frame:
    """Size of a drawing and its margins; a phone gets a drawing of its own, with readable text."""

    name: str
    width: int
    height: int
    left: int
    months_between_labels: int

    top: int = 16
    right: int = 16
    bottom: int = 28


WIDE = Frame("wide", 1040, 340, left=84, months_between_labels=1)
NARROW = Frame("narrow", 360, 260, left=70, months_between_labels=2)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    position: float
    label: str


@dataclass(frozen=True)
class Point:
    """A place in the drawing."""

    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """One drawing of the chart, ready for the template."""

    frame: Frame
    sales: str
    """Points of the sales line, up to the end of the judged day."""
    sales_area: str
    target: str
    """Points of the target line, over all weeks."""
    end: Point | None
    """Where the sales line ends."""
    today: float | None
    """Where the judged day ends, None outside the weeks."""
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]

    @property
    def floor(self) -> int:
        """The line of 0 won."""
        return self.frame.height - self.frame.bottom


def draw(
    weeks: Sequence[SeasonWeek], as_of: date, frame: Frame, language: Language
) -> Drawing | None:
    """The chart of weeks in their order; None where there are none."""
    if not weeks:
        return None
    scale = _Scale(frame, weeks)
    first, end = weeks[0].week_start, weeks[-1].week_start + _WEEK
    origin = scale.point(first, 0)
    # A running sum is reached at the end of its week; that of the judged week on the judged day.
    sales = [
        scale.point(min(w.week_start + _WEEK, as_of + _DAY), w.running_amount)
        for w in weeks
        if w.week_start <= as_of
    ]
    target = [scale.point(w.week_start + _WEEK, w.running_target_amount) for w in weeks]
    return Drawing(
        frame=frame,
        sales=_points([origin, *sales]),
        sales_area=_points([origin, *sales, Point(sales[-1].x, scale.floor)] if sales else []),
        target=_points([origin, *target]),
        end=sales[-1] if sales else None,
        today=scale.x(as_of + _DAY) if first <= as_of < end else None,
        rows=tuple(Tick(scale.y(v), short_won(v, language)) for v in scale.amounts),
        columns=tuple(
            Tick(scale.x(d), month(d, language))
            for d in _months(first, end)
            if (d.month - 1) % frame.months_between_labels == 0
        ),
    )


class _Scale:
    """Days to the right, won upwards."""

    def __init__(self, frame: Frame, weeks: Sequence[SeasonWeek]) -> None:
        highest = max(max(w.running_amount, w.running_target_amount) for w in weeks)
        self.amounts = _round_amounts(highest)
        self._frame = frame
        self._first = weeks[0].week_start
        self._days = (weeks[-1].week_start + _WEEK - self._first).days
        self.floor = frame.height - frame.bottom

    def x(self, day: date) -> float:
        width = self._frame.width - self._frame.left - self._frame.right
        return round(self._frame.left + width * (day - self._first).days / self._days, 1)

    def y(self, amount: int) -> float:
        height = self.floor - self._frame.top
        return round(self.floor - height * amount / self.amounts[-1], 1)

    def point(self, day: date, amount: int) -> Point:
        return Point(self.x(day), self.y(amount))


def _round_amounts(highest: int) -> list[int]:
    """0 and round amounts above it, the last one at least `highest`; at most six in all."""
    magnitude = 1
    while True:
        for step in _STEPS:
            size = step * magnitude
            count = -(-highest // size) or 1
            if count <= _MOST_TICKS:
                return [size * n for n in range(count + 1)]
        magnitude *= 10


def _months(first: date, last: date) -> list[date]:
    """Days on which a month begins between the two."""
    starts: list[date] = []
    day = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
    while day <= last:
        starts.append(day)
        day = (day + timedelta(days=31)).replace(day=1)
    return starts


def _points(line: Sequence[Point]) -> str:
    return " ".join(f"{point.x},{point.y}" for point in line)
