"""The first tables: performances, plans, snapshots, their rows, and the audit of uploads."""

from alembic import op

revision = "0001"
down_revision = None

# Written out and not made from `db.tables`: a step must stay what it was when it ran.
_TABLES = """
CREATE TABLE boxoffice.performance (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    category text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    title text NOT NULL,
    venue text,
    show_start_date date NOT NULL,
    show_end_date date NOT NULL,
    sale_start_date date,
    sale_end_date date,
    running_minutes integer,
    target_occupancy_pct numeric(5, 1),
    break_even_amount bigint,
    seats_per_show bigint,
    preview_end_date date,
    concert_at timestamptz,
    concert_seats_vip bigint,
    concert_seats_r bigint,
    concert_seats_s bigint,
    concert_seats_a bigint,
    concert_seats_b bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT performance_pkey PRIMARY KEY (id),
    CONSTRAINT performance_code_key UNIQUE (code),
    CONSTRAINT performance_code_check CHECK (code ~ '^[A-Za-z0-9-]{1,32}$'),
    CONSTRAINT performance_category_check CHECK (category IN ('play', 'musical', 'concert'))
);
CREATE UNIQUE INDEX performance_active_title_key ON boxoffice.performance (title) WHERE is_active;

CREATE TABLE boxoffice.daily_target (
    performance_id bigint NOT NULL,
    target_date date NOT NULL,
    target_amount bigint NOT NULL,
    CONSTRAINT daily_target_pkey PRIMARY KEY (performance_id, target_date),
    CONSTRAINT daily_target_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.marketing_week (
    performance_id bigint NOT NULL,
    week_number integer NOT NULL,
    week_start_date date NOT NULL,
    week_end_date date NOT NULL,
    sales_marketing text,
    promotion text,
    other_notes text,
    CONSTRAINT marketing_week_pkey PRIMARY KEY (performance_id, week_start_date),
    CONSTRAINT marketing_week_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.month_note (
    year integer NOT NULL,
    month integer NOT NULL,
    note text,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT month_note_pkey PRIMARY KEY (year, month),
    CONSTRAINT month_note_month_check CHECK (month BETWEEN 1 AND 12)
);

CREATE TABLE boxoffice.stored_file (
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    content bytea NOT NULL,
    stored_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT stored_file_pkey PRIMARY KEY (sha256),
    CONSTRAINT stored_file_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$')
);

CREATE TABLE boxoffice.snapshot (
    id bigint GENERATED ALWAYS AS IDENTITY,
    performance_id bigint NOT NULL,
    record_date date NOT NULL,
    status text DEFAULT 'active' NOT NULL,
    original_name text NOT NULL,
    sha256 text NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamptz DEFAULT now() NOT NULL,
    replaced_at timestamptz,
    replaced_by bigint,
    deleted_at timestamptz,
    report jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT snapshot_pkey PRIMARY KEY (id),
    CONSTRAINT snapshot_status_check CHECK (status IN ('active', 'superseded', 'deleted')),
    CONSTRAINT snapshot_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE,
    CONSTRAINT snapshot_sha256_fkey FOREIGN KEY (sha256)
        REFERENCES boxoffice.stored_file (sha256),
    CONSTRAINT snapshot_replaced_by_fkey FOREIGN KEY (replaced_by)
        REFERENCES boxoffice.snapshot (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX snapshot_active_key ON boxoffice.snapshot (performance_id, record_date)
    WHERE status = 'active';
CREATE INDEX snapshot_history_idx ON boxoffice.snapshot (performance_id, record_date);

CREATE TABLE boxoffice.play_daily_sale (
    snapshot_id bigint NOT NULL,
    sales_date date NOT NULL,
    source_row integer NOT NULL,
    amount bigint NOT NULL,
    seats bigint NOT NULL,
    seats_vip bigint,
    seats_r bigint,
    seats_s bigint,
    seats_a bigint,
    restricted_a bigint,
    restricted_r bigint,
    restricted_s bigint,
    wheelchair_seats bigint,
    CONSTRAINT play_daily_sale_pkey PRIMARY KEY (snapshot_id, sales_date),
    CONSTRAINT play_daily_sale_snapshot_id_fkey FOREIGN KEY (snapshot_id)
        REFERENCES boxoffice.snapshot (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.play_show_sale (
    id bigint GENERATED ALWAYS AS IDENTITY,
    snapshot_id bigint NOT NULL,
    show_at timestamp NOT NULL,
    source_row integer NOT NULL,
    cast_members text[] NOT NULL,
    paid_amount bigint NOT NULL,
    paid_seats bigint NOT NULL,
    paid_seats_vip bigint,
    paid_seats_r bigint,
    paid_seats_s bigint,
    paid_seats_a bigint,
    paid_restricted_a bigint,
    paid_restricted_r bigint,
    paid_restricted_s bigint,
    paid_wheelchair bigint,
    invited_seats bigint NOT NULL,
    invited_seats_vip bigint,
    invited_seats_r bigint,
    invited_seats_s bigint,
    invited_seats_a bigint,
    invited_restricted_a bigint,
    invited_restricted_r bigint,
    invited_restricted_s bigint,
    invited_wheelchair bigint,
    deposit_occupancy_pct numeric(7, 4) NOT NULL,
    paid_occupancy_pct numeric(7, 4) NOT NULL,
    free_occupancy_pct numeric(7, 4) NOT NULL,
    CONSTRAINT play_show_sale_pkey PRIMARY KEY (snapshot_id, show_at),
    CONSTRAINT play_show_sale_snapshot_id_fkey FOREIGN KEY (snapshot_id)
        REFERENCES boxoffice.snapshot (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.concert_daily_sale (
    snapshot_id bigint NOT NULL,
    sales_date date NOT NULL,
    source_row integer NOT NULL,
    amount bigint NOT NULL,
    paid_seats bigint NOT NULL,
    invited_seats bigint NOT NULL,
    CONSTRAINT concert_daily_sale_pkey PRIMARY KEY (snapshot_id, sales_date),
    CONSTRAINT concert_daily_sale_snapshot_id_fkey FOREIGN KEY (snapshot_id)
        REFERENCES boxoffice.snapshot (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.concert_show_sale (
    snapshot_id bigint NOT NULL,
    show_at timestamp NOT NULL,
    source_row integer NOT NULL,
    paid_seats bigint NOT NULL,
    paid_seats_vip bigint,
    paid_seats_r bigint,
    paid_seats_s bigint,
    paid_seats_a bigint,
    paid_seats_b bigint,
    invited_seats bigint NOT NULL,
    invited_seats_vip bigint,
    invited_seats_r bigint,
    invited_seats_s bigint,
    invited_seats_a bigint,
    invited_seats_b bigint,
    CONSTRAINT concert_show_sale_pkey PRIMARY KEY (snapshot_id, show_at),
    CONSTRAINT concert_show_sale_snapshot_id_fkey FOREIGN KEY (snapshot_id)
        REFERENCES boxoffice.snapshot (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.upload_audit (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz DEFAULT now() NOT NULL,
    actor text NOT NULL,
    performance_id bigint,
    snapshot_id bigint,
    original_name text NOT NULL,
    sha256 text,
    size_bytes bigint,
    outcome text NOT NULL,
    report jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT upload_audit_pkey PRIMARY KEY (id),
    CONSTRAINT upload_audit_outcome_check CHECK (outcome IN ('created', 'unchanged', 'refused')),
    CONSTRAINT upload_audit_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE SET NULL,
    CONSTRAINT upload_audit_snapshot_id_fkey FOREIGN KEY (snapshot_id)
        REFERENCES boxoffice.snapshot (id) ON DELETE SET NULL
);
"""


def upgrade() -> None:
    """Forward only: going back is restoring a backup."""
    op.execute(_TABLES)
