"""Invented seasons of 12, 1,200 and 12,000 performances, written straight into the tables by SQL.

Sizes are those of one company's season and of 100 and 1,000 of them: a quarter are concerts, a
tenth is on sale and the rest is finished, over the last five years. Every performance has 11 daily
snapshots of 100 sales days and 110 shows, 100 daily targets and 20 weeks of marketing.

Every figure is a hash of what it is about and of the seed: the same seed gives the same rows, on
any machine and in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

AS_OF = date(2026, 6, 17)
"""The judged day of all measurements, a Wednesday."""

SNAPSHOTS, DAYS, SHOWS = 11, 100, 110

_BATCH = 400
"""Performances written by one statement: about a million rows."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a season there is."""

    performances: int
    active: int

    @property
    def name(self) -> str:
        """As tables call it."""
        return f"{self.performances // 12}x"


SIZES = {size.name: size for size in (Size(12, 4), Size(1_200, 120), Size(12_000, 1_200))}

# What the statements below share. random(..) is a fraction below 1 that depends on its key only.
_HELPERS = """
CREATE FUNCTION pg_temp.random(seed bigint, key text) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashtextextended(key, seed) & 1048575)::double precision / 1048576;
"""

# Finished ones first, so that codes grow with time. Every fourth is a concert.
_PERFORMANCES = """
INSERT INTO boxoffice.performance
    (code, category, is_active, title, venue, show_start_date, show_end_date, sale_start_date,
     sale_end_date, running_minutes, target_occupancy_pct, break_even_amount, seats_per_show)
SELECT
    (10000000 + number)::text,
    CASE WHEN number %% 4 = 0 THEN 'concert' WHEN number %% 4 = 1 THEN 'musical' ELSE 'play' END,
    number > finished,
    'Production ' || number,
    'Hall ' || number %% 40,
    newest - 56, newest + 41, newest - 99, newest + 41, 120,
    50 + number %% 40, 100000000 + number %% 900 * 1000000, 300 + number %% 7 * 100
FROM generate_series(1, %(performances)s::integer) AS number
CROSS JOIN (SELECT %(performances)s::integer - %(active)s::integer) AS size (finished)
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN number > finished THEN %(as_of)s::date - number %% 3
        -- The newest of the finished ones ended a month and a half ago, the oldest five years.
        ELSE %(as_of)s::date - 45 - ((finished - number) * 1780 / finished)
    END
) AS last_report (newest)
"""

_SEAT_CLASSES = """
INSERT INTO boxoffice.seat_class (performance_id, seat_class, seats_per_show)
SELECT id, class.name, (seats_per_show * class.share)::bigint
FROM boxoffice.performance
CROSS JOIN (VALUES ('vip', 0.1), ('r', 0.4), ('s', 0.3), ('a', 0.2)) AS class (name, share)
"""

_TARGETS = """
INSERT INTO boxoffice.daily_target (performance_id, target_date, target_amount)
SELECT id, sale_start_date + day, 5000000 + id %% 10 * 500000
FROM boxoffice.performance CROSS JOIN generate_series(0, 99) AS day
"""

_MARKETING = """
INSERT INTO boxoffice.marketing_week
    (performance_id, week_number, week_start_date, week_end_date, sales_marketing, promotion,
     other_notes)
SELECT
    id, week, start, start + 6, 'Posters in line ' || id %% 9, 'Early birds ' || week, NULL
FROM boxoffice.performance
CROSS JOIN generate_series(1, 20) AS week
CROSS JOIN LATERAL (SELECT boxoffice.monday(sale_start_date) + (week - 1) * 7) AS plan (start)
"""

_FILES = """
INSERT INTO boxoffice.stored_file (sha256, size_bytes, content)
SELECT encode(sha256(convert_to(id || '-' || number, 'UTF8')), 'hex'), 9, 'generated'
FROM boxoffice.performance CROSS JOIN generate_series(1, %(snapshots)s) AS number
"""

