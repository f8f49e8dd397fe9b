"""What people plan: targets by day, marketing by week, notes by day and month."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
    true,
)

from boxoffice.db.tables.base import identity, metadata
from boxoffice.db.tables.performances import performance_key

daily_target = Table(
    "daily_target",
    metadata,
    performance_key(),
    Column("target_date", Date, primary_key=True),
    Column("target_amount", BigInteger, nullable=False),
)

marketing_week = Table(
    "marketing_week",
    metadata,
    performance_key(),
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

calendar_note = Table(
    "calendar_note",
    metadata,
    performance_key(),
    Column("note_date", Date, primary_key=True),
    Column("note_sales", Text),
    Column("note_marketing", Text),
    Column("note_others", Text),
)

# Pages of the calendar are read by day over all performances.
Index("calendar_note_by_date_idx", calendar_note.c.note_date, calendar_note.c.performance_id)

# Targets of days that a sale period moved away from: nobody asked for them to be lost.
archived_target = Table(
    "archived_target",
    metadata,
    identity(),
    performance_key(primary_key=False),
    Column("target_date", Date, nullable=False),
    Column("target_amount", BigInteger, nullable=False),
    Column("archived_by", Text, nullable=False),
    Column("archived_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

Index("archived_target_performance_idx", archived_target.c.performance_id)

# Texts of weeks that a sale period moved away from, until somebody says they may go.
orphaned_marketing_week = Table(
    "orphaned_marketing_week",
    metadata,
    performance_key(),
    Column("week_start_date", Date, primary_key=True),
    Column("sales_marketing", Text),
    Column("promotion", Text),
    Column("other_notes", Text),
)

# One row. See sql/changes.sql.
data_change = Table(
    "data_change",
    metadata,
    Column("is_only", Boolean, primary_key=True, server_default=true()),
    Column("counter", BigInteger, nullable=False, server_default=text("0")),
    CheckConstraint("is_only", name="is_only"),
)
