"""What managing uploads needs: quarantine, previews, and an audit of what became of snapshots."""

from alembic import op

revision = "0002"
down_revision = "0001"

_STEP = """
ALTER TABLE boxoffice.performance
    ADD COLUMN quarantine_uploads boolean DEFAULT false NOT NULL;

ALTER TABLE boxoffice.snapshot DROP CONSTRAINT snapshot_status_check;
ALTER TABLE boxoffice.snapshot ADD CONSTRAINT snapshot_status_check
    CHECK (status IN ('active', 'superseded', 'deleted', 'quarantined'));

ALTER TABLE boxoffice.snapshot ADD COLUMN uploader_name text;

-- A file is looked for when the last snapshot that needs it goes.
CREATE INDEX snapshot_sha256_idx ON boxoffice.snapshot (sha256);
-- Deleting a snapshot asks who was replaced by it.
CREATE INDEX snapshot_replaced_by_idx ON boxoffice.snapshot (replaced_by)
    WHERE replaced_by IS NOT NULL;

CREATE TABLE boxoffice.upload_preview (
    id bigint GENERATED ALWAYS AS IDENTITY,
    performance_id bigint NOT NULL,
    record_date date NOT NULL,
    original_name text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    content bytea,
    reading bytea NOT NULL,
    report jsonb NOT NULL,
    compared_with bigint,
    snapshot_id bigint,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT upload_preview_pkey PRIMARY KEY (id),
    CONSTRAINT upload_preview_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE,
    CONSTRAINT upload_preview_snapshot_id_fkey FOREIGN KEY (snapshot_id)
        REFERENCES boxoffice.snapshot (id) ON DELETE CASCADE
);
CREATE INDEX upload_preview_expires_idx ON boxoffice.upload_preview (expires_at);
CREATE INDEX upload_preview_snapshot_idx ON boxoffice.upload_preview (snapshot_id)
    WHERE snapshot_id IS NOT NULL;
CREATE INDEX upload_preview_performance_idx ON boxoffice.upload_preview (performance_id);

ALTER TABLE boxoffice.upload_audit DROP CONSTRAINT upload_audit_outcome_check;
ALTER TABLE boxoffice.upload_audit ADD CONSTRAINT upload_audit_outcome_check
    CHECK (outcome IN ('created', 'unchanged', 'quarantined', 'refused',
                       'deleted', 'restored', 'released', 'purged'));
CREATE INDEX upload_audit_performance_idx ON boxoffice.upload_audit (performance_id, id);
CREATE INDEX upload_audit_snapshot_idx ON boxoffice.upload_audit (snapshot_id);
"""


def upgrade() -> None:
    """Forward only: going back is restoring a backup."""
    op.execute(_STEP)
