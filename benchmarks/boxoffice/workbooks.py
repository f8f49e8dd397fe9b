# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# xlsxwriter's own annotations leave arguments out.
"""Generated rows as the workbooks a ticket office would have sent."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

Row = dict[str, Any]

_CLASSES = ("vip", "r", "s", "a")

_PLAY_DAYS = {
    "dash_date": "sales_date",
    **{f"dash_seat_deposit_{name}": f"seats_{name}" for name in _CLASSES},
    "dash_seat_deposit_tot": "seats",
    "dash_seat_deposit_sales": "amount",
}
_PLAY_SHOWS = {
    "dash_date": "day",
    "dash_time": "time",
    **{f"dash_cast_{number}": f"cast_{number}" for number in range(3)},
    **{f"dash_seat_paid_{name}": f"paid_seats_{name}" for name in _CLASSES},
    "dash_seat_paid_tot": "paid_seats",
    "dash_seat_paid_sales": "paid_amount",
    **{f"dash_seat_invite_{name}": f"invited_seats_{name}" for name in _CLASSES},
    "dash_seat_invite_tot": "invited_seats",
    **{f"dash_share_{name}": f"{name}_share" for name in ("deposit", "paid", "free")},
}
_CONCERT_DAYS = {
    "dash_date": "sales_date",
    "dash_seat_paid_tot": "paid_seats",
    "dash_seat_paid_sales": "amount",
    "dash_seat_invite_tot": "invited_seats",
}
_CONCERT_SHOWS = {
    "dash_date": "day",
    "dash_time": "time",
    **{f"dash_seat_paid_{name}": f"paid_seats_{name}" for name in _CLASSES},
    "dash_seat_paid_tot": "paid_seats",
    "dash_seat_invite_a": "invited_seats_a",
    "dash_seat_invite_tot": "invited_seats",
}
_SHEETS = {
    False: (
        ("Daily", _PLAY_DAYS, "play_daily_sale"),
        ("회차별판매", _PLAY_SHOWS, "play_show_sale"),
    ),
    True: (
        ("일일 판매", _CONCERT_DAYS, "concert_daily_sale"),
        ("Seat details", _CONCERT_SHOWS, "concert_show_sale"),
    ),
}
"""By whether it is a concert: sheets, the value below each marker, and the table it is in."""

_RAW_COLUMNS = 13


def snapshot_workbook(
    connection: psycopg.Connection[Any], snapshot_id: int, *, concert: bool, raw_rows: int = 0
) -> bytes:
    """The workbook whose import would give the rows of this snapshot.

    With `raw_rows` it also has a sheet of that many bookings, as ticket offices send them, which
    no figure needs (8,700 make a file of some 650 KB).
    """
    from psycopg.rows import dict_row

    pages: list[tuple[str, Mapping[str, str], list[Row]]] = []
    for sheet, columns, table in _SHEETS[concert]:
        order = "sales_date" if "daily" in table else "show_at"
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                f"SELECT * FROM boxoffice.{table} WHERE snapshot_id = %s ORDER BY {order}".encode(),  # noqa: S608 - names of ours
                (snapshot_id,),
            )
            pages.append((sheet, columns, [_with_cells(row) for row in cursor]))
    return _written(pages, raw_rows)


def _with_cells(row: Row) -> Row:
    """The row, with what a workbook spells another way than the table."""
    if "show_at" in row:
        moment: datetime = row["show_at"]
        row["day"] = moment.date()
        row["time"] = timedelta(hours=moment.hour, minutes=moment.minute) / timedelta(days=1)
    for number, member in enumerate(row.get("cast_members", ())):
        row[f"cast_{number}"] = member
    for name in ("deposit", "paid", "free"):
        if f"{name}_occupancy_pct" in row:
            row[f"{name}_share"] = float(row[f"{name}_occupancy_pct"] / 100)
    return row


def _written(pages: Sequence[tuple[str, Mapping[str, str], Sequence[Row]]], raw_rows: int) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        dates = workbook.add_format({"num_format": "yyyy-mm-dd"})
        times = workbook.add_format({"num_format": "hh:mm"})
        for name, columns, rows in pages:
            page = workbook.add_worksheet(name)
            page.write_row(1, 0, list(columns))
            for line, row in enumerate(rows, start=3):
                for column, key in enumerate(columns.values()):
                    value = row[key]
                    if isinstance(value, date):
                        page.write_datetime(line, column, datetime.combine(value, time()), dates)
                    else:
                        page.write(line, column, value, times if key == "time" else None)
        if raw_rows:
            raw = workbook.add_worksheet("RAW")
            for line in range(raw_rows):
                booking = [f"T{line * 7919 % 1_000_003:07}", f"Customer {line * 31 % 9973}"]
                raw.write_row(
                    line, 0, booking + [line * 17 % 2003 * n for n in range(2, _RAW_COLUMNS)]
                )
    return buffer.getvalue()
