"""What a workbook says: tickets by sales day, and by show.

Counts are whole tickets and may be negative on a day of refunds. A class that the workbook has no
column for is absent from `classes`, which is not the same as 0. `source_row` is the row of the
sheet (or line of the CSV file) that every figure of the record comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from boxoffice.workbook.seats import SeatClass

Classes = Mapping[SeatClass, int]


@dataclass(frozen=True, slots=True)
class PlayDay:
    """Deposited tickets and won of one sales day of a play or musical."""

    source_row: int
    sales_date: date
    amount: int
    seats: int
    classes: Classes


@dataclass(frozen=True, slots=True)
class PlayShow:
    """One show of a play or musical. Shares are per cent with 4 decimals; money is won."""

    source_row: int
    show_at: datetime
    """Wall clock in Seoul, without a zone."""
    cast: tuple[str, ...]
    paid_amount: int
    paid_seats: int
    paid_classes: Classes
    invited_seats: int
    invited_classes: Classes
    deposit_occupancy_pct: Decimal
    paid_occupancy_pct: Decimal
    free_occupancy_pct: Decimal


@dataclass(frozen=True, slots=True)
class ConcertDay:
    """Paid and complimentary tickets of one sales day of a concert, and the won paid."""

    source_row: int
    sales_date: date
    amount: int
    paid_seats: int
    invited_seats: int


@dataclass(frozen=True, slots=True)
class ConcertShow:
    """One night of a concert."""

    source_row: int
    show_at: datetime
    """Wall clock in Seoul, without a zone."""
    paid_seats: int
    paid_classes: Classes
    invited_seats: int
    invited_classes: Classes


@dataclass(frozen=True, slots=True)
class PlaySales:
    """Everything one workbook of a play or musical says."""

    daily: tuple[PlayDay, ...]
    shows: tuple[PlayShow, ...]


@dataclass(frozen=True, slots=True)
class ConcertSales:
    """Everything one workbook of a concert says."""

    daily: tuple[ConcertDay, ...]
    shows: tuple[ConcertShow, ...]


Sales = PlaySales | ConcertSales
