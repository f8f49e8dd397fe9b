"""Whole seasons, cell by cell against the rows the former server stored of them.

It dropped shows with a zero, stored concert days after the record date, rounded shares to whole per
cent and wrote `null` for a blank cast cell; everything else must be equal.
"""

import csv
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from boxoffice.testing import golden_folder, season_shows
from boxoffice.workbook import (
    CONCERT_BOOK,
    PLAY_BOOK,
    Accepted,
    Expectation,
    FileName,
    Limits,
    read_book,
    read_file_name,
)
from boxoffice.workbook.rows import ConcertSales, PlaySales
from boxoffice.workbook.seats import SeatClass
from boxoffice.workbook.xls import open_xls

ORIGINAL_CLASSES = {
    "Vip": SeatClass.VIP,
    "R": SeatClass.R,
    "S": SeatClass.S,
    "A": SeatClass.A,
    "B": SeatClass.B,
    "BadA": SeatClass.RESTRICTED_A,
    "BadS": SeatClass.RESTRICTED_S,
    "BadR": SeatClass.RESTRICTED_R,
    "Disable": SeatClass.WHEELCHAIR,
}


@pytest.fixture(scope="module", params=["season-small", "season-a"])
def season(request) -> Path:
    return golden_folder() / request.param


@pytest.fixture(scope="module")
def readings(season: Path) -> dict[tuple[str, str], PlaySales | ConcertSales]:
    """(record date, code) -> sales of every workbook of the season."""
    shows = {show["liveId"]: show for show in season_shows(season)}
    read: dict[tuple[str, str], PlaySales | ConcertSales] = {}
    for path in sorted((season / "inputs" / "files").iterdir()):
        name = read_file_name(path.name, date.max)
        assert isinstance(name, FileName)
        show = shows[name.code]
        layout = CONCERT_BOOK if show["category"] == "콘서트" else PLAY_BOOK
        expected = Expectation(layout, name.record_date, show["showTotalSeatNumber"])
        reading = read_book(path.read_bytes(), name.extension, expected, Limits(), open_xls)
        assert isinstance(reading, Accepted), path.name
        assert reading.warnings == (), path.name
        read[name.record_date.isoformat(), name.code] = reading.sales
    return read


def original(season: Path, table: str) -> list[dict[str, str]]:
    with (season / "tables_original" / f"{table}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def count(classes, seat_class: SeatClass) -> str:
    return str(classes.get(seat_class, ""))


def unique(rows) -> list[tuple[str, ...]]:
    """A file sent twice is stored twice by the former server; one of them counts."""
    return sorted(set(rows))


def test_play_days(season: Path, readings):
    ours = [
        (
            day,
            code,
            f"{row.sales_date} 00:00:00",
            str(row.amount),
            str(row.seats),
            *(count(row.classes, ORIGINAL_CLASSES[c]) for c in PLAY_DAY_CLASSES),
        )
        for (day, code), sales in readings.items()
        if isinstance(sales, PlaySales)
        for row in sales.daily
    ]
    theirs = [
        (
            row["recordDate"][:10],
            row["liveId"],
            row["salesDate"],
            row["sales"],
            row["seatTot"],
            *(row[_play_day_column(c)] for c in PLAY_DAY_CLASSES),
        )
        for row in original(season, "play_ticket_sale_model")
    ]
    assert sorted(ours) == unique(theirs)


PLAY_DAY_CLASSES = ("Vip", "R", "S", "A", "BadA", "BadS", "BadR", "Disable")


def _play_day_column(name: str) -> str:
    return {"Bad": f"badSeat{name[-1]}", "Dis": "disableSeat"}.get(name[:3], f"seat{name}")


def test_play_shows(season: Path, readings):
    ours = [
        (
            day,
            code,
            str(row.show_at),
            ",".join(row.cast),
            str(row.paid_amount),
            str(row.paid_seats),
            str(row.invited_seats),
            *(_whole_percent(share) for share in _shares(row)),
            *(count(row.paid_classes, ORIGINAL_CLASSES[c]) for c in PLAY_DAY_CLASSES),
            *(count(row.invited_classes, ORIGINAL_CLASSES[c]) for c in ("Vip", "R", "S", "A")),
        )
        for (day, code), sales in readings.items()
        if isinstance(sales, PlaySales)
        for row in sales.shows
        # What the former server dropped silently: a show with any zero.
        if 0 not in (row.paid_seats, row.paid_amount, row.invited_seats)
        and "0" not in map(_whole_percent, _shares(row))
    ]
    theirs = [
        (
            row["recordDate"][:10],
            row["liveId"],
            row["showDateTime"],
            ",".join(member for member in row["cast"].split(",") if member != "null"),
            row["paidSeatSales"],
            row["paidSeatTot"],
            row["inviteSeatTot"],
            row["depositShare"],
            row["paidShare"],
            row["freeShare"],
            *(row["paid" + _capital(_play_day_column(c))] for c in PLAY_DAY_CLASSES),
            *(row[f"inviteSeat{c}"] for c in ("Vip", "R", "S", "A")),
        )
        for row in original(season, "play_show_sale_model")
        if "0" not in (row["depositShare"], row["paidShare"], row["freeShare"])
    ]
    assert sorted(ours) == unique(theirs)


def _shares(show) -> tuple[Decimal, Decimal, Decimal]:
    return show.deposit_occupancy_pct, show.paid_occupancy_pct, show.free_occupancy_pct


def _whole_percent(share: Decimal) -> str:
    return str(share.quantize(Decimal(1), ROUND_HALF_UP))


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def test_concert_days(season: Path, readings):
    ours = [
        (
            day,
            code,
            f"{row.sales_date} 00:00:00",
            str(row.amount),
            str(row.paid_seats),
            str(row.invited_seats),
        )
        for (day, code), sales in readings.items()
        if isinstance(sales, ConcertSales)
        for row in sales.daily
    ]
    theirs = [
        (
            row["recordDate"][:10],
            row["liveId"],
            row["salesDate"],
            row["sales"],
            row["paidSeatTot"],
            row["inviteSeatTot"],
        )
        for row in original(season, "concert_ticket_sale_model")
        if row["salesDate"] <= row["recordDate"]
    ]
    assert sorted(ours) == unique(theirs)


def test_concert_shows(season: Path, readings):
    """VIP seats are left out: the former server never read them."""
    classes = ("R", "S", "A", "B")
    ours = [
        (
            day,
            code,
            str(row.show_at),
            str(row.paid_seats),
            str(row.invited_seats),
            *(count(row.paid_classes, ORIGINAL_CLASSES[c]) for c in classes),
            *(count(row.invited_classes, ORIGINAL_CLASSES[c]) for c in classes),
        )
        for (day, code), sales in readings.items()
        if isinstance(sales, ConcertSales)
        for row in sales.shows
        if row.invited_seats and row.paid_seats
    ]
    theirs = [
        (
            row["recordDate"][:10],
            row["liveId"],
            row["showDateTime"],
            row["paidSeatTot"],
            row["inviteSeatTot"],
            *(row[f"paidSeat{c}"] for c in classes),
            *(row[f"inviteSeat{c}"] for c in classes),
        )
        for row in original(season, "concert_seat_sale_model")
    ]
    assert sorted(ours) == unique(theirs)


def test_the_seasons_hold_both_kinds(readings):
    kinds = Counter(type(sales) for sales in readings.values())
    assert kinds[PlaySales] >= 5
    assert kinds[ConcertSales] >= 3
