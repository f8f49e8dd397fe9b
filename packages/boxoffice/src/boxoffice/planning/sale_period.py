"""What becomes of the plans of a performance when its days of sale move. Pure.

Nothing is lost without a word: targets of days that are cut off are archived, texts of weeks that
are cut off are kept apart until somebody says that they may go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from boxoffice.domain.weeks import monday
from boxoffice.planning.sale_weeks import SaleWeek, sale_weeks
from boxoffice.planning.spread import days


@dataclass(frozen=True, slots=True)
class SalePeriod:
    """From the first to the last day of sale; the last one is not before the first."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def weeks(self) -> tuple[SaleWeek, ...]:
        """Its calendar weeks, the first and the last one cut."""
        return tuple(sale_weeks(self.first, self.last))


@dataclass(frozen=True, slots=True)
class WeekTexts:
    """What marketing plans for one week."""

    sales_marketing: str | None = None
    promotion: str | None = None
    other_notes: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether anybody would miss it."""
        return any((self.sales_marketing, self.promotion, self.other_notes))


@dataclass(frozen=True, slots=True)
class MovedTargets:
    """Targets of every day of the period (0 where there was none), and what was cut off."""

    targets: Mapping[date, int]
    cut_off: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class MovedWeeks:
    """Texts of every week of the period, and those of weeks that it has no more, by Monday."""

    weeks: Mapping[SaleWeek, WeekTexts]
    orphaned: Mapping[date, WeekTexts]


def move_targets(period: SalePeriod, targets: Mapping[date, int]) -> MovedTargets:
    """Targets keep their day."""
    return MovedTargets(
        {day: targets.get(day, 0) for day in days(period.first, period.last)},
        {day: amount for day, amount in targets.items() if day not in period},
    )


def move_weeks(period: SalePeriod, weeks: Iterable[tuple[date, WeekTexts]]) -> MovedWeeks:
    """Texts keep their calendar week, whatever its number in the sale; weeks by any of their days.

    Two texts of one calendar week: the later one stands.
    """
    by_monday = {monday(day): texts for day, texts in weeks}
    there = {monday(week.start) for week in period.weeks}
    return MovedWeeks(
        {week: by_monday.get(monday(week.start), WeekTexts()) for week in period.weeks},
        {
            start: texts
            for start, texts in by_monday.items()
            if start not in there and texts.says_something
        },
    )
