"""A season as `meta.json` describes it: performances, their plans, and the workbooks to upload.

The names in the file are the former server's; here they are ours. Errors of all fields come at
once, each with its place in the file (`pydantic.ValidationError`).
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from boxoffice.domain.categories import Category
from boxoffice.planning.sale_weeks import SaleWeek, sale_weeks

SEAT_FIELDS: Mapping[str, str] = {
    name: f"concert_seats_{name}" for name in ("vip", "r", "s", "a", "b")
}
"""Seat class -> the field of a performance that gives a concert's seats of that class."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class MarketingTexts(_Part):
    """What marketing plans for one week; an empty text stays empty."""

    sales_marketing: str | None = Field(None, alias="salesMarketing")
    promotion: str | None = None
    other_notes: str | None = Field(None, alias="etc")


class Performance(_Part):
    """A performance with its plans. Money in won, occupancy in per cent, seats of one show."""

    code: str = Field(alias="liveId", pattern=r"^[A-Za-z0-9-]{1,32}$")
    category: Annotated[Category, BeforeValidator(Category.from_label)]
    is_active: bool = Field(True, alias="isLive")
    title: str = Field(alias="liveName", min_length=1)
    venue: str | None = Field(None, alias="location")
    show_start_date: date = Field(alias="showStartDate")
    show_end_date: date = Field(alias="showEndDate")
    sale_start_date: date | None = Field(None, alias="saleStartDate")
    sale_end_date: date | None = Field(None, alias="saleEndDate")
    running_minutes: int | None = Field(None, alias="runningTime", ge=0)
    target_occupancy_pct: Decimal | None = Field(None, alias="targetShare", ge=0, decimal_places=1)
    break_even_amount: int | None = Field(None, alias="bep")
    seats_per_show: int | None = Field(None, alias="showTotalSeatNumber", ge=0)
    preview_end_date: date | None = Field(None, alias="previewEndingDate")
    concert_at: datetime | None = Field(None, alias="concertDateTime")
    """Wall clock in Seoul."""
    concert_seats_vip: int | None = Field(None, alias="concertSeatNumberVip", ge=0)
    concert_seats_r: int | None = Field(None, alias="concertSeatNumberR", ge=0)
    concert_seats_s: int | None = Field(None, alias="concertSeatNumberS", ge=0)
    concert_seats_a: int | None = Field(None, alias="concertSeatNumberA", ge=0)
    concert_seats_b: int | None = Field(None, alias="concertSeatNumberB", ge=0)
    targets: Mapping[date, int] = {}
    """Won by sales day."""
    marketing: tuple[MarketingTexts, ...] = ()
    """By calendar week of the sale, the first one first; see `marketing_weeks`."""

    def seat_classes(self) -> Mapping[str, int]:
        """Seats of one show by class, as far as they are given."""
        given = {name: getattr(self, field) for name, field in SEAT_FIELDS.items()}
        return {name: seats for name, seats in given.items() if seats is not None}

    @model_validator(mode="after")
    def _ends_after_start(self) -> "Performance":
        if self.show_end_date < self.show_start_date:
            raise ValueError(
                f'showEndDate "{self.show_end_date}" is before showStartDate '
                f'"{self.show_start_date}"'
            )
        return self

    def marketing_weeks(self) -> Iterator[tuple[SaleWeek, MarketingTexts]]:
        """Each week of the sale with its texts; texts beyond the end of the sale are dropped."""
        if self.sale_start_date is None or self.sale_end_date is None:
            return iter(())
        weeks = sale_weeks(self.sale_start_date, self.sale_end_date)
        return zip(weeks, self.marketing, strict=False)


class MonthNote(_Part):
    """A remark on one calendar month."""

    year: int
    month: int = Field(ge=1, le=12)
    note: str | None = Field(None, alias="etc")


class WorkbookFile(_Part):
    """One workbook, in the order they were sent."""

    file: str = Field(min_length=1, pattern=r"^[^/\\]+$")
    code: str = Field(alias="liveId")
    title: str = Field(alias="liveName")


class Season(_Part):
    """Everything `meta.json` says that has a place here; users have not yet."""

    as_of: date | None = None
    """The day the workbooks are judged by."""
    performances: tuple[Performance, ...] = Field((), alias="shows")
    uploads: tuple[WorkbookFile, ...] = ()
    month_notes: tuple[MonthNote, ...] = Field((), alias="monthly_etc")
