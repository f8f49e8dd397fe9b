"""Performances (productions): what is sold, when, and how many seats it has."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
    true,
)

from boxoffice.db.tables.base import identity, metadata

performance = Table(
    "performance",
    metadata,
    identity(),
    Column("code", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=true()),
    Column("title", Text, nullable=False),
    Column("venue", Text),
    Column("show_start_date", Date, nullable=False),
    Column("show_end_date", Date, nullable=False),
    Column("sale_start_date", Date),
    Column("sale_end_date", Date),
    Column("running_minutes", Integer),
    Column("target_occupancy_pct", Numeric(5, 1)),
    Column("break_even_amount", BigInteger),
    Column("seats_per_show", BigInteger),
    Column("preview_end_date", Date),
    Column("concert_at", DateTime(timezone=True)),
    # A concert's seats of one show, by class.
    Column("concert_seats_vip", BigInteger),
    Column("concert_seats_r", BigInteger),
    Column("concert_seats_s", BigInteger),
    Column("concert_seats_a", BigInteger),
    Column("concert_seats_b", BigInteger),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # Suspicious uploads wait until somebody releases them; false: they only warn.
    Column("quarantine_uploads", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("code"),
    CheckConstraint("code ~ '^[A-Za-z0-9-]{1,32}$'", name="code"),
    CheckConstraint("category IN ('play', 'musical', 'concert')", name="category"),
)

# A finished production may come back under its old title.
Index(
    "performance_active_title_key",
    performance.c.title,
    unique=True,
    postgresql_where=text("is_active"),
)
