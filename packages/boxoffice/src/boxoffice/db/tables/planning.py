"""What people plan: targets by day, marketing by week, notes by month."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    Table,
    Text,
    func,
)

from boxoffice.db.tables.base import metadata
from boxoffice.db.tables.performances import performance


def _performance_key() -> Column[int]:
    return Column(
        "performance_id",
        BigInteger,
        ForeignKey(performance.c.id, ondelete="CASCADE"),
        primary_key=True,
    )


daily_target = Table(
    "daily_target",
    metadata,
    _performance_key(),
    Column("target_date", Date, primary_key=True),
    Column("target_amount", BigInteger, nullable=False),
)

marketing_week = Table(
    "marketing_week",
    metadata,
    _performance_key(),
    # 1 is the first week of the sale period; it may start on any day and be short.
    Column("week_number", Integer, nullable=False),
    Column("week_start_date", Date, primary_key=True),
    Column("week_end_date", Date, nullable=False),
    Column("sales_marketing", Text),
    Column("promotion", Text),
    Column("other_notes", Text),
)

month_note = Table(
    "month_note",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("note", Text),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("month BETWEEN 1 AND 12", name="month"),
)
