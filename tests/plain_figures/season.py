"""What a season holds: performances with all their snapshots and plans."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

Value = str | int | Decimal | Fraction | bool | date | datetime | None
Row = dict[str, Value]
"""A fraction stands for a value that is not rounded."""

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
CONCERT_CLASSES: tuple[str, ...] = ("vip", "r", "s", "a", "b")


@dataclass(frozen=True)
class Day:
    """Tickets sold on one day; `invited` of concerts only."""

    date: date
    amount: int
    seats: int
    invited: int = 0


@dataclass(frozen=True)
class Show:
    """One showing. Amount, cast and shares are of plays; `classes` by column (`paid_seats_r`)."""

    at: datetime
    paid: int
    invited: int
    amount: int = 0
    cast: tuple[str, ...] = ()
    deposit_pct: Decimal = Decimal(0)
    paid_pct: Decimal = Decimal(0)
    free_pct: Decimal = Decimal(0)
    classes: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class Snapshot:
    """One workbook: everything sold by `record_date`; replaced and deleted ones do not count."""

    record_date: date
    days: tuple[Day, ...] = ()
    shows: tuple[Show, ...] = ()
    status: str = "active"


@dataclass(frozen=True)
class Plan:
    """Marketing of one week of the sale."""

    number: int
    start: date
    end: date
    sales_marketing: str | None = None
    promotion: str | None = None
    other_notes: str | None = None

    @property
    def texts(self) -> Row:
        return {
            "sales_marketing": self.sales_marketing,
            "promotion": self.promotion,
            "other_notes": self.other_notes,
        }


@dataclass(frozen=True)
class Performance:
    """A production; `seats` of one show, `class_seats` of a concert's classes."""

    code: str
    category: str = "play"
    title: str = ""
    is_active: bool = True
    venue: str | None = None
    show_start: date = date(2025, 6, 1)
    show_end: date = date(2025, 7, 31)
    sale_start: date | None = None
    sale_end: date | None = None
    target_pct: Decimal | None = None
    break_even: int | None = None
    seats: int | None = None
    class_seats: Mapping[str, int] = field(default_factory=dict[str, int])
    snapshots: tuple[Snapshot, ...] = ()
    targets: Mapping[date, int] = field(default_factory=dict[date, int])
    plans: tuple[Plan, ...] = ()

    @property
    def is_concert(self) -> bool:
        return self.category == "concert"

    @property
    def name(self) -> Row:
        """What every row of a performance begins with."""
        return {"performance_code": self.code, "title": self.title}

    def latest(self, as_of: date) -> Snapshot | None:
        """The newest snapshot that counts: a workbook may be dated one day ahead."""
        known = [s for s in self.snapshots if s.status == "active" and s.record_date <= as_of + DAY]
        return max(known, key=lambda s: s.record_date, default=None)

    def record_date(self, as_of: date) -> date | None:
        snapshot = self.latest(as_of)
        return snapshot and snapshot.record_date

    def days(self, as_of: date) -> list[Day]:
        snapshot = self.latest(as_of)
        return sorted(snapshot.days, key=lambda d: d.date) if snapshot else []

    def shows(self, as_of: date) -> list[Show]:
        snapshot = self.latest(as_of)
        return sorted(snapshot.shows, key=lambda s: s.at) if snapshot else []

    def target_to_date(self, as_of: date) -> int:
        """Targets up to the record date; 0 while there is none."""
        until = self.record_date(as_of)
        return sum(t for day, t in self.targets.items() if until is not None and day <= until)


@dataclass(frozen=True)
class Season:
    """All performances, and the notes of months by (year, month)."""

    performances: tuple[Performance, ...] = ()
    notes: Mapping[tuple[int, int], str | None] = field(
        default_factory=dict[tuple[int, int], str | None]
    )

    def active(self) -> list[Performance]:
        return sorted((p for p in self.performances if p.is_active), key=lambda p: p.code)

    def plays(self) -> list[Performance]:
        return [p for p in self.active() if not p.is_concert]

    def concerts(self) -> list[Performance]:
        return [p for p in self.active() if p.is_concert]

    def all_plays(self) -> list[Performance]:
        """Finished ones too."""
        return sorted((p for p in self.performances if not p.is_concert), key=lambda p: p.code)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def rounded(value: Fraction | int | None, places: int = 0) -> Decimal | None:
    """Half away from zero."""
    if value is None:
        return None
    scaled = abs(Fraction(value)) * 10**places
    whole = int(scaled + Fraction(1, 2))
    return Decimal(-whole if value < 0 else whole).scaleb(-places)


def won(value: Fraction | int | None) -> int | None:
    """Whole won."""
    whole = rounded(value)
    return None if whole is None else int(whole)


def over(part: Fraction | Decimal | int, whole: Fraction | Decimal | int | None) -> Fraction | None:
    """Exact; NULL over nothing."""
    return Fraction(part) / Fraction(whole) if whole else None


def ratio(part: int, whole: int | Fraction | None) -> Decimal | None:
    """4 decimals."""
    return rounded(over(part, whole), 4)


def mean(values: Iterable[Decimal | int | Fraction]) -> Fraction | None:
    numbers = [Fraction(value) for value in values]
    return over(sum(numbers, Fraction(0)), len(numbers))


def in_weeks(days: Iterable[Day]) -> dict[date, list[Day]]:
    weeks: dict[date, list[Day]] = {}
    for day in days:
        weeks.setdefault(monday(day.date), []).append(day)
    return weeks


def shows_in_weeks(shows: Iterable[Show]) -> dict[date, list[Show]]:
    weeks: dict[date, list[Show]] = {}
    for show in shows:
        weeks.setdefault(monday(show.at.date()), []).append(show)
    return weeks


def marketing(performance: Performance, week: date) -> Row:
    """The texts of the plans that start in the week, joined; texts that say nothing add no line."""
    plans = sorted((p for p in performance.plans if monday(p.start) == week), key=lambda p: p.start)
    row: Row = {}
    for name in ("sales_marketing", "promotion", "other_notes"):
        texts = [getattr(plan, name) for plan in plans]
        spoken = [text for text in texts if text]
        row[name] = "\n".join(spoken) if spoken else ("" if "" in texts else None)
    return row
