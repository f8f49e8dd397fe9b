"""Marketing texts by week of the sale, and those of weeks that the sale has no more."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects.postgresql import insert

from boxoffice.db.tables import marketing_week, orphaned_marketing_week
from boxoffice.planning.sale_period import WeekTexts
from boxoffice.planning.sale_weeks import SaleWeek


def read_weeks(connection: Connection, performance_id: int) -> dict[date, WeekTexts]:
    """Texts by the first day of their week."""
    return _read(connection, marketing_week, performance_id)


def read_orphaned_weeks(connection: Connection, performance_id: int) -> dict[date, WeekTexts]:
    """Texts of weeks that a moved sale cut off, by Monday."""
    return _read(connection, orphaned_marketing_week, performance_id)


def replace_weeks(
    connection: Connection, performance_id: int, weeks: Mapping[SaleWeek, WeekTexts]
) -> None:
    """Make `weeks` the marketing weeks of a performance."""
    connection.execute(
        delete(marketing_week).where(marketing_week.c.performance_id == performance_id)
    )
    rows: list[dict[str, Any]] = [
        {
            "performance_id": performance_id,
            "week_number": week.number,
            "week_start_date": week.start,
            "week_end_date": week.end,
            **_columns(texts),
        }
        for week, texts in weeks.items()
    ]
    if rows:
        connection.execute(insert(marketing_week), rows)


def orphan_weeks(
    connection: Connection, performance_id: int, weeks: Mapping[date, WeekTexts]
) -> None:
    """Keep texts apart; a newer text of the same week takes the place of the older."""
    for start, texts in weeks.items():
        key = {"performance_id": performance_id, "week_start_date": start}
        statement = insert(orphaned_marketing_week).values(key | _columns(texts))
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_=_columns(texts))
        )


def drop_orphaned_week(connection: Connection, performance_id: int, start: date) -> bool:
    """Let an orphaned week go; False where there is none."""
    table = orphaned_marketing_week
    statement = delete(table).where(
        table.c.performance_id == performance_id, table.c.week_start_date == start
    )
    return connection.execute(statement).rowcount == 1


def _read(connection: Connection, table: Table, performance_id: int) -> dict[date, WeekTexts]:
    statement = (
        select(
            table.c.week_start_date,
            table.c.sales_marketing,
            table.c.promotion,
            table.c.other_notes,
        )
        .where(table.c.performance_id == performance_id)
        .order_by(table.c.week_start_date)
    )
    return {start: WeekTexts(*texts) for start, *texts in connection.execute(statement)}


def _columns(texts: WeekTexts) -> dict[str, str | None]:
    return {
        "sales_marketing": texts.sales_marketing,
        "promotion": texts.promotion,
        "other_notes": texts.other_notes,
    }
