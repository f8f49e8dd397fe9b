"""Weeks run from Monday to Sunday everywhere (ISO 8601, and `date_trunc('week')`)."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """Seven days, `start` a Monday."""

    start: date

    @property
    def end(self) -> date:
        """The Sunday."""
        return self.start + timedelta(days=6)

    def shifted(self, weeks: int) -> "Week":
        """The week so many weeks later (earlier when negative)."""
        return Week(self.start + timedelta(weeks=weeks))


def monday(day: date) -> date:
    """The Monday on or before `day`."""
    return day - timedelta(days=day.weekday())


def week_of(day: date) -> Week:
    """The week `day` lies in."""
    return Week(monday(day))