# One report a day; the last one stands at the end of the 100 days.
_SNAPSHOTS = """
INSERT INTO boxoffice.snapshot
    (performance_id, record_date, original_name, sha256, uploaded_by, uploaded_at)
SELECT
    id, day, to_char(day, 'YYYYMMDD') || '_' || code || '_' || title || '.xlsx',
    encode(sha256(convert_to(id || '-' || number, 'UTF8')), 'hex'), 'system',
    day + interval '1 day 9 hours'
FROM boxoffice.performance
CROSS JOIN generate_series(1, %(snapshots)s) AS number
CROSS JOIN LATERAL (SELECT sale_start_date + 99 - %(snapshots)s + number) AS report (day)
ORDER BY id, number
"""

_PLAY_DAYS = """
INSERT INTO boxoffice.play_daily_sale
    (snapshot_id, sales_date, source_row, amount, seats, seats_vip, seats_r, seats_s, seats_a)
SELECT
    snapshot.id, day, 4 + %(days)s - 1 - back, (vip * 150 + r * 120 + s * 90 + a * 60) * 1000,
    vip + r + s + a, vip, r, s, a
FROM boxoffice.snapshot
JOIN boxoffice.performance ON performance.id = snapshot.performance_id
CROSS JOIN generate_series(0, %(days)s - 1) AS back
CROSS JOIN LATERAL (
    SELECT record_date - back, pg_temp.random(%(seed)s, performance.id || ' ' || record_date - back)
) AS sold (day, liking)
CROSS JOIN LATERAL (
    SELECT (10 * liking)::integer, (60 * liking)::integer, (45 * liking)::integer,
        (30 * liking)::integer
) AS class (vip, r, s, a)
WHERE performance.category <> 'concert'
  AND performance.id BETWEEN %(first)s AND %(last)s
ORDER BY snapshot.id, day
"""

_CONCERT_DAYS = """
INSERT INTO boxoffice.concert_daily_sale
    (snapshot_id, sales_date, source_row, amount, paid_seats, invited_seats)
SELECT
    snapshot.id, day, 4 + %(days)s - 1 - back, (150 * liking)::integer * 110000,
    (150 * liking)::integer, (4 * liking)::integer
FROM boxoffice.snapshot
JOIN boxoffice.performance ON performance.id = snapshot.performance_id
CROSS JOIN generate_series(0, %(days)s - 1) AS back
CROSS JOIN LATERAL (
    SELECT record_date - back, pg_temp.random(%(seed)s, performance.id || ' ' || record_date - back)
) AS sold (day, liking)
WHERE performance.category = 'concert'
  AND performance.id BETWEEN %(first)s AND %(last)s
ORDER BY snapshot.id, day
"""

# Eight shows a week, none on Mondays. Sales of a show grow from report to report.
_SHOWS = """
CROSS JOIN generate_series(0, %(shows)s - 1) AS number
CROSS JOIN LATERAL (
    SELECT
        boxoffice.monday(performance.show_start_date) + number / 8 * 7
            + (ARRAY[1, 2, 3, 4, 5, 5, 6, 6])[number %% 8 + 1]
            + (ARRAY['19:30', '19:30', '19:30', '19:30', '14:00', '18:30', '14:00', '18:30'])
                [number %% 8 + 1]::time,
        pg_temp.random(%(seed)s, performance.id || ' show ' || number)
            * (0.9 + (snapshot.record_date - performance.sale_start_date - 89) * 0.01)
) AS show (show_at, liking)
CROSS JOIN LATERAL (
    SELECT
        floor(seats_per_show * 0.09 * liking)::integer,
        floor(seats_per_show * 0.36 * liking)::integer,
        floor(seats_per_show * 0.27 * liking)::integer,
        floor(seats_per_show * 0.18 * liking)::integer,
        floor(seats_per_show * 0.02 * liking)::integer
) AS class (vip, r, s, a, invited)
"""

