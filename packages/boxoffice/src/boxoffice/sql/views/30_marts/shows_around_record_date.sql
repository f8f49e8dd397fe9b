-- One show of an active play from 6 days before to 7 days after its newest record date.
SELECT
    performance.performance_code,
    performance.title,
    performance.latest_record_date,
    performance.seats_per_show,
    performance.latest_record_date - 6 AS window_start,
    performance.latest_record_date + 7 AS window_end,
    show.show_sale_id,
    show.snapshot_id,
    show.show_at,
    show.cast_label,
    show.paid_amount,
    show.paid_seats,
    show.paid_seats_vip,
    show.paid_seats_r,
    show.paid_seats_s,
    show.paid_seats_a,
    show.paid_restricted_a,
    show.paid_restricted_r,
    show.paid_restricted_s,
    show.paid_wheelchair,
    show.invited_seats,
    show.invited_seats_vip,
    show.invited_seats_r,
    show.invited_seats_s,
    show.invited_seats_a,
    show.invited_restricted_a,
    show.invited_restricted_r,
    show.invited_restricted_s,
    show.invited_wheelchair,
    show.deposit_occupancy_pct,
    show.paid_occupancy_pct,
    show.free_occupancy_pct
FROM performance_as_of AS performance
-- Computed before they are compared: a cast within the comparison would hide it from the index.
CROSS JOIN LATERAL (
    SELECT
        (performance.latest_record_date - 6)::timestamp AS first_at,
        (performance.latest_record_date + 8)::timestamp AS end_at
    OFFSET 0
) AS bounds
CROSS JOIN LATERAL (
    SELECT play_show.*
    FROM play_show
    WHERE play_show.performance_id = performance.performance_id
      AND play_show.show_at >= bounds.first_at
      AND play_show.show_at < bounds.end_at
    -- Of one performance at a time: a page does not make all of them.
    OFFSET 0
) AS show
WHERE NOT performance.is_concert AND performance.is_active
