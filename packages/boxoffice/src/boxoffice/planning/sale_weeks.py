"""The calendar weeks of a sale period, which marketing plans are written for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from boxoffice.domain.weeks import week_of


@dataclass(frozen=True, slots=True)
class SaleWeek:
    """Part of a calendar week; the first and the last one may be short. `number` begins at 1."""

    number: int
    start: date
    end: date


def sale_weeks(start: date, end: date) -> Iterator[SaleWeek]:
    """The weeks from the first to the last day of the sale, cut at both ends."""
    number, first = 1, start
    while first <= end:
        last = min(week_of(first).end, end)
        yield SaleWeek(number, first, last)
        number, first = number + 1, last + timedelta(days=1)
