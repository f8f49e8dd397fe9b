"""A season as a database holds it, for figures that begin at the stored rows."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select
from tests.plain_figures.season import Day, Performance, Plan, Season, Show, Snapshot

from boxoffice.db import tables


def stored_season(connection: Connection) -> Season:
    """Everything stored, but for performances that somebody deleted."""
    snapshots = {
        row["id"]: _snapshot(connection, row) for row in _rows(connection, tables.snapshot)
    }
    owners = {row["id"]: row["performance_id"] for row in _rows(connection, tables.snapshot)}
    return Season(
        tuple(
            _performance(
                connection, row, [s for n, s in snapshots.items() if owners[n] == row["id"]]
            )
            for row in _rows(connection, tables.performance, deleted_at=None)
        ),
        {(n["year"], n["month"]): n["note"] for n in _rows(connection, tables.month_note)},
    )


def _rows(connection: Connection, table: Table, **where: Any) -> list[RowMapping]:
    statement = select(table)
    for column, value in where.items():
        statement = statement.where(table.c[column] == value)
    return list(connection.execute(statement).mappings())


def _performance(
    connection: Connection, row: RowMapping, snapshots: Iterable[Snapshot]
) -> Performance:
    def own(table: Table) -> list[RowMapping]:
        return _rows(connection, table, performance_id=row["id"])

    return Performance(
        code=row["code"],
        category=row["category"],
        title=row["title"],
        is_active=row["is_active"],
        venue=row["venue"],
        show_start=row["show_start_date"],
        show_end=row["show_end_date"],
        sale_start=row["sale_start_date"],
        sale_end=row["sale_end_date"],
        target_pct=row["target_occupancy_pct"],
        break_even=row["break_even_amount"],
        seats=row["seats_per_show"],
        class_seats={seat["seat_class"]: seat["seats_per_show"] for seat in own(tables.seat_class)},
        snapshots=tuple(snapshots),
        targets={t["target_date"]: t["target_amount"] for t in own(tables.daily_target)},
        plans=tuple(
            Plan(
                plan["week_number"],
                plan["week_start_date"],
                plan["week_end_date"],
                plan["sales_marketing"],
                plan["promotion"],
                plan["other_notes"],
            )
            for plan in own(tables.marketing_week)
        ),
    )


def _snapshot(connection: Connection, row: RowMapping) -> Snapshot:
    def own(*sources: Table) -> list[RowMapping]:
        return [r for table in sources for r in _rows(connection, table, snapshot_id=row["id"])]

    return Snapshot(
        row["record_date"],
        tuple(_day(r) for r in own(tables.play_daily_sale, tables.concert_daily_sale)),
        tuple(_show(r) for r in own(tables.play_show_sale, tables.concert_show_sale)),
        row["status"],
    )


def _day(row: RowMapping) -> Day:
    if "seats" in row:
        return Day(row["sales_date"], row["amount"], row["seats"])
    return Day(row["sales_date"], row["amount"], row["paid_seats"], row["invited_seats"])


def _show(row: RowMapping) -> Show:
    classes = {
        str(name): seats
        for name, seats in row.items()
        if str(name).startswith(("paid_", "invited_"))
        and name not in ("paid_amount", "paid_seats", "invited_seats", "paid_occupancy_pct")
        and seats is not None
    }
    return Show(
        row["show_at"],
        row["paid_seats"],
        row["invited_seats"],
        classes=classes,
        **_of_a_play(row),
    )


def _of_a_play(row: RowMapping) -> dict[str, Any]:
    if "cast_members" not in row:
        return {}
    return {
        "amount": row["paid_amount"],
        "cast": tuple(row["cast_members"]),
        "deposit_pct": row["deposit_occupancy_pct"],
        "paid_pct": row["paid_occupancy_pct"],
        "free_pct": row["free_occupancy_pct"],
    }
