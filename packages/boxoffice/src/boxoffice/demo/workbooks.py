# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# xlsxwriter's own annotations leave arguments out.
"""The workbooks a ticket office would send: real .xlsx files, as of one record date.

Row 1 is a title, row 2 holds the markers the importer looks for, row 3 labels for people.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import xlsxwriter

from boxoffice.demo.bookings import Show, amount_on
from boxoffice.demo.programme import Production

Cell = str | int | float | date | datetime

_MOMENT = (("dash_date", "공연일"), ("dash_time", "시간"))


@dataclass(frozen=True)
class Sheet:
    """A sheet's name, its columns and its rows."""

    name: str
    columns: Sequence[tuple[str, str]]
    """The marker the importer looks for, and the label for people."""
    rows: Sequence[Sequence[Cell]]


def write_workbook(production: Production, shows: Sequence[Show], record_date: date) -> bytes:
    """The file of one day: everything sold up to the record date. The same bytes every time."""
    sheets = (
        (
            _concert_days(production, shows, record_date),
            _concert_shows(production, shows, record_date),
        )
        if production.category.is_concert
        else (
            _play_days(production, shows, record_date),
            _play_shows(production, shows, record_date),
        )
    )
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        # The time of writing would make every file a new one.
        workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        formats = {
            "title": workbook.add_format({"bold": True, "font_size": 14}),
            "label": workbook.add_format({"bold": True, "bottom": 1}),
            "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "time": workbook.add_format({"num_format": "hh:mm"}),
            "share": workbook.add_format({"num_format": "0.0%"}),
            "number": workbook.add_format({"num_format": "#,##0"}),
        }
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            markers, labels = zip(*sheet.columns, strict=True)
            page.set_column(0, len(markers) - 1, 13)
            page.write_string(0, 0, f"{production.title} {sheet.name}", formats["title"])
            page.write_row(1, 0, markers)
            page.write_row(2, 0, labels, formats["label"])
            kinds = [formats[_kind(marker)] for marker in markers]
            for row_number, row in enumerate(sheet.rows, start=3):
                for column, value in enumerate(row):
                    page.write(row_number, column, value, kinds[column])
    return buffer.getvalue()


def _kind(marker: str) -> str:
    if marker in {"dash_date", "dash_time"}:
        return marker.removeprefix("dash_")
    return "share" if marker.startswith("dash_share") else "number"


def _play_days(production: Production, shows: Sequence[Show], record_date: date) -> Sheet:
    names = list(production.classes)
    rows: list[list[Cell]] = []
    for day in _sale_days(shows, record_date):
        seats = [sum(show.sold[name].get(day, 0) for show in shows) for name in names]
        rows.append([_midnight(day), *seats, sum(seats), amount_on(production, shows, day)])
    columns = [
        ("dash_date", "일자"),
        *_by_class("deposit", names),
        ("dash_seat_deposit_tot", "합계"),
        ("dash_seat_deposit_sales", "매출"),
    ]
    return Sheet("Daily", columns, rows)


def _play_shows(production: Production, shows: Sequence[Show], record_date: date) -> Sheet:
    names = list(production.classes)
    columns = [
        *_MOMENT,
        *((f"dash_cast_{n}", f"배역 {n}") for n in range(1, len(production.roles) + 1)),
        *_by_class("paid", names),
        ("dash_seat_paid_tot", "유료"),
        ("dash_seat_paid_sales", "매출"),
        *_by_class("invite", names),
        ("dash_seat_invite_tot", "초대"),
        ("dash_share_deposit", "입금 점유율"),
        ("dash_share_paid", "유료 점유율"),
        ("dash_share_free", "무료 점유율"),
    ]
    rows = [_play_show(production, show, record_date) for show in shows]
    return Sheet("회차별판매", columns, rows)


def _play_show(production: Production, show: Show, record_date: date) -> list[Cell]:
    sold = show.sold_until(record_date)
    paid, invited = sum(sold.values()), sum(show.invited.values())
    amount = sum(count * production.classes[name].price for name, count in sold.items())
    deposited = paid - show.unpaid_on(record_date)
    shares = [count / production.seats_per_show for count in (deposited, paid, invited)]
    free = show.invited.values()
    return [*_moment(show), *show.cast, *sold.values(), paid, amount, *free, invited, *shares]


def _concert_days(production: Production, shows: Sequence[Show], record_date: date) -> Sheet:
    rows: list[list[Cell]] = []
    for number, day in enumerate(_sale_days(shows, record_date)):
        paid = sum(days.get(day, 0) for show in shows for days in show.sold.values())
        # Invitations are booked once, when the sale begins.
        invited = sum(sum(show.invited.values()) for show in shows) if number == 0 else 0
        rows.append([_midnight(day), paid, amount_on(production, shows, day), invited])
    columns = [
        ("dash_date", "일자"),
        ("dash_seat_paid_tot", "매수"),
        ("dash_seat_paid_sales", "매출"),
        ("dash_seat_invite_tot", "초대"),
    ]
    return Sheet("일일 판매", columns, rows)


def _concert_shows(production: Production, shows: Sequence[Show], record_date: date) -> Sheet:
    names = list(production.classes)
    rows: list[list[Cell]] = []
    for show in shows:
        sold, free = show.sold_until(record_date).values(), show.invited.values()
        rows.append([*_moment(show), *sold, sum(sold), *free, sum(free)])
    columns = [
        *_MOMENT,
        *_by_class("paid", names),
        ("dash_seat_paid_tot", "유료"),
        *_by_class("invite", names),
        ("dash_seat_invite_tot", "초대"),
    ]
    return Sheet("Seat details", columns, rows)


def _sale_days(shows: Sequence[Show], record_date: date) -> list[date]:
    """Days of the sale up to the record date."""
    days = {day for show in shows for sold in show.sold.values() for day in sold}
    return sorted(day for day in days if day <= record_date)


def _by_class(kind: str, names: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"dash_seat_{kind}_{name}", f"{name.upper()}석") for name in names]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a cell has no zone


def _moment(show: Show) -> tuple[datetime, float]:
    """Day, and time as the fraction of a day that a workbook keeps."""
    since_midnight = timedelta(hours=show.at.hour, minutes=show.at.minute)
    return _midnight(show.at.date()), since_midnight / timedelta(days=1)
