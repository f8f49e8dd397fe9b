"""The rows of a snapshot: tickets by sales day and by show. Written once, never changed.

`source_row` is the row of the sheet a record was read from. A class the workbook has no column
for is NULL, which is not 0.
"""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, Numeric, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from boxoffice.db.tables.base import identity, metadata
from boxoffice.db.tables.snapshots import snapshot


def _snapshot_key() -> Column[int]:
    return Column(
        "snapshot_id", BigInteger, ForeignKey(snapshot.c.id, ondelete="CASCADE"), primary_key=True
    )


def _source_row() -> Column[int]:
    return Column("source_row", Integer, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _class_counts(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger) for name in names]


def _occupancy(name: str) -> Column[object]:
    """Per cent of the show's seats, rounded once, at import."""
    return Column(name, Numeric(7, 4), nullable=False)


play_daily_sale = Table(
    "play_daily_sale",
    metadata,
    _snapshot_key(),
    Column("sales_date", Date, primary_key=True),
    _source_row(),
    _count("amount"),
    _count("seats"),
    *_class_counts("seats_vip", "seats_r", "seats_s", "seats_a"),
    *_class_counts("restricted_a", "restricted_r", "restricted_s", "wheelchair_seats"),
)

play_show_sale = Table(
    "play_show_sale",
    metadata,
    # A number to name the show by; rows are found by snapshot, so it has no index.
    identity(primary_key=False),
    _snapshot_key(),
    # Wall clock in Seoul, as printed on the ticket.
    Column("show_at", DateTime, primary_key=True),
    _source_row(),
    Column("cast_members", ARRAY(Text), nullable=False),
    _count("paid_amount"),
    _count("paid_seats"),
    *_class_counts("paid_seats_vip", "paid_seats_r", "paid_seats_s", "paid_seats_a"),
    *_class_counts("paid_restricted_a", "paid_restricted_r", "paid_restricted_s"),
    *_class_counts("paid_wheelchair"),
    _count("invited_seats"),
    *_class_counts("invited_seats_vip", "invited_seats_r", "invited_seats_s", "invited_seats_a"),
    *_class_counts("invited_restricted_a", "invited_restricted_r", "invited_restricted_s"),
    *_class_counts("invited_wheelchair"),
    _occupancy("deposit_occupancy_pct"),
    _occupancy("paid_occupancy_pct"),
    _occupancy("free_occupancy_pct"),
)

concert_daily_sale = Table(
    "concert_daily_sale",
    metadata,
    _snapshot_key(),
    Column("sales_date", Date, primary_key=True),
    _source_row(),
    _count("amount"),
    _count("paid_seats"),
    _count("invited_seats"),
)

concert_show_sale = Table(
    "concert_show_sale",
    metadata,
    _snapshot_key(),
    Column("show_at", DateTime, primary_key=True),
    _source_row(),
    _count("paid_seats"),
    *_class_counts(
        "paid_seats_vip", "paid_seats_r", "paid_seats_s", "paid_seats_a", "paid_seats_b"
    ),
    _count("invited_seats"),
    *_class_counts("invited_seats_vip", "invited_seats_r", "invited_seats_s"),
    *_class_counts("invited_seats_a", "invited_seats_b"),
)
