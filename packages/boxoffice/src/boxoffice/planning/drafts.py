"""What people send to be planned. Fields that nobody may set do not exist here, and a field that
is not known is refused: nothing is assigned because it happened to be in a body.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from boxoffice.domain.weeks import week_of
from boxoffice.planning.fields import (
    Code,
    Day,
    Flag,
    Kind,
    Minutes,
    Moment,
    Note,
    PerCent,
    Seats,
    Title,
    Won,
)
from boxoffice.planning.sale_period import SalePeriod

SeatClass = Literal[
    "vip", "r", "s", "a", "b", "restricted_r", "restricted_s", "restricted_a", "wheelchair"
]


class Draft(BaseModel):
    """A body; on the wire its names are written as in JavaScript."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class PerformanceDraft(Draft):
    """A performance. Money in won, occupancy in per cent, seats of one show."""

    code: Code
    category: Kind
    title: Title
    is_active: Flag = True
    venue: Title | None = None
    show_start_date: Day
    show_end_date: Day
    sale_start_date: Day | None = None
    sale_end_date: Day | None = None
    running_minutes: Minutes | None = None
    target_occupancy_pct: PerCent | None = None
    break_even_amount: Won | None = None
    seats_per_show: Seats | None = None
    preview_end_date: Day | None = None
    concert_at: Moment | None = None
    """Wall clock in Seoul."""
    quarantine_uploads: Flag = False
    """Suspicious uploads wait until somebody releases them."""
    seat_classes: Mapping[SeatClass, Seats] = {}

    @property
    def sale_period(self) -> SalePeriod | None:
        """When it is sold; None as long as either end is open."""
        if self.sale_start_date is None or self.sale_end_date is None:
            return None
        return SalePeriod(self.sale_start_date, self.sale_end_date)

    @model_validator(mode="after")
    def _ends_after_start(self) -> "PerformanceDraft":
        for what in ("show", "sale"):
            start: date | None = getattr(self, f"{what}_start_date")
            end: date | None = getattr(self, f"{what}_end_date")
            if start and end and end < start:
                raise ValueError(f'{what}_end_date "{end}" is before {what}_start_date "{start}"')
        return self


class PerformanceChange(Draft):
    """Fields of a performance to change; the others stay. Null empties a field that may be empty.

    Only the field itself is judged here: what it does to the others, when all of them are known.
    """

    category: Kind | None = None
    title: Title | None = None
    is_active: Flag | None = None
    venue: Title | None = None
    show_start_date: Day | None = None
    show_end_date: Day | None = None
    sale_start_date: Day | None = None
    sale_end_date: Day | None = None
    running_minutes: Minutes | None = None
    target_occupancy_pct: PerCent | None = None
    break_even_amount: Won | None = None
    seats_per_show: Seats | None = None
    preview_end_date: Day | None = None
    concert_at: Moment | None = None
    quarantine_uploads: Flag | None = None
    seat_classes: Mapping[SeatClass, Seats] | None = None


class TargetEntry(Draft):
    """The target of one day."""

    date: Day
    amount: Won


class TargetsDraft(Draft):
    """All targets of a performance: days that are not named have none."""

    items: tuple[TargetEntry, ...] = Field(max_length=5000)

    @model_validator(mode="after")
    def _days_once(self) -> "TargetsDraft":
        seen: set[date] = set()
        for entry in self.items:
            if entry.date in seen:
                raise ValueError(f"{entry.date} stands in it twice")
            seen.add(entry.date)
        return self

    @property
    def amounts(self) -> Mapping[date, int]:
        """Won by day."""
        return {entry.date: entry.amount for entry in self.items}


class Even(Draft):
    """All days alike."""

    kind: Literal["even"] = "even"


class ByWeekday(Draft):
    """Seven weights, Monday's first."""

    kind: Literal["weekdays"]
    weights: Annotated[
        tuple[Annotated[int, Field(ge=0, le=10_000, strict=True)], ...],
        Field(min_length=7, max_length=7),
    ]


class Like(Draft):
    """As another performance sold from its first to its last day."""

    kind: Literal["like"]
    code: Code


Shape = Annotated[Even | ByWeekday | Like, Field(discriminator="kind")]


class SpreadPart(Draft):
    """Won for the days of the sale in a week, in a month or between two days; else in all."""

    amount: Won
    week_of: Day | None = None
    month: Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")] | None = None
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _one_way(self) -> "SpreadPart":
        ways = (self.week_of, self.month, self.first or self.last)
        if sum(way is not None for way in ways) > 1:
            raise ValueError("give week_of, or month, or from and to")
        return self

    def within(self, sale: SalePeriod) -> SalePeriod | None:
        """Its days of the sale; None where it has none."""
        first, last = self._asked(sale)
        first, last = max(first, sale.first), min(last, sale.last)
        return SalePeriod(first, last) if first <= last else None

    def _asked(self, sale: SalePeriod) -> tuple[date, date]:
        if self.week_of is not None:
            week = week_of(self.week_of)
            return week.start, week.end
        if self.month is not None:
            start = date.fromisoformat(f"{self.month}-01")
            following = (start + timedelta(days=31)).replace(day=1)
            return start, following - timedelta(days=1)
        return self.first or sale.first, self.last or sale.last


class SpreadDraft(Draft):
    """Totals to be spread over days by a shape; days outside the parts keep their targets."""

    parts: tuple[SpreadPart, ...] = Field(min_length=1, max_length=200)
    shape: Shape = Even()


class WeekDraft(Draft):
    """Marketing texts of one week of the sale."""

    week_start: Day
    sales_marketing: Note | None = None
    promotion: Note | None = None
    other_notes: Note | None = None


class MarketingDraft(Draft):
    """The marketing texts of all weeks: weeks that are not named have none."""

    items: tuple[WeekDraft, ...] = Field(max_length=600)


class MonthNoteDraft(Draft):
    """The remark on a month."""

    note: Note | None


class CalendarNoteDraft(Draft):
    """Notes on a day of a performance."""

    note_sales: Note | None = None
    note_marketing: Note | None = None
    note_others: Note | None = None
