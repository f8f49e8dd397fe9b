"""Seat classes as data, deleted performances, calendar notes, and what a moved sale cuts off."""

from alembic import op

revision = "0004"
down_revision = "0003"

_SEAT_CLASSES = """
CREATE TABLE boxoffice.seat_class (
    performance_id bigint NOT NULL,
    seat_class text NOT NULL,
    seats_per_show bigint NOT NULL,
    CONSTRAINT seat_class_pkey PRIMARY KEY (performance_id, seat_class),
    CONSTRAINT seat_class_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE,
    CONSTRAINT seat_class_seat_class_check CHECK (seat_class IN ('vip', 'r', 's', 'a', 'b',
        'restricted_r', 'restricted_s', 'restricted_a', 'wheelchair')),
    CONSTRAINT seat_class_seats_per_show_check CHECK (seats_per_show >= 0)
);
INSERT INTO boxoffice.seat_class (performance_id, seat_class, seats_per_show)
SELECT performance.id, class.name, class.seats
FROM boxoffice.performance
CROSS JOIN LATERAL (VALUES
    ('vip', concert_seats_vip), ('r', concert_seats_r), ('s', concert_seats_s),
    ('a', concert_seats_a), ('b', concert_seats_b)
) AS class (name, seats)
WHERE class.seats IS NOT NULL;
ALTER TABLE boxoffice.performance
    DROP COLUMN concert_seats_vip,
    DROP COLUMN concert_seats_r,
    DROP COLUMN concert_seats_s,
    DROP COLUMN concert_seats_a,
    DROP COLUMN concert_seats_b;
"""

_DELETED_PERFORMANCES = """
ALTER TABLE boxoffice.performance ADD COLUMN deleted_at timestamptz;
DROP INDEX boxoffice.performance_active_title_key;
CREATE UNIQUE INDEX performance_active_title_key ON boxoffice.performance (title)
    WHERE is_active AND deleted_at IS NULL;
"""

_NOTES = """
CREATE TABLE boxoffice.calendar_note (
    performance_id bigint NOT NULL,
    note_date date NOT NULL,
    note_sales text,
    note_marketing text,
    note_others text,
    CONSTRAINT calendar_note_pkey PRIMARY KEY (performance_id, note_date),
    CONSTRAINT calendar_note_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
CREATE INDEX calendar_note_by_date_idx ON boxoffice.calendar_note (note_date, performance_id);
"""

_CUT_OFF = """
CREATE TABLE boxoffice.archived_target (
    id bigint GENERATED ALWAYS AS IDENTITY,
    performance_id bigint NOT NULL,
    target_date date NOT NULL,
    target_amount bigint NOT NULL,
    archived_by text NOT NULL,
    archived_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT archived_target_pkey PRIMARY KEY (id),
    CONSTRAINT archived_target_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
CREATE INDEX archived_target_performance_idx ON boxoffice.archived_target (performance_id);

CREATE TABLE boxoffice.orphaned_marketing_week (
    performance_id bigint NOT NULL,
    week_start_date date NOT NULL,
    sales_marketing text,
    promotion text,
    other_notes text,
    CONSTRAINT orphaned_marketing_week_pkey PRIMARY KEY (performance_id, week_start_date),
    CONSTRAINT orphaned_marketing_week_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
"""

# Moved by the triggers of sql/changes.sql.
_CHANGES = """
CREATE TABLE boxoffice.data_change (
    is_only boolean DEFAULT true NOT NULL,
    counter bigint DEFAULT 0 NOT NULL,
    CONSTRAINT data_change_pkey PRIMARY KEY (is_only),
    CONSTRAINT data_change_is_only_check CHECK (is_only)
);
INSERT INTO boxoffice.data_change DEFAULT VALUES;
"""


def upgrade() -> None:
    """Forward only: going back is restoring a backup."""
    for step in (_SEAT_CLASSES, _DELETED_PERFORMANCES, _NOTES, _CUT_OFF, _CHANGES):
        op.execute(step)
