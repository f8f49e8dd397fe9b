"""Sales as rows of the database, and the way back: which marker each column comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Table

from boxoffice.db.tables import (
    concert_daily_sale,
    concert_show_sale,
    play_daily_sale,
    play_show_sale,
)
from boxoffice.workbook import CONCERT_BOOK, PLAY_BOOK
from boxoffice.workbook.layout import CAST_PREFIX, DATE_MARKER, TIME_MARKER, SheetLayout
from boxoffice.workbook.rows import ConcertDay, ConcertShow, PlayDay, PlaySales, PlayShow, Sales
from boxoffice.workbook.seats import CONCERT_CLASSES, PLAY_CLASSES, SeatClass

Row = dict[str, Any]
"""Values by column; `source_row` among them, `snapshot_id` not."""
Part = Literal["daily", "shows"]

_CLASS_COLUMNS = {
    SeatClass.VIP: "seats_vip",
    SeatClass.R: "seats_r",
    SeatClass.S: "seats_s",
    SeatClass.A: "seats_a",
    SeatClass.B: "seats_b",
    SeatClass.RESTRICTED_A: "restricted_a",
    SeatClass.RESTRICTED_R: "restricted_r",
    SeatClass.RESTRICTED_S: "restricted_s",
    SeatClass.WHEELCHAIR: "wheelchair",
}


@dataclass(frozen=True, slots=True)
class SheetTable:
    """Where the rows of one sheet are kept."""

    part: Part
    layout: SheetLayout
    table: Table
    key: str
    """Column that tells the rows of one snapshot apart."""
    markers: Mapping[str, tuple[str, ...]]
    """Column -> the markers it is read from: one, but for the moment of a show and its cast."""

    @property
    def columns(self) -> tuple[str, ...]:
        """What a row says, its key first."""
        return (self.key, *(column for column in self.markers if column != self.key))


def sheet_tables(*, is_concert: bool) -> tuple[SheetTable, SheetTable]:
    """The tables of a performance: days, then shows."""
    return _CONCERT_TABLES if is_concert else _PLAY_TABLES


def rows_of(sales: Sales) -> tuple[tuple[SheetTable, list[Row]], tuple[SheetTable, list[Row]]]:
    """Every row of a workbook, with the table it goes into."""
    if isinstance(sales, PlaySales):
        daily, shows = _PLAY_TABLES
        return (daily, [_play_day(d) for d in sales.daily]), (
            shows,
            [_play_show(s) for s in sales.shows],
        )
    daily, shows = _CONCERT_TABLES
    return (daily, [_concert_day(d) for d in sales.daily]), (
        shows,
        [_concert_show(s) for s in sales.shows],
    )


def _play_day(day: PlayDay) -> Row:
    return {
        "source_row": day.source_row,
        "sales_date": day.sales_date,
        "amount": day.amount,
        "seats": day.seats,
        **{_deposit_column(c): day.classes.get(c) for c in _ordered(PLAY_CLASSES)},
    }


def _play_show(show: PlayShow) -> Row:
    return {
        "source_row": show.source_row,
        "show_at": show.show_at,
        "cast_members": list(show.cast),
        "paid_amount": show.paid_amount,
        "paid_seats": show.paid_seats,
        "invited_seats": show.invited_seats,
        "deposit_occupancy_pct": show.deposit_occupancy_pct,
        "paid_occupancy_pct": show.paid_occupancy_pct,
        "free_occupancy_pct": show.free_occupancy_pct,
        **_classes("paid_", show.paid_classes, PLAY_CLASSES),
        **_classes("invited_", show.invited_classes, PLAY_CLASSES),
    }


def _concert_day(day: ConcertDay) -> Row:
    return {
        "source_row": day.source_row,
        "sales_date": day.sales_date,
        "amount": day.amount,
        "paid_seats": day.paid_seats,
        "invited_seats": day.invited_seats,
    }


def _concert_show(show: ConcertShow) -> Row:
    return {
        "source_row": show.source_row,
        "show_at": show.show_at,
        "paid_seats": show.paid_seats,
        "invited_seats": show.invited_seats,
        **_classes("paid_", show.paid_classes, CONCERT_CLASSES),
        **_classes("invited_", show.invited_classes, CONCERT_CLASSES),
    }


def _classes(prefix: str, counts: Mapping[SeatClass, int], known: frozenset[SeatClass]) -> Row:
    """Columns by class; a class the workbook has no column for is NULL."""
    return {prefix + _CLASS_COLUMNS[c]: counts.get(c) for c in _ordered(known)}


def _ordered(classes: frozenset[SeatClass]) -> list[SeatClass]:
    return [seat_class for seat_class in SeatClass if seat_class in classes]


def _deposit_column(seat_class: SeatClass) -> str:
    # The one column whose name does not follow the pattern of the others.
    name = _CLASS_COLUMNS[seat_class]
    return "wheelchair_seats" if seat_class is SeatClass.WHEELCHAIR else name


def _each(markers: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {column: (marker,) for column, marker in markers.items()}


def _class_markers(column: str, family: str, known: frozenset[SeatClass]) -> dict[str, str]:
    return {column + _CLASS_COLUMNS[c]: family + c for c in _ordered(known)}


_PLAY_DAY_MARKERS = {
    "sales_date": DATE_MARKER,
    "amount": "dash_seat_deposit_sales",
    "seats": "dash_seat_deposit_tot",
    **{_deposit_column(c): f"dash_seat_deposit_{c}" for c in _ordered(PLAY_CLASSES)},
}
_PLAY_SHOW_MARKERS = {
    "paid_amount": "dash_seat_paid_sales",
    "paid_seats": "dash_seat_paid_tot",
    "invited_seats": "dash_seat_invite_tot",
    "deposit_occupancy_pct": "dash_share_deposit",
    "paid_occupancy_pct": "dash_share_paid",
    "free_occupancy_pct": "dash_share_free",
    **_class_markers("paid_", "dash_seat_paid_", PLAY_CLASSES),
    **_class_markers("invited_", "dash_seat_invite_", PLAY_CLASSES),
}
_CONCERT_DAY_MARKERS = {
    "sales_date": DATE_MARKER,
    "amount": "dash_seat_paid_sales",
    "paid_seats": "dash_seat_paid_tot",
    "invited_seats": "dash_seat_invite_tot",
}
_CONCERT_SHOW_MARKERS = {
    "paid_seats": "dash_seat_paid_tot",
    "invited_seats": "dash_seat_invite_tot",
    **_class_markers("paid_", "dash_seat_paid_", CONCERT_CLASSES),
    **_class_markers("invited_", "dash_seat_invite_", CONCERT_CLASSES),
}
_MOMENT = {"show_at": (DATE_MARKER, TIME_MARKER)}

_PLAY_TABLES = (
    SheetTable("daily", PLAY_BOOK.daily, play_daily_sale, "sales_date", _each(_PLAY_DAY_MARKERS)),
    SheetTable(
        "shows",
        PLAY_BOOK.shows,
        play_show_sale,
        "show_at",
        {**_MOMENT, "cast_members": (CAST_PREFIX,), **_each(_PLAY_SHOW_MARKERS)},
    ),
)
_CONCERT_TABLES = (
    SheetTable(
        "daily",
        CONCERT_BOOK.daily,
        concert_daily_sale,
        "sales_date",
        _each(_CONCERT_DAY_MARKERS),
    ),
    SheetTable(
        "shows",
        CONCERT_BOOK.shows,
        concert_show_sale,
        "show_at",
        {**_MOMENT, **_each(_CONCERT_SHOW_MARKERS)},
    ),
)
