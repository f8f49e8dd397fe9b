"""What a catalogue entry is made of.

Nothing here computes: a figure has one definition, the view in `sql/views` of the same name.
"""

from dataclasses import dataclass
from enum import StrEnum

from boxoffice.metrics.labels import LABELS, Label


class Unit(StrEnum):
    """What a value counts, and with it the type that readers deliver."""

    TEXT = "text"
    DATE = "date"
    """`datetime.date`"""
    MOMENT = "moment"
    """`datetime.datetime`, wall clock in Seoul, without a zone"""
    MONTH = "month"
    """text `YYYY-MM`"""
    IDENTIFIER = "identifier"
    """whole number that only names something"""
    NUMBER = "number"
    """whole number"""
    SEATS = "seats"
    """whole number; seats and tickets are the same thing counted before and after the sale"""
    SHOWS = "shows"
    """whole number"""
    WON = "won"
    """whole won"""
    PRICE = "price"
    """won per ticket, exact decimal"""
    FORECAST = "forecast seats"
    """seats, exact decimal, not rounded"""
    RATIO = "ratio"
    """exact decimal, 1 = all of it"""
    PER_CENT = "per cent"
    """exact decimal, 100 = all of it"""
    FLAG = "flag"
    """true or false"""


class DataAsOf(StrEnum):
    """What a row's figures are as of: whose newest snapshot, if any."""

    PERFORMANCE = "performance"
    """the newest snapshot of the row's performance, at most a day after the judged one"""
    ALL = "all"
    """the newest snapshot of each performance together: from the oldest to the newest of them"""
    PLAN = "plan"
    """no snapshot: plans, as they are stored now"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a metric's rows, named as in its view."""

    name: str
    unit: Unit

    @property
    def label(self) -> Label:
        """What people read above it."""
        return LABELS[self.name]


# Each stands once, in the catalogue: looked up by identity, they cost a cache no time.
@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric: a view, what its rows are, and how they come about."""

    slug: str
    """Its name everywhere: URL, documentation, `view`."""
    title_ko: str
    title_en: str
    key: tuple[str, ...]
    """The grain: the columns that tell rows apart; no columns when there is one row only.
    Also the order rows are read in."""
    formula: str
    changed: str
    """What the former server showed instead and why that was wrong, with the numbers of
    docs/reference/boxoffice-defects.md; "" where figures are the same."""
    columns: tuple[Column, ...]
    data_as_of: DataAsOf = DataAsOf.PERFORMANCE
    not_additive: str = ""
    """Why rows must not be added up; "" where they may."""

    def __post_init__(self) -> None:
        unknown = set(self.key) - {column.name for column in self.columns}
        if unknown:
            raise ValueError(f'cannot define metric "{self.slug}": its key {unknown} is no column')

    @property
    def view(self) -> str:
        """The view that computes it, a file of that name in `sql/views/30_marts`."""
        return self.slug


def text(*names: str) -> tuple[Column, ...]:
    """Columns of text."""
    return _columns(Unit.TEXT, names)


def day(*names: str) -> tuple[Column, ...]:
    """Columns of dates."""
    return _columns(Unit.DATE, names)


def moment(*names: str) -> tuple[Column, ...]:
    """Columns of dates with a time."""
    return _columns(Unit.MOMENT, names)


def month(*names: str) -> tuple[Column, ...]:
    """Columns of months."""
    return _columns(Unit.MONTH, names)


def identifier(*names: str) -> tuple[Column, ...]:
    """Columns of identifiers."""
    return _columns(Unit.IDENTIFIER, names)


def number(*names: str) -> tuple[Column, ...]:
    """Columns of whole numbers that count nothing below."""
    return _columns(Unit.NUMBER, names)


def seats(*names: str) -> tuple[Column, ...]:
    """Columns of seats or tickets."""
    return _columns(Unit.SEATS, names)


def shows(*names: str) -> tuple[Column, ...]:
    """Columns that count shows."""
    return _columns(Unit.SHOWS, names)


def won(*names: str) -> tuple[Column, ...]:
    """Columns of money."""
    return _columns(Unit.WON, names)


def price(*names: str) -> tuple[Column, ...]:
    """Columns of ticket prices."""
    return _columns(Unit.PRICE, names)


def forecast(*names: str) -> tuple[Column, ...]:
    """Columns of seats not sold yet."""
    return _columns(Unit.FORECAST, names)


def ratio(*names: str) -> tuple[Column, ...]:
    """Columns of parts of a whole."""
    return _columns(Unit.RATIO, names)


def per_cent(*names: str) -> tuple[Column, ...]:
    """Columns of shares in per cent."""
    return _columns(Unit.PER_CENT, names)


def flag(*names: str) -> tuple[Column, ...]:
    """Columns that are true or false."""
    return _columns(Unit.FLAG, names)


def _columns(unit: Unit, names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(name, unit) for name in names)


PERFORMANCE = text("performance_code", "title")
"""Every row of a metric about performances says which one it is."""

MARKETING = text("sales_marketing", "promotion", "other_notes")

SHOW = (
    *identifier("show_sale_id", "snapshot_id"),
    *moment("show_at"),
    *text("cast_label"),
    *won("paid_amount"),
    *seats("paid_seats", "paid_seats_vip", "paid_seats_r", "paid_seats_s", "paid_seats_a"),
    *seats("paid_restricted_a", "paid_restricted_r", "paid_restricted_s", "paid_wheelchair"),
    *seats("invited_seats"),
    *seats("invited_seats_vip", "invited_seats_r", "invited_seats_s", "invited_seats_a"),
    *seats("invited_restricted_a", "invited_restricted_r", "invited_restricted_s"),
    *seats("invited_wheelchair"),
    *per_cent("deposit_occupancy_pct", "paid_occupancy_pct", "free_occupancy_pct"),
)
"""A show as the newest snapshot has it."""

SHOWS_CHANGED = (
    "Shares were rounded to whole per cents at import, and averaged after that (U10); a show with "
    "a zero in it (nothing sold, nobody invited) was dropped (U7)."
)
"""Why every figure made of shows differs."""

SHOW_ROWS_CHANGED = (
    f'{SHOWS_CHANGED} An empty cast cell was the actor "null" (U8), and invited restricted-view '
    "and wheelchair seats were never stored (U9)."
)
"""Why rows that are shows differ."""
