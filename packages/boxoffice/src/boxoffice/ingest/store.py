"""Writing a snapshot: file bytes, header and rows, on a connection whose transaction is open."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Connection, Table, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import Text, TypeEngine

from boxoffice.db.tables import (
    concert_daily_sale,
    concert_show_sale,
    play_daily_sale,
    play_show_sale,
    snapshot,
    stored_file,
    upload_audit,
)
from boxoffice.workbook.rows import ConcertDay, ConcertShow, PlayDay, PlaySales, PlayShow, Sales
from boxoffice.workbook.seats import CONCERT_CLASSES, PLAY_CLASSES, SeatClass

_SEPARATOR = "\x1f"
"""Between the names of a cast on their way into the database; names hold no control characters."""
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

Row = dict[str, Any]


class ActiveSnapshot(NamedTuple):
    """The snapshot that counts for a day."""

    id: int
    sha256: str


def lock_performance(connection: Connection, code: str) -> None:
    """Uploads to one performance go one after the other, until the transaction ends."""
    key = func.hashtextextended(f"boxoffice.upload:{code}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))


def active_snapshot(
    connection: Connection, performance_id: int, record_date: date
) -> ActiveSnapshot | None:
    """The active snapshot of that day; there is at most one."""
    row = connection.execute(
        select(snapshot.c.id, snapshot.c.sha256).where(
            snapshot.c.performance_id == performance_id,
            snapshot.c.record_date == record_date,
            snapshot.c.status == "active",
        )
    ).one_or_none()
    return None if row is None else ActiveSnapshot(row.id, row.sha256)


def store_file(connection: Connection, content: bytes) -> str:
    """Keep the bytes once, whoever sends them how often; their sha256."""
    sha256 = hashlib.sha256(content).hexdigest()
    statement = postgresql.insert(stored_file).values(
        sha256=sha256, size_bytes=len(content), content=content
    )
    connection.execute(statement.on_conflict_do_nothing(index_elements=["sha256"]))
    return sha256


def store_snapshot(
    connection: Connection, header: Mapping[str, Any], sales: Sales, replaces: int | None
) -> int:
    """Write header and rows; the snapshot `replaces` is superseded and keeps its rows. New id.

    The old one steps back first: at most one snapshot of a day may be active at any moment.
    """
    if replaces is not None:
        _update(connection, replaces, status="superseded", replaced_at=func.now())
    created = connection.execute(
        insert(snapshot).values(**header, status="active").returning(snapshot.c.id)
    )
    snapshot_id: int = created.scalar_one()
    if replaces is not None:
        _update(connection, replaces, replaced_by=snapshot_id)
    for table, rows in _rows(sales):
        _insert_rows(connection, table, snapshot_id, rows)
    return snapshot_id


def audit(connection: Connection, entry: Mapping[str, Any]) -> None:
    """Remember an upload, whatever became of it."""
    connection.execute(insert(upload_audit).values(**entry))


def _update(connection: Connection, snapshot_id: int, **values: Any) -> None:
    connection.execute(update(snapshot).where(snapshot.c.id == snapshot_id).values(**values))


def _insert_rows(
    connection: Connection, table: Table, snapshot_id: int, rows: Sequence[Row]
) -> None:
    """All rows by one `INSERT ... SELECT FROM unnest(arrays)`.

    COPY would be faster still, but PostgreSQL refuses it under row-level security.
    """
    names = list(rows[0])
    arrays = [
        literal([row[name] for row in rows], ARRAY(_transport_type(table, name))) for name in names
    ]
    source = func.unnest(*arrays).table_valued(*names).render_derived()
    values = [
        func.string_to_array(source.c[name], _SEPARATOR)
        if name == "cast_members"
        else source.c[name]
        for name in names
    ]
    statement = select(literal(snapshot_id, snapshot.c.id.type), *values)
    connection.execute(insert(table).from_select(["snapshot_id", *names], statement))


def _transport_type(table: Table, name: str) -> TypeEngine[Any]:
    """Type of the elements sent; a cast travels joined, as unnest() flattens arrays of arrays."""
    return Text() if name == "cast_members" else table.c[name].type


def _rows(sales: Sales) -> tuple[tuple[Table, list[Row]], tuple[Table, list[Row]]]:
    if isinstance(sales, PlaySales):
        return (
            (play_daily_sale, [_play_day(day) for day in sales.daily]),
            (play_show_sale, [_play_show(show) for show in sales.shows]),
        )
    return (
        (concert_daily_sale, [_concert_day(day) for day in sales.daily]),
        (concert_show_sale, [_concert_show(show) for show in sales.shows]),
    )


def _play_day(day: PlayDay) -> Row:
    classes = _classes("", day.classes, PLAY_CLASSES)
    # The one column whose name does not follow the pattern of the others.
    classes["wheelchair_seats"] = classes.pop("wheelchair")
    return {
        "source_row": day.source_row,
        "sales_date": day.sales_date,
        "amount": day.amount,
        "seats": day.seats,
        **classes,
    }


def _play_show(show: PlayShow) -> Row:
    return {
        "source_row": show.source_row,
        "show_at": show.show_at,
        "cast_members": _SEPARATOR.join(show.cast),
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
    return {
        prefix + column: counts.get(seat_class)
        for seat_class, column in _CLASS_COLUMNS.items()
        if seat_class in known
    }
