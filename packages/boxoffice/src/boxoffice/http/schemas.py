"""What answers hold, for the OpenAPI document. Names and types only: answers are made where they
are read, and a generated test holds each to its schema.
"""
# ruff: noqa: N815 - names of the wire

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from boxoffice.domain.categories import Category
from boxoffice.planning.drafts import SeatClass
from boxoffice.planning.fields import Day


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DatabaseHealth(_Schema):
    """The database: `ok` with its latency, `schema_outdated` with it, or `error` and which."""

    status: Literal["ok", "schema_outdated", "error"]
    latencyMs: float = 0
    error: str = ""


class Health(_Schema):
    """The process and its database."""

    status: Literal["ok", "degraded"]
    timestamp: datetime
    uptime: float
    version: str
    database: DatabaseHealth


class Readiness(_Schema):
    """Whether requests may come."""

    status: Literal["ready", "unready"]
    database: DatabaseHealth


Figure = str | int | float | bool | None
FormerRow = dict[str, Figure]
"""A row of a metric under its former names."""


class FormerSummary(_Schema):
    """Rows of three metrics under their former names."""

    weeklyOverview: list[FormerRow]
    dailyDetails: list[FormerRow]
    occupancyRate: list[FormerRow]
    timestamp: datetime


class MetricColumn(_Schema):
    """A column of a metric's rows."""

    name: str
    label: str
    """What people read above it, in their language."""
    unit: str


class MetricDescription(_Schema):
    """A metric: what its rows are and how they come about."""

    metric: str
    title: str
    grain: list[str]
    formula: str
    changed: str
    view: str
    ageOf: Literal["performance", "all", "plan"]
    """Whose newest snapshots say how old a row is; plans have none."""
    notAdditive: str
    """Why rows must not be added up, empty where they may."""
    columns: list[MetricColumn]


class MetricList(_Schema):
    """All metrics; there is one page."""

    items: list[MetricDescription]
    nextCursor: str | None


class MetricPage(MetricDescription):
    """Rows of a metric: objects with the columns named."""

    asOf: date
    dataAsOf: dict[str, date | None]
    """Record date of the newest snapshot by performance."""
    items: list[dict[str, Figure]]
    nextCursor: str | None


class _Texts(_Schema):
    salesMarketing: str | None
    promotion: str | None
    otherNotes: str | None


class FormerPerformance(_Schema):
    """A performance in the former server's words."""

    category: str
    liveId: str
    liveName: str
    isLive: bool
    location: str | None
    showStartDate: date
    showEndDate: date
    saleStartDate: date | None
    saleEndDate: date | None
    targetShare: float | None
    bep: int | None
    showTotalSeatNumber: int | None
    latestRecordDate: date | None


class FormerPerformanceList(_Schema):
    """All performances."""

    asOf: date
    items: list[FormerPerformance]


class Performance(_Schema):
    """A performance. Money in won, occupancy in per cent, seats of one show."""

    code: str
    category: Category
    categoryLabel: str
    title: str
    isActive: bool
    venue: str | None
    showStartDate: date
    showEndDate: date
    saleStartDate: date | None
    saleEndDate: date | None
    runningMinutes: int | None
    targetOccupancyPct: float | None
    breakEvenAmount: int | None
    seatsPerShow: int | None
    previewEndDate: date | None
    concertAt: datetime | None
    quarantineUploads: bool
    seatClasses: dict[SeatClass, int]


class PerformanceList(_Schema):
    """A page of performances."""

    items: list[Performance]
    nextCursor: str | None


class Target(_Schema):
    """Won of a day."""

    date: Day
    amount: int


class OrphanedWeek(_Texts):
    """Texts of a week that the sale has no more."""

    weekStart: date


class CutOff(_Schema):
    """What a moved sale has no place for."""

    targets: list[Target]
    marketingWeeks: list[OrphanedWeek]


class ChangedPerformance(_Schema):
    """A performance after a change."""

    performance: Performance
    cutOff: CutOff


class Freshness(_Schema):
    """How old the figures of a performance are."""

    code: str
    title: str
    latestRecordDate: date | None
    weekday: str | None
    daysOld: int | None


class FreshnessList(_Schema):
    """All running performances."""

    asOf: date
    items: list[Freshness]
    nextCursor: str | None


class WeekSum(_Schema):
    """Won of a week."""

    weekStart: date
    amount: int


class MonthSum(_Schema):
    """Won of a month."""

    month: str
    amount: int


class Targets(_Schema):
    """All targets of a performance."""

    code: str
    saleStartDate: date | None
    saleEndDate: date | None
    totalAmount: int
    weeks: list[WeekSum]
    months: list[MonthSum]
    items: list[Target]
    nextCursor: str | None


class TargetChange(_Schema):
    """What becomes of the target of a day; null is no target."""

    date: Day
    before: int | None
    after: int | None


class TargetChanges(_Schema):
    """The days whose targets change."""

    preview: bool
    totalBefore: int
    totalAfter: int
    items: list[TargetChange]
    nextCursor: str | None


class MarketingWeek(_Texts):
    """A week of the sale."""

    weekNumber: int
    weekStart: date
    weekEnd: date


class MarketingWeeks(_Schema):
    """The marketing calendar of a performance."""

    code: str
    items: list[MarketingWeek]
    orphaned: list[OrphanedWeek]
    nextCursor: str | None


class MonthNote(_Schema):
    """The note on a month."""

    year: int
    month: int
    note: str | None


class MonthNotes(_Schema):
    """The notes of a year."""

    year: int
    items: list[MonthNote]
    nextCursor: str | None


class CalendarNote(_Schema):
    """Notes on a day of a performance."""

    date: Day
    code: str
    title: str
    noteSales: str | None
    noteMarketing: str | None
    noteOthers: str | None


class CalendarNotes(_Schema):
    """A page of notes."""

    items: list[CalendarNote]
    nextCursor: str | None


class FormerUpload(_Schema):
    """An upload in the former server's words."""

    id: int
    fileName: str
    recordDate: date
    uploadBy: str
    uploadDate: datetime
    isSavedFile: bool
    deleteDate: datetime | None


class FormerUploads(_Schema):
    """Uploads that count, and those that do not any more."""

    activeUploads: list[FormerUpload]
    deletedUploads: list[FormerUpload]


class FormerFreshness(_Schema):
    """The newest record date of a performance."""

    liveName: str
    uploadDate: date | None
    dayOfWeek: str | None


class FormerHistory(_Schema):
    """Running performances, newest first."""

    uploadHistory: list[FormerFreshness]
