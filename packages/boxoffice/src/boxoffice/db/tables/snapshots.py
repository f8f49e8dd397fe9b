"""Snapshots: what was uploaded, when, by whom, and the bytes themselves."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from boxoffice.db.tables.base import identity, metadata
from boxoffice.db.tables.performances import performance

_EMPTY_REPORT = text("'{}'::jsonb")

# The same bytes are kept once, however often they are sent.
stored_file = Table(
    "stored_file",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
)

snapshot = Table(
    "snapshot",
    metadata,
    identity(),
    Column(
        "performance_id",
        BigInteger,
        ForeignKey(performance.c.id, ondelete="CASCADE"),
        nullable=False,
    ),
    Column("record_date", Date, nullable=False),
    Column("status", Text, nullable=False, server_default="active"),
    Column("original_name", Text, nullable=False),
    Column("sha256", Text, ForeignKey(stored_file.c.sha256), nullable=False),
    # The acting user's name, as `transactions.Actor` has it.
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("replaced_at", DateTime(timezone=True)),
    Column("replaced_by", BigInteger, ForeignKey("boxoffice.snapshot.id", ondelete="SET NULL")),
    Column("deleted_at", DateTime(timezone=True)),
    Column("report", JSONB, nullable=False, server_default=_EMPTY_REPORT),
    CheckConstraint("status IN ('active', 'superseded', 'deleted')", name="status"),
)

# One rule and one access path: at most one active snapshot per performance and record date, and
# the newest one is the last entry of the performance.
Index(
    "snapshot_active_key",
    snapshot.c.performance_id,
    snapshot.c.record_date,
    unique=True,
    postgresql_where=text("status = 'active'"),
)

# The history of one performance, replaced snapshots included.
Index("snapshot_history_idx", snapshot.c.performance_id, snapshot.c.record_date)

# Every attempt, also the refused ones; nothing else remains of those.
upload_audit = Table(
    "upload_audit",
    metadata,
    identity(),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("performance_id", BigInteger, ForeignKey(performance.c.id, ondelete="SET NULL")),
    Column("snapshot_id", BigInteger, ForeignKey(snapshot.c.id, ondelete="SET NULL")),
    Column("original_name", Text, nullable=False),
    Column("sha256", Text),
    Column("size_bytes", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("report", JSONB, nullable=False, server_default=_EMPTY_REPORT),
    CheckConstraint("outcome IN ('created', 'unchanged', 'refused')", name="outcome"),
)
