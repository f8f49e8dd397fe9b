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
    # The name the uploader had then, for history; NULL where it was no person with an account.
    Column("uploader_name", Text),
    CheckConstraint("status IN ('active', 'superseded', 'deleted', 'quarantined')", name="status"),
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

# A file is looked for when the last snapshot that needs it goes; a purge asks who was replaced.
Index("snapshot_sha256_idx", snapshot.c.sha256)
Index(
    "snapshot_replaced_by_idx",
    snapshot.c.replaced_by,
    postgresql_where=text("replaced_by IS NOT NULL"),
)

# A file that was read and not imported yet. Its bytes stand here and not in `stored_file`, so that
# none stays behind without a snapshot; they are gone (NULL) once it is imported.
upload_preview = Table(
    "upload_preview",
    metadata,
    identity(),
    Column(
        "performance_id",
        BigInteger,
        ForeignKey(performance.c.id, ondelete="CASCADE"),
        nullable=False,
    ),
    Column("record_date", Date, nullable=False),
    Column("original_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content", LargeBinary),
    # What was read, as its reader delivered it (`workbook.delivery`).
    Column("reading", LargeBinary, nullable=False),
    Column("report", JSONB, nullable=False),
    # The snapshot whose figures the report was compared with; no key, it may be purged meanwhile.
    Column("compared_with", BigInteger),
    # What became of it: a second commit answers with the same snapshot.
    Column("snapshot_id", BigInteger, ForeignKey(snapshot.c.id, ondelete="CASCADE")),
    Column("created_by", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
Index("upload_preview_expires_idx", upload_preview.c.expires_at)
Index(
    "upload_preview_snapshot_idx",
    upload_preview.c.snapshot_id,
    postgresql_where=text("snapshot_id IS NOT NULL"),
)
Index("upload_preview_performance_idx", upload_preview.c.performance_id)

# Every attempt, also the refused ones (nothing else remains of those), and what was done with a
# snapshot since.
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
    CheckConstraint(
        "outcome IN ('created', 'unchanged', 'quarantined', 'refused',"
        " 'deleted', 'restored', 'released', 'purged')",
        name="outcome",
    ),
)
Index("upload_audit_performance_idx", upload_audit.c.performance_id, upload_audit.c.id)
Index("upload_audit_snapshot_idx", upload_audit.c.snapshot_id)
