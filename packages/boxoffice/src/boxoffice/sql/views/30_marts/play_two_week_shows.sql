-- One show of an active play in this week or the next.
SELECT
    show.performance_code,
    show.title,
    show.venue,
    show.latest_record_date,
    week.this_week_start AS window_start,
    week.this_week_start + 13 AS window_end,
    show.show_sale_id,
    show.show_at,
    show.cast_label,
    show.paid_amount,
    show.paid_seats,
    show.invited_seats,
    show.paid_seats + show.invited_seats AS attendance,
    show.paid_seats_vip,
    show.paid_seats_a,
    show.paid_seats_s,
    show.paid_seats_r,
    show.invited_seats_vip,
    show.invited_seats_a,
    show.invited_seats_s,
    show.invited_seats_r,
    show.deposit_occupancy_pct,
    show.paid_occupancy_pct,
    show.free_occupancy_pct,
    show.snapshot_id,
    show.original_name
FROM reporting_week AS week
JOIN play_show AS show
    ON show.show_at >= week.this_week_start::timestamp
    AND show.show_at < (week.this_week_start + 14)::timestamp
WHERE show.is_active
