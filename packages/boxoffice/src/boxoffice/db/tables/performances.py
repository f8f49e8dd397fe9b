"""Performances (productions): what is sold, when, and how many seats of which class it has."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
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
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # Suspicious uploads wait until somebody releases them; false: they only warn.
    Column("quarantine_uploads", Boolean, nullable=False, server_default=false()),
    # Not there for anybody any more, but kept with everything below it.
    Column("deleted_at", DateTime(timezone=True)),
    UniqueConstraint("code"),
    CheckConstraint("code ~ '^[A-Za-z0-9-]{1,32}$'", name="code"),
    CheckConstraint("category IN ('play', 'musical', 'concert')", name="category"),
)


def performance_key(*, primary_key: bool = True) -> Column[int]:
    """The column `performance_id` of what belongs to a performance and goes with it."""
    return Column(
        "performance_id",
        BigInteger,
        ForeignKey(performance.c.id, ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


# A finished production may come back under its old title.
Index(
    "performance_active_title_key",
    performance.c.title,
    unique=True,
    postgresql_where=text("is_active AND deleted_at IS NULL"),
)

# Pages of figures go from performance to performance, codes by code point.
_by_code = performance.c.code.collate("C")
Index("performance_code_order_idx", _by_code)
Index(
    "performance_active_order_idx",
    _by_code,
    postgresql_where=text("is_active AND deleted_at IS NULL"),
)

seat_class = Table(
    "seat_class",
    metadata,
    performance_key(),
    Column("seat_class", Text, primary_key=True),
    Column("seats_per_show", BigInteger, nullable=False),
    CheckConstraint(
        "seat_class IN ('vip', 'r', 's', 'a', 'b',"
        " 'restricted_r', 'restricted_s', 'restricted_a', 'wheelchair')",
        name="seat_class",
    ),
    CheckConstraint("seats_per_show >= 0", name="seats_per_show"),
)
