# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
# pyright: reportUnknownArgumentType=false
# openpyxl has no annotations.
"""The importer most people would write: openpyxl, and an INSERT for each row.

It checks nothing, knows no cell addresses and believes every size. It writes the same tables.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_MARKER_ROW = 2

_DAY_COLUMNS = {
    "dash_seat_deposit_sales": "amount",
    "dash_seat_deposit_tot": "seats",
    "dash_seat_deposit_vip": "seats_vip",
    "dash_seat_deposit_r": "seats_r",
    "dash_seat_deposit_s": "seats_s",
    "dash_seat_deposit_a": "seats_a",
}
_SHOW_COLUMNS = {
    "dash_seat_paid_sales": "paid_amount",
    "dash_seat_paid_tot": "paid_seats",
    "dash_seat_paid_vip": "paid_seats_vip",
    "dash_seat_paid_r": "paid_seats_r",
    "dash_seat_paid_s": "paid_seats_s",
    "dash_seat_paid_a": "paid_seats_a",
    "dash_seat_invite_tot": "invited_seats",
}
_SHARES = {
    "dash_share_deposit": "deposit_occupancy_pct",
    "dash_share_paid": "paid_occupancy_pct",
    "dash_share_free": "free_occupancy_pct",
}


def read_play(content: bytes) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Days and shows of a play's workbook, as rows for the tables."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    days = [
        {"sales_date": row["dash_date"], **{_DAY_COLUMNS[k]: row[k] for k in _DAY_COLUMNS}}
        for row in _rows(book["Daily"])
    ]
    shows = [_show(row) for row in _rows(book["회차별판매"])]
    return days, shows


def insert_play(
    connection: psycopg.Connection[Any],
    snapshot_id: int,
    days: list[dict[str, Any]],
    shows: list[dict[str, Any]],
) -> None:
    """One statement for each row."""
    for table, rows in (("play_daily_sale", days), ("play_show_sale", shows)):
        for number, row in enumerate(rows, start=4):
            values = {"snapshot_id": snapshot_id, "source_row": number, **row}
            names = ", ".join(values)
            marks = ", ".join(f"%({name})s" for name in values)
            statement = f"INSERT INTO boxoffice.{table} ({names}) VALUES ({marks})"  # noqa: S608 - names of ours
            connection.execute(statement.encode(), values)


def _rows(sheet: Any) -> Iterator[dict[str, Any]]:
    markers = [cell.value for cell in sheet[_MARKER_ROW]]
    for row in sheet.iter_rows(min_row=_MARKER_ROW + 2, values_only=True):
        if row[0] is not None:
            yield dict(zip(markers, row, strict=False))


def _show(row: dict[str, Any]) -> dict[str, Any]:
    at = datetime.combine(row["dash_date"], row["dash_time"])
    cast = [value for marker, value in row.items() if marker and marker.startswith("dash_cast")]
    return {
        "show_at": at,
        "cast_members": cast,
        **{_SHOW_COLUMNS[k]: row[k] for k in _SHOW_COLUMNS},
        **{_SHARES[k]: round(row[k] * 100, 4) for k in _SHARES},
    }
