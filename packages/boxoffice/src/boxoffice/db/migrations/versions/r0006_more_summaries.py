"""Summaries of casts and of nights; seats, targets and concerts among weeks and months."""

from alembic import op

revision = "0006"
down_revision = "0005"

# A summary holds nothing that cannot be computed: the upgrade fills all of them anew.
_EMPTIED = """
DROP TABLE boxoffice.week_summary;
DROP TABLE boxoffice.month_summary;
UPDATE boxoffice.performance_summary SET snapshot_id = NULL, record_date = 'infinity';
"""

_SUMMARIES = """
CREATE TABLE boxoffice.week_summary (
    performance_id bigint NOT NULL,
    week_start date NOT NULL,
    day_count bigint NOT NULL,
    amount bigint NOT NULL,
    seats bigint NOT NULL,
    target_amount bigint,
    show_count bigint NOT NULL,
    paid_amount bigint NOT NULL,
    paid_seats bigint NOT NULL,
    paid_occupancy_pct numeric,
    occupancy_pct numeric,
    mean_show_price numeric,
    CONSTRAINT week_summary_pkey PRIMARY KEY (performance_id, week_start),
    CONSTRAINT week_summary_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.month_summary (
    performance_id bigint NOT NULL,
    month_start date NOT NULL,
    is_concert boolean NOT NULL,
    record_date date NOT NULL,
    amount bigint NOT NULL,
    seats bigint NOT NULL,
    previous_amount bigint,
    CONSTRAINT month_summary_pkey PRIMARY KEY (performance_id, month_start),
    CONSTRAINT month_summary_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
CREATE INDEX month_summary_month_start_idx ON boxoffice.month_summary (month_start)
    WHERE NOT is_concert;

CREATE TABLE boxoffice.cast_summary (
    performance_id bigint NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    paid_amount bigint NOT NULL,
    show_count bigint NOT NULL,
    completed_show_count bigint NOT NULL,
    average_amount_per_completed_show bigint,
    CONSTRAINT cast_summary_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
CREATE INDEX cast_summary_performance_idx ON boxoffice.cast_summary (performance_id, kind);

CREATE TABLE boxoffice.night_summary (
    performance_id bigint NOT NULL,
    show_count bigint NOT NULL,
    paid_seats bigint NOT NULL,
    invited_seats bigint NOT NULL,
    paid_vip bigint,
    paid_r bigint,
    paid_s bigint,
    paid_a bigint,
    paid_b bigint,
    invited_vip bigint,
    invited_r bigint,
    invited_s bigint,
    invited_a bigint,
    invited_b bigint,
    CONSTRAINT night_summary_pkey PRIMARY KEY (performance_id),
    CONSTRAINT night_summary_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
"""


def upgrade() -> None:
    """Forward only: going back is restoring a backup. `sql/summaries.sql` fills the summaries."""
    for step in (_EMPTIED, _SUMMARIES):
        op.execute(step)
