"""Records -> sales, once nothing is wrong with them."""

from collections.abc import Sequence
from datetime import datetime

from boxoffice.workbook.layout import CONCERT_BOOK, TIME_MARKER, BookLayout
from boxoffice.workbook.records import Record
from boxoffice.workbook.rows import (
    ConcertDay,
    ConcertSales,
    ConcertShow,
    PlayDay,
    PlaySales,
    PlayShow,
    Sales,
)


def sales_of(layout: BookLayout, daily: Sequence[Record], shows: Sequence[Record]) -> Sales:
    """The typed rows; every required value must be there (no error was found)."""
    if layout is CONCERT_BOOK:
        return ConcertSales(tuple(map(_concert_day, daily)), tuple(map(_concert_show, shows)))
    return PlaySales(tuple(map(_play_day, daily)), tuple(map(_play_show, shows)))


def _play_day(record: Record) -> PlayDay:
    return PlayDay(
        source_row=record.row,
        sales_date=record.day,
        amount=record.wholes["dash_seat_deposit_sales"],
        seats=record.wholes["dash_seat_deposit_tot"],
        classes=record.classes["dash_seat_deposit_"],
    )


def _play_show(record: Record) -> PlayShow:
    return PlayShow(
        source_row=record.row,
        show_at=_show_at(record),
        cast=record.cast,
        paid_amount=record.wholes["dash_seat_paid_sales"],
        paid_seats=record.wholes["dash_seat_paid_tot"],
        paid_classes=record.classes["dash_seat_paid_"],
        invited_seats=record.wholes["dash_seat_invite_tot"],
        invited_classes=record.classes["dash_seat_invite_"],
        deposit_occupancy_pct=record.shares["dash_share_deposit"],
        paid_occupancy_pct=record.shares["dash_share_paid"],
        free_occupancy_pct=record.shares["dash_share_free"],
    )


def _concert_day(record: Record) -> ConcertDay:
    return ConcertDay(
        source_row=record.row,
        sales_date=record.day,
        amount=record.wholes["dash_seat_paid_sales"],
        paid_seats=record.wholes["dash_seat_paid_tot"],
        invited_seats=record.wholes["dash_seat_invite_tot"],
    )


def _concert_show(record: Record) -> ConcertShow:
    return ConcertShow(
        source_row=record.row,
        show_at=_show_at(record),
        paid_seats=record.wholes["dash_seat_paid_tot"],
        paid_classes=record.classes["dash_seat_paid_"],
        invited_seats=record.wholes["dash_seat_invite_tot"],
        invited_classes=record.classes["dash_seat_invite_"],
    )


def _show_at(record: Record) -> datetime:
    return datetime.combine(record.day, record.times[TIME_MARKER])