_PLAY_SHOWS = f"""
INSERT INTO boxoffice.play_show_sale
    (snapshot_id, show_at, source_row, cast_members, paid_amount, paid_seats, paid_seats_vip,
     paid_seats_r, paid_seats_s, paid_seats_a, invited_seats, invited_seats_vip, invited_seats_r,
     invited_seats_s, invited_seats_a, deposit_occupancy_pct, paid_occupancy_pct,
     free_occupancy_pct)
SELECT
    snapshot.id, show_at, 4 + number,
    ARRAY['Ham ' || number %% 3, 'Oph ' || number %% 2, 'Hor ' || number / 8 %% 2],
    (vip * 150 + r * 120 + s * 90 + a * 60) * 1000, paid.seats, vip, r, s, a, invited, 0, 0, 0,
    invited, round(100.0 * (paid.seats - paid.seats / 20) / seats_per_show, 4),
    round(100.0 * paid.seats / seats_per_show, 4), round(100.0 * invited / seats_per_show, 4)
FROM boxoffice.snapshot
JOIN boxoffice.performance ON performance.id = snapshot.performance_id
{_SHOWS}
CROSS JOIN LATERAL (SELECT vip + r + s + a) AS paid (seats)
WHERE performance.category <> 'concert'
  AND performance.id BETWEEN %(first)s AND %(last)s
ORDER BY snapshot.id, number
"""  # noqa: S608 - made of constants

_CONCERT_SHOWS = f"""
INSERT INTO boxoffice.concert_show_sale
    (snapshot_id, show_at, source_row, paid_seats, paid_seats_vip, paid_seats_r, paid_seats_s,
     paid_seats_a, invited_seats, invited_seats_a)
SELECT snapshot.id, show_at, 4 + number, vip + r + s + a, vip, r, s, a, invited, invited
FROM boxoffice.snapshot
JOIN boxoffice.performance ON performance.id = snapshot.performance_id
{_SHOWS}
WHERE performance.category = 'concert'
  AND performance.id BETWEEN %(first)s AND %(last)s
ORDER BY snapshot.id, number
"""  # noqa: S608 - made of constants

_PLANS = (_PERFORMANCES, _SEAT_CLASSES, _TARGETS, _MARKETING)
_REPORTS = (_FILES, _SNAPSHOTS)
_ROWS = (_PLAY_DAYS, _PLAY_SHOWS, _CONCERT_DAYS, _CONCERT_SHOWS)


def generate(connection: psycopg.Connection, size: Size, seed: int = 1) -> None:
    """Fill an empty database of our schema; the connection is a superuser's, and autocommits.

    Constraints are not checked and triggers do not run: what is written keeps the rules by itself.
    """
    plan(connection, size)
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    connection.execute(_HELPERS)
    values = {"snapshots": SNAPSHOTS, "days": DAYS, "shows": SHOWS, "seed": seed}
    for statement in _REPORTS:
        connection.execute(statement.encode(), values)
    connection.execute("ANALYZE")
    for first in range(1, size.performances + 1, _BATCH):
        batch = {"first": first, "last": first + _BATCH - 1}
        for statement in _ROWS:
            connection.execute(statement.encode(), values | batch)
    connection.execute("SET session_replication_role = origin")
    _summarise(connection)
    connection.execute("VACUUM ANALYZE")


def plan(connection: psycopg.Connection, size: Size) -> None:
    """Performances with seat classes, targets and marketing weeks, and no report yet."""
    values = {"performances": size.performances, "active": size.active, "as_of": AS_OF}
    connection.execute("SET boxoffice.actor = 'system'")
    for statement in _PLANS:
        connection.execute(statement.encode(), values)


def _summarise(connection: psycopg.Connection) -> None:
    """Fill the summaries of all performances by the function that imports call."""
    connection.execute("SELECT boxoffice.summarise(array_agg(id)) FROM boxoffice.performance")
