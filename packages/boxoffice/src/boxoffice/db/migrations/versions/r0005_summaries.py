"""Summaries that an import keeps up to date, and the ways that pages of figures are read by."""

from alembic import op

revision = "0005"
down_revision = "0004"

_SUMMARIES = """
CREATE TABLE boxoffice.performance_summary (
    performance_id bigint NOT NULL,
    snapshot_id bigint,
    record_date date NOT NULL,
    day_count bigint,
    day_to_date_count bigint,
    amount bigint,
    record_day_amount bigint,
    past_show_count bigint,
    past_amount bigint,
    past_deposit_occupancy_pct numeric,
    future_show_count bigint,
    future_amount bigint,
    future_deposit_occupancy_pct numeric,
    deposit_occupancy_pct numeric,
    paid_occupancy_pct numeric,
    target_amount bigint,
    target_to_date_amount bigint,
    CONSTRAINT performance_summary_pkey PRIMARY KEY (performance_id),
    CONSTRAINT performance_summary_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE,
    CONSTRAINT performance_summary_snapshot_id_fkey FOREIGN KEY (snapshot_id)
        REFERENCES boxoffice.snapshot (id) ON DELETE SET NULL
);
CREATE INDEX performance_summary_snapshot_idx ON boxoffice.performance_summary (snapshot_id);
CREATE INDEX performance_summary_record_date_idx ON boxoffice.performance_summary (record_date);

CREATE TABLE boxoffice.week_summary (
    performance_id bigint NOT NULL,
    week_start date NOT NULL,
    day_count bigint NOT NULL,
    amount bigint NOT NULL,
    show_count bigint NOT NULL,
    paid_amount bigint NOT NULL,
    paid_seats bigint NOT NULL,
    paid_occupancy_pct numeric,
    mean_show_price numeric,
    CONSTRAINT week_summary_pkey PRIMARY KEY (performance_id, week_start),
    CONSTRAINT week_summary_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.month_summary (
    performance_id bigint NOT NULL,
    month_start date NOT NULL,
    record_date date NOT NULL,
    amount bigint NOT NULL,
    previous_amount bigint,
    CONSTRAINT month_summary_pkey PRIMARY KEY (performance_id, month_start),
    CONSTRAINT month_summary_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
CREATE INDEX month_summary_month_start_idx ON boxoffice.month_summary (month_start);
"""

# Codes are ordered by code point, whatever the collation of the database.
_PAGES = """
CREATE INDEX performance_code_order_idx ON boxoffice.performance (code COLLATE "C");
CREATE INDEX performance_active_order_idx ON boxoffice.performance (code COLLATE "C")
    WHERE is_active AND deleted_at IS NULL;
"""


def upgrade() -> None:
    """Forward only: going back is restoring a backup. `sql/summaries.sql` fills the summaries."""
    for step in (_SUMMARIES, _PAGES):
        op.execute(step)
