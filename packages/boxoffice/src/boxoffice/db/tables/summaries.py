"""Sums over the newest snapshot of each performance, so that figures cost what is on, not history.

Written by `sql/summaries.sql` alone. A summary may be missing and is never wrong: whatever it was
made of forgets it when it changes, and views then read the rows.
"""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Index, Numeric, Table, Text

from boxoffice.db.tables.base import metadata
from boxoffice.db.tables.performances import performance
from boxoffice.db.tables.snapshots import snapshot


def _performance_key() -> Column[int]:
    return Column(
        "performance_id",
        BigInteger,
        ForeignKey(performance.c.id, ondelete="CASCADE"),
        primary_key=True,
    )


def _sum(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


performance_summary = Table(
    "performance_summary",
    metadata,
    _performance_key(),
    Column("snapshot_id", BigInteger, ForeignKey(snapshot.c.id, ondelete="SET NULL")),
    # Of the newest snapshot; infinity: forgotten, so that no day is late enough to know it.
    Column("record_date", Date, nullable=False),
    Column("day_count", BigInteger),
    Column("day_to_date_count", BigInteger),
    Column("amount", BigInteger),
    # NULL without a row of that day, which is not 0.
    Column("record_day_amount", BigInteger),
    Column("past_show_count", BigInteger),
    Column("past_amount", BigInteger),
    Column("past_deposit_occupancy_pct", Numeric),
    Column("future_show_count", BigInteger),
    Column("future_amount", BigInteger),
    Column("future_deposit_occupancy_pct", Numeric),
    Column("deposit_occupancy_pct", Numeric),
    Column("paid_occupancy_pct", Numeric),
    Column("target_amount", BigInteger),
    Column("target_to_date_amount", BigInteger),
)
Index("performance_summary_snapshot_idx", performance_summary.c.snapshot_id)
# Finds the few that a judged day cannot use.
Index("performance_summary_record_date_idx", performance_summary.c.record_date)

week_summary = Table(
    "week_summary",
    metadata,
    _performance_key(),
    Column("week_start", Date, primary_key=True),
    _sum("day_count"),
    _sum("amount"),
    # Tickets sold on those days.
    _sum("seats"),
    # NULL where no day of the week has a target.
    Column("target_amount", BigInteger),
    # Shows of plays and musicals; concerts have none here.
    _sum("show_count"),
    _sum("paid_amount"),
    _sum("paid_seats"),
    Column("paid_occupancy_pct", Numeric),
    Column("occupancy_pct", Numeric),
    Column("mean_show_price", Numeric),
)

month_summary = Table(
    "month_summary",
    metadata,
    _performance_key(),
    Column("month_start", Date, primary_key=True),
    # The performance's, both repeated: months are found by date, not by performance.
    Column("is_concert", Boolean, nullable=False),
    Column("record_date", Date, nullable=False),
    _sum("amount"),
    _sum("seats"),
    Column("previous_amount", BigInteger),
)
Index(
    "month_summary_month_start_idx",
    month_summary.c.month_start,
    postgresql_where=~month_summary.c.is_concert,
)

cast_summary = Table(
    "cast_summary",
    metadata,
    Column(
        "performance_id",
        BigInteger,
        ForeignKey(performance.c.id, ondelete="CASCADE"),
        nullable=False,
    ),
    # "actor" or "cast"; a cast's label may be longer than an index takes.
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    _sum("paid_amount"),
    _sum("show_count"),
    _sum("completed_show_count"),
    Column("average_amount_per_completed_show", BigInteger),
)
Index("cast_summary_performance_idx", cast_summary.c.performance_id, cast_summary.c.kind)

night_summary = Table(
    "night_summary",
    metadata,
    _performance_key(),
    _sum("show_count"),
    _sum("paid_seats"),
    _sum("invited_seats"),
    # NULL where the workbooks have no column for the class.
    *(
        Column(f"{kind}_{seat_class}", BigInteger)
        for kind in ("paid", "invited")
        for seat_class in ("vip", "r", "s", "a", "b")
    ),
)
